import { readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import * as convwasm from "../../src/index.ts";
import { batchNorm, groupNorm, instanceNorm, layerNorm, logSoftmax, prelu, softmax, Tensor } from "../../src/index.ts";
import { UNARY_OPERATORS } from "../../src/operators/activation.ts";
import { amaxOperator, aminOperator, meanOperator, sumOperator } from "../../src/operators/reduce.ts";
import { applyOne } from "../../src/planning/evaluate.ts";
import * as reference from "../support/reference.ts";

/** What is not a number has a name. */
type Stored = readonly (number | string)[];

interface Case {
  readonly name: string;
  readonly seed: number;
  readonly input: number[];
  readonly output: Stored;
}
interface UnaryCase extends Case {
  readonly factor: number;
  readonly plus: number;
  readonly ends: Stored;
}
interface BinaryCase extends Case {
  readonly a: number[];
  readonly b: number[];
  readonly shape: number[];
}
interface NormCase extends Case {
  readonly affine: boolean;
  readonly plus: number;
  readonly eps: number;
  readonly groups: number;
  readonly axes: number;
}
interface SoftmaxCase extends Case {
  readonly dim: number;
  readonly softmax: Stored;
  readonly logSoftmax: Stored;
}
interface ReduceCase extends Case {
  readonly dims: number[];
  readonly keepdim: boolean;
  readonly shape: number[];
}

const golden: {
  note: string;
  unary: UnaryCase[];
  binary: BinaryCase[];
  prelu: (Case & { slopes: number })[];
  norm: NormCase[];
  batchNorm: Case[];
  softmax: SoftmaxCase[];
  reduce: ReduceCase[];
} = JSON.parse(readFileSync(new URL("../golden/operators.json", import.meta.url), "utf8"));

const numberOf = (value: number | string) => Number(String(value).replace("inf", "Infinity"));

const draw = (seed: number, shape: readonly number[], factor = 1, plus = 0) =>
  new Tensor(
    reference.values(seed, reference.sizeOf(shape)).map((value) => value * factor + plus),
    shape,
  );

function matches(actual: Tensor, stored: Stored, shape: readonly number[], what?: string): void {
  expect(actual.shape, what).toEqual(shape);
  const expected = new Tensor(stored.map(numberOf), shape);
  const close = convwasm.allclose(actual, expected, { rtol: 3e-6, atol: 5e-7, equalNan: true });
  expect(close, `${what}: ${actual.data} instead of ${expected.data}`).toBe(true);
}

type Unary = (x: Tensor) => Tensor;
const operators: Readonly<Record<string, object>> = UNARY_OPERATORS;

/** A public function of that name, or else the operator. */
function unaryOf(name: string): Unary {
  if (name === "geluTanh") return (x) => convwasm.gelu(x, { approximate: "tanh" });
  const exported = (convwasm as unknown as Record<string, Unary | undefined>)[name];
  return exported ?? ((x) => applyOne("test", operators[name] as typeof UNARY_OPERATORS.relu, [x], {}));
}

describe("functions of one number give PyTorch's results", () => {
  it.each(golden.unary.map((each) => [each.name, each] as const))("%s", (name, each) => {
    const { seed, factor, plus, output, ends } = each;
    matches(unaryOf(name)(draw(seed, [3, 9], factor, plus)), output, [3, 9], name);
    const list = golden.note.split("of ").at(-1)!.split(", ").map(numberOf);
    expect(ends).toHaveLength(list.length);
    matches(unaryOf(name)(new Tensor(list, [list.length])), ends, [list.length], `${name} of ${list}`);
  });
});

describe("operations on two tensors give PyTorch's results", () => {
  const nameOf = ({ name, a, b }: BinaryCase) => reference.nameOf({ name, a, b });
  it.each(golden.binary.map((each) => [nameOf(each), each] as const))("%s", (_, each) => {
    const { name, seed, a, b, shape, output } = each;
    const operation = (convwasm as unknown as Record<string, (a: Tensor, b: Tensor) => Tensor>)[name]!;
    matches(operation(draw(seed, a, 2, 2.125), draw(seed + 1, b, 2, 2.25)), output, shape);
  });

  it.each(golden.prelu.map((each) => [reference.nameOf({ input: each.input, slopes: each.slopes }), each] as const))(
    "prelu, %s",
    (_, { seed, input, slopes, output }) => {
      matches(prelu(draw(seed, input), draw(seed + 1, [slopes])), output, input);
    },
  );
});

describe("normalisations give PyTorch's results", () => {
  const nameOf = ({ output: _output, seed: _seed, ...each }: NormCase) => reference.nameOf({ ...each });
  it.each(golden.norm.map((each) => [nameOf(each), each] as const))("%s", (_, each) => {
    const { name, seed, input, affine, plus, eps, output } = each;
    const parameters = name === "layerNorm" ? input.slice(-each.axes) : input.slice(1, 2);
    const more = affine ? { weight: draw(seed + 1, parameters), bias: draw(seed + 2, parameters) } : {};
    const x = draw(seed, input, 1, plus);
    const options = { eps, ...more };
    const run: Record<string, () => Tensor> = {
      instanceNorm: () => instanceNorm(x, options),
      groupNorm: () => groupNorm(x, each.groups, options),
      layerNorm: () => layerNorm(x, parameters, options),
    };
    matches(run[name]!(), output, input);
  });

  it.each(golden.batchNorm.map((each) => [String(each.input), each] as const))("batchNorm, %s", (_, each) => {
    const { seed, input, output } = each;
    const part = (index: number, plus = 0) => draw(seed + index, [input[1]!], 1, plus);
    const statistics = { mean: part(1), variance: part(2, 1.25), weight: part(3), bias: part(4) };
    matches(batchNorm(draw(seed, input), statistics), output, input);
  });
});

describe("softmax and reductions give PyTorch's results", () => {
  it.each(golden.softmax.map((each) => [reference.nameOf({ input: each.input, dim: each.dim }), each] as const))(
    "softmax, %s",
    (_, each) => {
      const x = draw(each.seed, each.input, 8);
      matches(softmax(x, { dim: each.dim }), each.softmax, each.input);
      matches(logSoftmax(x, { dim: each.dim }), each.logSoftmax, each.input);
    },
  );

  const REDUCTIONS = { mean: meanOperator, sum: sumOperator, amax: amaxOperator, amin: aminOperator };
  const nameOf = ({ name, input, dims, keepdim }: ReduceCase) => reference.nameOf({ name, input, dims, keepdim });
  it.each(golden.reduce.map((each) => [nameOf(each), each] as const))("%s", (_, each) => {
    const operator = REDUCTIONS[each.name as keyof typeof REDUCTIONS];
    const { dims, keepdim } = each;
    matches(applyOne("test", operator, [draw(each.seed, each.input)], { dims, keepdim }), each.output, each.shape);
  });
});
