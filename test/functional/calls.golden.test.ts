import { readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import * as convwasm from "../../src/index.ts";
import { sizeOf, values } from "../support/reference.ts";

interface Case {
  readonly js: string;
  readonly shapes: readonly (readonly number[])[];
  readonly factor: number;
  readonly results: readonly { readonly shape: readonly number[]; readonly data: readonly number[] }[];
  readonly gradients?: readonly (readonly number[])[];
}

const {
  torch: _,
  note: __,
  ...groups
} = JSON.parse(readFileSync(new URL("../golden/calls.json", import.meta.url), "utf8")) as Record<
  string,
  readonly Case[]
>;

// a reserved word
const { var: ___, ...functions } = convwasm;
const { Tensor } = functions;
const call = (js: string, inputs: readonly unknown[]): unknown =>
  new Function(...Object.keys(functions), "a", "b", "c", `"use strict"; return ${js}`)(
    ...Object.values(functions),
    ...inputs,
  );

function expectClose(name: string, actual: convwasm.AnyTensor, shape: readonly number[], data: readonly number[]) {
  expect((actual as convwasm.Tensor).shape, name).toEqual(shape);
  const most = Math.max(1, ...data.map(Math.abs));
  const wrong = data.findIndex((value, i) => !(Math.abs(Number(actual.data[i]) - value) <= 2e-6 * most));
  expect(wrong, `${name}[${wrong}] is ${actual.data[wrong]}, expected ${data[wrong]}`).toBe(-1);
}

for (const [group, cases] of Object.entries(groups)) {
  describe(`${group}: results and gradients are PyTorch's`, () => {
    it.each(cases.map((each) => [`${each.js} of ${JSON.stringify(each.shapes)}`, each] as const))(
      "%s",
      (_name, { js, shapes, factor, results, gradients }) => {
        const inputs = shapes.map((shape, i) => {
          const data = values(i + 1, sizeOf(shape)).map((value) => value * factor);
          return new Tensor(data, shape).requiresGrad_(gradients !== undefined);
        });
        const out = call(js, inputs);
        const given = (Array.isArray(out) ? out : [out]) as readonly convwasm.Tensor[];
        expect(given.length).toBe(results.length);
        for (const [i, { shape, data }] of results.entries()) expectClose(`result ${i}`, given[i]!, shape, data);
        if (gradients === undefined) return;
        const [first] = given as [convwasm.Tensor];
        first
          .mul(new Tensor(values(99, first.size), first.shape))
          .sum()
          .backward();
        for (const [i, data] of gradients.entries()) {
          expectClose(`gradient ${i}`, inputs[i]!.grad!, shapes[i]!, data);
        }
      },
    );
  });
}
