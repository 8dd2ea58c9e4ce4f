import { describe, expect, test } from "vitest";
import { compile, nn, relu, Tensor } from "../../src/index.ts";
import { loadOnnx } from "../../src/onnx/index.ts";
import { loadSession } from "../../src/session/index.ts";
import { encodeModel } from "../support/onnx.ts";
import { FAMILIES, int, node, scalar } from "../support/onnx-cases/index.ts";
import { expectClose, tensorOf } from "../support/onnx-runs.ts";

const few = [2, 3, 4];
const x = Tensor.randn(few, 1);

/** y = (|x| + 1) * 2, then a branch by the sum of x. */
const model = encodeModel({
  inputs: [{ name: "x", shape: few }],
  nodes: [
    node("Abs", ["x"], ["a"]),
    node("Add", ["a", "one"], ["b"]),
    node("Mul", ["b", "two"], ["c"]),
    node("ReduceSum", ["x"], ["sum"], { keepdims: int(0) }),
    node("Greater", ["sum", "zero"], ["positive"]),
    node("If", ["positive"], ["y"], {
      then_branch: { graph: { nodes: [node("Neg", ["c"], ["n"])], outputs: ["n"] } },
      else_branch: { graph: { nodes: [node("Exp", ["c"], ["e"])], outputs: ["e"] } },
    }),
    node("Concat", ["y", "c"], ["z"], { axis: int(0) }),
  ],
  constants: { one: scalar(1), two: scalar(2), zero: scalar(0) },
  outputs: ["z"],
});

describe("Session.trace", () => {
  test("gives every value of the file by its name, in the order of the steps, and run is as before", () => {
    using session = compile(loadOnnx(model), few, { optimize: false });
    const values = session.trace(x);
    expect(Object.keys(values)).toEqual(["a", "b", "c", "sum", "positive", "y", "z"]);
    const c = x.data.map((value) => (Math.abs(value) + 1) * 2);
    expectClose("c", values.c!, { data: c, shape: few });
    expect(values.positive!.dtype).toBe("bool");
    const isPositive = values.positive!.data[0] === 1;
    const y = c.map((value) => (isPositive ? -value : Math.exp(value)));
    expectClose("y", values.y!, { data: y, shape: few });
    expect([...values.z!.data]).toEqual([...session.run(x).data]);
    const negated = new Tensor(
      x.data.map((value) => -value),
      few,
    );
    const other = session.trace(negated);
    expect(other.positive!.data[0]).toBe(isPositive ? 0 : 1);
  });

  test("of an optimised Session leaves out what is fused, and has the values of each moment", () => {
    using plain = compile(loadOnnx(model), few, { optimize: false });
    using session = compile(loadOnnx(model), few);
    const [all, some] = [plain.trace(x), session.trace(x)];
    expect(Object.keys(all)).toEqual(expect.arrayContaining(Object.keys(some)));
    for (const [name, value] of Object.entries(some)) expectClose(name, value, all[name]!);
    expect(Object.keys(some)).toContain("z");
  });

  test("of a module has the values by their own names", () => {
    const layer = new nn.Conv2d(1, 2, 3, { seed: 1 });
    const forward = (input: Tensor) => relu(layer.forward(input));
    using session = compile({ forward, stateDict: () => layer.stateDict() }, [1, 1, 5, 5], { optimize: false });
    expect(Object.values(session.trace(Tensor.ones([1, 1, 5, 5]))).map(({ shape }) => shape)).toEqual([
      [1, 2, 3, 3],
      [1, 2, 3, 3],
    ]);
  });

  test("is an error for a loaded Session, and checks its input", () => {
    using session = compile(loadOnnx(model), few);
    using loaded = loadSession(session.save());
    expect(() => loaded.trace(x)).toThrow("Session.trace: a loaded Session has no names for its values");
    expect(() => session.trace(Tensor.ones([2]))).toThrow(/^Session.trace: input must have shape/);
    session.dispose();
    expect(() => session.trace(x)).toThrow("Session.trace: the Session has been disposed");
  });
});

describe("a saved Session", () => {
  test("takes the branch that its input asks for", () => {
    using session = compile(loadOnnx(model), few);
    using loaded = loadSession(session.save());
    for (const sign of [1, -1]) {
      const input = new Tensor(
        x.data.map((value) => sign * value),
        few,
      );
      expect([...loaded.run(input).data]).toEqual([...session.run(input).data]);
    }
  });
});

describe("compile with optimize: false", () => {
  test.each(Object.entries(FAMILIES))("gives what it gives with it: %s", (_, cases) => {
    for (const { name, model, inputs } of cases) {
      const graph = loadOnnx(model);
      const shapes = Object.fromEntries(Object.entries(inputs).map(([input, { shape }]) => [input, shape]));
      const tensors = Object.fromEntries(Object.entries(inputs).map(([input, given]) => [input, tensorOf(given)]));
      using plain = compile<Readonly<Record<string, Tensor>>>(graph, shapes, { optimize: false });
      using session = compile<Readonly<Record<string, Tensor>>>(graph, shapes);
      const [a, b] = [plain, session].map((each) => {
        const result = each.run(tensors);
        return each.outputs.length === 1 ? { only: result as unknown as Tensor } : result;
      });
      for (const [output, value] of Object.entries(a!)) expectClose(`${name}: ${output}`, value, b![output]!);
    }
  });

  test("must be said by true or false", () => {
    expect(() => compile(loadOnnx(model), few, { optimize: 1 as unknown as boolean })).toThrow(
      "compile: optimize must be true or false, got 1",
    );
  });
});

describe("compile without shapes", () => {
  test("takes those that the file declares", () => {
    using session = compile(loadOnnx(model));
    expect(session.inputShape).toEqual(few);
    expect(session.run(x).shape).toEqual([4, 3, 4]);
  });

  test.each([
    [["batch", 3], 'compile: inputShape must be given: the network declares the shape [batch, 3] for "x"'],
    [null, 'compile: inputShape must be given: the network declares no shape for "x"'],
  ])("is an error for %j", (shape, message) => {
    const open = encodeModel({ inputs: [{ name: "x", shape }], nodes: [node("Relu", ["x"], ["y"])] });
    expect(() => compile(loadOnnx(open))).toThrow(message);
  });

  test("is an error for a module", () => {
    expect(() => compile(new nn.ReLU())).toThrow(
      "compile: inputShape must be given for a module, which does not declare it",
    );
  });
});
