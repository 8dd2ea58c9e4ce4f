/**
 * A difference describes a file by another: its length, then in turns how many new bytes follow, these bytes, and where in
 * the other file to copy how many from, until it is whole. Numbers are LEB128, as in WebAssembly. tools/difference.ts makes
 * them.
 *
 * @returns the file that differs so from `from`
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
