/** Lists of values, ONNX's sequences: what is refused. What they give is in the ONNX cases. */
import { expect, test } from "vitest";
import { compile } from "../../src/index.ts";
import { loadOnnx } from "../../src/onnx/index.ts";
import { encodeModel, type TestModel, type TestNode } from "../support/onnx.ts";
import { index, int, node } from "../support/onnx-cases/index.ts";

const constants = { zero: index(0), two: index(2), few: { dims: [2], values: [1, 2] } };
const compiled = (nodes: readonly TestNode[], outputs: TestModel["outputs"] = ["y"]) =>
  compile(
    loadOnnx(
      encodeModel({
        nodes,
        outputs: outputs!,
        constants,
        inputs: [
          { name: "x", shape: [2, 5000] },
          { name: "i", type: "INT64", shape: [] },
          { name: "c", type: "BOOL", shape: [] },
        ],
      }),
    ),
    { x: [2, 5000], i: [], c: [] },
  );
const pair = node("SequenceConstruct", ["x", "x"], ["s"]);
const branch = (...values: string[]) => ({
  graph: { nodes: [node("SequenceConstruct", values, ["t"])], outputs: [{ name: "t", type: "SEQUENCE" as const }] },
});

test.each<[string, readonly TestNode[], RegExp]>([
  [
    "a position that only a run knows",
    [pair, node("SequenceAt", ["s", "i"], ["y"])],
    /the position \("i"\) must be known when compiling, but depends on an input/,
  ],
  [
    "a position that is not there",
    [pair, node("SequenceAt", ["s", "two"], ["y"])],
    /SequenceAt .*: the position must be from -2 to 1, got 2/,
  ],
  [
    "a value of an empty sequence",
    [node("SequenceEmpty", [], ["s"]), node("SequenceAt", ["s", "zero"], ["y"])],
    /SequenceAt .*: the sequence is empty/,
  ],
  [
    "joining an empty sequence",
    [node("SequenceEmpty", [], ["s"]), node("ConcatFromSequence", ["s"], ["y"], { axis: int(0) })],
    /ConcatFromSequence .*: the sequence is empty/,
  ],
  [
    "a sequence in place of a tensor",
    [pair, node("Relu", ["s"], ["y"])],
    /Relu .*: input 0 must be a tensor, but "s:result|is a sequence/,
  ],
  [
    "a tensor in place of a sequence",
    [node("SequenceLength", ["x"], ["y"])],
    /input 0 must be a sequence, but "x" is a tensor/,
  ],
  [
    "a sequence as an output",
    [node("SequenceConstruct", ["x"], ["y"])],
    /output "y": is a sequence; only tensors can be outputs/,
  ],
  [
    "tensors of two types",
    [node("SequenceConstruct", ["x", "i"], ["y"])],
    /a sequence must have one type, got float32 and int64/,
  ],
  [
    "lengths that only a run knows",
    [node("SplitToSequence", ["x", "i"], ["s"]), node("SequenceAt", ["s", "zero"], ["y"])],
    /the lengths \("i"\) must be known when compiling/,
  ],
  [
    "more parts than a sequence has room for",
    [node("SplitToSequence", ["x"], ["s"], { axis: int(1) }), node("SequenceAt", ["s", "zero"], ["y"])],
    /a sequence may have 4096 values at most, got 5000/,
  ],
  [
    "parts of no length",
    [node("SplitToSequence", ["x", "zero"], ["s"]), node("SequenceAt", ["s", "zero"], ["y"])],
    /a part must have a length from 1, got 0/,
  ],
  [
    "a sequence that data decides on",
    [
      node("If", ["c"], ["s"], { then_branch: branch("x"), else_branch: branch("x", "x") }),
      node("SequenceAt", ["s", "zero"], ["y"]),
    ],
    /gives a sequence: its condition must be known when compiling/,
  ],
  [
    "a value that is missing",
    [node("Optional", [], ["o"]), node("OptionalGetElement", ["o"], ["y"])],
    /a value that is missing is not supported/,
  ],
])("%s is refused", (_, nodes, message) => {
  expect(() => compiled(nodes)).toThrow(message);
});

test("a trace passes over sequences", () => {
  using session = compiled([pair, node("SequenceAt", ["s", "zero"], ["t"]), node("Relu", ["t"], ["y"])]);
  const input = {
    x: { data: new Float32Array(10_000), shape: [2, 5000] },
    i: { data: BigInt64Array.of(0n), shape: [] },
    c: { data: Uint8Array.of(0), shape: [] },
  };
  expect(Object.keys(session.trace(input as never))).toContain("y");
});
