import { countOf, wrongType } from "../check.ts";
import { type DType, isIntegral } from "../dtype.ts";
import type { Constant } from "../planning/constant.ts";
import type { Operand, Operands } from "../planning/operator.ts";

/** dtypes of operators that compute float32 while running, and integers only if they are constant. */
export const WITH_INTEGERS: readonly DType[] = ["float32", "int64", "int32", "uint8", "int8", "bool"];

/** Whether an argument is an integer that is known before anything runs. */
const isConstant = (operand: Operand | null): operand is Constant =>
  operand?.data !== undefined && isIntegral(operand.dtype);

/** The arguments, where all are integers that are known before anything runs; else undefined. */
export function integerConstants(operands: Operands): readonly Constant[] | undefined {
  return operands.length > 0 && operands.every(isConstant) ? operands : undefined;
}

/**
 * The arguments of arithmetic: integers that are known before anything runs, or undefined for float32.
 * @throws TypeError for integers that depend on an input, and for a mixture of dtypes
 */
export function arithmeticConstants(where: string, operands: Operands): readonly Constant[] | undefined {
  const dtypes = operands.map((operand) => operand?.dtype ?? "float32");
  if (dtypes.every((dtype) => dtype === "float32")) return undefined;
  const other = dtypes.find((dtype) => dtype !== dtypes[0]);
  if (other !== undefined) throw wrongType(where, `arguments must have one dtype, got ${dtypes.join(" and ")}`);
  const constants = integerConstants(operands);
  if (constants !== undefined) return constants;
  throw wrongType(where, `computes float32 while running, and integers only if they are constant, got ${dtypes[0]}`);
}

/** Whether a result is worth computing in JavaScript rather than by a kernel, as the results of shape arithmetic are. */
export const isSmall = (shape: readonly number[]): boolean => countOf(shape) <= 2 ** 12;
