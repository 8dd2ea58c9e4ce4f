import * as layout from "../../assembly/recurrent/layout.ts";
import { sameShape, show, wrongType, wrongValue } from "../check.ts";
import { type DType, float32 } from "../dtype.ts";
import type { Constant } from "../planning/constant.ts";
import type { Epilogue } from "../planning/epilogue.ts";
import type { Operands, Operator } from "../planning/operator.ts";
import { planned } from "../planning/planned.ts";
import { Projection, Recurrent } from "../runtime/generated/recurrent.ts";
import { RECURRENT } from "../runtime/modules/recurrent.ts";
import type { Pointer } from "../runtime/program.ts";
import { checkResult } from "./result.ts";

/** In which order steps are taken: from the first, from the last, or both ways at once, by weights of their own. */
export type Direction = "forward" | "reverse" | "bidirectional";

/** Attributes of {@link lstmOperator}, {@link gruOperator} and {@link rnnOperator}. */
export interface RecurrentAttributes {
  readonly direction: Direction;
  /** the cell's functions, for each direction: three of an LSTM, two of a GRU, one otherwise */
  readonly functions: readonly Epilogue[];
  /** bounds what functions of gates are applied to; 0 for no bounds */
  readonly clip: number;
  /** whether the batch is the first axis of input, results and states, and time the second */
  readonly batchFirst: boolean;
  /** LSTM: the forget gate is what the input gate leaves. GRU: the reset gate multiplies the product, not its factor */
  readonly variant: boolean;
}

/** What distinguishes the cells. */
interface Cell {
  readonly name: "lstm" | "gru" | "rnn";
  readonly gates: number;
  readonly functions: number;
  /** columns of products as the kernel has them */
  columns(hidden: number): number;
  /** the column of a gate's first unit */
  columnOf(gate: number, hidden: number): number;
  /** whether the recurrent bias of a gate is added to the product with the state alone */
  isApart(gate: number, variant: boolean): boolean;
}

const X = 0;
const W = 1;
const R = 2;
const B = 3;
const LENGTHS = 4;
const STATE = 5;
const CELL = 6;
const PEEPHOLES = 7;

const NAMES = ["X", "W", "R", "B", "sequence_lens", "initial_h", "initial_c", "P"];

/** ONNX's recurrent operators. Results: the states of all steps, those after the last step, and of an LSTM the cells after it. */
function recurrent(cell: Cell): Operator<RecurrentAttributes> {
  const { name, gates } = cell;
  return {
    name,
    parameters: [W, R, B, PEEPHOLES],
    dtypes: ["float32", "int32"],
    plan(where, operands, attributes) {
      const { direction, functions, clip, batchFirst, variant } = attributes;
      const { steps, batch, inputs, hidden } = sizesOf(where, cell, operands, attributes);
      const directions = direction === "bidirectional" ? 2 : 1;
      const columns = cell.columns(hidden);
      const panels = columns / layout.PANEL;
      const rows = steps * batch;
      const six = Math.floor(rows / 6);
      const blocks = Math.max(Math.ceil(batch / layout.BLOCK_ROWS), 1);
      const items = directions * blocks;
      const hasPeepholes = operands[PEEPHOLES] != null;
      const last = batchFirst ? [batch, directions, hidden] : [directions, batch, hidden];
      const all = batchFirst ? [batch, steps, directions, hidden] : [steps, directions, batch, hidden];
      checkResult(where, [rows, directions * columns]);
      const types = [all, last, ...(name === "lstm" ? [last] : [])].map(float32);
      return planned({
        types,
        kernel: name,
        flops: 2 * rows * directions * gates * hidden * (inputs + hidden),
        weightBytes: layout.panelBytes(directions * panels, inputs) + layout.panelBytes(directions * panels, hidden),
        calls: 3,
        held: {
          projection: Projection.bytes,
          params: Recurrent.bytes,
          fault: 4,
          functions: directions * 3 * 12,
          weights: layout.panelBytes(directions * panels, inputs),
          recurrent: layout.panelBytes(directions * panels, hidden),
          peepholes: hasPeepholes ? directions * 3 * layout.paddedHidden(hidden) * 4 : 0,
        },
        workspace: {
          packed: layout.packedRowsBytes(six, inputs),
          inputs: rows * directions * columns * 4,
          items: items * layout.itemBytes(Math.ceil(batch / blocks), hidden, columns),
        },
        prepare(program, { inputs: given, parameters, outputs, held, workspace }) {
          const [, w, r, b, , , , p] = parameters as readonly (Constant | null | undefined)[];
          const weights = new Float32Array(layout.panelBytes(directions * panels, inputs) / 4);
          const factors = new Float32Array(layout.panelBytes(directions * panels, hidden) / 4);
          const biases = b?.data as Float32Array | undefined;
          for (let d = 0; d < directions; ++d) {
            for (let gate = 0; gate < gates; ++gate) {
              const column = cell.columnOf(gate, hidden);
              const own = (d * gates + gate) * hidden;
              const pack = (to: Float32Array, from: Constant, depth: number) => {
                packGate(to, d * panels * layout.PANEL + column, from.data as Float32Array, own, hidden, depth);
              };
              pack(weights, w!, inputs);
              pack(factors, r!, hidden);
              if (biases === undefined) continue;
              const first = (2 * d * gates + gate) * hidden;
              const second = first + gates * hidden;
              const apart = cell.isApart(gate, variant);
              for (let unit = 0; unit < hidden; ++unit) {
                const at = d * panels * layout.PANEL + column + unit;
                const [other, recurring] = [biases[first + unit]!, biases[second + unit]!];
                weights[biasAt(at, inputs)] = apart ? other : other + recurring;
                factors[biasAt(at, hidden)] = apart ? recurring : 0;
              }
            }
          }
          const write = (at: Pointer, data: Float32Array) =>
            program.constant(at, { dtype: "float32", shape: [data.length / layout.PANEL, layout.PANEL], data });
          write(held.weights, weights);
          write(held.recurrent, factors);
          if (p != null) {
            const padded = layout.paddedHidden(hidden);
            const to = program.f32(held.peepholes, directions * 3 * padded).fill(0);
            for (let i = 0; i < 3 * directions; ++i) {
              to.set((p.data as Float32Array).subarray(i * hidden, (i + 1) * hidden), i * padded);
            }
          }
          for (let d = 0; d < directions; ++d) {
            for (let i = 0; i < cell.functions; ++i) {
              const { activation, alpha, beta } = functions[d * cell.functions + i]!;
              const at = held.functions + (d * 3 + i) * 12;
              program.i32(at, 1)[0] = activation;
              program.f32(at + 4, 2).set([alpha, beta]);
            }
          }
          program.params(Projection, held.projection, {
            from: given[X]!,
            packed: workspace.packed,
            weights: held.weights,
            to: workspace.inputs,
            rows,
            depth: inputs,
            panels: directions * panels,
          });
          const width = directions * columns;
          program.fault(held.fault, `every one of sequence_lens must be from 0 to the ${steps} steps of X`);
          program.params(Recurrent, held.params, {
            inputs: workspace.inputs,
            weights: held.recurrent,
            peepholes: p == null ? 0 : held.peepholes,
            initialState: given[STATE] ?? 0,
            initialCell: given[CELL] ?? 0,
            lengths: given[LENGTHS] ?? 0,
            functions: held.functions,
            output: outputs[0]!,
            lastState: outputs[1]!,
            lastCell: outputs[2] ?? 0,
            workspace: workspace.items,
            fault: held.fault,
            steps,
            batch,
            hidden,
            blocks,
            reverse: Number(direction === "reverse"),
            variant: Number(variant),
            inputStep: batchFirst ? width : batch * width,
            inputRow: batchFirst ? steps * width : width,
            outputStep: directions * (batchFirst ? hidden : batch * hidden),
            outputRow: batchFirst ? steps * directions * hidden : hidden,
            outputDirection: batchFirst ? hidden : batch * hidden,
            stateRow: batchFirst ? directions * hidden : hidden,
            stateDirection: batchFirst ? hidden : batch * hidden,
            clip,
          });
          program.call(RECURRENT, "packRows", held.projection, six);
          program.call(RECURRENT, "project", held.projection, (directions * panels) / 2);
          program.call(RECURRENT, name, held.params, items);
        },
      });
    },
  };
}

/** @throws TypeError, RangeError for arguments that do not fit each other */
function sizesOf(
  where: string,
  { gates, functions: each, name }: Cell,
  operands: Operands,
  given: RecurrentAttributes,
) {
  for (const [index, operand] of operands.entries()) {
    const dtype: DType = index === LENGTHS ? "int32" : "float32";
    if (operand === null || operand.dtype === dtype) continue;
    throw wrongType(where, `${NAMES[index]} must hold ${dtype}, but holds ${operand.dtype}`);
  }
  const shapeOf = (index: number) => operands[index]!.shape;
  for (const index of [X, W, R]) {
    if (shapeOf(index).length === 3) continue;
    throw wrongValue(where, `${NAMES[index]} must have 3 axes, got shape ${show(shapeOf(index))}`);
  }
  const [first, second, inputs] = shapeOf(X) as [number, number, number];
  const [steps, batch] = given.batchFirst ? [second, first] : [first, second];
  const directions = given.direction === "bidirectional" ? 2 : 1;
  const hidden = shapeOf(R)[2]!;
  if (hidden === 0) throw wrongValue(where, `R must have states of 1 or more, got shape ${show(shapeOf(R))}`);
  const state = given.batchFirst ? [batch, directions, hidden] : [directions, batch, hidden];
  const expected = new Map<number, readonly number[]>([
    [W, [directions, gates * hidden, inputs]],
    [R, [directions, gates * hidden, hidden]],
    [B, [directions, 2 * gates * hidden]],
    [LENGTHS, [batch]],
    [STATE, state],
    [CELL, state],
    [PEEPHOLES, [directions, 3 * hidden]],
  ]);
  for (const [index, shape] of expected) {
    const operand = operands[index];
    if (operand == null || sameShape(operand.shape, shape)) continue;
    throw wrongValue(where, `${NAMES[index]} must have shape ${show(shape)}, got ${show(operand.shape)}`);
  }
  if (given.functions.length !== directions * each) {
    const count = directions * each;
    throw wrongValue(
      where,
      `${name} needs ${count} functions, ${each} for each direction, got ${given.functions.length}`,
    );
  }
  return { steps, batch, inputs, hidden };
}

/** Where the bias of a column stands in panels of `depth` factors. */
function biasAt(column: number, depth: number): number {
  const lane = column % layout.PANEL;
  return (column - lane) * (depth + 1) + lane;
}

/** Puts the rows of a gate's weights, (hidden, depth), into the columns of panels from `column` on. */
function packGate(
  to: Float32Array,
  column: number,
  from: Float32Array,
  row: number,
  hidden: number,
  depth: number,
): void {
  for (let unit = 0; unit < hidden; ++unit) {
    const source = (row + unit) * depth;
    let at = biasAt(column + unit, depth) + layout.PANEL;
    for (let k = 0; k < depth; ++k, at += layout.PANEL) to[at] = from[source + k]!;
  }
}

/**
 * Long short-term memory. Arguments: X (steps, batch, inputs), W (directions, 4 hidden, inputs), R (directions, 4 hidden,
 * hidden), B (directions, 8 hidden), the steps of each row of the batch int32 (batch), the first states and the first cells
 * (directions, batch, hidden), P (directions, 3 hidden). Gates: input, output, forget, cell.
 */
export const lstmOperator: Operator<RecurrentAttributes> = /* @__PURE__ */ recurrent({
  name: "lstm",
  gates: 4,
  functions: 3,
  columns: (hidden) => layout.gateColumns(4, hidden),
  columnOf: (gate, hidden) => gate * layout.paddedHidden(hidden),
  isApart: () => false,
});

/** Gated recurrent units. Arguments as those of {@link lstmOperator}, up to the first states. Gates: update, reset, candidate. */
export const gruOperator: Operator<RecurrentAttributes> = /* @__PURE__ */ recurrent({
  name: "gru",
  gates: 3,
  functions: 2,
  columns: (hidden) => layout.gruColumns(hidden),
  columnOf: (gate, hidden) => (gate === 2 ? layout.gateColumns(2, hidden) : gate * layout.paddedHidden(hidden)),
  isApart: (gate, variant) => gate === 2 && variant,
});

/** A recurrent cell of one function. Arguments as those of {@link lstmOperator}, up to the first states. */
export const rnnOperator: Operator<RecurrentAttributes> = /* @__PURE__ */ recurrent({
  name: "rnn",
  gates: 1,
  functions: 1,
  columns: (hidden) => layout.gateColumns(1, hidden),
  columnOf: () => 0,
  isApart: () => false,
});
