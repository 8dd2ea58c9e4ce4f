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
   * Axes of one element are left out and those that run on are merged; if a matrix is transposed, its two axes are the
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

/** Runs of fewer elements than this are copied faster here than by a call out of the module. */
// @ts-ignore: decorator
@inline
const LONG_RUN: i32 = 64;

/** Columns of a matrix that is transposed, copied side by side so that each cache line is written at once. */
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
  // one axis is a matrix of one column
  const first = axes + <usize>max(rank - 2, 0) * AXIS_BYTES;
  const last = first + AXIS_BYTES;
  const rows = load<i32>(first);
  const fromStep = load<i32>(first, 4);
  const toStep = load<i32>(first, 8);
  const columns = rank == 1 ? 1 : load<i32>(last);
  const fromInner = rank == 1 ? 0 : load<i32>(last, 4);
  const toInner = rank == 1 ? 0 : load<i32>(last, 8);
  if (rank < 3) {
    const block = copyRows(columns);
    const row = begin * block;
    from += row * fromStep;
    to += row * toStep;
    const count = min((end - begin) * block, rows - row);
    if (rank == 1) copyRow(from, fromStep, to, toStep, count, size);
    else copyMatrix(from, fromStep, fromInner, to, toStep, toInner, count, columns, size);
    return;
  }
  const outer = first - AXIS_BYTES;
  const length = load<i32>(outer);
  const fromOuter = load<i32>(outer, 4);
  const toOuter = load<i32>(outer, 8);
  for (let item = begin; item < end;) {
    let rest = item / length;
    let position = item - rest * length;
    let source = from + position * fromOuter;
    let target = to + position * toOuter;
    for (let axis = outer - AXIS_BYTES; rest > 0; axis -= AXIS_BYTES) {
      const next = rest / load<i32>(axis);
      const index = rest - next * load<i32>(axis);
      source += index * load<i32>(axis, 4);
      target += index * load<i32>(axis, 8);
      rest = next;
    }
    for (; position < length && item < end; ++position, ++item, source += fromOuter, target += toOuter) {
      copyMatrix(source, fromStep, fromInner, target, toStep, toInner, rows, columns, size);
    }
  }
}

function copyMatrix(
  from: usize,
  fromStep: i32,
  fromInner: i32,
  to: usize,
  toStep: i32,
  toInner: i32,
  rows: i32,
  columns: i32,
  size: i32,
): void {
  if (fromStep != size || toInner != size || fromInner == size) {
    for (; rows > 0; --rows, from += fromStep, to += toStep) copyRow(from, fromInner, to, toInner, columns, size);
  } else if (size != 4) {
    for (let left = 0; left < columns; left += STRIP, from += STRIP * fromInner, to += STRIP * size) {
      const count = min(STRIP, columns - left);
      for (let i = 0; i < rows; ++i) copyElements(from + i * size, fromInner, to + i * toStep, size, count, size);
    }
  } else if (columns == 2 && toStep == 8) zip(from, fromInner, to, rows);
  else copyTurned(from, fromInner, to, toStep, rows, columns);
}

// @ts-ignore: decorator
@inline
function copyRow(from: usize, fromStep: usize, to: usize, toStep: usize, count: i32, size: i32): void {
  if (size == 4) copyFloats(from, fromStep, to, toStep, count);
  else copyElements(from, fromStep, to, toStep, count, size);
}

/** Elements of another size than four bytes. */
function copyElements(from: usize, fromStep: usize, to: usize, toStep: usize, count: i32, size: i32): void {
  if (fromStep == size && toStep == size && count >= LONG_RUN) {
    memory.copy(to, from, <usize>count * size);
    return;
  }
  for (; count > 0; --count, from += fromStep, to += toStep) {
    if (size == 1) store<u8>(to, load<u8>(from));
    else if (size == 2) store<u16>(to, load<u16>(from));
    else if (size == 8) store<u64>(to, load<u64>(from));
    else unreachable();
  }
}

function copyFloats(from: usize, fromStep: usize, to: usize, toStep: usize, count: i32): void {
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
      // eight floats are read for four of them, and the last may be the end of the memory
      for (; count > 4; count -= 4, from += 32, to += 16) {
        v128.store(to, v128.shuffle<f32>(v128.load(from), v128.load(from, 16), 0, 2, 4, 6));
      }
    }
  }
  for (; count > 0; --count, from += fromStep, to += toStep) store<f32>(to, load<f32>(from));
}

/** Two rows `pitch` bytes apart, interleaved: a0 a1 ..., b0 b1 ... become a0 b0 a1 b1 ... */
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
 * Transposes a matrix: `columns` rows of the source, `pitch` bytes apart, become columns of `rows` rows, `toPitch` apart, in tiles
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
    copyFloats(from + <usize>column * pitch, 4, to + ((<usize>column) << 2), toPitch, wholeRows);
  }
  for (let row = wholeRows; row < rows; ++row) {
    copyFloats(from + ((<usize>row) << 2), pitch, to + <usize>row * toPitch, 4, columns);
  }
}
