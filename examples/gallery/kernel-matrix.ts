/**
 * A convolution is linear: there is a matrix whose product with the flattened image is the flattened output. Its rows
 * hold the kernel where the window lies, and zeros elsewhere. The transpose of that matrix leads from outputs back to
 * the image's shape: it is the transposed convolution.
 *
 * Run it with `npx node examples/gallery/kernel-matrix.ts`, after `npm run build`.
 */
import { allclose, conv2d, convTranspose2d, kernelMatrix, pad, Tensor } from "convwasm";
import { type Derivation, print } from "./print.ts";
import { matmul, range, transpose } from "./tensors.ts";

/** The kernel padded to the size of the image around each place of the window; a row for each. */
export function expandKernel(kernel: Tensor, [height, width]: [number, number]): Tensor {
  const [down, across] = [height - kernel.shape[0]!, width - kernel.shape[1]!];
  const rows: number[] = [];
  for (let i = 0; i <= down; ++i) {
    for (let j = 0; j <= across; ++j) rows.push(...pad(kernel, [j, across - j, i, down - i]).data);
  }
  return new Tensor(rows, [(down + 1) * (across + 1), height * width]);
}

export function kernelAsMatrix(): Derivation {
  const image = range(1, 17).reshape([4, 4]);
  const kernel = range(1, 10).reshape([3, 3]);
  const matrix = expandKernel(kernel, [4, 4]);
  const output = matmul(matrix, image.reshape([16, 1])).reshape([2, 2]);
  const expected = conv2d(image.reshape([1, 1, 4, 4]), kernel.reshape([1, 1, 3, 3]));

  const transposed = transpose(matrix);
  const back = matmul(transposed, output.reshape([4, 1])).reshape([4, 4]);
  const expectedBack = convTranspose2d(output.reshape([1, 1, 2, 2]), kernel.reshape([1, 1, 3, 3]));
  return {
    title: "The kernel as a sparse matrix, and its transpose",
    steps: [
      ["image = torch.arange(1., 17.).reshape(4, 4); image", image],
      ["kernel = torch.arange(1., 10.).reshape(3, 3); kernel", kernel],
      [
        "matrix = torch.stack([pad(kernel, (j, 1 - j, i, 1 - i)).flatten() for i in range(2) for j in range(2)]); matrix",
        matrix,
      ],
      ["output = (matrix @ image.flatten()).reshape(2, 2); output", output],
      ["conv2d(image[None, None], kernel[None, None])", expected],
      ["matrix.T", transposed],
      ["(matrix.T @ output.flatten()).reshape(4, 4)", back],
      ["conv_transpose2d(output[None, None], kernel[None, None])", expectedBack],
    ],
    checks: [
      ["the matrix, kernelMatrix(kernel, [4, 4])", allclose(matrix, kernelMatrix(kernel, [4, 4]))],
      ["matrix @ image, conv2d", allclose(output.reshape(expected.shape), expected)],
      [
        'matrix @ image, conv2d with algorithm "toeplitz"',
        allclose(
          output.reshape(expected.shape),
          conv2d(image.reshape([1, 1, 4, 4]), kernel.reshape([1, 1, 3, 3]), null, { algorithm: "toeplitz" }),
        ),
      ],
      ["matrix.T @ output, convTranspose2d", allclose(back.reshape(expectedBack.shape), expectedBack)],
    ],
  };
}

if (import.meta.main) print(kernelAsMatrix());
