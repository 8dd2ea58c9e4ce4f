import { countOf } from "./check.ts";

/** The type of a tensor's elements, by torch's names. */
export type DType = "float32" | "float16" | "int64" | "int32" | "uint8" | "int8" | "bool";

/** A value's type: what its elements are, and how many there are along each axis. */
export interface Type {
  readonly dtype: DType;
  readonly shape: readonly number[];
}

/** A Float16Array where the runtime has one (and TypeScript's `lib` declares it), otherwise a Uint16Array of bits. */
export type Float16Data = typeof globalThis extends { Float16Array: { readonly prototype: infer A } }
  ? A | Uint16Array
  : Uint16Array;

/** Elements of a tensor in memory: float16 as bits where the runtime has no Float16Array, bool as 0 and 1. */
export type TensorData = Float32Array | Float16Data | BigInt64Array | Int32Array | Uint8Array | Int8Array;

/** Makes arrays of zeros, and views of a buffer. */
export interface DataConstructor {
  readonly BYTES_PER_ELEMENT: number;
  new (length: number): TensorData;
  new (buffer: ArrayBufferLike, byteOffset: number, length: number): TensorData;
}

const ARRAYS = /* @__PURE__ */ arrays();

function arrays(): Readonly<Record<DType, DataConstructor>> {
  // Node has Float16Array from 24 on, browsers from 2025 on
  const { Float16Array = Uint16Array } = globalThis as { readonly Float16Array?: unknown };
  return {
    float32: Float32Array,
    float16: Float16Array,
    int64: BigInt64Array,
    int32: Int32Array,
    uint8: Uint8Array,
    int8: Int8Array,
    bool: Uint8Array,
  } as Readonly<Record<DType, DataConstructor>>;
}

export const DTYPES = /* @__PURE__ */ Object.keys(ARRAYS) as readonly DType[];

/** The kind of array that holds a dtype. */
export const arrayOf = (dtype: DType): DataConstructor => ARRAYS[dtype];

/** The kinds of arrays that may hold each dtype, by name since those of other realms count; the usual one first. */
export const KINDS_OF: Readonly<Record<DType, readonly string[]>> = {
  float32: ["Float32Array"],
  float16: ["Float16Array", "Uint16Array"],
  int64: ["BigInt64Array"],
  int32: ["Int32Array"],
  uint8: ["Uint8Array", "Uint8ClampedArray"],
  int8: ["Int8Array"],
  bool: ["Uint8Array"],
};

/** Bytes of one element. */
export const elementBytes = (dtype: DType): number => ARRAYS[dtype].BYTES_PER_ELEMENT;

/** Bytes of all elements. */
export const byteLength = ({ dtype, shape }: Type): number => countOf(shape) * elementBytes(dtype);

/** The type of most values: float32. */
export const float32 = (shape: readonly number[]): Type => ({ dtype: "float32", shape });

/** Whether elements are whole numbers or truth values. */
export const isIntegral = (dtype: DType): boolean => dtype !== "float32" && dtype !== "float16";
