import { Conv } from "../params";
import { madd } from "../simd";

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
  const end = conv.workspace + ((<usize>conv.taps) << 2);
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
    for (let offset = conv.workspace; offset < end; offset += 4) {
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
