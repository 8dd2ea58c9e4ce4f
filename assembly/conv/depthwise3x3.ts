import { Conv } from "../params";
import { madd } from "../simd";

/**
 * Four output rows of a 3x3 depthwise filter, four columns at a time, all nine weights in registers. At stride 1 the
 * rows share their loads: six rows of three serve 36 products. At stride 2 the stored planes p (even rows) and q (odd)
 * are shared in the same way. Returns false where neither applies.
 */
export function depthwise3x3(conv: Conv, w: usize, x: usize, pitch: usize, offsets: usize, c: usize): bool {
  if ((conv.dilationHeight | conv.dilationWidth) != 1) return false;
  const rowBytes = (<usize>conv.outWidth) << 2;
  if ((conv.strideHeight | conv.strideWidth) == 1) {
    rows4(w, x, pitch, c, rowBytes);
    return true;
  }
  if (conv.strideHeight == 2 && conv.strideWidth == 2) {
    rows4stride2(w, x, load<u32>(offsets, 4), load<u32>(offsets, 12), load<u32>(offsets, 16), pitch, c, rowBytes);
    return true;
  }
  return false;
}

/** Byte offset of the next four columns: the last four are moved back into the row. */
// @ts-ignore: decorator
@inline
function advance(at: usize, rowBytes: usize): usize {
  return at + 16 == rowBytes ? rowBytes : min(at + 16, rowBytes - 16);
}

function rows4(w: usize, x: usize, pitch: usize, c: usize, rowBytes: usize): void {
  const bias = v128.load32_splat(w);
  const w00 = v128.load32_splat(w, 4);
  const w01 = v128.load32_splat(w, 8);
  const w02 = v128.load32_splat(w, 12);
  const w10 = v128.load32_splat(w, 16);
  const w11 = v128.load32_splat(w, 20);
  const w12 = v128.load32_splat(w, 24);
  const w20 = v128.load32_splat(w, 28);
  const w21 = v128.load32_splat(w, 32);
  const w22 = v128.load32_splat(w, 36);
  for (let at: usize = 0; at < rowBytes; at = advance(at, rowBytes)) {
    let from = x + at;
    let v = v128.load(from);
    let c0 = madd(w00, v, bias);
    v = v128.load(from, 4);
    c0 = madd(w01, v, c0);
    v = v128.load(from, 8);
    c0 = madd(w02, v, c0);
    from += pitch;
    v = v128.load(from);
    c0 = madd(w10, v, c0);
    let c1 = madd(w00, v, bias);
    v = v128.load(from, 4);
    c0 = madd(w11, v, c0);
    c1 = madd(w01, v, c1);
    v = v128.load(from, 8);
    c0 = madd(w12, v, c0);
    c1 = madd(w02, v, c1);
    from += pitch;
    v = v128.load(from);
    c0 = madd(w20, v, c0);
    c1 = madd(w10, v, c1);
    let c2 = madd(w00, v, bias);
    v = v128.load(from, 4);
    c0 = madd(w21, v, c0);
    c1 = madd(w11, v, c1);
    c2 = madd(w01, v, c2);
    v = v128.load(from, 8);
    c0 = madd(w22, v, c0);
    c1 = madd(w12, v, c1);
    c2 = madd(w02, v, c2);
    let to = c + at;
    v128.store(to, c0);
    from += pitch;
    v = v128.load(from);
    c1 = madd(w20, v, c1);
    c2 = madd(w10, v, c2);
    let c3 = madd(w00, v, bias);
    v = v128.load(from, 4);
    c1 = madd(w21, v, c1);
    c2 = madd(w11, v, c2);
    c3 = madd(w01, v, c3);
    v = v128.load(from, 8);
    c1 = madd(w22, v, c1);
    c2 = madd(w12, v, c2);
    c3 = madd(w02, v, c3);
    to += rowBytes;
    v128.store(to, c1);
    from += pitch;
    v = v128.load(from);
    c2 = madd(w20, v, c2);
    c3 = madd(w10, v, c3);
    v = v128.load(from, 4);
    c2 = madd(w21, v, c2);
    c3 = madd(w11, v, c3);
    v = v128.load(from, 8);
    c2 = madd(w22, v, c2);
    c3 = madd(w12, v, c3);
    to += rowBytes;
    v128.store(to, c2);
    from += pitch;
    c3 = madd(w20, v128.load(from), c3);
    c3 = madd(w21, v128.load(from, 4), c3);
    c3 = madd(w22, v128.load(from, 8), c3);
    v128.store(to + rowBytes, c3);
  }
}

function rows4stride2(
  w: usize,
  x: usize,
  odd: usize,
  lower: usize,
  lowerOdd: usize,
  pitch: usize,
  c: usize,
  rowBytes: usize,
): void {
  const bias = v128.load32_splat(w);
  const w00 = v128.load32_splat(w, 4);
  const w01 = v128.load32_splat(w, 8);
  const w02 = v128.load32_splat(w, 12);
  const w10 = v128.load32_splat(w, 16);
  const w11 = v128.load32_splat(w, 20);
  const w12 = v128.load32_splat(w, 24);
  const w20 = v128.load32_splat(w, 28);
  const w21 = v128.load32_splat(w, 32);
  const w22 = v128.load32_splat(w, 36);
  for (let at: usize = 0; at < rowBytes; at = advance(at, rowBytes)) {
    let p = x + at;
    let to = c + at;
    let sum = madd(w00, v128.load(p), bias);
    sum = madd(w01, v128.load(p + odd), sum);
    sum = madd(w02, v128.load(p, 4), sum);
    for (let row = 0; row < 4; ++row) {
      let q = p + lower;
      sum = madd(w10, v128.load(q), sum);
      sum = madd(w12, v128.load(q, 4), sum);
      sum = madd(w11, v128.load(p + lowerOdd), sum);
      p += pitch;
      let v = v128.load(p);
      sum = madd(w20, v, sum);
      let next = madd(w00, v, bias);
      v = v128.load(p + odd);
      sum = madd(w21, v, sum);
      next = madd(w01, v, next);
      v = v128.load(p, 4);
      sum = madd(w22, v, sum);
      next = madd(w02, v, next);
      v128.store(to, sum);
      to += rowBytes;
      sum = next;
    }
  }
}
