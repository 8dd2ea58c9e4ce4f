import { COLUMN_BYTES, GEMM_MR } from "../../blocking";
import { floats } from "../../floats";
import { Pack } from "../../params";
import { tilesOf } from "../../quotient";
import { panelBytes, pointBytes, weightBytes, WINOGRAD_POINTS } from "./layout";
import { A, B } from "./points";

/** Bytes of a row of the scratch: five pairs of float64. */
// @ts-ignore: decorator
@inline
const COLUMNS_PITCH: usize = 80;
/** Place in the scratch of six more pairs, after six such rows. */
// @ts-ignore: decorator
@inline
const LINE: usize = 480;

/**
 * Filters transformed in float64, U = G g G^T, as panels for the micro-kernel:
 *
 *   group 0: point 0: panel 0: six zeros (the bias comes with the inverse), then six filters of c0, of c1, ...
 *                     panel 1 ...
 *            point 1 ...
 *            the group's biases
 *
 * Two filters, which lie side by side in their panel, are transformed together. Items are groups x panels.
 */
export function packFilters(pack: Pack, begin: i32, end: i32): void {
  const panels: i32 = tilesOf(pack.filters, GEMM_MR);
  const pointSize = <usize>pointBytes(pack.filters, pack.channels);
  for (let item = begin; item < end; ++item) {
    const group = item / panels;
    const panel = item - group * panels;
    const to = pack.packed + <usize>group * <usize>weightBytes(pack.filters, pack.channels);
    const bias = to + <usize>WINOGRAD_POINTS * pointSize;
    packPanel(pack, group, panel * GEMM_MR, to + <usize>panel * <usize>panelBytes(pack.channels), pointSize, bias);
  }
}

function packPanel(pack: Pack, group: i32, first: i32, to: usize, pointSize: usize, bias: usize): void {
  const end = min(first + GEMM_MR, pack.filters);
  for (let point = 0; point < WINOGRAD_POINTS; ++point) {
    memory.fill(to + <usize>point * pointSize, 0, <usize>panelBytes(pack.channels));
  }
  for (let filter = first; filter < end; filter += 2) {
    const lane = to + COLUMN_BYTES + floats(filter - first);
    transformFilters(pack, group, filter, filter + 1 < end ? filter + 1 : -1, lane, pointSize);
  }
  for (let filter = first; filter < end; ++filter) store<f32>(bias + floats(filter), pack.biasOf(group, filter));
}

/** G g G^T for all channels of two filters, or of one and zeros; the scratch holds f64x2[6][5] and f64x2[6]. */
function transformFilters(pack: Pack, group: i32, first: i32, second: i32, to: usize, pointSize: usize): void {
  const size: i32 = pack.tapCount == 9 ? 3 : 5;
  const columns = pack.scratch;
  const line = columns + LINE;
  const firstTaps = pack.tapsOf(first);
  const secondTaps = second < 0 ? firstTaps : pack.tapsOf(second);
  let firstWeight = pack.weightOf(group, first);
  let secondWeight: usize = second < 0 ? 0 : pack.weightOf(group, second);
  for (let c = 0; c < pack.channels; ++c) {
    for (let column = 0; column < size; ++column) {
      const at = floats(column);
      transformTaps(size, firstWeight, firstTaps + at, secondWeight, secondTaps + at, columns + ((<usize>column) << 4));
    }
    let point = to;
    for (let i: usize = 0; i < 6; ++i) {
      transformLine(size, columns + i * COLUMNS_PITCH, line);
      for (let j: usize = 0; j < 96; j += 16, point += pointSize) {
        v128.store64_lane(point, f32x4.demote_f64x2_zero(v128.load(line + j)), 0);
      }
    }
    firstWeight += <usize>pack.channelBytes;
    if (secondWeight) secondWeight += <usize>pack.channelBytes;
    to += COLUMN_BYTES;
  }
}

/** The taps of one column of both kernels, whose offsets are `size` entries apart. */
function transformTaps(size: i32, first: usize, firstTaps: usize, second: usize, secondTaps: usize, to: usize): void {
  const row = floats(size);
  const g0 = tapPair(first, firstTaps, second, secondTaps);
  const g1 = tapPair(first, firstTaps + row, second, secondTaps + row);
  const g2 = tapPair(first, firstTaps + 2 * row, second, secondTaps + 2 * row);
  if (size == 3) storePoints(g0, g1, g2, f64x2.splat(0), f64x2.splat(0), g2, to, COLUMNS_PITCH);
  else {
    const g3 = tapPair(first, firstTaps + 3 * row, second, secondTaps + 3 * row);
    const g4 = tapPair(first, firstTaps + 4 * row, second, secondTaps + 4 * row);
    storePoints(g0, g1, g2, g3, g4, g4, to, COLUMNS_PITCH);
  }
}

// @ts-ignore: decorator
@inline
function tapPair(first: usize, firstTap: usize, second: usize, secondTap: usize): v128 {
  const tap = f64x2.splat(<f64>load<f32>(first + load<u32>(firstTap)));
  return f64x2.replace_lane(tap, 1, second ? <f64>load<f32>(second + load<u32>(secondTap)) : 0);
}

function transformLine(size: i32, at: usize, to: usize): void {
  const g2 = v128.load(at, 32);
  if (size == 3) {
    storePoints(v128.load(at), v128.load(at, 16), g2, f64x2.splat(0), f64x2.splat(0), g2, to, 16);
  } else {
    const g4 = v128.load(at, 64);
    storePoints(v128.load(at), v128.load(at, 16), g2, v128.load(at, 48), g4, g4, to, 16);
  }
}

/** G times one column of taps: the polynomial's value at each point over the point's divisor, and its last tap. */
// @ts-ignore: decorator
@inline
function storePoints(g0: v128, g1: v128, g2: v128, g3: v128, g4: v128, last: v128, to: usize, pitch: usize): void {
  const evenA = f64x2.add(g0, f64x2.add(scale(g2, 0.5), scale(g4, 0.25)));
  const oddA = scale(f64x2.add(g1, scale(g3, 0.5)), A);
  const evenB = f64x2.add(g0, f64x2.add(scale(g2, 2), scale(g4, 4)));
  const oddB = scale(f64x2.add(g1, scale(g3, 2)), B);
  v128.store(to, g0);
  v128.store(to + pitch, scale(f64x2.add(evenA, oddA), -2.0 / 3.0));
  v128.store(to + 2 * pitch, scale(f64x2.sub(evenA, oddA), -2.0 / 3.0));
  v128.store(to + 3 * pitch, scale(f64x2.add(evenB, oddB), 1.0 / 6.0));
  v128.store(to + 4 * pitch, scale(f64x2.sub(evenB, oddB), 1.0 / 6.0));
  v128.store(to + 5 * pitch, last);
}

// @ts-ignore: decorator
@inline
function scale(v: v128, factor: f64): v128 {
  return f64x2.mul(v, f64x2.splat(factor));
}
