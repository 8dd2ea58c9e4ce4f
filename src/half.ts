/**
 * float16 as bits (IEEE 754-2008, 3.6: 1 sign, 5 exponent and 10 fraction bits), for runtimes without Float16Array, and
 * bfloat16, the upper half of a float32.
 */

const word = /* @__PURE__ */ new DataView(/* @__PURE__ */ new ArrayBuffer(4));

/** The nearest float16, ties to even; larger numbers become infinite. */
export function halfBits(value: number): number {
  // rounding twice is not rounding once: numbers are float64 here, so halfway cases are decided on all their bits
  const sign = value < 0 || Object.is(value, -0) ? 0x8000 : 0;
  const size = Math.abs(value);
  if (Number.isNaN(size)) return 0x7e00;
  if (size >= 65520) return sign | 0x7c00;
  if (size < 2 ** -14) return sign | roundToEven(size * 2 ** 24);
  word.setFloat32(0, size);
  let exponent = (word.getUint32(0) >>> 23) - 127;
  // rounding to float32 may have reached the next power of two
  if (2 ** exponent > size) --exponent;
  // a fraction that rounds up to 2048 carries into the exponent, which is what it should do
  return sign | (((exponent + 14) << 10) + roundToEven(size * 2 ** (10 - exponent)));
}

function roundToEven(value: number): number {
  const floor = Math.floor(value);
  const rest = value - floor;
  return rest > 0.5 || (rest === 0.5 && floor % 2 === 1) ? floor + 1 : floor;
}

let table: Float32Array | undefined;

/** The values of all float16, by their bits. */
function halves(): Float32Array {
  if (table !== undefined) return table;
  table = new Float32Array(0x10000);
  for (let bits = 0; bits < 0x10000; ++bits) {
    const sign = bits & 0x8000 ? -1 : 1;
    const exponent = (bits >> 10) & 31;
    const fraction = bits & 1023;
    if (exponent === 31) table[bits] = fraction === 0 ? sign * Infinity : Number.NaN;
    else if (exponent === 0) table[bits] = sign * fraction * 2 ** -24;
    else table[bits] = sign * (1024 + fraction) * 2 ** (exponent - 25);
  }
  return table;
}

/** float16 bits as float32. */
export function widened(bits: Uint16Array): Float32Array<ArrayBuffer> {
  const values = halves();
  const data = new Float32Array(bits.length);
  for (let i = 0; i < bits.length; ++i) data[i] = values[bits[i]!]!;
  return data;
}

/** bfloat16 bits as float32. */
export function widenedBfloat(bits: Uint16Array): Float32Array<ArrayBuffer> {
  const words = new Uint32Array(bits.length);
  for (let i = 0; i < bits.length; ++i) words[i] = bits[i]! << 16;
  return new Float32Array(words.buffer);
}
