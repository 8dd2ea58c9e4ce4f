import { limited } from "../finish";

/** The argument of {@link softmaxBytes}. */
@unmanaged
export class ByteSoftmax {
  /** (rows, count), bytes */
  from: usize;
  to: usize;
  /** f32[256]: e to the power of each byte, the largest byte's last */
  table: usize;
  count: i32;
  /** the inverse of the result's scale, a whole number */
  scale: f32;
  zero: i32;
  signed: i32;
}

/**
 * Softmax of rows by a table, which is moved so that the largest byte of a row is the last one. Items are rows.
 */
export function softmaxBytes(params: ByteSoftmax, begin: i32, end: i32): void {
  const flip = params.signed ? 0x80 : 0;
  const count = params.count;
  const least = params.signed ? -128 : 0;
  for (let item = begin; item < end; ++item) {
    const from = params.from + <usize>item * count;
    const to = params.to + <usize>item * count;
    let most = 0;
    for (let i = 0; i < count; ++i) most = max(most, (<i32>load<u8>(from + <usize>i)) ^ flip);
    const table = params.table + ((<usize>(255 - most)) << 2);
    let sum: f32 = 0;
    for (let i = 0; i < count; ++i) sum += load<f32>(table + ((<usize>((<i32>load<u8>(from + <usize>i)) ^ flip)) << 2));
    for (let i = 0; i < count; ++i) {
      const value = load<f32>(table + ((<usize>((<i32>load<u8>(from + <usize>i)) ^ flip)) << 2));
      store<u8>(to + <usize>i, limited(nearest<f32>((value * params.scale) / sum) + <f32>params.zero, least));
    }
  }
}
