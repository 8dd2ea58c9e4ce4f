import { countOf, show, wrongValue } from "../check.ts";
import { type Epilogue, NO_EPILOGUE } from "../conv/epilogue.ts";
import { planConv } from "../conv/plan.ts";
import { pixelGeometry, prepareProduct } from "../conv/product.ts";
import { prepareConv } from "../conv/step.ts";
import type { Operator } from "./operator.ts";

/** Attributes of a linear layer. */
export interface LinearAttributes {
  readonly epilogue: Epilogue;
}

/** torch.nn.functional.linear. Arguments: input (..., in), weight (out, in), bias (out). */
export const linearOperator: Operator<LinearAttributes> = {
  name: "linear",
  parameters: [1, 2],
  infer(where, [input, weight, bias]) {
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
    return [[...x.slice(0, -1), w[0]!]];
  },
  prepare(where, engine, [input, weight, bias], { epilogue }) {
    const [outputs, inputs] = weight!.shape as [number, number];
    const rows = countOf(input!.shape.slice(0, -1));
    const plan = planConv(where, pixelGeometry(rows, inputs, outputs), "auto", "many");
    const [w, b] = [weight!.data as Float32Array, bias?.data as Float32Array | undefined];
    const { block, bind, run } = prepareConv(where, engine, plan, w, b, epilogue);
    return {
      kernel: plan.kernel,
      flops: plan.flops,
      weightBytes: w.byteLength + (b?.byteLength ?? 0),
      workspaceBytes: plan.workspaceBytes,
      blocks: [block],
      bind: ({ inputs, outputs, workspace }) => bind(inputs[0]!, outputs[0]!, 0, workspace),
      run,
    };
  },
  withEpilogue: (attributes, epilogue) => (attributes.epilogue === NO_EPILOGUE ? { epilogue } : undefined),
};

/** torch.matmul. Arguments: (..., m, k) and (..., k, n), whose leading axes broadcast; a vector has its axis added and removed. */
export const matmulOperator: Operator = {
  name: "matmul",
  infer(where, [a, b]) {
    const [left, right] = [a!.shape, b!.shape];
    if (left.length === 0 || right.length === 0) {
      throw wrongValue(where, `needs tensors of 1 axis or more, got shapes ${show(left)} and ${show(right)}`);
    }
    const k = left.at(-1)!;
    const other = right.length === 1 ? right[0]! : right.at(-2)!;
    if (k !== other) {
      throw wrongValue(where, `shapes ${show(left)} and ${show(right)} do not fit: ${k} columns meet ${other} rows`);
    }
    const outer = broadcastAxes(where, left, right);
    return [[...outer, ...(left.length === 1 ? [] : [left.at(-2)!]), ...(right.length === 1 ? [] : [right.at(-1)!])]];
  },
  prepare(where, engine, [a, b]) {
    const [left, right] = [a!.shape, b!.shape];
    const [m, k, n] = [left.length === 1 ? 1 : left.at(-2)!, left.at(-1)!, right.length === 1 ? 1 : right.at(-1)!];
    const outer = broadcastAxes(where, left, right);
    const products = Array.from({ length: countOf(outer) }, (_, index) => ({
      a: matrixAt(index, outer, left.slice(0, -2)) * m * k,
      b: matrixAt(index, outer, right.slice(0, -2)) * k * n,
      c: index * m * n,
    }));
    return prepareProduct(where, engine, { m, k, n }, products);
  },
};

/** The leading axes of a product: numpy's rule on all but the last two. */
function broadcastAxes(where: string, left: readonly number[], right: readonly number[]): number[] {
  const [a, b] = [left.slice(0, -2), right.slice(0, -2)];
  const rank = Math.max(a.length, b.length);
  return Array.from({ length: rank }, (_, axis) => {
    const x = a[axis - rank + a.length] ?? 1;
    const y = b[axis - rank + b.length] ?? 1;
    if (x !== y && x !== 1 && y !== 1) {
      throw wrongValue(where, `shapes ${show(left)} and ${show(right)} do not broadcast: ${x} meets ${y}`);
    }
    return x === 1 ? y : x;
  });
}

/** Index of the matrix that the product with the given index takes, of a tensor that may repeat along axes of length 1. */
function matrixAt(index: number, outer: readonly number[], own: readonly number[]): number {
  let [rest, at, step] = [index, 0, 1];
  for (let axis = outer.length - 1; axis >= 0; --axis) {
    const position = rest % outer[axis]!;
    rest = Math.floor(rest / outer[axis]!);
    const length = own[axis - outer.length + own.length] ?? 1;
    if (length > 1) at += position * step;
    step *= length;
  }
  return at;
}
