import { floats } from "../../floats";
import { Conv } from "../../params";
import { keepOrder, madd } from "../../simd";

/** Spreads four pixels of four channels over the channels' rows. */
// @ts-ignore: decorator
@inline
function spread(p0: v128, p1: v128, p2: v128, p3: v128, to: usize, planeBytes: usize, channels: i32, count: i32): void {
  const low01 = v128.shuffle<f32>(p0, p1, 0, 4, 1, 5);
  const low23 = v128.shuffle<f32>(p2, p3, 0, 4, 1, 5);
  const high01 = v128.shuffle<f32>(p0, p1, 2, 6, 3, 7);
  const high23 = v128.shuffle<f32>(p2, p3, 2, 6, 3, 7);
  const a = v128.shuffle<f32>(low01, low23, 0, 1, 4, 5);
  const b = v128.shuffle<f32>(low01, low23, 2, 3, 6, 7);
  const c = v128.shuffle<f32>(high01, high23, 0, 1, 4, 5);
  const d = v128.shuffle<f32>(high01, high23, 2, 3, 6, 7);
  if (channels == 4 && count == 4) {
    v128.store(to, a);
    v128.store(to + planeBytes, b);
    v128.store(to + 2 * planeBytes, c);
    v128.store(to + 3 * planeBytes, d);
  } else {
    storePart(a, to, count);
    if (channels > 1) storePart(b, to + planeBytes, count);
    if (channels > 2) storePart(c, to + 2 * planeBytes, count);
    if (channels > 3) storePart(d, to + 3 * planeBytes, count);
  }
}

function storePart(v: v128, to: usize, count: i32): void {
  if (count == 4) {
    v128.store(to, v);
    return;
  }
  v128.store32_lane(to, v, 0);
  if (count > 1) v128.store32_lane(to, v, 1, 4);
  if (count > 2) v128.store32_lane(to, v, 2, 8);
}

/** Two rows of any filter, four outputs at a time. */
export function tile2x4(
  conv: Conv,
  w: usize,
  x: usize,
  down: usize,
  right: usize,
  c: usize,
  rowBytes: usize,
  planeBytes: usize,
  channels: i32,
): void {
  const width = conv.outWidth;
  const last = max(width - 4, 0);
  const count = min(width, 4);
  const end = conv.tables + floats(conv.taps);
  for (let left = 0; left < width; left += 4) {
    const at = <usize>min(left, last);
    const from = x + at * right;
    let p0 = v128.load(w);
    let p1 = p0;
    let p2 = p0;
    let p3 = p0;
    let q0 = p0;
    let q1 = p0;
    let q2 = p0;
    let q3 = p0;
    let weight = w;
    for (let offset = conv.tables; offset < end; offset += 4) {
      weight += 16;
      const v = v128.load(weight);
      let x0 = from + load<u32>(offset);
      let x1 = x0 + down;
      p0 = madd(v, v128.load(x0), p0);
      q0 = madd(v, v128.load(x1), q0);
      x0 += right;
      x1 += right;
      p1 = madd(v, v128.load(x0), p1);
      q1 = madd(v, v128.load(x1), q1);
      x0 += right;
      x1 += right;
      p2 = madd(v, v128.load(x0), p2);
      q2 = madd(v, v128.load(x1), q2);
      x0 += right;
      x1 += right;
      p3 = madd(v, v128.load(x0), p3);
      q3 = madd(v, v128.load(x1), q3);
    }
    const to = c + (at << 2);
    spread(p0, p1, p2, p3, to, planeBytes, channels, count);
    spread(q0, q1, q2, q3, to + rowBytes, planeBytes, channels, count);
  }
}

/** The same for five adjacent columns and stride 1, whose pixels are loaded once for all outputs: rows of the kernel are `pitch` apart. */
export function tile2x4wide5(
  conv: Conv,
  w: usize,
  x: usize,
  down: usize,
  pitch: usize,
  c: usize,
  rowBytes: usize,
  planeBytes: usize,
  channels: i32,
): void {
  const width = conv.outWidth;
  const last = max(width - 4, 0);
  const count = min(width, 4);
  const weightsEnd = w + ((<usize>conv.taps) << 4);
  for (let left = 0; left < width; left += 4) {
    const at = <usize>min(left, last);
    let x0 = x + (at << 4);
    let x1 = x0 + down;
    let p0 = v128.load(w);
    let p1 = p0;
    let p2 = p0;
    let p3 = p0;
    let q0 = p0;
    let q1 = p0;
    let q2 = p0;
    let q3 = p0;
    for (let weight = w; weight < weightsEnd; weight += 80) {
      const w0 = v128.load(weight, 16);
      const w1 = v128.load(weight, 32);
      const w2 = v128.load(weight, 48);
      const w3 = v128.load(weight, 64);
      const w4 = v128.load(weight, 80);
      let v: v128;
      p0 = madd(w0, v128.load(x0), p0);
      v = v128.load(x0, 16);
      p0 = madd(w1, v, p0);
      p1 = madd(w0, v, p1);
      v = v128.load(x0, 32);
      p0 = madd(w2, v, p0);
      p1 = madd(w1, v, p1);
      p2 = madd(w0, v, p2);
      keepOrder(x0);
      v = v128.load(x0, 48);
      p0 = madd(w3, v, p0);
      p1 = madd(w2, v, p1);
      p2 = madd(w1, v, p2);
      p3 = madd(w0, v, p3);
      v = v128.load(x0, 64);
      p0 = madd(w4, v, p0);
      p1 = madd(w3, v, p1);
      p2 = madd(w2, v, p2);
      p3 = madd(w1, v, p3);
      v = v128.load(x0, 80);
      p1 = madd(w4, v, p1);
      p2 = madd(w3, v, p2);
      p3 = madd(w2, v, p3);
      keepOrder(x0);
      v = v128.load(x0, 96);
      p2 = madd(w4, v, p2);
      p3 = madd(w3, v, p3);
      p3 = madd(w4, v128.load(x0, 112), p3);
      keepOrder(x1);
      q0 = madd(w0, v128.load(x1), q0);
      v = v128.load(x1, 16);
      q0 = madd(w1, v, q0);
      q1 = madd(w0, v, q1);
      v = v128.load(x1, 32);
      q0 = madd(w2, v, q0);
      q1 = madd(w1, v, q1);
      q2 = madd(w0, v, q2);
      keepOrder(x1);
      v = v128.load(x1, 48);
      q0 = madd(w3, v, q0);
      q1 = madd(w2, v, q1);
      q2 = madd(w1, v, q2);
      q3 = madd(w0, v, q3);
      v = v128.load(x1, 64);
      q0 = madd(w4, v, q0);
      q1 = madd(w3, v, q1);
      q2 = madd(w2, v, q2);
      q3 = madd(w1, v, q3);
      v = v128.load(x1, 80);
      q1 = madd(w4, v, q1);
      q2 = madd(w3, v, q2);
      q3 = madd(w2, v, q3);
      keepOrder(x1);
      v = v128.load(x1, 96);
      q2 = madd(w4, v, q2);
      q3 = madd(w3, v, q3);
      q3 = madd(w4, v128.load(x1, 112), q3);
      x0 += pitch;
      x1 += pitch;
    }
    const to = c + (at << 2);
    spread(p0, p1, p2, p3, to, planeBytes, channels, count);
    spread(q0, q1, q2, q3, to + rowBytes, planeBytes, channels, count);
  }
}

/** The same with stride 2. */
export function tile2x4wide5by2(
  conv: Conv,
  w: usize,
  x: usize,
  down: usize,
  pitch: usize,
  c: usize,
  rowBytes: usize,
  planeBytes: usize,
  channels: i32,
): void {
  const width = conv.outWidth;
  const last = max(width - 4, 0);
  const count = min(width, 4);
  const weightsEnd = w + ((<usize>conv.taps) << 4);
  for (let left = 0; left < width; left += 4) {
    const at = <usize>min(left, last);
    let x0 = x + (at << 5);
    let x1 = x0 + down;
    let p0 = v128.load(w);
    let p1 = p0;
    let p2 = p0;
    let p3 = p0;
    let q0 = p0;
    let q1 = p0;
    let q2 = p0;
    let q3 = p0;
    for (let weight = w; weight < weightsEnd; weight += 80) {
      const w0 = v128.load(weight, 16);
      const w1 = v128.load(weight, 32);
      const w2 = v128.load(weight, 48);
      const w3 = v128.load(weight, 64);
      const w4 = v128.load(weight, 80);
      let v: v128;
      p0 = madd(w0, v128.load(x0), p0);
      p0 = madd(w1, v128.load(x0, 16), p0);
      v = v128.load(x0, 32);
      p0 = madd(w2, v, p0);
      p1 = madd(w0, v, p1);
      keepOrder(x0);
      v = v128.load(x0, 48);
      p0 = madd(w3, v, p0);
      p1 = madd(w1, v, p1);
      v = v128.load(x0, 64);
      p0 = madd(w4, v, p0);
      p1 = madd(w2, v, p1);
      p2 = madd(w0, v, p2);
      v = v128.load(x0, 80);
      p1 = madd(w3, v, p1);
      p2 = madd(w1, v, p2);
      keepOrder(x0);
      v = v128.load(x0, 96);
      p1 = madd(w4, v, p1);
      p2 = madd(w2, v, p2);
      p3 = madd(w0, v, p3);
      v = v128.load(x0, 112);
      p2 = madd(w3, v, p2);
      p3 = madd(w1, v, p3);
      v = v128.load(x0, 128);
      p2 = madd(w4, v, p2);
      p3 = madd(w2, v, p3);
      keepOrder(x0);
      p3 = madd(w3, v128.load(x0, 144), p3);
      p3 = madd(w4, v128.load(x0, 160), p3);
      keepOrder(x1);
      q0 = madd(w0, v128.load(x1), q0);
      q0 = madd(w1, v128.load(x1, 16), q0);
      v = v128.load(x1, 32);
      q0 = madd(w2, v, q0);
      q1 = madd(w0, v, q1);
      keepOrder(x1);
      v = v128.load(x1, 48);
      q0 = madd(w3, v, q0);
      q1 = madd(w1, v, q1);
      v = v128.load(x1, 64);
      q0 = madd(w4, v, q0);
      q1 = madd(w2, v, q1);
      q2 = madd(w0, v, q2);
      v = v128.load(x1, 80);
      q1 = madd(w3, v, q1);
      q2 = madd(w1, v, q2);
      keepOrder(x1);
      v = v128.load(x1, 96);
      q1 = madd(w4, v, q1);
      q2 = madd(w2, v, q2);
      q3 = madd(w0, v, q3);
      v = v128.load(x1, 112);
      q2 = madd(w3, v, q2);
      q3 = madd(w1, v, q3);
      v = v128.load(x1, 128);
      q2 = madd(w4, v, q2);
      q3 = madd(w2, v, q3);
      keepOrder(x1);
      q3 = madd(w3, v128.load(x1, 144), q3);
      q3 = madd(w4, v128.load(x1, 160), q3);
      x0 += pitch;
      x1 += pitch;
    }
    const to = c + (at << 2);
    spread(p0, p1, p2, p3, to, planeBytes, channels, count);
    spread(q0, q1, q2, q3, to + rowBytes, planeBytes, channels, count);
  }
}
