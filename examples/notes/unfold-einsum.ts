// Windows by unfolding twice, summed by einsum; the gradients of x, w and b are those of conv2d.
import { allclose, conv2d, einsum, grad, Tensor } from "convwasm";

const x = Tensor.arange(50).reshape([1, 2, 5, 5]).requiresGrad_();
const w = Tensor.arange(-18, 18).reshape([2, 2, 3, 3]).requiresGrad_();
const b = Tensor.from([0.5, -0.5]).requiresGrad_();

const windows = x.unfold(2, 3, 1).unfold(3, 3, 1);
console.log(...windows.shape);
const y = einsum("nchwrs,kcrs->nkhw", windows, w).add(b.at([], null, null));
const expected = conv2d(x, w, b);
console.log(y.detach());
console.log(allclose(y, expected) ? "True" : "False");

const g = Tensor.arange(18).reshape([1, 2, 3, 3]);
const ours = grad(y, [x, w, b], g);
const theirs = grad(expected, [x, w, b], g);
for (const [i, a] of ours.entries()) {
  console.log(a);
  console.log(allclose(a, theirs[i]!) ? "True" : "False");
}
