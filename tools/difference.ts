/** The encoder of differences: see src/runtime/difference.ts, which applies them. */

/** Each piece costs a cold start 1 us: pieces of 24 bytes up take 0.1 ms longer than those of 40, and save 0.9 KB gzipped. */
const SHORTEST = 24;

/** @returns what `applyDifference(from, ...)` makes `to` of. Greedy: the longest piece of `from` at each place */
export function differenceOf(from: Uint8Array, to: Uint8Array): Uint8Array<ArrayBuffer> {
  const windowAt = (bytes: Uint8Array, at: number) => bytes.subarray(at, at + SHORTEST).join();
  const places = new Map<string, number[]>();
  for (let at = 0; at + SHORTEST <= from.length; ++at) {
    const window = windowAt(from, at);
    const known = places.get(window);
    if (known === undefined) places.set(window, [at]);
    else known.push(at);
  }
  const difference = leb128(to.length);
  let written = 0;
  let copied = 0;
  for (let at = 0; at < to.length; ) {
    let [best, length] = [0, 0];
    for (const place of places.get(windowAt(to, at)) ?? []) {
      let same = SHORTEST;
      while (at + same < to.length && place + same < from.length && from[place + same] === to[at + same]) ++same;
      if (same > length) [best, length] = [place, same];
    }
    if (length > 0) {
      difference.push(...leb128(at - written), ...to.subarray(written, at));
      difference.push(...leb128(zigzag(best - copied)), ...leb128(length));
      written = at + length;
      copied = best + length;
    }
    at += Math.max(length, 1);
  }
  if (written < to.length) difference.push(...leb128(to.length - written), ...to.subarray(written));
  return Uint8Array.from(difference);
}

const zigzag = (value: number): number => (value < 0 ? -2 * value - 1 : 2 * value);

function leb128(value: number): number[] {
  return value < 128 ? [value] : [(value & 127) | 128, ...leb128(value >> 7)];
}
