import { describe, expect, it } from "vitest";
import {
  add,
  allclose,
  cat,
  compile,
  conv2d,
  div,
  flatten,
  maximum,
  mul,
  permute,
  pow,
  relu,
  sub,
  Tensor,
} from "../../src/index.ts";
import { loadOnnx } from "../../src/onnx/index.ts";
import { randoms } from "../support/elements.ts";
import { encodeModel, type TestNode } from "../support/onnx.ts";
import { int } from "../support/onnx-cases/index.ts";

/** Compiles and runs a function, and expects the bits that it gives at once. */
function agrees(shape: readonly number[], forward: (x: Tensor) => Tensor): void {
  const x = randoms(1, shape);
  const expected = forward(x);
  using session = compile({ forward: (input) => forward(input as Tensor) }, shape);
  // what one run leaves in memory must not reach the next
  session.run(randoms(2, shape));
  const { data, shape: actual } = session.run(x);
  expect(actual).toEqual(expected.shape);
  expect(data).toEqual(expected.data);
}

const OPERATIONS = { add, sub, mul, div, maximum, pow };

/** Where one argument is a part of the other, or the same numbers in another order, no result may take its place. */
describe("a result never takes the place of an argument that is still read", () => {
  for (const [name, operation] of Object.entries(OPERATIONS)) {
    it(`${name} of a whole and one of the tensors that it is put together from`, () => {
      for (const turned of [false, true]) {
        agrees([1, 3, 40, 7], (x) => {
          const a = relu(x);
          const whole = cat([a, add(x, 1)], 0);
          return turned ? operation(a, whole) : operation(whole, a);
        });
      }
    });

    it(`${name} of a tensor and a view of it under other axes`, () => {
      agrees([5, 5], (x) => {
        const a = relu(x);
        return operation(a.reshape([5, 1, 5]), a.reshape([1, 5, 5]));
      });
      agrees([1, 6, 1], (x) => {
        const a = relu(x);
        return operation(a.reshape([1, 6]), flatten(a, 0, 2));
      });
    });

    it(`${name} of a tensor and its transpose`, () => {
      agrees([9, 9], (x) => {
        const a = relu(x);
        return operation(a, permute(a, [1, 0]));
      });
    });
  }

  it.each([
    ["Mul", "r", "part0"],
    ["Mul", "part0", "r"],
    ["Sub", "r", "part1"],
    ["Div", "part1", "r"],
    ["Add", "r", "part1"],
  ])("%s of %s and %s, where a file splits the one into the other", (op, a, b) => {
    const nodes: TestNode[] = [
      { op: "Relu", inputs: ["x"], outputs: ["r"] },
      { op: "Split", inputs: ["r"], outputs: ["part0", "part1"], attributes: { axis: int(0) } },
      { op, inputs: [a, b] },
    ];
    const model = encodeModel({ nodes, inputs: [{ name: "x", shape: [2, 3, 50] }], opset: 13 });
    const x = randoms(3, [2, 3, 50]);
    for (let i = 0; i < x.size; ++i) x.data[i] = Math.abs(x.data[i]!) + 0.5;
    const half = (index: number) => new Tensor(x.data.slice(index * 150, (index + 1) * 150), [1, 3, 50]);
    const values: Record<string, Tensor> = { r: x, part0: half(0), part1: half(1) };
    const operation = { Mul: mul, Sub: sub, Div: div, Add: add }[op]!;
    using session = compile(loadOnnx(model), [2, 3, 50]);
    expect((session.run(x) as Tensor).data).toEqual(operation(values[a]!, values[b]!).data);
  });

  it("a network's input, and what is an output too", () => {
    const forward = (input: unknown) => {
      const a = relu(input as Tensor);
      return { a, b: relu(sub(a, 0.25)), c: a.reshape([20]), d: mul(a, a) };
    };
    const x = randoms(4, [4, 5]);
    const expected = forward(x);
    using session = compile({ forward }, [4, 5]);
    const copy = x.data.slice();
    for (const results of [session.run(x), session.run(x)]) {
      for (const [name, { data }] of Object.entries(expected)) {
        expect((results as Record<string, Tensor>)[name]!.data).toEqual(data);
      }
    }
    expect(x.data).toEqual(copy);
  });
});

describe("the same numbers under several shapes", () => {
  const w = randoms(5, [4]);
  const scale = randoms(6, [2, 2]);
  it.each<[string, readonly number[], (x: Tensor) => Tensor]>([
    ["along two axes", [1, 4, 4, 4], (x) => add(relu(add(x, w)), w.reshape([4, 1, 1]))],
    ["the other way round", [1, 4, 4, 4], (x) => add(relu(add(x, w.reshape([4, 1, 1]))), w)],
    ["three times", [4, 4], (x) => mul(add(mul(x, w), w.reshape([4, 1])), w.reshape([1, 4]))],
    ["of the same rank", [4, 2, 2], (x) => add(relu(mul(x, scale)), scale.reshape([4, 1, 1]))],
    ["put in a row", [2, 2], (x) => cat([cat([x, scale], 0), scale.reshape([4, 1]), scale.reshape([4, 1])], 1)],
  ])("are different constants: %s", (_, shape, forward) => agrees(shape, forward));

  it("where one of them would be folded into a convolution", () => {
    const weight = randoms(8, [4, 4, 1, 1]);
    const forward = (x: unknown) => mul(conv2d(add(x as Tensor, w.reshape([4, 1, 1])), weight), w);
    const x = randoms(9, [1, 4, 4, 4]);
    using session = compile({ forward }, x.shape);
    expect(allclose(session.run(x), forward(x), { rtol: 1e-4, atol: 1e-5 })).toBe(true);
  });

  it("whatever a state dict calls them", () => {
    const forward = (x: unknown) => add(relu(add(x as Tensor, w)), w.reshape([4, 1]));
    const x = randoms(7, [4, 4]);
    using session = compile({ forward, stateDict: () => ({ "layer.bias": w }) }, [4, 4]);
    expect(session.run(x).data).toEqual(forward(x).data);
  });
});
