import { describe, expect, it } from "vitest";
import * as BINARY from "../../assembly/codes/binary.ts";
import { BLOCK } from "../../assembly/ops/blocks.ts";
import { activationOperator } from "../../src/operators/activation.ts";
import { batchNormOperator } from "../../src/operators/batch-norm.ts";
import {
  addOperator,
  divOperator,
  maximumOperator,
  minimumOperator,
  mulOperator,
  powOperator,
  preluOperator,
  subOperator,
} from "../../src/operators/binary.ts";
import { linearOperator, matmulOperator } from "../../src/operators/linear.ts";
import { groupNormOperator, layerNormOperator } from "../../src/operators/normalize.ts";
import {
  amaxOperator,
  aminOperator,
  logSoftmaxOperator,
  meanOperator,
  softmaxOperator,
  sumOperator,
} from "../../src/operators/reduce.ts";
import { epilogueFor, UNARY, type UnaryFunction } from "../../src/planning/epilogue.ts";
import type { Operator } from "../../src/planning/operator.ts";
import { runGuarded } from "../support/guarded.ts";
import * as reference from "../support/reference.ts";

const LENGTHS = [1, 2, 3, 4, 5, 6, 7, 8, 9, 15, 16, 17, 33];
/** Above zero, so that no function gives NaN. */
const numbers = (seed: number, shape: readonly number[]) => ({
  data: reference.randoms(seed, reference.sizeOf(shape)).map((value) => 1.25 + value),
  shape,
});

/**
 * Runs it among guards at several places: every time the results must be the same, whichever way the items are divided and
 * in whose place they are written.
 */
function keepsToItself<A extends object>(
  operator: Operator<A>,
  shapes: readonly (readonly number[])[],
  attributes: A,
): void {
  let first: string | undefined;
  for (let turn = 0; turn < shapes.length + 2; ++turn) {
    const operands = shapes.map((shape, i) => numbers(17 * i + reference.sizeOf(shape), shape));
    const [result] = runGuarded(operator, operands, attributes, turn + shapes.length);
    expect(Array.from(result!.data as Float32Array).some(Number.isNaN), `${shapes.join("; ")}: a guard was read`).toBe(
      false,
    );
    first ??= `${result!.data}`;
    expect(`${result!.data}`, `${shapes.join("; ")} at another place`).toBe(first);
  }
}

describe("functions of one number keep to their memory", () => {
  const rows = Object.entries<UnaryFunction>(UNARY);
  it.each(rows)("%s", (_, row) => {
    const [alpha, beta] = row.values ?? [0.5, 2];
    const epilogue = { ...epilogueFor(row, {}), alpha, beta };
    for (const length of [...LENGTHS, BLOCK, 3 * BLOCK + 5]) {
      keepsToItself(activationOperator, [[length]], epilogue);
    }
  });

  it("have a code each, and a name of their own", () => {
    const codes = new Set(rows.map(([, { code }]) => code));
    // relu6 is a clamp
    expect(codes.size).toBe(rows.length - 1);
    expect(Math.max(...codes)).toBe(codes.size);
  });
});

describe("normalisations, reductions and softmax keep to their memory", () => {
  it("batch normalisation", () => {
    for (const length of [...LENGTHS, BLOCK + 3]) {
      keepsToItself(batchNormOperator, [[2, 3, length], [3], [3], [3], [3]], { eps: 1e-5 });
    }
  });

  it.each([true, false])("normalisations, weight and bias: %s", (affine) => {
    for (const length of LENGTHS) {
      const parameters = (shape: readonly number[]) => (affine ? [shape, shape] : []);
      keepsToItself(groupNormOperator, [[2, 6, length], ...parameters([6])], { groups: 3, eps: 1e-5 });
      keepsToItself(layerNormOperator, [[3, length], ...parameters([length])], { axes: 1, eps: 1e-5 });
    }
  });

  it.each([sumOperator, meanOperator, amaxOperator, aminOperator])("$name", (operator) => {
    for (const count of LENGTHS) {
      for (const inner of [1, 2, 3, 4, 5, 9]) {
        keepsToItself(operator, [[2, count, inner]], { dims: [1], keepdim: false });
      }
    }
    // three passes, each of which reads what the one before it left
    keepsToItself(operator, [[3, 2, 5, 2, 4, 2]], { dims: [0, 2, 4], keepdim: true });
  });

  it.each([softmaxOperator, logSoftmaxOperator])("$name", (operator) => {
    for (const count of LENGTHS) {
      for (const inner of [1, 2, 3, 4, 5, 9]) {
        keepsToItself(operator, [[2, count, inner]], { dim: 1 });
      }
    }
  });
});

describe("products keep to their memory", () => {
  it("linear", () => {
    for (const rows of [1, 7, 8, 13]) {
      for (const [inputs, outputs] of [
        [1, 1],
        [3, 5],
        [16, 9],
      ] as const) {
        keepsToItself(linearOperator, [[rows, inputs], [outputs, inputs], [outputs]], {});
      }
    }
  });

  it("matmul", () => {
    keepsToItself(
      matmulOperator,
      [
        [2, 3, 5],
        [5, 4],
      ],
      {},
    );
    keepsToItself(
      matmulOperator,
      [
        [2, 1, 7, 9],
        [3, 9, 17],
      ],
      {},
    );
    keepsToItself(matmulOperator, [[9], [9, 17]], {});
  });
});

describe("operations on two tensors keep to their memory", () => {
  const PATTERNS = (n: number): (readonly number[])[][] => [
    [
      [2, n],
      [2, n],
    ],
    [
      [2, n],
      [1, 1],
    ],
    [[1], [2, n]],
    [
      [2, 3, n],
      [1, 3, 1],
    ],
    [
      [2, 3, 1],
      [2, 3, n],
    ],
    [
      [3, n],
      [1, n],
    ],
    [
      [n, 1],
      [1, 3],
    ],
    [
      [2, 1, n, 1],
      [1, 3, 1, 2],
    ],
  ];
  const operators = [addOperator, subOperator, mulOperator, divOperator, powOperator, minimumOperator, maximumOperator];
  it.each(operators)("$name", (operator) => {
    for (const length of LENGTHS) {
      for (const shapes of PATTERNS(length)) keepsToItself(operator, shapes, {});
    }
  });

  it("rows of several blocks", () => {
    const n = 2 * BLOCK + 3;
    for (const shapes of [
      [[n], [n]],
      [[2, n], [1]],
      [
        [2, 1],
        [2, n],
      ],
    ])
      keepsToItself(addOperator, shapes, {});
  });

  it("prelu", () => {
    for (const length of LENGTHS)
      keepsToItself(
        preluOperator,
        [
          [2, 3, length],
          [3, 1],
        ],
        {},
      );
  });

  it("are all met", () => {
    expect(Object.keys(BINARY).length).toBe(operators.length + 1);
  });
});
