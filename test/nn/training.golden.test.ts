import { readFileSync } from "node:fs";
import * as convwasm from "convwasm";
import { describe, expect, it } from "vitest";
import { sizeOf, values } from "../support/reference.ts";

const { nn, Tensor } = convwasm;

interface Layer {
  readonly js: string;
  readonly shape: readonly number[];
  readonly outShape: readonly number[];
  readonly out: readonly number[];
  readonly gradients: readonly (readonly number[])[];
  readonly state: Readonly<Record<string, readonly number[]>>;
  readonly evaluated: readonly number[];
}

interface Loss {
  readonly js: string;
  readonly shape: readonly number[];
  readonly classes: readonly number[];
  readonly classShape: readonly number[];
  readonly outShape: readonly number[];
  readonly out: readonly number[];
  readonly gradient: readonly number[];
}

const golden: { cases: Layer[]; losses: Loss[] } = JSON.parse(
  readFileSync(new URL("../golden/nn.json", import.meta.url), "utf8"),
);

const x = (seed: number, shape: readonly number[]) => new Tensor(values(seed, sizeOf(shape)), shape);

function close(what: string, found: { readonly data: ArrayLike<number | bigint> }, expected: readonly number[]): void {
  expect(found.data.length, what).toBe(expected.length);
  const most = Math.max(...expected.map(Math.abs), 1e-2);
  for (const [i, value] of expected.entries()) {
    expect(Math.abs(Number(found.data[i]) - value), `${what} ${i}: ${found.data[i]}, expected ${value}`).toBeLessThan(
      2e-5 * most,
    );
  }
}

describe("layers in training mode, and in evaluation mode after it, are PyTorch's", () => {
  it.each(golden.cases.map((each) => [each.js, JSON.stringify(each.shape), each] as const))(
    "%s of %s",
    (js, _, each) => {
      const layer: convwasm.nn.Module = new Function("nn", `return ${js}`)(nn);
      const names = Object.keys(layer.stateDict());
      expect(names).toEqual(Object.keys(each.state));
      const state = Object.entries(layer.stateDict()).map(([name, { shape }], i) => {
        if (name.endsWith("num_batches_tracked")) return [name, Tensor.zeros([])] as const;
        return [name, name.endsWith("running_var") ? x(i + 1, shape).add(1.25) : x(i + 1, shape)] as const;
      });
      layer.loadStateDict(Object.fromEntries(state));
      const parameters = layer.parameters();

      const first = x(50, each.shape).requiresGrad_();
      const out = layer.forward(first);
      expect(out.shape).toEqual(each.outShape);
      close("result", out, each.out);
      const gradients = convwasm.grad(out.mul(x(99, out.shape)).sum(), [first, ...parameters]);
      for (const [i, expected] of each.gradients.entries()) close(`gradient ${i}`, gradients[i]!, expected);

      layer.forward(x(51, each.shape));
      for (const [name, tensor] of Object.entries(layer.stateDict())) close(name, tensor, each.state[name]!);
      close("in evaluation", layer.eval().forward(x(50, each.shape)), each.evaluated);
    },
  );

  it.each(golden.cases.map((each) => [each.js, each] as const))("%s compiles as it evaluates", (js, { shape }) => {
    const layer: convwasm.nn.Module = new Function("nn", `return ${js}`)(nn);
    layer.forward(x(50, shape));
    const before = layer.stateDict();
    using session = convwasm.compile(layer, shape);
    const result = session.run(x(51, shape));
    expect(layer.stateDict()).toEqual(before);
    close("compiled", result, [...layer.eval().forward(x(51, shape)).data]);
  });
});

const { var: _var, ...functions } = convwasm;

describe("losses are PyTorch's", () => {
  it.each(golden.losses.map((each) => [each.js, JSON.stringify(each.shape), each] as const))(
    "%s of %s",
    (js, _, each) => {
      const { shape } = each;
      const a = new Tensor(
        x(1, shape).data.map((value) => value * 3),
        shape,
      ).requiresGrad_();
      const b = x(2, shape);
      const dim = shape.length > 1 ? 1 : 0;
      const names = {
        ...functions,
        a,
        b,
        c: new Tensor<"int64">(BigInt64Array.from(each.classes, BigInt), each.classShape),
        w: x(3, [shape[dim]!]).add(1.5),
        p: b.softmax(dim),
      };
      const loss: convwasm.Tensor = new Function(...Object.keys(names), `"use strict"; return ${js}`)(
        ...Object.values(names),
      );
      expect(loss.shape).toEqual(each.outShape);
      close("loss", loss, each.out);
      const [gradient] = convwasm.grad(loss.mul(x(99, loss.shape)).sum(), a);
      close("gradient", gradient!, each.gradient);
    },
  );
});
