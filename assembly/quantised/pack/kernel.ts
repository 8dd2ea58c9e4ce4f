import { tilesOf } from "../../quotient";
import { depthOf, flagsAt, headBytes, panelBytes, PLAIN, SAFE } from "../layout";

/** The argument of {@link packBytes}. */
@unmanaged
export class PackBytes {
  /** weights, bytes */
  from: usize;
  /** zero points of the weights, bytes, or 0 for none */
  zeros: usize;
  /** i32 for each filter, or 0 for none */
  bias: usize;
  to: usize;
  /** of a group */
  filters: i32;
  depth: i32;
  /** filters in a panel: 1, 4 or 8 */
  tile: i32;
  /** bytes from one group, filter, and number along the summed axis to the next */
  groupBytes: i32;
  filterBytes: i32;
  depthBytes: i32;
  /** bytes from the zero point of one filter to that of the next: 0 or 1 */
  zeroStep: i32;
  /** whether the weights have a sign */
  signed: i32;
}

/**
 * Weights as panels of `tile` filters, one byte each, with signs:
 *
 *   biases i32[tile] | sums of the weights without zero points i32[tile] | zero points i32[tile] | flags |
 *   for each four along the summed axis: four bytes of each filter
 *
 * What is missing of a panel are zero points. Items are groups x panels.
 */
export function packBytes(params: PackBytes, begin: i32, end: i32): void {
  const panels = tilesOf(params.filters, params.tile);
  const bytes = <usize>panelBytes(params.tile, params.depth);
  for (let item = begin; item < end; ++item) {
    const group = item / panels;
    packPanel(params, group, (item - group * panels) * params.tile, params.to + <usize>item * bytes);
  }
}

function packPanel(params: PackBytes, group: i32, first: i32, to: usize): void {
  const tile = params.tile;
  const depth = params.depth;
  const flip = params.signed ? 0 : 0x80;
  const packed = to + <usize>headBytes(tile);
  const step = <usize>tile * 4;
  const end = <i32>depthOf(depth);
  let flags = PLAIN | SAFE;
  for (let i = 0; i < tile; ++i) {
    const filter = first + i;
    const isGiven = filter < params.filters;
    const number = group * params.filters + filter;
    let zero = 0;
    if (isGiven && params.zeros) zero = <i32>load<i8>(params.zeros + <usize>(number * params.zeroStep));
    zero = isGiven ? <i32>(<i8>(zero ^ flip)) : 0;
    let at = packed + <usize>i * 4;
    let sum = 0;
    let before = 0;
    let from = params.from + <usize>group * params.groupBytes + <usize>filter * params.filterBytes;
    for (let k = 0; k < end; ++k, from += params.depthBytes) {
      const weight = isGiven && k < depth ? <i32>(<i8>((<i32>load<u8>(from)) ^ flip)) : zero;
      store<u8>(at + ((<usize>k) & 3), <u8>weight);
      sum += weight - zero;
      if (k & 1) {
        if (abs(before) + abs(weight) > 128) flags &= ~SAFE;
      } else before = weight;
      if ((k & 3) == 3) at += step;
    }
    if (zero != 0) flags = 0;
    const head = to + <usize>i * 4;
    store<i32>(head, isGiven && params.bias ? load<i32>(params.bias + <usize>number * 4) : 0);
    store<i32>(head + step, sum);
    store<i32>(head + 2 * step, zero);
  }
  store<i32>(to + <usize>flagsAt(tile), flags);
}
