/** Bytes in whole cache lines. */
export const wholeLines = (bytes: number): number => Math.ceil(bytes / 64) * 64;

/** Bytes of several arrays, by name. */
export type Sizes = Readonly<Record<string, number>>;

/** Where each of several arrays begins, by the names of their sizes. */
export type Offsets<S extends Sizes> = { readonly [K in keyof S]: number };

/** Bytes of a block that holds the arrays, each on cache lines of its own. */
export function blockBytes(sizes: Sizes): number {
  let bytes = 0;
  for (const name in sizes) bytes += wholeLines(sizes[name]!);
  return bytes;
}

/** Where the arrays lie in a block that begins at `begin`, in their order. */
export function offsetsFrom<S extends Sizes>(begin: number, sizes: S): Offsets<S> {
  const offsets: Record<string, number> = {};
  let at = begin;
  for (const name in sizes) {
    offsets[name] = at;
    at += wholeLines(sizes[name]!);
  }
  return offsets as Offsets<S>;
}
