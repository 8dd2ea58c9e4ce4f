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
 */
export function packWinograd(conv: Conv): void {
  const panels = (conv.filters + GEMM_MR - 1) / GEMM_MR;
  const panelBytes = <usize>(conv.channels + 1) * (GEMM_MR * 4);
  const pointBytes = <usize>panels * panelBytes;
  const groupBytes = WINOGRAD_POINTS * pointBytes + ((<usize>conv.filters) << 2);
  const taps = conv.taps;
  memory.fill(conv.packed, 0, <usize>conv.groups * groupBytes);
  let weight = conv.weight;
  let bias = conv.bias;
  let group = conv.packed;
  for (let g = 0; g < conv.groups; ++g) {
    for (let filter = 0; filter < conv.filters; ++filter) {
      const panel = filter / GEMM_MR;
      const lane = filter - panel * GEMM_MR;
      let to = group + <usize>panel * panelBytes + ((<usize>(GEMM_MR + lane)) << 2);
      for (let c = 0; c < conv.channels; ++c) {
        transformFilter(weight, conv.kernelHeight, conv.workspace, to, pointBytes);
        weight += (<usize>taps) << 2;
        to += GEMM_MR * 4;
      }
      if (conv.bias) {
        store<f32>(group + WINOGRAD_POINTS * pointBytes + ((<usize>filter) << 2), load<f32>(bias));
        bias += 4;
      }
    }
    group += groupBytes;
  }
}

/** G g G^T of one kernel, `size` 3 or 5 on a side; scratch holds f64[6][5]. */
function transformFilter(g: usize, size: i32, scratch: usize, to: usize, pointBytes: usize): void {
  for (let column = 0; column < size; ++column) {
    const at = g + ((<usize>column) << 2);
    const row = (<usize>size) << 2;
    const g3: f64 = size == 5 ? <f64>load<f32>(at + 3 * row) : 0;
    const g4: f64 = size == 5 ? <f64>load<f32>(at + 4 * row) : 0;
    const g2: f64 = load<f32>(at + 2 * row);
    transformTaps(
      load<f32>(at),
      load<f32>(at + row),
      g2,
      g3,
      g4,
      size == 5 ? g4 : g2,
      scratch + ((<usize>column) << 3),
      40,
    );
  }
  const line = scratch + 240;
  for (let i = 0; i < 6; ++i) {
    const at = scratch + <usize>i * 40;
    const g3: f64 = size == 5 ? load<f64>(at, 24) : 0;
    const g4: f64 = size == 5 ? load<f64>(at, 32) : 0;
    const g2 = load<f64>(at, 16);
    transformTaps(load<f64>(at), load<f64>(at, 8), g2, g3, g4, size == 5 ? g4 : g2, line, 8);
    for (let j: usize = 0; j < 6; ++j, to += pointBytes) store<f32>(to, <f32>load<f64>(line + (j << 3)));
  }
}

/** G times one column of taps: the polynomial's value at each point over the point's divisor, and its last tap. */
function transformTaps(g0: f64, g1: f64, g2: f64, g3: f64, g4: f64, last: f64, to: usize, pitch: usize): void {
  const evenA = g0 + 0.5 * g2 + 0.25 * g4;
  const oddA = A * (g1 + 0.5 * g3);
  const evenB = g0 + 2 * g2 + 4 * g4;
  const oddB = B * (g1 + 2 * g3);
  store<f64>(to, g0);
  store<f64>(to + pitch, (evenA + oddA) / -1.5);
  store<f64>(to + 2 * pitch, (evenA - oddA) / -1.5);
  store<f64>(to + 3 * pitch, (evenB + oddB) / 6);
  store<f64>(to + 4 * pitch, (evenB - oddB) / 6);
  store<f64>(to + 5 * pitch, last);
}
