// What the padding modes put around 1 to 16, and what a bias does to a padded border.
import { allclose, conv2d, pad, Tensor } from "convwasm";

const image = Tensor.arange(1, 17).reshape([1, 1, 4, 4]);
for (const mode of ["constant", "reflect", "replicate", "circular"] as const) {
  console.log(pad(image, [2, 2, 2, 2], { mode }).at(0, 0));
}

// A 1x1 convolution and a 3x3 convolution after it as one: the kernel is the product, the bias what the 3x3 kernel makes of the bias.
const [w1, b1] = [Tensor.from([[[[2]]]]), Tensor.from([3])];
const w3 = Tensor.arange(1, 10).reshape([1, 1, 3, 3]);
const first = conv2d(image, w1, b1);
const both = conv2d(first, w3, null, { padding: 1 });
const [weight, bias] = [w3.mul(w1), w3.mul(b1).sum().reshape([1])];
const one = conv2d(image, weight, bias, { padding: 1 });
// inside they agree; at the border the 3x3 kernel met zeros, where the one kernel takes the bias to be
console.log(one.sub(both).at(0, 0));
// with the bias around the image in between they agree everywhere
const around = pad(first, [1, 1, 1, 1], { value: b1.item() });
console.log(allclose(conv2d(around, w3), one) ? "True" : "False");
