import * as Result from "../../../assembly/codes/quantised.ts";
import { countOf, show, wrongType, wrongValue } from "../../check.ts";
import type { DType } from "../../dtype.ts";
import { type Constant, numbersOf } from "../../planning/constant.ts";
import type { Operand, Operands } from "../../planning/operator.ts";
import type { Pointer, ProgramWriter } from "../../runtime/program.ts";

/** Types of quantised activations and weights. */
export type Byte = "uint8" | "int8";

export const BYTES: readonly DType[] = ["uint8", "int8"];

export const isByte = (dtype: DType): dtype is Byte => dtype === "uint8" || dtype === "int8";

export const isSigned = (dtype: DType): boolean => dtype === "int8";

/** The least number of a type; the most is 255 more. */
export const leastOf = (dtype: Byte): number => (dtype === "int8" ? -128 : 0);

/** The number that a byte is. */
export const byteAs = (dtype: DType, byte: number): number => (isSigned(dtype) && byte > 127 ? byte - 256 : byte);

/** @throws TypeError for what holds no bytes */
export function checkByte(where: string, name: string, operands: Operands, index: number): Byte {
  const { dtype } = operands[index]!;
  if (isByte(dtype)) return dtype;
  throw wrongType(where, `${name} must hold ${BYTES.join(" or ")}, but holds ${dtype}`);
}

/**
 * Numbers of a quantisation: one for all, or one for each of `count`.
 * @param dtype that they must have
 */
export function numbersFor(
  where: string,
  name: string,
  operand: Operand,
  dtype: DType,
  count: number,
): ArrayLike<number> {
  checkType(where, name, operand, dtype);
  if (operand.data === undefined) throw wrongType(where, `${name} must be constant, but depends on an input`);
  checkCount(where, name, operand, count);
  return numbersOf(operand as Constant);
}

function checkCount(where: string, name: string, { shape }: Operand, count: number): void {
  const given = countOf(shape);
  if (given === 1 || given === count) return;
  const expected = count === 1 ? "one number" : `one number, or one for each of ${count}`;
  throw wrongValue(where, `${name} must have ${expected}, got shape ${show(shape)}`);
}

/** Checks a zero point that a run may compute, if it is given. */
export function checkZero(
  where: string,
  name: string,
  operands: Operands,
  index: number,
  dtype: Byte,
  count: number,
): void {
  const zero = operands[index];
  if (!zero) return;
  checkType(where, name, zero, dtype);
  checkCount(where, name, zero, count);
}

/** One number of a quantisation. */
export const numberOf = (where: string, name: string, operand: Operand, dtype: DType): number =>
  numbersFor(where, name, operand, dtype, 1)[0]!;

export function checkType(where: string, name: string, { dtype }: Operand, expected: DType): void {
  if (dtype !== expected) throw wrongType(where, `${name} must hold ${expected}, but holds ${dtype}`);
}

/** The zero point of a tensor, 0 if it is not given. */
export const zeroOf = (where: string, name: string, operand: Operand | null | undefined, dtype: Byte): number =>
  operand ? numberOf(where, name, operand, dtype) : 0;

/** What becomes of the sums of a product: they stay (int32), or are multiplied, or that and rounded to bytes. */
export interface Sums {
  readonly dtype: "int32" | "float32" | Byte;
  /** one for all, or one for each filter or column; absent where sums stay */
  readonly scales?: ArrayLike<number>;
  /** of bytes; default 0 */
  readonly zero?: number;
}

const KINDS = { int32: Result.SUM, float32: Result.FLOAT, uint8: Result.UINT8, int8: Result.INT8 } as const;

/** How the kernels finish sums: fields of their parameter blocks. */
export function endingFields({ dtype, zero = 0 }: Sums) {
  const least = isByte(dtype) ? leastOf(dtype) - zero : 0;
  return { kind: KINDS[dtype], outZero: zero, least, most: least + 255 };
}

/** A scale of a product in float32, in onnxruntime's order. */
export function productScales(x: number, weights: ArrayLike<number>, result: number): Float32Array {
  return Float32Array.from(weights, (scale) => Math.fround(Math.fround(x * scale) / result));
}

/** Writes a scale for each of `count`, and zeros for what makes whole panels. */
export function writeScales(program: ProgramWriter, at: Pointer, scales: ArrayLike<number>, count: number): void {
  const to = program.f32(at, count);
  for (let i = 0; i < count; ++i) to[i] = scales[scales.length === 1 ? 0 : i] ?? 0;
}
