// A convolution is a sum over windows: each window of the image times the kernel, added up.
import { conv2d, stack, Tensor } from "convwasm";

const image = Tensor.arange(1, 17).reshape([4, 4]);
const kernel = Tensor.from([
  [0, 1, 0],
  [1, 1, 1],
  [0, 1, 0],
]);
const [height, width] = kernel.shape as [number, number];

const sums: Tensor[] = [];
for (let i = 0; i < 2; ++i) {
  for (let j = 0; j < 2; ++j) {
    const window = image.at([i, i + height], [j, j + width]);
    console.log(window.mul(kernel));
    sums.push(window.mul(kernel).sum());
  }
}

const output = stack(sums).reshape([2, 2]);
console.log(output);
console.log(conv2d(image.at(null, null), kernel.at(null, null)));

// with a stride the windows are further apart
console.log(conv2d(image.at(null, null), kernel.at(null, null, [0, 2], [0, 2]), null, { stride: 2 }));
