import {
  checkInteger,
  checkOptions,
  checkShape,
  checkTensor,
  countOf,
  isFloat32Array,
  isInteger,
  MOST_AXES,
  sameShape,
  show,
  type TensorLike,
  wrongType,
  wrongValue,
} from "./check.ts";
import { normal, uniform } from "./random.ts";

/** Numbers in arrays in arrays, as torch.tensor takes them and torch.Tensor.tolist gives them. */
export type Nested = number | readonly Nested[];

/**
 * float32 values in row-major order; images are (N, C, H, W).
 *
 * The data is an ordinary Float32Array that the garbage collector owns: there is nothing to free.
 */
export class Tensor {
  /** the values, row by row */
  readonly data: Float32Array;
  /** one length for each axis */
  readonly shape: readonly number[];

  /**
   * @param data a Float32Array, which is kept and not copied, or an array of numbers, which is converted
   * @param shape one length for each axis; [] for a single value
   * @throws TypeError for another kind of data or shape, RangeError where the data does not fill the shape
   */
  constructor(data: Float32Array | readonly number[], shape: readonly number[]) {
    if (!isFloat32Array(data)) {
      if (!Array.isArray(data) || !Array.from(data).every((value) => typeof value === "number")) {
        throw wrongType("Tensor", `data must be a Float32Array or an array of numbers, got ${show(data)}`);
      }
      data = Float32Array.from(data);
    }
    checkShape("Tensor", "shape", shape);
    if (countOf(shape) !== data.length) {
      throw wrongValue("Tensor", `shape ${show(shape)} has ${countOf(shape)} elements, but data has ${data.length}`);
    }
    this.data = data;
    this.shape = Object.freeze([...shape]);
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
   * @throws TypeError, RangeError for what is no shape, RangeError for too large a one
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
   * @throws as {@link Tensor.zeros}; TypeError for what is no number
   */
  static full(shape: readonly number[], value: number): Tensor {
    if (typeof value !== "number") throw wrongType("Tensor.full", `value must be a number, got ${show(value)}`);
    return new Tensor(newData("Tensor.full", shape).fill(value), shape);
  }

  /**
   * 0, 1, ..., n - 1, of shape [n] (torch.arange).
   * @throws TypeError for what is no number, RangeError for what is no whole number from 0
   */
  static arange(n: number): Tensor {
    checkInteger("Tensor.arange", "n", n, 0);
    return new Tensor(
      newData("Tensor.arange", [n]).map((_, index) => index),
      [n],
    );
  }

  /**
   * Uniform in [0, 1), as torch.rand, but not the same values.
   * @param seed makes it repeatable, with the same values in every runtime
   * @throws as {@link Tensor.zeros}; TypeError, RangeError for a seed that is no whole number
   */
  static rand(shape: readonly number[], seed?: number): Tensor {
    const next = uniform("Tensor.rand", seed);
    return new Tensor(newData("Tensor.rand", shape).map(next), shape);
  }

  /**
   * Standard normal, as torch.randn, but not the same values.
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
   * @throws TypeError for what is no shape, RangeError where the number of elements would change
   */
  reshape(shape: readonly number[]): Tensor {
    const where = "Tensor.reshape";
    if (!Array.isArray(shape)) throw wrongType(where, `shape must be an array of lengths, got ${show(shape)}`);
    const inferred = shape.indexOf(-1);
    if (inferred < 0) {
      checkShape(where, "shape", shape);
      if (countOf(shape) !== this.size)
        throw wrongValue(where, `shape ${show(shape)} does not fit ${this.size} elements`);
      return new Tensor(this.data, shape);
    }
    const others = checkShape(where, "shape", shape.toSpliced(inferred, 1));
    const length = this.size / countOf(others);
    if (!isInteger(length)) throw wrongValue(where, `shape ${show(shape)} does not fit ${this.size} elements`);
    return new Tensor(this.data, shape.with(inferred, length));
  }

  /**
   * All windows of `size` values along `dimension`, `step` apart: that axis becomes the number of windows, and a last
   * axis of length `size` is added (torch.Tensor.unfold, as a copy).
   *
   * @param dimension axis; a negative one counts from the end
   * @param size values in a window
   * @param step distance between the beginnings of neighbouring windows
   * @throws TypeError for what is no number; RangeError for an axis that is not there, a size over the axis, a step below 1
   */
  unfold(dimension: number, size: number, step: number): Tensor {
    const where = "Tensor.unfold";
    const rank = this.rank;
    if (typeof dimension !== "number") throw wrongType(where, `dimension must be a number, got ${show(dimension)}`);
    if (!isInteger(dimension) || dimension < -rank || dimension >= rank) {
      throw wrongValue(
        where,
        `dimension must be from ${-rank} to ${rank - 1} for a tensor of ${rank} axes, got ${show(dimension)}`,
      );
    }
    checkInteger(where, "size", size, 0);
    checkInteger(where, "step", step, 1);
    const axis = dimension < 0 ? dimension + rank : dimension;
    const length = this.shape[axis]!;
    if (size > length)
      throw wrongValue(where, `size must be at most the ${length} values of axis ${axis}, got ${size}`);
    const windows = Math.floor((length - size) / step) + 1;
    const inner = countOf(this.shape.slice(axis + 1));
    const outer = countOf(this.shape.slice(0, axis));
    const shape = [...this.shape.with(axis, windows), size];
    const data = newData(where, shape);
    let to = 0;
    for (let o = 0; o < outer; ++o) {
      for (let w = 0; w < windows; ++w) {
        const first = (o * length + w * step) * inner;
        for (let i = 0; i < inner; ++i) {
          for (let k = 0; k < size; ++k) data[to++] = this.data[first + k * inner + i]!;
        }
      }
    }
    return new Tensor(data, shape);
  }

  /** Nested arrays of the values (torch.Tensor.tolist); the number itself for a tensor without axes. */
  toArray(): Nested {
    const build = (axis: number, offset: number): Nested => {
      if (axis === this.rank) return this.data[offset]!;
      const stride = countOf(this.shape.slice(axis + 1));
      return Array.from({ length: this.shape[axis]! }, (_, index) => build(axis + 1, offset + index * stride));
    };
    return build(0, 0);
  }

  /**
   * The value of a tensor that has just one (torch.Tensor.item).
   * @throws RangeError where there are more, or none
   */
  item(): number {
    if (this.size !== 1) throw wrongValue("Tensor.item", `needs a tensor of 1 element, this one has ${this.size}`);
    return this.data[0]!;
  }
}

/** Zeros for a checked shape; a length that no array can have is an error of the function that asked for it. */
export function newData(where: string, shape: readonly number[]): Float32Array<ArrayBuffer> {
  const count = countOf(checkShape(where, "shape", shape));
  try {
    return new Float32Array(count);
  } catch (cause) {
    throw new RangeError(`${where}: ${show(shape)} needs ${count * 4} bytes, more than this runtime gives an array`, {
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
 * @returns false where a single pair of elements is not close
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
