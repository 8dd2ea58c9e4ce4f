import { afterEach, describe, expect, it } from "vitest";
import { checkTensor } from "../../src/check.ts";
import {
  add,
  batchNorm,
  cat,
  compile,
  conv2d,
  convTranspose2d,
  div,
  gelu,
  hardsigmoid,
  leakyRelu,
  linear,
  maxPool2d,
  memory,
  mul,
  pad,
  relu,
  relu6,
  sigmoid,
  sub,
  Tensor,
  type TensorLike,
} from "../../src/index.ts";
import { UNARY_OPERATORS } from "../../src/operators/activation.ts";
import { splitOperator } from "../../src/operators/movement.ts";
import { apply, applyOne } from "../../src/planning/evaluate.ts";

const input = Tensor.randn([1, 4, 9, 10], 1);
const weight = (shape: readonly number[], seed = 2) => {
  const { data } = Tensor.randn(shape, seed);
  return new Tensor(
    data.map((value) => value / 6),
    shape,
  );
};
const positive = (count: number, seed: number) => Tensor.rand([count], seed).data.map((value) => value + 0.5);
const statistics = (count: number) => ({
  mean: Tensor.randn([count], 3),
  variance: new Tensor(positive(count, 4), [count]),
  weight: new Tensor(positive(count, 5), [count]),
  bias: Tensor.randn([count], 6),
});

afterEach(() => expect(memory().used).toBe(0));

/** Compiles and runs a function, checks its result against the function's own, and gives the steps that compute. */
function stepsOf(forward: (x: TensorLike) => Tensor, x = input) {
  using session = compile({ forward }, x.shape);
  const [got, expected] = [session.run(x), forward(x)];
  expect(got.shape).toEqual(expected.shape);
  for (const [i, value] of expected.data.entries()) {
    if (!(Math.abs(got.data[i]! - value) <= 1e-5 * Math.max(1, Math.abs(value)))) {
      throw new Error(`element ${i} is ${got.data[i]}, not ${value}`);
    }
  }
  return session.explain().steps.filter(({ kernel }) => kernel !== "none");
}

const conv = (x: TensorLike) => conv2d(x, weight([6, 4, 3, 3]), Tensor.randn([6], 7), { padding: 1 });

describe("what scales and shifts channels", () => {
  const folded: Record<string, (x: TensorLike) => Tensor> = {
    "a batch normalisation": (x) => batchNorm(conv(x), statistics(6)),
    "of a convolution without bias": (x) => batchNorm(conv2d(x, weight([6, 4, 1, 1])), statistics(6)),
    "of a depthwise convolution": (x) => batchNorm(conv2d(x, weight([8, 1, 3, 3]), null, { groups: 4 }), statistics(8)),
    "of a transposed convolution": (x) =>
      batchNorm(convTranspose2d(x, weight([4, 6, 2, 2]), null, { stride: 2 }), statistics(6)),
    "of a grouped transposed convolution": (x) =>
      batchNorm(
        convTranspose2d(x, weight([4, 3, 3, 3]), Tensor.randn([6], 8), { groups: 2, padding: 1 }),
        statistics(6),
      ),
    "a product and a sum with one value for each channel": (x) =>
      add(mul(conv(x), weight([1, 6, 1, 1])), weight([6, 1, 1], 9)),
    "a difference and a quotient": (x) => div(sub(conv(x), weight([6, 1, 1])), new Tensor([1.5], [])),
    "two batch normalisations": (x) => batchNorm(batchNorm(conv(x), statistics(6)), statistics(6)),
  };
  it.each(Object.keys(folded))("is folded into the weights: %s", (name) => {
    expect(stepsOf(folded[name]!)).toHaveLength(1);
  });

  it("is folded into a linear layer", () => {
    const x = Tensor.randn([3, 4], 1);
    const forward = (x: TensorLike) => add(mul(linear(x, weight([6, 4]), null), weight([6])), weight([1, 6], 9));
    expect(stepsOf(forward, x)).toHaveLength(1);
  });

  it("stays where another axis is scaled, or where the convolution's own result is read too", () => {
    expect(stepsOf((x) => mul(conv(x), weight([9, 1])))).toHaveLength(2);
    expect(stepsOf((x) => mul(conv(x), weight([10])))).toHaveLength(2);
    expect(
      stepsOf((x) => {
        const y = conv(x);
        return add(batchNorm(y, statistics(6)), y);
      }).map(({ op }) => op),
    ).toEqual(["conv2d", "batchNorm", "add"]);
    // c / x is no scale
    expect(stepsOf((x) => div(new Tensor([2], [1]), add(relu(conv(x)), new Tensor([1], []))))).toHaveLength(3);
  });

  it("runs by itself where no convolution is in front of it, with its activation", () => {
    const [only, more] = stepsOf((x) => relu(batchNorm(x, statistics(4))));
    expect(only).toMatchObject({ op: "batchNorm", activation: "relu" });
    expect(more).toBeUndefined();
  });
});

describe("activations", () => {
  it("are applied by the call in front of them", () => {
    expect(stepsOf((x) => relu(conv(x)))).toMatchObject([{ op: "conv2d", activation: "relu" }]);
    expect(stepsOf((x) => relu6(batchNorm(conv(x), statistics(6))))).toMatchObject([{ activation: "relu6" }]);
    expect(stepsOf((x) => leakyRelu(conv(x), 0.2))[0]!.activation).toMatch(/^leaky_relu\(0\.2/);
    expect(stepsOf((x) => gelu(convTranspose2d(x, weight([4, 2, 2, 2]), null, { stride: 2 })))).toHaveLength(1);
    expect(stepsOf((x) => sigmoid(add(x, x)))).toMatchObject([{ op: "add", activation: "sigmoid" }]);
  });

  it("stay where the call has one already, where outputs meet no tap, or where the result is read twice", () => {
    expect(stepsOf((x) => sigmoid(relu(conv(x))))).toHaveLength(2);
    expect(stepsOf((x) => sigmoid(convTranspose2d(x, weight([4, 2, 1, 1]), null, { stride: 2 })))).toHaveLength(2);
    expect(
      stepsOf((x) => {
        const y = conv(x);
        return mul(relu(y), y);
      }),
    ).toHaveLength(3);
  });

  it("are put together where they are spelt out", () => {
    const silu = (x: Tensor) => mul(x, sigmoid(x));
    expect(stepsOf((x) => silu(conv(x)))).toMatchObject([{ op: "conv2d", activation: "silu" }]);
    expect(stepsOf((x) => mul(hardsigmoid(conv(x)), conv(x)))).toHaveLength(3);
    const hardswish = (x: Tensor) => mul(hardsigmoid(x), x);
    expect(stepsOf((x) => hardswish(conv(x)))).toMatchObject([{ op: "conv2d", activation: "hardswish" }]);
    const sixth = (x: Tensor) => div(mul(x, relu6(add(x, new Tensor([3], [])))), new Tensor([6], [1]));
    expect(stepsOf((x) => sixth(conv(x)))).toMatchObject([{ op: "conv2d", activation: "hardswish" }]);
    const affine = (x: Tensor) => add(mul(new Tensor([1.5], [1]), sixth(x)), new Tensor([0.25], []));
    expect(stepsOf((x) => affine(conv(x)))).toMatchObject([{ activation: "hardswish(1.5, 0.25)" }]);
    expect(stepsOf((x) => mul(sixth(conv(x)), weight([6, 1, 1])))).toHaveLength(2);
    const other = (x: Tensor) => div(mul(x, relu6(add(x, new Tensor([2], [])))), new Tensor([6], [1]));
    expect(stepsOf((x) => other(conv(x))).length).toBeGreaterThan(1);
    const erf = (x: Tensor) => applyOne("erf", UNARY_OPERATORS.erf, [checkTensor("erf", "x", x)], {});
    const half = new Tensor([0.5], []);
    const spelt = (x: Tensor) => mul(mul(x, add(erf(div(x, new Tensor([Math.SQRT2], []))), new Tensor([1], []))), half);
    expect(stepsOf((x) => spelt(conv(x)))).toMatchObject([{ op: "conv2d", activation: "gelu" }]);
  });
});

describe("a sum with another tensor", () => {
  it("is computed by the convolution, and then its activation", () => {
    expect(stepsOf((x) => relu(add(conv2d(conv(x), weight([4, 6, 1, 1])), x as Tensor)))).toMatchObject([
      { op: "conv2d" },
      { op: "conv2d", residual: true, activation: "relu" },
    ]);
    expect(stepsOf((x) => add(x as Tensor, conv2d(x, weight([4, 4, 1, 1]))))).toMatchObject([{ residual: true }]);
    // of two convolutions, one
    expect(stepsOf((x) => add(conv(x), conv2d(x, weight([6, 4, 1, 1]))))).toHaveLength(2);
  });

  it("stays where the tensor repeats, or is the convolution's own result", () => {
    const row = Tensor.randn([1, 1, 9, 10], 5);
    expect(stepsOf((x) => add(conv(x), row))).toHaveLength(2);
    expect(
      stepsOf((x) => {
        const y = conv(x);
        return add(y, y);
      }),
    ).toHaveLength(2);
  });
});

describe("padding in front of a convolution", () => {
  it("is done by the convolution", () => {
    const wide = weight([6, 4, 3, 3]);
    expect(stepsOf((x) => conv2d(pad(x, [1, 2, 3, 0]), wide))).toHaveLength(1);
    expect(stepsOf((x) => conv2d(pad(x, [1, 0, 0, 1]), wide, null, { padding: 1, stride: 2 }))).toHaveLength(1);
    expect(stepsOf((x) => conv2d(pad(x, [2, 2, 2, 2], { mode: "reflect" }), wide))).toHaveLength(1);
    expect(stepsOf((x) => conv2d(pad(x, [2, 1, 0, 3], { mode: "circular" }), wide))).toHaveLength(1);
  });

  it("stays where a convolution cannot do it", () => {
    const wide = weight([6, 4, 3, 3]);
    expect(stepsOf((x) => conv2d(pad(x, [1, 1], { value: 2 }), wide))).toHaveLength(2);
    expect(stepsOf((x) => conv2d(pad(x, [-1, 1]), wide))).toHaveLength(2);
    expect(stepsOf((x) => conv2d(pad(x, [1, 1, 1, 1], { mode: "reflect" }), wide, null, { padding: 1 }))).toHaveLength(
      2,
    );
    expect(stepsOf((x) => maxPool2d(pad(x, [1, 1]), 2))).toHaveLength(2);
    const more = weight([6, 6, 3, 3]);
    expect(stepsOf((x) => conv2d(pad(x, [0, 0, 0, 0, 1, 1]), more))).toHaveLength(2);
  });
});

describe("tensors in a row", () => {
  it("are written where they will lie", () => {
    expect(stepsOf((x) => cat([conv(x), conv2d(x, weight([2, 4, 1, 1]))], 1))).toHaveLength(2);
    // as in DenseNet, where each concatenation begins with the one before
    const dense = (x: TensorLike) => {
      const first = cat([conv(x), conv(x)], 1);
      return cat([first, conv2d(first, weight([2, 12, 1, 1]))], 1);
    };
    expect(stepsOf(dense)).toHaveLength(3);
  });

  it("are copied where they lie elsewhere", () => {
    const [first, copy] = stepsOf((x) => cat([conv(x), x], 1));
    expect(first!.kernel).not.toBe("copy");
    expect(copy!.kernel).toBe("copy");
    const y = (x: TensorLike) => {
      const y = conv(x);
      return cat([y, y], 1);
    };
    expect(stepsOf(y)).toHaveLength(2);
    expect(stepsOf((x) => cat([conv(x), weight([1, 6, 9, 10])], 1))).toHaveLength(2);
    const batch = Tensor.randn([2, 4, 5, 5], 3);
    expect(stepsOf((x) => cat([relu(x), sigmoid(x)], 1), batch).at(-1)!.kernel).toBe("copy");
  });

  it("are read where they lie in the whole", () => {
    const halves = (x: TensorLike) =>
      apply("split", splitOperator, [checkTensor("split", "x", x)], { sizes: [1, 3], dim: 1 });
    expect(stepsOf((x) => conv2d(halves(x)[1]!, weight([6, 3, 3, 3])))).toHaveLength(1);
    // what reads a part must not write over it
    const both = (x: TensorLike) => {
      const [left, right] = halves(conv2d(x, weight([4, 4, 1, 1]))) as [Tensor, Tensor];
      return cat([relu(right), sigmoid(left), right, left], 1);
    };
    stepsOf(both);
  });
});

it("views and what nobody reads take no step", () => {
  const forward = (x: TensorLike) => {
    const y = relu(x);
    conv(y);
    return y.reshape([4, 90]).reshape([1, 4, 9, 10]).reshape([1, 4, 9, 10]);
  };
  expect(stepsOf(forward)).toHaveLength(1);
});

it("constants are computed when compiling", () => {
  const forward = (x: TensorLike) => add(x, relu(add(weight([4, 1, 1]), weight([4, 1, 1], 8))));
  expect(stepsOf(forward)).toMatchObject([{ op: "add" }]);
});
