import { readFileSync } from "node:fs";
import * as convwasm from "convwasm";
import { describe, expect, it } from "vitest";
import { values } from "./support/reference.ts";

interface Case {
  readonly js: string;
  readonly shapes: readonly (readonly number[])[];
  readonly factor: number;
  readonly plus: number;
  readonly gradients: readonly (readonly number[] | null)[];
}

// a reserved word
const { var: _, ...functions } = convwasm;
const { Tensor } = functions;
const golden: { cases: readonly Case[] } = JSON.parse(
  readFileSync(new URL("./golden/autograd.json", import.meta.url), "utf8"),
);

const count = (shape: readonly number[]) => shape.reduce((product, length) => product * length, 1);
const x = (seed: number, shape: readonly number[]) => new Tensor(values(seed, count(shape)), shape);
const names = { ...functions, T: Tensor.from };
const functionOf = (js: string) =>
  new Function(...Object.keys(names), `"use strict"; return (a, b, c) => ${js}`)(...Object.values(names));

describe("gradients are PyTorch's", () => {
  it.each(golden.cases.map((each) => [`${each.js} of ${JSON.stringify(each.shapes)}`, each] as const))(
    "%s",
    (_name, { js, shapes, factor, plus, gradients }) => {
      const inputs = shapes.map((shape, i) => {
        const { data } = x(i + 1, shape);
        return new Tensor(
          data.map((value) => value * factor + plus),
          shape,
        ).requiresGrad_();
      });
      const out: convwasm.Tensor = functionOf(js)(...inputs);
      out.mul(x(99, out.shape)).sum().backward();
      for (const [i, expected] of gradients.entries()) {
        const { grad, shape } = inputs[i]!;
        if (expected === null) expect(grad).toBeNull();
        else {
          expect(grad!.shape).toEqual(shape);
          const most = Math.max(...expected.map(Math.abs), 1e-3);
          for (const [k, value] of expected.entries()) {
            expect(Math.abs(grad!.data[k]! - value), `input ${i}: ${grad}, expected ${expected}`).toBeLessThan(
              2e-5 * most,
            );
          }
        }
      }
    },
  );
});
