/** The larger one, or the first if the second is NaN: max would keep NaN, with seven instructions instead of one. */
export class Most {

  @inline of(a: v128, b: v128): v128 {
    return f32x4.pmax(a, b);
  }
}

/** The smaller one, or the first if the second is NaN. */
export class Least {

  @inline of(a: v128, b: v128): v128 {
    return f32x4.pmin(a, b);
  }
}

/** NaN if any number of the row is. */
export function extremeOf<E>(from: usize, count: i32): f32 {
  const e = changetype<E>(0);
  let even = v128.load32_splat(from);
  let odd = even;
  let lost = f32x4.ne(even, even);
  for (; count >= 8; count -= 8, from += 32) {
    const first = v128.load(from);
    const second = v128.load(from, 16);
    even = e.of(even, first);
    odd = e.of(odd, second);
    lost = v128.or(lost, v128.or(f32x4.ne(first, first), f32x4.ne(second, second)));
  }
  for (; count > 0; --count, from += 4) {
    const x = v128.load32_splat(from);
    even = e.of(even, x);
    lost = v128.or(lost, f32x4.ne(x, x));
  }
  if (v128.any_true(lost)) return NaN;
  const pairs = e.of(even, odd);
  const halves = e.of(pairs, v128.shuffle<f32>(pairs, pairs, 2, 3, 0, 1));
  return f32x4.extract_lane(e.of(halves, v128.shuffle<f32>(halves, halves, 1, 0, 3, 2)), 0);
}

/** As extremeOf, of four columns. */
// @ts-ignore: decorator
@inline
export function extremesOf<E, C>(from: usize, count: i32, pitch: usize): v128 {
  const e = changetype<E>(0);
  const c = changetype<C>(0);
  let extreme = c.load(from);
  let lost = f32x4.ne(extreme, extreme);
  for (; count > 1; --count) {
    const x = c.load((from += pitch));
    extreme = e.of(extreme, x);
    lost = v128.or(lost, f32x4.ne(x, x));
  }
  // all bits set is a NaN
  return v128.or(extreme, lost);
}
