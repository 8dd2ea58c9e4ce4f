import { arrayOf, type DType, isIntegral, type TensorData } from "./dtype.ts";
import { halfBits, widened } from "./half.ts";

/** Whether float16 are held as bits. Arrays of other realms (a vm context, an iframe) count, so instanceof will not do. */
export const isBits = (data: TensorData): data is Uint16Array => data[Symbol.toStringTag] === "Uint16Array";

const isLong = (dtype: DType, _data: TensorData): _data is BigInt64Array => dtype === "int64";

/** Truth values as 0 and 1: the array itself if it holds nothing else, or a copy in which all that is not 0 is 1. */
export function truthValues(data: Uint8Array): Uint8Array {
  // a call for each of them would take longer than what made them
  let most = 0;
  for (let i = 0; i < data.length; ++i) most |= data[i]!;
  return most <= 1 ? data : data.map((value) => (value === 0 ? 0 : 1));
}

/** The elements as numbers; int64 beyond 2^53 are rounded. */
export function numbersOf(dtype: DType, data: TensorData): ArrayLike<number> {
  if (dtype === "bool") return truthValues(data as Uint8Array);
  if (isLong(dtype, data)) return Float64Array.from(data, Number);
  return isBits(data) ? widened(data) : data;
}

/**
 * For numbers out of an integer dtype's range: the nearest of the range, 0 for NaN ("saturate"); or what x86's conversions
 * make of them, as torch has it there ("wrap"): the least number of int64 and int32, and the lowest bits of that for smaller ones.
 */
export type Overflow = "wrap" | "saturate";

/** The least and the greatest number of a type, of those that float64 holds whole. */
export const LIMITS: Partial<Record<DType, readonly [number, number]>> = {
  int32: [-(2 ** 31), 2 ** 31 - 1],
  uint8: [0, 255],
  int8: [-128, 127],
};

/** Numbers as elements of a dtype; for integers they are rounded towards zero, for bool anything but 0 becomes 1. */
export function elementsOf(dtype: DType, numbers: ArrayLike<number>, overflow: Overflow): TensorData {
  const type = arrayOf(dtype);
  if (dtype === "int64") return BigInt64Array.from(numbers, overflow === "saturate" ? nearestInt64 : x86Int64);
  if (dtype === "bool") return Uint8Array.from(numbers, (value) => (value === 0 ? 0 : 1));
  if (dtype === "float16" && (type as unknown) === Uint16Array) return Uint16Array.from(numbers, halfBits);
  const data = new type(numbers.length) as Float32Array;
  const limits = overflow === "saturate" ? LIMITS[dtype] : undefined;
  if (limits !== undefined) {
    for (let i = 0; i < data.length; ++i) data[i] = Math.min(Math.max(numbers[i]!, limits[0]), limits[1]);
  } else if (dtype === "int32") {
    for (let i = 0; i < data.length; ++i) data[i] = x86Int32(numbers[i]!);
  } else data.set(numbers); // typed arrays round towards zero and keep the lowest bits by themselves
  return data;
}

function nearestInt64(value: number): bigint {
  if (Number.isNaN(value)) return 0n;
  if (value >= 2 ** 63) return 2n ** 63n - 1n;
  return value <= -(2 ** 63) ? -(2n ** 63n) : BigInt(Math.trunc(value));
}

const x86Int64 = (value: number): bigint =>
  value > -(2 ** 63) && value < 2 ** 63 ? BigInt(Math.trunc(value)) : -(2n ** 63n);

const x86Int32 = (value: number): number => (value > -(2 ** 31) - 1 && value < 2 ** 31 ? value : -(2 ** 31));

/** Elements of one dtype as those of another, as torch converts them. */
export function converted(from: DType, data: TensorData, to: DType): TensorData {
  if (!isLong(from, data) || to === "bool") return elementsOf(to, numbersOf(from, data), "wrap");
  // smaller integers keep only the lower half of an int64
  const number = isIntegral(to) ? (value: bigint) => Number(BigInt.asIntN(32, value)) : roundedOnce;
  return elementsOf(to, Float64Array.from(data, number), "wrap");
}

/** A number that becomes the float32 nearest to the int64: of bits that are too many, the last one says whether any was set. */
function roundedOnce(value: bigint): number {
  const number = Number(value);
  if (Number.isSafeInteger(number)) return number;
  const upper = (value >> 12n) << 12n;
  return Number(upper === value ? upper : upper | 2048n);
}
