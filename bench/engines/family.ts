import type { Layer } from "../layers.ts";
import type { Prepared } from "./engine.ts";

export const OPERATIONS = ["transposed", "input gradient", "weight gradient"] as const;

export type Operation = (typeof OPERATIONS)[number];

/** The operations, by their forward convolution; a transposed convolution is the gradient of its input. */
export interface FamilyItem {
  readonly operation: Operation;
  readonly layer: Layer;
}

/** Operands of all operations, in torch's order; the gradient has the shape of the layer's output. */
export interface FamilyData {
  readonly input: Float32Array;
  readonly weight: Float32Array;
  readonly gradient: Float32Array;
}

export interface PreparedFamily extends Prepared {
  /** before runs */
  enter(): Promise<void>;
  /** of the work that a run does, from the first result on; less than all if all would take minutes */
  readonly share: number;
}

/** A peer inside this process. */
export interface Family {
  readonly name: string;
  readonly version: string;
  /** so slow that it does a share of the work in few calls, apart from the rounds */
  isSlow(item: FamilyItem): boolean;
  prepare(item: FamilyItem, data: FamilyData): Promise<PreparedFamily>;
}

/** Rows and columns of the input that no window of the strided convolution reaches. */
export function outputPadding({ shape, outputShape }: Layer): readonly [number, number] {
  const { height, width, kernel, stride, padding, dilation } = shape;
  const rest = (length: number, outLength: number, axis: 0 | 1) =>
    length - ((outLength - 1) * stride[axis] - 2 * padding[axis] + dilation[axis] * (kernel[axis] - 1) + 1);
  return [rest(height, outputShape[2], 0), rest(width, outputShape[3], 1)];
}
