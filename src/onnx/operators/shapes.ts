import { checkAxesCount, countOf, show, wrongType, wrongValue } from "../../check.ts";
import type { DeferredAttributes } from "../../graph/graph.ts";
import { axisOf } from "../../operators/movement.ts";
import type { Constant, Operands, Operator } from "../../operators/operator.ts";
import { dataTypeName } from "../model.ts";
import { checkCount, type Kind, kindOf } from "../tensor.ts";
import { deferred, type OnnxNode, type Translator } from "../translation.ts";

/*
 * Operators that ONNX files compute shapes with. They run when a network is compiled and never after: integers and
 * booleans exist only as constants.
 */

/** An operator that is computed when compiling, or not at all. */
export function folding<A extends object>(
  name: string,
  compute: (where: string, operands: Operands, attributes: A) => Constant,
): Operator<A> {
  const fold = (where: string, operands: Operands, attributes: A) => [compute(where, operands, attributes)];
  return {
    name,
    infer: (where, operands, attributes) => fold(where, operands, attributes).map(({ shape }) => shape),
    fold,
    prepare(where) {
      throw wrongType(where, "needs a value that is only known while running");
    },
  };
}

function constantOf(where: string, operands: Operands, index: number): Constant {
  const { data, shape } = operands[index]!;
  if (data === undefined) throw wrongType(where, `needs a value that is only known while running (input ${index})`);
  return { data, shape };
}

/** Numbers that a file gives as a tensor in place of an attribute: lengths, axes. */
export function numbersOf(where: string, { data }: Constant): readonly number[] {
  checkAxesCount(where, data.length);
  return Array.from(data);
}

/** Elementwise, by numpy's rules of broadcasting. */
function broadcast(
  where: string,
  operands: readonly Constant[],
  compute: (values: readonly number[]) => number,
): Constant {
  const rank = Math.max(...operands.map(({ shape }) => shape.length));
  const shape = Array.from({ length: rank }, (_, axis) =>
    operands.reduce((length, operand) => {
      const own = operand.shape[axis - rank + operand.shape.length] ?? 1;
      if (own !== length && own !== 1 && length !== 1) {
        const shapes = operands.map((each) => show(each.shape)).join(" and ");
        throw wrongValue(where, `shapes ${shapes} do not broadcast`);
      }
      return length === 1 ? own : length;
    }, 1),
  );
  const data = new Float64Array(checkCount(where, shape));
  for (let index = 0; index < data.length; ++index) {
    data[index] = compute(operands.map((operand) => operand.data[sourceOf(index, shape, operand.shape)]!));
  }
  return { data, shape };
}

/** Where the element of the result at `index` comes from in an operand that repeats along axes of length 1. */
function sourceOf(index: number, shape: readonly number[], own: readonly number[]): number {
  let [rest, source, stride] = [index, 0, 1];
  for (let axis = shape.length - 1; axis >= shape.length - own.length; --axis) {
    const length = own[axis - shape.length + own.length]!;
    if (length !== 1) source += (rest % shape[axis]!) * stride;
    rest = Math.floor(rest / shape[axis]!);
    stride *= length;
  }
  return source;
}

interface ElementwiseAttributes {
  readonly compute: (values: readonly number[]) => number;
}

const elementwise = /* @__PURE__ */ folding<ElementwiseAttributes>("elementwise", (where, operands, { compute }) =>
  broadcast(
    where,
    operands.map((_, index) => constantOf(where, operands, index)),
    compute,
  ),
);

/** Arithmetic that only shapes need. */
const arithmetic = (node: OnnxNode, compute: (a: number, b: number) => number): string =>
  node.fold(elementwise, [node.input(0), node.input(1)], { compute: ([a, b]) => compute(a!, b!) }, "integer");

/** The sign is the divisor's, or with fmod the dividend's. */
const mod: Translator = (node) =>
  node.attributes.flag("fmod", false)
    ? arithmetic(node, (a, b) => a % b)
    : arithmetic(node, (a, b) => a - b * Math.floor(a / b));

const comparison =
  (compare: (a: number, b: number) => boolean): Translator =>
  (node) => {
    const compute = ([a, b]: readonly number[]) => Number(compare(a!, b!));
    return node.fold(elementwise, [node.input(0), node.input(1)], { compute }, "boolean");
  };

const not: Translator = (node) =>
  node.fold(elementwise, [node.input(0)], { compute: ([value]) => Number(value === 0) }, "boolean");

const castOperator = /* @__PURE__ */ folding<{ readonly to: Kind }>("cast", (where, operands, { to }) => {
  const { data, shape } = constantOf(where, operands, 0);
  if (to === "float") return { data: new Float32Array(data), shape };
  const convert = to === "boolean" ? (value: number) => Number(value !== 0) : Math.trunc;
  return { data: Float64Array.from(data, convert), shape };
});

/** Where kinds are the same there is nothing to do, whatever the precisions: floats are float32 here. */
function castTo(node: OnnxNode, to: Kind): string {
  node.attributes.int("saturate", 1);
  const input = node.input(0);
  return node.kindOf(input) === to ? input : node.fold(castOperator, [input], { to }, to);
}

/** A value as float32; integers are converted when compiling. */
export const asFloat = (node: OnnxNode, value: string): string =>
  node.isFloat(value) ? value : node.fold(castOperator, [value], { to: "float" }, "float");

const cast: Translator = (node) => {
  const type = node.attributes.int("to", 0);
  const to = kindOf(type);
  if (to === undefined) throw wrongType(node.where, `cannot cast to ${dataTypeName(type)}`);
  return castTo(node, to);
};

const whereOperator = /* @__PURE__ */ folding<object>("where", (where, operands) => {
  const [condition, x, y] = [0, 1, 2].map((index) => constantOf(where, operands, index)) as Constant[];
  const { data, shape } = broadcast(where, [condition!, x!, y!], ([c, a, b]) => (c !== 0 ? a! : b!));
  return { data: x!.data instanceof Float32Array ? new Float32Array(data) : data, shape };
});

interface ShapeAttributes {
  readonly start: number;
  readonly end: number;
}

const shapeOperator = /* @__PURE__ */ folding<ShapeAttributes>("shape", (_, operands, { start, end }) => {
  // slice counts negative numbers from the end and stops at both ends, as ONNX does
  const data = Float64Array.from(operands[0]!.shape.slice(start, end));
  return { data, shape: [data.length] };
});

/** The lengths of a value's axes, as a value. */
export const shapeOf = (node: OnnxNode, value: string): string =>
  node.fold(shapeOperator, [value], { start: 0, end: Infinity }, "integer");

const shape: Translator = (node) => {
  const start = node.attributes.int("start", 0);
  const end = node.attributes.has("end") ? node.attributes.int("end", 0) : Infinity;
  return node.fold(shapeOperator, [node.input(0)], { start, end }, "integer");
};

const sizeOperator = /* @__PURE__ */ folding<object>("size", (_, operands) => ({
  data: Float64Array.of(countOf(operands[0]!.shape)),
  shape: [],
}));

interface FillAttributes {
  readonly shape: readonly number[];
  readonly value: number;
  readonly kind: Kind;
}

const fillOperator = /* @__PURE__ */ folding<FillAttributes>("full", (where, _, { shape, value, kind }) => {
  const count = checkCount(where, shape);
  return { data: (kind === "float" ? new Float32Array(count) : new Float64Array(count)).fill(value), shape };
});

const constantOfShape: Translator = (node) => {
  const given = node.attributes.tensor("value");
  if (given !== undefined && given.data.length !== 1) {
    throw wrongValue(node.where, `value must have one element, got ${given.data.length}`);
  }
  const { value, kind } = { value: given?.data[0] ?? 0, kind: given?.kind ?? "float" };
  const attributes = deferred([node.input(0)], (where, _, [lengths]) => ({
    shape: numbersOf(where, lengths!),
    value,
    kind,
  }));
  return node.fold(fillOperator, [], attributes, kind);
};

const rangeOperator = /* @__PURE__ */ folding<object>("range", (where, operands) => {
  const numbers = [0, 1, 2].map((index) => constantOf(where, operands, index));
  if (numbers.some(({ data }) => data.length !== 1)) throw wrongValue(where, "needs single numbers");
  const [start, limit, delta] = numbers.map(({ data }) => data[0]) as [number, number, number];
  const count = Math.max(Math.ceil((limit - start) / delta), 0);
  if (!Number.isFinite(count)) throw wrongValue(where, `a range from ${start} to ${limit} by ${delta} has no end`);
  checkCount(where, [count]);
  const data = numbers[0]!.data instanceof Float32Array ? new Float32Array(count) : new Float64Array(count);
  return { data: data.map((_: number, i: number) => start + i * delta), shape: [count] };
});

/** What quantised weights stand for: one scale for all, or one for each element of an axis. */
const dequantizeOperator = /* @__PURE__ */ folding<{ readonly axis: number }>(
  "dequantize",
  (where, operands, { axis }) => {
    const [{ data, shape }, scale] = [constantOf(where, operands, 0), constantOf(where, operands, 1)];
    const zero = operands[2] ? constantOf(where, operands, 2) : undefined;
    const single = scale.data.length === 1;
    const along = single ? 0 : axisOf(where, "axis", axis, shape.length);
    if (!single && (scale.shape.length !== 1 || scale.shape[0] !== shape[along])) {
      const expected = `one value, or one for each of axis ${along} of ${show(shape)}`;
      throw wrongValue(where, `the scale must have ${expected}, got shape ${show(scale.shape)}`);
    }
    if (zero !== undefined && zero.data.length !== scale.data.length) {
      throw wrongValue(
        where,
        `the zero point must have the scale's shape ${show(scale.shape)}, got ${show(zero.shape)}`,
      );
    }
    const inner = single ? data.length : countOf(shape.slice(along + 1));
    const result = new Float32Array(data.length);
    for (let begin = 0, i = 0; begin < data.length; begin += inner, ++i) {
      const [factor, offset] = [scale.data[i % scale.data.length]!, zero?.data[i % scale.data.length] ?? 0];
      for (let k = begin; k < begin + inner; ++k) result[k] = (data[k]! - offset) * factor;
    }
    return { data: result, shape };
  },
);

const dequantizeLinear: Translator = (node) => {
  const { attributes } = node;
  if (attributes.int("block_size", 0) !== 0) throw wrongType(node.where, "block_size is not supported");
  const axis = attributes.int("axis", 1);
  return node.fold(dequantizeOperator, [node.input(0), node.input(1), node.optional(2)], { axis }, "float");
};

/** The forms that a Constant node has. */
const constant: Translator = (node) => {
  const { attributes } = node;
  const value = attributes.tensor("value");
  if (value !== undefined) return node.constant(value.data, value.shape, value.kind);
  const floats = attributes.floats("value_floats");
  if (floats !== undefined) return node.constant(Float32Array.from(floats), [floats.length]);
  const ints = attributes.ints("value_ints");
  if (ints !== undefined) return node.constant(Float64Array.from(ints), [ints.length], "integer");
  if (attributes.has("value_float")) return node.constant(Float32Array.of(attributes.float("value_float", 0)), []);
  if (attributes.has("value_int")) return node.constant(Float64Array.of(attributes.int("value_int", 0)), [], "integer");
  throw wrongType(node.where, "must have a tensor, or numbers, as its value");
};

interface ReduceAttributes {
  readonly dims: readonly number[];
  readonly keepdim: boolean;
}

interface CombineAttributes extends ReduceAttributes {
  readonly combine: (a: number, b: number) => number;
  readonly first: number;
}

const reduceOperator = /* @__PURE__ */ folding<CombineAttributes>(
  "reduce",
  (where, operands, { dims, keepdim, combine, first }) => {
    const { data, shape } = constantOf(where, operands, 0);
    const ones = shape.map((length, axis) => (dims.includes(axis) ? 1 : length));
    const result = new Float64Array(countOf(ones)).fill(first);
    for (const [index, value] of data.entries()) {
      const to = sourceOf(index, shape, ones);
      result[to] = combine(result[to]!, value);
    }
    return { data: result, shape: keepdim ? ones : shape.filter((_, axis) => !dims.includes(axis)) };
  },
);

/** Sums, products and the like over axes of integers. */
export function reduceIntegers(
  node: OnnxNode,
  { parameters, resolve }: DeferredAttributes<ReduceAttributes>,
  first: number,
  combine: CombineAttributes["combine"],
): string {
  const attributes = deferred(parameters, (where, operands, values) => ({
    ...resolve(where, operands, values),
    first,
    combine,
  }));
  return node.fold(reduceOperator, [node.input(0)], attributes, "integer");
}

export const shapeTranslators: Readonly<Record<string, Translator>> = {
  And: comparison((a, b) => a !== 0 && b !== 0),
  Cast: cast,
  CastLike: (node) => castTo(node, node.kindOf(node.input(1))),
  Constant: constant,
  ConstantOfShape: constantOfShape,
  DequantizeLinear: dequantizeLinear,
  Equal: comparison((a, b) => a === b),
  Greater: comparison((a, b) => a > b),
  GreaterOrEqual: comparison((a, b) => a >= b),
  Less: comparison((a, b) => a < b),
  LessOrEqual: comparison((a, b) => a <= b),
  Mod: mod,
  Not: not,
  Or: comparison((a, b) => a !== 0 || b !== 0),
  Range: (node) =>
    node.fold(rangeOperator, [node.input(0), node.input(1), node.input(2)], {}, node.kindOf(node.input(0))),
  Shape: shape,
  Size: (node) => node.fold(sizeOperator, [node.input(0)], {}, "integer"),
  Where: (node) =>
    node.fold(whereOperator, [node.input(0), node.input(1), node.input(2)], {}, node.kindOf(node.input(1))),
};
