import { describe, expect, it } from "vitest";
import { compile, conv2d, conv2dWeight, kernelMatrix, memory, nn, pad, Tensor } from "../../src/index.ts";

const pixel = Tensor.ones([1, 1, 1, 1]);
const image = Tensor.ones([1, 1, 3, 3]);
const kernel = Tensor.ones([1, 1, 3, 3]);

/** Bytes that a call may add to linear memory when it needs next to nothing. */
const LITTLE = 32 * 2 ** 20;

function held(call: () => unknown): number {
  const before = memory().bytes;
  call();
  return memory().bytes - before;
}

describe("extreme but legal input", () => {
  it.each([20, 2000, 20000, 65536])("a dilation of %i costs no more than its outputs", (dilation) => {
    const options = { dilation, padding: dilation };
    let y = image;
    expect(held(() => (y = conv2d(image, kernel, null, options)))).toBeLessThan(LITTLE);
    expect([...y.data]).toEqual(Array(9).fill(1));
  });

  it("a stride past the image costs no more than its outputs", () => {
    const options = { stride: 20000, padding: 20000 };
    let y = image;
    expect(held(() => (y = conv2d(image, Tensor.ones([8, 1, 3, 3]), null, options)))).toBeLessThan(LITTLE);
    expect([...y.data]).toEqual(Array.from({ length: 8 * 9 }, (_, i) => (i % 9 === 4 ? 9 : 0)));
  });

  it("more grids than winograd can count are refused by it", () => {
    const options = { dilation: 65536, padding: 65536, algorithm: "winograd" } as const;
    expect(() => conv2d(image, kernel, null, options)).toThrow(/^conv2d: algorithm 'winograd' .*65536/);
  });

  it("a kernel matrix with padding far past the image has its few entries", () => {
    const far = 2 ** 31 - 1;
    const matrix = kernelMatrix(Tensor.ones([1, 1]), [1, 1], { padding: far, stride: far });
    expect([...matrix.data]).toEqual([0, 0, 0, 0, 1, 0, 0, 0, 0]);
  });

  it("an infinite pixel reaches only the weights that see it", () => {
    const x = Tensor.ones([1, 1, 4, 4]);
    x.data[3] = Number.POSITIVE_INFINITY;
    const gradient = conv2dWeight(x, [1, 1, 3, 3], Tensor.ones([1, 1, 2, 2]));
    expect([...gradient.data]).toEqual([4, 4, Number.POSITIVE_INFINITY, 4, 4, 4, 4, 4, 4]);
  });

  it("circular padding past what a crop leaves is refused", () => {
    expect(() => pad(Tensor.arange(6).reshape([1, 6]), [4, -3], { mode: "circular" })).toThrow(/^pad: circular.*\(3\)/);
  });

  it("holes in arrays are no numbers", () => {
    const holes = new Array<number>(2) as [number, number];
    expect(() => conv2d(image, kernel, null, { stride: holes })).toThrow(TypeError);
    expect(() => new nn.Conv2d(1, 1, 3, { padding: holes })).toThrow(TypeError);
    expect(() => new Tensor(holes, [2])).toThrow(TypeError);
  });

  it("an array that holds itself is refused, and shown in the message", () => {
    const cycle: unknown[] = [];
    cycle.push(cycle);
    expect(() => Tensor.from(cycle as number[])).toThrow(/^Tensor.from: nested/);
    expect(() => conv2d(image, kernel, null, { stride: cycle as [number, number] })).toThrow(/^conv2d: stride/);
  });

  it("an argument that disposes the session while it is read finds it disposed", () => {
    const session = compile(new nn.Conv2d(1, 1, 1, { seed: 1 }), [1, 1, 1, 1]);
    const trap = {
      get data() {
        session.dispose();
        return pixel.data;
      },
      shape: [1, 1, 1, 1],
    };
    expect(() => session.run(trap)).toThrow(/^Session.run: the Session has been disposed/);
  });

  it("uniform numbers stay below 1", () => {
    expect(Tensor.rand([1 << 20], 7).data.every((value) => value >= 0 && value < 1)).toBe(true);
  });
});
