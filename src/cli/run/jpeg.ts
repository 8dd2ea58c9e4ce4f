/** What is looked at of a JPEG before it is decoded: its markers (ITU-T T.81, annex B) and Exif's orientation. */
import { checkSides } from "./sides.ts";

/**
 * How a camera was held, by Exif's number: 1 as the picture is; 3 upside down, 6 and 8 by a quarter turn, 2, 4, 5 and 7
 * mirrored as well.
 */
export type Orientation = 1 | 2 | 3 | 4 | 5 | 6 | 7 | 8;

/** What the decoder holds of eight by eight samples: an array of its own, and the lines of samples. */
const BLOCK_BYTES = 750;
const SAMPLES_OF_BLOCK = 64;
/** Each passes over the whole picture, however few bytes it has; progressive files have about ten. */
const MOST_SCANS = 100;

const [SOI, EOI, SOS, APP1, TEM] = [0xd8, 0xd9, 0xda, 0xe1, 0x01];
const isRestart = (marker: number) => marker >= 0xd0 && marker <= 0xd7;
/** Begins a picture; the others of this range are tables. */
const isFrame = (marker: number) => marker >= 0xc0 && marker <= 0xcf && ![0xc4, 0xc8, 0xcc].includes(marker);

/**
 * @param memory MB that the whole command may take
 * @returns how it is to be turned
 * @throws Error for a file that is damaged or cut off, or declares a picture that is too large
 */
export function checkJpeg(bytes: Uint8Array, memory: number): Orientation {
  let orientation: Orientation = 1;
  let frames = 0;
  let scans = 0;
  for (const { marker, data } of segments(bytes)) {
    if (isFrame(marker)) {
      if (++frames > 1) throw new Error("the file has several pictures");
      checkFrame(data, memory);
    } else if (marker === SOS && ++scans > MOST_SCANS) {
      throw new Error(`the file passes over the picture more than ${MOST_SCANS} times`);
    } else if (marker === APP1) {
      orientation = orientationOf(data) ?? orientation;
    }
  }
  if (frames === 0 || scans === 0) throw new Error("the file is cut off");
  return orientation;
}

interface Segment {
  readonly marker: number;
  readonly data: Uint8Array;
}

function* segments(bytes: Uint8Array): Generator<Segment> {
  for (let at = 0; at + 1 < bytes.length; ) {
    const marker = bytes[at + 1]!;
    // what is between the segments are codes, in which 0xff is followed by 0, or fill bytes
    if (bytes[at] !== 0xff || marker === 0 || marker === 0xff || marker === TEM || isRestart(marker)) {
      ++at;
    } else if (marker === SOI) {
      at += 2;
    } else if (marker === EOI) {
      return;
    } else {
      const length = ((bytes[at + 2] ?? 0) << 8) | (bytes[at + 3] ?? 0);
      if (length < 2 || at + 2 + length > bytes.length) throw new Error("the file is cut off");
      yield { marker, data: bytes.subarray(at + 4, at + 2 + length) };
      at += 2 + length;
    }
  }
}

function checkFrame(data: Uint8Array, memory: number): void {
  const [, a = 0, b = 0, c = 0, d = 0, components = 0] = data;
  const [height, width] = [(a << 8) | b, (c << 8) | d];
  if (data.length < 6 + 3 * components || components === 0) throw new Error("the file is damaged");
  const factors = Array.from({ length: components }, (_, index) => data[7 + 3 * index]!);
  const [across, down] = [Math.max(...factors.map((each) => each >> 4)), Math.max(...factors.map((each) => each & 15))];
  if (factors.some((each) => each >> 4 === 0 || (each & 15) === 0)) throw new Error("the file is damaged");
  const units = Math.ceil(width / (8 * across)) * Math.ceil(height / (8 * down));
  const blocks = units * factors.reduce((sum, each) => sum + (each >> 4) * (each & 15), 0);
  checkSides(width, height, blocks * (BLOCK_BYTES + SAMPLES_OF_BLOCK) + (components + 3) * width * height, memory);
}

/** Of an Exif segment; undefined for others, and for one without a legible orientation. */
function orientationOf(data: Uint8Array): Orientation | undefined {
  const BEGIN = 6;
  if (String.fromCharCode(...data.subarray(0, BEGIN)) !== "Exif\0\0" || data.length < BEGIN + 8) return undefined;
  const view = new DataView(data.buffer, data.byteOffset + BEGIN, data.byteLength - BEGIN);
  const isLittle = view.getUint16(0) === 0x4949;
  const directory = view.getUint32(4, isLittle);
  if (directory + 2 > view.byteLength) return undefined;
  const entries = view.getUint16(directory, isLittle);
  for (let index = 0; index < entries; ++index) {
    const at = directory + 2 + 12 * index;
    if (at + 12 > view.byteLength) return undefined;
    if (view.getUint16(at, isLittle) !== 0x0112) continue;
    const value = view.getUint16(at + 8, isLittle);
    return value >= 1 && value <= 8 ? (value as Orientation) : undefined;
  }
  return undefined;
}
