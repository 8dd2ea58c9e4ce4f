import { afterEach, describe, expect, it } from "vitest";
import { compile, configure, memory, nn, pad, relu, Tensor } from "../../src/index.ts";
import { loadOnnx } from "../../src/onnx/index.ts";
import { encodeModel, type TestModel, type TestNode } from "../support/onnx.ts";

/* What a network may cost before it runs is bounded, whatever few bytes ask for. */

const y = { op: "Relu", inputs: ["x"], outputs: ["y"] } satisfies TestNode;
const compiled = (model: TestModel, shape: readonly number[]) => compile(loadOnnx(encodeModel(model)), shape);

const expand = (count: number): readonly TestNode[] =>
  Array.from({ length: count }, (_, i) => ({ op: "Expand", inputs: ["c", "s"], outputs: [`e${i}`] }));

const constants: NonNullable<TestModel["constants"]> = {
  c: { dims: [1], values: Float32Array.of(1) },
  s: { dims: [1], type: "INT64", values: [2 ** 23] },
};

afterEach(() => expect(memory().used).toBe(0));

describe("constants that a file makes of few bytes", () => {
  it("may have 64 MB together, however many calls make them", () => {
    const sum = { op: "Sum", inputs: ["x", "e0", "e1", "e2"], outputs: ["y"] } satisfies TestNode;
    const model: TestModel = {
      nodes: [...expand(3), sum],
      inputs: [{ name: "x", shape: [1] }],
      outputs: ["y"],
      constants,
    };
    expect(() => compiled(model, [1])).toThrow(/compile: expand "\w+": all constants .* more than \d+ bytes together/);
  });

  it("do not count an argument as often as it is named", () => {
    const doubled = Array.from({ length: 27 }, (_, i) => {
      const from = i === 0 ? "c" : `v${i - 1}`;
      return { op: "Concat", inputs: [from, from], outputs: [`v${i}`], attributes: { axis: { int: 0 } } };
    });
    const used = { op: "Add", inputs: ["x", "v26"], outputs: ["y"] };
    const model: TestModel = {
      nodes: [...doubled, used],
      inputs: [{ name: "x", shape: [1] }],
      outputs: ["y"],
      constants: { c: { dims: [1], values: Float32Array.of(1) } },
    };
    expect(() => compiled(model, [1])).toThrow(RangeError);
  });
});

describe("padding by reflection", () => {
  const padded = (axes: number): TestModel => ({
    nodes: [{ op: "Pad", inputs: ["x", "p"], outputs: ["y"], attributes: { mode: { string: "edge" } } }],
    inputs: [{ name: "x", shape: Array<number>(axes).fill(1) }],
    outputs: ["y"],
    constants: { p: { dims: [2 * axes], type: "INT64", values: Array<number>(2 * axes).fill(1) } },
  });

  it("is computed for 7 axes, and refused where it multiplies into thousands of copies", () => {
    using session = compiled(padded(7), Array<number>(7).fill(1));
    expect(session.run(Tensor.ones(Array<number>(7).fill(1)))).toEqual(Tensor.ones(Array<number>(7).fill(3)));
    expect(() => compiled(padded(14), Array<number>(14).fill(1))).toThrow(/pad "\w+": needs 4782969 copies/);
  });

  it("takes an empty batch, which is not padded", () => {
    for (const mode of ["reflect", "replicate", "circular"] as const) {
      expect(pad(Tensor.zeros([0, 3, 4, 4]), [1, 1, 1, 1], { mode }).shape).toEqual([0, 3, 6, 6]);
    }
  });
});

describe("a lowered limit", () => {
  it("binds what is allocated in memory that is there already", () => {
    compile({ forward: (x) => relu(x) }, [1e6]).dispose();
    const { limit } = memory();
    configure({ maxMemory: 200_000 });
    try {
      expect(() => compile({ forward: (x) => relu(x) }, [100_000])).toThrow(/the limit is 200000/);
      expect(() => relu(Tensor.zeros([100_000]))).toThrow(/the limit is 200000/);
    } finally {
      configure({ maxMemory: limit });
    }
  });
});

describe("names of ten million characters", () => {
  it("are not repeated in messages", () => {
    const long = "n".repeat(1e7);
    const model: TestModel = {
      nodes: [{ ...y, inputs: [long] }],
      inputs: [{ name: long, shape: ["size"] }],
      outputs: ["y"],
    };
    const graph = loadOnnx(encodeModel(model));
    for (const shapes of [{ other: [1] }, { [long]: [1, 2] }, { [long]: "2" as never }]) {
      let message = "";
      try {
        compile(graph, shapes);
      } catch (error) {
        ({ message } = error as Error);
      }
      expect(message).toMatch(/^compile: /);
      expect(message.length).toBeLessThan(1000);
    }
  });
});

describe.skipIf(process.env.CONVWASM_BUILD === "simd")("one hundred thousand tensors that are alive at once", () => {
  it("compile, and nothing is as large as the square of their number", { timeout: 120_000 }, () => {
    const count = 100_000;
    const values = Array.from({ length: count }, (_, i) => `v${i}`);
    const model: TestModel = {
      nodes: [
        ...values.map((value) => ({ op: "Sigmoid", inputs: ["x"], outputs: [value] })),
        { op: "Sum", inputs: values, outputs: ["y"] },
      ],
      inputs: [{ name: "x", shape: [16] }],
      outputs: ["y"],
    };
    using session = compiled(model, [16]);
    expect(session.explain().totals.bytes.arena).toBeLessThan(count * 64 * 1.2);
    expect(session.run(Tensor.zeros([16])).data[3]).toBe(count / 2);
  });
});

describe("what belongs to another copy of the library", () => {
  it("is named as that", () => {
    const model = { inputs: [], nodes: [], constants: new Map(), outputs: new Map() };
    expect(() => compile(model as never, [1])).toThrow("compile: model is a Graph of another copy of convwasm");
    using session = compile({ forward: (x) => relu(x) }, [1]);
    const output = { data: new Float32Array(1), shape: [1], dtype: "float32", toArray() {} };
    expect(() => session.run(Tensor.ones([1]), { output: output as never })).toThrow("one of another copy of convwasm");
  });
});

describe("modules in plain arrays", () => {
  it("are refused, since their weights would be missing from the state", () => {
    class Net extends nn.Module {
      layers = [new nn.Linear(2, 2)];
      forward(x: Tensor) {
        return this.layers[0]!.forward(x);
      }
    }
    expect(() => new Net().stateDict()).toThrow(/layers holds modules in an array.*nn\.ModuleList/);
  });
});

describe("options that need a float32 output", () => {
  it("are named where the output is of another dtype", () => {
    const model: TestModel = {
      nodes: [{ op: "Cast", inputs: ["x"], outputs: ["y"], attributes: { to: { int: 7 } } }],
      inputs: [{ name: "x", shape: [2] }],
      outputs: ["y"],
    };
    expect(() => compile(loadOnnx(encodeModel(model)), [2], { residual: true })).toThrow(
      `compile: activation and residual need a float32 output, but "y" is of dtype 'int64'`,
    );
  });
});
