/**
 * A file told by another: its length, then by turns how many new bytes follow, these bytes, and where in the other file
 * to copy how many from, until it is whole. Numbers are LEB128, as in WebAssembly.
 */

/** Each piece costs a cold start 1 us: with pieces of 8 bytes up, the simd build would be 4 KB less and take 0.6 ms longer. */
const SHORTEST = 40;

/** What {@link applyDifference} makes `to` of. Greedy: the longest piece of `from` at each place. */
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
  let told = 0;
  for (let at = 0; at < to.length; ) {
    let [best, length] = [0, 0];
    for (const place of places.get(windowAt(to, at)) ?? []) {
      let same = SHORTEST;
      while (at + same < to.length && place + same < from.length && from[place + same] === to[at + same]) ++same;
      if (same > length) [best, length] = [place, same];
    }
    if (length > 0) {
      difference.push(...leb128(at - told), ...to.subarray(told, at), ...leb128(best), ...leb128(length));
      told = at + length;
    }
    at += Math.max(length, 1);
  }
  if (told < to.length) difference.push(...leb128(to.length - told), ...to.subarray(told));
  return Uint8Array.from(difference);
}

function leb128(value: number): number[] {
  return value < 128 ? [value] : [(value & 127) | 128, ...leb128(value >> 7)];
}

/** The file that `difference` tells by `from`. */
export function applyDifference(from: Uint8Array, difference: Uint8Array): Uint8Array<ArrayBuffer> {
  let at = 0;
  const next = () => {
    let value = 0;
    for (let shift = 0; ; shift += 7) {
      const byte = difference[at++]!;
      value |= (byte & 127) << shift;
      if (byte < 128) return value;
    }
  };
  const result = new Uint8Array(next());
  for (let made = 0; made < result.length; ) {
    const fresh = next();
    result.set(difference.subarray(at, at + fresh), made);
    at += fresh;
    made += fresh;
    if (made === result.length) break;
    const place = next();
    const length = next();
    result.set(from.subarray(place, place + length), made);
    made += length;
  }
  return result;
}
