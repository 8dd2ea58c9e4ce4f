import { checkAxesCount, countOf, wrongType } from "../../check.ts";
import type { DType } from "../../dtype.ts";
import { castOperator } from "../../operators/cast.ts";
import { type Constant, constantOf, numbersOf } from "../../planning/constant.ts";
import type { Operands, Operator } from "../../planning/operator.ts";
import { plannedConstants } from "../../planning/planned.ts";
import { DATA_TYPE, dataTypeName } from "../model.ts";
import { dtypeOf } from "../tensor.ts";
import type { OnnxNode, Translator } from "../translation.ts";

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

/** An argument that must be known when compiling. */
export function known(where: string, operands: Operands, index: number): Constant {
  const { dtype, data, shape } = operands[index]!;
  if (data === undefined) throw wrongType(where, `needs a value that is only known while running (input ${index})`);
  return { dtype, data, shape };
}

/** Numbers that a file passes as a tensor in place of an attribute: lengths, axes. */
export function listOf(where: string, constant: Constant): readonly number[] {
  checkAxesCount(where, constant.data.length);
  return Array.from(numbersOf(constant));
}

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

/** How many elements a value has, as a value. */
export const sizeOf = (node: OnnxNode, value: string): string => node.fold(sizeOperator, [value], {}, "int64");

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

export const shapeTranslators: Readonly<Record<string, Translator>> = {
  Cast: cast,
  CastLike: (node) => castTo(node, node.dtypeOf(node.input(1)), node.isHalf(node.input(1))),
  Constant: constant,
  Shape: shape,
  Size: (node) => sizeOf(node, node.input(0)),
};
