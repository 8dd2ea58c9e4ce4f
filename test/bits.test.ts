import { readFileSync } from "node:fs";
import { describe, expect, test } from "vitest";
import { engine } from "../src/runtime/runtime.ts";
import { bitsOf, GROUPS, onnx } from "./support/bit-cases.ts";
import { BUILD } from "./support/build.ts";

/** Hashes of what the simd build gave, in the order of the cases: see golden/generate_bits.ts. */
const golden: Record<string, string[]> = read("bits");

/** The same for models, by name. A case that was added since has none. */
const models: Record<string, string> = read("bits-onnx");

function read(name: string) {
  return JSON.parse(readFileSync(new URL(`golden/${name}.json`, import.meta.url), "utf8"));
}

const changed = (group: string): string[] => {
  const cases = GROUPS[group]!();
  const hashes = golden[group]!.join(" ").split(" ");
  expect(hashes.length).toBe(cases.size);
  return [...cases].filter(([, call], i) => bitsOf(call) !== hashes[i]).map(([name]) => name);
};

// the relaxed build rounds as the machine's fused multiply-add does
describe.skipIf(BUILD !== "simd")("the simd build keeps the bits of", () => {
  test.each(Object.keys(GROUPS))("%s", { timeout: 60_000 }, (group) => {
    expect(changed(group)).toEqual([]);
  });

  const convolutions = Object.keys(GROUPS).filter((group) => group.includes("conv"));
  test.each(convolutions)("%s where vectors are paired", { timeout: 60_000 }, (group) => {
    const { wideVectors } = engine().exports;
    wideVectors.value = 1;
    try {
      expect(changed(group)).toEqual([]);
    } finally {
      wideVectors.value = 0;
    }
  });

  test("ONNX models", { timeout: 60_000 }, () => {
    const cases = onnx();
    const changed = Object.keys(models).filter((name) => bitsOf(cases.get(name)!) !== models[name]);
    expect(changed).toEqual([]);
  });
});
