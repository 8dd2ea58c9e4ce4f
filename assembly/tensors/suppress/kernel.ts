import { pile, Plain, sink } from "../heap";
import { orderOfFloat, placeOfKey } from "../keys";

/** The argument of {@link suppress} and {@link collectBoxes}. */
@unmanaged
export class Suppress {
  /** (batch, spatial, 4) */
  boxes: usize;
  /** (batch, classes, spatial) */
  scores: usize;
  /** i64 (most rows, 3): batch, class and box of each row */
  to: usize;
  /** i32: how many rows there are */
  found: usize;
  /** u64 (batch, classes, spatial): for each class the boxes that are left, and from the end those that are chosen */
  boxesLeft: usize;
  /** i32 (batch, classes): how many are chosen */
  chosen: usize;
  /** i64: the most boxes of a class */
  most: usize;
  /** f32, or 0 for 0: how much of their union two boxes may share */
  overlap: usize;
  /** f32, or 0 for none: a score must be greater */
  threshold: usize;
  /** i32, or 0: how many of the boxes, and of the scores, exist */
  boxCount: usize;
  scoreCount: usize;
  batch: i32;
  classes: i32;
  spatial: i32;
  /** 1 if boxes are centre, width and height, 0 if they are two corners */
  center: i32;
  /** rows of the result */
  rows: i32;
  /** chosen boxes of a class that have room in the result */
  room: i32;
}

/**
 * Chooses boxes: for each class of an image, from the highest score on, those that do not share too much with one that is
 * chosen already. Of equal scores the first counts.
 * Items are the classes of all images.
 */
export function suppress(params: Suppress, begin: i32, end: i32): void {
  const spatial = params.spatial;
  const most = <i32>max(min(load<i64>(params.most), params.room), 0);
  const overlap: f32 = params.overlap ? load<f32>(params.overlap) : 0;
  for (let item = begin; item < end; ++item) {
    const left = params.boxesLeft + <usize>item * ((<usize>spatial) << 3);
    const boxes = params.boxes + <usize>(item / params.classes) * ((<usize>spatial) << 4);
    const count = most == 0 ? 0 : candidates(params, params.scores + <usize>item * ((<usize>spatial) << 2), left);
    const chosen = choose(params, boxes, left, count, left + ((<usize>spatial) << 3), most, overlap);
    store<i32>(params.chosen + ((<usize>item) << 2), chosen);
  }
}

/**
 * A heap of the boxes whose score is high enough, the highest score first: keys with all bits turned, since the heap has the
 * least first.
 */
function candidates(params: Suppress, scores: usize, left: usize): i32 {
  let spatial = params.spatial;
  if (params.boxCount) spatial = min(spatial, load<i32>(params.boxCount));
  if (params.scoreCount) spatial = min(spatial, load<i32>(params.scoreCount));
  const threshold: f32 = params.threshold ? load<f32>(params.threshold) : 0;
  const all = !params.threshold;
  let count = 0;
  for (let i = 0; i < spatial; ++i) {
    if (!all) {
      i = above(scores, i, spatial, threshold);
      if (i >= spatial) break;
    }
    const score = load<f32>(scores + ((<usize>i) << 2));
    const key = ((<u64>~orderOfFloat(score)) << 32) | (<u64>(<u32>i));
    store<u64>(left + ((<usize>count) << 3), key);
    ++count;
  }
  pile<Plain>(0, left, 8, count);
  return count;
}

/** The next score, from `i` on, that is greater than the threshold. */
function above(scores: usize, i: i32, count: i32, threshold: f32): i32 {
  const bound = f32x4.splat(threshold);
  for (; i + 4 <= count; i += 4) {
    const mask = i32x4.bitmask(f32x4.gt(v128.load(scores + ((<usize>i) << 2)), bound));
    if (mask != 0) return i + ctz(mask);
  }
  for (; i < count; ++i) if (load<f32>(scores + ((<usize>i) << 2)) > threshold) break;
  return i;
}

/** Takes boxes from a heap; writes those that are chosen downwards from `end` on, and returns how many there are. */
function choose(params: Suppress, boxes: usize, heap: usize, count: i32, end: usize, most: i32, overlap: f32): i32 {
  let chosen = 0;
  while (count > 0 && chosen < most) {
    const place = <u32>load<u64>(heap);
    --count;
    if (count > 0) sink<Plain>(0, heap, 8, count, 0, load<u64>(heap + ((<usize>count) << 3)));
    const box = boxes + ((<usize>place) << 4);
    if (
      params.center
        ? isShared<Centred>(boxes, box, end, chosen, overlap)
        : isShared<Corners>(boxes, box, end, chosen, overlap)
    )
      continue;
    ++chosen;
    store<u64>(end - ((<usize>chosen) << 3), <u64>place);
  }
  return chosen;
}

/** Whether a box shares more than `overlap` with one that is chosen. */
function isShared<B>(boxes: usize, box: usize, end: usize, chosen: i32, overlap: f32): bool {
  const b = changetype<B>(0);
  const left = b.left(box);
  const right = b.right(box);
  const top = b.top(box);
  const bottom = b.bottom(box);
  const area: f32 = (right - left) * (bottom - top);
  for (let i = 0; i < chosen; ++i) {
    end -= 8;
    const other = boxes + ((<usize>load<u32>(end)) << 4);
    const l = b.left(other);
    const r = b.right(other);
    const width: f32 = min(right, r) - max(left, l);
    if (!(width > 0)) continue;
    const t = b.top(other);
    const m = b.bottom(other);
    const height: f32 = min(bottom, m) - max(top, t);
    if (!(height > 0)) continue;
    const shared: f32 = width * height;
    const otherArea: f32 = (r - l) * (m - t);
    const all: f32 = area + otherArea - shared;
    if (!(shared > 0) || area <= 0 || otherArea <= 0 || all <= 0) continue;
    if (shared / all > overlap) return true;
  }
  return false;
}

/** Two opposite corners, y before x, in any order. */
class Corners {

  @inline left(box: usize): f32 {
    return min(load<f32>(box, 4), load<f32>(box, 12));
  }


  @inline right(box: usize): f32 {
    return max(load<f32>(box, 4), load<f32>(box, 12));
  }


  @inline top(box: usize): f32 {
    return min(load<f32>(box), load<f32>(box, 8));
  }


  @inline bottom(box: usize): f32 {
    return max(load<f32>(box), load<f32>(box, 8));
  }
}

/** Centre x and y, width and height. */
class Centred {

  @inline left(box: usize): f32 {
    return load<f32>(box) - load<f32>(box, 8) / 2;
  }


  @inline right(box: usize): f32 {
    return load<f32>(box) + load<f32>(box, 8) / 2;
  }


  @inline top(box: usize): f32 {
    return load<f32>(box, 4) - load<f32>(box, 12) / 2;
  }


  @inline bottom(box: usize): f32 {
    return load<f32>(box, 4) + load<f32>(box, 12) / 2;
  }
}

/**
 * The chosen boxes of all classes in a row, zeros after the last, and their number.
 * The only item is everything.
 */
export function collectBoxes(params: Suppress, begin: i32, end: i32): void {
  if (begin >= end) return;
  const spatial = (<usize>params.spatial) << 3;
  let to = params.to;
  let slot = params.boxesLeft + spatial;
  let item = 0;
  for (let image = 0; image < params.batch; ++image) {
    for (let k = 0; k < params.classes; ++k, ++item, slot += spatial) {
      const chosen = load<i32>(params.chosen + ((<usize>item) << 2));
      for (let i = 1; i <= chosen; ++i, to += 24) {
        store<i64>(to, <i64>image);
        store<i64>(to, <i64>k, 8);
        store<i64>(to, <i64>load<u64>(slot - ((<usize>i) << 3)), 16);
      }
    }
  }
  store<i32>(params.found, <i32>((to - params.to) / 24));
  memory.fill(to, 0, params.to + <usize>params.rows * 24 - to);
}
