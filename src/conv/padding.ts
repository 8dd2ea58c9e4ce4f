/** How values outside the image are made (torch.nn.Conv2d's padding_mode). */
export type PaddingMode = "zeros" | "reflect" | "replicate" | "circular";

export const PADDING_MODES = ["zeros", "reflect", "replicate", "circular"] as const;

/** Index of the value at `index` of an axis continued beyond its `length`; -1 for a zero. */
export function sourceIndex(mode: PaddingMode, index: number, length: number): number {
  if (index >= 0 && index < length) return index;
  switch (mode) {
    case "zeros":
      return -1;
    case "replicate":
      return index < 0 ? 0 : length - 1;
    case "reflect":
      return index < 0 ? -index : 2 * (length - 1) - index;
    case "circular":
      return index < 0 ? index + length : index - length;
  }
}

/** Why `padding` cannot continue an axis of `length` in this mode; undefined if it can. */
export function paddingFault(mode: PaddingMode, padding: number, length: number): string | undefined {
  if (mode === "reflect" && padding >= length) return `reflect padding must be smaller than the axis (${length})`;
  if (mode === "replicate" && padding > 0 && length === 0)
    return "replicate padding has nothing to repeat in an empty axis";
  if (mode === "circular" && padding > length) return `circular padding must be at most the axis (${length})`;
  return undefined;
}
