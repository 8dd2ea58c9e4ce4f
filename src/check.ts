/**
 * The one style of errors: a TypeError for a wrong kind of argument, a RangeError for a wrong value or shape, each
 * naming the function, the argument, what was expected and what was given.
 */

/** What every function takes for a tensor: a {@link Tensor}, or anything with float32 data and its dimensions. */
export type TensorLike =
  | { readonly data: Float32Array; readonly shape: readonly number[] }
  | { readonly data: Float32Array; readonly dims: readonly number[] };

/** One number for both axes, or one for each. */
export type Pair = number | readonly [number, number];

/** A checked tensor argument. */
export interface View {
  readonly dtype: "float32";
  readonly data: Float32Array;
  readonly shape: readonly number[];
}

export const wrongType = (where: string, what: string) => new TypeError(`${where}: ${what}`);
export const wrongValue = (where: string, what: string) => new RangeError(`${where}: ${what}`);

/** A value as messages show it. */
export function show(value: unknown, depth = 0): string {
  if (typeof value === "string") return JSON.stringify(value);
  if (typeof value === "bigint") return `${value}n`;
  if (Array.isArray(value)) {
    if (depth > 2) return "[...]";
    const shown = Array.from(value.slice(0, 8), (each) => show(each, depth + 1));
    return `[${shown.join(", ")}${value.length > 8 ? ", ..." : ""}]`;
  }
  if (ArrayBuffer.isView(value)) {
    const kind = Object.prototype.toString.call(value).slice(8, -1);
    return `${kind}(${(value as Float32Array).length ?? value.byteLength})`;
  }
  if (typeof value === "function") return "a function";
  if (typeof value === "object" && value !== null) return "an object";
  return String(value);
}

/** A value as messages show it: a name in a hostile file may be as long as the file. */
export function quoted(value: unknown): string {
  const shown = show(value);
  return shown.length > 100 ? `${shown.slice(0, 97)}...` : shown;
}

/** Arrays of other realms (a vm context, an iframe) count, so instanceof will not do. */
function isFloat32Array(value: unknown): value is Float32Array {
  return ArrayBuffer.isView(value) && (value as Float32Array)[Symbol.toStringTag] === "Float32Array";
}

/** The bytes of a whole file. */
export function checkBytes(where: string, bytes: unknown): Uint8Array {
  if (ArrayBuffer.isView(bytes) && (bytes as Uint8Array)[Symbol.toStringTag] === "Uint8Array") {
    // the slice method of Node's Buffer would not copy
    return new Uint8Array(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  }
  if (Object.prototype.toString.call(bytes) === "[object ArrayBuffer]") return new Uint8Array(bytes as ArrayBuffer);
  throw wrongType(where, `bytes must be a Uint8Array or an ArrayBuffer, got ${show(bytes)}`);
}

export const isInteger = (value: unknown): value is number => Number.isInteger(value);

export const countOf = (shape: readonly number[]): number => shape.reduce((product, length) => product * length, 1);

/** As in torch. Some work on shapes takes time by the square of their rank, and a hostile file may ask for a million axes. */
export const MOST_AXES = 64;

/** @throws RangeError for a shape, or a list of axes, that is longer than {@link MOST_AXES} */
export function checkAxesCount(where: string, count: number): void {
  if (count > MOST_AXES) throw wrongValue(where, `there must be at most ${MOST_AXES} axes, got ${count}`);
}

/** Dimensions: an array of whole numbers from zero. */
export function checkShape(where: string, name: string, shape: unknown): readonly number[] {
  const lengths = checkLengths(where, name, shape);
  if (countOf(lengths) <= Number.MAX_SAFE_INTEGER) return lengths;
  throw wrongValue(where, `${name} ${show(lengths)} has too many elements`);
}

/** Whole numbers from zero that are not the lengths of one tensor, as those of the parts of a split. */
export function checkLengths(where: string, name: string, shape: unknown): readonly number[] {
  if (!Array.isArray(shape)) throw wrongType(where, `${name} must be an array of lengths, got ${show(shape)}`);
  for (const length of shape) {
    if (typeof length !== "number") throw wrongType(where, `${name} must hold numbers, got ${show(shape)}`);
    if (!isInteger(length) || length < 0) {
      throw wrongValue(where, `${name} must hold whole numbers from 0, got ${show(shape)}`);
    }
  }
  return shape;
}

/** Marks a tensor with its tracer, which takes the calls on it: see planning/evaluate.ts. */
export const TRACED = Symbol("traced");

/** @returns the argument's data and shape; for a tensor that has a tracer, itself */
export function checkTensor(where: string, name: string, value: unknown): View {
  if (typeof value === "object" && value !== null && TRACED in value) return value as unknown as View;
  if (typeof value !== "object" || value === null || !("data" in value)) {
    throw wrongType(where, `${name} must be a Tensor or { data: Float32Array, shape }, got ${show(value)}`);
  }
  const { data, shape, dims } = value as { data: unknown; shape?: unknown; dims?: unknown };
  if (!isFloat32Array(data)) throw wrongType(where, `${name}.data must be a Float32Array, got ${show(data)}`);
  const lengths = checkShape(where, shape === undefined ? `${name}.dims` : `${name}.shape`, shape ?? dims);
  if (countOf(lengths) !== data.length) {
    throw wrongValue(
      where,
      `${name} has shape ${show(lengths)} (${countOf(lengths)} elements), but its data has ${data.length}`,
    );
  }
  return { dtype: "float32", data, shape: lengths };
}

export const sameShape = (a: readonly number[], b: readonly number[]): boolean =>
  a.length === b.length && a.every((length, axis) => length === b[axis]);

/** Refuses names that are not options: a misspelt option would otherwise be ignored. */
export function checkOptions<T extends object>(
  where: string,
  options: T | undefined,
  known: readonly (keyof T & string)[],
): T {
  if (options === undefined) return {} as T;
  if (typeof options !== "object" || options === null || Array.isArray(options)) {
    throw wrongType(where, `options must be an object, got ${show(options)}`);
  }
  for (const key of Object.keys(options)) {
    if (!(known as readonly string[]).includes(key)) {
      throw wrongType(where, `unknown option ${show(key)} (known: ${known.join(", ")})`);
    }
    if (options[key as keyof T] === null)
      throw wrongType(where, `${key} must not be null; leave it out for its default`);
  }
  return options;
}

export function checkNumber(where: string, name: string, value: unknown): number {
  if (typeof value !== "number") throw wrongType(where, `${name} must be a number, got ${show(value)}`);
  return value;
}

export function checkBoolean(where: string, name: string, value: unknown): boolean {
  if (typeof value !== "boolean") throw wrongType(where, `${name} must be true or false, got ${show(value)}`);
  return value;
}

/** Whole numbers are limited to what fits the kernels' 32-bit arithmetic. */
const MAX_INTEGER = 0x7fffffff;

export function checkInteger(where: string, name: string, value: unknown, least: number): number {
  if (typeof value !== "number") throw wrongType(where, `${name} must be a number, got ${show(value)}`);
  if (!isInteger(value) || value < least || value > MAX_INTEGER) {
    throw wrongValue(where, `${name} must be a whole number from ${least}, got ${show(value)}`);
  }
  return value;
}

/** A number for every axis, or an array with one for each. */
export function checkAxes(where: string, name: string, value: unknown, axes: number, least: number): readonly number[] {
  if (!Array.isArray(value)) {
    if (typeof value !== "number") {
      const forms = axes === 1 ? "a number" : `a number or an array of ${axes} numbers`;
      throw wrongType(where, `${name} must be ${forms}, got ${show(value)}`);
    }
    return Array<number>(axes).fill(checkInteger(where, name, value, least));
  }
  if (value.length !== axes) {
    throw wrongValue(where, `${name} must have ${axes} ${axes === 1 ? "number" : "numbers"}, got ${show(value)}`);
  }
  // Array.from, unlike map, does not skip holes
  return Array.from(value, (each) => checkInteger(where, name, each, least));
}

export function checkChoice<T extends string>(where: string, name: string, value: unknown, choices: readonly T[]): T {
  if (typeof value !== "string") throw wrongType(where, `${name} must be a string, got ${show(value)}`);
  if (!(choices as readonly string[]).includes(value)) {
    throw wrongValue(
      where,
      `${name} must be one of ${choices.map((each) => show(each)).join(", ")}, got ${show(value)}`,
    );
  }
  return value as T;
}

/** A number that is added to a variance, from 0. */
export function checkEps(where: string, name: string, eps: unknown): number {
  if (typeof eps !== "number") throw wrongType(where, `${name} must be a number, got ${show(eps)}`);
  if (!(eps >= 0 && eps < Infinity)) throw wrongValue(where, `${name} must be finite and from 0, got ${show(eps)}`);
  return eps;
}

/** A record argument, whose misspelt members would otherwise be ignored; unlike an option, a tensor in it may be null. */
export function checkRecord<T extends object>(
  where: string,
  name: string,
  value: T,
  known: readonly (keyof T & string)[],
): T {
  if (typeof value !== "object" || value === null || Array.isArray(value)) {
    throw wrongType(where, `${name} must be an object with ${known.join(", ")}, got ${show(value)}`);
  }
  for (const key of Object.keys(value)) {
    if ((known as readonly string[]).includes(key)) continue;
    throw wrongType(where, `${name} has the unknown member ${show(key)} (known: ${known.join(", ")})`);
  }
  return value;
}

/** Checks that a tensor is one image or a batch of images. */
export function checkImages(
  where: string,
  shape: readonly number[],
): { batch: number; channels: number; height: number; width: number } {
  if (shape.length !== 3 && shape.length !== 4) {
    throw wrongValue(where, `input must be (N, C, H, W) or (C, H, W), got shape ${show(shape)}`);
  }
  const [channels, height, width] = shape.slice(-3) as [number, number, number];
  if (countOf([channels, height, width]) === 0) {
    throw wrongValue(where, `input must not have axes of length 0 other than the batch, got shape ${show(shape)}`);
  }
  return { batch: shape.length === 4 ? shape[0]! : 1, channels, height, width };
}
