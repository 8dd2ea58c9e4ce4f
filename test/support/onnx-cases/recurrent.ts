/** LSTM, GRU and RNN, and networks around them. */
import type { TestAttribute } from "../onnx.ts";
import { type Argument, Cases, float, floats, int, node, running, string, strings, weights } from "./builder.ts";

const cases = new Cases();

/** As onnxruntime has it, for the numbers of gates and of results. */
const CELLS = { LSTM: [4, 3], GRU: [3, 2], RNN: [1, 2] } as const;
type Cell = keyof typeof CELLS;

interface Sizes {
  readonly steps?: number;
  readonly batch?: number;
  readonly inputs?: number;
  readonly hidden?: number;
  readonly directions?: number;
}

interface Given extends Sizes {
  readonly opsets?: readonly number[];
  readonly bias?: boolean;
  readonly lengths?: readonly number[];
  /** how many of the states are given: the first is that of the cell's output */
  readonly states?: number;
  readonly peepholes?: boolean;
  readonly outputs?: readonly string[];
}

function add(
  cell: Cell,
  title: string,
  attributes: Readonly<Record<string, TestAttribute>>,
  {
    steps = 5,
    batch = 2,
    inputs = 3,
    hidden = 5,
    directions = 1,
    opsets = [14],
    bias = true,
    lengths,
    states = 0,
    peepholes = false,
    outputs = ["y", "h", "c"].slice(0, CELLS[cell][1]),
  }: Given = {},
): void {
  const gates = CELLS[cell][0];
  const state: Argument = [directions, batch, hidden];
  const args: Argument[] = [
    [steps, batch, inputs],
    weights(2, directions, gates * hidden, inputs),
    weights(3, directions, gates * hidden, hidden),
    bias ? weights(4, directions, 2 * gates * hidden) : "",
    lengths === undefined ? "" : running("INT32", [batch], lengths),
    states > 0 ? state : "",
    states > 1 ? state : "",
    peepholes ? weights(5, directions, 3 * hidden) : "",
  ];
  while (args.at(-1) === "") args.pop();
  const direction: Record<string, TestAttribute> = directions === 2 ? { direction: string("bidirectional") } : {};
  cases.one(cell, opsets, args, { hidden_size: int(hidden), ...direction, ...attributes }, { outputs, title });
}

const reverse = { direction: string("reverse") };
for (const cell of ["LSTM", "GRU", "RNN"] as const) {
  const states = cell === "LSTM" ? 2 : 1;
  add(cell, "forward", {}, { opsets: [7, 14, 22] });
  add(cell, "no bias, last state only", {}, { bias: false, outputs: ["", "h"] });
  add(cell, "reverse", reverse, { states });
  add(cell, "both directions", {}, { directions: 2, states, batch: 3 });
  add(cell, "one row, one step", {}, { steps: 1, batch: 1, states });
  add(cell, "blocks of rows", {}, { batch: 15, steps: 3, hidden: 9, inputs: 7 });
  add(cell, "whole vectors", {}, { batch: 1, steps: 13, hidden: 16, inputs: 8, directions: 2 });
  add(cell, "rows of several lengths", {}, { batch: 4, lengths: [5, 1, 3, 4], directions: 2, states });
  add(cell, "rows of several lengths, reverse", reverse, { batch: 3, lengths: [2, 5, 1] });
  add(cell, "clip", { clip: float(0.25) }, { directions: 2 });
}

add("GRU", "reset after the product", { linear_before_reset: int(1) }, { opsets: [7, 14], states: 1 });
add("GRU", "reset after the product, both directions", { linear_before_reset: int(1) }, { directions: 2, batch: 8 });
add("LSTM", "peepholes", {}, { peepholes: true, states: 2 });
add("LSTM", "peepholes, both directions", {}, { peepholes: true, directions: 2, hidden: 8 });
add("LSTM", "peepholes and clip", { clip: float(0.5) }, { peepholes: true });
add("LSTM", "coupled gates", { input_forget: int(1) }, { states: 2 });
add("LSTM", "coupled gates and peepholes", { input_forget: int(1) }, { peepholes: true });

const named = (...names: string[]) => ({ activations: strings(...names) });
for (const [name, numbers] of [
  ["Relu", {}],
  ["Affine", { activation_alpha: floats(0.5), activation_beta: floats(0.25) }],
  ["LeakyRelu", { activation_alpha: floats(0.125) }],
  ["ThresholdedRelu", { activation_alpha: floats(0.5) }],
  ["ScaledTanh", { activation_alpha: floats(1.5), activation_beta: floats(0.75) }],
  ["HardSigmoid", { activation_alpha: floats(0.3), activation_beta: floats(0.4) }],
  ["Elu", { activation_alpha: floats(0.75) }],
  ["Softsign", {}],
  ["Softplus", {}],
  ["Sigmoid", {}],
] as const) {
  add("RNN", name, { ...named(name), ...numbers }, { steps: 3 });
}
add("LSTM", "other functions", named("HardSigmoid", "Softsign", "Relu"), { states: 2 });
add("GRU", "other functions for each direction", named("Sigmoid", "Relu", "HardSigmoid", "Tanh"), { directions: 2 });

// text recognition: features of columns, two layers in both directions, letters for each column
cases.many(
  "a text recogniser",
  13,
  { x: [1, 1, 16, 40] },
  [
    node("Conv", ["x", "w1", "b1"], ["a"], { pads: { ints: [1, 1, 1, 1] } }),
    node("Relu", ["a"], ["b"]),
    node("MaxPool", ["b"], ["c"], { kernel_shape: { ints: [2, 2] }, strides: { ints: [2, 2] } }),
    node("Conv", ["c", "w2", "b2"], ["d"], { pads: { ints: [1, 1, 1, 1] } }),
    node("Relu", ["d"], ["e"]),
    node("MaxPool", ["e"], ["f"], { kernel_shape: { ints: [8, 1] }, strides: { ints: [8, 1] } }),
    node("Squeeze", ["f", "two"], ["g"]),
    node("Transpose", ["g"], ["h"], { perm: { ints: [2, 0, 1] } }),
    node("LSTM", ["h", "lw1", "lr1", "lb1"], ["i"], { hidden_size: int(12), direction: string("bidirectional") }),
    node("Transpose", ["i"], ["j"], { perm: { ints: [0, 2, 1, 3] } }),
    node("Reshape", ["j", "flat"], ["k"]),
    node("LSTM", ["k", "lw2", "lr2", "lb2"], ["l"], { hidden_size: int(12), direction: string("bidirectional") }),
    node("Transpose", ["l"], ["m"], { perm: { ints: [0, 2, 1, 3] } }),
    node("Reshape", ["m", "flat"], ["n"]),
    node("MatMul", ["n", "fc"], ["o"]),
    node("Add", ["o", "fb"], ["p"]),
    node("LogSoftmax", ["p"], ["y"], { axis: int(2) }),
  ],
  {
    w1: weights(1, 8, 1, 3, 3),
    b1: weights(2, 8),
    w2: weights(3, 16, 8, 3, 3),
    b2: weights(4, 16),
    two: { type: "INT64", dims: [1], values: [2] },
    flat: { type: "INT64", dims: [3], values: [0, 0, -1] },
    lw1: weights(5, 2, 48, 16),
    lr1: weights(6, 2, 48, 12),
    lb1: weights(7, 2, 96),
    lw2: weights(8, 2, 48, 24),
    lr2: weights(9, 2, 48, 12),
    lb2: weights(10, 2, 96),
    fc: weights(11, 24, 37),
    fb: weights(12, 37),
  },
);

export const { all } = cases;
