import { scratchOf } from "../../ops/scratch";
import { ByteConv, emit, fillBand, rowsOf } from "../band";
import { finishEight, limited } from "../finish";
import { imageAt, RUN } from "../layout";
import * as Result from "../../codes/quantised";

/** The largest byte of each window: sixteen pixels at a time. Items are images x groups. */
export function maxPoolBytes(conv: ByteConv, begin: i32, end: i32): void {
  const scratch = scratchOf(conv.workspace);
  const results = scratch + <usize>imageAt(conv.bandBytes);
  const plane = <usize>(conv.height * conv.width);
  const outPlane = <usize>(conv.outHeight * conv.outWidth);
  const last = conv.offsets + ((<usize>conv.depth) << 2);
  for (let item = begin; item < end; ++item) {
    for (let pixel = 0; pixel < conv.pixels; pixel += conv.blockPixels) {
      const count = min(conv.blockPixels, conv.pixels - pixel);
      const rows = rowsOf(conv, pixel, pixel + count);
      fillBand(conv, conv.input + <usize>item * plane, pixel / conv.pitch, rows, conv.signed ? 0x80 : 0, 0, scratch);
      for (let i = 0; i < count; i += RUN) {
        const from = scratch + <usize>i;
        let most = v128.load(from + load<u32>(conv.offsets));
        for (let at = conv.offsets + 4; at < last; at += 4) {
          const v = v128.load(from + load<u32>(at));
          most = conv.signed ? i8x16.max_s(most, v) : i8x16.max_u(most, v);
        }
        v128.store(results + <usize>i, most);
      }
      emit(conv, results, conv.output + <usize>item * outPlane, pixel, count, 1);
    }
  }
}

/** The argument of {@link avgPoolBytes}. */
@unmanaged
export class ByteMeans {
  /** (planes, height, width), bytes */
  from: usize;
  /** (planes, outHeight, outWidth), bytes */
  to: usize;
  /** f32 for each byte */
  table: usize;
  /** for each row of the output: first row i32, number of rows i32, divisor i32 */
  rows: usize;
  /** for each column of the output, likewise */
  columns: usize;
  height: i32;
  width: i32;
  outHeight: i32;
  outWidth: i32;
  rowStep: i32;
  columnStep: i32;
  /** of the results */
  scale: f32;
  zero: i32;
  signed: i32;
}

/** The mean of each window, summed as float32 row by row, as onnxruntime does. Items are planes x outHeight. */
export function avgPoolBytes(params: ByteMeans, begin: i32, end: i32): void {
  const width = params.width;
  let to = params.to + <usize>begin * params.outWidth;
  const least = params.signed ? -128 : 0;
  for (let item = begin; item < end; ++item) {
    const plane = item / params.outHeight;
    const rows = params.rows + <usize>(item - plane * params.outHeight) * 12;
    const from = params.from + <usize>(plane * params.height * width);
    for (let column = 0; column < params.outWidth; ++column, ++to) {
      const columns = params.columns + <usize>column * 12;
      let sum: f32 = 0;
      let y = load<i32>(rows);
      for (let i = load<i32>(rows, 4); i > 0; --i, y += params.rowStep) {
        let at = from + <usize>(y * width + load<i32>(columns));
        for (let j = load<i32>(columns, 4); j > 0; --j, at += params.columnStep) {
          sum += load<f32>(params.table + ((<usize>load<u8>(at)) << 2));
        }
      }
      sum /= <f32>(load<i32>(rows, 8) * load<i32>(columns, 8));
      store<u8>(to, limited(nearest<f32>(sum / params.scale + <f32>params.zero), least));
    }
  }
}

/** The argument of {@link globalMeanBytes}. */
@unmanaged
export class ByteTotals {
  /** (planes, count), bytes */
  from: usize;
  to: usize;
  count: i32;
  signed: i32;
  /** what is added to each sum */
  added: i32;
  scale: f32;
  zero: i32;
  least: f32;
  most: f32;
}

/** The mean of each plane, by an exact sum. Items are planes. */
export function globalMeanBytes(params: ByteTotals, begin: i32, end: i32): void {
  const kind = params.signed ? Result.INT8 : Result.UINT8;
  const scale = f32x4.splat(params.scale);
  for (let item = begin; item < end; ++item) {
    let from = params.from + <usize>item * params.count;
    let count = params.count;
    let sums = i32x4.splat(0);
    for (; count >= 16; count -= 16, from += 16) {
      const v = v128.load(from);
      sums = i32x4.add(
        sums,
        params.signed
          ? i32x4.extadd_pairwise_i16x8_s(i16x8.extadd_pairwise_i8x16_s(v))
          : i32x4.extadd_pairwise_i16x8_u(i16x8.extadd_pairwise_i8x16_u(v)),
      );
    }
    let sum = params.added;
    for (; count > 0; --count, ++from) sum += params.signed ? <i32>load<i8>(from) : <i32>load<u8>(from);
    sum += i32x4.extract_lane(sums, 0) + i32x4.extract_lane(sums, 1);
    sum += i32x4.extract_lane(sums, 2) + i32x4.extract_lane(sums, 3);
    const v = i32x4.splat(sum);
    finishEight(kind, params.zero, params.least, params.most, v, v, scale, scale, params.to + <usize>item, 1);
  }
}
