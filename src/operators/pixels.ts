/** Pictures in bytes, interleaved: (height, width, channels). Channels are grey; red, green and blue; alpha besides. */
import { acrossTaps, BLOCK_PIXELS, BLOCK_ROWS, LOW_BITS, WEIGHT_BITS } from "../../assembly/pixels/pictures/layout.ts";
import type { DType } from "../dtype.ts";
import type { Operator } from "../planning/operator.ts";
import { planned, plannedParts } from "../planning/planned.ts";
import { PixelsToPlanes, PlanesToPixels, ResizeAcross, ResizeDown } from "../runtime/generated/pixels.ts";
import { PIXELS } from "../runtime/modules/pixels.ts";
import { checkResult } from "./result.ts";

/** A part of a picture. */
export interface Box {
  readonly top: number;
  readonly left: number;
  readonly height: number;
  readonly width: number;
}

/** Attributes of {@link resizePixelsOperator}. */
export interface ResizePixelsAttributes {
  readonly height: number;
  readonly width: number;
  /** the part of the result that is wanted: a thin picture may become a huge one, of which a square is cut */
  readonly box: Box;
}

/** The pixels that each output of an axis is the weighted mean of. */
interface Windows {
  readonly count: number;
  readonly firsts: Int32Array;
  /** number of pixels */
  readonly lengths: Int32Array;
  /** the largest of the lengths */
  readonly most: number;
  /** [count][stride]: whole numbers, of which 2^22 is 1 */
  readonly weights: Int32Array;
  readonly stride: number;
}

/** A triangle as wide as two pixels of whichever side has the larger ones, for `count` outputs from `begin` on: PIL's Resample.c. */
function windowsOf(from: number, to: number, begin: number, count: number): Windows {
  const scale = from / to;
  const support = Math.max(scale, 1);
  const stride = Math.min(2 * Math.ceil(support) + 1, from);
  const firsts = new Int32Array(count);
  const lengths = new Int32Array(count);
  const weights = new Int32Array(count * stride);
  const triangle = new Float64Array(stride);
  let most = 0;
  for (let index = 0; index < count; ++index) {
    const center = (begin + index + 0.5) * scale;
    const first = Math.max(Math.trunc(center - support + 0.5), 0);
    const taps = Math.min(Math.trunc(center + support + 0.5), from) - first;
    let sum = 0;
    for (let tap = 0; tap < taps; ++tap) {
      triangle[tap] = Math.max(1 - Math.abs((first + tap - center + 0.5) / support), 0);
      sum += triangle[tap]!;
    }
    let used = 0;
    for (let tap = 0; tap < taps; ++tap) {
      const weight = Math.floor(0.5 + (triangle[tap]! / sum) * 2 ** WEIGHT_BITS);
      weights[index * stride + tap] = weight;
      if (weight !== 0) used = tap + 1;
    }
    firsts[index] = first;
    lengths[index] = used;
    most = Math.max(most, used);
  }
  return { count, firsts, lengths, most, weights, stride };
}

/**
 * Writes the two parts of each weight, i16[count][taps] each.
 * @param firsts where each output reads from, which is not after its window
 */
function writeWeights(
  { high, low }: { readonly high: Int32Array; readonly low: Int32Array },
  windows: Windows,
  taps: number,
  firsts: Int32Array,
): void {
  high.fill(0);
  low.fill(0);
  for (let index = 0; index < windows.count; ++index) {
    const begin = index * taps + windows.firsts[index]! - firsts[index]!;
    for (let tap = 0; tap < windows.lengths[index]!; ++tap) {
      const weight = windows.weights[index * windows.stride + tap]!;
      const shift = 16 * ((begin + tap) & 1);
      high[(begin + tap) >> 1]! |= (weight >> LOW_BITS) << shift;
      low[(begin + tap) >> 1]! |= (weight & (2 ** LOW_BITS - 1)) << shift;
    }
  }
}

/**
 * A picture in another size, to the bit as PIL's `Image.resize` with `BILINEAR`: smoothed as far as it shrinks, along its
 * rows first, in whole numbers and with bytes between the two passes.
 */
export const resizePixelsOperator: Operator<ResizePixelsAttributes> = {
  name: "resizePixels",
  dtypes: ["uint8"],
  plan(where, operands, { height, width, box }) {
    const { shape } = operands[0]!;
    const [rows, columns, channels] = shape as [number, number, number];
    const result = { dtype: "uint8" as DType, shape: checkResult(where, [box.height, box.width, channels]) };
    const isWhole = height === rows && width === columns && box.height === rows && box.width === columns;
    if (isWhole) return plannedParts([result], [0]);
    const across = windowsOf(columns, width, box.left, box.width);
    const down = windowsOf(rows, height, box.top, box.height);
    // rows that no result needs are not narrowed
    const first = down.firsts[0]!;
    const used = down.firsts.reduce((most, each, index) => Math.max(most, each + down.lengths[index]!), 0) - first;
    const tapsAcross = acrossTaps(across.most, channels);
    const tapsDown = (down.most + 1) & -2;
    const vectors = tapsAcross <= columns;
    const row = box.width * channels;
    const weights = { across: (box.width * tapsAcross) / 2, down: (box.height * tapsDown) / 2 };
    return planned({
      types: [result],
      kernel: "resizeAcross",
      flops: 2 * row * (used * across.most + box.height * down.most),
      calls: 2,
      held: {
        across: ResizeAcross.bytes,
        down: ResizeDown.bytes,
        firsts: box.width * 4,
        high: weights.across * 4,
        low: weights.across * 4,
        spans: box.height * 8,
        highDown: weights.down * 4,
        lowDown: weights.down * 4,
      },
      workspace: { narrowed: used * row },
      prepare(program, { inputs, outputs, held, workspace: { narrowed } }) {
        // where a window is near the end of a row, it is read from further left, with weights of zero
        const last = vectors ? columns - tapsAcross : columns;
        const firsts = across.firsts.map((each) => Math.min(each, last));
        program.i32(held.firsts, box.width).set(firsts);
        writeWeights(
          { high: program.i32(held.high, weights.across), low: program.i32(held.low, weights.across) },
          across,
          tapsAcross,
          firsts,
        );
        program.params(ResizeAcross, held.across, {
          from: inputs[0]! + first * columns * channels,
          to: narrowed,
          firsts: held.firsts,
          high: held.high,
          low: held.low,
          rows: used,
          length: columns,
          count: box.width,
          channels,
          taps: tapsAcross,
          vectors: Number(vectors),
        });
        program.call(PIXELS, "resizeAcross", held.across, Math.ceil(used / BLOCK_ROWS));
        const spans = program.i32(held.spans, 2 * box.height);
        for (let index = 0; index < box.height; ++index) {
          spans[2 * index] = down.firsts[index]! - first;
          spans[2 * index + 1] = down.lengths[index]!;
        }
        writeWeights(
          { high: program.i32(held.highDown, weights.down), low: program.i32(held.lowDown, weights.down) },
          down,
          tapsDown,
          down.firsts,
        );
        program.params(ResizeDown, held.down, {
          from: narrowed,
          to: outputs[0]!,
          spans: held.spans,
          high: held.highDown,
          low: held.lowDown,
          width: row,
          taps: tapsDown,
        });
        program.call(PIXELS, "resizeDown", held.down, box.height);
      },
    });
  },
};

/** Interleaved bytes, (H, W, C), as planes of 0 to 1, or of the bytes themselves: (planes, H, W). */
export const pixelsToPlanesOperator: Operator<{ readonly planes: 1 | 3 | 4; readonly dtype: "float32" | "uint8" }> = {
  name: "pixelsToPlanes",
  dtypes: ["uint8"],
  plan(where, operands, { planes, dtype }) {
    const [height, width, channels] = operands[0]!.shape as [number, number, number];
    const pixels = height * width;
    return planned({
      types: [{ dtype, shape: checkResult(where, [planes, height, width]) }],
      kernel: "pixelsToPlanes",
      flops: planes * pixels,
      held: { params: PixelsToPlanes.bytes },
      prepare(program, { inputs, outputs, held: { params } }) {
        program.params(PixelsToPlanes, params, {
          from: inputs[0]!,
          to: outputs[0]!,
          pixels,
          channels,
          planes,
          bytes: Number(dtype === "uint8"),
        });
        program.call(PIXELS, "pixelsToPlanes", params, Math.ceil(pixels / BLOCK_PIXELS));
      },
    });
  },
};

/** Planes, (C, H, W), as interleaved bytes, (H, W, channels); floats of 0 to 1 become 0 to 255. */
export const planesToPixelsOperator: Operator<{ readonly channels: 1 | 3 | 4 }> = {
  name: "planesToPixels",
  dtypes: ["float32", "uint8"],
  plan(where, operands, { channels }) {
    const { dtype, shape } = operands[0]!;
    const [planes, height, width] = shape as [number, number, number];
    const pixels = height * width;
    return planned({
      types: [{ dtype: "uint8", shape: checkResult(where, [height, width, channels]) }],
      kernel: "planesToPixels",
      flops: 2 * planes * pixels,
      held: { params: PlanesToPixels.bytes },
      prepare(program, { inputs, outputs, held: { params } }) {
        program.params(PlanesToPixels, params, {
          from: inputs[0]!,
          to: outputs[0]!,
          pixels,
          planes,
          channels,
          bytes: Number(dtype === "uint8"),
        });
        program.call(PIXELS, "planesToPixels", params, Math.ceil(pixels / BLOCK_PIXELS));
      },
    });
  },
};
