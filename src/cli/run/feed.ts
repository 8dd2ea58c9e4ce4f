import { extname } from "node:path";
import { countOf } from "../../check.ts";
import { arrayOf, byteLength, type DType } from "../../dtype.ts";
import { isNpy, readNpy } from "../../formats/npy.ts";
import type { GraphInput } from "../../graph/graph.ts";
import { Tensor } from "../../index.ts";
import { Failure, UsageError } from "../command.ts";
import { readBytes } from "../files.ts";
import { type Model, type Shapes, settleShapes } from "../model.ts";
import { isPicture } from "./picture.ts";
import { type PictureOptions, pictureTensor } from "./picture-input.ts";

export interface Fed {
  readonly tensors: Readonly<Record<string, Tensor<DType>>>;
  /** how each file was read, for people */
  readonly notes: readonly string[];
  /** whether any of the files is a picture */
  readonly hasPicture: boolean;
}

/**
 * @param paths by the names of the inputs
 * @param given shapes that were asked for, by name
 * @throws Failure for unsuitable files, UsageError for sizes that stay open
 */
export async function feed(
  model: string,
  graph: Model,
  paths: ReadonlyMap<string, string>,
  given: ReadonlyMap<string, readonly number[]>,
  options: PictureOptions,
): Promise<Fed> {
  const tensors = new Map<string, Tensor<DType>>();
  const raw = new Map<string, Uint8Array<ArrayBuffer>>();
  const notes: string[] = [];
  for (const input of graph.inputs) {
    const { name } = input;
    const path = paths.get(name);
    if (path === undefined) throw new UsageError(`--input ${name}=... is missing`);
    const bytes = readBytes(path);
    if (isPicture(bytes)) {
      const { tensor, note } = await pictureTensor(path, bytes, input, given.get(name), options);
      tensors.set(name, tensor);
      notes.push(note);
    } else if (isNpy(bytes)) tensors.set(name, npyTensor(path, bytes, input));
    else if (extname(path) === ".bin") raw.set(name, bytes);
    else throw new Failure(`${path} is neither a PNG, a JPEG, a .npy nor a .bin of ${input.dtype}`);
  }
  const fed = new Map([...tensors].map(([name, { shape }]) => [name, shape]));
  const shapes = settleShapes(model, graph, new Map([...fed, ...given]));
  for (const { name, dtype } of graph.inputs) {
    const path = paths.get(name)!;
    const bytes = raw.get(name);
    if (bytes !== undefined) tensors.set(name, rawTensor(path, bytes, dtype, shapes[name]!));
    checkShape(path, tensors.get(name)!.shape, name, shapes);
  }
  return { tensors: Object.fromEntries(tensors), notes, hasPicture: notes.length > 0 };
}

function checkShape(path: string, shape: readonly number[], name: string, shapes: Shapes): void {
  const expected = shapes[name]!.join(", ");
  if (shape.join(", ") !== expected) {
    throw new Failure(`${path} gives [${shape.join(", ")}], but the input ${name} must be [${expected}]`);
  }
}

function npyTensor(path: string, bytes: Uint8Array, { name, dtype: expected }: GraphInput): Tensor<DType> {
  const { dtype, shape, data } = readArray(path, bytes);
  if (dtype !== expected) {
    throw new Failure(`${path} holds ${dtype}, but the input ${name} is ${expected}: save x.astype("${expected}")`);
  }
  return new Tensor<DType>(data as Float32Array, shape, dtype);
}

function readArray(path: string, bytes: Uint8Array) {
  try {
    return readNpy(path, bytes);
  } catch (error) {
    // all that it throws is about the file
    if (error instanceof RangeError || error instanceof TypeError) throw new Failure(error.message);
    throw error;
  }
}

function rawTensor(
  path: string,
  bytes: Uint8Array<ArrayBuffer>,
  dtype: DType,
  shape: readonly number[],
): Tensor<DType> {
  const needed = byteLength({ dtype, shape });
  if (bytes.length !== needed) {
    throw new Failure(
      `${path}: [${shape.join(", ")}] needs ${needed} bytes of ${dtype}, but there are ${bytes.length}`,
    );
  }
  const data =
    dtype === "bool"
      ? bytes.map((value) => (value === 0 ? 0 : 1))
      : new (arrayOf(dtype))(bytes.buffer, 0, countOf(shape));
  return new Tensor<DType>(data as Float32Array, shape, dtype);
}
