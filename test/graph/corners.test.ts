import { afterEach, describe, expect, test } from "vitest";
import {
  add,
  allclose,
  batchNorm,
  compile,
  conv2d,
  conv2dInput,
  div,
  linear,
  matmul,
  memory,
  nn,
  pad,
  relu,
  Tensor,
  type TensorLike,
} from "../../src/index.ts";
import { loadOnnx } from "../../src/onnx/index.ts";
import { encodeModel, type TestModel, type TestNode } from "../support/onnx.ts";

afterEach(() => expect(memory().used).toBe(0));

const onnx = (model: TestModel) => loadOnnx(encodeModel(model));
const numbers = (tensor: Tensor) => [...tensor.data];

test("an activation of an output that is constant is refused as that", () => {
  const graph = onnx({
    nodes: [{ op: "Relu", inputs: ["c"] }],
    inputs: [{ name: "x", shape: [1] }],
    constants: { c: { dims: [1], values: [1] } },
  });
  expect(() => compile(graph, [1], { activation: "relu" })).toThrow(
    new RangeError('compile: activation and residual need a computed output, but "y" is constant'),
  );
});

describe("names that mean something else elsewhere", () => {
  test("one input called data is given by its name, or by itself", () => {
    const graph = onnx({ nodes: [{ op: "Relu", inputs: ["data"] }], inputs: [{ name: "data", shape: [2] }] });
    using session = compile(graph, { data: [2] });
    const x = Tensor.from([-1, 2]);
    expect(numbers(session.run({ data: x }))).toEqual([0, 2]);
    expect(numbers(session.run(x))).toEqual([0, 2]);
    expect(() => session.run({ data: Tensor.ones([3]) })).toThrow(
      'Session.run: input "data" must have shape [2], which the Session was compiled for, got [3]',
    );
  });

  test("one of several inputs and outputs is called data", () => {
    const graph = onnx({
      nodes: [
        { op: "Add", inputs: ["data", "info"], outputs: ["sum"] },
        { op: "Sub", inputs: ["sum", "info"], outputs: ["difference"] },
        { op: "Relu", inputs: ["difference"], outputs: ["data_out"] },
        { op: "Neg", inputs: ["sum"], outputs: ["shape"] },
      ],
      inputs: [
        { name: "data", shape: [2] },
        { name: "info", shape: [2] },
      ],
      outputs: ["data_out", "shape"],
    });
    using session = compile<Record<string, Tensor>>(graph, { data: [2], info: [2] });
    const result = session.run({ data: Tensor.from([-1, 2]), info: Tensor.from([3, 4]) });
    expect(numbers(result.data_out!)).toEqual([0, 2]);
    expect(numbers(result.shape!)).toEqual([-2, -6]);
  });

  test("results are written into a record with a tensor called data", () => {
    const forward = (x: TensorLike) => ({ data: relu(x), sum: add(x, x) });
    using session = compile<Record<"data" | "sum", Tensor>>({ forward }, [2]);
    const output = { data: Tensor.zeros([2]), sum: Tensor.zeros([2]) };
    expect(session.run(Tensor.from([-1, 2]), { output })).toBe(output);
    expect([numbers(output.data), numbers(output.sum)]).toEqual([
      [0, 2],
      [-2, 4],
    ]);
  });

  test("a tensor in place of a record is still refused", () => {
    const graph = onnx({
      nodes: [{ op: "Add", inputs: ["data", "info"] }],
      inputs: [
        { name: "data", shape: [2] },
        { name: "info", shape: [2] },
      ],
    });
    using session = compile(graph, { data: [2], info: [2] });
    expect(() => session.run(Tensor.ones([2]))).toThrow(
      'Session.run: input must be a record of Tensors with the names "data", "info"',
    );
  });

  test("a parameter called input", () => {
    class Shift extends nn.Module {
      input = Tensor.from([10]);
      override forward(x: TensorLike) {
        return add(x, this.input);
      }
    }
    using session = compile(new Shift(), [2]);
    expect(numbers(session.run(Tensor.from([1, 2])))).toEqual([11, 12]);
  });

  test("an input that is called like the residual that compile adds", () => {
    const graph = onnx({
      nodes: [{ op: "Relu", inputs: ["residual:in"] }],
      inputs: [{ name: "residual:in", shape: [2] }],
    });
    using session = compile(graph, [2], { residual: true });
    expect(numbers(session.run(Tensor.from([-1, 2]), { residual: Tensor.from([10, 20]) }))).toEqual([10, 22]);
  });

  test("a weight that is called like one that a pass makes", () => {
    const kernel = { dims: [1, 2, 1, 1], values: [1, 1] };
    const graph = onnx({
      nodes: [
        { op: "Conv", inputs: ["x", "a:mul:weight"], outputs: ["h"], name: "first" },
        { op: "Mul", inputs: ["h", "ten"], outputs: ["z"], name: "a" },
        { op: "Conv", inputs: ["x", "a:mul:weight"], outputs: ["w"], name: "second" },
        { op: "Add", inputs: ["z", "w"] },
      ],
      inputs: [{ name: "x", shape: [1, 2, 1, 1] }],
      constants: { "a:mul:weight": kernel, ten: { dims: [1], values: [10] } },
    });
    using session = compile(graph, [1, 2, 1, 1]);
    expect(numbers(session.run(Tensor.ones([1, 2, 1, 1])))).toEqual([22]);
  });
});

test("options and lists that forward changes afterwards stay what they were", () => {
  const forward = (x: TensorLike) => {
    const options = { padding: [1, 1] as [number, number] };
    const padding = [1, 0];
    const y = pad(conv2d(x, Tensor.ones([1, 1, 3, 3]), null, options), padding, { value: 2 });
    [options.padding[0], padding[0]] = [0, 5];
    return y;
  };
  const x = Tensor.arange(9).reshape([1, 1, 3, 3]);
  using session = compile({ forward }, x.shape);
  expect(session.run(x)).toEqual(forward(x));
});

test("a network without inputs gives what it is made of", () => {
  const graph = onnx({
    nodes: [{ op: "Relu", inputs: ["c"] }],
    constants: { c: { dims: [2], values: [-1, 2] } },
  });
  using session = compile(graph, {});
  expect(session.inputShape).toEqual([]);
  expect(session.inputShapes).toEqual({});
  expect(numbers(session.run({}))).toEqual([0, 2]);
});

describe("scales that float32 weights cannot take up", () => {
  const weight = Tensor.from([[[[1]], [[-1]]]] as number[][][][]);
  const x = Tensor.from([[[[1, 0.5]], [[3, 0.5]]]]);
  const statistics = { mean: Tensor.zeros([1]), variance: Tensor.zeros([1]), eps: 0 };
  test.each<[string, (x: TensorLike) => Tensor]>([
    ["division by 0", (y) => div(conv2d(y, weight), 0)],
    ["division by a number below the normal ones", (y) => div(conv2d(y, weight), 1e-40)],
    ["a variance of 0", (y) => batchNorm(conv2d(y, weight), statistics)],
  ])("%s", (_, forward) => {
    using session = compile({ forward }, x.shape);
    expect(allclose(session.run(x), forward(x), { equalNan: true })).toBe(true);
  });
});

describe("products over no numbers", () => {
  test.each([1, 20])("are zeros, %i rows", (rows) => {
    const [a, b] = [Tensor.zeros([rows, 0]), Tensor.zeros([0, 3])];
    expect(matmul(a, b)).toEqual(Tensor.zeros([rows, 3]));
    expect(linear(a, Tensor.zeros([3, 0]))).toEqual(Tensor.zeros([rows, 3]));
    expect(linear(a, Tensor.zeros([3, 0]), Tensor.ones([3]))).toEqual(Tensor.ones([rows, 3]));
    using session = compile({ forward: (x) => relu(add(matmul(x, b), 2)) }, [rows, 0]);
    expect(session.run(a)).toEqual(Tensor.full([rows, 3], 2));
  });
});

test("twenty thousand views in a row compile, as do in-place operations", { timeout: 120_000 }, () => {
  const count = 20_000;
  const chain = (op: string, second: (index: number) => string[]) =>
    onnx({
      nodes: Array.from({ length: count }, (_, i) => ({
        op,
        inputs: [i === 0 ? "x" : `v${i - 1}`, ...second(i)],
        outputs: [i === count - 1 ? "y" : `v${i}`],
      })),
      inputs: [{ name: "x", shape: [2] }],
      constants: {
        one: { type: "INT64", dims: [1], values: [2] },
        two: { type: "INT64", dims: [2], values: [1, 2] },
      },
    });
  for (const graph of [chain("Reshape", (i) => [i % 2 === 0 ? "two" : "one"]), chain("Relu", () => [])]) {
    using session = compile(graph, [2]);
    expect(numbers(session.run(Tensor.from([3, 4])))).toEqual([3, 4]);
  }
});

describe("attributes of a file that lead past a tensor", () => {
  const one = (op: string, inputs: string[], attributes: TestNode["attributes"], constants: TestModel["constants"]) =>
    onnx({
      opset: 21,
      nodes: [{ op, inputs, attributes: attributes!, name: "node" }],
      inputs: [{ name: "x", shape: [1, 2, 5, 5] }],
      constants: constants!,
    });

  test.each([-1, -2, 0])("%i groups", (groups) => {
    const graph = one(
      "GroupNormalization",
      ["x", "c", "c"],
      { num_groups: { int: groups } },
      { c: { dims: [2], values: [1, 1] } },
    );
    expect(() => compile(graph, [1, 2, 5, 5])).toThrow(
      `compile: groupNorm "node": groups must be a whole number from 1, got ${groups}`,
    );
  });

  test.each([0.25, NaN])("the index %d", (index) => {
    const graph = one("Gather", ["x", "i"], { axis: { int: 3 } }, { i: { dims: [1], values: [index] } });
    expect(() => compile(graph, [1, 2, 5, 5])).toThrow(/^compile: gather "node": indices must be /);
  });

  test.each([
    [0.5, 3],
    [NaN, 3],
    [0, 2.5],
    [0, NaN],
  ])("a part from %d to %d", (start, end) => {
    const constants = { a: { dims: [1], values: [start] }, b: { dims: [1], values: [end] } };
    const graph = one("Slice", ["x", "a", "b"], {}, constants);
    expect(() => compile(graph, [1, 2, 5, 5])).toThrow(/^compile: slice "node": (starts|ends) must be whole numbers/);
  });
});

describe("three axes, the first two of the same length, under a batch normalisation", () => {
  const mean = Tensor.from([1, 2]);
  const x = Tensor.arange(8).reshape([2, 2, 2]);

  test("are signals to the function, as in torch", () => {
    const forward = (y: TensorLike) => batchNorm(y, { mean, variance: Tensor.ones([2]), eps: 0 });
    const expected = [-1, 0, 0, 1, 3, 4, 4, 5];
    expect(numbers(forward(x))).toEqual(expected);
    using session = compile({ forward }, x.shape);
    expect(numbers(session.run(x))).toEqual(expected);
  });

  test("are an image to nn.BatchNorm2d, and folded into the convolution before it", () => {
    const norm = new nn.BatchNorm2d(2, { eps: 0 }).eval();
    norm.runningMean = mean;
    expect(numbers(norm.forward(x))).toEqual([-1, 0, 1, 2, 2, 3, 4, 5]);
    const model = new nn.Sequential(new nn.Conv2d(2, 2, 1, { seed: 1 }), norm);
    using session = compile(model, x.shape);
    expect(allclose(session.run(x), model.forward(x), { atol: 1e-5 })).toBe(true);
    expect(session.explain().steps).toHaveLength(1);
  });
});

describe("messages", () => {
  test("name the layer of a module whose shapes do not fit", () => {
    const model = new nn.Sequential({ stem: new nn.Conv2d(2, 3, 3), head: new nn.Conv2d(4, 3, 1) });
    expect(() => compile(model, [1, 2, 9, 9])).toThrow(
      'compile: conv2d "head": weight has 4 input channels per group, but input has 3',
    );
  });

  test("say which functions cannot be part of a network", () => {
    expect(() =>
      compile({ forward: (x) => conv2dInput([1, 1, 3, 3], Tensor.ones([1, 1, 1, 1]), x) }, [1, 1, 3, 3]),
    ).toThrow(/^compile: forward reads the data of .*, as the gradients do, and .*; compute with it by /);
  });

  test("say that a module contains itself", () => {
    class Child extends nn.Module {
      parent?: nn.Module;
      override forward(x: TensorLike) {
        return relu(x);
      }
    }
    class Parent extends nn.Module {
      child = new Child();
      constructor() {
        super();
        this.child.parent = this;
      }
      override forward(x: TensorLike) {
        return this.child.forward(x);
      }
    }
    for (const call of [(m: nn.Module) => m.stateDict(), (m: nn.Module) => compile(m, [2])]) {
      expect(() => call(new Parent())).toThrow("a module must not contain itself, but child.parent does");
    }
  });

  test("a tensor of more axes than any network has is refused", () => {
    const axes = Array.from({ length: 20_000 }, (_, axis) => axis);
    const graph = onnx({
      nodes: [
        { op: "Unsqueeze", inputs: ["x", "axes"], outputs: ["u"], name: "wide" },
        { op: "Transpose", inputs: ["u"] },
      ],
      inputs: [{ name: "x", shape: [1] }],
      constants: { axes: { type: "INT64", dims: [axes.length], values: axes } },
    });
    expect(() => compile(graph, [1])).toThrow('compile: reshape "wide": there must be at most 64 axes, got 20000');
  });
});

describe("places that float32 does not hold exactly", () => {
  const resized = (length: number, out: Partial<Record<"scales" | "sizes", number>>, coordinates: string) => {
    const graph = onnx({
      nodes: [
        {
          op: "Resize",
          inputs: ["x", "", out.scales === undefined ? "" : "scales", out.sizes === undefined ? "" : "sizes"],
          attributes: {
            mode: { string: "nearest" },
            coordinate_transformation_mode: { string: coordinates },
            nearest_mode: { string: "floor" },
          },
        },
      ],
      inputs: [{ name: "x", shape: [1, 1, 1, length] }],
      constants: {
        scales: { dims: [4], values: [1, 1, 1, out.scales ?? 1] },
        sizes: { type: "INT64", dims: [4], values: [1, 1, 1, out.sizes ?? 1] },
      },
    });
    using session = compile(graph, [1, 1, 1, length]);
    return numbers(session.run(Tensor.arange(length).reshape([1, 1, 1, length])));
  };

  test("a length of 10 times 0.7 is 7, as onnxruntime has it", () => {
    expect(resized(10, { scales: 0.7 }, "asymmetric")).toEqual([0, 1, 2, 4, 5, 7, 8]);
  });

  test("aligned corners meet the elements that they are aligned to", () => {
    // 23 times the float32 nearest to 7 / 23 is less than 7
    const expected = Array.from({ length: 24 }, (_, output) => Math.floor((output * 7) / 23));
    expect(resized(8, { sizes: 24 }, "align_corners")).toEqual(expected);
  });
});

test("a module takes shapes in the form in which its Session gives them", () => {
  using first = compile({ forward: (x) => relu(x) }, [2, 3]);
  using second = compile({ forward: (x) => relu(x) }, first.inputShapes);
  expect(second.inputShapes).toEqual({ input: [2, 3] });
  expect(() => compile({ forward: (x) => relu(x) }, { input: [2.5] })).toThrow(
    "compile: inputShape.input must hold whole",
  );
  expect(() => compile({ forward: (x) => relu(x) }, { x: [2] })).toThrow(
    "compile: inputShape must be an array of lengths",
  );
});

describe("parts of an axis and sizes of none", () => {
  test.each([
    [128, 32],
    [1024, 8],
    [768, 12],
  ])("%i channels fall into %i parts", (channels, parts) => {
    const outputs = Array.from({ length: parts }, (_, i) => `part${i}`);
    const graph = onnx({
      nodes: [{ op: "Split", inputs: ["x"], outputs, attributes: { axis: { int: 1 } } }],
      inputs: [{ name: "x", shape: [1, channels, 2] }],
      outputs,
    });
    using session = compile<Record<string, Tensor>>(graph, [1, channels, 2]);
    const x = Tensor.arange(channels * 2).reshape([1, channels, 2]);
    const each = channels / parts;
    expect(session.run(x)[`part${parts - 1}`]!.data[0]).toBe(2 * (channels - each));
  });

  test("a Resize that says neither scales nor sizes is refused, of a scalar too", () => {
    for (const shape of [[], [1, 1, 2, 2]]) {
      const graph = onnx({ nodes: [{ op: "Resize", inputs: ["x"] }], inputs: [{ name: "x", shape }] });
      expect(() => compile(graph, shape)).toThrow(RangeError);
      expect(() => compile(graph, shape)).toThrow(/^compile: .*needs a scale or a size for each axis, got none/);
    }
  });
});
