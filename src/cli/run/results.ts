import { extname } from "node:path";
import { encode } from "fast-png";
import type { Tensor } from "../../index.ts";
import { Failure, UsageError } from "../command.ts";
import { readBytes, writeBytes } from "../files.ts";
import { writeNpy } from "./npy.ts";

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

/** Whether it is one row of scores. */
export const isClasses = ({ shape }: Tensor): boolean => shape.length === 2 && shape[0] === 1 && shape[1]! > 1;

export function statisticsOf({ data }: Tensor): Statistics {
  let [min, max, sum, squares, count] = [Infinity, -Infinity, 0, 0, 0];
  for (const value of data) {
    if (!Number.isFinite(value)) continue;
    min = Math.min(min, value);
    max = Math.max(max, value);
    sum += value;
    ++count;
  }
  const mean = sum / count;
  for (const value of data) if (Number.isFinite(value)) squares += (value - mean) ** 2;
  return { min, max, mean, std: Math.sqrt(squares / count), notFinite: data.length - count };
}

/** The largest first; NaN last. */
export function topClasses({ data }: Tensor, count: number, labels: readonly string[] | undefined): ClassScore[] {
  const rank = (value: number) => (Number.isNaN(value) ? -Infinity : value);
  const order = Array.from(data, (value, index) => ({ value, index })).sort((a, b) =>
    rank(a.value) === rank(b.value) ? a.index - b.index : rank(b.value) - rank(a.value),
  );
  const largest = order[0]!.value;
  const total = data.reduce((sum, value) => sum + value, 0);
  const isDistribution = Math.abs(total - 1) < ROUNDING && data.every((value) => value >= 0);
  const sum = data.reduce((all, value) => all + Math.exp(value - largest), 0);
  return order.slice(0, count).map(({ value, index }) => ({
    index,
    label: labels?.[index] ?? null,
    value,
    probability: isDistribution ? value : Math.exp(value - largest) / sum,
  }));
}

/** One a line. @throws Failure */
export function readLabels(path: string, classes: number): readonly string[] {
  const labels = new TextDecoder().decode(readBytes(path)).trimEnd().split(/\r?\n/);
  if (labels.length !== classes) {
    throw new Failure(`${path} has ${labels.length} lines, but the model has ${classes} classes`);
  }
  return labels;
}

const WRITERS: Readonly<Record<string, (tensor: Tensor, path: string) => Uint8Array>> = {
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
export function writeTensor(path: string, tensor: Tensor): void {
  writeBytes(path, WRITERS[extname(path)]!(tensor, path));
}

/** As torchvision.utils.save_image: 0 to 1 become 0 to 255, values beyond are clipped. */
function pngOf({ data, shape }: Tensor, path: string): Uint8Array {
  const [channels = 1, height = 0, width = 0] = shape.length === 2 ? [1, ...shape] : shape.slice(-3);
  const images = shape.slice(0, -3).reduce((product, length) => product * length, 1);
  if (shape.length < 2 || shape.length > 4 || images !== 1 || ![1, 3, 4].includes(channels) || data.length === 0) {
    throw new Failure(
      `${path}: a picture is [H, W] or has 1, 3 or 4 channels, but the output is [${shape.join(", ")}]`,
    );
  }
  const plane = height * width;
  const pixels = new Uint8Array(data.length);
  for (const [at, value] of data.entries()) {
    pixels[(at % plane) * channels + Math.floor(at / plane)] = Math.min(Math.max(value * 255 + 0.5, 0), 255);
  }
  return encode({ width, height, channels, depth: 8, data: pixels });
}
