/**
 * Each region under the kernel, flattened, is a column of a matrix (im2col); each filter, flattened, is a row of another.
 * The convolution is one product of the two.
 *
 * Run it with `npx node examples/gallery/flattened-regions.ts`, after `npm run build`.
 */
import { allclose, conv2d, Tensor, unfold } from "convwasm";
import { type Derivation, print } from "./print.ts";
import { matmul, range } from "./tensors.ts";

/** (channels, height, width) -> (channels * kernel height * kernel width, regions) */
export function flattenRegions({ data, shape }: Tensor, [kernelHeight, kernelWidth]: [number, number]): Tensor {
  const [channels, height, width] = shape as [number, number, number];
  const [down, across] = [height - kernelHeight + 1, width - kernelWidth + 1];
  const columns: number[] = [];
  for (let c = 0; c < channels; ++c) {
    for (let r = 0; r < kernelHeight; ++r) {
      for (let s = 0; s < kernelWidth; ++s) {
        // a row: what lies under the kernel's value (r, s), region by region
        for (let i = 0; i < down; ++i) {
          for (let j = 0; j < across; ++j) columns.push(data[(c * height + i + r) * width + j + s]!);
        }
      }
    }
  }
  return new Tensor(columns, [channels * kernelHeight * kernelWidth, down * across]);
}

export function flattenedRegions(): Derivation {
  const image = range(1, 19).reshape([2, 3, 3]);
  const weight = range(-8, 8).reshape([2, 2, 2, 2]);
  const columns = flattenRegions(image, [2, 2]);
  const rows = weight.reshape([2, 8]);
  const product = matmul(rows, columns);
  const output = product.reshape([2, 2, 2]);
  const expected = conv2d(image, weight);
  return {
    title: "Regions flattened to a matrix, and one product",
    steps: [
      ["image = torch.arange(1., 19.).reshape(2, 3, 3); image", image],
      ["weight = torch.arange(-8., 8.).reshape(2, 2, 2, 2); weight", weight],
      [
        "columns = torch.stack([image[:, i:i + 2, j:j + 2].flatten() for i in range(2) for j in range(2)], 1); columns",
        columns,
      ],
      ["rows = weight.reshape(2, 8); rows", rows],
      ["product = rows @ columns; product", product],
      ["product.reshape(2, 2, 2)", output],
      ["conv2d(image, weight)", expected],
    ],
    checks: [
      ["the flattened regions, unfold(image, 2)", allclose(columns, unfold(image, 2))],
      ["the product, conv2d", allclose(output, expected)],
      [
        'the product, conv2d with algorithm "im2col"',
        allclose(output, conv2d(image, weight, null, { algorithm: "im2col" })),
      ],
    ],
  };
}

if (import.meta.main) print(flattenedRegions());
