import { BLOCK, blocksOf } from "../../ops/blocks";

/** The argument of {@link select}. */
@unmanaged
export class Select {
  /** bytes, 0 or 1 */
  condition: usize;
  a: usize;
  b: usize;
  to: usize;
  /**
   * An entry for each axis of the result, the outermost first:
   *
   *   count i32 | condition i32 | a i32 | b i32        bytes between elements; 0 repeats
   *
   * Axes that run on are merged.
   */
  axes: usize;
  rank: i32;
  /** bytes of an element of a, b and the result: 1, 2, 4 or 8 */
  size: i32;
}

// @ts-ignore: decorator
@inline
const ENTRY: usize = 16;

/**
 * The element of a where the condition holds, else that of b. Items are the rows of the innermost axis or, if these are
 * longer, their blocks of BLOCK elements.
 */
export function select(params: Select, begin: i32, end: i32): void {
  switch (params.size) {
    case 1:
      return selectBy<u8>(params, begin, end);
    case 2:
      return selectBy<u16>(params, begin, end);
    case 4:
      return selectBy<u32>(params, begin, end);
    case 8:
      return selectBy<u64>(params, begin, end);
    default:
      unreachable();
  }
}

function selectBy<T>(params: Select, begin: i32, end: i32): void {
  const inner = params.axes + <usize>(params.rank - 1) * ENTRY;
  const count = load<i32>(inner);
  const blocks = blocksOf(count);
  for (let item = begin; item < end; ++item) {
    const row = item / blocks;
    const first = (item - row * blocks) * BLOCK;
    let condition = params.condition + <usize>(first * load<i32>(inner, 4));
    let a = params.a + <usize>(first * load<i32>(inner, 8));
    let b = params.b + <usize>(first * load<i32>(inner, 12));
    let rest = row;
    for (let axis = inner - ENTRY; rest > 0; axis -= ENTRY) {
      const length = load<i32>(axis);
      const next = rest / length;
      const at = rest - next * length;
      condition += <usize>(at * load<i32>(axis, 4));
      a += <usize>(at * load<i32>(axis, 8));
      b += <usize>(at * load<i32>(axis, 12));
      rest = next;
    }
    const to = params.to + <usize>(row * count + first) * sizeof<T>();
    const length = min(count - first, BLOCK);
    selectRow<T>(condition, load<i32>(inner, 4), a, load<i32>(inner, 8), b, load<i32>(inner, 12), to, length);
  }
}

function selectRow<T>(
  condition: usize,
  conditionStep: usize,
  a: usize,
  aStep: usize,
  b: usize,
  bStep: usize,
  to: usize,
  count: i32,
): void {
  if (conditionStep == 0) {
    const isA = load<u8>(condition) != 0;
    const step = isA ? aStep : bStep;
    const from = isA ? a : b;
    if (step != 0) {
      memory.copy(to, from, <usize>count * sizeof<T>());
      return;
    }
  }
  const lanes = <i32>(16 / sizeof<T>());
  if (sizeof<T>() != 2 && conditionStep != 0 && count >= lanes) {
    let x = v128.splat<T>(load<T>(a));
    let y = v128.splat<T>(load<T>(b));
    const aBytes = aStep == 0 ? 0 : 16;
    const bBytes = bStep == 0 ? 0 : 16;
    for (; count >= lanes; count -= lanes, condition += lanes, a += aBytes, b += bBytes, to += 16) {
      if (aBytes) x = v128.load(a);
      if (bBytes) y = v128.load(b);
      v128.store(to, v128.bitselect(x, y, maskAt<T>(condition)));
    }
  }
  for (; count > 0; --count, condition += conditionStep, a += aStep, b += bStep, to += sizeof<T>()) {
    const x = load<T>(a);
    const y = load<T>(b);
    store<T>(to, load<u8>(condition) != 0 ? x : y);
  }
}

/** All bits of an element for each byte that is not 0. */
// @ts-ignore: decorator
@inline
function maskAt<T>(condition: usize): v128 {
  if (sizeof<T>() == 1) return i8x16.ne(v128.load(condition), i8x16.splat(0));
  if (sizeof<T>() == 4) {
    const bytes = i16x8.extend_low_i8x16_u(v128.load32_zero(condition));
    return i32x4.ne(i32x4.extend_low_i16x8_u(bytes), i32x4.splat(0));
  }
  const pair = i64x2.replace_lane(i64x2.splat(load<u8>(condition)), 1, load<u8>(condition, 1));
  return i64x2.ne(pair, i64x2.splat(0));
}
