/**
 * The definition of a convolution: each output is the window of the image under the kernel, times the kernel, summed.
 *
 * Run it with `npx node examples/gallery/window-loop.ts`, after `npm run build`.
 */
import { allclose, conv2d, Tensor } from "convwasm";
import { type Derivation, print } from "./print.ts";
import { range } from "./tensors.ts";

/** The window of a matrix whose first row and column are given. */
export function windowAt({ data, shape }: Tensor, [top, left]: number[], [height, width]: readonly number[]): Tensor {
  const window = Tensor.zeros([height!, width!]);
  for (let r = 0; r < height!; ++r) {
    for (let s = 0; s < width!; ++s) window.data[r * width! + s] = data[(top! + r) * shape[1]! + left! + s]!;
  }
  return window;
}

export const timesKernelSummed = (window: Tensor, kernel: Tensor): number =>
  window.data.reduce((sum, value, i) => sum + value * kernel.data[i]!, 0);

/** The convolution of a matrix with a kernel. */
export function convolveByWindows(image: Tensor, kernel: Tensor, stride = 1): Tensor {
  const [height, width] = image.shape.map((length, i) => Math.floor((length - kernel.shape[i]!) / stride) + 1);
  const output = Tensor.zeros([height!, width!]);
  for (let i = 0; i < height!; ++i) {
    for (let j = 0; j < width!; ++j) {
      const window = windowAt(image, [i * stride, j * stride], kernel.shape);
      output.data[i * width! + j] = timesKernelSummed(window, kernel);
    }
  }
  return output;
}

export function windowLoop(): Derivation {
  const image = range(1, 17).reshape([4, 4]);
  const kernel = new Tensor([0, 1, 0, 1, 1, 1, 0, 1, 0], [3, 3]);
  const output = convolveByWindows(image, kernel);
  const expected = conv2d(image.reshape([1, 1, 4, 4]), kernel.reshape([1, 1, 3, 3]));
  const windows = [
    [0, 0],
    [0, 1],
    [1, 0],
    [1, 1],
  ].flatMap(([i, j]) => {
    const window = windowAt(image, [i!, j!], [3, 3]);
    return [
      [`window = image[${i}:${i! + 3}, ${j}:${j! + 3}]; window`, window],
      ["(window * kernel).sum()", Tensor.from(timesKernelSummed(window, kernel))],
    ] as const;
  });
  return {
    title: "Windows times kernel, summed",
    steps: [
      ["image = torch.arange(1., 17.).reshape(4, 4); image", image],
      ["kernel = torch.tensor([[0., 1., 0.], [1., 1., 1.], [0., 1., 0.]]); kernel", kernel],
      ...windows,
      ["torch.tensor([[(image[i:i + 3, j:j + 3] * kernel).sum() for j in range(2)] for i in range(2)])", output],
      ["conv2d(image[None, None], kernel[None, None])", expected],
    ],
    checks: [["the sums, conv2d", allclose(output.reshape(expected.shape), expected)]],
  };
}

if (import.meta.main) print(windowLoop());
