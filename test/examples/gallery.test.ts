import { execFileSync } from "node:child_process";
import { allclose, conv2d, convTranspose2d, kernelMatrix, type PaddingMode, pad, Tensor, unfold } from "convwasm";
import { describe, expect, it, vi } from "vitest";
import { flattenRegions } from "../../examples/gallery/flattened-regions.ts";
import { expandKernel } from "../../examples/gallery/kernel-matrix.ts";
import { GALLERY, main } from "../../examples/gallery/main.ts";
import { padByIndex, sources } from "../../examples/gallery/padding-modes.ts";
import { agrees, type Derivation, print, repr } from "../../examples/gallery/print.ts";
import { matmul, transpose } from "../../examples/gallery/tensors.ts";
import { conv2dByEinsum, einsum } from "../../examples/gallery/unfold-einsum.ts";
import { convolveByWindows } from "../../examples/gallery/window-loop.ts";
import { ROOT } from "../support/node.ts";

const CLOSE = { rtol: 1e-4, atol: 1e-4 };
const run = (file: string) =>
  execFileSync(process.execPath, [`examples/gallery/${file}`], { cwd: ROOT, encoding: "utf8" });

function printed(call: () => void): string {
  const log = vi.spyOn(console, "log").mockImplementation(() => {});
  try {
    call();
    return log.mock.calls.map((words) => `${words.join(" ")}\n`).join("");
  } finally {
    log.mockRestore();
  }
}

describe("examples/gallery", () => {
  it.each(GALLERY.map((derive) => [derive.name, derive]))("%s agrees in everything that it compares", (_, derive) => {
    const derivation = derive();
    expect(derivation.checks.filter(([, close]) => !close)).toEqual([]);
    expect(derivation.checks.length).toBeGreaterThan(0);
    expect(agrees(derivation)).toBe(true);
  });

  it("runs all in order on the built package, and prints the same when it is imported", () => {
    const output = run("main.ts");
    expect(output).toBe(printed(main));
    expect(output.match(/^# .*$/gm)).toEqual(GALLERY.map((derive) => `# ${derive().title}`));
    expect(output).not.toContain("allclose: False");
    expect(output.match(/^allclose: True/gm)).toHaveLength(GALLERY.flatMap((derive) => derive().checks).length);
  });

  it.each([
    ["window-loop.ts", 0],
    ["flattened-regions.ts", 1],
    ["kernel-matrix.ts", 2],
    ["unfold-einsum.ts", 3],
    ["fused-branches.ts", 4],
    ["gradients.ts", 5],
    ["padding-modes.ts", 6],
  ])("%s runs by itself", (file, index) => {
    expect(run(file)).toBe(printed(() => print(GALLERY[index]!())));
  });

  it("says so where something differs", () => {
    const derivation: Derivation = { title: "wrong", steps: [], checks: [["1, 2", false]] };
    expect(agrees(derivation)).toBe(false);
    expect(printed(() => print(derivation))).toBe("# wrong\nallclose: False (1, 2)\n");
  });

  it("prints what PyTorch prints", () => {
    const output = run("unfold-einsum.ts");
    const result = "tensor([[[[30., 35.],\n          [50., 55.]]]])";
    expect(output).toContain(`>>> torch.einsum("nchwrs,kcrs->nkhw", windows, weight)\n${result}\n`);
    expect(output).toContain(`>>> conv2d(image, weight)\n${result}\n`);
    expect(output).toContain(
      `>>> image = torch.arange(1., 17.).reshape(1, 1, 4, 4); image
tensor([[[[ 1.,  2.,  3.,  4.],
          [ 5.,  6.,  7.,  8.],
          [ 9., 10., 11., 12.],
          [13., 14., 15., 16.]]]])`,
    );
  });
});

describe("the ways of the gallery, on other shapes", () => {
  const image = Tensor.randn([7, 9], 1);
  const kernel = Tensor.randn([3, 2], 2);
  const asImage = (matrix: Tensor) => matrix.reshape([1, 1, ...matrix.shape]);

  it.each([1, 2, 3])("windows, stride %i", (stride) => {
    const output = asImage(convolveByWindows(image, kernel, stride));
    expect(allclose(output, conv2d(asImage(image), asImage(kernel), null, { stride }), CLOSE)).toBe(true);
  });

  it("flattened regions", () => {
    const x = Tensor.randn([3, 6, 5], 3);
    expect(flattenRegions(x, [3, 2]).toArray()).toEqual(unfold(x, [3, 2]).toArray());
  });

  it("the kernel's matrix and its transpose", () => {
    const matrix = expandKernel(kernel, [7, 9]);
    expect(matrix.toArray()).toEqual(kernelMatrix(kernel, [7, 9]).toArray());
    const output = Tensor.randn([5, 8], 4);
    const back = matmul(transpose(matrix), output.reshape([40, 1])).reshape([1, 1, 7, 9]);
    expect(allclose(back, convTranspose2d(asImage(output), asImage(kernel)), CLOSE)).toBe(true);
  });

  it.each(Object.keys(sources) as PaddingMode[])("padding by index, %s", (mode) => {
    for (const padding of [0, 1, 4]) {
      const expected = pad(asImage(image), Array(4).fill(padding), { mode: mode === "zeros" ? "constant" : mode });
      expect(padByIndex(image, padding, mode).toArray()).toEqual(expected.toArray());
    }
  });

  it("unfold and einsum, by windows of the right shape", () => {
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
      expect(allclose(output, expected, CLOSE)).toBe(true);
    }
  });

  it("einsum for other sums, too", () => {
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
});

// what PyTorch 1.13 prints
describe("repr", () => {
  it.each<[string, Tensor]>([
    ["tensor([ 1.0000,  0.5000, -2.0000])", Tensor.from([1, 0.5, -2])],
    ["tensor([[0.1235, 0.5000]])", Tensor.from([[0.12345678, 0.5]])],
    [
      "tensor([[[0., 1.],\n         [2., 3.]],\n\n        [[4., 5.],\n         [6., 7.]]])",
      Tensor.arange(8).reshape([2, 2, 2]),
    ],
    ["tensor(3.)", Tensor.from(3)],
    ["tensor(0.5000)", Tensor.from(0.5)],
    ["tensor(-0.)", Tensor.from(-0)],
    ["tensor([nan, 1., -inf])", Tensor.from([Number.NaN, 1, -Infinity])],
    ["tensor([   nan, 1.5000,    inf])", Tensor.from([Number.NaN, 1.5, Infinity])],
    // in the middle of two decimals, to the even one
    ["tensor([ 0.0312,  0.0938, -0.0312])", Tensor.from([0.03125, 0.09375, -0.03125])],
    ["tensor([1.0000e-05, 1.0000e+00])", Tensor.from([1e-5, 1])],
    ["tensor([1.0000e+05, 1.0000e+00])", Tensor.from([100005, 1])],
    ["tensor([1.0000e+09])", Tensor.from([1e9])],
    ["tensor([])", Tensor.zeros([0])],
    ["tensor([], size=(2, 0))", Tensor.zeros([2, 0])],
    [
      `tensor([0., 0., 0., 0., 0., 0., 0., 0., 0., 0., 0., 0., 0., 0., 0., 0., 0., 0., 0., 0., 0., 0., 0., 0.,
        0., 0., 0., 0., 0., 0.])`,
      Tensor.zeros([30]),
    ],
    [
      `tensor([[ 0.,  1.,  2.,  3.,  4.,  5.,  6.,  7.,  8.,  9., 10., 11., 12., 13.,
         14., 15., 16.]])`,
      Tensor.arange(17).reshape([1, 17]),
    ],
  ])("%s", (text, tensor) => {
    expect(repr(tensor)).toBe(text);
  });
});
