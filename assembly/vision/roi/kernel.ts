import { scratchOf } from "../../ops/scratch";
import { indexOf } from "../../tensors/indices";
import { mostOfTaps, putTap, sumOfTaps, TAP_BYTES } from "../taps";
import { LIST, MOST_TAPS, PLACES_BYTES } from "./layout";

/** The argument of {@link roiAlign}. */
@unmanaged
export class RoiAlign {
  /** (batch, channels, height, width) */
  from: usize;
  /** (regions, 4): x1, y1, x2, y2 */
  regions: usize;
  /** i64[regions] or i32[regions]: the image of each region */
  images: usize;
  /** (regions, channels, outHeight, outWidth) */
  to: usize;
  /** i32 that becomes 1 if there is no such image */
  fault: usize;
  /** while an output is computed: places down and across, of 32 bytes each | MOST_TAPS entries of elements and weights */
  workspace: usize;
  /** i32, or 0: how many of the regions, and of their images, exist; the outputs of others become zeros */
  regionCount: usize;
  imageCount: usize;
  batch: i32;
  channels: i32;
  height: i32;
  width: i32;
  outHeight: i32;
  outWidth: i32;
  /** bytes of an index of an image: 4 or 8 */
  indexBytes: i32;
  /** places along each axis of an output; 0 for as many as it has elements */
  samples: i32;
  scale: f32;
  /** what is subtracted from scaled regions: 0.5 where places count from the edge of an element, 0 from its centre */
  shift: f32;
  /** 1 for the mean of the places, 0 for the greatest weighted element around one */
  mean: i32;
}

/**
 * Parts of images, each resized to one shape: an output is the mean of places in its part of a region, at each of which the
 * four elements around are weighted.
 * Items are outputs of a channel, of all regions.
 */
export function roiAlign(params: RoiAlign, begin: i32, end: i32): void {
  const outWidth = params.outWidth;
  const size = outWidth * params.outHeight;
  const known = min(countOf(params.regionCount), countOf(params.imageCount));
  for (let item = begin; item < end; ++item) {
    const region = item / size;
    const place = item - region * size;
    const to = params.to + ((<usize>(region * params.channels * size + place)) << 2);
    if (region >= known) {
      fill(params, to, size, 0);
      continue;
    }
    const image = indexOf(params.images, params.indexBytes, region);
    if (<u64>image >= <u64>params.batch) {
      store<i32>(params.fault, 1);
      fill(params, to, size, 0);
      continue;
    }
    const row = place / outWidth;
    alignOutput(params, region, <i32>image, row, place - row * outWidth, to);
  }
}

/** What a count says, or that all exist. */
// @ts-ignore: decorator
@inline
function countOf(count: usize): i32 {
  return count ? load<i32>(count) : i32.MAX_VALUE;
}

function fill(params: RoiAlign, to: usize, size: i32, value: f32): void {
  for (let i = params.channels; i > 0; --i, to += (<usize>size) << 2) store<f32>(to, value);
}

/** One axis of a region's output: places at equal distances, of which some lie outside the image. */
@unmanaged
class Places {
  first: f32;
  step: f32;
  /** from which to which place none is left out that lies inside */
  begin: i32;
  end: i32;
  /** all places */
  count: f32;
}

function setPlaces(
  to: Places,
  samples: i32,
  low: f32,
  high: f32,
  scale: f32,
  shift: f32,
  outputs: i32,
  index: i32,
  length: i32,
): void {
  const start: f32 = low * scale - shift;
  let size: f32 = high * scale - shift - start;
  if (shift == 0) size = max(size, 1);
  const bin: f32 = size / <f32>outputs;
  const count: f32 = samples > 0 ? <f32>samples : ceil(bin);
  to.count = count;
  to.step = bin / count;
  to.first = start + <f32>index * bin;
  // only those can be inside that are from -1 to the length
  let begin: f32 = (-1 - to.first) / to.step - 1.5;
  let end: f32 = (<f32>length - to.first) / to.step + 1.5;
  if (to.step < 0) {
    const least: f32 = end - 3;
    end = begin + 3;
    begin = least;
  }
  if (to.step == 0) {
    begin = 0;
    end = count;
  }
  // conversions saturate, and what is no number becomes 0
  to.begin = <i32>max<f32>(floor(begin), 0);
  to.end = <i32>min(ceil(end) + 1, count);
}

function alignOutput(params: RoiAlign, region: i32, image: i32, row: i32, column: i32, to: usize): void {
  const scratch = scratchOf(params.workspace);
  const corners = params.regions + ((<usize>region) << 4);
  const height = params.height;
  const width = params.width;
  const down = changetype<Places>(scratch);
  const across = changetype<Places>(scratch + <usize>PLACES_BYTES);
  const scale = params.scale;
  const shift = params.shift;
  const samples = params.samples;
  setPlaces(down, samples, load<f32>(corners, 4), load<f32>(corners, 12), scale, shift, params.outHeight, row, height);
  setPlaces(across, samples, load<f32>(corners), load<f32>(corners, 8), scale, shift, params.outWidth, column, width);
  const plane = (<usize>height * <usize>width) << 2;
  const from = params.from + <usize>(image * params.channels) * plane;
  const size = params.outHeight * params.outWidth;
  const list = scratch + <usize>LIST;
  let at = list;
  let listed: f64 = 0;
  let isFirst = true;
  for (let i = down.begin; i < down.end; ++i) {
    let y: f32 = down.first + (<f32>i + 0.5) * down.step;
    if (!(y >= -1 && y <= <f32>height)) continue;
    y = min(max(y, 0), <f32>(height - 1));
    const top = <i32>y;
    const bottom = min(top + 1, height - 1);
    const ofBottom: f32 = y - <f32>top;
    for (let j = across.begin; j < across.end; ++j) {
      let x: f32 = across.first + (<f32>j + 0.5) * across.step;
      if (!(x >= -1 && x <= <f32>width)) continue;
      x = min(max(x, 0), <f32>(width - 1));
      const left = <i32>x;
      const right = min(left + 1, width - 1);
      const ofRight: f32 = x - <f32>left;
      at = putTap(at, top * width + left, (1 - ofBottom) * (1 - ofRight));
      at = putTap(at, top * width + right, (1 - ofBottom) * ofRight);
      at = putTap(at, bottom * width + left, ofBottom * (1 - ofRight));
      at = putTap(at, bottom * width + right, ofBottom * ofRight);
      listed += 1;
      if (at == list + <usize>MOST_TAPS * TAP_BYTES) {
        addList(params, from, plane, list, at, to, size, isFirst);
        at = list;
        isFirst = false;
      }
    }
  }
  if (at != list || isFirst) addList(params, from, plane, list, at, to, size, isFirst);
  const all = <f64>max<f32>(down.count, 0) * <f64>max<f32>(across.count, 0);
  if (params.mean) divide(params, to, size, <f32>max<f64>(all, 1));
  else if (listed < all) raise(params, to, size, listed == 0);
}

/** Adds the elements of a list to the outputs of all channels, or takes the greatest. */
function addList(
  params: RoiAlign,
  from: usize,
  plane: usize,
  list: usize,
  end: usize,
  to: usize,
  size: i32,
  isFirst: bool,
): void {
  const count = <i32>((end - list) / TAP_BYTES);
  const step = (<usize>size) << 2;
  if (params.mean) {
    for (let i = params.channels; i > 0; --i, from += plane, to += step) {
      store<f32>(to, sumOfTaps(from, list, count, isFirst ? 0 : load<f32>(to)));
    }
  } else {
    for (let i = params.channels; i > 0; --i, from += plane, to += step) {
      const least: f32 = count == 0 ? 0 : -Infinity;
      store<f32>(to, mostOfTaps(from, list, count, isFirst ? least : load<f32>(to)));
    }
  }
}

function divide(params: RoiAlign, to: usize, size: i32, count: f32): void {
  for (let i = params.channels; i > 0; --i, to += (<usize>size) << 2) store<f32>(to, load<f32>(to) / count);
}

/** Places outside of the image are zeros. */
function raise(params: RoiAlign, to: usize, size: i32, isAll: bool): void {
  for (let i = params.channels; i > 0; --i, to += (<usize>size) << 2) {
    store<f32>(to, isAll ? 0 : max<f32>(load<f32>(to), 0));
  }
}

/** The argument of {@link maxRoiPool}. */
@unmanaged
export class MaxRoiPool {
  /** (batch, channels, height, width) */
  from: usize;
  /** (regions, 5): image, x1, y1, x2, y2 */
  regions: usize;
  /** (regions, channels, outHeight, outWidth) */
  to: usize;
  /** i32 that becomes 1 if there is no such image */
  fault: usize;
  /** i32, or 0: how many of the regions exist; the outputs of others become zeros */
  regionCount: usize;
  batch: i32;
  channels: i32;
  height: i32;
  width: i32;
  outHeight: i32;
  outWidth: i32;
  scale: f32;
}

/**
 * The greatest element of each part of a region, 0 of a part without any. Items are regions x channels.
 */
export function maxRoiPool(params: MaxRoiPool, begin: i32, end: i32): void {
  const channels = params.channels;
  const size = (<usize>(params.outHeight * params.outWidth)) << 2;
  const known = countOf(params.regionCount);
  for (let item = begin; item < end; ++item) {
    const region = item / channels;
    const to = params.to + <usize>item * size;
    const corners = params.regions + <usize>region * 20;
    const image = load<f32>(corners);
    const exists = region < known;
    if (exists && image >= 0 && image < <f32>params.batch) {
      poolRegion(params, <i32>image * channels + (item - region * channels), corners, to);
      continue;
    }
    if (exists) store<i32>(params.fault, 1);
    memory.fill(to, 0, size);
  }
}

function poolRegion(params: MaxRoiPool, plane: i32, corners: usize, to: usize): void {
  const width = params.width;
  const height = params.height;
  const scale = params.scale;
  const outHeight = params.outHeight;
  const outWidth = params.outWidth;
  const from = params.from + ((<usize>plane * <usize>height * <usize>width) << 2);
  const left = rounded(load<f32>(corners, 4) * scale);
  const top = rounded(load<f32>(corners, 8) * scale);
  const binWidth: f32 = max(rounded(load<f32>(corners, 12) * scale) - left + 1, 1) / <f32>outWidth;
  const binHeight: f32 = max(rounded(load<f32>(corners, 16) * scale) - top + 1, 1) / <f32>outHeight;
  for (let row = 0; row < outHeight; ++row) {
    const y0 = inside(floor(<f32>row * binHeight) + top, height);
    const y1 = inside(ceil(<f32>(row + 1) * binHeight) + top, height);
    for (let column = 0; column < outWidth; ++column, to += 4) {
      const x0 = inside(floor(<f32>column * binWidth) + left, width);
      const x1 = inside(ceil(<f32>(column + 1) * binWidth) + left, width);
      let most: f32 = y1 > y0 && x1 > x0 ? -Infinity : 0;
      for (let y = y0; y < y1; ++y) {
        const line = from + ((<usize>(y * width)) << 2);
        for (let x = x0; x < x1; ++x) most = max(most, load<f32>(line + ((<usize>x) << 2)));
      }
      store<f32>(to, most);
    }
  }
}

/** Halves away from zero. */
// @ts-ignore: decorator
@inline
function rounded(x: f32): f32 {
  return copysign<f32>(floor(abs(x) + 0.5), x);
}

// @ts-ignore: decorator
@inline
function inside(x: f32, length: i32): i32 {
  return <i32>min(max(x, 0), <f32>length);
}
