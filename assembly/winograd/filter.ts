import { GEMM_MR, WINOGRAD_POINTS } from "../blocking";
import { Conv } from "../params";
import { A, B } from "./points";

/**
 * Filters transformed in float64, U = G g G^T, as panels for the micro-kernel:
 *
 *   group 0: point 0: panel 0: six zeros (the bias comes with the inverse), then six filters of c0, of c1, ...
 *                     panel 1 ...
 *            point 1 ...
 *            the group's biases
 *
 * Two filters are transformed together, which lie side by side in their panel.
 */
export function packWinograd(conv: Conv): void {
  const panels = (conv.filters + GEMM_MR - 1) / GEMM_MR;
  const panelBytes = <usize>(conv.channels + 1) * (GEMM_MR * 4);
  const pointBytes = <usize>panels * panelBytes;
  const groupBytes = WINOGRAD_POINTS * pointBytes + ((<usize>conv.filters) << 2);
  const filterBytes = (<usize>conv.depth) << 2;
  memory.fill(conv.packed, 0, <usize>conv.groups * groupBytes);
  let weight = conv.weight;
  let group = conv.packed;
  for (let g = 0; g < conv.groups; ++g) {
    for (let filter = 0; filter < conv.filters; filter += 2) {
      const panel = filter / GEMM_MR;
      const lane = filter - panel * GEMM_MR;
      const to = group + <usize>panel * panelBytes + ((<usize>(GEMM_MR + lane)) << 2);
      // a last filter without a second is transformed beside zeros
      const second: usize = filter + 1 < conv.filters ? weight + filterBytes : 0;
      transformFilters(conv, weight, second, to, pointBytes);
      weight += filterBytes * <usize>min(conv.filters - filter, 2);
    }
    if (conv.bias) {
      const biasBytes = (<usize>conv.filters) << 2;
      memory.copy(group + WINOGRAD_POINTS * pointBytes, conv.bias + <usize>g * biasBytes, biasBytes);
    }
    group += groupBytes;
  }
}

/** G g G^T for all channels of two filters; the workspace holds f64x2[6][5] and f64x2[6]. */
function transformFilters(conv: Conv, first: usize, second: usize, to: usize, pointBytes: usize): void {
  const size = conv.kernelHeight;
  const columns = conv.workspace;
  const line = columns + 480;
  const step = (<usize>conv.taps) << 2;
  for (let c = 0; c < conv.channels; ++c) {
    for (let column = 0; column < size; ++column) {
      const at = (<usize>column) << 2;
      transformTaps(size, first + at, second ? second + at : 0, columns + ((<usize>column) << 4));
    }
    let point = to;
    for (let i: usize = 0; i < 6; ++i) {
      transformLine(size, columns + i * 80, line);
      for (let j: usize = 0; j < 96; j += 16, point += pointBytes) {
        v128.store64_lane(point, f32x4.demote_f64x2_zero(v128.load(line + j)), 0);
      }
    }
    first += step;
    if (second) second += step;
    to += GEMM_MR * 4;
  }
}

/** The taps of one column of both kernels, `size` floats apart. */
function transformTaps(size: i32, first: usize, second: usize, to: usize): void {
  const row = (<usize>size) << 2;
  const g0 = tapPair(first, second);
  const g1 = tapPair(first + row, second ? second + row : 0);
  const g2 = tapPair(first + 2 * row, second ? second + 2 * row : 0);
  if (size == 3) storePoints(g0, g1, g2, f64x2.splat(0), f64x2.splat(0), g2, to, 80);
  else {
    const g3 = tapPair(first + 3 * row, second ? second + 3 * row : 0);
    const g4 = tapPair(first + 4 * row, second ? second + 4 * row : 0);
    storePoints(g0, g1, g2, g3, g4, g4, to, 80);
  }
}

// @ts-ignore: decorator
@inline
function tapPair(first: usize, second: usize): v128 {
  return f64x2.replace_lane(f64x2.splat(<f64>load<f32>(first)), 1, second ? <f64>load<f32>(second) : 0);
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
