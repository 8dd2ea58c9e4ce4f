import {
  checkChoice,
  checkList,
  checkOptions,
  checkShape,
  checkTensor,
  countOf,
  isInteger,
  kindOf,
  MOST_AXES,
  sameShape,
  settled,
  show,
  type TensorLike,
  wrongType,
  wrongValue,
} from "./check.ts";
import { arrayOf, DTYPES, type DType, elementBytes, type Float16Data, KINDS_OF } from "./dtype.ts";
import { converted, numbersOf, truthValues } from "./elements.ts";
import { normal, uniform } from "./random.ts";
import type { Arange } from "./tensor/making.ts";
import type { TensorMethods } from "./tensor/methods.ts";

/** Nested arrays of numbers, as torch.tensor takes and torch.Tensor.tolist returns them. */
export type Nested = number | readonly Nested[];

/** The array that holds each dtype: float16 is a Float16Array where the runtime has one, otherwise its bits; bool is 0 and 1. */
export interface DataOf {
  readonly float32: Float32Array;
  readonly float16: Float16Data;
  readonly int64: BigInt64Array;
  readonly int32: Int32Array;
  readonly uint8: Uint8Array;
  readonly int8: Int8Array;
  readonly bool: Uint8Array;
}

/**
 * Values in row-major order, float32 unless said otherwise; images are (N, C, H, W).
 *
 * The data is an ordinary typed array that the garbage collector owns: there is nothing to free.
 */
// biome-ignore lint/suspicious/noUnsafeDeclarationMerging: tensor/methods.ts adds them to the prototype
export class Tensor<D extends DType = "float32"> {
  /** the values, row by row */
  readonly data: DataOf[D];
  /** one length for each axis */
  readonly shape: readonly number[];
  /** what the values are, as torch.dtype */
  readonly dtype: D;

  /**
   * @param data a typed array, which is kept and not copied, or an array of numbers, which is converted to float32
   * @param shape one length for each axis; [] for a single value
   * @param dtype default: the array's own (Float32Array, Float16Array, BigInt64Array, Int32Array, Uint8Array and
   *   Uint8ClampedArray, Int8Array); 'bool' over a Uint8Array of 0 and 1 (one with other values is copied, and they become 1), 'float16' over a Uint16Array of bits. TypeScript
   *   takes the type from it, for any dtype but float32
   * @throws TypeError for another kind of data, shape or dtype, RangeError where the data does not fill the shape
   */
  constructor(data: DataOf[D] | readonly number[], shape: readonly number[], dtype?: D) {
    const values = Array.isArray(data) ? floats(data) : (data as DataOf[D]);
    const kind = checkData(values, dtype, data);
    const lengths = checkShape("Tensor", "shape", shape);
    if (countOf(lengths) !== values.length) {
      throw wrongValue(
        "Tensor",
        `shape ${show(lengths)} has ${countOf(lengths)} elements, but data has ${values.length}`,
      );
    }
    this.data = (kind === "bool" ? truthValues(values as Uint8Array) : values) as DataOf[D];
    this.shape = Object.freeze(lengths);
    this.dtype = kind as D;
  }

  /** Number of elements. */
  get size(): number {
    return this.data.length;
  }

  /** Number of axes. */
  get rank(): number {
    return this.shape.length;
  }

  /**
   * Zeros (torch.zeros).
   * @throws TypeError, RangeError for a wrong shape, or one that is too large
   */
  static zeros(shape: readonly number[]): Tensor {
    return new Tensor(newData("Tensor.zeros", shape), shape);
  }

  /**
   * Ones (torch.ones).
   * @throws as {@link Tensor.zeros}
   */
  static ones(shape: readonly number[]): Tensor {
    return new Tensor(newData("Tensor.ones", shape).fill(1), shape);
  }

  /**
   * One value everywhere (torch.full).
   * @throws as {@link Tensor.zeros}; TypeError for an argument that is not a number
   */
  static full(shape: readonly number[], value: number): Tensor {
    if (typeof value !== "number") throw wrongType("Tensor.full", `value must be a number, got ${show(value)}`);
    return new Tensor(newData("Tensor.full", shape).fill(value), shape);
  }

  /**
   * `arange(end)` or `arange(start, end, step)`: start, start + step, ... up to but without end (torch.arange), as float32;
   * start is 0 and step 1 if they are not given. TypeError for an argument that is not a number, RangeError for a step that does not
   * lead to end, and a number that is not finite. As the next two it is made by tensor/making.ts.
   */
  declare static readonly arange: Arange;
  /** `linspace(start, end, steps)`: numbers at equal distances from start to end, both included (torch.linspace). */
  declare static readonly linspace: (start: number, end: number, steps: number) => Tensor;
  /** `eye(n)`: the identity matrix of n rows (torch.eye). */
  declare static readonly eye: (n: number) => Tensor;

  /**
   * Uniform in [0, 1), as torch.rand, but with other values.
   * @param seed makes it repeatable, with the same values in every runtime
   * @throws as {@link Tensor.zeros}; TypeError, RangeError for a seed that is not a whole number
   */
  static rand(shape: readonly number[], seed?: number): Tensor {
    const next = uniform("Tensor.rand", seed);
    return new Tensor(newData("Tensor.rand", shape).map(next), shape);
  }

  /**
   * Standard normal, as torch.randn, but with other values.
   * @param seed makes it repeatable
   * @throws as {@link Tensor.rand}
   */
  static randn(shape: readonly number[], seed?: number): Tensor {
    const next = normal("Tensor.randn", seed);
    return new Tensor(newData("Tensor.randn", shape).map(next), shape);
  }

  /**
   * From nested arrays, as torch.tensor.
   * @throws RangeError where the arrays are ragged, TypeError where they hold anything but numbers
   */
  static from(nested: Nested): Tensor {
    const shape: number[] = [];
    for (let level: unknown = nested; Array.isArray(level); level = level[0]) {
      if (shape.push(level.length) > MOST_AXES) {
        throw wrongValue("Tensor.from", `nested must have at most ${MOST_AXES} levels of arrays`);
      }
    }
    const values: number[] = [];
    const collect = (value: Nested, axis: number): void => {
      if (Array.isArray(value)) {
        if (value.length !== shape[axis]) {
          throw wrongValue(
            "Tensor.from",
            `rows of axis ${axis} must all have ${shape[axis] ?? 0} values, got ${show(value)}`,
          );
        }
        for (const inner of value) collect(inner, axis + 1);
      } else if (typeof value !== "number") {
        throw wrongType("Tensor.from", `nested must hold numbers, got ${show(value)}`);
      } else if (axis !== shape.length) {
        throw wrongValue("Tensor.from", `rows of axis ${axis} must be arrays, got ${show(value)}`);
      } else values.push(value);
    };
    collect(nested, 0);
    return new Tensor(values, shape);
  }

  /**
   * The same data under another shape, which is shared and not copied (torch.Tensor.reshape).
   * @param shape one length may be -1 and is then inferred
   * @throws TypeError for a shape of the wrong kind, RangeError where the number of elements would change
   */
  reshape(shape: readonly number[]): Tensor<D> {
    return reshaped("Tensor.reshape", this, shape);
  }

  /**
   * The values as another dtype (torch.Tensor.to), or the tensor itself if it already has it. For integers, values are
   * rounded towards zero. Those out of range, which torch leaves undefined, become what it gives on x86: the least number
   * of int64 and int32, as NaN does, and the lowest bits for uint8 and int8. For bool, anything but 0 becomes 1.
   * @throws TypeError for an unknown dtype
   */
  to<E extends DType>(dtype: E): Tensor<E> {
    checkDtype("Tensor.to", dtype);
    if ((this.dtype as DType) === dtype) return this as unknown as Tensor<E>;
    return new Tensor<E>(converted(this.dtype, this.data, dtype) as DataOf[E], this.shape, dtype);
  }

  /** Nested arrays of the values (torch.Tensor.tolist); the number itself for a tensor without axes. */
  toArray(): Nested {
    const values = numbersOf(this.dtype, this.data);
    const build = (axis: number, offset: number): Nested => {
      if (axis === this.rank) return values[offset]!;
      const stride = countOf(this.shape.slice(axis + 1));
      return Array.from({ length: this.shape[axis]! }, (_, index) => build(axis + 1, offset + index * stride));
    };
    return build(0, 0);
  }

  /**
   * The value of a tensor with a single element (torch.Tensor.item).
   * @throws RangeError for any other number of elements
   */
  item(): number {
    if (this.size !== 1) throw wrongValue("Tensor.item", `needs a tensor of 1 element, this one has ${this.size}`);
    return numbersOf(this.dtype, this.data)[0]!;
  }
}

/** The same data under another shape, of which one length may be -1. */
export function reshaped<D extends DType>(where: string, tensor: Tensor<D>, shape: readonly number[]): Tensor<D> {
  const lengths = checkList(where, "shape", shape, "lengths") as readonly number[];
  const { data, dtype, size } = tensor;
  const inferred = lengths.indexOf(-1);
  if (inferred < 0) {
    checkShape(where, "shape", lengths);
    if (countOf(lengths) !== size) throw wrongValue(where, `shape ${show(lengths)} does not fit ${size} elements`);
    return new Tensor<D>(data, lengths, dtype);
  }
  const others = checkShape(where, "shape", lengths.toSpliced(inferred, 1));
  const length = size / countOf(others);
  if (!isInteger(length)) throw wrongValue(where, `shape ${show(lengths)} does not fit ${size} elements`);
  return new Tensor<D>(data, lengths.with(inferred, length), dtype);
}

/** What tensor/methods.ts adds to the class. */
export interface Tensor<D extends DType = "float32"> extends TensorMethods<D> {}

function floats(numbers: readonly unknown[]): Float32Array {
  if (Array.from(numbers).every((value) => typeof value === "number")) return Float32Array.from(numbers as number[]);
  throw wrongType("Tensor", `data must be a typed array or an array of numbers, got ${show(numbers)}`);
}

function checkData(data: unknown, dtype: DType | undefined, given: unknown): DType {
  const kind = kindOf(data);
  if (kind === "Float32Array" && (dtype ?? "float32") === "float32") return "float32";
  // the usual one first
  const held = DTYPES.filter((each) => KINDS_OF[each].includes(kind));
  if (held.length === 0 || (dtype === undefined && kind === "Uint16Array")) {
    throw wrongType(
      "Tensor",
      `data must be a Float32Array, another dtype's array or an array of numbers, got ${show(given)}`,
    );
  }
  if (dtype === undefined) return held[0]!;
  checkDtype("Tensor", dtype);
  if (held.includes(dtype)) return dtype;
  throw wrongType("Tensor", `data must be ${arrayName(dtype)} for dtype '${dtype}', got ${show(given)}`);
}

const arrayName = (dtype: DType): string => {
  const { name } = arrayOf(dtype) as unknown as { readonly name: string };
  return /^[AEIOU](?!int)/.test(name) ? `an ${name}` : `a ${name}`;
};

function checkDtype(where: string, dtype: unknown): asserts dtype is DType {
  checkChoice(where, "dtype", dtype, DTYPES);
}

/** Zeros for a checked shape; a length that no array can have is an error of the calling function. */
export function newData<D extends DType = "float32">(
  where: string,
  shape: readonly number[],
  dtype: D = "float32" as D,
): DataOf[D] & { readonly buffer: ArrayBuffer } {
  const count = countOf(checkShape(where, "shape", shape));
  try {
    return new (arrayOf(dtype))(count) as DataOf[D] & { readonly buffer: ArrayBuffer };
  } catch (cause) {
    const bytes = count * elementBytes(dtype);
    throw new RangeError(`${where}: ${show(shape)} needs ${bytes} bytes, more than an array can have in this runtime`, {
      cause,
    });
  }
}

/** Options of {@link allclose}. */
export interface AllcloseOptions {
  /** allowed difference as a share of |b|; default 1e-5 */
  rtol?: number;
  /** allowed difference; default 1e-8 */
  atol?: number;
  /** whether NaN is close to NaN; default false */
  equalNan?: boolean;
}

/**
 * Whether |a - b| <= atol + rtol * |b| holds for every element (torch.allclose). Equal infinities are close.
 *
 * @param a any shape
 * @param b the same shape; the difference is measured by it
 * @param options rtol 1e-5, atol 1e-8, equalNan false
 * @returns false if any pair of elements is not close
 * @throws TypeError for an argument of the wrong kind; RangeError where the shapes differ, or a tolerance is negative
 */
export function allclose(a: TensorLike, b: TensorLike, options?: AllcloseOptions): boolean {
  const {
    rtol = 1e-5,
    atol = 1e-8,
    equalNan = false,
  } = checkOptions("allclose", options, ["rtol", "atol", "equalNan"]);
  for (const [name, value] of [
    ["rtol", rtol],
    ["atol", atol],
  ] as const) {
    if (typeof value !== "number") throw wrongType("allclose", `${name} must be a number, got ${show(value)}`);
    if (!(value >= 0)) throw wrongValue("allclose", `${name} must not be negative, got ${show(value)}`);
  }
  if (typeof equalNan !== "boolean") {
    throw wrongType("allclose", `equalNan must be true or false, got ${show(equalNan)}`);
  }
  const x = checkTensor("allclose", "a", a);
  const y = checkTensor("allclose", "b", b);
  settled("allclose", x);
  if (!sameShape(x.shape, y.shape)) {
    throw wrongValue("allclose", `a has shape ${show(x.shape)}, but b has ${show(y.shape)}`);
  }
  return x.data.every((left, index) => {
    const right = y.data[index]!;
    if (left === right) return true;
    if (Number.isNaN(left) && Number.isNaN(right)) return equalNan;
    const difference = Math.abs(left - right);
    return Number.isFinite(difference) && difference <= atol + rtol * Math.abs(right);
  });
}
