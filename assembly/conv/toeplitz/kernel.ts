import { finish } from "../../epilogue";
import { floats } from "../../floats";
import { Conv } from "../../params";
import { eachItem } from "../item";

/**
 * The kernel expanded to a sparse (pixels x height * width) matrix, times the flattened image.
 *
 * The places of the weights in the matrix are the same for every filter and channel, so only the pattern is
 * stored, by rows, and the product reads the weights, which are in torch's order, through it:
 *
 *   tables: entries { column byte offset i32, tap byte offset i32 }[pixels][taps]
 *
 * A column of -1 stands for a zero of the padding: its product still counts, since a weight may be infinite.
 * Items are images x groups x filters.
 */
export function convToeplitz(conv: Conv, begin: i32, end: i32): void {
  eachItem<Filter>(conv, conv.filters, begin, end);
}

class Filter {
  compute(conv: Conv, image: i32, group: i32, block: i32): void {
    const filter = group * conv.filters + block;
    const weights = conv.weights + floats(filter * conv.depth);
    const bias: f32 = conv.bias ? load<f32>(conv.bias + floats(filter)) : 0;
    const output = conv.outputOf(image, group) + <usize>block * conv.outPlaneBytes;
    multiplyPattern(conv, conv.inputOf(image, group), weights, bias, output);
    finish(conv, output, 0, 1, conv.pixels);
  }
}

function multiplyPattern(conv: Conv, input: usize, weight: usize, bias: f32, output: usize): void {
  const plane = conv.planeBytes;
  const tapBytes = floats(conv.taps);
  let begin = conv.tables;
  for (const end = output + conv.outPlaneBytes; output < end; output += 4) {
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
