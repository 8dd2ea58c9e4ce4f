import { describe, expect, it } from "vitest";
import { float32 } from "../../src/dtype.ts";
import { cat, flatten, permute, pixelShuffle, pixelUnshuffle, Tensor } from "../../src/index.ts";
import * as movement from "../../src/operators/movement.ts";
import type { Operator } from "../../src/planning/operator.ts";
import { image, refuses, signal, wrong } from "../support/refusal-lists.ts";

/** Shapes of the results. */
const infer = <A extends object>(
  operator: Operator<A>,
  attributes: NoInfer<A>,
  ...shapes: readonly (readonly number[])[]
): readonly (readonly number[])[] =>
  operator.plan("node", shapes.map(float32), attributes, "many").types.map(({ shape }) => shape);

refuses("what only moves values", [
  ["cat of no array", TypeError, /^cat: tensors.*object/, () => cat(wrong(image()))],
  ["cat of nothing", RangeError, /^cat: tensors.*none/, () => cat([])],
  ["cat with what is not a tensor", TypeError, /^cat: tensors\[1\].*5/, () => cat([image(), wrong(5)])],
  ["cat of different ranks", RangeError, /^cat: .*\[2, 3, 5, 7\].*\[2, 9\]/, () => cat([image(), signal()])],
  ["cat of other heights", RangeError, /^cat: .*\[1, 2\].*\[2, 9\]/, () => cat([Tensor.zeros([1, 2]), signal()], 1)],
  ["cat along no axis", RangeError, /^cat: dim.*-2.*1.*2/, () => cat([signal()], 2)],
  ["cat along a string", TypeError, /^cat: dim.*"1"/, () => cat([signal()], wrong("1"))],
  ["permute without dims", TypeError, /^permute: dims.*undefined/, () => permute(signal(), wrong(undefined))],
  ["permute of too few", RangeError, /^permute: dims.*2 axes.*\[0\]/, () => permute(signal(), [0])],
  ["permute of one twice", RangeError, /^permute: dims.*once.*\[1, -1\]/, () => permute(signal(), [1, -1])],
  ["permute of none that is there", RangeError, /^permute: dims.*2/, () => permute(signal(), [0, 2])],
  ["flatten backwards", RangeError, /^flatten: startDim.*2.*1/, () => flatten(image(), 2, 1)],
  ["flatten beyond", RangeError, /^flatten: endDim.*4/, () => flatten(image(), 0, 4)],
  ["pixelShuffle by 0", RangeError, /^pixelShuffle: upscaleFactor.*0/, () => pixelShuffle(image(), 0)],
  ["pixelShuffle of 3 channels by 2", RangeError, /^pixelShuffle: .*2 \* 2.*3/, () => pixelShuffle(image(), 2)],
  ["pixelShuffle of two axes", RangeError, /^pixelShuffle: input.*\[2, 9\]/, () => pixelShuffle(signal(), 1)],
  ["pixelUnshuffle of 5 rows by 2", RangeError, /^pixelUnshuffle: .*2.*5.*7/, () => pixelUnshuffle(image(), 2)],
  [
    "reshape to another size",
    RangeError,
    /^node: shape \[4\].*6/,
    () => infer(movement.reshapeOperator, { shape: [4] }, [2, 3]),
  ],
  [
    "reshape that does not divide",
    RangeError,
    /^node: shape \[4, -1\]/,
    () => infer(movement.reshapeOperator, { shape: [4, -1] }, [2, 3]),
  ],
  [
    "reshape with two -1",
    RangeError,
    /^node: shape/,
    () => infer(movement.reshapeOperator, { shape: [-1, -1] }, [2, 3]),
  ],
  [
    "reshape of nothing to -1",
    RangeError,
    /^node: shape/,
    () => infer(movement.reshapeOperator, { shape: [0, -1] }, [0, 3]),
  ],
  [
    "slice by 0",
    RangeError,
    /^node: steps.*0/,
    () => infer(movement.sliceOperator, { starts: [0], ends: [1], dims: [0], steps: [0] }, [3]),
  ],
  [
    "slice without an end",
    RangeError,
    /^node: ends/,
    () => infer(movement.sliceOperator, { starts: [0], ends: [], dims: [0], steps: [1] }, [3]),
  ],
  [
    "split into too much",
    RangeError,
    /^node: sizes.*3.*\[2, 2\]/,
    () => infer(movement.splitOperator, { sizes: [2, 2], dim: 0 }, [3]),
  ],
  [
    "split into less than nothing",
    RangeError,
    /^node: sizes/,
    () => infer(movement.splitOperator, { sizes: [4, -1], dim: 0 }, [3]),
  ],
  [
    "expand of 2 to 3",
    RangeError,
    /^node: shape \[3\].*\[2\]/,
    () => infer(movement.expandOperator, { shape: [3] }, [2]),
  ],
  [
    "expand of a new axis by -1",
    RangeError,
    /^node: shape/,
    () => infer(movement.expandOperator, { shape: [-1, 2] }, [2]),
  ],
  ["tile by -1", RangeError, /^node: repeats/, () => infer(movement.tileOperator, { repeats: [-1] }, [2])],
]);

describe("expand as ONNX has it", () => {
  it("to 1 keeps the input's length", () => {
    expect(infer(movement.expandOperator, { shape: [1, 3, 1] }, [2, 1, 4])).toEqual([[2, 3, 4]]);
  });
});

describe("what moves values takes one dtype", () => {
  it("cat of two dtypes is refused", () => {
    const operands = [float32([2]), { dtype: "int64", shape: [2] }] as const;
    expect(() => movement.catOperator.plan("node", operands, { dim: 0 }, "many")).toThrow(
      "node: tensors must have one dtype, got float32 and int64",
    );
  });
});
