import { storeTransposed } from "../simd";

// @ts-ignore: decorator
@inline
const AXIS_BYTES: usize = 12;

/** Runs of fewer floats than this are faster copied here than by a call out of the module. */
// @ts-ignore: decorator
@inline
const LONG_RUN: i32 = 64;

/**
 * Copies elements between places at regular distances. `axes` has an entry for each of `rank` axes, the outermost first:
 *
 *   count i32 | from i32 | to i32        bytes from one element to the next; 0 repeats, negative runs backwards
 *
 * The caller has left out axes of one element and merged those that run on, and where a matrix is turned round, its two
 * axes are the last.
 */
export function copyStrided(from: usize, to: usize, axes: usize, rank: i32): void {
  const count = load<i32>(axes);
  const fromStep = <usize>load<i32>(axes, 4);
  const toStep = <usize>load<i32>(axes, 8);
  if (rank == 1) {
    copyRow(from, fromStep, to, toStep, count);
    return;
  }
  const inner = axes + AXIS_BYTES;
  if (rank == 2) {
    const columns = load<i32>(inner);
    const fromInner = <usize>load<i32>(inner, 4);
    const toInner = <usize>load<i32>(inner, 8);
    if (fromStep == 4 && toInner == 4 && fromInner != 4) {
      if (columns == 2 && toStep == 8) zip(from, fromInner, to, count);
      else copyTurned(from, fromInner, to, toStep, count, columns);
    } else {
      for (let i = 0; i < count; ++i, from += fromStep, to += toStep) copyRow(from, fromInner, to, toInner, columns);
    }
    return;
  }
  for (let i = 0; i < count; ++i, from += fromStep, to += toStep) copyStrided(from, to, inner, rank - 1);
}

function copyRow(from: usize, fromStep: usize, to: usize, toStep: usize, count: i32): void {
  if (toStep == 4) {
    if (fromStep == 4) {
      if (count >= LONG_RUN) {
        memory.copy(to, from, (<usize>count) << 2);
        return;
      }
      for (; count >= 4; count -= 4, from += 16, to += 16) v128.store(to, v128.load(from));
    } else if (fromStep == 0) {
      const value = v128.load32_splat(from);
      for (; count >= 4; count -= 4, to += 16) v128.store(to, value);
    } else if (fromStep == 8) {
      // eight floats are read for four of them: the last may be the last of the memory
      for (; count > 4; count -= 4, from += 32, to += 16) {
        v128.store(to, v128.shuffle<f32>(v128.load(from), v128.load(from, 16), 0, 2, 4, 6));
      }
    }
  }
  for (; count > 0; --count, from += fromStep, to += toStep) store<f32>(to, load<f32>(from));
}

/** Two rows `pitch` bytes apart, by turns: a0 a1 ..., b0 b1 ... become a0 b0 a1 b1 ... */
function zip(from: usize, pitch: usize, to: usize, count: i32): void {
  for (; count >= 4; count -= 4, from += 16, to += 32) {
    const a = v128.load(from);
    const b = v128.load(from + pitch);
    v128.store(to, v128.shuffle<f32>(a, b, 0, 4, 1, 5));
    v128.store(to, v128.shuffle<f32>(a, b, 2, 6, 3, 7), 16);
  }
  for (; count > 0; --count, from += 4, to += 8) {
    store<f32>(to, load<f32>(from));
    store<f32>(to, load<f32>(from + pitch), 4);
  }
}

/**
 * Turns a matrix: `columns` rows of the source, `pitch` bytes apart, become columns of `rows` rows, `toPitch` apart. Sixteen
 * columns at a time, so that each cache line is written at once, in tiles of 4x4.
 */
function copyTurned(from: usize, pitch: usize, to: usize, toPitch: usize, rows: i32, columns: i32): void {
  const wholeRows = rows & ~3;
  const wholeColumns = columns & ~3;
  for (let left = 0; left < wholeColumns; left += 16) {
    const right = min(left + 16, wholeColumns);
    for (let row = 0; row < wholeRows; row += 4) {
      let source = from + ((<usize>row) << 2) + <usize>left * pitch;
      let target = to + <usize>row * toPitch + ((<usize>left) << 2);
      for (let column = left; column < right; column += 4, source += 4 * pitch, target += 16) {
        const v0 = v128.load(source);
        const v1 = v128.load(source + pitch);
        const v2 = v128.load(source + 2 * pitch);
        const v3 = v128.load(source + 3 * pitch);
        storeTransposed(v0, v1, v2, v3, target, toPitch);
      }
    }
  }
  for (let column = wholeColumns; column < columns; ++column) {
    copyRow(from + <usize>column * pitch, 4, to + ((<usize>column) << 2), toPitch, wholeRows);
  }
  for (let row = wholeRows; row < rows; ++row) {
    copyRow(from + ((<usize>row) << 2), pitch, to + <usize>row * toPitch, 4, columns);
  }
}
