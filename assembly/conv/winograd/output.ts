import { finish, finishRow } from "../../epilogue";
import { floats } from "../../floats";
import { Conv } from "../../params";
import { storeTransposed } from "../../simd";
import { output0, output1, output2, output3 } from "./points";

/** Bytes of four rows of six vectors in the scratch; a strip of up to sixteen outputs and its residual come after them. */
// @ts-ignore: decorator
@inline
const LINES: usize = 384;
// @ts-ignore: decorator
@inline
const STRIP: usize = 64;

/**
 * A^T M A of up to four neighbouring tiles of one filter, whose first output row and column are y and x.
 * Rows are written whole if four tiles fit, otherwise through a strip, so that nothing is written past the image; a dilated
 * output is finished in the strip before it is scattered.
 */
export function inverseTiles(
  conv: Conv,
  from: usize,
  pointBytes: usize,
  bias: f32,
  m: i32,
  y: i32,
  x: i32,
  tiles: i32,
  plane: usize,
): void {
  const lines = conv.scratch;
  const strip = lines + LINES;
  const down = conv.dilationHeight;
  const right = conv.dilationWidth;
  const columns = min(tiles * m, (conv.outWidth - x + right - 1) / right);
  const rows = min(m, (conv.outHeight - y + down - 1) / down);
  const whole = right == 1 && columns == m << 2;
  const start = f32x4.splat(bias);
  if (m == 4) columns4(from, pointBytes, lines);
  else columns2(from, pointBytes, lines);
  let to = plane + floats(y * conv.outWidth + x);
  for (let row = 0; row < rows; ++row, to += floats(conv.outWidth * down)) {
    const at = whole ? to : strip;
    if (m == 4) row4(lines + <usize>row * 96, start, at);
    else row2(lines + <usize>row * 96, start, at);
    if (right > 1) finishStrip(conv, strip, columns, to, floats(right));
    if (!whole) scatter(strip, columns, to, floats(right));
    if (right == 1) finish(conv, to, 0, 1, columns);
  }
}

/** Finishes outputs that will go to `to` and beyond, `step` bytes apart. */
function finishStrip(conv: Conv, strip: usize, columns: i32, to: usize, step: usize): void {
  let residual: usize = 0;
  if (conv.residual) {
    residual = strip + STRIP;
    gather(conv.residual + (to - conv.output), step, columns, residual);
  }
  finishRow(conv, strip, residual, columns);
}

function gather(from: usize, step: usize, count: i32, to: usize): void {
  for (; count > 0; --count, from += step, to += 4) store<f32>(to, load<f32>(from));
}

function scatter(from: usize, count: i32, to: usize, step: usize): void {
  for (const end = from + floats(max(count, 0)); from < end; from += 4, to += step) store<f32>(to, load<f32>(from));
}

/** A^T M: four rows of six vectors. */
function columns4(from: usize, pointBytes: usize, to: usize): void {
  const row: usize = pointBytes * 6;
  for (const end = to + 96; to < end; to += 16, from += pointBytes) {
    const m0 = v128.load(from);
    const m1 = v128.load(from + row);
    const m2 = v128.load(from + 2 * row);
    const m3 = v128.load(from + 3 * row);
    const m4 = v128.load(from + 4 * row);
    const m5 = v128.load(from + 5 * row);
    const sumA = f32x4.add(m1, m2);
    const differenceA = f32x4.sub(m1, m2);
    const sumB = f32x4.add(m3, m4);
    const differenceB = f32x4.sub(m3, m4);
    v128.store(to, output0(m0, sumA, sumB));
    v128.store(to, output1(differenceA, differenceB), 96);
    v128.store(to, output2(sumA, sumB), 192);
    v128.store(to, output3(differenceA, differenceB, m5), 288);
  }
}

function row4(from: usize, bias: v128, to: usize): void {
  const m1 = v128.load(from, 16);
  const m2 = v128.load(from, 32);
  const m3 = v128.load(from, 48);
  const m4 = v128.load(from, 64);
  const sumA = f32x4.add(m1, m2);
  const differenceA = f32x4.sub(m1, m2);
  const sumB = f32x4.add(m3, m4);
  const differenceB = f32x4.sub(m3, m4);
  const y0 = f32x4.add(output0(v128.load(from), sumA, sumB), bias);
  const y1 = f32x4.add(output1(differenceA, differenceB), bias);
  const y2 = f32x4.add(output2(sumA, sumB), bias);
  const y3 = f32x4.add(output3(differenceA, differenceB, v128.load(from, 80)), bias);
  storeTransposed(y0, y1, y2, y3, to, 16);
}

/** The two rows of F(2x2): A^T ends in m5 in its second. */
function columns2(from: usize, pointBytes: usize, to: usize): void {
  const row: usize = pointBytes * 6;
  for (const end = to + 96; to < end; to += 16, from += pointBytes) {
    const m1 = v128.load(from + row);
    const m2 = v128.load(from + 2 * row);
    const m3 = v128.load(from + 3 * row);
    const m4 = v128.load(from + 4 * row);
    const m5 = v128.load(from + 5 * row);
    v128.store(to, output0(v128.load(from), f32x4.add(m1, m2), f32x4.add(m3, m4)));
    v128.store(to, f32x4.add(output1(f32x4.sub(m1, m2), f32x4.sub(m3, m4)), m5), 96);
  }
}

function row2(from: usize, bias: v128, to: usize): void {
  const m1 = v128.load(from, 16);
  const m2 = v128.load(from, 32);
  const m3 = v128.load(from, 48);
  const m4 = v128.load(from, 64);
  const y0 = f32x4.add(output0(v128.load(from), f32x4.add(m1, m2), f32x4.add(m3, m4)), bias);
  const last = f32x4.add(v128.load(from, 80), bias);
  const y1 = f32x4.add(output1(f32x4.sub(m1, m2), f32x4.sub(m3, m4)), last);
  v128.store(to, v128.shuffle<f32>(y0, y1, 0, 4, 1, 5));
  v128.store(to, v128.shuffle<f32>(y0, y1, 2, 6, 3, 7), 16);
}
