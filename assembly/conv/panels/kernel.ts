import { floats } from "../../floats";
import { Pack } from "../../params";
import { tilesOf } from "../../quotient";

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
  if (last / pack.phaseFilters == first / pack.phaseFilters) {
    packFilters(pack, pack.weightOf(group, first), pack.tapsOf(first), count, to);
  } else {
    for (let i = 0; i < tile; ++i) packFilter(pack, group, i < count ? first + i : -1, to + floats(i));
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
