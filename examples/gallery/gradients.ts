/**
 * The gradients of a loss that depends on the outputs of a convolution. With g the gradient of the loss for each output,
 * the gradient for the input is the transposed convolution of g with the kernel, that for the kernel is the convolution
 * of the input with g, and that for the bias is the sum of g.
 *
 * Each is compared with finite differences: how much the loss changes where one value goes up and down a little.
 *
 * Run it with `npx node examples/gallery/gradients.ts`, after `npm run build`.
 */
import { allclose, conv2dBackward, Tensor } from "convwasm";
import { type Derivation, print } from "./print.ts";
import { range } from "./tensors.ts";

/** A power of two, which float64 adds to small numbers and divides by without rounding. */
const STEP = 2 ** -12;

/** An array of float64 values with torch's shape. */
export interface Values {
  readonly data: Float64Array;
  readonly shape: readonly number[];
}

export const toFloat64 = ({ data, shape }: Tensor): Values => ({ data: Float64Array.from(data), shape });

/** The convolution as seven loops, in float64. */
export function convolve(input: Values, weight: Values, bias: Values | null, { stride = 1, padding = 0 } = {}): Values {
  const [batch, channels, height, width] = input.shape as [number, number, number, number];
  const [filters, , kernelHeight, kernelWidth] = weight.shape as [number, number, number, number];
  const outHeight = Math.floor((height + 2 * padding - kernelHeight) / stride) + 1;
  const outWidth = Math.floor((width + 2 * padding - kernelWidth) / stride) + 1;
  const data = new Float64Array(batch * filters * outHeight * outWidth);
  let to = 0;
  for (let n = 0; n < batch; ++n) {
    for (let k = 0; k < filters; ++k) {
      for (let i = 0; i < outHeight; ++i) {
        for (let j = 0; j < outWidth; ++j) {
          let sum = bias?.data[k] ?? 0;
          for (let c = 0; c < channels; ++c) {
            for (let r = 0; r < kernelHeight; ++r) {
              for (let s = 0; s < kernelWidth; ++s) {
                const [y, x] = [i * stride + r - padding, j * stride + s - padding];
                if (y < 0 || y >= height || x < 0 || x >= width) continue;
                sum +=
                  input.data[((n * channels + c) * height + y) * width + x]! *
                  weight.data[((k * channels + c) * kernelHeight + r) * kernelWidth + s]!;
              }
            }
          }
          data[to++] = sum;
        }
      }
    }
  }
  return { data, shape: [batch, filters, outHeight, outWidth] };
}

/** The gradient of a loss for each of the values that it is computed from, by central differences. */
export function finiteDifferences({ data, shape }: Values, loss: () => number, step = STEP): Tensor {
  const gradient = Array.from(data, (value, i) => {
    data[i] = value + step;
    const up = loss();
    data[i] = value - step;
    const down = loss();
    data[i] = value;
    return (up - down) / (2 * step);
  });
  return new Tensor(gradient, shape);
}

export function gradients(): Derivation {
  const x = range(1, 17).reshape([1, 1, 4, 4]);
  const weight = new Tensor([0.5, -1, 2, 0.25], [1, 1, 2, 2]);
  const bias = Tensor.from([3]);
  const gradient = new Tensor([1, 0, -2, 3, 1, 0.5, -1, 2, 4], [1, 1, 3, 3]);
  const computed = conv2dBackward(x, weight, gradient);

  const [input64, weight64, bias64] = [x, weight, bias].map(toFloat64) as [Values, Values, Values];
  const loss = () => {
    const { data } = convolve(input64, weight64, bias64);
    return data.reduce((sum, value, i) => sum + value * gradient.data[i]!, 0);
  };
  const differences = {
    input: finiteDifferences(input64, loss),
    weight: finiteDifferences(weight64, loss),
    bias: finiteDifferences(bias64, loss),
  };
  const names = ["input", "weight", "bias"] as const;
  return {
    title: "Gradients against finite differences",
    steps: [
      ["x = torch.arange(1., 17.).reshape(1, 1, 4, 4); x", x],
      ["weight = torch.tensor([[[[0.5, -1.], [2., 0.25]]]]); weight", weight],
      ["gradient = torch.tensor([[[[1., 0., -2.], [3., 1., 0.5], [-1., 2., 4.]]]]); gradient", gradient],
      ["torch.nn.grad.conv2d_input(x.shape, weight, gradient)", computed.input],
      ["torch.nn.grad.conv2d_weight(x, weight.shape, gradient)", computed.weight],
      ["gradient.sum((0, 2, 3))", computed.bias],
      ...names.map((name) => [`# finite differences for the ${name}`, differences[name]] as const),
    ],
    checks: names.map((name) => [
      `the gradient for the ${name}, finite differences`,
      allclose(computed[name], differences[name], { rtol: 1e-5, atol: 1e-5 }),
    ]),
  };
}

if (import.meta.main) print(gradients());
