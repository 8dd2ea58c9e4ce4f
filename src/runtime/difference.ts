/**
 * A difference describes a file by another: its length, then in turns how many new bytes follow, these bytes, and where in
 * the other file to copy how many from, until it is whole. Numbers are LEB128, as in WebAssembly; a place is counted from
 * the end of the copy before, 0 1 2 3 standing for 0 -1 1 -2. tools/difference.ts makes them.
 *
 * @returns the file described by its difference from `from`
 */
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
  let copied = 0;
  for (let made = 0; made < result.length; ) {
    const fresh = next();
    result.set(difference.subarray(at, at + fresh), made);
    at += fresh;
    made += fresh;
    if (made === result.length) break;
    const step = next();
    const place = copied + ((step >>> 1) ^ -(step & 1));
    const length = next();
    copied = place + length;
    result.set(from.subarray(place, copied), made);
    made += length;
  }
  return result;
}
