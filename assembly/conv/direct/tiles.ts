import { floats } from "../../floats";
import { madd } from "../../simd";

/** Eight adjacent positions of six filters: c[6][8] (+)= sum over channels and taps of w[6] * x[8]. */
export function direct6x8(
  channels: i32,
  taps: i32,
  w: usize,
  x: usize,
  channelBytes: usize,
  offsets: usize,
  c: usize,
  rowBytes: usize,
  first: bool,
): void {
  let c00: v128, c01: v128, c10: v128, c11: v128, c20: v128, c21: v128;
  let c30: v128, c31: v128, c40: v128, c41: v128, c50: v128, c51: v128;
  const c1 = c + rowBytes;
  const c2 = c1 + rowBytes;
  const c3 = c2 + rowBytes;
  const c4 = c3 + rowBytes;
  const c5 = c4 + rowBytes;
  if (first) {
    c00 = c01 = v128.load32_splat(w);
    c10 = c11 = v128.load32_splat(w, 4);
    c20 = c21 = v128.load32_splat(w, 8);
    c30 = c31 = v128.load32_splat(w, 12);
    c40 = c41 = v128.load32_splat(w, 16);
    c50 = c51 = v128.load32_splat(w, 20);
    w += 24;
  } else {
    c00 = c01 = c10 = c11 = c20 = c21 = c30 = c31 = c40 = c41 = c50 = c51 = f32x4.splat(0);
  }
  const offsetsEnd = offsets + floats(taps);
  for (; channels > 0; --channels) {
    for (let offset = offsets; offset < offsetsEnd; offset += 4) {
      const from = x + load<u32>(offset);
      const x0 = v128.load(from);
      const x1 = v128.load(from, 16);
      const w0 = v128.load32_splat(w);
      c00 = madd(w0, x0, c00);
      c01 = madd(w0, x1, c01);
      const w1 = v128.load32_splat(w, 4);
      c10 = madd(w1, x0, c10);
      c11 = madd(w1, x1, c11);
      const w2 = v128.load32_splat(w, 8);
      c20 = madd(w2, x0, c20);
      c21 = madd(w2, x1, c21);
      const w3 = v128.load32_splat(w, 12);
      c30 = madd(w3, x0, c30);
      c31 = madd(w3, x1, c31);
      const w4 = v128.load32_splat(w, 16);
      c40 = madd(w4, x0, c40);
      c41 = madd(w4, x1, c41);
      const w5 = v128.load32_splat(w, 20);
      c50 = madd(w5, x0, c50);
      c51 = madd(w5, x1, c51);
      w += 24;
    }
    x += channelBytes;
  }
  // a block is summed separately: the error grows with its length, not with that of the whole sum
  if (!first) {
    c00 = f32x4.add(v128.load(c), c00);
    c01 = f32x4.add(v128.load(c, 16), c01);
    c10 = f32x4.add(v128.load(c1), c10);
    c11 = f32x4.add(v128.load(c1, 16), c11);
    c20 = f32x4.add(v128.load(c2), c20);
    c21 = f32x4.add(v128.load(c2, 16), c21);
    c30 = f32x4.add(v128.load(c3), c30);
    c31 = f32x4.add(v128.load(c3, 16), c31);
    c40 = f32x4.add(v128.load(c4), c40);
    c41 = f32x4.add(v128.load(c4, 16), c41);
    c50 = f32x4.add(v128.load(c5), c50);
    c51 = f32x4.add(v128.load(c5, 16), c51);
  }
  v128.store(c, c00);
  v128.store(c, c01, 16);
  v128.store(c1, c10);
  v128.store(c1, c11, 16);
  v128.store(c2, c20);
  v128.store(c2, c21, 16);
  v128.store(c3, c30);
  v128.store(c3, c31, 16);
  v128.store(c4, c40);
  v128.store(c4, c41, 16);
  v128.store(c5, c50);
  v128.store(c5, c51, 16);
}

/** Eight adjacent positions of four filters: c[4][8] (+)= sum over channels and taps of w[4] * x[8]. */
export function direct4x8(
  channels: i32,
  taps: i32,
  w: usize,
  x: usize,
  channelBytes: usize,
  offsets: usize,
  c: usize,
  rowBytes: usize,
  first: bool,
): void {
  let c00: v128, c01: v128, c10: v128, c11: v128;
  let c20: v128, c21: v128, c30: v128, c31: v128;
  const c1 = c + rowBytes;
  const c2 = c1 + rowBytes;
  const c3 = c2 + rowBytes;
  if (first) {
    c00 = c01 = v128.load32_splat(w);
    c10 = c11 = v128.load32_splat(w, 4);
    c20 = c21 = v128.load32_splat(w, 8);
    c30 = c31 = v128.load32_splat(w, 12);
    w += 16;
  } else {
    c00 = c01 = c10 = c11 = c20 = c21 = c30 = c31 = f32x4.splat(0);
  }
  const offsetsEnd = offsets + floats(taps);
  for (; channels > 0; --channels) {
    for (let offset = offsets; offset < offsetsEnd; offset += 4) {
      const from = x + load<u32>(offset);
      const x0 = v128.load(from);
      const x1 = v128.load(from, 16);
      const w0 = v128.load32_splat(w);
      c00 = madd(w0, x0, c00);
      c01 = madd(w0, x1, c01);
      const w1 = v128.load32_splat(w, 4);
      c10 = madd(w1, x0, c10);
      c11 = madd(w1, x1, c11);
      const w2 = v128.load32_splat(w, 8);
      c20 = madd(w2, x0, c20);
      c21 = madd(w2, x1, c21);
      const w3 = v128.load32_splat(w, 12);
      c30 = madd(w3, x0, c30);
      c31 = madd(w3, x1, c31);
      w += 16;
    }
    x += channelBytes;
  }
  // a block is summed separately: the error grows with its length, not with that of the whole sum
  if (!first) {
    c00 = f32x4.add(v128.load(c), c00);
    c01 = f32x4.add(v128.load(c, 16), c01);
    c10 = f32x4.add(v128.load(c1), c10);
    c11 = f32x4.add(v128.load(c1, 16), c11);
    c20 = f32x4.add(v128.load(c2), c20);
    c21 = f32x4.add(v128.load(c2, 16), c21);
    c30 = f32x4.add(v128.load(c3), c30);
    c31 = f32x4.add(v128.load(c3, 16), c31);
  }
  v128.store(c, c00);
  v128.store(c, c01, 16);
  v128.store(c1, c10);
  v128.store(c1, c11, 16);
  v128.store(c2, c20);
  v128.store(c2, c21, 16);
  v128.store(c3, c30);
  v128.store(c3, c31, 16);
}
