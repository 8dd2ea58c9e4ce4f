// Each region as a column, each kernel as a row: a convolution is a matrix product, one for every image (and channel).
import { allclose, bmm, conv2d, Tensor, unfold } from "convwasm";

const x = Tensor.arange(1, 65).reshape([2, 2, 4, 4]);
const [N, C] = x.shape as [number, number];

// a kernel for each channel: one product for every image and channel
const kernels = Tensor.from([
  [
    [0, 1, 0],
    [1, -4, 1],
    [0, 1, 0],
  ],
  [
    [1, 0, -1],
    [2, 0, -2],
    [1, 0, -1],
  ],
]);
const regions = unfold(x, 3).reshape([N * C, 9, 4]);
console.log(regions.at(0));
const rows = kernels
  .reshape([1, C, 9])
  .expand(N, C, 9)
  .reshape([N * C, 1, 9]);
const perChannel = bmm(rows, regions).reshape([N, C, 2, 2]);
console.log(perChannel);
console.log(allclose(perChannel, conv2d(x, kernels.at([], null), null, { groups: C })) ? "True" : "False");

// kernels over all channels: one product for every image
const weight = Tensor.arange(-27, 27).reshape([3, C, 3, 3]);
const columns = unfold(x, 3);
console.log(...columns.shape);
const output = bmm(weight.reshape([1, 3, C * 9]).expand(N, 3, C * 9), columns).reshape([N, 3, 2, 2]);
console.log(output);
console.log(allclose(output, conv2d(x, weight)) ? "True" : "False");
