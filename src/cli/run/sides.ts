/** What a picture may have: a few bytes of a file may declare any size. */
const MOST_MEGAPIXELS = 64;
/** As of a JPEG. */
const MOST_SIDE = 65535;

/** MB that the command may take for a picture, but for the network. */
export const DEFAULT_MEMORY = 512;
/** MB of the runtime and the code. */
const BASE = 128;

/**
 * @param bytes that reading the picture takes
 * @param memory MB that the whole command may take
 * @throws Error for a picture that has no pixels, or too many
 */
export function checkSides(width: number, height: number, bytes: number, memory: number): void {
  const picture = `a picture of ${width}x${height}`;
  if (width === 0 || height === 0) throw new Error(`${picture} has no pixels`);
  if (width * height > MOST_MEGAPIXELS * 1e6) throw new Error(`${picture} is more than ${MOST_MEGAPIXELS} megapixels`);
  if (Math.max(width, height) > MOST_SIDE) throw new Error(`${picture} is longer than ${MOST_SIDE} pixels`);
  const needed = BASE + Math.ceil(bytes / 2 ** 20);
  if (needed > memory) throw new Error(`${picture} needs ${needed} MB, and ${memory} are allowed (--memory)`);
}
