import { readFileSync } from "node:fs";
import * as convwasm from "convwasm";
import { describe, expect, it } from "vitest";
import { values } from "./support/reference.ts";

// a reserved word
const { var: _, ...functions } = convwasm;
const { Tensor } = functions;
const golden: { cases: { js: string; text: string }[] } = JSON.parse(
  readFileSync(new URL("./golden/tensors.json", import.meta.url), "utf8"),
);

const count = (shape: readonly number[]) => shape.reduce((product, length) => product * length, 1);
const names = {
  ...functions,
  T: Tensor.from,
  x: (seed: number, ...shape: number[]) => new Tensor(values(seed, count(shape)), shape),
  ints: (seed: number, ...shape: number[]) =>
    new Tensor(
      Array.from(values(seed, count(shape)), (value) => (((value * 256) % 10) + 10) % 10),
      shape,
    ).to("int64"),
};

const run = (js: string): unknown =>
  new Function(...Object.keys(names), `"use strict"; return ${js}`)(...Object.values(names));

describe("tensors print what PyTorch prints", () => {
  it.each(golden.cases)("$js", ({ js, text }) => {
    const result = run(js);
    expect(Array.isArray(result) ? result.join("\n") : String(result)).toBe(text);
  });
});
