import { readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { uniform } from "../../src/random.ts";
import { applyDifference } from "../../src/runtime/difference.ts";
import { bytesOf } from "../../src/runtime/embedded/decode.ts";
import { EMBEDDED as kernels } from "../../src/runtime/embedded/kernels.ts";
import { EMBEDDED as operators } from "../../src/runtime/embedded/operators.ts";
import { differenceOf } from "../../tools/difference.ts";

describe("a difference of files", () => {
  const next = uniform("difference", 7);
  const random = (length: number) => Uint8Array.from({ length }, () => next() * 256);
  const base = random(1000);
  const joined = (...parts: Uint8Array[]) => Uint8Array.from(parts.flatMap((part) => [...part]));

  it.each([
    ["the same file", base],
    ["an empty file", new Uint8Array(0)],
    ["nothing in common", random(300)],
    ["bytes that changed, came and went", joined(base.subarray(0, 400), random(3), base.subarray(407), random(1))],
    ["pieces in another order, some twice", joined(base.subarray(500), base.subarray(0, 500), base.subarray(20, 90))],
    ["a change at the very end", joined(base.subarray(0, 999), Uint8Array.of(base[999]! ^ 1))],
    ["a change at the very beginning", joined(Uint8Array.of(base[0]! ^ 1), base.subarray(1))],
  ])("gives back %s", (_, to) => {
    expect(applyDifference(base, differenceOf(base, to))).toEqual(to);
    expect(applyDifference(to, differenceOf(to, base))).toEqual(base);
  });

  it("names what it shares instead of repeating it", () => {
    expect(differenceOf(base, base).length).toBeLessThan(10);
  });
});

describe("the embedded modules", () => {
  it.each([
    ["kernels.wasm", kernels, "simd"],
    ["kernels-relaxed.wasm", kernels, "relaxed"],
    ["operators.wasm", operators, "simd"],
    ["operators-relaxed.wasm", operators, "relaxed"],
  ] as const)("hold what was compiled into %s", (file, embedded, build) => {
    const compiled = readFileSync(new URL(`../../build/${file}`, import.meta.url));
    expect(Buffer.compare(bytesOf(embedded, build), compiled)).toBe(0);
  });
});
