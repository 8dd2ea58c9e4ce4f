import { describe, expect, it } from "vitest";
import { add, compile, div, hardswish, mul, relu6, sigmoid, silu, Tensor } from "../../src/index.ts";
import { loadOnnx } from "../../src/onnx/index.ts";
import { randoms } from "../support/elements.ts";
import { encodeModel, type TestNode, type TestTensor } from "../support/onnx.ts";
import { float, scalar } from "../support/onnx-cases/index.ts";

const SHAPE = [2, 3, 41];
const clamp = (value: number, from: number, to: number) => Math.min(Math.max(value, from), to);

/** Numbers on which every wrong gate shows: from -6 to 6. */
const x = new Tensor(
  randoms(1, SHAPE).data.map((value) => value * 6),
  SHAPE,
);

/** Runs a model of one input, and expects `formula` of each number; gives the steps that compute. */
function runs(
  nodes: readonly TestNode[],
  formula: (x: number) => number,
  constants: Readonly<Record<string, TestTensor>> = {},
) {
  const model = encodeModel({ nodes, constants, inputs: [{ name: "x", shape: SHAPE }] });
  using session = compile(loadOnnx(model), SHAPE);
  const { data } = session.run(x) as Tensor;
  for (const [i, value] of x.data.entries()) {
    const wanted = formula(value);
    if (!Object.is(data[i], wanted) && !(Math.abs(data[i]! - wanted) <= 3e-6))
      throw new Error(`f(${value}) is ${data[i]}, expected ${wanted}`);
  }
  return session.explain().steps.filter(({ kernel }) => kernel !== "none").length;
}

describe("x * hardsigmoid(x)", () => {
  const gate = (attributes: TestNode["attributes"] = {}, of = "x"): TestNode[] => [
    { op: "HardSigmoid", inputs: [of], outputs: ["g"], attributes },
    { op: "Mul", inputs: ["x", "g"] },
  ];
  const formula = (alpha: number, beta: number) => (value: number) => value * clamp(alpha * value + beta, 0, 1);

  it("is hard-swish by alpha 1/6 and beta 0.5", () => {
    expect(runs(gate({ alpha: float(1 / 6), beta: float(0.5) }), formula(1 / 6, 0.5))).toBe(1);
  });

  it.each([
    ["ONNX's alpha, which nobody has written", {}, 0.2, 0.5],
    ["alpha 0.2", { alpha: float(0.2), beta: float(0.5) }, 0.2, 0.5],
    ["alpha 0.16", { alpha: float(0.16) }, 0.16, 0.5],
    ["alpha -1/6", { alpha: float(-1 / 6) }, -1 / 6, 0.5],
    ["beta 0.4", { alpha: float(1 / 6), beta: float(0.4) }, 1 / 6, 0.4],
    ["beta 0", { alpha: float(1 / 6), beta: float(0) }, 1 / 6, 0],
  ])("is what it is by %s", (_, attributes, alpha, beta) => {
    expect(runs(gate(attributes), formula(alpha, beta))).toBe(2);
  });

  it("is what it is where the gate is that of another tensor", () => {
    const nodes: TestNode[] = [{ op: "Neg", inputs: ["x"], outputs: ["n"] }, ...gate({ alpha: float(1 / 6) }, "n")];
    runs(nodes, (value) => value * clamp(-value / 6 + 0.5, 0, 1));
  });
});

describe("x * sigmoid of another tensor", () => {
  it("is no silu", () => {
    const nodes: TestNode[] = [
      { op: "Neg", inputs: ["x"], outputs: ["n"] },
      { op: "Sigmoid", inputs: ["n"], outputs: ["g"] },
      { op: "Mul", inputs: ["x", "g"] },
    ];
    runs(nodes, (value) => value / (1 + Math.exp(value)));
  });
});

describe("x * clip(x + 3) / 6", () => {
  const nodes = (op = "Div"): TestNode[] => [
    { op: "Add", inputs: ["x", "three"], outputs: ["sum"] },
    { op: "Clip", inputs: ["sum", "min", "max"], outputs: ["g"] },
    { op: "Mul", inputs: ["x", "g"], outputs: ["product"] },
    { op, inputs: ["product", "six"] },
  ];
  const constants = (three = 3, min = 0, max = 6, six = 6) => ({
    three: scalar(three),
    min: scalar(min),
    max: scalar(max),
    six: scalar(six),
  });
  const formula =
    (three = 3, min = 0, max = 6, six = 6) =>
    (value: number) =>
      (value * clamp(value + three, min, max)) / six;

  it("is hard-swish", () => {
    expect(runs(nodes(), formula(), constants())).toBe(1);
    expect(runs(nodes("Mul"), formula(), constants(3, 0, 6, 1 / 6))).toBe(1);
  });

  it.each([
    ["2 is added", [2, 0, 6, 6]],
    ["it is cut at 5", [3, 0, 5, 6]],
    ["it is cut at 1", [3, 1, 6, 6]],
    ["it is divided by 5", [3, 0, 6, 5]],
    ["it is divided by -6", [3, 0, 6, -6]],
  ] as const)("is what it is where %s", (_, numbers) => {
    expect(runs(nodes(), formula(...numbers), constants(...numbers))).toBeGreaterThan(1);
  });

  it("is what it is where 6 is divided by it", () => {
    const turned = [...nodes().slice(0, 3), { op: "Div", inputs: ["six", "product"] }];
    // rounded as the steps round, since the product is close to 0 on the way
    const product = (value: number) => Math.fround(value * clamp(Math.fround(value + 3), 0, 6));
    runs(turned, (value) => Math.fround(6 / product(value)), constants());
  });
});

describe("x * (1 + erf(x / sqrt 2)) * 0.5", () => {
  /** Abramowitz and Stegun 7.1.26, to 1.5e-7. */
  const erf = (value: number) => {
    const t = 1 / (1 + 0.3275911 * Math.abs(value));
    const sum = ((((1.061405429 * t - 1.453152027) * t + 1.421413741) * t - 0.284496736) * t + 0.254829592) * t;
    return Math.sign(value) * (1 - sum * Math.exp(-value * value));
  };
  const nodes: TestNode[] = [
    { op: "Div", inputs: ["x", "root"], outputs: ["scaled"] },
    { op: "Erf", inputs: ["scaled"], outputs: ["erf"] },
    { op: "Add", inputs: ["erf", "one"], outputs: ["sum"] },
    { op: "Mul", inputs: ["x", "sum"], outputs: ["product"] },
    { op: "Mul", inputs: ["product", "half"] },
  ];
  it.each([
    ["is GELU", [Math.SQRT2, 1, 0.5], 1],
    ["is what it is by another root", [1.41, 1, 0.5], 0],
    ["is what it is by another sum", [Math.SQRT2, 1.01, 0.5], 0],
    ["is what it is by another factor", [Math.SQRT2, 1, 0.51], 0],
  ] as const)("%s", (_, [root, one, half], steps) => {
    const constants = { root: scalar(root), one: scalar(one), half: scalar(half) };
    const got = runs(nodes, (value) => value * (one + erf(value / root)) * half, constants);
    if (steps > 0) expect(got).toBe(steps);
    else expect(got).toBeGreaterThan(1);
  });

  it("is what it is where the error function is that of another tensor", () => {
    const constants = { root: scalar(Math.SQRT2), one: scalar(1), half: scalar(0.5) };
    const negated: TestNode[] = [
      { op: "Neg", inputs: ["x"], outputs: ["n"] },
      { op: "Div", inputs: ["n", "root"], outputs: ["scaled"] },
      ...nodes.slice(1),
    ];
    runs(negated, (value) => value * (1 + erf(-value / Math.SQRT2)) * 0.5, constants);
  });
});

describe("a gate that others read too", () => {
  it.each<[string, (x: Tensor) => readonly Tensor[]]>([
    ["sigmoid", (x) => [sigmoid(x), mul(x, sigmoid(x))]],
    [
      "sigmoid, read twice",
      (x) => {
        const gate = sigmoid(x);
        return [mul(x, gate), gate];
      },
    ],
    [
      "relu6",
      (x) => {
        const gate = relu6(add(x, 3));
        return [div(mul(x, gate), 6), gate];
      },
    ],
    ["silu and hard-swish", (x) => [silu(x), hardswish(x)]],
  ])("stays: %s", (_, forward) => {
    const named = (input: unknown) => Object.fromEntries(forward(input as Tensor).entries());
    using session = compile({ forward: named }, SHAPE);
    const results = session.run(x);
    for (const [i, { data }] of forward(x).entries()) {
      for (const [at, value] of data.entries()) expect(Math.abs(results[i]!.data[at]! - value)).toBeLessThan(3e-6);
    }
  });
});

describe("constants of one number, but more axes than the tensor", () => {
  const of = (value: number) => new Tensor([value], [1, 1, 1, 1, 1]);
  it.each<[string, (x: Tensor) => Tensor]>([
    ["the added", (x) => div(mul(x, relu6(add(x, of(3)))), 6)],
    ["the divisor", (x) => div(mul(x, relu6(add(x, 3))), of(6))],
    ["a factor", (x) => mul(sigmoid(x), of(2))],
    ["a factor and a sum", (x) => add(mul(hardswish(x), of(2)), of(1))],
  ])("give the result their axes: %s", (_, forward) => {
    const expected = forward(x);
    expect(expected.shape).toHaveLength(5);
    using session = compile({ forward: (input) => forward(input as Tensor) }, SHAPE);
    const got = session.run(x);
    expect(got.shape).toEqual(expected.shape);
    for (const [at, value] of expected.data.entries()) expect(Math.abs(got.data[at]! - value)).toBeLessThan(3e-6);
  });
});
