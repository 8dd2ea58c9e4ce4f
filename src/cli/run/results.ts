import { extname } from "node:path";
import { encode } from "fast-png";
import { countOf } from "../../check.ts";
import type { DType } from "../../dtype.ts";
import { numbersOf } from "../../elements.ts";
import { writeNpy } from "../../formats/npy.ts";
import { toPixels } from "../../image/index.ts";
import type { Tensor } from "../../index.ts";
import { Failure, UsageError } from "../command.ts";
import { readBytes, writeBytes } from "../files.ts";

export interface Statistics {
  readonly min: number;
  readonly max: number;
  readonly mean: number;
  readonly std: number;
  /** number of infinite or NaN values, which the others leave out */
  readonly notFinite: number;
}

export interface ClassScore {
  readonly index: number;
  /** null without labels */
  readonly label: string | null;
  readonly value: number;
  /** the value itself if they already are a distribution, otherwise by softmax */
  readonly probability: number;
}

/** How far sums of rounded probabilities are from 1. */
const ROUNDING = 1e-3;

/** Whether it is one row of numbers, which scores would be; old networks leave axes of length 1 after it. */
export const isRow = ({ dtype, shape }: Tensor<DType>): boolean =>
  (dtype === "float32" || dtype === "float16") &&
  shape.length >= 2 &&
  shape[0] === 1 &&
  shape[1]! > 1 &&
  shape.slice(2).every((length) => length === 1);

/** Numbers of classes of published networks: ImageNet's, with and without background, and all of it. */
const LISTS: readonly number[] = [1000, 1001, 21841, 21843];
const NAMES = /logit|prob|class|softmax/i;

/** Whether a row of numbers is one of scores, judging by its values, its length and its name. */
export const isClasses = (name: string, tensor: Tensor<DType>): boolean =>
  isRow(tensor) && (LISTS.includes(tensor.size) || NAMES.test(name) || isDistribution(numbers(tensor)));

const numbers = ({ dtype, data }: Tensor<DType>) => numbersOf(dtype, data);

function isDistribution(values: ArrayLike<number>): boolean {
  let sum = 0;
  for (let at = 0; at < values.length; ++at) {
    if (!(values[at]! >= 0)) return false;
    sum += values[at]!;
  }
  return Math.abs(sum - 1) < ROUNDING;
}

export function statisticsOf(tensor: Tensor<DType>): Statistics {
  const values = numbers(tensor);
  let [min, max, sum, squares, count] = [Infinity, -Infinity, 0, 0, 0];
  for (let at = 0; at < values.length; ++at) {
    const value = values[at]!;
    if (!Number.isFinite(value)) continue;
    min = Math.min(min, value);
    max = Math.max(max, value);
    sum += value;
    ++count;
  }
  const mean = sum / count;
  for (let at = 0; at < values.length; ++at) {
    if (Number.isFinite(values[at])) squares += (values[at]! - mean) ** 2;
  }
  return { min, max, mean, std: Math.sqrt(squares / count), notFinite: values.length - count };
}

/** The largest first; NaN last. */
export function topClasses(
  tensor: Tensor<DType>,
  count: number,
  labels: readonly string[] | undefined,
): readonly ClassScore[] {
  const values = Array.from(numbers(tensor));
  const rank = (value: number) => (Number.isNaN(value) ? -Infinity : value);
  const order = values
    .map((value, index) => ({ value, index }))
    .sort((a, b) => (rank(a.value) === rank(b.value) ? a.index - b.index : rank(b.value) - rank(a.value)));
  const largest = order[0]!.value;
  const sum = values.reduce((all, value) => all + Math.exp(value - largest), 0);
  const asIs = isDistribution(values);
  return order.slice(0, count).map(({ value, index }) => ({
    index,
    label: labels?.[index] ?? null,
    value,
    probability: asIs ? value : Math.exp(value - largest) / sum,
  }));
}

/** One a line. @throws Failure */
export const readLabels = (path: string): readonly string[] =>
  new TextDecoder().decode(readBytes(path)).trimEnd().split(/\r?\n/);

const WRITERS: Readonly<Record<string, (tensor: Tensor<DType>, path: string) => Uint8Array>> = {
  ".npy": writeNpy,
  ".bin": ({ data }) => new Uint8Array(data.buffer, data.byteOffset, data.byteLength),
  ".png": pngOf,
};

/** @throws UsageError for a name without a known format */
export function checkWritable(path: string): void {
  if (!Object.hasOwn(WRITERS, extname(path))) {
    throw new UsageError(`--output must end in ${Object.keys(WRITERS).join(", ")}, got ${JSON.stringify(path)}`);
  }
}

/** @throws Failure */
export function writeTensor(path: string, tensor: Tensor<DType>): void {
  writeBytes(path, WRITERS[extname(path)]!(tensor, path));
}

/** As torchvision.utils.save_image: 0 to 1 become 0 to 255, values beyond are clipped; uint8 stays as it is. */
function pngOf(tensor: Tensor<DType>, path: string): Uint8Array {
  const { dtype, shape, size } = tensor;
  if (!["float32", "float16", "bool", "uint8"].includes(dtype)) {
    throw new Failure(`${path}: a picture is of floats, uint8 or bool, but the output is ${dtype}`);
  }
  const [channels = 1, height = 0, width = 0] = shape.length === 2 ? [1, ...shape] : shape.slice(-3);
  const images = countOf(shape.slice(0, -3));
  if (shape.length < 2 || shape.length > 4 || images !== 1 || ![1, 3, 4].includes(channels) || size === 0) {
    throw new Failure(
      `${path}: a picture is [H, W] or has 1, 3 or 4 channels, but the output is [${shape.join(", ")}]`,
    );
  }
  const planes = tensor.reshape([channels, height, width]);
  const { data } = toPixels(dtype === "uint8" ? (planes as Tensor<"uint8">) : planes.to("float32"), {
    channels: channels as 1 | 3 | 4,
  });
  return encode({ width, height, channels, depth: 8, data });
}
