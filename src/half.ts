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

/** The nearest whole number, of two the even one; of numbers from 0. */
export function roundToEven(value: number): number {
  const floor = Math.floor(value);
  const rest = value - floor;
  return rest > 0.5 || (rest === 0.5 && floor % 2 === 1) ? floor + 1 : floor;
}

/** float16 bits as float32. */
export function widened(bits: Uint16Array): Float32Array<ArrayBuffer> {
  const data = new Float32Array(bits.length);
  widenInto(data, bits);
  return data;
}

/** bfloat16 bits as float32. */
export function widenedBfloat(bits: Uint16Array): Float32Array<ArrayBuffer> {
  const words = new Uint32Array(bits.length);
  for (let i = 0; i < bits.length; ++i) words[i] = bits[i]! << 16;
  return new Float32Array(words.buffer);
}

/** Writes float16 bits as float32. */
export function widenInto(to: Float32Array, bits: Uint16Array): void {
  const words = new Uint32Array(to.buffer, to.byteOffset, to.length);
  for (let i = 0; i < bits.length; ++i) {
    const half = bits[i]!;
    const sign = (half & 0x8000) << 16;
    const exponent = half & 0x7c00;
    if (exponent === 0) to[i] = (sign === 0 ? 1 : -1) * (half & 1023) * 2 ** -24;
    else words[i] = (sign | ((half & 0x7fff) << 13)) + (exponent === 0x7c00 ? 0x70000000 : 0x38000000);
  }
}

/**
 * Numbers as the bits of float16.
 * @param rounded whether they may be rounded: the largest that float16 has is 65504
 * @returns undefined if they are too large, or are not float16 and may not be rounded
 */
export function asHalves(data: Float32Array, rounded: boolean): Uint16Array<ArrayBuffer> | undefined {
  const bits = Uint16Array.from(data, halfBits);
  const nearest = widened(bits);
  for (let i = 0; i < data.length; ++i) {
    const value = data[i]!;
    // not a number has many forms in float32, of which it would become another one
    const fits = rounded ? Math.abs(nearest[i]!) < Infinity : Object.is(nearest[i], value) && !Number.isNaN(value);
    if (!fits) return undefined;
  }
  return bits;
}
