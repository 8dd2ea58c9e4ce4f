import { checkAxesCount, countOf, show, wrongType, wrongValue } from "../../check.ts";
import type { DType } from "../../dtype.ts";
import type { DeferredAttributes } from "../../graph/graph.ts";
import { castOperator } from "../../operators/cast.ts";
import { type Comparison, comparisonOperator } from "../../operators/compare.ts";
import { axisOf } from "../../operators/movement.ts";
import { type Constant, checkFolded, constantOf, numbersOf } from "../../planning/constant.ts";
import type { Operands, Operator } from "../../planning/operator.ts";
import { plannedConstants } from "../../planning/planned.ts";
import { DATA_TYPE, dataTypeName } from "../model.ts";
import { dtypeOf } from "../tensor.ts";
import { deferred, type OnnxNode, type Translator } from "../translation.ts";

/*
 * Operators with which ONNX files compute shapes. Most of them run only while a network is compiled.
 */

/** An operator that can only be computed when compiling. */
export function folding<A extends object>(
  name: string,
  compute: (where: string, operands: Operands, attributes: A) => Constant,
): Operator<A> {
  return {
    name,
    dtypes: "all",
    plan: (where, operands, attributes) => plannedConstants([compute(where, operands, attributes)]),
  };
}

function known(where: string, operands: Operands, index: number): Constant {
  const { dtype, data, shape } = operands[index]!;
  if (data === undefined) throw wrongType(where, `needs a value that is only known while running (input ${index})`);
  return { dtype, data, shape };
}

/** Numbers that a file passes as a tensor in place of an attribute: lengths, axes. */
export function listOf(where: string, constant: Constant): readonly number[] {
  checkAxesCount(where, constant.data.length);
  return Array.from(numbersOf(constant));
}

/** Elementwise, by numpy's broadcasting rules. */
function broadcast(
  where: string,
  operands: readonly Constant[],
  dtype: DType,
  compute: (values: readonly number[]) => number,
): Constant {
  const rank = Math.max(...operands.map(({ shape }) => shape.length));
  const shape = Array.from({ length: rank }, (_, axis) =>
    operands.reduce((length, operand) => {
      const extent = operand.shape[axis - rank + operand.shape.length] ?? 1;
      if (extent !== length && extent !== 1 && length !== 1) {
        const shapes = operands.map((each) => show(each.shape)).join(" and ");
        throw wrongValue(where, `shapes ${shapes} do not broadcast`);
      }
      return length === 1 ? extent : length;
    }, 1),
  );
  const result = new Float64Array(checkFolded(where, shape));
  const values = operands.map(numbersOf);
  for (let index = 0; index < result.length; ++index) {
    result[index] = compute(operands.map((operand, i) => values[i]![sourceOf(index, shape, operand.shape)]!));
  }
  return constantOf(dtype, shape, result);
}

/** The index, in an operand that repeats along axes of length 1, of the element for the result's `index`. */
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
  /** of the result */
  readonly dtype: DType;
  readonly compute: (values: readonly number[]) => number;
}

const elementwise = /* @__PURE__ */ folding<ElementwiseAttributes>(
  "elementwise",
  (where, operands, { dtype, compute }) =>
    broadcast(
      where,
      operands.map((_, index) => known(where, operands, index)),
      dtype,
      compute,
    ),
);

/** Arithmetic that only shapes use. */
const arithmetic = (node: OnnxNode, compute: (a: number, b: number) => number): string => {
  const dtype = node.dtypeOf(node.input(0));
  return node.fold(elementwise, [node.input(0), node.input(1)], { dtype, compute: ([a, b]) => compute(a!, b!) }, dtype);
};

/** The sign is that of the divisor, or of the dividend with fmod. */
const mod: Translator = (node) =>
  node.attributes.flag("fmod", false)
    ? arithmetic(node, (a, b) => a % b)
    : arithmetic(node, (a, b) => a - b * Math.floor(a / b));

const logic =
  (compute: (a: number, b: number) => boolean): Translator =>
  (node) =>
    node.fold(
      elementwise,
      [node.input(0), node.input(1)],
      { dtype: "bool", compute: ([a, b]) => Number(compute(a!, b!)) },
      "bool",
    );

const not: Translator = (node) =>
  node.fold(elementwise, [node.input(0)], { dtype: "bool", compute: ([value]) => Number(value === 0) }, "bool");

const comparison =
  (kind: Comparison): Translator =>
  (node) =>
    node.call(comparisonOperator(kind), [node.input(0), node.input(1)], {}, "bool");

/**
 * All floats are float32 here: what the file has as float16 is rounded to it, but double and bfloat16 are not.
 * @param half whether it becomes float16 in the file
 */
function castTo(node: OnnxNode, to: DType, half: boolean): string {
  node.attributes.int("saturate", 1);
  const input = node.input(0);
  const value = node.dtypeOf(input) === to ? input : node.call(castOperator, [input], { to }, to);
  return half ? node.halved(value) : value;
}

/** A value as float32. */
export const asFloat = (node: OnnxNode, value: string): string =>
  node.isFloat(value) ? value : node.call(castOperator, [value], { to: "float32" }, "float32");

const cast: Translator = (node) => {
  const type = node.attributes.int("to", 0);
  const to = dtypeOf(type);
  if (to === undefined) throw wrongType(node.where, `cannot cast to ${dataTypeName(type)}`);
  return castTo(node, to, type === DATA_TYPE.FLOAT16);
};

const whereOperator = /* @__PURE__ */ folding<object>("where", (where, operands) => {
  const all = [0, 1, 2].map((index) => known(where, operands, index));
  return broadcast(where, all, all[1]!.dtype, ([c, a, b]) => (c !== 0 ? a! : b!));
});

interface ShapeAttributes {
  readonly start: number;
  readonly end: number;
}

const shapeOperator = /* @__PURE__ */ folding<ShapeAttributes>("shape", (_, operands, { start, end }) => {
  // slice counts negative numbers from the end and stops at both ends, as ONNX does
  const lengths = operands[0]!.shape.slice(start, end);
  return constantOf("int64", [lengths.length], lengths);
});

/** The lengths of a value's axes, as a value. */
export const shapeOf = (node: OnnxNode, value: string): string =>
  node.fold(shapeOperator, [value], { start: 0, end: Infinity }, "int64");

const shape: Translator = (node) => {
  const start = node.attributes.int("start", 0);
  const end = node.attributes.has("end") ? node.attributes.int("end", 0) : Infinity;
  return node.fold(shapeOperator, [node.input(0)], { start, end }, "int64");
};

const sizeOperator = /* @__PURE__ */ folding<object>("size", (_, operands) =>
  constantOf("int64", [], [countOf(operands[0]!.shape)]),
);

interface FillAttributes {
  readonly shape: readonly number[];
  readonly value: Constant;
}

const fillOperator = /* @__PURE__ */ folding<FillAttributes>("full", (where, _, { shape, value }) => {
  const count = checkFolded(where, shape);
  return constantOf(value.dtype, shape, new Float64Array(count).fill(numbersOf(value)[0]!));
});

const constantOfShape: Translator = (node) => {
  const value = node.attributes.tensor("value") ?? constantOf("float32", [1], [0]);
  if (value.data.length !== 1) {
    throw wrongValue(node.where, `value must have one element, got ${value.data.length}`);
  }
  const attributes = deferred([node.input(0)], (where, _, [lengths]) => ({ shape: listOf(where, lengths!), value }));
  return node.fold(fillOperator, [], attributes, value.dtype);
};

const rangeOperator = /* @__PURE__ */ folding<object>("range", (where, operands) => {
  const all = [0, 1, 2].map((index) => known(where, operands, index));
  if (all.some(({ data }) => data.length !== 1)) throw wrongValue(where, "needs single numbers");
  const [start, limit, delta] = all.map((each) => numbersOf(each)[0]) as [number, number, number];
  const count = Math.max(Math.ceil((limit - start) / delta), 0);
  if (!Number.isFinite(count)) throw wrongValue(where, `a range from ${start} to ${limit} by ${delta} never ends`);
  checkFolded(where, [count]);
  return constantOf(
    all[0]!.dtype,
    [count],
    new Float64Array(count).map((_, i) => start + i * delta),
  );
});

/** Quantised weights as real numbers: one scale for all, or one for each element of an axis. */
const dequantizeOperator = /* @__PURE__ */ folding<{ readonly axis: number }>(
  "dequantize",
  (where, operands, { axis }) => {
    const quantized = known(where, operands, 0);
    const scale = known(where, operands, 1);
    const zero = operands[2] ? known(where, operands, 2) : undefined;
    const { shape } = quantized;
    const data = numbersOf(quantized);
    const scales = numbersOf(scale);
    const zeros = zero && numbersOf(zero);
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
      const factor = scales[i % scales.length]!;
      const offset = zeros?.[i % scales.length] ?? 0;
      for (let k = begin; k < begin + inner; ++k) result[k] = (data[k]! - offset) * factor;
    }
    return { dtype: "float32", data: result, shape };
  },
);

const dequantizeLinear: Translator = (node) => {
  const { attributes } = node;
  if (attributes.int("block_size", 0) !== 0) throw wrongType(node.where, "block_size is not supported");
  const axis = attributes.int("axis", 1);
  return node.fold(dequantizeOperator, [node.input(0), node.input(1), node.optional(2)], { axis }, "float32");
};

/** The forms of a Constant node. */
const constant: Translator = (node) => {
  const { attributes } = node;
  const value = attributes.tensor("value");
  if (value !== undefined) return node.constant(value);
  const floats = attributes.floats("value_floats");
  if (floats !== undefined) return node.constant(constantOf("float32", [floats.length], floats));
  const ints = attributes.ints("value_ints");
  if (ints !== undefined) return node.constant(constantOf("int64", [ints.length], ints));
  if (attributes.has("value_float")) return node.number(attributes.float("value_float", 0));
  if (attributes.has("value_int")) return node.constant(constantOf("int64", [], [attributes.int("value_int", 0)]));
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
    const constant = known(where, operands, 0);
    const { dtype, shape } = constant;
    const ones = shape.map((length, axis) => (dims.includes(axis) ? 1 : length));
    const result = new Float64Array(countOf(ones)).fill(first);
    const values = numbersOf(constant);
    for (let index = 0; index < values.length; ++index) {
      const to = sourceOf(index, shape, ones);
      result[to] = combine(result[to]!, values[index]!);
    }
    return constantOf(dtype, keepdim ? ones : shape.filter((_, axis) => !dims.includes(axis)), result);
  },
);

/** Sums, products and the like of integers over axes. */
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
  return node.fold(reduceOperator, [node.input(0)], attributes, node.dtypeOf(node.input(0)));
}

export const shapeTranslators: Readonly<Record<string, Translator>> = {
  And: logic((a, b) => a !== 0 && b !== 0),
  Cast: cast,
  CastLike: (node) => castTo(node, node.dtypeOf(node.input(1)), node.isHalf(node.input(1))),
  Constant: constant,
  ConstantOfShape: constantOfShape,
  DequantizeLinear: dequantizeLinear,
  Equal: comparison("eq"),
  Greater: comparison("gt"),
  GreaterOrEqual: comparison("ge"),
  Less: comparison("lt"),
  LessOrEqual: comparison("le"),
  Mod: mod,
  Not: not,
  Or: logic((a, b) => a !== 0 || b !== 0),
  Range: (node) =>
    node.fold(rangeOperator, [node.input(0), node.input(1), node.input(2)], {}, node.dtypeOf(node.input(0))),
  Shape: shape,
  Size: (node) => node.fold(sizeOperator, [node.input(0)], {}, "int64"),
  Where: (node) =>
    node.fold(whereOperator, [node.input(0), node.input(1), node.input(2)], {}, node.dtypeOf(node.input(1))),
};
