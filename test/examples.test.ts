import { execFileSync } from "node:child_process";
import { allclose, conv2d, Tensor } from "convwasm";
import { describe, expect, it, vi } from "vitest";
import { conv2dByEinsum, einsum, main, repr } from "../examples/unfold-einsum.ts";
import { ROOT } from "./support/node.ts";

describe("examples/unfold-einsum", () => {
  it("runs by itself on the built package, and finds both ways equal", () => {
    const output = execFileSync(process.execPath, ["examples/unfold-einsum.ts"], { cwd: ROOT, encoding: "utf8" });
    expect(output).not.toContain("false");
    expect(output).toContain(">>> allclose\ntrue\n");
    expect(output).toContain("[2, 8, 16, 20], allclose true");
    const result = "tensor([[[[30., 35.],\n          [50., 55.]]]])";
    expect(output).toContain(`>>> einsum("nchwrs,kcrs->nkhw", windows, weight)\n${result}\n`);
    expect(output).toContain(`>>> conv2d(image, weight)\n${result}\n`);
    expect(output).toContain(
      `>>> image
tensor([[[[ 1.,  2.,  3.,  4.],
          [ 5.,  6.,  7.,  8.],
          [ 9., 10., 11., 12.],
          [13., 14., 15., 16.]]]])`,
    );
  });

  it("prints the same when it is imported", () => {
    const log = vi.spyOn(console, "log").mockImplementation(() => {});
    try {
      main();
      const output = `${log.mock.calls.flat().join("\n")}\n`;
      expect(output).toBe(
        execFileSync(process.execPath, ["examples/unfold-einsum.ts"], { cwd: ROOT, encoding: "utf8" }),
      );
    } finally {
      log.mockRestore();
    }
  });

  it("gives what conv2d gives, by windows of the right shape", () => {
    for (const [input, weight, options] of [
      [[1, 1, 4, 4], [1, 1, 3, 3], {}],
      [[2, 3, 9, 11], [4, 3, 3, 2], { stride: 2 }],
      [[1, 2, 6, 5], [3, 2, 5, 5], { padding: 2 }],
      [[2, 4, 8, 8], [2, 4, 1, 1], { stride: 3, padding: 1 }],
    ] as const) {
      const x = Tensor.randn(input, 1);
      const w = Tensor.randn(weight, 2);
      const { windows, output } = conv2dByEinsum(x, w, options);
      const expected = conv2d(x, w, null, options);
      expect(windows.shape).toEqual([...input.slice(0, 2), ...expected.shape.slice(2), ...weight.slice(2)]);
      expect(allclose(output, expected, { rtol: 1e-4, atol: 1e-4 })).toBe(true);
    }
  });

  it("has an einsum for other sums, too", () => {
    const a = Tensor.from([
      [1, 2],
      [3, 4],
    ]);
    const b = Tensor.from([
      [5, 6],
      [7, 8],
    ]);
    expect(einsum("ij,jk->ik", a, b).toArray()).toEqual([
      [19, 22],
      [43, 50],
    ]);
    expect(einsum("ij->ji", a).toArray()).toEqual([
      [1, 3],
      [2, 4],
    ]);
    expect(einsum("ii->", a).item()).toBe(5);
    expect(einsum("ij,ij->", a, b).item()).toBe(70);
  });

  it("shows tensors as Python does", () => {
    expect(repr(Tensor.from([1, 0.5, -2]))).toBe("tensor([ 1.0000,  0.5000, -2.0000])");
    expect(repr(Tensor.arange(8).reshape([2, 2, 2]))).toBe(
      "tensor([[[0., 1.],\n         [2., 3.]],\n\n        [[4., 5.],\n         [6., 7.]]])",
    );
    expect(repr(Tensor.from(3))).toBe("tensor(3.)");
  });
});
