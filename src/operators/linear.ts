import { countOf, show, wrongValue } from "../check.ts";
import { type Epilogue, NO_EPILOGUE } from "../conv/epilogue.ts";
import { planConv } from "../conv/plan.ts";
import { pixelGeometry, prepareProduct } from "../conv/product.ts";
import { asStep, prepareConv } from "../conv/step.ts";
import { Layout } from "../runtime/layout.ts";
import type { Engine } from "../runtime/runtime.ts";
import type { Step } from "../runtime/step.ts";
import { activationOperator } from "./activation.ts";
import { addOperator, broadcastShape } from "./binary.ts";
import { transposeOperator } from "./movement.ts";
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
    const rows = countOf(input!.shape.slice(0, -1));
    const [w, b] = [weight!.data as Float32Array, bias?.data as Float32Array | undefined];
    const layer = { rows, shape: weight!.shape as [number, number], weight: w, bias: b, epilogue };
    return rows < PRODUCT_ROWS ? dotStep(where, engine, layer) : productStep(where, engine, layer);
  },
  withEpilogue: (attributes, epilogue) => (attributes.epilogue === NO_EPILOGUE ? { epilogue } : undefined),
};

/** From so many rows on, packing both matrices costs less than reading the weights again for each row. */
const PRODUCT_ROWS = 8;

interface Layer {
  readonly rows: number;
  readonly shape: readonly [outputs: number, inputs: number];
  readonly weight: Float32Array;
  readonly bias: Float32Array | undefined;
  readonly epilogue: Epilogue;
}

function dotStep(where: string, engine: Engine, layer: Layer): Step {
  const [outputs, inputs] = layer.shape;
  const plan = planConv(where, pixelGeometry(layer.rows, inputs, outputs), "auto", "many");
  const step = prepareConv(where, engine, plan, layer.weight, layer.bias, layer.epilogue);
  return asStep(step, layer.weight.length, layer.bias?.length);
}

/** The input, packed as weights are, times the transposed weight; then the bias for each column, and the activation. */
function productStep(where: string, engine: Engine, layer: Layer): Step {
  const { heap } = engine;
  const { rows, weight, bias, epilogue } = layer;
  const [outputs, inputs] = layer.shape;
  const layout = new Layout();
  const inner = { weight: layout.add(weight.byteLength), bias: layout.add(bias?.byteLength ?? 0) };
  const blocks = [heap.allocate(where, layout.bytes)];
  const at = (offset: number) => blocks[0]!.offset + offset;
  try {
    const product = prepareProduct(where, engine, { m: rows, k: inputs, n: outputs }, [{ a: 0, b: 0, c: 0 }]);
    blocks.push(...product.blocks);
    const result = { shape: [rows, outputs] };
    const ending =
      bias !== undefined
        ? addOperator.prepare!(where, engine, [result, { shape: [outputs] }], { epilogue })
        : epilogue !== NO_EPILOGUE
          ? activationOperator.prepare!(where, engine, [result], { epilogue })
          : undefined;
    blocks.push(...(ending?.blocks ?? []));
    transposeWeight(where, engine, layer, at(inner.weight));
    if (bias !== undefined) heap.f32.set(bias, at(inner.bias) / 4);
    return {
      kernel: product.kernel,
      flops: product.flops,
      weightBytes: weight.byteLength + (bias?.byteLength ?? 0),
      workspaceBytes: product.workspaceBytes,
      blocks,
      bind({ inputs, outputs, workspace }) {
        product.bind({ inputs: [inputs[0]!, at(inner.weight)], outputs, workspace });
        ending?.bind({ inputs: [outputs[0]!, at(inner.bias)], outputs, workspace });
      },
      run() {
        product.run();
        ending?.run();
      },
    };
  } catch (error) {
    for (const block of blocks) heap.free(block);
    throw error;
  }
}

/** Writes the weight as (inputs, outputs). */
function transposeWeight(where: string, engine: Engine, { shape, weight }: Layer, to: number): void {
  const { heap } = engine;
  const source = heap.allocate(where, weight.byteLength);
  const held = [source];
  try {
    heap.f32.set(weight, source.offset / 4);
    const transpose = transposeOperator.prepare!(where, engine, [{ shape }], { dims: [1, 0] });
    held.push(...transpose.blocks);
    transpose.bind({ inputs: [source.offset], outputs: [to], workspace: 0 });
    transpose.run();
  } finally {
    for (const block of held) heap.free(block);
  }
}

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
    const outer = outerAxes(where, left, right);
    return [[...outer, ...(left.length === 1 ? [] : [left.at(-2)!]), ...(right.length === 1 ? [] : [right.at(-1)!])]];
  },
  prepare(where, engine, [a, b]) {
    const [left, right] = [a!.shape, b!.shape];
    const [m, k, n] = [left.length === 1 ? 1 : left.at(-2)!, left.at(-1)!, right.length === 1 ? 1 : right.at(-1)!];
    const outer = outerAxes(where, left, right);
    const products = Array.from({ length: countOf(outer) }, (_, index) => ({
      a: matrixAt(index, outer, left.slice(0, -2)) * m * k,
      b: matrixAt(index, outer, right.slice(0, -2)) * k * n,
      c: index * m * n,
    }));
    return prepareProduct(where, engine, { m, k, n }, products);
  },
};

/** The leading axes of a product: numpy's rule on all but the last two. */
const outerAxes = (where: string, left: readonly number[], right: readonly number[]) =>
  broadcastShape(where, left.slice(0, -2), right.slice(0, -2));

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
