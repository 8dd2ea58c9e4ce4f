import { finish } from "../epilogue";
import { Conv } from "../params";

/**
 * The kernel expanded to a sparse (pixels x height * width) matrix, times the flattened image.
 *
 * Which weight stands where in the matrix is the same for every filter and channel, so only the pattern is
 * stored, by rows, and the product reads the weights through it:
 *
 *   packed: entries { column byte offset i32, tap byte offset i32 }[pixels][taps]
 *
 * A column of -1 stands for a zero of the padding: its product still counts, for a weight may be infinite.
 */
export function convToeplitz(conv: Conv): void {
  const plane = (<usize>conv.height * conv.width) << 2;
  const filterBytes = (<usize>conv.depth) << 2;
  let output = conv.output;
  for (let n = 0; n < conv.batch; ++n) {
    let weight = conv.weight;
    let bias = conv.bias;
    for (let group = 0; group < conv.groups; ++group) {
      const input = conv.input + <usize>((n * conv.groups + group) * conv.channels) * plane;
      for (let filter = 0; filter < conv.filters; ++filter) {
        multiplyPattern(conv, input, plane, weight, conv.bias ? load<f32>(bias) : 0, output);
        finish(conv, output, 0, 1, conv.pixels);
        weight += filterBytes;
        output += (<usize>conv.pixels) << 2;
        bias += 4;
      }
    }
  }
}

function multiplyPattern(conv: Conv, input: usize, plane: usize, weight: usize, bias: f32, output: usize): void {
  const tapBytes = (<usize>conv.taps) << 2;
  let begin = conv.packed;
  for (const end = output + ((<usize>conv.pixels) << 2); output < end; output += 4) {
    const rowEnd = begin + 2 * tapBytes;
    let sum = bias;
    let x = input;
    let w = weight;
    for (let c = 0; c < conv.channels; ++c) {
      let channel: f32 = 0;
      for (let entry = begin; entry < rowEnd; entry += 8) {
        const column = load<i32>(entry);
        channel += (column < 0 ? 0 : load<f32>(x + column)) * load<f32>(w + load<u32>(entry, 4));
      }
      sum += channel;
      x += plane;
      w += tapBytes;
    }
    store<f32>(output, sum);
    begin = rowEnd;
  }
}
