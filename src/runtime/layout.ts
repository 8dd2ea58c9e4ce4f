/** Bytes in whole cache lines. */
export const wholeLines = (bytes: number): number => Math.ceil(bytes / 64) * 64;

/** Places for several arrays in one block, each on a cache line of its own. */
export class Layout {
  bytes = 0;

  add(bytes: number): number {
    const offset = this.bytes;
    this.bytes += wholeLines(bytes);
    return offset;
  }
}
