/** Filters that are turned together, so that neither the rows read nor those written leave the cache. */
// @ts-ignore: decorator
@inline
const BLOCK: i32 = 16;

/**
 * Weights of a convolution as its transpose takes them: (filters, channels, kernel) becomes (channels, filters, taps), where
 * taps are byte offsets i32[count] of the taps to take, in their new order.
 */
export function turnWeights(
  from: usize,
  filterBytes: usize,
  channelBytes: usize,
  filters: i32,
  channels: i32,
  taps: usize,
  count: i32,
  to: usize,
): void {
  const tapsEnd = taps + ((<usize>count) << 2);
  const rowBytes = (<usize>filters * count) << 2;
  for (let block = 0; block < filters; block += BLOCK) {
    const size = min(filters - block, BLOCK);
    let row = to + ((<usize>block * count) << 2);
    let source = from + <usize>block * filterBytes;
    for (let channel = 0; channel < channels; ++channel, row += rowBytes, source += channelBytes) {
      let at = row;
      let weight = source;
      for (let filter = 0; filter < size; ++filter, weight += filterBytes) {
        for (let tap = taps; tap < tapsEnd; tap += 4, at += 4) store<f32>(at, load<f32>(weight + load<u32>(tap)));
      }
    }
  }
}
