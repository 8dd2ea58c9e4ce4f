// A 3x3 convolution, a 1x1 convolution and the input itself, added up, are one 3x3 convolution.
import { allclose, conv2d, fuseParallel, identityKernel, pad, Tensor } from "convwasm";

const x = Tensor.arange(1, 33).reshape([1, 2, 4, 4]);
const w3 = Tensor.arange(-18, 18).reshape([2, 2, 3, 3]);
const b3 = Tensor.from([10, 20]);
const w1 = Tensor.arange(1, 5).reshape([2, 2, 1, 1]);
const b1 = Tensor.from([1, 2]);

const branches = conv2d(x, w3, b3, { padding: 1 })
  .add(conv2d(x, w1, b1))
  .add(x);
console.log(branches);

// 1x1 to 3x3: zeros around it
const padded = pad(w1, [1, 1, 1, 1]);
console.log(padded);
// the identity: a 1x1 kernel that gives each channel back, with zeros around it
const identity = pad(Tensor.eye(2).at([], [], null, null), [1, 1, 1, 1]);
console.log(identity);

// fuseParallel does the same with branches of any sizes, and with layers
const { weight, bias } = fuseParallel([
  { weight: w3, bias: b3 },
  { weight: w1, bias: b1 },
  { weight: identityKernel(2, 1) },
]);
console.log(weight);
console.log(bias);
console.log(allclose(conv2d(x, weight, bias, { padding: 1 }), branches) ? "True" : "False");
