import { storeTransposed } from "../../simd";
import { copyRows } from "./layout";

/** The argument of {@link copy}. */
@unmanaged
export class Copy {
  /** the first element */
  from: usize;
  to: usize;
  /**
   * An entry for each of `rank` axes, the outermost first:
   *
   *   count i32 | from i32 | to i32        bytes from one element to the next; 0 repeats, negative runs backwards
   *
   * Axes of one element are left out and those that run on are merged, and where a matrix is turned, its two axes are the
   * last.
   */
  axes: usize;
  rank: i32;
  /** bytes of an element: 1, 2, 4 or 8 */
  size: i32;
}

// @ts-ignore: decorator
@inline
const AXIS_BYTES: usize = 12;

/** Runs of fewer elements than this are faster copied here than by a call out of the module. */
// @ts-ignore: decorator
@inline
const LONG_RUN: i32 = 64;

/** Columns of a matrix that is turned, copied side by side so that each cache line is written at once. */
// @ts-ignore: decorator
@inline
const STRIP: i32 = 16;

/**
 * Copies elements between places at regular distances. Items are positions of all axes but the last two; where there are no
 * others, blocks of the outermost, as layout.ts says.
 */
export function copy(params: Copy, begin: i32, end: i32): void {
  const axes = params.axes;
  const rank = params.rank;
  const size = params.size;
  let from = params.from;
  let to = params.to;
  if (rank < 3) {
    const rows = copyRows(rank == 2 ? load<i32>(axes + AXIS_BYTES) : 1);
    const first = begin * rows;
    from += first * load<i32>(axes, 4);
    to += first * load<i32>(axes, 8);
    copyMatrix(from, to, axes, rank, min((end - begin) * rows, load<i32>(axes) - first), size);
    return;
  }
  const inner = axes + <usize>(rank - 2) * AXIS_BYTES;
  const outer = inner - AXIS_BYTES;
  const length = load<i32>(outer);
  const fromStep = load<i32>(outer, 4);
  const toStep = load<i32>(outer, 8);
  const rows = load<i32>(inner);
  for (let item = begin; item < end;) {
    let rest = item / length;
    let position = item - rest * length;
    let source = from + position * fromStep;
    let target = to + position * toStep;
    for (let axis = outer - AXIS_BYTES; rest > 0; axis -= AXIS_BYTES) {
      const next = rest / load<i32>(axis);
      const index = rest - next * load<i32>(axis);
      source += index * load<i32>(axis, 4);
      target += index * load<i32>(axis, 8);
      rest = next;
    }
    for (; position < length && item < end; ++position, ++item, source += fromStep, target += toStep) {
      copyMatrix(source, target, inner, 2, rows, size);
    }
  }
}

/** Copies `rows` positions of the first of one or two axes. */
function copyMatrix(from: usize, to: usize, axes: usize, rank: i32, rows: i32, size: i32): void {
  switch (size) {
    case 1:
      return copyMatrixOf<u8>(from, to, axes, rank, rows);
    case 2:
      return copyMatrixOf<u16>(from, to, axes, rank, rows);
    case 4:
      return copyMatrixOf<f32>(from, to, axes, rank, rows);
    case 8:
      return copyMatrixOf<u64>(from, to, axes, rank, rows);
    default:
      unreachable();
  }
}

function copyMatrixOf<T>(from: usize, to: usize, axes: usize, rank: i32, rows: i32): void {
  const fromStep = load<i32>(axes, 4);
  const toStep = load<i32>(axes, 8);
  if (rank == 1) return copyRowOf<T>(from, fromStep, to, toStep, rows);
  const columns = load<i32>(axes + AXIS_BYTES);
  const fromInner = load<i32>(axes + AXIS_BYTES, 4);
  const toInner = load<i32>(axes + AXIS_BYTES, 8);
  const size = <i32>sizeof<T>();
  if (fromStep != size || toInner != size || fromInner == size) {
    for (let i = 0; i < rows; ++i, from += fromStep, to += toStep) {
      copyRowOf<T>(from, fromInner, to, toInner, columns);
    }
  } else if (isFloat<T>()) {
    if (columns == 2 && toStep == 8) zip(from, fromInner, to, rows);
    else copyTurned(from, fromInner, to, toStep, rows, columns);
  } else {
    for (let left = 0; left < columns; left += STRIP, from += STRIP * fromInner, to += STRIP * size) {
      const count = min(STRIP, columns - left);
      for (let i = 0; i < rows; ++i) copyRowOf<T>(from + i * size, fromInner, to + i * toStep, size, count);
    }
  }
}

function copyRowOf<T>(from: usize, fromStep: usize, to: usize, toStep: usize, count: i32): void {
  if (isFloat<T>()) return copyRow(from, fromStep, to, toStep, count);
  if (fromStep == sizeof<T>() && toStep == sizeof<T>() && count >= LONG_RUN) {
    memory.copy(to, from, <usize>count * sizeof<T>());
    return;
  }
  for (; count > 0; --count, from += fromStep, to += toStep) store<T>(to, load<T>(from));
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
 * Turns a matrix: `columns` rows of the source, `pitch` bytes apart, become columns of `rows` rows, `toPitch` apart, in tiles
 * of 4x4.
 */
function copyTurned(from: usize, pitch: usize, to: usize, toPitch: usize, rows: i32, columns: i32): void {
  const wholeRows = rows & ~3;
  const wholeColumns = columns & ~3;
  for (let left = 0; left < wholeColumns; left += STRIP) {
    const right = min(left + STRIP, wholeColumns);
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
