import { Conv } from "../params";

/**
 * Rows of the padded image, laid out so that every tap of every stride reads adjacent floats:
 *
 *   padded row      p0 p1 p2 p3 p4 p5 ...
 *   stored, stride 2  p0 p2 p4 ... | p1 p3 p5 ...     (a phase for each remainder of the column)
 *
 * Tap s of output column x then lies at phase (s * dilation) % stride, position x + (s * dilation) / stride.
 */

/** Byte offset of kernel column `column` within a stored row. */
export function tapOffset(conv: Conv, column: i32, phaseBytes: usize): usize {
  const shift = column * conv.dilationWidth;
  const whole = shift / conv.strideWidth;
  return <usize>(shift - whole * conv.strideWidth) * phaseBytes + (<usize>whole << 2);
}

/** Columns of the padded image that the outputs read. */
// @ts-ignore: decorator
@inline
function paddedWidth(conv: Conv): i32 {
  return (conv.outWidth - 1) * conv.strideWidth + (conv.kernelWidth - 1) * conv.dilationWidth + 1;
}

/** Stores padded row `row` of the plane at `plane`. */
export function storeRow(conv: Conv, plane: usize, row: i32, phaseBytes: usize, to: usize): void {
  const stride = conv.strideWidth;
  const source = load<i32>(conv.rows + (row << 2));
  for (let phase = 0; phase < stride; ++phase) {
    const count = (paddedWidth(conv) - phase + stride - 1) / stride;
    if (source < 0) memory.fill(to, 0, <usize>max(count, 0) << 2);
    else storePhase(conv, plane + ((<usize>source * conv.width) << 2), phase, count, to);
    to += phaseBytes;
  }
}

function storePhase(conv: Conv, from: usize, phase: i32, count: i32, to: usize): void {
  const stride = conv.strideWidth;
  // positions [begin, end) hold the image itself, those around them its padding
  const begin = min(max((conv.padLeft - phase + stride - 1) / stride, 0), max(count, 0));
  const end = min(max((conv.padLeft + conv.width - phase + stride - 1) / stride, begin), max(count, begin));
  storePadding(conv, from, phase, 0, begin, to);
  const image = from + (<usize>(begin * stride + phase - conv.padLeft) << 2);
  const inside = to + (<usize>begin << 2);
  if (stride == 1) memory.copy(inside, image, <usize>(end - begin) << 2);
  else if (stride == 2) copyEven(image, end - begin, inside);
  else copyStrided(image, <usize>stride << 2, end - begin, inside);
  storePadding(conv, from, phase, end, count, to);
}

function storePadding(conv: Conv, from: usize, phase: i32, begin: i32, end: i32, to: usize): void {
  for (let i = begin; i < end; ++i) {
    const column = load<i32>(conv.cols + ((i * conv.strideWidth + phase) << 2));
    store<f32>(to + (<usize>i << 2), column < 0 ? 0 : load<f32>(from + (<usize>column << 2)));
  }
}

function copyEven(from: usize, count: i32, to: usize): void {
  // the last vector would read the float behind the last even one
  for (; count > 4; count -= 4) {
    v128.store(to, v128.shuffle<f32>(v128.load(from), v128.load(from, 16), 0, 2, 4, 6));
    from += 32;
    to += 16;
  }
  copyStrided(from, 8, count, to);
}

function copyStrided(from: usize, strideBytes: usize, count: i32, to: usize): void {
  for (; count > 0; --count) {
    store<f32>(to, load<f32>(from));
    from += strideBytes;
    to += 4;
  }
}
