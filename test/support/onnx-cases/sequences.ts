import type { TestGraph, TestNode } from "../onnx.ts";
import { Cases, index, int, int64, node } from "./builder.ts";

const cases = new Cases();
export const { all } = cases;

const few = [2, 3, 4];

cases.many(
  "values at positions",
  11,
  { a: few, b: few },
  [
    node("SequenceConstruct", ["a", "b"], ["s"]),
    node("SequenceAt", ["s", "first"], ["x"]),
    node("SequenceAt", ["s", "last"], ["z"]),
    node("Sub", ["x", "z"], ["y"]),
  ],
  { first: { type: "INT32", dims: [], values: [0] }, last: index(-1) },
);
cases.many(
  "inserted and erased",
  11,
  { a: few, b: few },
  [
    node("SequenceEmpty", [], ["e"]),
    node("SequenceInsert", ["e", "a"], ["s1"]),
    node("Neg", ["b"], ["n"]),
    node("SequenceInsert", ["s1", "n", "zero"], ["s2"]),
    node("SequenceInsert", ["s2", "b", "before"], ["s3"]),
    node("SequenceLength", ["s3"], ["count"]),
    node("SequenceErase", ["s3", "zero"], ["s4"]),
    node("SequenceErase", ["s4"], ["s5"]),
    node("ConcatFromSequence", ["s4"], ["joined"], { axis: int(1) }),
    node("ConcatFromSequence", ["s5"], ["stacked"], { axis: int(-1), new_axis: int(1) }),
  ],
  { zero: index(0), before: index(-1) },
  ["joined", "stacked", { name: "count", type: "INT64", shape: [] }],
);
for (const [title, split, attributes] of [
  ["parts of 1", undefined, {}],
  ["parts of 1 without the axis", undefined, { keepdims: int(0) }],
  ["parts of 2", index(2), {}],
  ["given lengths", int64(1, 3, 1), {}],
] as const) {
  cases.many(
    `split into ${title}`,
    11,
    { x: [3, 5, 2] },
    [
      node("SplitToSequence", split ? ["x", "split"] : ["x"], ["s"], { axis: int(1), ...attributes }),
      node("SequenceAt", ["s", "one"], ["part"]),
      node("SequenceErase", ["s", "zero"], ["rest"]),
      node("ConcatFromSequence", ["rest"], ["joined"], { axis: int(title.endsWith("axis") ? 0 : 1) }),
    ],
    { one: index(1), zero: index(0), ...(split && { split }) },
    ["part", "joined"],
  );
}

/** As PyTorch exports a list that grows in a loop: rows of x, each added to those before. */
const grow: { readonly graph: TestGraph } = {
  graph: {
    nodes: [
      node("Gather", ["x", "i"], ["row"], { axis: int(0) }),
      node("Add", ["row", "sum"], ["next"]),
      node("SequenceInsert", ["s", "next"], ["longer"]),
      node("Identity", ["goes"], ["on"]),
    ],
    inputs: [
      { name: "i", type: "INT64", shape: [] },
      { name: "goes", type: "BOOL", shape: [] },
      { name: "sum", shape: null },
      { name: "s", type: "SEQUENCE", shape: null },
    ],
    outputs: [{ name: "on", type: "BOOL", shape: [] }, "next", { name: "longer", type: "SEQUENCE", shape: null }],
  },
};
cases.many(
  "a list that grows in a loop",
  13,
  { x: [4, 3] },
  [
    node("SequenceEmpty", [], ["none"]),
    node("Loop", ["count", "", "zeros", "none"], ["total", "all"], { body: grow }),
    node("ConcatFromSequence", ["all"], ["y"], { axis: int(0), new_axis: int(1) }),
  ] satisfies TestNode[],
  { count: index(4), zeros: { dims: [3], values: [0, 0, 0] } },
  ["y", "total"],
);
cases.many(
  "optional values that are there",
  18,
  { x: few },
  [
    node("Optional", ["x"], ["o"]),
    node("OptionalHasElement", ["o"], ["has"]),
    node("OptionalGetElement", ["o"], ["y"]),
  ],
  {},
  ["y", { name: "has", type: "BOOL", shape: [] }],
);
