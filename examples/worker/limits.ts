/**
 * The limits of a request. A Worker has 128 MB: the whole of workerd, 67 MB when idle, grows by less than that, as
 * test/examples/worker.test.ts measures.
 */

/** Of the body; longer ones are not read to the end. */
export const MAX_BYTES = 2 << 20;
/** Of the picture: as many as 512 x 512. The answer has four times as many. */
export const MAX_PIXELS = 512 * 512;
/** Pixels to a side of a tile: smaller ones spend more on their margins, larger ones need more memory. */
export const TILE_SIZE = 96;
/** Of the linear memory that the kernels work in: 17 MB are used. */
export const MAX_LINEAR_MEMORY = 32 << 20;

/** A fault of a request, and the answer to it. */
export class RequestError extends Error {
  readonly status: number;

  constructor(status: 400 | 404 | 405 | 413 | 415, message: string) {
    super(message);
    this.status = status;
  }
}

/** Refuses sizes before anything is decoded: a few bytes may declare any size. */
export function checkSize(width: number, height: number): void {
  if (width === 0 || height === 0) throw new RequestError(400, `the image has ${width} x ${height} pixels`);
  if (width * height > MAX_PIXELS) {
    throw new RequestError(413, `the image has ${width} x ${height} pixels, more than ${MAX_PIXELS}`);
  }
}
