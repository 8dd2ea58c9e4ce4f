/** What a picture may take: a few bytes of a file may declare any size. */
const MOST_MEGAPIXELS = 64;
/** As of a JPEG. */
const MOST_SIDE = 65535;
/** So that all of the command stays below 512 MB. */
const MOST_BYTES = 360 * 2 ** 20;

/**
 * @param bytes that reading or making the picture takes
 * @throws Error for a picture that has no pixels, or too many
 */
export function checkSides(width: number, height: number, bytes: number): void {
  const picture = `a picture of ${width}x${height}`;
  if (width === 0 || height === 0) throw new Error(`${picture} has no pixels`);
  if (width * height > MOST_MEGAPIXELS * 1e6) throw new Error(`${picture} is more than ${MOST_MEGAPIXELS} megapixels`);
  if (Math.max(width, height) > MOST_SIDE) throw new Error(`${picture} is longer than ${MOST_SIDE} pixels`);
  if (bytes > MOST_BYTES) {
    throw new Error(
      `${picture} takes ${Math.round(bytes / 2 ** 20)} MB to decode, more than ${MOST_BYTES / 2 ** 20}: make it smaller first`,
    );
  }
}
