import { checkTensor, kindOf, readTensor, show, type TensorLike, TRACED, View, wrongType } from "../check.ts";
import { DTYPES, type DType, KINDS_OF, type TensorData } from "../dtype.ts";
import type { Constant } from "../planning/constant.ts";
import { Tensor } from "../tensor.ts";

/** What functions of any dtype take for a tensor. */
export type AnyTensor = TensorLike | Tensor<DType>;

/** A tensor, or a number that stands for every element. */
export type Scalar = AnyTensor | number;

/** As checkTensor, for any dtype. */
export function checkValues(where: string, name: string, value: unknown): Constant {
  if (typeof value !== "object" || value === null || TRACED in value) return checkTensor(where, name, value);
  const { dtype, data } = value as { readonly dtype?: unknown; readonly data?: unknown };
  const held = DTYPES.find((each) => each === dtype) ?? usualDtype(kindOf(data));
  return readTensor(where, name, value, held, KINDS_OF[held]) as View<DType, TensorData>;
}

/** What elements are where nothing is said; Uint16Arrays need to be said to be float16. */
const usualDtype = (kind: string): DType =>
  DTYPES.find((dtype) => KINDS_OF[dtype].includes(kind) && kind !== "Uint16Array") ?? "float32";

/** A tensor over the array that was given, for functions that return their argument. */
export function asTensor(view: Constant): Tensor<DType> {
  if (view instanceof Tensor) return view;
  const data = view instanceof View ? view.origin : view.data;
  return new Tensor<DType>(data as never, view.shape, view.dtype);
}

/** The values as another dtype, by the tensor's own method: functions of float32 do not need the kernels of other dtypes. */
export const cast = (values: Constant, dtype: DType): Constant =>
  values.dtype === dtype ? values : asTensor(values).to(dtype);

const INTEGERS: readonly DType[] = ["uint8", "int8", "int32", "int64"];

/** 0 for bool, 1 for integers, 2 for floating point, as torch orders kinds */
const levelOf = (dtype: DType): number => (dtype === "bool" ? 0 : INTEGERS.includes(dtype) ? 1 : 2);

/** The dtype in which torch computes with two. */
export function promoted(a: DType, b: DType): DType {
  if (a === b) return a;
  if (levelOf(a) !== levelOf(b)) return levelOf(a) > levelOf(b) ? a : b;
  if (levelOf(a) === 2) return "float32";
  // torch's int16 is the least that holds both; there is none here
  if (INTEGERS.indexOf(a) < 2 && INTEGERS.indexOf(b) < 2) return "int32";
  return INTEGERS.indexOf(a) > INTEGERS.indexOf(b) ? a : b;
}

interface Argument {
  readonly dtype: DType;
  readonly shape: readonly number[] | null;
}

/** torch.result_type: numbers, and tensors without axes beside tensors with some, count only by their kind. */
export function resultType(a: Argument, b: Argument): DType {
  const rankOf = ({ shape }: Argument) => (shape === null ? 0 : shape.length === 0 ? 1 : 2);
  if (rankOf(a) === rankOf(b)) return promoted(a.dtype, b.dtype);
  const [lead, other] = rankOf(a) > rankOf(b) ? [a.dtype, b.dtype] : [b.dtype, a.dtype];
  return levelOf(other) > levelOf(lead) ? other : lead;
}

/** Both arguments of an operation, as the dtype in which torch computes it. */
export function checkPair(where: string, a: Scalar, b: Scalar, names = ["a", "b"]): readonly [Constant, Constant] {
  const [x, y] = [operandOf(where, names[0]!, a), operandOf(where, names[1]!, b)];
  const dtype = resultType(x, y);
  const values = (operand: Operand): Constant =>
    operand.number === undefined
      ? cast(operand.values, dtype)
      : (new Tensor([operand.number], []).to(dtype) as Constant);
  return [values(x), values(y)];
}

type Operand = Argument & ({ number: number } | { number?: undefined; values: Constant });

function operandOf(where: string, name: string, value: Scalar): Operand {
  if (typeof value === "number") {
    return { dtype: Number.isInteger(value) ? "int64" : "float32", shape: null, number: value };
  }
  if (typeof value === "bigint" || typeof value === "boolean") {
    throw wrongType(where, `${name} must be a Tensor or a number, got ${show(value)}`);
  }
  const values = checkValues(where, name, value);
  return { dtype: values.dtype, shape: values.shape, values };
}

/** Whole numbers and truth values become float32, as torch's functions of real numbers take them. */
export function checkFloats(where: string, name: string, value: unknown): Constant {
  const values = checkValues(where, name, value);
  return values.dtype === "float32" ? values : cast(values, "float32");
}
