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

/** One number for all three axes, or one for each. */
export type Triple = number | readonly [number, number, number];

/**
 * A tensor argument as it was when it was read: whatever its owner does afterwards to the shape, to properties or to the size
 * of a buffer leaves it as it is. A buffer that is detached makes it empty: see {@link settled}.
 */
export class View<D extends string = "float32", A extends { readonly length: number } = Float32Array> {
  readonly dtype: D;
  /** of fixed length, and with the methods of its kind: not the array that was given */
  readonly data: A;
  /** a copy */
  readonly shape: readonly number[];
  /** the array that was given, by which a network knows its weights */
  readonly origin: object;

  constructor(dtype: D, data: A, shape: readonly number[], origin: object) {
    this.dtype = dtype;
    this.data = data;
    this.shape = shape;
    this.origin = origin;
  }
}

export const wrongType = (where: string, what: string) => new TypeError(`${where}: ${what}`);
export const wrongValue = (where: string, what: string) => new RangeError(`${where}: ${what}`);

/** The longest name that a message repeats: one in a hostile file may be as long as the file. */
const MOST_SHOWN = 100;

/** A name as messages repeat it. */
export const shortened = (name: string): string =>
  name.length > MOST_SHOWN ? `${name.slice(0, MOST_SHOWN - 3)}...` : name;

/** Names as messages list them. */
export const listed = (names: readonly string[]): string =>
  `${names.slice(0, MOST_NAMES).map(shortened).join(", ")}${names.length > MOST_NAMES ? ` and ${names.length - MOST_NAMES} more` : ""}`;

/** The most names that a message lists. */
const MOST_NAMES = 10;

/** A value as messages show it. */
export function show(value: unknown, depth = 0): string {
  if (typeof value === "string") return shortened(JSON.stringify(value.slice(0, MOST_SHOWN)));
  if (typeof value === "bigint") return value > -(2n ** 64n) && value < 2n ** 64n ? `${value}n` : "a bigint";
  if (Array.isArray(value)) {
    if (depth > 2) return "[...]";
    const shown = Array.from(value.slice(0, 8), (each) => show(each, depth + 1));
    return `[${shown.join(", ")}${value.length > 8 ? ", ..." : ""}]`;
  }
  if (ArrayBuffer.isView(value)) {
    return `${kindOf(value) || "DataView"}(${(value as Float32Array).length ?? value.byteLength})`;
  }
  if (typeof value === "function") return "a function";
  if (typeof value === "object" && value !== null) return "an object";
  return String(value);
}

// what a typed array says of itself, whatever properties it was given and whichever realm it comes from
const tagOf = /* @__PURE__ */ typedArrayGetter(Symbol.toStringTag);
const lengthOf = /* @__PURE__ */ typedArrayGetter("length");
const bufferOf = /* @__PURE__ */ typedArrayGetter("buffer");
const offsetOf = /* @__PURE__ */ typedArrayGetter("byteOffset");

function typedArrayGetter(name: PropertyKey): () => unknown {
  return Object.getOwnPropertyDescriptor(Object.getPrototypeOf(Uint8Array.prototype), name)!.get!;
}

/** The name of a typed array's kind, "Array" for an array, "" for anything else. */
export function kindOf(value: unknown): string {
  if (ArrayBuffer.isView(value)) return (tagOf.call(value) as string | undefined) ?? "";
  return Array.isArray(value) ? "Array" : "";
}

type Kind = "Float32Array" | "Uint8Array";

/** The elements of a typed array, where they are, as many as there are now. */
export function fixedView<A extends object>(data: A): A {
  const Type = globalThis[tagOf.call(data) as Kind] as unknown as new (...of: unknown[]) => A;
  const length = lengthOf.call(data);
  // a detached buffer has no views, not even empty ones
  return length === 0 ? new Type(0) : new Type(bufferOf.call(data), offsetOf.call(data), length);
}

/** Whether nothing but its owner's own calls may change a buffer's size or content. */
function isOrdinary(buffer: ArrayBuffer | SharedArrayBuffer): boolean {
  const get = Object.getOwnPropertyDescriptor(ArrayBuffer.prototype, "resizable")?.get;
  try {
    return get?.call(buffer) !== true;
  } catch {
    // the getter refuses shared memory
    return false;
  }
}

/** The bytes of a whole file: a copy if another thread may write to them, or if they are in a buffer that can shrink. */
export function checkBytes(where: string, bytes: unknown, name = "bytes"): Uint8Array {
  if (kindOf(bytes) === "Uint8Array") {
    // not the array itself: the slice method of Node's Buffer would not copy
    const view = fixedView(bytes as Uint8Array);
    return isOrdinary(view.buffer) ? view : new Uint8Array(view);
  }
  if (Object.prototype.toString.call(bytes) === "[object ArrayBuffer]") {
    const view = new Uint8Array(bytes as ArrayBuffer);
    return isOrdinary(view.buffer) ? view : new Uint8Array(view);
  }
  throw wrongType(where, `${name} must be a Uint8Array or an ArrayBuffer, got ${show(bytes)}`);
}

export const isInteger = (value: unknown): value is number => Number.isInteger(value);

export function countOf(shape: readonly number[]): number {
  let product = 1;
  for (let axis = 0; axis < shape.length; ++axis) product *= shape[axis]!;
  return product;
}

/** The largest of numbers from 0, of which there may be more than a function takes arguments. */
export const largestOf = (values: readonly number[]): number =>
  values.reduce((largest, value) => Math.max(largest, value), 0);

/** As in torch. Some work on shapes takes time by the square of their rank, and a hostile file may ask for a million axes. */
export const MOST_AXES = 64;

/** @throws RangeError for a shape, or a list of axes, that is longer than {@link MOST_AXES} */
export function checkAxesCount(where: string, count: number): void {
  if (count > MOST_AXES) throw wrongValue(where, `there must be at most ${MOST_AXES} axes, got ${count}`);
}

/** Where an object of a class of ours is none of ours: the package's ES modules and its CommonJS form do not share classes. */
export const ANOTHER_COPY = "another copy of convwasm; load the package once, by import or by require, in one version";

/** Whether a value seems to be of a class of another copy of this library, by a member that it has. */
export const isForeign = (value: unknown, member: string): boolean =>
  typeof value === "object" && value !== null && member in value;

/** More than any list in an argument has; copying a longer one could take all memory. */
const MOST_LISTED = 2 ** 24;

/** A copy of an array that is an argument, which may be a proxy that tells different things at different times. */
export function checkList(where: string, name: string, value: unknown, what = "numbers"): readonly unknown[] {
  if (!Array.isArray(value)) throw wrongType(where, `${name} must be an array of ${what}, got ${show(value)}`);
  if (value.length > MOST_LISTED) throw wrongValue(where, `${name} must not be longer than ${MOST_LISTED}`);
  return [...value];
}

/** A copy of dimensions: an array of whole numbers from zero. */
export function checkShape(where: string, name: string, shape: unknown): readonly number[] {
  const lengths = checkLengths(where, name, shape);
  if (countOf(lengths) <= Number.MAX_SAFE_INTEGER) return lengths;
  throw wrongValue(where, `${name} ${show(lengths)} has too many elements`);
}

/** A copy of whole numbers from zero that are not the lengths of one tensor, as those of the parts of a split. */
export function checkLengths(where: string, name: string, shape: unknown): readonly number[] {
  const lengths = checkList(where, name, shape, "lengths");
  for (const length of lengths) {
    if (typeof length !== "number") throw wrongType(where, `${name} must hold numbers, got ${show(lengths)}`);
    if (!isInteger(length) || length < 0) {
      throw wrongValue(where, `${name} must hold whole numbers from 0, got ${show(lengths)}`);
    }
  }
  return lengths as readonly number[];
}

/** Marks a tensor with its tracer, which takes the calls on it: see planning/evaluate.ts. */
export const TRACED = Symbol("traced");

/** @returns the argument as it is now; a tensor that has a tracer itself */
export function checkTensor(where: string, name: string, value: unknown): View {
  if (typeof value === "object" && value !== null && TRACED in value) return value as unknown as View;
  return readTensor(where, name, value, "float32", FLOAT32) as View;
}

const FLOAT32 = ["Float32Array"] as const;

/** Names of dtypes; what tensors of other libraries say of themselves in other ways is not read. */
const IS_DTYPE = /^(bool|u?int\d+|float\d+)$/;

/**
 * The one door for tensors: every argument that is a tensor comes through here, and what is returned is what is used.
 * Each property is read once.
 *
 * @param dtype what the elements stand for; a Tensor says itself what it holds and must agree
 * @param kinds of typed arrays that may hold them, the usual one first; "Array" for an array, of which a copy is returned
 */
export function readTensor<D extends string>(
  where: string,
  name: string,
  value: unknown,
  dtype: D,
  kinds: readonly string[],
): View<D, { readonly length: number }> {
  // a function that calls another
  if (value instanceof View && value.dtype === dtype) return value;
  if (typeof value !== "object" || value === null || !("data" in value)) {
    throw wrongType(where, `${name} must be a Tensor or { data: ${kinds[0]}, shape }, got ${show(value)}`);
  }
  const { data, shape, dims, dtype: said } = value as Readonly<Record<"data" | "shape" | "dims" | "dtype", unknown>>;
  const kind = kindOf(data);
  if (!kinds.includes(kind)) throw wrongType(where, `${name}.data must be a ${kinds[0]}, got ${show(data)}`);
  if (typeof said === "string" && said !== dtype && IS_DTYPE.test(said)) {
    throw wrongType(where, `${name} must be of dtype '${dtype}', got '${said}'`);
  }
  const lengths = checkShape(where, shape === undefined ? `${name}.dims` : `${name}.shape`, shape ?? dims);
  const elements = kind === "Array" ? checkList(where, `${name}.data`, data) : fixedView(data as Float32Array);
  if (countOf(lengths) !== elements.length) {
    throw wrongValue(
      where,
      `${name} has shape ${show(lengths)} (${countOf(lengths)} elements), but its data has ${elements.length}`,
    );
  }
  return new View(dtype, elements, lengths, data as object);
}

/**
 * An argument when all arguments have been read, which may have run code of the caller, and nothing else will.
 * @throws TypeError where its buffer has been detached meanwhile, or shrunk
 */
export function settled<V extends View<string, { readonly length: number }>>(where: string, view: V): V {
  if (view.data.length === countOf(view.shape)) return view;
  throw wrongType(where, "a tensor's buffer was detached or resized while the arguments were read");
}

export const sameShape = (a: readonly number[], b: readonly number[]): boolean =>
  a.length === b.length && a.every((length, axis) => length === b[axis]);

/** A copy of the options. Names that are not options are refused: a misspelt option would otherwise be ignored. */
export function checkOptions<T extends object>(
  where: string,
  options: T | undefined,
  known: readonly (keyof T & string)[],
): T {
  const copy = {} as T;
  if (options === undefined) return copy;
  if (typeof options !== "object" || options === null || Array.isArray(options)) {
    throw wrongType(where, `options must be an object, got ${show(options)}`);
  }
  for (const key of Object.keys(options)) {
    if (!(known as readonly string[]).includes(key)) {
      throw wrongType(where, `unknown option ${show(key)} (known: ${known.join(", ")})`);
    }
  }
  for (const key of known) {
    const value = options[key];
    if (value === null) throw wrongType(where, `${key} must not be null; leave it out for its default`);
    if (value !== undefined) copy[key] = value;
  }
  return copy;
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

/** A number for every axis, an array with one for each, or one of a single number, which torch reads like that number. */
export function checkAxes(where: string, name: string, value: unknown, axes: number, least: number): readonly number[] {
  const [only] = Array.isArray(value) && value.length === 1 ? checkList(where, name, value) : [];
  return checkSize(where, name, axes > 1 && typeof only === "number" ? only : value, axes, least);
}

/** A number for every axis, or an array with one for each. */
export function checkSize(where: string, name: string, value: unknown, axes: number, least: number): readonly number[] {
  if (!Array.isArray(value)) {
    if (typeof value !== "number") {
      const forms = axes === 1 ? "a number" : `a number or an array of ${axes} numbers`;
      throw wrongType(where, `${name} must be ${forms}, got ${show(value)}`);
    }
    return Array<number>(axes).fill(checkInteger(where, name, value, least));
  }
  const list = checkList(where, name, value);
  if (list.length !== axes) {
    throw wrongValue(where, `${name} must have ${axes} ${axes === 1 ? "number" : "numbers"}, got ${show(list)}`);
  }
  return list.map((each) => checkInteger(where, name, each, least));
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

/** A copy of a record argument, whose misspelt members would otherwise be ignored; unlike an option, a tensor in it may be null. */
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
  const copy = {} as T;
  for (const key of known) copy[key] = value[key];
  return copy;
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
