import * as Sampling from "../../codes/sampling";
import { scratchOf } from "../../ops/scratch";
import { putTap, sumOfTaps, TAP_BYTES } from "../taps";
import { ENTRIES, MOST_TAPS, POINTS } from "./layout";

/** The argument of {@link gridSample}. */
@unmanaged
export class GridSample {
  /** (batch, channels, depth, height, width) */
  from: usize;
  /** (batch, points, axes): places from -1 to 1, x first */
  grid: usize;
  /** (batch, channels, points) */
  to: usize;
  /**
   * While a block of points is computed:
   *
   *   elements of each axis i32[3][4] | their weights f32[3][4] | entries of each point i32[POINTS] | entries [POINTS][MOST_TAPS]
   */
  workspace: usize;
  channels: i32;
  /** 1 where there are two axes */
  depth: i32;
  height: i32;
  width: i32;
  points: i32;
  /** 2 or 3 */
  axes: i32;
  /** of codes/sampling.ts */
  mode: i32;
  padding: i32;
  /** 1: -1 and 1 are the centres of the first and the last element, 0: their outer edges */
  corners: i32;
}

// @ts-ignore: decorator
@inline
const WEIGHTS: usize = 48;
// @ts-ignore: decorator
@inline
const COUNTS: usize = 96;
// @ts-ignore: decorator
@inline
const POINT_BYTES: usize = <usize>MOST_TAPS * TAP_BYTES;

/**
 * Values of an image at any places: the nearest element, or weighted sums of those around.
 * Items are blocks of POINTS points of all images.
 */
export function gridSample(params: GridSample, begin: i32, end: i32): void {
  const points = params.points;
  const channels = params.channels;
  const blocks = (points + POINTS - 1) / POINTS;
  const plane = (<usize>params.depth * <usize>params.height * <usize>params.width) << 2;
  const row = (<usize>points) << 2;
  const lists = scratchOf(params.workspace);
  for (let item = begin; item < end; ++item) {
    const image = item / blocks;
    const first = (item - image * blocks) * POINTS;
    const count = min(points - first, POINTS);
    const places = params.grid + <usize>(image * points + first) * ((<usize>params.axes) << 2);
    for (let point = 0; point < count; ++point) {
      listPoint(params, places + <usize>point * ((<usize>params.axes) << 2), lists, point);
    }
    let from = params.from + <usize>(image * channels) * plane;
    let to = params.to + <usize>(image * channels) * row + ((<usize>first) << 2);
    for (let channel = 0; channel < channels; ++channel, from += plane, to += row) {
      let entries = lists + <usize>ENTRIES;
      for (let point: usize = 0; point < <usize>count; ++point, entries += POINT_BYTES) {
        const taps = load<i32>(lists + (point << 2), COUNTS);
        store<f32>(to + (point << 2), sumOfTaps(from, entries, taps, 0));
      }
    }
  }
}

/** Lists the elements around a point. */
function listPoint(params: GridSample, place: usize, lists: usize, point: i32): void {
  const width = params.width;
  const height = params.height;
  const across = listAxis(params, load<f32>(place), width, lists);
  const down = listAxis(params, load<f32>(place, 4), height, lists + 16);
  let deep = 1;
  if (params.axes == 3) deep = listAxis(params, load<f32>(place, 8), params.depth, lists + 32);
  else {
    store<i32>(lists, 0, 32);
    store<f32>(lists, 1, 32 + WEIGHTS);
  }
  const entries = lists + <usize>ENTRIES + <usize>point * POINT_BYTES;
  let at = entries;
  for (let k = 0; k < deep; ++k) {
    const z = load<i32>(lists + ((<usize>k) << 2), 32);
    const ofZ = load<f32>(lists + ((<usize>k) << 2), 32 + WEIGHTS);
    for (let j = 0; j < down; ++j) {
      const y = load<i32>(lists + ((<usize>j) << 2), 16);
      const ofY = load<f32>(lists + ((<usize>j) << 2), 16 + WEIGHTS);
      const line = (z * height + y) * width;
      const weight: f32 = ofZ * ofY;
      for (let i = 0; i < across; ++i) {
        const x = load<i32>(lists + ((<usize>i) << 2));
        // one that is outside has no place
        if ((x | y | z) < 0) continue;
        at = putTap(at, line + x, weight * load<f32>(lists + ((<usize>i) << 2), WEIGHTS));
      }
    }
  }
  store<i32>(lists + ((<usize>point) << 2), <i32>((at - entries) / TAP_BYTES), COUNTS);
}

/** Lists the elements of an axis around a place, -1 for one outside, and their weights; returns how many there are. */
function listAxis(params: GridSample, place: f32, length: i32, list: usize): i32 {
  const last = <f32>(length - 1);
  // the ends, beyond which is padding
  const low: f32 = params.corners ? 0 : -0.5;
  const high: f32 = params.corners ? last : last + 0.5;
  let x: f32 = params.corners ? (place + 1) * 0.5 * last : ((place + 1) * <f32>length - 1) * 0.5;
  if (params.mode == Sampling.NEAREST) x = nearest(x);
  if (params.padding == Sampling.REFLECTION && !(x >= low && x <= high)) x = reflected(x, low, high);
  // cubic weights are those of the place itself, even where all four elements are the last one
  if (params.padding == Sampling.BORDER && params.mode != Sampling.CUBIC) x = limited(x, last);
  if (params.mode == Sampling.NEAREST) {
    put(params, list, x, length, low, high, 1);
    return 1;
  }
  const below = floor(x);
  const t: f32 = x - below;
  if (params.mode == Sampling.LINEAR) {
    put(params, list, below, length, low, high, 1 - t);
    put(params, list + 4, below + 1, length, low, high, t);
    return 2;
  }
  put(params, list, below - 1, length, low, high, outer(1 + t));
  put(params, list + 4, below, length, low, high, inner(t));
  put(params, list + 8, below + 1, length, low, high, inner(1 - t));
  put(params, list + 12, below + 2, length, low, high, outer(2 - t));
  return 4;
}

// @ts-ignore: decorator
@inline
function put(params: GridSample, list: usize, x: f32, length: i32, low: f32, high: f32, weight: f32): void {
  const last = <f32>(length - 1);
  if (params.padding == Sampling.BORDER) x = limited(x, last);
  else if (params.padding == Sampling.REFLECTION && !(x >= 0 && x <= last)) x = limited(reflected(x, low, high), last);
  // so also for what is not a number
  store<i32>(list, x >= 0 && x <= last ? <i32>x : -1);
  store<f32>(list, weight, WEIGHTS);
}

/** From 0 to the last element; 0 for what is not a number. */
// @ts-ignore: decorator
@inline
function limited(x: f32, last: f32): f32 {
  return x >= 0 ? min(x, last) : 0;
}

/** Folded back at both ends, as often as it takes. */
function reflected(x: f32, low: f32, high: f32): f32 {
  const range: f32 = high - low;
  if (!(range > 0)) return low;
  const distance: f32 = x < low ? low - x : x - high;
  const times = floor(distance / range);
  const rest: f32 = distance - times * range;
  // folded an even number of times it lies at the end that it went past
  const isEven = times - 2 * floor(times * 0.5) == 0;
  return isEven == x < low ? low + rest : high - rest;
}

/** Keys's kernel with a = -0.75, at distances up to 1 and from 1 to 2. */
// @ts-ignore: decorator
@inline
function inner(x: f32): f32 {
  return (<f32>1.25 * x - 2.25) * x * x + 1;
}

// @ts-ignore: decorator
@inline
function outer(x: f32): f32 {
  return ((<f32>-0.75 * x + 3.75) * x - 6) * x + 3;
}
