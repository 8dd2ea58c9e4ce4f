import * as Code from "../../assembly/codes/binary.ts";
import { countOf, show, wrongValue } from "../check.ts";
import { pixelGeometry, planProduct } from "../conv/product.ts";
import { float32 } from "../dtype.ts";
import { NO_ACTIVATION } from "../planning/epilogue.ts";
import type { Operands, Operator } from "../planning/operator.ts";
import { type Planned, planned } from "../planning/planned.ts";
import { Copy } from "../runtime/generated/kernels.ts";
import { KERNELS } from "../runtime/modules/kernels.ts";
import { OPERATORS } from "../runtime/modules/operators.ts";
import type { Pointer } from "../runtime/program.ts";
import { type NoAttributes, plannedActivation } from "./activation.ts";
import { broadcastBytes, pairOf, rowItems, writeBroadcast } from "./binary.ts";
import { broadcastAxes, broadcastShape, eachBroadcast } from "./broadcast.ts";
import { convOf } from "./conv.ts";
import { AXIS_BYTES, copyItems, mergedAxes, writeCopy } from "./copy.ts";

/** torch.nn.functional.linear. Arguments: input (..., in), weight (out, in), bias (out). */
export const linearOperator: Operator<NoAttributes> = {
  name: "linear",
  beyond: ({ axis, operands }) => axis < operands[0]!.shape.length - 1,
  parameters: [1, 2],
  plan(where, operands, _attributes, uses) {
    const shape = linearShape(where, operands);
    const [outputs, inputs] = operands[1]!.shape as [number, number];
    const rows = countOf(shape.slice(0, -1));
    const planned =
      rows < PRODUCT_ROWS
        ? convOf(where, pixelGeometry(rows, inputs, outputs), "auto", float32(shape), operands, uses)
        : plannedLayer(shape, { rows, inputs, outputs }, operands);
    return { ...planned, endings: { residual: false, activation: true } };
  },
};

/** From this many rows on, packing both matrices costs less than reading the weights again for each row. */
const PRODUCT_ROWS = 8;

function linearShape(where: string, [input, weight, bias]: Operands): readonly number[] {
  const [x, w] = [input!.shape, weight!.shape];
  if (w.length !== 2) throw wrongValue(where, `weight must be (out, in), got shape ${show(w)}`);
  if (x.length === 0 || x.at(-1) !== w[1]) {
    throw wrongValue(
      where,
      `input must have ${w[1]} values on its last axis, as weight ${show(w)} has, got shape ${show(x)}`,
    );
  }
  if (bias && (bias.shape.length !== 1 || bias.shape[0] !== w[0])) {
    throw wrongValue(where, `bias must have shape [${w[0]}], one value for each output, got ${show(bias.shape)}`);
  }
  return [...x.slice(0, -1), w[0]!];
}

interface LayerSizes {
  readonly rows: number;
  readonly inputs: number;
  readonly outputs: number;
}

/**
 * The input, packed like weights, times the transposed weight; then the bias of each column, and the activation. A computed
 * weight is transposed in each run.
 */
function plannedLayer(shape: readonly number[], { rows, inputs, outputs }: LayerSizes, [, weight]: Operands): Planned {
  const computed = weight!.data === undefined;
  const product = planProduct(float32(shape), { m: rows, k: inputs, n: outputs }, [{ a: 0, b: 0, c: 0 }]);
  const turn = mergedAxes([
    { count: inputs, from: 1, to: outputs },
    { count: outputs, from: inputs, to: 1 },
  ]);
  const turnBytes = (used: boolean) => ({ copy: used ? Copy.bytes : 0, turn: used ? turn.length * AXIS_BYTES : 0 });
  const ending = broadcastAxes([rows, outputs], [rows, outputs], [outputs]);
  const weightBytes = inputs * outputs * 4;
  return planned({
    types: product.types,
    kernel: product.kernel,
    flops: product.flops,
    weightBytes: (computed ? 0 : weightBytes) + outputs * 4,
    calls: product.calls + (computed ? 2 : 1),
    held: {
      product: product.heldBytes,
      weight: computed ? 0 : weightBytes,
      bias: outputs * 4,
      ...broadcastBytes(ending),
      ...turnBytes(computed),
    },
    staged: { weight: computed ? 0 : weightBytes, ...turnBytes(!computed) },
    workspace: { product: product.workspaceBytes, weight: computed ? weightBytes : 0 },
    prepare(program, { held, staged, workspace, ...places }) {
      const [, weight, bias] = places.parameters;
      if (computed) {
        writeCopy(program, held.copy, held.turn, turn, { from: places.inputs[1]!, to: workspace.weight, size: 4 });
        program.call(KERNELS, "copy", held.copy, copyItems(turn));
      } else {
        program.constant(staged.weight, weight!);
        writeCopy(program, staged.copy, staged.turn, turn, { from: staged.weight, to: held.weight, size: 4 });
        program.setup(KERNELS, "copy", staged.copy, copyItems(turn));
      }
      product.prepare(program, {
        ...places,
        inputs: [places.inputs[0]!, computed ? workspace.weight : held.weight],
        activation: undefined,
        held: held.product,
        staged: 0,
        workspace: workspace.product,
      });
      if (bias) program.constant(held.bias, bias);
      const biasAt = bias ? held.bias : (places.inputs[2] ?? 0);
      if (biasAt === 0 && places.activation !== undefined) {
        const one = { ...places, inputs: places.outputs, held: held.params, staged: 0, workspace: 0 };
        plannedActivation([rows, outputs], places.activation).prepare(program, one);
        return;
      }
      const [to] = places.outputs as [Pointer];
      const activation = places.activation ?? NO_ACTIVATION;
      writeBroadcast(program, held, ending, { a: to, b: biasAt, to, operation: Code.ADD, ...activation });
      // a plan has as many instructions without a bias, and then this one does nothing
      program.call(OPERATORS, "broadcast", held.params, biasAt === 0 ? 0 : rowItems(ending));
    },
  });
}

/** torch.matmul. Arguments: (..., m, k) and (..., k, n), whose leading axes broadcast; a vector has its axis added and removed. */
export const matmulOperator: Operator<NoAttributes> = {
  name: "matmul",
  // of both, zeros along the axis that is summed
  beyond: ({ argument, axis, operands }) => axis !== Math.max(operands[argument]!.shape.length - 1 - argument, 0) || 0,
  plan(where, operands) {
    const [a, b] = pairOf(operands);
    const [left, right] = [a.shape, b.shape];
    if (left.length === 0 || right.length === 0) {
      throw wrongValue(where, `needs tensors of 1 axis or more, got shapes ${show(left)} and ${show(right)}`);
    }
    const k = left.at(-1)!;
    const other = right.length === 1 ? right[0]! : right.at(-2)!;
    if (k !== other) {
      throw wrongValue(where, `shapes ${show(left)} and ${show(right)} do not fit: ${k} columns meet ${other} rows`);
    }
    const [outerA, outerB] = [left.slice(0, -2), right.slice(0, -2)];
    const outer = broadcastShape(where, outerA, outerB);
    const rows = left.length === 1 ? [] : [left.at(-2)!];
    const columns = right.length === 1 ? [] : [right.at(-1)!];
    const [m, n] = [rows[0] ?? 1, columns[0] ?? 1];
    const products: { a: number; b: number; c: number }[] = [];
    eachBroadcast(outer, [outerA, outerB], (index, [i, j]) => {
      products.push({ a: i! * m * k, b: j! * k * n, c: index * m * n });
    });
    return planProduct(float32([...outer, ...rows, ...columns]), { m, k, n }, products);
  },
};
