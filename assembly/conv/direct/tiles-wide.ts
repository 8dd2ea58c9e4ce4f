import { floats } from "../../floats";
import { madd } from "../../simd";

/**
 * Sixteen adjacent positions of six filters, or of four: c[6][16] (+)= sum over channels and taps of w[6] * x[16], for engines
 * that pair vectors; see gemm/microkernel-wide.ts for what keeps the pairs together. `FILTERS` is a type of as many bytes as
 * there are pairs of filters less one: a function is compiled for each. Sums begin with the numbers at `bias`.
 */
export function direct16<FILTERS>(
  channels: i32,
  taps: i32,
  bias: usize,
  w: usize,
  x: usize,
  channelBytes: usize,
  offsets: usize,
  c: usize,
  rowBytes: usize,
  first: bool,
): void {
  const six = sizeof<FILTERS>() == 2;
  const step: usize = six ? 24 : 16;
  const r1 = c + rowBytes;
  const r2 = r1 + rowBytes;
  const r3 = r2 + rowBytes;
  const r4 = r3 + rowBytes;
  const r5 = r4 + rowBytes;
  let c00 = v128.load32_splat(bias);
  let c01 = c00;
  let c02 = c00;
  let c03 = c00;
  let c10 = v128.load32_splat(bias, 4);
  let c11 = c10;
  let c12 = c10;
  let c13 = c10;
  let c20 = v128.load32_splat(bias, 8);
  let c21 = c20;
  let c22 = c20;
  let c23 = c20;
  let c30 = v128.load32_splat(bias, 12);
  let c31 = c30;
  let c32 = c30;
  let c33 = c30;
  let c40 = six ? v128.load32_splat(bias, 16) : f32x4.splat(0);
  let c41 = c40;
  let c42 = c40;
  let c43 = c40;
  let c50 = six ? v128.load32_splat(bias, 20) : f32x4.splat(0);
  let c51 = c50;
  let c52 = c50;
  let c53 = c50;
  const offsetsEnd = offsets + floats(taps);
  for (; channels > 0; --channels, x += channelBytes) {
    for (let offset = offsets; offset < offsetsEnd; offset += 4, w += step) {
      const from = x + load<u32>(offset);
      const x0 = v128.load(from);
      const x1 = v128.load(from, 16);
      const x2 = v128.load(from, 32);
      const x3 = v128.load(from, 48);
      const w0 = v128.load32_splat(w);
      c00 = madd(w0, x0, c00);
      c01 = madd(w0, x1, c01);
      c02 = madd(w0, x2, c02);
      c03 = madd(w0, x3, c03);
      const w1 = v128.load32_splat(w, 4);
      c10 = madd(w1, x0, c10);
      c11 = madd(w1, x1, c11);
      c12 = madd(w1, x2, c12);
      c13 = madd(w1, x3, c13);
      const w2 = v128.load32_splat(w, 8);
      c20 = madd(w2, x0, c20);
      c21 = madd(w2, x1, c21);
      c22 = madd(w2, x2, c22);
      c23 = madd(w2, x3, c23);
      const w3 = v128.load32_splat(w, 12);
      c30 = madd(w3, x0, c30);
      c31 = madd(w3, x1, c31);
      c32 = madd(w3, x2, c32);
      c33 = madd(w3, x3, c33);
      if (six) {
        const w4 = v128.load32_splat(w, 16);
        c40 = madd(w4, x0, c40);
        c41 = madd(w4, x1, c41);
        c42 = madd(w4, x2, c42);
        c43 = madd(w4, x3, c43);
        const w5 = v128.load32_splat(w, 20);
        c50 = madd(w5, x0, c50);
        c51 = madd(w5, x1, c51);
        c52 = madd(w5, x2, c52);
        c53 = madd(w5, x3, c53);
      }
    }
  }
  // a block is summed separately: the error grows with its length, not with that of the whole sum
  if (!first) {
    c00 = f32x4.add(v128.load(c), c00);
    c01 = f32x4.add(v128.load(c, 16), c01);
    c02 = f32x4.add(v128.load(c, 32), c02);
    c03 = f32x4.add(v128.load(c, 48), c03);
    c10 = f32x4.add(v128.load(r1), c10);
    c11 = f32x4.add(v128.load(r1, 16), c11);
    c12 = f32x4.add(v128.load(r1, 32), c12);
    c13 = f32x4.add(v128.load(r1, 48), c13);
    c20 = f32x4.add(v128.load(r2), c20);
    c21 = f32x4.add(v128.load(r2, 16), c21);
    c22 = f32x4.add(v128.load(r2, 32), c22);
    c23 = f32x4.add(v128.load(r2, 48), c23);
    c30 = f32x4.add(v128.load(r3), c30);
    c31 = f32x4.add(v128.load(r3, 16), c31);
    c32 = f32x4.add(v128.load(r3, 32), c32);
    c33 = f32x4.add(v128.load(r3, 48), c33);
    if (six) {
      c40 = f32x4.add(v128.load(r4), c40);
      c41 = f32x4.add(v128.load(r4, 16), c41);
      c42 = f32x4.add(v128.load(r4, 32), c42);
      c43 = f32x4.add(v128.load(r4, 48), c43);
      c50 = f32x4.add(v128.load(r5), c50);
      c51 = f32x4.add(v128.load(r5, 16), c51);
      c52 = f32x4.add(v128.load(r5, 32), c52);
      c53 = f32x4.add(v128.load(r5, 48), c53);
    }
  }
  v128.store(c, c00);
  v128.store(c, c01, 16);
  v128.store(c, c02, 32);
  v128.store(c, c03, 48);
  v128.store(r1, c10);
  v128.store(r1, c11, 16);
  v128.store(r1, c12, 32);
  v128.store(r1, c13, 48);
  v128.store(r2, c20);
  v128.store(r2, c21, 16);
  v128.store(r2, c22, 32);
  v128.store(r2, c23, 48);
  v128.store(r3, c30);
  v128.store(r3, c31, 16);
  v128.store(r3, c32, 32);
  v128.store(r3, c33, 48);
  if (six) {
    v128.store(r4, c40);
    v128.store(r4, c41, 16);
    v128.store(r4, c42, 32);
    v128.store(r4, c43, 48);
    v128.store(r5, c50);
    v128.store(r5, c51, 16);
    v128.store(r5, c52, 32);
    v128.store(r5, c53, 48);
  }
}
