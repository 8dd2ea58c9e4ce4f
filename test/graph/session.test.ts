import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { ALGORITHMS } from "../../src/conv/geometry.ts";
import { allclose, compile, configure, conv2d, memory, nn, type Session, Tensor } from "../../src/index.ts";
import { ADDRESS_SPACE } from "../../src/runtime/heap.ts";
import { BUILD, convolutionKernels } from "../support/kernels.ts";
import * as reference from "../support/reference.ts";

const tensor = (seed: number, shape: readonly number[]) =>
  new Tensor(reference.randoms(seed, reference.sizeOf(shape)), shape);
const image = (seed = 1) => tensor(seed, [2, 6, 9, 11]);
const module = (seed = 2) => new nn.Conv2d(6, 8, 3, { padding: 1, seed });

// biome-ignore lint/suspicious/noExplicitAny: stands for every wrong type
const wrong = (value: unknown): any => value;

/** What conv2d gives by the session's algorithm: a single call may choose another one, which rounds in another way. */
function sameByConv2d(session: Session, { weight, bias, options }: nn.Conv2d, input: Tensor): Tensor {
  const algorithm = session.explain().steps[0]!.algorithm!;
  return conv2d(input, weight, bias, { ...options, algorithm });
}

const open: Session[] = [];
const compiled = (...args: Parameters<typeof compile<Tensor>>): Session => {
  const session = compile<Tensor>(...args);
  open.push(session);
  return session;
};

let usedBefore = 0;
beforeEach(() => {
  usedBefore = memory().used;
});
afterEach(() => {
  for (const session of open.splice(0)) session.dispose();
  configure({ build: BUILD });
  expect(memory().used).toBe(usedBefore);
});

describe("a session", () => {
  const modules = {
    "3x3": () => module(),
    "without bias": () => new nn.Conv2d(6, 5, 3, { bias: false, seed: 3 }),
    strided: () => new nn.Conv2d(6, 4, [3, 5], { stride: [2, 1], padding: [1, 2], seed: 4 }),
    "padded by reflection": () => new nn.Conv2d(6, 7, 5, { padding: 2, paddingMode: "reflect", seed: 5 }),
    "dilated, the same size": () => new nn.Conv2d(6, 7, 3, { padding: "same", dilation: 2, seed: 6 }),
    depthwise: () => new nn.Conv2d(6, 12, 3, { groups: 6, padding: 1, seed: 7 }),
    pointwise: () => new nn.Conv2d(6, 9, 1, { seed: 8 }),
  };
  for (const [name, make] of Object.entries(modules)) {
    it(`gives what conv2d gives, ${name}`, () => {
      const layer = make();
      const x = image();
      const session = compiled(layer, x.shape);
      const y = session.run(x);
      expect(reference.exactDifference(y, sameByConv2d(session, layer, x))).toBeUndefined();
      expect(allclose(y, layer.forward(x), { rtol: 1e-4, atol: 1e-5 })).toBe(true);
    });
  }

  it.each(ALGORITHMS)("gives what conv2d gives, by %s", (algorithm) => {
    const layer = module();
    const session = compiled(layer, [2, 6, 9, 11], { algorithm });
    const expected = conv2d(image(), layer.weight, layer.bias, { ...layer.options, algorithm });
    expect(reference.exactDifference(session.run(image()), expected)).toBeUndefined();
    if (algorithm !== "auto") expect(session.explain().steps[0]!.algorithm).toBe(algorithm);
  });

  it("takes an image without a batch", () => {
    const layer = module();
    const x = tensor(9, [6, 9, 11]);
    const session = compiled(layer, x.shape);
    expect(session.inputShape).toEqual([6, 9, 11]);
    expect(session.outputShape).toEqual([8, 9, 11]);
    expect(reference.exactDifference(session.run(x), sameByConv2d(session, layer, x))).toBeUndefined();
  });

  it("takes a batch of no images", () => {
    const session = compiled(module(), [0, 6, 9, 11]);
    const y = session.run(Tensor.zeros([0, 6, 9, 11]));
    expect(y.shape).toEqual([0, 8, 9, 11]);
    expect(y.size).toBe(0);
    expect(session.explain().totals.flops).toBe(0);
  });

  it("takes { data, dims } and data within a larger buffer", () => {
    const layer = module();
    const x = image();
    const larger = new Float32Array(x.size + 7).fill(Number.NaN);
    larger.set(x.data, 3);
    const view = { data: larger.subarray(3, 3 + x.size), dims: x.shape };
    const session = compiled(layer, x.shape);
    expect(session.run(view).data).toEqual(session.run(x).data);
  });

  it("gives equal results when run again, whatever ran between", () => {
    const session = compiled(module(), image().shape);
    const first = session.run(image());
    const bits = first.data.slice();
    session.run(image(3));
    compiled(module(4), [1, 6, 30, 30]).run(tensor(5, [1, 6, 30, 30]));
    const again = session.run(image());
    expect(again.data).toEqual(bits);
    expect(first.data).toEqual(bits);
    expect(again.data).not.toBe(first.data);
  });

  it("changes neither its input nor its module", () => {
    const layer = module();
    const x = image();
    const before = structuredClone([x.data, layer.weight.data, layer.bias!.data]);
    compiled(layer, x.shape).run(x);
    expect([x.data, layer.weight.data, layer.bias!.data]).toEqual(before);
  });

  it("keeps the weights that it was compiled with", () => {
    const layer = module();
    const session = compiled(layer, image().shape);
    const before = session.run(image());
    const { weight, bias } = layer;
    layer.weight = tensor(7, weight.shape);
    layer.bias = null;
    expect(session.run(image()).data).toEqual(before.data);
    // nor do values written into the old tensors reach it
    weight.data.fill(Number.NaN);
    bias!.data.fill(Number.NaN);
    expect(session.run(image()).data).toEqual(before.data);
    expect(sameByConv2d(session, layer, image()).data).not.toEqual(before.data);
  });

  it("does not share what it keeps with the caller's shape", () => {
    const shape = [2, 6, 9, 11];
    const session = compiled(module(), shape);
    shape[0] = 5;
    expect(session.inputShape).toEqual([2, 6, 9, 11]);
    expect(session.run(image()).shape).toEqual([2, 8, 9, 11]);
  });

  it("goes on when linear memory grows beneath it", () => {
    const layer = module();
    const session = compiled(layer, image().shape);
    const expected = session.run(image()).data;
    for (let i = 0; i < 3; ++i) {
      const { bytes } = memory();
      // more than is held: nothing free can serve it
      const side = Math.ceil(Math.sqrt(bytes / 4)) + 8;
      conv2d(Tensor.zeros([1, 1, side, side]), Tensor.ones([1, 1, 1, 1]));
      expect(memory().bytes).toBeGreaterThan(bytes);
      expect(session.run(image()).data).toEqual(expected);
    }
  });

  it("goes on with its build after configure chose the other one", () => {
    const session = compiled(module(), image().shape);
    const expected = session.run(image()).data;
    const other = BUILD === "simd" ? "relaxed" : "simd";
    configure({ build: other });
    expect(session.run(image()).data).toEqual(expected);
    expect(session.explain().build).toBe(BUILD);
    expect(compiled(module(), image().shape).explain().build).toBe(other);
  });

  it("holds the same memory however often it runs", () => {
    const session = compiled(module(), image().shape);
    const x = image();
    session.run(x);
    const before = memory();
    for (let i = 0; i < 1000; ++i) session.run(x);
    expect(memory()).toEqual(before);
  });
});

describe("the output option of run", () => {
  const outputShape = [2, 8, 9, 11];
  const poisoned = () => Tensor.full(outputShape, Number.NaN);

  it("receives the result and is what run returns", () => {
    const session = compiled(module(), image().shape);
    const expected = session.run(image());
    const output = poisoned();
    const { data } = output;
    expect(session.run(image(), { output })).toBe(output);
    expect(output.data).toBe(data);
    expect(output.data).toEqual(expected.data);
    expect(output.shape).toEqual(expected.shape);
  });

  it("is rewritten by each run, and left alone once another one is given", () => {
    const session = compiled(module(), image().shape);
    const [first, second] = [poisoned(), poisoned()];
    session.run(image(), { output: first });
    const bits = first.data.slice();
    session.run(image(3), { output: second });
    session.run(image(4));
    expect(first.data).toEqual(bits);
    session.run(image(3), { output: first });
    expect(first.data).toEqual(second.data);
    expect(first.data).not.toEqual(bits);
  });

  it("may be the input: that has been read by then", () => {
    const layer = new nn.Conv2d(6, 6, 3, { padding: 1, seed: 2 });
    const session = compiled(layer, image().shape);
    const expected = session.run(image()).data;
    const both = image();
    expect(session.run(both, { output: both })).toBe(both);
    expect(both.data).toEqual(expected);
  });

  it("may be the residual, or share memory with what is read", () => {
    const layer = new nn.Conv2d(6, 6, 3, { padding: 1, seed: 2 });
    const session = compiled(layer, image().shape, { residual: true });
    const expected = session.run(image(), { residual: image(3) }).data;
    const both = image(3);
    session.run(image(), { residual: both, output: both });
    expect(both.data).toEqual(expected);

    const { size, shape } = image();
    const buffer = new Float32Array(2 * size);
    const part = (from: number) => new Tensor(buffer.subarray(from, from + size), shape);
    buffer.set(image(3).data, 0);
    buffer.set(image().data, size);
    // half of the output lies over the residual, half over the input
    const output = part(size >> 1);
    session.run(part(size), { residual: part(0), output });
    expect(output.data).toEqual(expected);
  });

  it("may be a part of a larger buffer, the rest of which stays as it is", () => {
    const session = compiled(module(), image().shape);
    const expected = session.run(image()).data;
    const larger = new Float32Array(expected.length + 9).fill(77);
    const output = new Tensor(larger.subarray(4, 4 + expected.length), outputShape);
    session.run(image(), { output });
    expect(output.data).toEqual(expected);
    expect([...larger.subarray(0, 4), ...larger.subarray(4 + expected.length)]).toEqual(new Array(9).fill(77));
  });

  it("is returned as it is for a batch of no images", () => {
    const session = compiled(module(), [0, 6, 9, 11]);
    const output = Tensor.zeros([0, 8, 9, 11]);
    expect(session.run(Tensor.zeros([0, 6, 9, 11]), { output })).toBe(output);
  });

  it("may be left undefined, as all options", () => {
    const session = compiled(module(), image().shape);
    const expected = session.run(image());
    for (const options of [undefined, {}, { output: undefined }, { residual: undefined, output: undefined }]) {
      const result = session.run(image(), options as object);
      expect(result.data).toEqual(expected.data);
      expect(result).not.toBe(expected);
    }
  });

  it("takes no memory, run after run", () => {
    const session = compiled(module(), image().shape);
    const [x, output] = [image(), poisoned()];
    session.run(x, { output });
    const before = memory();
    for (let i = 0; i < 100; ++i) session.run(x, { output });
    expect(memory()).toEqual(before);
  });
});

describe("a session's explanation", () => {
  it("reports operations, shapes and bytes", () => {
    const layer = new nn.Conv2d(6, 9, [3, 5], { stride: [2, 1], padding: [1, 2], groups: 3, seed: 1 });
    const { build, steps, totals } = compiled(layer, [2, 6, 17, 12]).explain();
    expect(build).toBe(BUILD);
    expect(steps).toHaveLength(1);
    expect(steps[0]).toMatchObject({
      op: "conv2d",
      inputShape: [2, 6, 17, 12],
      weightShape: [9, 2, 3, 5],
      outputShape: [2, 9, 9, 12],
      // a multiplication and an addition for each tap of each channel of each output
      flops: 2 * (2 * 9 * 9 * 12) * (2 * 3 * 5),
    });
    const { bytes } = steps[0]!;
    expect(bytes.input).toBe(2 * 6 * 17 * 12 * 4);
    expect(bytes.output).toBe(2 * 9 * 9 * 12 * 4);
    // at least the weights themselves; not more than twice that and a bias and an empty rest of a tile for each group
    expect(bytes.weights).toBeGreaterThanOrEqual((9 * 30 + 9) * 4);
    expect(bytes.weights).toBeLessThanOrEqual(3 * 16 * 31 * 4);
    expect(totals.flops).toBe(steps[0]!.flops);
    expect(totals.bytes).toMatchObject(bytes);
    expect(steps[0]!.reason).not.toBe("");
  });

  it.each(ALGORITHMS.filter((name) => name !== "auto"))("says that %s was asked for", (algorithm) => {
    const [step] = compiled(module(), image().shape, { algorithm }).explain().steps;
    expect(step).toMatchObject({ algorithm, reason: "asked for" });
  });

  it("names an algorithm, never 'auto'", () => {
    const [step] = compiled(module(), image().shape).explain().steps;
    expect(step!.algorithm).not.toBe("auto");
    expect(ALGORITHMS).toContain(step!.algorithm);
  });

  it("names the kernel that computes it", () => {
    for (const algorithm of ALGORITHMS) {
      const [step] = compiled(module(), image().shape, { algorithm }).explain().steps;
      expect(convolutionKernels()).toContain(step!.kernel);
    }
  });

  const layers: [string, () => nn.Conv2d, number[]][] = [
    ["3x3", () => new nn.Conv2d(6, 8, 3, { padding: 1, seed: 2 }), [2, 6, 9, 11]],
    ["depthwise", () => new nn.Conv2d(6, 6, 3, { groups: 6, seed: 2 }), [2, 6, 9, 11]],
    ["a window as large as the image", () => new nn.Conv2d(60, 50, 3, { seed: 2 }), [1, 60, 3, 3]],
  ];
  for (const [name, make, shape] of layers) {
    it.each(ALGORITHMS)(`accounts for all memory that the session holds, ${name}, by %s`, (algorithm) => {
      const session = compiled(make(), shape, { algorithm });
      const { input, output, weights, workspace } = session.explain().totals.bytes;
      const held = memory().used - usedBefore;
      expect(held).toBeGreaterThanOrEqual(input + output + weights + workspace);
      // tables and rounding up to cache lines
      expect(held).toBeLessThan(input + output + weights + workspace + 1024);
    });
  }

  it("shows a workspace that does not grow with the image, by im2col", () => {
    const workspace = (side: number) =>
      compiled(new nn.Conv2d(8, 8, 3, { padding: 1, seed: 1 }), [1, 8, side, side], { algorithm: "im2col" }).explain()
        .totals.bytes.workspace;
    expect(workspace(256)).toBe(workspace(64));
    // the whole matrix of the regions would be 8 * 9 * 256 * 256 floats, 19 MB
    expect(workspace(256)).toBeLessThan(400 * 1024);
  });

  it("cannot be changed from outside", () => {
    const session = compiled(module(), image().shape);
    const explanation = session.explain();
    const open: string[] = [];
    const visit = (path: string, value: unknown) => {
      if (typeof value !== "object" || value === null) return;
      if (!Object.isFrozen(value)) open.push(path);
      for (const [name, inner] of Object.entries(value)) visit(`${path}.${name}`, inner);
    };
    visit("explain()", explanation);
    visit("inputShape", session.inputShape);
    visit("outputShape", session.outputShape);
    expect(open).toEqual([]);
    expect(() => wrong(session.outputShape).push(1)).toThrow(TypeError);
    expect(() => Object.assign(explanation.totals, { flops: 0 })).toThrow(TypeError);
    expect(session.explain()).toBe(explanation);
  });
});

describe("dispose", () => {
  it("gives the memory back, once", () => {
    const kept = compiled(module(), image().shape);
    const expected = kept.run(image()).data;
    const used = memory().used;
    const session = compiled(module(), image().shape);
    expect(memory().used).toBeGreaterThan(used);
    session.dispose();
    expect(memory().used).toBe(used);
    session.dispose();
    expect(memory().used).toBe(used);
    expect(kept.run(image()).data).toEqual(expected);
  });

  it("ends the session: running it throws an Error that says so", () => {
    const session = compiled(module(), image().shape);
    session.dispose();
    expect(() => session.run(image())).toThrow(new Error("Session.run: the Session has been disposed"));
  });

  it("is called at the end of a block by using", () => {
    let outside: Session;
    {
      using session = compile(module(), image().shape);
      expect(session.run(image()).shape).toEqual([2, 8, 9, 11]);
      expect(memory().used).toBeGreaterThan(usedBefore);
      outside = session;
    }
    expect(memory().used).toBe(usedBefore);
    expect(() => outside.run(image())).toThrow("disposed");
  });

  it("is also Symbol.dispose", () => {
    const session = compiled(module(), image().shape);
    session[Symbol.dispose]();
    expect(() => session.run(image())).toThrow("disposed");
  });

  it("makes room that the next session takes", () => {
    compile(module(), image().shape).dispose();
    const { bytes } = memory();
    for (let i = 0; i < 50; ++i) compile(module(), image().shape).dispose();
    expect(memory()).toMatchObject({ bytes, used: usedBefore });
  });
});

describe("what a session refuses", () => {
  /** `call` throws, and the session then runs as before. */
  function refused(kind: typeof TypeError | typeof RangeError, message: string, call: (session: Session) => unknown) {
    const session = compiled(module(), image().shape);
    const expected = session.run(image()).data;
    const before = memory();
    let thrown: unknown;
    try {
      call(session);
    } catch (error) {
      thrown = error;
    }
    expect(thrown).toBeInstanceOf(kind);
    expect((thrown as Error).message).toContain(message);
    expect(memory()).toEqual(before);
    expect(session.run(image()).data).toEqual(expected);
  }

  it.each([
    ["another batch", [1, 6, 9, 11]],
    ["other channels", [2, 5, 9, 11]],
    ["another height", [2, 6, 8, 11]],
    ["no batch", [6, 9, 11]],
    ["one more axis", [1, 2, 6, 9, 11]],
    ["the same size in another order", [6, 2, 9, 11]],
  ])("an input of another shape: %s", (_, shape) => {
    const message = `Session.run: input must have shape [2, 6, 9, 11], which the Session was compiled for, got [${shape.join(", ")}]`;
    refused(RangeError, message, (session) => session.run(Tensor.zeros(shape)));
  });

  it("an input that is not a tensor", () => {
    refused(TypeError, "Session.run: input must be a Tensor", (session) => session.run(wrong(5)));
    refused(TypeError, "Session.run: input must be a Tensor", (session) => session.run(wrong(undefined)));
    refused(TypeError, "Session.run: input.data must be a Float32Array, got Float64Array(3)", (session) =>
      session.run(wrong({ data: new Float64Array(3), shape: [3] })),
    );
    refused(RangeError, "Session.run: input has shape [2, 6, 9, 11] (1188 elements), but its data has 3", (session) =>
      session.run({ data: new Float32Array(3), shape: [2, 6, 9, 11] }),
    );
  });

  it("options of run that it does not know, or that are none", () => {
    const run = (options: unknown) => (session: Session) => session.run(image(), wrong(options));
    refused(TypeError, 'Session.run: unknown option "outputs" (known: residual, output)', run({ outputs: 1 }));
    refused(TypeError, "Session.run: options must be an object, got 5", run(5));
    refused(TypeError, "Session.run: options must be an object, got null", run(null));
    refused(TypeError, "Session.run: options must be an object", run([Tensor.zeros([2, 8, 9, 11])]));
    // a tensor where its options object should be
    refused(TypeError, 'Session.run: unknown option "data"', run({ data: new Float32Array(1), shape: [1] }));
    refused(TypeError, "Session.run: unknown option", run(Tensor.zeros([2, 8, 9, 11])));
  });

  it("an output that cannot hold the result", () => {
    const run = (output: unknown) => (session: Session) => session.run(image(), wrong({ output }));
    for (const shape of [[2, 8, 9, 12], [8, 9, 11], [8, 2, 9, 11], [1, 2, 8, 9, 11], []]) {
      refused(
        RangeError,
        `Session.run: output must have shape [2, 8, 9, 11], which the Session was compiled for, got [${shape.join(", ")}]`,
        run(Tensor.zeros(shape)),
      );
    }
    const data = new Float32Array(2 * 8 * 9 * 11);
    refused(TypeError, `Session.run: output must be a Tensor, got Float32Array(${data.length})`, run(data));
    // its shape could be changed, and nothing else of it would be a Tensor's
    refused(TypeError, "Session.run: output must be a Tensor, got an object", run({ data, shape: [2, 8, 9, 11] }));
    refused(TypeError, "Session.run: output must be a Tensor, got true", run(true));
    refused(TypeError, "Session.run: output must not be null; leave it out for its default", run(null));
    const detached = Tensor.zeros([2, 8, 9, 11]);
    structuredClone(detached.data.buffer, { transfer: [detached.data.buffer as ArrayBuffer] });
    refused(
      RangeError,
      "Session.run: output has shape [2, 8, 9, 11] (1584 elements), but its data has 0",
      run(detached),
    );
  });

  it("a residual that it was not compiled for", () => {
    refused(
      TypeError,
      "Session.run: residual is given, but the Session was not compiled with { residual: true }",
      (session) => session.run(image(), { residual: Tensor.zeros([2, 8, 9, 11]) }),
    );
  });

  it("and writes no output then", () => {
    const session = compiled(module(), image().shape, { residual: true });
    const output = Tensor.full([2, 8, 9, 11], 77);
    const residual = Tensor.zeros(output.shape);
    expect(() => session.run(Tensor.zeros([1]), { residual, output })).toThrow(RangeError);
    expect(() => session.run(image(), { output })).toThrow(TypeError);
    expect(() => session.run(image(), { residual: image(), output })).toThrow(RangeError);
    expect(() => session.run(image(), wrong({ residual, output, activation: "relu" }))).toThrow(TypeError);
    expect(output.data.every((value) => value === 77)).toBe(true);
  });

  it("compiling what is not a module, or for a shape that the module cannot take", () => {
    refused(
      TypeError,
      "compile: model must be an nn module, an object with a forward function, or a graph from loadOnnx, got 5",
      () => compile(wrong(5), [1]),
    );
    refused(
      TypeError,
      "compile: model must be an nn module, an object with a forward function, or a graph from loadOnnx, got null",
      () => compile(wrong(null), [1]),
    );
    refused(TypeError, "compile: inputShape must be an array of lengths", () => compile(module(), wrong("2x6")));
    refused(RangeError, "compile: inputShape must hold whole numbers", () => compile(module(), [1, 6, 2.5, 5]));
    refused(RangeError, "conv2d: input must be (N, C, H, W) or (C, H, W), got shape [6, 9]", () =>
      compile(module(), [6, 9]),
    );
    refused(RangeError, "conv2d: weight has 6 input channels per group, but input has 5 channels", () =>
      compile(module(), [1, 5, 9, 9]),
    );
    refused(RangeError, "conv2d: kernel spans 5 values of height, but the padded input has only 3", () =>
      compile(new nn.Conv2d(6, 1, 5), [6, 3, 9]),
    );
  });

  it("unknown options and algorithms", () => {
    refused(TypeError, 'compile: unknown option "algoritm"', () =>
      compile(module(), image().shape, wrong({ algoritm: "direct" })),
    );
    refused(RangeError, "compile: algorithm must be one of", () =>
      compile(module(), image().shape, wrong({ algorithm: "fft" })),
    );
    refused(TypeError, "compile: algorithm must be a string", () =>
      compile(module(), image().shape, wrong({ algorithm: 5 })),
    );
  });

  it("more memory than is allowed, and holds nothing then", () => {
    configure({ maxMemory: Math.max(memory().bytes, 65536) });
    try {
      refused(RangeError, "compile: needs", () => compile(new nn.Conv2d(1, 1, 1), [1, 1, 4096, 4096]));
    } finally {
      configure({ maxMemory: ADDRESS_SPACE });
    }
  });
});
