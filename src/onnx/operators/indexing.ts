import { show, wrongValue } from "../../check.ts";
import { gatherElementsOperator, type Reduction, scatterElementsOperator } from "../../operators/elements.ts";
import { gatherOperator } from "../../operators/gather.ts";
import { reshapeOperator } from "../../operators/movement.ts";
import { nonzeroOperator } from "../../operators/nonzero.ts";
import { reverseSequenceOperator } from "../../operators/reverse.ts";
import { suppressOperator } from "../../operators/suppress.ts";
import { topkOperator } from "../../operators/topk.ts";
import { gatherTuplesOperator, scatterTuplesOperator } from "../../operators/tuples.ts";
import { uniqueOperator } from "../../operators/unique.ts";
import { deferred, type OnnxNode, type Translator } from "../translation.ts";
import { listOf } from "./shapes.ts";

const axisFrom = (node: OnnxNode, otherwise = 0): number => node.attributes.int("axis", otherwise);

const gatherElements: Translator = (node) => {
  const x = node.input(0);
  return node.call(gatherElementsOperator, [x, node.input(1)], { dim: axisFrom(node) }, node.dtypeOf(x));
};

const gatherTuples: Translator = (node) => {
  const x = node.input(0);
  const batchDims = node.opset < 12 ? 0 : node.attributes.int("batch_dims", 0);
  return node.call(gatherTuplesOperator, [x, node.input(1)], { batchDims }, node.dtypeOf(x));
};

/** What scattered elements do: opset 16 brought sums and products, opset 18 the others. */
function reductionOf(node: OnnxNode): Reduction {
  if (node.opset < 16) return "none";
  return node.opset < 18
    ? node.attributes.choice("reduction", ["none", "add", "mul"])
    : node.attributes.choice("reduction", ["none", "add", "mul", "min", "max"]);
}

const scatterElements: Translator = (node) => {
  const inputs = [node.input(0), node.input(1), node.input(2)];
  const attributes = { dim: axisFrom(node), reduction: reductionOf(node) };
  return node.call(scatterElementsOperator, inputs, attributes, node.dtypeOf(inputs[0]!));
};

const scatterTuples: Translator = (node) => {
  const inputs = [node.input(0), node.input(1), node.input(2)];
  return node.call(scatterTuplesOperator, inputs, { reduction: reductionOf(node) }, node.dtypeOf(inputs[0]!));
};

const reverseSequence: Translator = (node) => {
  const batch = node.attributes.int("batch_axis", 1);
  const timeDim = node.attributes.int("time_axis", 0);
  if (batch + timeDim !== 1 || batch * timeDim !== 0) {
    throw wrongValue(node.where, `batch_axis and time_axis must be 0 and 1, got ${show(batch)} and ${show(timeDim)}`);
  }
  const x = node.input(0);
  return node.call(reverseSequenceOperator, [x, node.input(1)], { timeDim }, node.dtypeOf(x));
};

const topk: Translator = (node) => {
  const x = node.input(0);
  const dim = axisFrom(node, -1);
  const largest = node.opset < 11 || node.attributes.flag("largest", true);
  // any order is right where none is asked for
  if (node.opset >= 11) node.attributes.flag("sorted", true);
  const attributes =
    node.opset < 10
      ? { k: node.attributes.int("k", 0), dim, largest }
      : deferred([node.input(1)], (where, _, [given]) => {
          const [k, ...more] = listOf(where, given!);
          if (k === undefined || more.length > 0) {
            throw wrongValue(where, `k must be one number, got ${show(listOf(where, given!))}`);
          }
          return { k, dim, largest };
        });
  return node.callMany(topkOperator, [x], attributes, [node.dtypeOf(x), "int64"]);
};

const nonzero = (node: OnnxNode, x: string): string => node.callMany(nonzeroOperator, [x], {}, ["int64", "int32"])[0]!;

/** Parts of an axis, or of all elements, where a condition holds: gathered from where it is not zero. */
const compress: Translator = (node) => {
  const x = node.input(0);
  const dim = node.attributes.has("axis") ? axisFrom(node) : null;
  const found = node.add(reshapeOperator, [nonzero(node, node.input(1))], { shape: [-1] });
  const from = dim === null ? node.add(reshapeOperator, [x], { shape: [-1] }) : x;
  return node.call(gatherOperator, [from, found], { dim: dim ?? 0 }, node.dtypeOf(x));
};

const unique: Translator = (node) => {
  const x = node.input(0);
  const dim = node.attributes.has("axis") ? axisFrom(node) : null;
  const attributes = { dim, sorted: node.attributes.flag("sorted", true) };
  const dtypes = [node.dtypeOf(x), "int64", "int64", "int64", "int32"] as const;
  return node.callMany(uniqueOperator, [x], attributes, dtypes).slice(0, 4);
};

const nonMaxSuppression: Translator = (node) => {
  const inputs = [node.input(0), node.input(1), node.optional(2), node.optional(3), node.optional(4)];
  const center = node.attributes.flag("center_point_box", false);
  return node.callMany(suppressOperator, inputs, { center }, ["int64", "int32"])[0]!;
};

export const indexingTranslators: Readonly<Record<string, Translator>> = {
  Compress: compress,
  GatherElements: gatherElements,
  GatherND: gatherTuples,
  NonMaxSuppression: nonMaxSuppression,
  NonZero: (node) => nonzero(node, node.input(0)),
  ReverseSequence: reverseSequence,
  Scatter: scatterElements,
  ScatterElements: scatterElements,
  ScatterND: scatterTuples,
  TopK: topk,
  Unique: unique,
};
