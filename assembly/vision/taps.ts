/*
 * Outputs as weighted sums of a few elements of a plane, the same ones in every channel: a list of them is made once for all
 * channels. An entry:
 *
 *   byte offset in the plane i32 | weight f32
 */

// @ts-ignore: decorator
@inline
export const TAP_BYTES: usize = 8;

/** Writes an entry; returns the place of the next. */
// @ts-ignore: decorator
@inline
export function putTap(at: usize, element: i32, weight: f32): usize {
  store<i32>(at, element << 2);
  store<f32>(at, weight, 4);
  return at + TAP_BYTES;
}

/** The sum of `count` entries, and `sum`. */
// @ts-ignore: decorator
@inline
export function sumOfTaps(plane: usize, taps: usize, count: i32, sum: f32): f32 {
  for (; count >= 4; count -= 4, taps += 4 * TAP_BYTES) {
    let four = v128.load32_zero(plane + <usize>load<u32>(taps));
    four = v128.load32_lane(plane + <usize>load<u32>(taps, 8), four, 1);
    four = v128.load32_lane(plane + <usize>load<u32>(taps, 16), four, 2);
    four = v128.load32_lane(plane + <usize>load<u32>(taps, 24), four, 3);
    const weights = v128.shuffle<f32>(v128.load(taps), v128.load(taps, 16), 1, 3, 5, 7);
    four = f32x4.mul(four, weights);
    four = f32x4.add(four, v128.shuffle<f32>(four, four, 2, 3, 0, 1));
    sum += f32x4.extract_lane(four, 0) + f32x4.extract_lane(four, 1);
  }
  for (; count > 0; --count, taps += TAP_BYTES) {
    sum += load<f32>(plane + <usize>load<u32>(taps)) * load<f32>(taps, 4);
  }
  return sum;
}

/** The greatest product of an entry's element and weight, and `most`. */
// @ts-ignore: decorator
@inline
export function mostOfTaps(plane: usize, taps: usize, count: i32, most: f32): f32 {
  for (; count > 0; --count, taps += TAP_BYTES) {
    most = max(most, load<f32>(plane + <usize>load<u32>(taps)) * load<f32>(taps, 4));
  }
  return most;
}
