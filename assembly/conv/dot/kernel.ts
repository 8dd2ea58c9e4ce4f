import { finish } from "../../epilogue";
import { floats } from "../../floats";
import { Conv } from "../../params";
import { tilesOf } from "../../quotient";
import { madd } from "../../simd";
import { DOT_FILTERS } from "./layout";

/**
 * Outputs of one pixel whose window is the whole image: each is one dot product of two runs of floats, a filter and the
 * input, read once and not packed: `weights` are in torch's order.
 *
 * Items are images x groups x fours of filters. Those of a group are computed in a row and all outputs finished at once: an
 * item of a short sum takes only 20 ns.
 */
export function convDot(conv: Conv, begin: i32, end: i32): void {
  const filters = conv.filters;
  const fours: i32 = tilesOf(filters, DOT_FILTERS);
  let plane = begin / fours;
  let four = begin - plane * fours;
  let group = plane % conv.groups;
  const first = conv.output + floats(plane * filters + four * DOT_FILTERS);
  let to = first;
  while (begin < end) {
    const count = min(end - begin, fours - four);
    const filter = four * DOT_FILTERS;
    to = dotFilters(conv, plane, group, filter, min(filter + count * DOT_FILTERS, filters), to);
    begin += count;
    four = 0;
    ++plane;
    if (++group == conv.groups) group = 0;
  }
  finish(conv, first, 0, 1, <i32>((to - first) >> 2));
}

/** Filters [filter, end) of a group of an image; the groups are numbered through all images in `plane`. Returns the end of the outputs. */
function dotFilters(conv: Conv, plane: i32, group: i32, filter: i32, end: i32, to: usize): usize {
  const depth = conv.depth;
  const depthBytes = floats(depth);
  const input = conv.input + <usize>plane * depthBytes;
  const index = group * conv.filters + filter;
  let weights = conv.weights + <usize>index * depthBytes;
  let bias: usize = conv.bias ? conv.bias + floats(index) : 0;
  for (; filter + DOT_FILTERS <= end; filter += DOT_FILTERS) {
    dot4(depth, input, weights, depthBytes, to);
    if (bias) {
      addBias(bias, DOT_FILTERS, to);
      bias += floats(DOT_FILTERS);
    }
    weights += DOT_FILTERS * depthBytes;
    to += floats(DOT_FILTERS);
  }
  for (; filter < end; ++filter) {
    dot1(depth, input, weights, to);
    if (bias) {
      addBias(bias, 1, to);
      bias += 4;
    }
    weights += depthBytes;
    to += 4;
  }
  return to;
}

function addBias(bias: usize, count: i32, to: usize): void {
  for (let at: usize = 0, end = floats(count); at < end; at += 4)
    store<f32>(to + at, load<f32>(to + at) + load<f32>(bias + at));
}

// @ts-ignore: decorator
@inline
function sum(v: v128): f32 {
  const pairs = f32x4.add(v, v128.shuffle<f32>(v, v, 2, 3, 0, 1));
  return f32x4.extract_lane(pairs, 0) + f32x4.extract_lane(pairs, 1);
}

function dot4(depth: i32, x: usize, w0: usize, rowBytes: usize, to: usize): void {
  let a0 = f32x4.splat(0);
  let a1 = f32x4.splat(0);
  let b0 = f32x4.splat(0);
  let b1 = f32x4.splat(0);
  let c0 = f32x4.splat(0);
  let c1 = f32x4.splat(0);
  let d0 = f32x4.splat(0);
  let d1 = f32x4.splat(0);
  for (; depth >= 8; depth -= 8) {
    const w1 = w0 + rowBytes;
    const w2 = w1 + rowBytes;
    const w3 = w2 + rowBytes;
    const x0 = v128.load(x);
    const x1 = v128.load(x, 16);
    a0 = madd(v128.load(w0), x0, a0);
    a1 = madd(v128.load(w0, 16), x1, a1);
    b0 = madd(v128.load(w1), x0, b0);
    b1 = madd(v128.load(w1, 16), x1, b1);
    c0 = madd(v128.load(w2), x0, c0);
    c1 = madd(v128.load(w2, 16), x1, c1);
    d0 = madd(v128.load(w3), x0, d0);
    d1 = madd(v128.load(w3, 16), x1, d1);
    x += 32;
    w0 += 32;
  }
  store<f32>(to, sum(f32x4.add(a0, a1)) + dotTail(depth, x, w0));
  store<f32>(to, sum(f32x4.add(b0, b1)) + dotTail(depth, x, w0 + rowBytes), 4);
  store<f32>(to, sum(f32x4.add(c0, c1)) + dotTail(depth, x, w0 + 2 * rowBytes), 8);
  store<f32>(to, sum(f32x4.add(d0, d1)) + dotTail(depth, x, w0 + 3 * rowBytes), 12);
}

function dot1(depth: i32, x: usize, w: usize, to: usize): void {
  let a = f32x4.splat(0);
  for (; depth >= 4; depth -= 4) {
    a = madd(v128.load(w), v128.load(x), a);
    x += 16;
    w += 16;
  }
  store<f32>(to, sum(a) + dotTail(depth, x, w));
}

function dotTail(depth: i32, x: usize, w: usize): f32 {
  let sum: f32 = 0;
  for (; depth > 0; --depth) {
    sum += load<f32>(x) * load<f32>(w);
    x += 4;
    w += 4;
  }
  return sum;
}
