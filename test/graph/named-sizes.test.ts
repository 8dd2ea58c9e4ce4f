import { describe, expect, it } from "vitest";
import { compile, memory, Tensor } from "../../src/index.ts";
import { loadOnnx } from "../../src/onnx/index.ts";
import { encodeModel } from "../support/onnx.ts";

describe("a size that a file names", () => {
  const two = loadOnnx(
    encodeModel({
      nodes: [{ op: "Add", inputs: ["a", "b"] }],
      inputs: [
        { name: "a", shape: ["N", "C", 1] },
        { name: "b", shape: ["N", 1, "W"] },
      ],
    }),
  );
  const square = loadOnnx(
    encodeModel({ nodes: [{ op: "Relu", inputs: ["x"] }], inputs: [{ name: "x", shape: ["N", "N", "M"] }] }),
  );

  it("is the same in all inputs, though other lengths would broadcast", () => {
    for (const [a, b, message] of [
      [
        [2, 3, 1],
        [1, 1, 4],
        "compile: inputShape.b must be [N, 1, W] as the network declares, got [1, 1, 4] with N = 2",
      ],
      [
        [1, 3, 1],
        [2, 1, 4],
        "compile: inputShape.b must be [N, 1, W] as the network declares, got [2, 1, 4] with N = 1",
      ],
    ] as const) {
      expect(() => compile(two, { a, b })).toThrow(RangeError);
      expect(() => compile(two, { a, b })).toThrow(message);
    }
    expect(memory().used).toBe(0);
  });

  it("is the same within an input", () => {
    expect(() => compile(square, [3, 2, 5])).toThrow(
      "compile: inputShape must be [N, N, M] as the network declares, got [3, 2, 5] with N = 3",
    );
    using session = compile(square, [3, 3, 5]);
    expect((session.run(Tensor.ones([3, 3, 5])) as Tensor).shape).toEqual([3, 3, 5]);
  });

  it("may be any where all agree, and differ from compile to compile", () => {
    for (const n of [1, 2, 3]) {
      using session = compile(two, { a: [n, 3, 1], b: [n, 1, 4] });
      const result = session.run({ a: Tensor.ones([n, 3, 1]), b: Tensor.ones([n, 1, 4]) }) as Tensor;
      expect(result.shape).toEqual([n, 3, 4]);
    }
  });
});
