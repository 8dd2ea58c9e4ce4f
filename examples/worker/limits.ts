/**
 * What requests may ask for, each by itself and all together. A Worker has 128 MB: by these limits the whole of workerd
 * grows by less than that, whatever it is sent, as `npm run worker:memory` measures.
 */

/** Of a body; what is longer is not read to its end. */
export const MAX_BYTES = 2 << 20;
/** Of the picture: as many as 512 x 512. The answer has four times as many. */
export const MAX_PIXELS = 512 * 512;
/** Pixels to a side of a tile: smaller ones spend more on their margins, larger ones need more memory. */
export const TILE_SIZE = 96;
/** Of the linear memory that the kernels work in: 17 MB are used. */
export const MAX_LINEAR_MEMORY = 32 << 20;

/** Requests whose bodies are being read, or whose photos wait. */
export const MAX_REQUESTS = 512;
/** Of all bodies that have arrived so far, in part or as a whole. */
export const MAX_BYTES_ARRIVING = 6 << 20;
/** Photos that wait for their turn, with the one that is enlarged: one at a time. */
export const MAX_PHOTOS = 6;
/** Of all answers that are on their way. */
export const MAX_BYTES_LEAVING = 8 << 20;

/** In which a client must send some of its body, or take some of the answer. */
export const SILENT_SECONDS = 5;
/** In which a client must have sent all of its body, and have taken all of the answer. */
export const TRANSFER_SECONDS = 30;
/** After which a client that was refused may try again. */
export const RETRY_SECONDS = 5;

type Status = 400 | 404 | 405 | 408 | 413 | 415 | 422 | 503;

/** A fault of a request, and the answer to it. */
export class RequestError extends Error {
  readonly status: Status;

  constructor(status: Status, message: string) {
    super(message);
    this.status = status;
  }

  /** Those that go with the status. */
  get headers(): Record<string, string> {
    if (this.status === 405) return { allow: "POST" };
    return this.status === 503 ? { "retry-after": String(RETRY_SECONDS) } : {};
  }
}

/** Refuses sizes before anything is decoded: a few bytes may declare any size. */
export function checkSize(width: number, height: number): void {
  if (width === 0 || height === 0) throw new RequestError(422, `the image has ${width} x ${height} pixels`);
  if (width * height > MAX_PIXELS) {
    throw new RequestError(413, `the image has ${width} x ${height} pixels, more than ${MAX_PIXELS}`);
  }
}
