import decoder from "@jsquash/jpeg/codec/dec/mozjpeg_dec.wasm";
import decode, { init } from "@jsquash/jpeg/decode.js";
import type { Image } from "../upscale/tiles.ts";
import { free } from "./chunks.ts";
import { checkSize, RequestError } from "./limits.ts";

/** Its types lack the decoder's own module and options. */
const start = init as (module: WebAssembly.Module, options: { printErr: (text: string) => void }) => Promise<void>;

const [SOF0, SOF15, SOI, EOI, SOS, DHT, JPG, DAC, TEM] = [
  0xc0, 0xcf, 0xd8, 0xd9, 0xda, 0xc4, 0xc8, 0xcc, 0x01,
] as const;
/** Baseline, extended and progressive; the others are lossless, hierarchical or arithmetic. */
const SOF2 = 0xc2;
/** Progressive photos have about ten; each costs a pass over the whole picture, and takes but a few bytes. */
const MAX_SCANS = 50;

export const isJpeg = (bytes: Uint8Array) => bytes[0] === 0xff && bytes[1] === SOI && bytes[2] === 0xff;

/**
 * Decodes a JPEG, turned as its camera was held, after its size and its scans have been checked.
 *
 * @throws RequestError for what is no JPEG, too large, or cut off
 */
export async function decodeJpeg(bytes: Uint8Array<ArrayBuffer>): Promise<Image> {
  checkSegments(bytes);
  let complaint = "";
  // a decoder of its own for each picture: one that a broken file has stopped would be of no more use
  void start(decoder, { printErr: (text) => (complaint ||= text) });
  try {
    const whole = bytes.slice();
    const { data, width, height } = await decode(whole.buffer, { preserveOrientation: true });
    free(whole);
    const rgb = new Uint8Array(3 * width * height);
    for (let read = 0, write = 0; read < data.length; read += 4) {
      for (let colour = 0; colour < 3; colour++) rgb[write++] = data[read + colour]!;
    }
    free(data);
    return { data: rgb, width, height };
  } catch (error) {
    throw new RequestError(422, `the JPEG cannot be decoded: ${complaint || (error as Error).message}`);
  }
}

/** Walks over the segments as decoders do, up to the end of the picture. */
function checkSegments(bytes: Uint8Array): void {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  let [scans, frames] = [0, 0];
  for (let at = 2; ; ) {
    if (at + 4 > bytes.length && bytes[at + 1] !== EOI) throw new RequestError(422, "the JPEG is cut off");
    if (bytes[at] !== 0xff) throw new RequestError(422, "the JPEG is broken: a marker is missing");
    const marker = bytes[at + 1]!;
    if (marker === EOI) break;
    if (marker === 0xff) at++;
    else if (marker === TEM || (marker >= 0xd0 && marker <= SOI)) at += 2;
    else {
      if (marker >= SOF0 && marker <= SOF15 && ![DHT, JPG, DAC].includes(marker as typeof DHT)) {
        if (at + 10 > bytes.length) throw new RequestError(422, "the JPEG is cut off");
        checkFrame(marker, bytes[at + 4]!, bytes[at + 9]!);
        checkSize(view.getUint16(at + 7), view.getUint16(at + 5));
        frames++;
      }
      at += 2 + view.getUint16(at + 2);
      if (marker !== SOS) continue;
      if (++scans > MAX_SCANS) throw new RequestError(422, `the JPEG has more than ${MAX_SCANS} scans`);
      at = endOfScan(bytes, at);
    }
  }
  if (frames !== 1 || scans === 0) throw new RequestError(422, "the JPEG holds no picture");
}

function checkFrame(marker: number, bits: number, components: number): void {
  if (marker > SOF2) throw new RequestError(415, "the JPEG is neither baseline nor progressive");
  if (bits !== 8) throw new RequestError(415, `the JPEG has ${bits} bits per sample: expected 8`);
  if (components !== 1 && components !== 3) {
    throw new RequestError(415, `the JPEG has ${components} components: expected grey or colour`);
  }
}

/** The next marker that is not part of the coded data. */
function endOfScan(bytes: Uint8Array, from: number): number {
  for (let at = from; at + 1 < bytes.length; at++) {
    const next = bytes[at + 1]!;
    if (bytes[at] === 0xff && next !== 0 && next !== 0xff && (next < 0xd0 || next > 0xd7)) return at;
  }
  return bytes.length;
}
