/** The argument of {@link scatterAdd}. */
@unmanaged
export class ScatterAdd {
  /** the first element */
  from: usize;
  to: usize;
  /**
   * An entry for each of `rank` axes, the outermost first, which are at least two:
   *
   *   count i32 | from i32 | to i32        bytes from one element to the next; 0 repeats, negative runs backwards
   */
  axes: usize;
  rank: i32;
}

// @ts-ignore: decorator
@inline
const AXIS_BYTES: usize = 12;

/**
 * Adds elements at regular distances to those at other regular distances, where several may meet. Items are positions of the
 * outermost axis; if those of different positions could meet, it has only one.
 */
export function scatterAdd(params: ScatterAdd, begin: i32, end: i32): void {
  const axes = params.axes;
  const fromStep = load<i32>(axes, 4);
  const toStep = load<i32>(axes, 8);
  for (let item = begin; item < end; ++item) {
    walk(axes + AXIS_BYTES, params.rank - 1, params.from + item * fromStep, params.to + item * toStep);
  }
}

function walk(axes: usize, rank: i32, from: usize, to: usize): void {
  const count = load<i32>(axes);
  const fromStep = load<i32>(axes, 4);
  const toStep = load<i32>(axes, 8);
  if (rank == 1) {
    addRow(from, fromStep, to, toStep, count);
    return;
  }
  for (let i = 0; i < count; ++i, from += fromStep, to += toStep) walk(axes + AXIS_BYTES, rank - 1, from, to);
}

function addRow(from: usize, fromStep: i32, to: usize, toStep: i32, count: i32): void {
  if (fromStep == 4 && toStep == 4) {
    for (; count >= 4; count -= 4, from += 16, to += 16) {
      v128.store(to, f32x4.add(v128.load(to), v128.load(from)));
    }
  }
  if (fromStep == 0 && toStep == 4) {
    const value = v128.load32_splat(from);
    for (; count >= 4; count -= 4, to += 16) v128.store(to, f32x4.add(v128.load(to), value));
  }
  for (; count > 0; --count, from += fromStep, to += toStep) store<f32>(to, load<f32>(to) + load<f32>(from));
}
