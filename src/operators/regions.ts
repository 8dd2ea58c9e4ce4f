import { WORKSPACE_BYTES } from "../../assembly/vision/roi/layout.ts";
import { checkInteger, countOf, show, wrongType, wrongValue } from "../check.ts";
import { float32 } from "../dtype.ts";
import { type Constant, numbersOf } from "../planning/constant.ts";
import type { Operand, Operator } from "../planning/operator.ts";
import { planned } from "../planning/planned.ts";
import { MaxRoiPool, RoiAlign } from "../runtime/generated/vision.ts";
import { VISION } from "../runtime/modules/vision.ts";
import { indexWidth } from "./gather.ts";
import { checkResult } from "./result.ts";

/*
 * Parts of images, each brought to one size: the second half of detectors with two stages.
 */

/** Places along an axis of an output: real networks have 2. */
const MOST_SAMPLES = 64;

type Lengths = readonly [batch: number, channels: number, height: number, width: number];

/** Checks images, regions of so many numbers, and the size of the results. */
function checkRegions(
  where: string,
  images: Operand,
  regions: Operand,
  numbers: number,
  outputSize: readonly number[],
): { readonly lengths: Lengths; readonly count: number; readonly result: readonly number[] } {
  const { shape } = images;
  if (shape.length !== 4) throw wrongValue(where, `input must be (N, C, H, W), got shape ${show(shape)}`);
  if (regions.dtype !== "float32") throw wrongType(where, `regions must hold float32, but hold ${regions.dtype}`);
  if (regions.shape.length !== 2 || regions.shape[1] !== numbers) {
    if (images.dtype !== "float32") throw wrongType(where, `input must hold float32, but holds ${images.dtype}`);
    throw wrongValue(where, `regions must have shape (regions, ${numbers}), got ${show(regions.shape)}`);
  }
  if (outputSize.length !== 2) throw wrongValue(where, `the output must have two lengths, got ${show(outputSize)}`);
  for (const length of outputSize) checkInteger(where, "a length of the output", length, 1);
  const [count] = regions.shape as [number];
  const lengths = shape as unknown as Lengths;
  return { lengths, count, result: checkResult(where, [count, lengths[1], ...outputSize]) };
}

/** Returns the message for an image that does not exist. */
function messageOf(batch: number): string {
  return batch === 0 ? "there is no image" : `the image of every region must be from 0 to ${batch - 1}`;
}

/** Attributes of {@link roiAlignOperator}. */
export interface RoiAlignAttributes {
  /** height and width */
  readonly outputSize: readonly number[];
  readonly mode: "avg" | "max";
  /** places along each axis of an output; 0 for as many as it has elements */
  readonly samplingRatio: number;
  /** from the regions' coordinates to elements */
  readonly spatialScale: number;
  /** whether the edge of an element is at a whole number, not its centre */
  readonly aligned: boolean;
}

/**
 * ONNX's RoiAlign and torchvision.ops.roi_align. Arguments: images (N, C, H, W), regions (K, 4) as x1, y1, x2, y2, the image of
 * each region (int64 or int32), and where only a run knows them, how many regions, and images of them, there are: the results
 * of the others become zeros. Mode 'max' takes the greatest weighted element, as onnxruntime does.
 */
export const roiAlignOperator: Operator<RoiAlignAttributes> = {
  name: "roiAlign",
  dtypes: ["float32", "int64", "int32"],
  counts: 3,
  beyond: ({ argument, axis }) => (argument === 0 ? axis === 1 : axis === 0 && "count"),
  plan(where, operands, { outputSize, mode, samplingRatio, spatialScale, aligned }) {
    const [images, regions, indices, , regionCount, imageCount] = operands as [
      Operand,
      Operand,
      Operand,
      ...(Operand | null | undefined)[],
    ];
    const { lengths, count, result } = checkRegions(where, images, regions, 4, outputSize);
    const [batch, channels, height, width] = lengths;
    const indexBytes = indexWidth(where, indices);
    if (indices.shape.length !== 1 || indices.shape[0] !== count) {
      throw wrongValue(where, `the images of regions must have shape (${count}), got ${show(indices.shape)}`);
    }
    checkInteger(where, "samplingRatio", samplingRatio, 0);
    if (samplingRatio > MOST_SAMPLES) {
      throw wrongValue(where, `samplingRatio must be at most ${MOST_SAMPLES}, got ${samplingRatio}`);
    }
    const message = messageOf(batch);
    const known = indices.data === undefined ? [] : Array.from(numbersOf(indices as Constant));
    const wrong = known.find((image) => image < 0 || image >= batch);
    if (wrong !== undefined) throw wrongValue(where, `${message}, got ${wrong}`);
    const [outHeight, outWidth] = outputSize as [number, number];
    return planned({
      types: [float32(result)],
      kernel: "roiAlign",
      flops: 8 * countOf(result) * (samplingRatio || 2) ** 2,
      held: { params: RoiAlign.bytes, fault: 4 },
      workspace: { list: WORKSPACE_BYTES },
      prepare(program, { inputs, outputs, held, workspace }) {
        program.fault(held.fault, message);
        program.params(RoiAlign, held.params, {
          from: inputs[0]!,
          regions: inputs[1]!,
          images: inputs[2]!,
          to: outputs[0]!,
          fault: held.fault,
          workspace: workspace.list,
          regionCount: regionCount ? inputs[4]! : 0,
          imageCount: imageCount ? inputs[5]! : 0,
          batch,
          channels,
          height,
          width,
          outHeight,
          outWidth,
          indexBytes,
          samples: samplingRatio,
          scale: spatialScale,
          shift: aligned ? 0.5 : 0,
          mean: Number(mode === "avg"),
        });
        program.call(VISION, "roiAlign", held.params, count * outHeight * outWidth);
      },
    });
  },
};

/** Attributes of {@link maxRoiPoolOperator}. */
export interface MaxRoiPoolAttributes {
  /** height and width */
  readonly outputSize: readonly number[];
  /** from the regions' coordinates to elements */
  readonly spatialScale: number;
}

/**
 * ONNX's MaxRoiPool and torchvision.ops.roi_pool. Arguments: images (N, C, H, W), regions (K, 5) as image, x1, y1, x2, y2, and
 * where only a run knows it, how many regions there are: the results of the others become zeros.
 */
export const maxRoiPoolOperator: Operator<MaxRoiPoolAttributes> = {
  name: "maxRoiPool",
  dtypes: ["float32", "int32"],
  counts: 2,
  beyond: ({ argument, axis }) => (argument === 0 ? axis === 1 : axis === 0 && "count"),
  plan(where, operands, { outputSize, spatialScale }) {
    const [images, regions, , regionCount] = operands as [Operand, Operand, ...(Operand | null | undefined)[]];
    const { lengths, count, result } = checkRegions(where, images, regions, 5, outputSize);
    const [batch, channels, height, width] = lengths;
    const [outHeight, outWidth] = outputSize as [number, number];
    return planned({
      types: [float32(result)],
      kernel: "maxRoiPool",
      flops: countOf(result),
      held: { params: MaxRoiPool.bytes, fault: 4 },
      prepare(program, { inputs, outputs, held }) {
        program.fault(held.fault, messageOf(batch));
        program.params(MaxRoiPool, held.params, {
          from: inputs[0]!,
          regions: inputs[1]!,
          to: outputs[0]!,
          fault: held.fault,
          regionCount: regionCount ? inputs[3]! : 0,
          batch,
          channels,
          height,
          width,
          outHeight,
          outWidth,
          scale: spatialScale,
        });
        program.call(VISION, "maxRoiPool", held.params, count * channels);
      },
    });
  },
};
