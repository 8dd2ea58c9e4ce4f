/** Where a strided output is computed phase by phase, these put the phases' rows together. */

/**
 * Rows of `width` floats from rows of their even and of their odd columns, `rowBytes` apart in the output:
 *
 *   e0 e1 e2 ..., o0 o1 ...   become   e0 o0 e1 o1 e2 ...
 */
export function zipRows(even: usize, odd: usize, rows: i32, width: i32, to: usize, rowBytes: usize): void {
  const evens = (width + 1) >> 1;
  const odds = width >> 1;
  for (; rows > 0; --rows, to += rowBytes) {
    let at = to;
    let i = 0;
    for (; i + 4 <= odds; i += 4, at += 32) {
      const e = v128.load(even + ((<usize>i) << 2));
      const o = v128.load(odd + ((<usize>i) << 2));
      v128.store(at, v128.shuffle<f32>(e, o, 0, 4, 1, 5));
      v128.store(at, v128.shuffle<f32>(e, o, 2, 6, 3, 7), 16);
    }
    for (; i < odds; ++i, at += 8) {
      store<f32>(at, load<f32>(even + ((<usize>i) << 2)));
      store<f32>(at, load<f32>(odd + ((<usize>i) << 2)), 4);
    }
    if (i < evens) store<f32>(at, load<f32>(even + ((<usize>i) << 2)));
    even += (<usize>evens) << 2;
    odd += (<usize>odds) << 2;
  }
}

/** Rows of `width` floats, each `step` bytes from the next in the output, whose rows are `rowBytes` apart. */
export function spreadRows(from: usize, rows: i32, width: i32, to: usize, step: usize, rowBytes: usize): void {
  for (; rows > 0; --rows, to += rowBytes) {
    let at = to;
    for (let i = 0; i < width; ++i, at += step, from += 4) store<f32>(at, load<f32>(from));
  }
}
