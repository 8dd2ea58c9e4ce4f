import { arrayOf, type DType, isIntegral, type TensorData } from "./dtype.ts";
import { halfBits, widened } from "./half.ts";

/** Whether float16 are held as bits. Arrays of other realms (a vm context, an iframe) count, so instanceof will not do. */
export const isBits = (data: TensorData): data is Uint16Array => data[Symbol.toStringTag] === "Uint16Array";

const isLong = (dtype: DType, _data: TensorData): _data is BigInt64Array => dtype === "int64";

/** The elements as numbers; int64 beyond 2^53 are rounded. */
export function numbersOf(dtype: DType, data: TensorData): ArrayLike<number> {
  if (isLong(dtype, data)) return Float64Array.from(data, Number);
  return isBits(data) ? widened(data) : data;
}

/** For numbers out of an integer dtype's range: torch wraps around, ONNX takes the nearest. */
export type Overflow = "wrap" | "saturate";

const LIMITS: Partial<Record<DType, readonly [number, number]>> = {
  int32: [-(2 ** 31), 2 ** 31 - 1],
  uint8: [0, 255],
  int8: [-128, 127],
};

/** Numbers as elements of a dtype; for integers they are rounded towards zero, for bool anything but 0 becomes 1. */
export function elementsOf(dtype: DType, numbers: ArrayLike<number>, overflow: Overflow): TensorData {
  const type = arrayOf(dtype);
  if (dtype === "int64") return BigInt64Array.from(numbers, int64);
  if (dtype === "bool") return Uint8Array.from(numbers, (value) => (value === 0 ? 0 : 1));
  if (dtype === "float16" && (type as unknown) === Uint16Array) return Uint16Array.from(numbers, halfBits);
  const data = new type(numbers.length) as Float32Array;
  const limits = overflow === "saturate" ? LIMITS[dtype] : undefined;
  // typed arrays round towards zero and wrap around by themselves
  if (limits === undefined) data.set(numbers);
  else for (let i = 0; i < data.length; ++i) data[i] = Math.min(Math.max(numbers[i]!, limits[0]), limits[1]);
  return data;
}

function int64(value: number): bigint {
  if (Number.isNaN(value)) return 0n;
  if (value >= 2 ** 63) return 2n ** 63n - 1n;
  return value <= -(2 ** 63) ? -(2n ** 63n) : BigInt(Math.trunc(value));
}

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
