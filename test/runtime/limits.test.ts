import { afterEach, describe, expect, it, vi } from "vitest";
import { BUILD } from "../support/build.ts";
import { freshLibrary } from "../support/fresh.ts";
import { encodeModel } from "../support/onnx.ts";
import { float, int } from "../support/onnx-cases/index.ts";

type Library = Awaited<ReturnType<typeof freshLibrary>>;
type Shape = readonly number[];

const PAGE = 65536;

/** Arguments of at least a page each: with one more page at a time, every allocation is once the first to fail. */
const COMPILED: Readonly<Record<string, (library: Library) => () => Disposable>> = {};
const CALLED: Readonly<Record<string, (library: Library) => () => unknown>> = {};

const compiled = (name: string, make: (library: Library) => () => Disposable) =>
  Object.assign(COMPILED, { [name]: make });
const called = (name: string, make: (library: Library) => () => unknown) => Object.assign(CALLED, { [name]: make });

for (const algorithm of ["auto", "direct", "im2col", "toeplitz", "winograd"] as const) {
  compiled(`a convolution by ${algorithm}`, ({ compile, nn }) => {
    const layer = new nn.Conv2d(96, 200, 3, { padding: 1, seed: 1 });
    return () => compile(layer, [1, 96, 16, 16], { algorithm });
  });
  called(`conv2d by ${algorithm}`, ({ conv2d, Tensor }) => {
    const [x, w, b] = [Tensor.rand([1, 64, 30, 30], 1), Tensor.rand([96, 64, 3, 3], 2), Tensor.rand([96], 3)];
    return () => conv2d(x, w, b, { algorithm });
  });
}
for (const [name, groups, stride] of [
  ["depthwise convolutions", 300, 1],
  ["depthwise convolutions of stride 2", 300, 2],
] as const) {
  compiled(name, ({ compile, nn }) => {
    const layer = new nn.Conv2d(groups, groups, 9, { padding: 4, groups, stride, seed: 1 });
    return () => compile(layer, [1, groups, 16, 16]);
  });
}
compiled("a transposed convolution", ({ compile, nn }) => {
  const layer = new nn.ConvTranspose2d(96, 100, 4, { stride: 2, padding: 1, seed: 1 });
  return () => compile(layer, [1, 96, 16, 16]);
});
compiled("a linear layer", ({ compile, nn }) => {
  const layer = new nn.Linear(512, 700, { seed: 1 });
  return () => compile(layer, [3, 512]);
});
compiled("several layers", ({ compile, nn }) => {
  const layers = new nn.Sequential(
    new nn.Conv2d(8, 64, 3, { padding: 1, seed: 1 }),
    new nn.BatchNorm2d(64),
    new nn.ReLU(),
    new nn.Conv2d(64, 64, 3, { padding: 1, seed: 2 }),
    new nn.MaxPool2d(2),
    new nn.Conv2d(64, 128, 3, { padding: 1, seed: 3 }),
    new nn.Upsample({ scaleFactor: 2, mode: "bilinear" }),
    new nn.ConvTranspose2d(128, 20, 2, { stride: 2, seed: 4 }),
    new nn.AdaptiveAvgPool2d(1),
    new nn.Flatten(),
    new nn.Linear(20, 1000, { seed: 5 }),
  );
  return () => compile(layers, [1, 8, 32, 32], { activation: "relu", residual: true });
});
compiled("tables and constants", ({ compile, add, cat, interpolate, Tensor }) => {
  const constant = Tensor.rand([1, 3, 100, 100], 1);
  const forward = (x: unknown) => {
    const sum = add(x as typeof constant, constant);
    return interpolate(cat([sum, constant], 1), { size: [150, 170], mode: "bilinear" });
  };
  return () => compile({ forward }, [1, 3, 100, 100]);
});
compiled("a file that folds constants", ({ compile, loadOnnx }) => {
  const values = new Float32Array(40_000).fill(0.5);
  const graph = loadOnnx(
    encodeModel({
      nodes: [
        { op: "Exp", inputs: ["c"], outputs: ["e"] },
        { op: "LeakyRelu", inputs: ["e"], outputs: ["l"], attributes: { alpha: float(0.1) } },
        { op: "Add", inputs: ["x", "l"], outputs: ["sum"] },
        { op: "Softmax", inputs: ["sum"], attributes: { axis: int(1) } },
      ],
      constants: { c: { dims: [200, 200], values } },
      inputs: [{ name: "x", shape: [200, 200] }],
    }),
  );
  return () => compile(graph, [200, 200]);
});

called("convTranspose2d", ({ convTranspose2d, Tensor }) => {
  const [x, w] = [Tensor.rand([1, 64, 20, 20], 1), Tensor.rand([64, 64, 4, 4], 2)];
  return () => convTranspose2d(x, w, null, { stride: 2 });
});
called("the gradients of conv2d", ({ conv2dBackward, Tensor }) => {
  const [x, w, g] = [
    [1, 32, 30, 30],
    [64, 32, 3, 3],
    [1, 64, 28, 28],
  ].map((shape: Shape) => Tensor.rand(shape, 1));
  return () => conv2dBackward(x!, w!, g!);
});
called("the gradients of convTranspose2d", ({ convTranspose2dBackward, Tensor }) => {
  const [x, w, g] = [
    [1, 32, 20, 20],
    [32, 32, 2, 2],
    [1, 32, 40, 40],
  ].map((shape: Shape) => Tensor.rand(shape, 1));
  return () => convTranspose2dBackward(x!, w!, g!, { stride: 2 });
});
called("linear", ({ linear, Tensor }) => {
  const [x, w] = [Tensor.rand([100, 300], 1), Tensor.rand([500, 300], 2)];
  return () => linear(x, w);
});
called("matmul", ({ matmul, Tensor }) => {
  const [a, b] = [Tensor.rand([3, 150, 200], 1), Tensor.rand([200, 300], 2)];
  return () => matmul(a, b);
});
called("add", ({ add, Tensor }) => {
  const [a, b] = [Tensor.rand([300, 1], 1), Tensor.rand([300], 2)];
  return () => add(a, b);
});
called("interpolate", ({ interpolate, Tensor }) => {
  const x = Tensor.rand([1, 3, 60, 60], 1);
  return () => interpolate(x, { scaleFactor: 4, mode: "bilinear" });
});
called("pad", ({ pad, Tensor }) => {
  const x = Tensor.rand([1, 3, 100, 100], 1);
  return () => pad(x, [50, 50, 50, 50], { mode: "reflect" });
});
called("maxPool2d", ({ maxPool2d, Tensor }) => {
  const x = Tensor.rand([1, 8, 100, 100], 1);
  return () => maxPool2d(x, 3, { stride: 1 });
});
called("softmax", ({ softmax, Tensor }) => {
  const x = Tensor.rand([300, 300], 1);
  return () => softmax(x, { dim: 0 });
});
called("layerNorm", ({ layerNorm, Tensor }) => {
  const x = Tensor.rand([300, 300], 1);
  return () => layerNorm(x, 300);
});
called("gelu", ({ gelu, Tensor }) => {
  const x = Tensor.rand([300, 300], 1);
  return () => gelu(x);
});
called("permute", ({ permute, Tensor }) => {
  const x = Tensor.rand([300, 300], 1);
  return () => permute(x, [1, 0]);
});

/** Calls with one page more each time until it succeeds; `check` sees what memory() said before each failure. */
function untilItFits<T>(
  { configure, memory }: Library,
  call: () => T,
  check: (before: { bytes: number; used: number }) => void,
) {
  const first = Math.max(memory().bytes, PAGE);
  for (let limit = first; limit < first + 2 ** 24; limit += PAGE) {
    configure({ maxMemory: limit });
    const before = memory();
    let error: unknown;
    try {
      return { failures: (limit - first) / PAGE, result: call() };
    } catch (thrown) {
      error = thrown;
    }
    expect(error).toBeInstanceOf(RangeError);
    expect((error as Error).message).toMatch(/needs \d+ bytes of linear memory .*but the limit is \d+/);
    check(before);
  }
  throw new Error("it never fits");
}

describe("whatever allocation fails, nothing is held", () => {
  it.each(Object.entries(COMPILED))("when compiling %s", async (_, make) => {
    const library = await freshLibrary();
    const { memory, conv2d, Tensor } = library;
    const attempt = make(library);
    const small = () => conv2d(Tensor.ones([1, 1, 2, 2]), Tensor.ones([1, 1, 2, 2])).item();
    const { failures, result } = untilItFits(library, attempt, ({ used }) => {
      expect(memory().used).toBe(used);
      expect(small()).toBe(4);
    });
    expect(failures).toBeGreaterThan(3);
    expect(memory().used).toBeGreaterThan(0);
    result[Symbol.dispose]();
    expect(memory().used).toBe(0);
  });

  it("when memory would suffice, but no hole in it is large enough", async () => {
    const { compile, configure, memory, nn } = await freshLibrary();
    // each holds little more than its weights
    const sessions = Array.from({ length: 12 }, (_, seed) => compile(new nn.Linear(256, 200, { seed }), [1, 256]));
    configure({ maxMemory: memory().bytes });
    for (const [i, session] of sessions.entries()) if (i % 2 === 0) session.dispose();
    const { used, bytes } = memory();
    // weights that fit into a hole, and tensors that fit into all of them together
    expect(() => compile(new nn.Conv2d(4, 8, 3, { padding: 1, seed: 1 }), [1, 4, 90, 90])).toThrow(RangeError);
    expect(memory()).toMatchObject({ used, bytes });
    for (const session of sessions) session.dispose();
    expect(memory().used).toBe(0);
  });

  it.each(Object.entries(CALLED))("when calling %s", async (_, make) => {
    const library = await freshLibrary();
    const { failures } = untilItFits(library, make(library), () => expect(library.memory().used).toBe(0));
    expect(failures).toBeGreaterThan(3);
    expect(library.memory().used).toBe(0);
  });
});

describe("what is refused has not made memory grow", () => {
  // these are several calls, the first of which may find room
  const single = Object.entries(CALLED).filter(([name]) => !name.startsWith("the gradients"));
  it.each([...single, ...Object.entries(COMPILED).filter(([name]) => !name.includes("folds constants"))])(
    "%s",
    async (_, make) => {
      const library = await freshLibrary();
      library.conv2d(library.Tensor.ones([1, 1, 2, 2]), library.Tensor.ones([1, 1, 2, 2]));
      untilItFits(library, make(library), ({ bytes }) => expect(library.memory().bytes).toBe(bytes));
    },
  );
});

describe("a build that the runtime refuses", () => {
  afterEach(() => vi.restoreAllMocks());

  it.each(["relaxed", "simd"] as const)("is not chosen: %s", async (build) => {
    const library = await freshLibrary();
    const { configure, runtime, conv2d, Tensor } = library;
    const validate = WebAssembly.validate.bind(WebAssembly);
    const before = runtime();
    expect(before.build).toBe(BUILD);
    const refuse = vi.spyOn(WebAssembly, "validate").mockReturnValue(false);
    expect(() => configure({ build })).toThrow(
      `convwasm: this runtime cannot run the ${build} build that configure asked for`,
    );
    expect(runtime()).toEqual(before);
    refuse.mockImplementation(validate);
    expect(runtime()).toEqual(before);
    expect(conv2d(Tensor.ones([1, 1, 2, 2]), Tensor.ones([1, 1, 2, 2])).item()).toBe(4);
  });

  it("leaves the choice as it was before the first use", async () => {
    vi.resetModules();
    const { configure, runtime, conv2d, Tensor } = await import("../../src/index.ts");
    const validate = WebAssembly.validate.bind(WebAssembly);
    // only the probe of the simd build is shorter than this
    const refuse = vi
      .spyOn(WebAssembly, "validate")
      .mockImplementation((bytes) => (bytes as Uint8Array).length < 40 && validate(bytes as Uint8Array<ArrayBuffer>));
    expect(() => configure({ build: "relaxed" })).toThrow("cannot run the relaxed build");
    expect(runtime()).toMatchObject({ build: "simd", reason: "the runtime accepts SIMD, but no relaxed SIMD" });
    expect(conv2d(Tensor.ones([1, 1, 2, 2]), Tensor.ones([1, 1, 2, 2])).item()).toBe(4);
    refuse.mockRestore();
    configure({ build: "auto" });
    expect(runtime().build).toBe("relaxed");
  });

  it("leaves maxMemory as it was, which came with it", async () => {
    const { configure, memory } = await freshLibrary();
    const { limit } = memory();
    vi.spyOn(WebAssembly, "validate").mockReturnValue(false);
    expect(() => configure({ build: "relaxed", maxMemory: 2 ** 20 })).toThrow("cannot run");
    expect(memory().limit).toBe(limit);
  });
});
