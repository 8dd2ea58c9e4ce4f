/** Lengths that only a run knows: what a Session says of them, and what is refused. */
import { describe, expect, test } from "vitest";
import { compile, Tensor } from "../../src/index.ts";
import { loadOnnx } from "../../src/onnx/index.ts";
import { loadSession } from "../../src/session/index.ts";
import { encodeModel, type TestAttribute, type TestNode, type TestTensor } from "../support/onnx.ts";

const int64 = (...values: number[]): TestTensor => ({ type: "INT64", dims: [values.length], values });
const node = (
  op: string,
  inputs: string[],
  outputs: string[],
  attributes: Record<string, TestAttribute> = {},
): TestNode => ({
  op,
  inputs,
  outputs,
  attributes,
});

/** Rows of x (6, 2) whose mark in m is not 0, as g, and what follows. */
function graphOf(nodes: readonly TestNode[], outputs: readonly string[], constants: Record<string, TestTensor> = {}) {
  const found = [
    node("NonZero", ["m"], ["places"]),
    node("Reshape", ["places", "flat"], ["rows"]),
    node("Gather", ["x", "rows"], ["g"]),
  ];
  const inputs = [
    { name: "x", shape: [6, 2] },
    { name: "m", shape: [6] },
  ];
  return loadOnnx(
    encodeModel({
      opset: 18,
      nodes: [...found, ...nodes],
      inputs,
      outputs,
      constants: { flat: int64(-1), zero: int64(0), ...constants },
    }),
  );
}
const SHAPES = { x: [6, 2], m: [6] };
const x = new Tensor(
  Float32Array.from({ length: 12 }, (_, i) => i + 1),
  [6, 2],
);
const marks = (...numbers: number[]) => new Tensor(numbers, [6]);
type Results = Readonly<Record<string, Tensor>>;

test("a Session says which axes depend on data, and gives results of their true length, one run after the other", () => {
  const graph = graphOf([node("Transpose", ["g"], ["t"])], ["g", "t", "places"]);
  using session = compile<Results>(graph, SHAPES);
  expect(session.outputs).toEqual([
    { name: "g", dtype: "float32", shape: [6, 2], dynamicAxes: [0] },
    { name: "t", dtype: "float32", shape: [2, 6], dynamicAxes: [1] },
    { name: "places", dtype: "int64", shape: [1, 6], dynamicAxes: [1] },
  ]);
  const first = session.run({ x, m: marks(0, 1, 0, 0, 5, 0) });
  expect(first.g).toEqual(new Tensor([3, 4, 9, 10], [2, 2]));
  expect(first.t).toEqual(new Tensor([3, 9, 4, 10], [2, 2]));
  expect(session.run({ x, m: marks(1, 1, 1, 1, 1, 1) }).g).toEqual(x);
  const none = session.run({ x, m: marks(0, 0, 0, 0, 0, 0) });
  expect([none.g!.shape, none.t!.shape, none.places!.shape]).toEqual([
    [0, 2],
    [2, 0],
    [1, 0],
  ]);
});

test("a saved Session gives the same, and runAsync does", async () => {
  using session = compile<Results>(graphOf([node("Transpose", ["g"], ["t"])], ["g", "t"]), SHAPES);
  using loaded = loadSession<Results>(session.save());
  expect(loaded.outputs).toEqual(session.outputs);
  const input = { x, m: marks(0, 1, 0, 0, 5, 1) };
  const expected = session.run(input);
  expect(loaded.run(input)).toEqual(expected);
  expect(await session.runAsync(input)).toEqual(expected);
});

test("an output of a length that depends on data cannot be given to run", () => {
  using session = compile<Tensor>(graphOf([], ["g"]), SHAPES);
  const output = Tensor.zeros([6, 2]);
  expect(() => session.run({ x, m: marks(1, 0, 0, 0, 0, 0) }, { output })).toThrow(
    "Session.run: output cannot be given: the length of the result depends on data",
  );
});

describe("indices among what is found", () => {
  const constants = { i: int64(1), last: int64(-1) };
  const graph = (index: string) =>
    graphOf([node("Add", ["zero", index], ["j"]), node("Gather", ["g", "j"], ["y"])], ["y"], constants);
  test.each([
    ["i", "of a constant", [3, 4]],
    ["last", "from the end", [9, 10]],
  ])("are counted by the true length: %s, %s", (index, _, expected) => {
    using session = compile<Tensor>(
      graphOf([node("Gather", ["g", "k"], ["y"])], ["y"], { k: constants[index as "i"] }),
      SHAPES,
    );
    expect([...session.run({ x, m: marks(0, 1, 0, 0, 1, 0) }).data]).toEqual(index === "i" ? [9, 10] : expected);
    expect(() => session.run({ x, m: marks(0, 0, 0, 0, 0, 0) })).toThrow(/every index must be/);
  });
  test("are constants of shapes too", () => {
    using session = compile<Tensor>(graph("i"), SHAPES);
    expect([...session.run({ x, m: marks(0, 1, 0, 0, 1, 0) }).data]).toEqual([9, 10]);
    expect(() => session.run({ x, m: marks(0, 0, 0, 0, 1, 0) })).toThrow(/every index must be/);
  });
});

test.each([
  [
    "joined along it",
    node("Concat", ["g", "g"], ["y"], { axis: { int: 0 } }),
    /cat .*: only a run knows how long axis 0 of "g.*" is/,
  ],
  ["a mean along it", node("ReduceMean", ["g", "zero"], ["y"]), /mean .*: only a run knows how long axis 0/],
  [
    "sliced from the end",
    node("Slice", ["g", "last", "end", "zero"], ["y"]),
    /slice .*: only a run knows how long axis 0/,
  ],
  [
    "split along it",
    node("Split", ["g"], ["y", "z"], { axis: { int: 0 }, num_outputs: { int: 2 } }),
    /split .*: only a run knows/,
  ],
  [
    "cumulated over an axis after it",
    node("Reshape", ["places", "pairs"], ["y"]),
    /reshape .*: .* would depend on data in a way/,
  ],
])("what cannot be computed is refused by name: %s", (_, last, message) => {
  const graph = graphOf([last], ["y"], { last: int64(-2), end: int64(99), pairs: int64(-1, 2) });
  expect(() => compile(graph, SHAPES)).toThrow(message);
});
