import { extname } from "node:path";
import { type Graph, Tensor } from "../../index.ts";
import { Failure, UsageError } from "../command.ts";
import { readBytes } from "../files.ts";
import { type Shapes, settleShapes } from "../model.ts";
import { isNpy, readNpy } from "./npy.ts";
import { decodePicture, isPicture, type Picture } from "./picture.ts";
import { centerCrop, resize, resizeShorter, toTensor } from "./transforms.ts";

/** How a picture is prepared. */
export interface PictureOptions {
  /** a square that is cut from the centre, or a height and a width that the picture is stretched to */
  readonly size: number | readonly [height: number, width: number] | undefined;
  /** length of the shorter side before the square is cut out */
  readonly resize: number | undefined;
  /** one for each channel, or one for all; undefined: 0 */
  readonly mean: readonly number[] | undefined;
  /** as mean; undefined: 1 */
  readonly std: readonly number[] | undefined;
}

/** Ratio of the shorter side to the square, with which torchvision's classifiers were tested: 256 for 224. */
const MARGIN = 256 / 224;

export interface Fed {
  readonly tensors: Readonly<Record<string, Tensor>>;
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
export function feed(
  model: string,
  graph: Graph,
  paths: ReadonlyMap<string, string>,
  given: ReadonlyMap<string, readonly number[]>,
  options: PictureOptions,
): Fed {
  const tensors = new Map<string, Tensor>();
  const raw = new Map<string, Uint8Array<ArrayBuffer>>();
  const notes: string[] = [];
  let hasPicture = false;
  for (const { name, shape: declared } of graph.inputs) {
    const path = paths.get(name);
    if (path === undefined) throw new UsageError(`--input ${name}=... is missing`);
    const bytes = readBytes(path);
    if (isPicture(bytes)) {
      const { tensor, note } = pictureTensor(path, bytes, given.get(name) ?? declared, options);
      tensors.set(name, tensor);
      notes.push(note);
      hasPicture = true;
    } else if (isNpy(bytes)) tensors.set(name, readNpy(path, bytes));
    else if (extname(path) === ".bin") raw.set(name, bytes);
    else throw new Failure(`${path} is neither a PNG, a JPEG, a .npy nor a .bin of float32`);
  }
  const fed = new Map([...tensors].map(([name, { shape }]) => [name, shape]));
  const shapes = settleShapes(model, graph, new Map([...fed, ...given]));
  for (const [name, bytes] of raw) tensors.set(name, rawTensor(paths.get(name)!, bytes, shapes[name]!));
  for (const [name, { shape }] of tensors) checkShape(paths.get(name)!, shape, name, shapes);
  return { tensors: Object.fromEntries(tensors), notes, hasPicture };
}

function checkShape(path: string, shape: readonly number[], name: string, shapes: Shapes): void {
  const expected = shapes[name]!.join(", ");
  if (shape.join(", ") !== expected) {
    throw new Failure(`${path} gives [${shape.join(", ")}], but the input ${name} must be [${expected}]`);
  }
}

function rawTensor(path: string, bytes: Uint8Array<ArrayBuffer>, shape: readonly number[]): Tensor {
  const count = shape.reduce((product, length) => product * length, 1);
  if (bytes.length !== 4 * count) {
    throw new Failure(
      `${path}: [${shape.join(", ")}] needs ${4 * count} bytes of float32, but there are ${bytes.length}`,
    );
  }
  return new Tensor(new Float32Array(bytes.buffer), shape);
}

function pictureTensor(
  path: string,
  bytes: Uint8Array,
  declared: readonly (number | string)[] | null,
  options: PictureOptions,
): { tensor: Tensor; note: string } {
  if (declared !== null && declared.length !== 4) {
    throw new Failure(`${path}: a picture needs an input of shape [N, C, H, W], this one is [${declared.join(", ")}]`);
  }
  const [, channels = 3, height, width] = declared ?? [];
  if (typeof channels === "number" && channels !== 1 && channels !== 3) {
    throw new Failure(`${path}: a picture has 1 or 3 channels, but the input is [${declared!.join(", ")}]`);
  }
  const whole = decodePicture(path, bytes, channels === 1 ? 1 : 3);
  const { picture, note } = fitted(whole, sizeOf(options, height, width), options.resize);
  return {
    tensor: toTensor(
      picture,
      perChannel("--mean", options.mean ?? [0], picture.channels),
      perChannel("--std", options.std ?? [1], picture.channels),
    ),
    note: `${path}, ${whole.width}x${whole.height}${note}`,
  };
}

/** The size asked for, otherwise as the model declares it, otherwise undefined for the picture's own. */
function sizeOf(
  { size }: PictureOptions,
  height: number | string | undefined,
  width: number | string | undefined,
): PictureOptions["size"] {
  if (size !== undefined || typeof height !== "number" || typeof width !== "number") return size;
  return height === width ? height : [height, width];
}

function fitted(
  picture: Picture,
  size: PictureOptions["size"],
  shorter: number | undefined,
): { picture: Picture; note: string } {
  if (typeof size !== "number") {
    if (shorter !== undefined) throw new UsageError("--resize needs a square --size");
    if (size === undefined) return { picture, note: "" };
    const [height, width] = size;
    return { picture: resize(picture, height, width), note: `: stretched to ${width}x${height}` };
  }
  const length = shorter ?? Math.round(size * MARGIN);
  if (length < size) throw new UsageError(`--resize must be at least the size, ${size}, got ${length}`);
  return {
    picture: centerCrop(resizeShorter(picture, length), size, size),
    note: `: shorter side to ${length}, centre ${size}x${size}`,
  };
}

function perChannel(option: string, values: readonly number[], channels: number): readonly number[] {
  if (values.length === 1 || values.length === channels) return values;
  throw new UsageError(`${option} must have one number, or ${channels} for this input, got ${values.length}`);
}
