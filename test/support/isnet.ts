import { countOf } from "../../src/check.ts";
import { add, cat, conv2d, interpolate, maxPool2d, relu, sigmoid, Tensor } from "../../src/index.ts";

type Layer = (x: Tensor) => Tensor;

/** Weights of zeros, all views of one array: shapes alone matter. */
const zeros = new Float32Array(1024 * 512 * 9);
const empty = (shape: readonly number[]) => new Tensor(zeros.subarray(0, countOf(shape)), shape);

/** What the layers have, in numbers. */
const sizes: number[] = [];

function layer(channels: number, filters: number, dilation = 1, stride = 1): Layer {
  const [weight, bias] = [empty([filters, channels, 3, 3]), empty([filters])];
  sizes.push(weight.size + bias.size);
  return (x) => conv2d(x, weight, bias, { padding: dilation, dilation, stride });
}

const enlarged = (x: Tensor, like: Tensor) => {
  const [height, width] = like.shape.slice(2) as [number, number];
  return interpolate(x, { size: [height, width], mode: "bilinear" });
};
const halved: Layer = (x) => maxPool2d(x, 2, { stride: 2, ceilMode: true });

/** A residual U-block of so many levels: Qin et al., U2-Net, arXiv 2005.09007, figure 3. */
function block(levels: number, input: number, middle: number, output: number): Layer {
  const first = layer(input, output);
  const down = Array.from({ length: levels - 1 }, (_, i) => layer(i === 0 ? output : middle, middle));
  const deepest = layer(middle, middle, 2);
  const up = down.map((_, i) => layer(2 * middle, i === levels - 2 ? output : middle));
  return (x) => {
    const begin = relu(first(x));
    const kept: Tensor[] = [];
    for (const [i, step] of down.entries()) kept.push(relu(step(i === 0 ? begin : halved(kept[i - 1]!))));
    let result = relu(deepest(kept.at(-1)!));
    for (const [i, step] of up.entries()) {
      const beside = kept[levels - 2 - i]!;
      result = relu(step(cat([i === 0 ? result : enlarged(result, beside), beside], 1)));
    }
    return add(result, begin);
  };
}

/** The same on small maps, by dilation in place of pools. */
function flatBlock(input: number, middle: number, output: number): Layer {
  const first = layer(input, output);
  const down = [1, 2, 4, 8].map((dilation, i) => layer(i === 0 ? output : middle, middle, dilation));
  const up = [4, 2, 1].map((dilation) => layer(2 * middle, dilation === 1 ? output : middle, dilation));
  return (x) => {
    const begin = relu(first(x));
    const kept: Tensor[] = [];
    for (const [i, step] of down.entries()) kept.push(relu(step(i === 0 ? begin : kept[i - 1]!)));
    let result = kept[3]!;
    for (const [i, step] of up.entries()) result = relu(step(cat([result, kept[2 - i]!], 1)));
    return add(result, begin);
  };
}

/** IS-Net (Qin et al., arXiv 2203.03041) by its shapes: U-shaped and residual, 44 million parameters, for 1024 x 1024. */
export function isnet(): { forward(x: Tensor): Readonly<Record<string, Tensor>>; readonly parameters: number } {
  sizes.length = 0;
  const stem = layer(3, 64, 1, 2);
  const down = [
    block(7, 64, 32, 64),
    block(6, 64, 32, 128),
    block(5, 128, 64, 256),
    block(4, 256, 128, 512),
    flatBlock(512, 256, 512),
    flatBlock(512, 256, 512),
  ];
  const up = [
    flatBlock(1024, 256, 512),
    block(4, 1024, 128, 256),
    block(5, 512, 64, 128),
    block(6, 256, 32, 64),
    block(7, 128, 16, 64),
  ];
  const sides = [64, 64, 128, 256, 512, 512].map((channels) => layer(channels, 1));
  return {
    parameters: sizes.reduce((sum, size) => sum + size, 0),
    forward(x) {
      const kept: Tensor[] = [];
      for (const [i, step] of down.entries()) kept.push(step(i === 0 ? stem(x) : halved(kept[i - 1]!)));
      const levels = [kept[5]!];
      for (const [i, step] of up.entries()) {
        const beside = kept[4 - i]!;
        levels.unshift(step(cat([enlarged(levels[0]!, beside), beside], 1)));
      }
      return Object.fromEntries(sides.map((side, i) => [`d${i + 1}`, sigmoid(enlarged(side(levels[i]!), x))]));
    },
  };
}
