import { copyRows } from "../../assembly/conv/copy/layout.ts";
import * as depthwise from "../../assembly/conv/depthwise/layout.ts";
import * as winograd from "../../assembly/conv/winograd/layout.ts";
import * as quantised from "../../assembly/quantised/layout.ts";
import { countOf } from "../check.ts";
import type { Block } from "../runtime/heap.ts";

/** Bytes of the longest parameter block of these kernels, Pack's. */
export const PARAMETER_BYTES = 56;

/** Where a kernel that packs may read and write. */
export interface Places {
  /** linear memory */
  readonly u32: Uint32Array;
  readonly i32: Int32Array;
  /** what it reads, and its scratch */
  readonly staged: Block;
  /** what it writes */
  readonly held: Block;
}

const isInside = ({ offset, bytes }: Block, begin: number, size: number): boolean =>
  begin >= offset && begin + size <= offset + bytes;

const tiles = (count: number, tile: number): number => Math.ceil(count / tile);

/** Words of a parameter block, of which the longest here has 14. */
type Words = readonly [...Seven, ...Seven];
type Seven = readonly [number, number, number, number, number, number, number];

/**
 * A parameter block, whose fields are one word each, unsigned here, and are taken in their order: by name and offset they would be
 * more code than the checks. A test compares the order with the kernels' own.
 */
const wordsOf = ({ u32 }: Places, at: number): Words => u32.subarray(at / 4, at / 4 + 14) as unknown as Words;

/**
 * Whether a kernel reads nothing but staged memory and writes nothing but held memory.
 * @param params address of its parameters: {@link PARAMETER_BYTES} from there on lie in the staged memory
 * @returns false for a kernel that packs nothing
 */
export function isSafe(kernel: string, params: number, items: number, places: Places): boolean {
  if (kernel === "kernels.copy") return isSafeCopy(params, items, places);
  if (kernel === "quantised.packBytes") return isSafePackBytes(params, items, places);
  const words = wordsOf(places, params);
  const [, , , packed, workspace, groups, channels, filters, tapCount, , tile] = words;
  if (!readsInside(words, places)) return false;
  let expected: number;
  let bytes: number;
  switch (kernel) {
    case "kernels.packPanels":
      if (tile === 0) return false;
      expected = groups * tiles(filters, tile);
      bytes = expected * (channels * tapCount + 1) * tile * 4;
      break;
    case "kernels.packDepthwise":
      expected = tiles(groups, depthwise.DEPTHWISE_CHANNELS);
      bytes = depthwise.weightBytes(groups, filters, tapCount);
      break;
    case "kernels.packWinograd":
      if (tapCount !== 9 && tapCount !== 25) return false;
      if (!isInside(places.staged, workspace, winograd.WINOGRAD_SCRATCH)) return false;
      expected = groups * tiles(filters, 6);
      bytes = groups * winograd.weightBytes(filters, channels);
      break;
    default:
      return false;
  }
  return items === expected && isInside(places.held, packed, bytes);
}

function readsInside(pack: Words, { u32, staged }: Places): boolean {
  const [weight, bias, taps, , , groups, channels, filters, tapCount, phases] = pack;
  const [, , , , , , , , , , , groupBytes, filterBytes, channelBytes] = pack;
  const own = filters / phases;
  if (![groups, channels, own, tapCount].every((count) => Number.isInteger(count) && count > 0)) return false;
  if (taps % 4 !== 0 || !isInside(staged, taps, 4 * phases * tapCount)) return false;
  let last = 0;
  for (let i = 0; i < phases * tapCount; ++i) last = Math.max(last, u32[taps / 4 + i]!);
  last += (groups - 1) * groupBytes + (own - 1) * filterBytes + (channels - 1) * channelBytes;
  return isInside(staged, weight, last + 4) && (bias === 0 || isInside(staged, bias, 4 * groups * own));
}

/** Filters in a panel of bytes: a plane by itself, rows and columns of a tile. */
const BYTE_TILES: readonly number[] = [1, quantised.TILE_ROWS, quantised.TILE_COLUMNS];

function isSafePackBytes(params: number, items: number, places: Places): boolean {
  const { staged, held } = places;
  const words = wordsOf(places, params);
  const [from, zeros, bias, to, filters, depth, tile, groupBytes, filterBytes, depthBytes, zeroStep] = words;
  if (!BYTE_TILES.includes(tile) || filters === 0 || depth === 0) return false;
  const groups = items / tiles(filters, tile);
  if (!Number.isInteger(groups) || groups === 0) return false;
  const last = (groups - 1) * groupBytes + (filters - 1) * filterBytes + (depth - 1) * depthBytes;
  const count = groups * filters;
  return (
    isInside(staged, from, last + 1) &&
    (zeros === 0 || isInside(staged, zeros, (count - 1) * zeroStep + 1)) &&
    (bias === 0 || (bias % 4 === 0 && isInside(staged, bias, 4 * count))) &&
    to % 4 === 0 &&
    isInside(held, to, groups * quantised.weightBytes(tile, filters, depth))
  );
}

/** More axes than a copy of weights has. */
const MOST_AXES = 8;

function isSafeCopy(params: number, items: number, places: Places): boolean {
  const { i32, staged, held } = places;
  const [from, to, axes, rank, size] = wordsOf(places, params);
  if (size !== 4 || rank < 1 || rank > MOST_AXES || axes % 4 !== 0 || !isInside(staged, axes, 12 * rank)) return false;
  const counts: number[] = [];
  const reach = [from, from, to, to] as [number, number, number, number];
  for (let axis = 0; axis < rank; ++axis) {
    const [count, read, written] = i32.subarray(axes / 4 + 3 * axis, axes / 4 + 3 * axis + 3) as unknown as number[];
    if (count! < 1) return false;
    counts.push(count!);
    reach[0] += Math.min(read! * (count! - 1), 0);
    reach[1] += Math.max(read! * (count! - 1), 0);
    reach[2] += Math.min(written! * (count! - 1), 0);
    reach[3] += Math.max(written! * (count! - 1), 0);
  }
  const expected = rank > 2 ? countOf(counts.slice(0, -2)) : tiles(counts[0]!, copyRows(counts[1] ?? 1));
  return (
    items === expected &&
    countOf(counts) * 4 <= held.bytes &&
    isInside(staged, reach[0], reach[1] - reach[0] + 4) &&
    isInside(held, reach[2], reach[3] - reach[2] + 4)
  );
}
