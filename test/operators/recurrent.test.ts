import fc from "fast-check";
import { describe, expect, it } from "vitest";
import type { DType } from "../../src/dtype.ts";
import { gruOperator, lstmOperator, type RecurrentAttributes, rnnOperator } from "../../src/operators/recurrent.ts";
import { UNARY } from "../../src/planning/epilogue.ts";
import { planCall } from "../../src/planning/operator.ts";
import { draws } from "../support/draws.ts";
import { runGuarded } from "../support/guarded.ts";
import { sizeOf, values } from "../support/reference.ts";

fc.configureGlobal(draws(20263, 120));

const SIGMOID = { activation: UNARY.sigmoid.code, alpha: 0, beta: 0 };
const TANH = { activation: UNARY.tanh.code, alpha: 0, beta: 0 };
const sigmoid = (x: number) => 1 / (1 + Math.exp(-x));

const CELLS = {
  lstm: { operator: lstmOperator, gates: 4, functions: [SIGMOID, TANH, TANH] },
  gru: { operator: gruOperator, gates: 3, functions: [SIGMOID, TANH] },
  rnn: { operator: rnnOperator, gates: 1, functions: [TANH] },
} as const;
type CellName = keyof typeof CELLS;

interface Layer {
  readonly steps: number;
  readonly batch: number;
  readonly inputs: number;
  readonly hidden: number;
  readonly direction: "forward" | "reverse" | "bidirectional";
  readonly batchFirst: boolean;
  readonly variant: boolean;
  readonly peepholes: boolean;
  readonly bias: boolean;
  readonly states: boolean;
  readonly lengths: readonly number[] | null;
}

/** Arguments of a call, by a seed; null for what is not given. */
function argumentsOf(name: CellName, layer: Layer) {
  const { steps, batch, inputs, hidden, batchFirst } = layer;
  const { gates } = CELLS[name];
  const directions = layer.direction === "bidirectional" ? 2 : 1;
  const random = (seed: number, ...shape: number[]) => ({ shape, data: values(seed, sizeOf(shape)) });
  const state = batchFirst ? [batch, directions, hidden] : [directions, batch, hidden];
  return [
    random(1, ...(batchFirst ? [batch, steps, inputs] : [steps, batch, inputs])),
    random(2, directions, gates * hidden, inputs),
    random(3, directions, gates * hidden, hidden),
    layer.bias ? random(4, directions, 2 * gates * hidden) : null,
    layer.lengths && { dtype: "int32" as DType, shape: [batch], data: Int32Array.from(layer.lengths) },
    layer.states ? random(5, ...state) : null,
    ...(name === "lstm"
      ? [layer.states ? random(6, ...state) : null, layer.peepholes ? random(7, directions, 3 * hidden) : null]
      : []),
  ];
}

/** ONNX's definition, a number at a time in float64. */
function reference(name: CellName, layer: Layer): readonly Float64Array[] {
  const { steps, batch, inputs, hidden, batchFirst, variant } = layer;
  const { gates } = CELLS[name];
  const directions = layer.direction === "bidirectional" ? 2 : 1;
  const [x, w, r, b, lengths, h0, c0, p] = argumentsOf(name, layer).map((each) => each?.data);
  const all = new Float64Array(steps * directions * batch * hidden);
  const [last, lastCell] = [0, 1].map(() => new Float64Array(directions * batch * hidden)) as [
    Float64Array,
    Float64Array,
  ];
  for (let d = 0; d < directions; ++d) {
    for (let row = 0; row < batch; ++row) {
      const stateAt = (batchFirst ? row * directions + d : d * batch + row) * hidden;
      const units = Array.from({ length: hidden }, (_, u) => u);
      let h = units.map((u) => h0?.[stateAt + u] ?? 0);
      let c = units.map((u) => c0?.[stateAt + u] ?? 0);
      const length = lengths?.[row] ?? steps;
      for (let step = 0; step < length; ++step) {
        const t = d === 1 || layer.direction === "reverse" ? length - 1 - step : step;
        const bias = (which: number, gate: number, u: number) =>
          b?.[((d * 2 + which) * gates + gate) * hidden + u] ?? 0;
        const input = (gate: number, u: number) => {
          let sum = bias(0, gate, u);
          const from = (batchFirst ? row * steps + t : t * batch + row) * inputs;
          for (let k = 0; k < inputs; ++k) sum += x![from + k]! * w![((d * gates + gate) * hidden + u) * inputs + k]!;
          return sum;
        };
        const product = (gate: number, u: number, state: readonly number[]) =>
          state.reduce((sum, each, k) => sum + each * r![((d * gates + gate) * hidden + u) * hidden + k]!, 0);
        const sum = (gate: number, u: number) => input(gate, u) + product(gate, u, h) + bias(1, gate, u);
        const peephole = (which: number, u: number) => p?.[(d * 3 + which) * hidden + u] ?? 0;
        if (name === "lstm") {
          const before = c;
          const i = units.map((u) => sigmoid(sum(0, u) + peephole(0, u) * before[u]!));
          const f = units.map((u) => (variant ? 1 - i[u]! : sigmoid(sum(2, u) + peephole(2, u) * before[u]!)));
          c = units.map((u) => f[u]! * before[u]! + i[u]! * Math.tanh(sum(3, u)));
          const o = units.map((u) => sigmoid(sum(1, u) + peephole(1, u) * c[u]!));
          h = units.map((u) => o[u]! * Math.tanh(c[u]!));
        } else if (name === "gru") {
          const z = units.map((u) => sigmoid(sum(0, u)));
          const reset = units.map((u) => sigmoid(sum(1, u)));
          const gated = h.map((each, k) => each * reset[k]!);
          const candidate = units.map((u) =>
            variant
              ? input(2, u) + reset[u]! * (product(2, u, h) + bias(1, 2, u))
              : input(2, u) + product(2, u, gated) + bias(1, 2, u),
          );
          h = units.map((u) => (1 - z[u]!) * Math.tanh(candidate[u]!) + z[u]! * h[u]!);
        } else {
          h = units.map((u) => Math.tanh(sum(0, u)));
        }
        const at = batchFirst ? (row * steps + t) * directions + d : (t * directions + d) * batch + row;
        all.set(h, at * hidden);
      }
      last.set(h, stateAt);
      lastCell.set(c, stateAt);
    }
  }
  return name === "lstm" ? [all, last, lastCell] : [all, last];
}

const attributesOf = (name: CellName, { direction, batchFirst, variant }: Layer): RecurrentAttributes => {
  const { functions } = CELLS[name];
  return {
    direction,
    functions: direction === "bidirectional" ? [...functions, ...functions] : functions,
    clip: 0,
    batchFirst,
    variant,
  };
};

const size = (max: number) => fc.integer({ min: 1, max });
const layers = fc
  .record({
    steps: size(4),
    batch: fc.oneof(size(4), size(15)),
    inputs: size(9),
    hidden: fc.oneof(size(9), fc.constantFrom(16, 24, 33)),
    direction: fc.constantFrom("forward", "reverse", "bidirectional"),
    batchFirst: fc.boolean(),
    variant: fc.boolean(),
    peepholes: fc.boolean(),
    bias: fc.boolean(),
    states: fc.boolean(),
    pick: fc.option(fc.array(fc.nat(60), { minLength: 15, maxLength: 15 })),
  })
  .map(({ pick, ...sizes }): Layer => {
    const lengths = pick?.slice(0, sizes.batch).map((each) => each % (sizes.steps + 1));
    return { ...sizes, lengths: lengths ?? null } as Layer;
  });

describe.each(["lstm", "gru", "rnn"] as const)("%s", (name) => {
  const { operator } = CELLS[name];

  it("gives what its definition gives, however its items are divided", () => {
    fc.assert(
      fc.property(layers, fc.nat(1000), (layer, turn) => {
        const results = runGuarded(operator, argumentsOf(name, layer), attributesOf(name, layer), turn);
        const expected = reference(name, layer);
        expect(results.length).toBe(expected.length);
        for (const [i, { data }] of results.entries()) {
          const worst = Math.max(...expected[i]!.map((each, k) => Math.abs(each - (data as Float32Array)[k]!)));
          expect(worst).toBeLessThan(2e-5);
        }
      }),
    );
  });

  const usual: Layer = {
    steps: 3,
    batch: 2,
    inputs: 4,
    hidden: 5,
    direction: "forward",
    batchFirst: false,
    variant: false,
    peepholes: false,
    bias: true,
    states: false,
    lengths: null,
  };
  it.each([[[4, 1]], [[-1, 3]]])("refuses the lengths %j while it runs", (lengths) => {
    const layer = { ...usual, lengths };
    expect(() => runGuarded(operator, argumentsOf(name, layer), attributesOf(name, layer), 1)).toThrow(
      "every one of sequence_lens must be from 0 to the 3 steps of X",
    );
  });

  const { gates, functions } = CELLS[name];
  const refused = (index: number, shape: readonly number[], dtype: DType = "float32", changes = {}) => {
    const operands = argumentsOf(name, usual).map((each) => each && { dtype: "float32" as DType, shape: each.shape });
    operands[index] = { dtype, shape: [...shape] };
    return () =>
      planCall("t", operator, operands, { ...attributesOf(name, usual), ...changes }, "many", ["X", "W", "R"]);
  };
  it.each<[string, () => unknown, typeof TypeError | typeof RangeError, string]>([
    ["an input of two axes", refused(0, [3, 4]), RangeError, "t: X must have 3 axes, got shape [3, 4]"],
    ["weights of other inputs", refused(1, [1, gates * 5, 3]), RangeError, `W must have shape [1, ${gates * 5}, 4]`],
    [
      "weights that are not square",
      refused(2, [1, gates * 5, 6]),
      RangeError,
      `W must have shape [1, ${gates * 6}, 4]`,
    ],
    ["no state at all", refused(2, [1, 0, 0]), RangeError, "R must have states of 1 or more"],
    ["half of the biases", refused(3, [1, gates * 5]), RangeError, `B must have shape [1, ${gates * 10}]`],
    ["lengths as floats", refused(4, [2]), TypeError, "sequence_lens must hold int32, but holds float32"],
    ["lengths of another batch", refused(4, [3], "int32"), RangeError, "sequence_lens must have shape [2]"],
    ["whole numbers as states", refused(5, [1, 2, 5], "int32"), TypeError, "initial_h must hold float32"],
    [
      "functions for one of two directions",
      refused(0, [3, 2, 4], "float32", { functions: [] }),
      RangeError,
      `${name} needs ${functions.length} functions, ${functions.length} for each direction, got 0`,
    ],
  ])("refuses %s", (_, call, kind, message) => {
    expect(call).toThrow(kind);
    expect(call).toThrow(message);
  });
});
