import { roundUp } from "../quotient.ts";

/** Columns of a panel of weights, as many as a tile of a matrix product has. */
export const PANEL: i32 = 8;

/** Columns of two panels, which rows are multiplied with together. */
export const PANEL_PAIR: i32 = 16;

/** Rows of a batch that one item takes through all time steps. */
export const BLOCK_ROWS: i32 = 6;

/** Bytes that an item needs besides its rows. */
export const HEAD_BYTES: i32 = 64;

/** Numbers of a gate for each row of the batch: whole vectors. */
export function paddedHidden(hidden: u32): u32 {
  return roundUp(hidden, 4);
}

/** Columns of the products of a cell whose gates follow each other. */
export function gateColumns(gates: u32, hidden: u32): u32 {
  return roundUp(gates * paddedHidden(hidden), PANEL_PAIR);
}

/** Columns of a GRU: two gates, and from {@link gruSplit} on the candidate, whose factor may have to wait for them. */
export function gruColumns(hidden: u32): u32 {
  return gateColumns(2, hidden) + gateColumns(1, hidden);
}

/** Bytes of `panels` packed panels: in each a row of biases, then one for each of `depth` factors. */
export function panelBytes(panels: u32, depth: u32): u32 {
  return panels * (depth + 1) * 32;
}

/** Bytes of blocks of six rows: in each six zeros and six ones, which take the biases, then six numbers for each column. */
export function packedRowsBytes(blocks: u32, depth: u32): u32 {
  return blocks * (depth + 2) * 24;
}

/** Bytes of an item: its head, two states and the sums of its rows. */
export function itemBytes(rows: u32, hidden: u32, columns: u32): u32 {
  return HEAD_BYTES + rows * 4 * (2 * paddedHidden(hidden) + columns);
}
