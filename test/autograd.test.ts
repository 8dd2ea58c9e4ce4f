import { compile, conv2d, grad, memory, mul, nn, noGrad, relu, relu6, Tensor } from "convwasm";
import { describe, expect, it } from "vitest";
import { values } from "./support/reference.ts";

const leaf = (...numbers: number[]) => Tensor.from(numbers).requiresGrad_();

describe("backward", () => {
  it("adds up over calls, until grad is null again", () => {
    const a = leaf(1, 2);
    a.mul(a).sum().backward();
    a.mul(3).sum().backward();
    expect(a.grad!.toArray()).toEqual([5, 7]);
    a.grad = null;
    a.sum().backward();
    expect(a.grad!.toArray()).toEqual([1, 1]);
  });

  it("takes a gradient of the result", () => {
    const a = leaf(1, 2);
    a.mul(a).backward(Tensor.from([1, 10]));
    expect(a.grad!.toArray()).toEqual([2, 40]);
  });

  it("goes through a graph twice if it is retained", () => {
    const a = leaf(3);
    const y = a.mul(a).sum();
    y.backward(null, { retainGraph: true });
    y.backward();
    expect(a.grad!.item()).toBe(12);
    expect(() => y.backward()).toThrow(/^backward: the graph through sum was given back .*retainGraph: true/);
  });

  it("fills grad of leaves only, or of what retains it", () => {
    const a = leaf(3);
    const b = a.mul(2);
    const c = b.mul(b);
    b.retainGrad();
    c.backward();
    expect([b.grad!.item(), c.grad, a.grad!.item(), b.isLeaf, a.isLeaf]).toEqual([12, null, 24, false, true]);
  });

  it("gives each of several users of a gradient an array of its own", () => {
    const [a, b] = [leaf(1), leaf(2)];
    a.add(b).sum().backward();
    a.grad!.data[0] = 7;
    expect(b.grad!.item()).toBe(1);
  });

  it("does not go into detached tensors, nor into what was computed within noGrad", () => {
    const a = leaf(2);
    const hidden = noGrad(() => a.mul(5));
    expect(hidden.requiresGrad).toBe(false);
    a.mul(hidden).add(a.detach().mul(a)).sum().backward();
    expect(a.grad!.item()).toBe(12);
    expect(a.detach().data).toBe(a.data);
  });

  it("reaches through a network of convolutions while another is compiled with the same weights", () => {
    const model = new nn.Sequential(new nn.Conv2d(1, 2, 3, { seed: 1 }), new nn.ReLU());
    const { weight, bias } = model[0] as nn.Conv2d;
    weight.requiresGrad = true;
    bias!.requiresGrad = true;
    const x = new Tensor(values(1, 25), [1, 1, 5, 5]);
    const y = model.forward(x);
    using session = compile(model, [1, 1, 5, 5]);
    expect(Array.from(session.run(x).data)).toEqual(Array.from(y.data));
    y.sum().backward();
    expect(weight.grad!.shape).toEqual([2, 1, 3, 3]);
  });

  it("leaves no linear memory in use", () => {
    const w = new Tensor(values(1, 36), [2, 2, 3, 3]).requiresGrad_();
    const x = new Tensor(values(2, 50), [1, 2, 5, 5]);
    const before = memory();
    for (let step = 0; step < 300; ++step) {
      relu(conv2d(x, w)).sum().backward();
      w.grad = null;
    }
    expect(memory().used).toBe(before.used);
    expect(memory().bytes - before.bytes).toBeLessThan(2 ** 20);
  });

  it("is zero at the bounds of relu6, and not at those of clamp, as in torch", () => {
    const a = leaf(0, 6, 3);
    relu6(a).sum().backward();
    expect(a.grad!.toArray()).toEqual([0, 0, 1]);
    a.grad = null;
    a.clamp(0, 6).sum().backward();
    expect(a.grad!.toArray()).toEqual([1, 1, 1]);
  });
});

describe("backward refuses", () => {
  it("a result of several numbers without a gradient, and one of another shape", () => {
    const y = leaf(1, 2).mul(2);
    expect(() => y.backward()).toThrow(/^backward: a result of shape \[2\] is not a single number: pass gradient/);
    expect(() => y.backward(Tensor.ones([3]))).toThrow(
      /^backward: gradient must have the result's shape \[2\], got \[3\]/,
    );
  });

  it("a tensor without history", () => {
    expect(() => Tensor.ones([1]).backward()).toThrow(/^backward: the tensor depends on no tensor with requiresGrad/);
  });

  it("gradients of gradients", () => {
    const a = leaf(1);
    const [g] = grad(a.mul(a).sum(), a);
    expect(() => g!.backward()).toThrow(/gradients of gradients are not computed/);
    expect(() => grad(a.sum(), a, null, { createGraph: true } as object)).toThrow(
      /^grad: createGraph is not available/,
    );
  });

  it("integers", () => {
    const whole = Tensor.arange(3).to("int64");
    expect(() => {
      whole.requiresGrad = true;
    }).toThrow(/^Tensor.requiresGrad: only float32 and float16 can have gradients, but the tensor holds int64/);
    expect(leaf(1, 2).to("int32").requiresGrad).toBe(false);
  });

  it("values that were changed in place where it needs those of then", () => {
    const a = leaf(1, 2);
    const b = Tensor.from([3, 4]);
    const product = a.mul(b);
    const sum = a.add(b);
    b.add_(1);
    expect(() => product.sum().backward()).toThrow(
      /^backward: argument 1 of mul, of shape \[2\], was changed in place after the call/,
    );
    sum.sum().backward();
    expect(a.grad!.toArray()).toEqual([1, 1]);
  });

  it("changes in place of leaves, and of results with a history", () => {
    const a = leaf(1, 2);
    expect(() => a.add_(1)).toThrow(
      /^Tensor.add_: a leaf with requiresGrad cannot be changed in place; do it within noGrad/,
    );
    expect(() => a.mul(2).zero_()).toThrow(/^Tensor.zero_: a result that gradients go back through/);
    noGrad(() => a.mul_(2).sub_(1).div_(2).clamp_(0, 1));
    expect(a.toArray()).toEqual([0.5, 1]);
    expect(() => Tensor.ones([2]).add_(Tensor.ones([2, 2]))).toThrow(
      /^Tensor.add_: a result of shape \[2, 2\] does not fit/,
    );
  });

  it("wrong settings", () => {
    const a = leaf(1);
    expect(() => {
      a.grad = Tensor.ones([2]);
    }).toThrow(/^Tensor.grad: must have the tensor's shape \[1\], got \[2\]/);
    expect(() => {
      a.mul(2).requiresGrad = false;
    }).toThrow(/use detach\(\)/);
    expect(() => noGrad(async () => 1)).toThrow(/^noGrad: f must compute before it returns/);
    expect(() => noGrad(1 as never)).toThrow(TypeError);
    expect(() => a.backward(null, { retain: true } as object)).toThrow(/unknown option "retain"/);
  });
});

describe("grad", () => {
  it("gives gradients of several inputs, and leaves theirs alone", () => {
    const [a, b] = [leaf(2), leaf(3)];
    const gradients = grad(mul(a, b).sum(), [a, b]);
    expect(gradients.map((each) => each.item())).toEqual([3, 2]);
    expect([a.grad, b.grad]).toEqual([null, null]);
  });

  it("goes to what was computed on the way", () => {
    const a = leaf(2);
    const b = a.mul(a);
    expect(grad(b.mul(b).sum(), [b, a]).map((each) => each.item())).toEqual([8, 32]);
  });

  it("adds the gradients of several outputs", () => {
    const a = leaf(2);
    expect(grad([a.mul(3), a.mul(a)], a, [Tensor.from([1]), Tensor.from([10])])[0]!.item()).toBe(43);
  });

  it("refuses an input that is not used, unless that is allowed", () => {
    const [a, b] = [leaf(2), leaf(3)];
    expect(() => grad(a.sum(), [a, b])).toThrow(/^grad: inputs\[1\] is not used/);
    expect(grad(a.sum(), [a, b], null, { allowUnused: true })[1]).toBeNull();
    expect(() => grad(a.sum(), Tensor.ones([1]))).toThrow(/^grad: inputs\[0\] depends on no tensor/);
    expect(() => grad(a.mul(1), a, [null, null])).toThrow(
      /^grad: gradOutputs must have one for each of 1 outputs, got 2/,
    );
  });
});
