import { floats } from "../../floats";
import { Pack } from "../../params";
import { tilesOf } from "../../quotient";
import { storeTransposed } from "../../simd";

/**
 * Weights of every group as panels of `tile` filters:
 *
 *   panel 0                                  panel 1 ...
 *   +-----------+-----------+-----+---------+
 *   | tile bias | tile of k0| ... | of kD-1 |
 *   +-----------+-----------+-----+---------+
 *
 * A group's last panel is padded with zeros, so that tiles are always whole and hold no stray subnormals.
 * Items are groups x panels.
 */
export function packPanels(pack: Pack, begin: i32, end: i32): void {
  const panels = tilesOf(pack.filters, pack.tile);
  const bytes = floats((pack.channels * pack.tapCount + 1) * pack.tile);
  let to = pack.packed + <usize>begin * bytes;
  for (let item = begin; item < end; ++item, to += bytes) {
    packPanel(pack, item / panels, (item % panels) * pack.tile, to);
  }
}

function packPanel(pack: Pack, group: i32, first: i32, to: usize): void {
  const tile = pack.tile;
  const count = min(tile, pack.filters - first);
  for (let i = 0; i < tile; ++i, to += 4) store<f32>(to, i < count ? pack.biasOf(group, first + i) : 0);
  const last = first + count - 1;
  if (count == SIX && isInOrder(pack)) {
    packSix(pack.weightOf(group, first), <usize>pack.filterBytes, pack.channels * pack.tapCount, to);
  } else if (last / pack.phaseFilters == first / pack.phaseFilters) {
    packFilters(pack, pack.weightOf(group, first), pack.tapsOf(first), count, to);
  } else {
    for (let i = 0; i < tile; ++i) packFilter(pack, group, i < count ? first + i : -1, to + floats(i));
  }
}

/** Whether each filter's weights follow one another as they are packed. */
function isInOrder(pack: Pack): bool {
  if (pack.phases != 1 || pack.channelBytes != pack.tapCount * 4) return false;
  for (let tap = 0; tap < pack.tapCount; ++tap) if (load<i32>(pack.taps + floats(tap)) != tap * 4) return false;
  return true;
}

/** Filters of the tile that has a transposition of its own. */
// @ts-ignore: decorator
@inline
const SIX: i32 = 6;

/** Six filters whose weights lie in the order in which they are multiplied: rows that become columns of six. */
function packSix(row: usize, filterBytes: usize, depth: i32, to: usize): void {
  let row2 = row + 2 * filterBytes;
  let row4 = row2 + 2 * filterBytes;
  for (; depth >= 4; depth -= 4, to += 96) {
    const v0 = v128.load(row);
    const v1 = v128.load(row + filterBytes);
    const v2 = v128.load(row2);
    const v3 = v128.load(row2 + filterBytes);
    const v4 = v128.load(row4);
    const v5 = v128.load(row4 + filterBytes);
    storeTransposed(v0, v1, v2, v3, to, 24);
    const low = v128.shuffle<f32>(v4, v5, 0, 4, 1, 5);
    const high = v128.shuffle<f32>(v4, v5, 2, 6, 3, 7);
    v128.store64_lane(to, low, 0, 16);
    v128.store64_lane(to, low, 1, 40);
    v128.store64_lane(to, high, 0, 64);
    v128.store64_lane(to, high, 1, 88);
    row += 16;
    row2 += 16;
    row4 += 16;
  }
  for (; depth > 0; --depth, row += 4) {
    let from = row;
    for (let i = 0; i < SIX; ++i, to += 4, from += filterBytes) store<f32>(to, load<f32>(from));
  }
}

/** Filters of one phase, which share their taps. */
function packFilters(pack: Pack, weight: usize, taps: usize, count: i32, to: usize): void {
  const tile = pack.tile;
  const filterBytes = <usize>pack.filterBytes;
  const tapsEnd = taps + floats(pack.tapCount);
  for (let channel = 0; channel < pack.channels; ++channel, weight += <usize>pack.channelBytes) {
    for (let tap = taps; tap < tapsEnd; tap += 4) {
      let from = weight + load<u32>(tap);
      for (let i = 0; i < tile; ++i, to += 4, from += filterBytes) store<f32>(to, i < count ? load<f32>(from) : 0);
    }
  }
}

/** One filter's lane of a panel, or zeros for filter -1. */
function packFilter(pack: Pack, group: i32, filter: i32, to: usize): void {
  const step = floats(pack.tile);
  if (filter < 0) {
    for (let k = pack.channels * pack.tapCount; k > 0; --k, to += step) store<f32>(to, 0);
    return;
  }
  const taps = pack.tapsOf(filter);
  const tapsEnd = taps + floats(pack.tapCount);
  let weight = pack.weightOf(group, filter);
  for (let channel = 0; channel < pack.channels; ++channel, weight += <usize>pack.channelBytes) {
    for (let tap = taps; tap < tapsEnd; tap += 4, to += step) store<f32>(to, load<f32>(weight + load<u32>(tap)));
  }
}
