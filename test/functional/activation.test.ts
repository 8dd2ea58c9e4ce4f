import { describe, expect, it } from "vitest";
import * as convwasm from "../../src/index.ts";
import { Tensor } from "../../src/index.ts";
import { geluOperator, UNARY_OPERATORS } from "../../src/operators/activation.ts";
import { constantOf, numbersOf } from "../../src/planning/constant.ts";
import { activationName, epilogueFor, epilogueOf, UNARY, type UnaryFunction } from "../../src/planning/epilogue.ts";
import { applyOne } from "../../src/planning/evaluate.ts";
import type { Operator } from "../../src/planning/operator.ts";
import * as functions from "../support/functions.ts";

/** Smallest float32 that has all its digits. */
const SMALLEST_NORMAL = 2 ** -126;

interface Case {
  readonly name: string;
  readonly run: (x: Tensor) => Tensor;
  /** in float64 */
  readonly apply: (x: number) => number;
  /** below `x` an error of `slack` is allowed: e^x is no normal number, or the function is zero by a sum */
  readonly below?: { readonly x: number; readonly slack: number };
}

const by =
  <A extends object>(operator: Operator<A>, attributes: NoInfer<A>) =>
  (x: Tensor) =>
    applyOne("test", operator, [x], attributes);

/** What is lost of x e^x where e^x is no normal number. */
const TINY = 90 * SMALLEST_NORMAL;

const slope = Math.fround(0.1);
const CASES: readonly Case[] = [
  { name: "relu", run: by(UNARY_OPERATORS.relu, {}), apply: functions.relu },
  { name: "clamp", run: by(UNARY_OPERATORS.clamp, { min: 0, max: 6 }), apply: functions.relu6 },
  {
    name: "clamp without an upper bound",
    run: by(UNARY_OPERATORS.clamp, { min: -1, max: Number.POSITIVE_INFINITY }),
    apply: (x) => Math.max(x, -1),
  },
  {
    name: "leakyRelu",
    run: by(UNARY_OPERATORS.leakyRelu, { negativeSlope: slope }),
    apply: (x) => (x < 0 ? slope * x : x),
  },
  { name: "sigmoid", run: by(UNARY_OPERATORS.sigmoid, {}), apply: functions.sigmoid },
  { name: "silu", run: by(UNARY_OPERATORS.silu, {}), apply: functions.silu, below: { x: -87, slack: TINY } },
  {
    name: "hardswish",
    run: by(UNARY_OPERATORS.hardswish, {}),
    apply: functions.hardswish,
    below: { x: -2.5, slack: 3e-7 },
  },
  {
    name: "hardsigmoid",
    run: by(UNARY_OPERATORS.hardsigmoid, { alpha: 0.25, beta: 0.5 }),
    apply: (x) => functions.clamp(0.25 * x + 0.5, 0, 1),
    below: { x: -1.75, slack: 3e-7 },
  },
  { name: "tanh", run: by(UNARY_OPERATORS.tanh, {}), apply: Math.tanh },
  { name: "gelu", run: by(geluOperator, { approximate: "none" }), apply: functions.gelu },
  {
    name: "gelu by tanh",
    run: by(geluOperator, { approximate: "tanh" }),
    apply: functions.geluTanh,
    below: { x: -10, slack: TINY },
  },
  {
    name: "elu",
    run: by(UNARY_OPERATORS.elu, { alpha: 0.5 }),
    apply: (x) => (x < 0 ? 0.5 * Math.expm1(x) : x),
  },
  { name: "softplus", run: by(UNARY_OPERATORS.softplus, {}), apply: functions.softplus },
  { name: "mish", run: by(UNARY_OPERATORS.mish, {}), apply: functions.mish, below: { x: -87, slack: TINY } },
  { name: "exp", run: by(UNARY_OPERATORS.exp, {}), apply: Math.exp },
  { name: "log", run: by(UNARY_OPERATORS.log, {}), apply: Math.log },
  { name: "sqrt", run: by(UNARY_OPERATORS.sqrt, {}), apply: Math.sqrt },
  { name: "abs", run: by(UNARY_OPERATORS.abs, {}), apply: Math.abs },
  { name: "neg", run: by(UNARY_OPERATORS.neg, {}), apply: (x) => -x },
  { name: "reciprocal", run: by(UNARY_OPERATORS.reciprocal, {}), apply: (x) => 1 / x },
  { name: "erf", run: by(UNARY_OPERATORS.erf, {}), apply: functions.erf },
  { name: "floor", run: by(UNARY_OPERATORS.floor, {}), apply: Math.floor },
  { name: "ceil", run: by(UNARY_OPERATORS.ceil, {}), apply: Math.ceil },
  { name: "round", run: by(UNARY_OPERATORS.round, {}), apply: functions.round },
  { name: "sign", run: convwasm.sign, apply: Math.sign },
];

const run = (each: Case, values: Float32Array) => each.run(new Tensor(values, [values.length])).data;

/** Evenly over where functions bend, and all magnitudes of both signs. */
function range(): Float32Array {
  const even = (to: number) => Array.from({ length: 40_000 }, (_, i) => to * (i / 20_000 - 1));
  // subnormal numbers are among them
  const magnitudes = Array.from({ length: 20_000 }, (_, i) => 2 ** (-149 + (i / 20_000) * 276));
  return Float32Array.from([...even(100), ...even(12), ...even(1.5), ...magnitudes, ...magnitudes.map((x) => -x)]);
}

describe("a function of one number", () => {
  it.each(CASES.map((each) => [each.name, each] as const))(
    "%s is within 2e-6 of the float64 value, relative",
    (_, each) => {
      const x = range();
      const y = run(each, x);
      let worst = { relative: 0, at: 0 };
      for (const [i, got] of y.entries()) {
        const wanted = each.apply(x[i]!);
        const rounded = Math.fround(wanted);
        if (!Number.isFinite(rounded)) {
          if (!Object.is(got, rounded)) expect(got, `of ${x[i]}`).toBe(rounded);
          continue;
        }
        const { x: low, slack } = each.below ?? { x: -Infinity, slack: 0 };
        const allowed = Math.abs(wanted) < SMALLEST_NORMAL ? SMALLEST_NORMAL : x[i]! < low ? slack : 0;
        const error = Math.abs(got - wanted) - allowed;
        const relative = error <= 0 ? 0 : error / Math.abs(wanted);
        if (!(relative <= worst.relative)) worst = { relative, at: x[i]! };
      }
      expect(worst.relative, `at ${worst.at}`).toBeLessThan(2e-6);
    },
  );

  it.each(CASES.map((each) => [each.name, each] as const))("%s is the same wherever a number stands", (_, each) => {
    for (const value of [-7.25, -0.3, 0.1, 0.7, 5.5, Number.NaN]) {
      const alone = run(each, Float32Array.of(value))[0]!;
      for (let length = 2; length <= 19; ++length) {
        const y = run(each, new Float32Array(length).fill(value));
        const same = y.every((got) => Object.is(got, alone));
        expect(same, `${length} times ${value}: ${y}, but ${alone} alone`).toBe(true);
      }
    }
  });

  it.each(CASES.map((each) => [each.name, each] as const))("%s keeps shape and argument, and NaN", (_, each) => {
    const x = new Tensor([Number.NaN, 1, 2, 3, 4, Number.NaN], [1, 3, 2]);
    const before = x.data.slice();
    const y = each.run(x);
    expect(y.shape).toEqual([1, 3, 2]);
    expect([...y.data].map(Number.isNaN)).toEqual([true, false, false, false, false, true]);
    expect(x.data).toEqual(before);
    const empty = each.run(Tensor.zeros([2, 0]));
    expect(empty.shape).toEqual([2, 0]);
  });

  it("folds whole numbers where shapes are computed with them", () => {
    const data = constantOf("int64", [3], [-3, 0, 5]);
    const folded = <A extends object>(operator: Operator<A>, attributes: A) =>
      Array.from(numbersOf(operator.plan("test", [data], attributes, "many").constants![0]!));
    expect(folded(UNARY_OPERATORS.neg, {})).toEqual([3, 0, -5]);
    expect(folded(UNARY_OPERATORS.abs, {})).toEqual([3, 0, 5]);
    expect(folded(UNARY_OPERATORS.floor, {})).toEqual([-3, 0, 5]);
    expect(folded(UNARY_OPERATORS.ceil, {})).toEqual([-3, 0, 5]);
    expect(folded(UNARY_OPERATORS.round, {})).toEqual([-3, 0, 5]);
    expect(folded(UNARY_OPERATORS.sign, {})).toEqual([-1, 0, 1]);
    expect(folded(UNARY_OPERATORS.clamp, { min: -1, max: 4 })).toEqual([-1, 0, 4]);
    const weights = constantOf("float32", [1], [1]);
    expect(UNARY_OPERATORS.neg.plan("test", [weights], {}, "many").constants).toBeUndefined();
    const running = { dtype: "int64", shape: [1] } as const;
    expect(() => UNARY_OPERATORS.neg.plan("test", [running], {}, "many")).toThrow(TypeError);
  });
});

describe("names of activations for people to read", () => {
  const named = (name: keyof typeof UNARY, numbers: Record<string, number> = {}) =>
    activationName(epilogueFor(UNARY[name] as UnaryFunction, numbers));
  it("have numbers where torch's functions have them", () => {
    expect(named("softplus")).toBe("softplus");
    expect(named("mish")).toBe("mish");
    expect(named("elu", { alpha: 1 })).toBe("elu(1)");
    expect(named("leakyRelu", { negativeSlope: 0.1 })).toBe("leaky_relu(0.1)");
    expect(named("clamp", { min: 0, max: 6 })).toBe("relu6");
    expect(named("clamp", { min: -1, max: 2 })).toBe("clamp(-1, 2)");
    expect(named("hardsigmoid")).toBe("hardsigmoid");
    expect(named("hardsigmoid", { alpha: 0.2, beta: 0.5 })).toBe("hardsigmoid(0.2, 0.5)");
    expect(named("hardswish")).toBe("hardswish");
    expect(activationName({ ...epilogueFor(UNARY.hardswish, {}), alpha: 0.5, beta: 0.25 })).toBe(
      "hardswish(0.5, 0.25)",
    );
    expect(named("geluTanh")).toBe("gelu(tanh)");
  });

  it("are those that compile takes", () => {
    for (const name of ["softplus", "mish", "gelu", "relu6", "hardsigmoid"] as const) {
      expect(activationName(epilogueOf("test", name)!)).toBe(name);
    }
    expect(activationName(epilogueOf("test", { elu: 0.5 })!)).toBe("elu(0.5)");
  });
});

describe("functions of the package", () => {
  const { leakyRelu, elu, gelu, hardsigmoid, relu6, relu, prelu, softmax } = convwasm;
  const x = Tensor.from([-4, -1, 0, 2, 8]);

  it("have torch's defaults", () => {
    expect([...leakyRelu(x).data]).toEqual([...leakyRelu(x, 0.01).data]);
    expect(leakyRelu(x).data[0]).toBeCloseTo(-0.04, 7);
    expect([...elu(x).data]).toEqual([...elu(x, 1).data]);
    expect([...gelu(x).data]).toEqual([...gelu(x, { approximate: "none" }).data]);
    expect(gelu(x, { approximate: "tanh" }).data[3]).not.toBe(gelu(x).data[3]);
    expect([...relu6(x).data]).toEqual([0, 0, 0, 2, 6]);
    expect(hardsigmoid(x).data[2]).toBe(0.5);
    // both zeros become 0, as in onnxruntime
    expect([...convwasm.sign(Tensor.from([-Infinity, -0, 0, 1e-45])).data]).toEqual([-1, 0, 0, 1]);
  });

  it("take onnxruntime's tensors", () => {
    expect(relu({ data: x.data, dims: [5] })).toEqual(relu(x));
  });

  // biome-ignore lint/suspicious/noExplicitAny: stands for every wrong type
  const wrong = (value: unknown): any => value;
  it.each<[string, () => unknown, typeof TypeError | typeof RangeError, string]>([
    ["relu of a number", () => relu(wrong(1)), TypeError, "relu: input must be a Tensor"],
    [
      "a slope by word",
      () => leakyRelu(x, wrong("0.1")),
      TypeError,
      'leakyRelu: negativeSlope must be a number, got "0.1"',
    ],
    ["an alpha by word", () => elu(x, wrong("1")), TypeError, 'elu: alpha must be a number, got "1"'],
    [
      "an unknown approximation",
      () => gelu(x, { approximate: wrong("erf") }),
      RangeError,
      'gelu: approximate must be one of "none", "tanh"',
    ],
    ["an unknown option", () => gelu(x, wrong({ tanh: true })), TypeError, 'gelu: unknown option "tanh"'],
    [
      "slopes of two axes",
      () => prelu(x, Tensor.ones([1, 1])),
      RangeError,
      "prelu: weight must have shape [1], or one value for each channel of input [5], got [1, 1]",
    ],
    [
      "slopes of other channels",
      () => prelu(Tensor.ones([1, 3, 2]), Tensor.ones([2])),
      RangeError,
      "prelu: weight must have shape [1]",
    ],
    [
      "slopes where there are no channels",
      () => prelu(x, Tensor.ones([5])),
      RangeError,
      "prelu: weight must have shape [1]",
    ],
    ["no dim", () => softmax(x, wrong({})), TypeError, "softmax: dim must be a number, got undefined"],
    ["no options", () => softmax(x, wrong(undefined)), TypeError, "softmax: dim must be a number, got undefined"],
    [
      "an axis that is not there",
      () => softmax(x, { dim: 1 }),
      RangeError,
      "softmax: dim must be from -1 to 0 for 1 axes, got 1",
    ],
    ["half an axis", () => convwasm.logSoftmax(x, { dim: 0.5 }), RangeError, "logSoftmax: dim must be from -1 to 0"],
  ])("refuse %s", (_, call, kind, message) => {
    expect(call).toThrow(kind);
    expect(call).toThrow(message);
  });
});
