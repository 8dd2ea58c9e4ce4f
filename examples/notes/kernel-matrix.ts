// The kernel as a matrix: times the flattened image it is the convolution, and its transpose is the transposed convolution.
import { conv2d, convTranspose2d, kernelMatrix, pad, stack, Tensor } from "convwasm";

const image = Tensor.arange(1, 17).reshape([4, 4]);
const kernel = Tensor.arange(1, 10).reshape([3, 3]);

// each row is the kernel where an output puts it, with zeros around it
const rows: Tensor[] = [];
for (let i = 0; i < 2; ++i) {
  for (let j = 0; j < 2; ++j) {
    rows.push(pad(kernel, [j, 1 - j, i, 1 - i]).flatten());
  }
}
const matrix = stack(rows);
console.log(matrix);

const output = matrix.matmul(image.flatten());
console.log(output.reshape([2, 2]));
console.log(conv2d(image.at(null, null), kernel.at(null, null)));

// kernelMatrix(kernel, [4, 4]) is the same matrix
const back = kernelMatrix(kernel, [4, 4]).t().matmul(output);
console.log(back.reshape([4, 4]));
console.log(convTranspose2d(output.reshape([1, 1, 2, 2]), kernel.at(null, null)));
