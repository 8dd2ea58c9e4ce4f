import { readFileSync } from "node:fs";
import { describe, expect, test } from "vitest";
import { bitsOf, GROUPS, onnx } from "./support/bit-cases.ts";
import { BUILD } from "./support/build.ts";

/** Hashes of what the simd build gave, in the order of the cases: see golden/generate_bits.ts. */
const golden: Record<string, string[]> = read("bits");

/** The same for models, by name. A case that was added since has none. */
const models: Record<string, string> = read("bits-onnx");

function read(name: string) {
  return JSON.parse(readFileSync(new URL(`golden/${name}.json`, import.meta.url), "utf8"));
}

// the relaxed build rounds as the machine's fused multiply-add does
describe.skipIf(BUILD !== "simd")("the simd build keeps the bits of", () => {
  test.each(Object.keys(GROUPS))("%s", { timeout: 60_000 }, (group) => {
    const cases = GROUPS[group]!();
    const hashes = golden[group]!.join(" ").split(" ");
    expect(hashes.length).toBe(cases.size);
    const changed = [...cases].filter(([, call], i) => bitsOf(call) !== hashes[i]).map(([name]) => name);
    expect(changed).toEqual([]);
  });

  test("ONNX models", { timeout: 60_000 }, () => {
    const cases = onnx();
    const changed = Object.keys(models).filter((name) => bitsOf(cases.get(name)!) !== models[name]);
    expect(changed).toEqual([]);
  });
});
