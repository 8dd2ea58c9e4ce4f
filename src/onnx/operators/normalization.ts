import { countOf, show, wrongType, wrongValue } from "../../check.ts";
import { UNARY_OPERATORS } from "../../operators/activation.ts";
import { batchNormOperator } from "../../operators/batch-norm.ts";
import { addOperator, divOperator, mulOperator, powOperator, subOperator } from "../../operators/binary.ts";
import { axisOf, expandOperator, reshapeOperator } from "../../operators/movement.ts";
import { groupNormOperator, instanceNormOperator, layerNormOperator } from "../../operators/normalize.ts";
import { avgPool2dOperator } from "../../operators/pool.ts";
import { meanOperator } from "../../operators/reduce.ts";
import { deferred, type OnnxNode, type Translator } from "../translation.ts";
import { listOf, shapeOf } from "./shapes.ts";

const batchNormalization: Translator = (node) => {
  const { attributes, where } = node;
  const eps = attributes.float("epsilon", 1e-5);
  attributes.float("momentum", 0.9);
  if (attributes.flag("training_mode", false) || node.outputCount > 1) {
    throw wrongType(where, "training is not supported; export the model for inference");
  }
  if (!attributes.flag("spatial", true)) throw wrongType(where, "statistics for each pixel are not supported");
  const [x, weight, bias, mean, variance] = [0, 1, 2, 3, 4].map((index) => node.input(index));
  return node.add(batchNormOperator, [x!, mean!, variance!, weight!, bias!], { eps });
};

/** @param centred whether the mean is subtracted; the root mean square is what is left otherwise */
const rowNormalization =
  (centred: boolean): Translator =>
  (node) => {
    const [x, weight, bias] = [node.input(0), node.input(1), centred ? node.optional(2) : ""];
    const axis = node.attributes.int("axis", -1);
    const eps = node.attributes.float("epsilon", 1e-5);
    // the precision of the sums, which here is float32 or better
    node.attributes.int("stash_type", 1);
    const statistics = node.outputCount > 1;
    const [y, mean, inverse] = normalized(node, x, weight, bias, { axis, eps, centred, statistics });
    return centred ? [y!, mean!, inverse!] : [y!, inverse!];
  };

interface RowAttributes {
  /** the first axis of a row */
  readonly axis: number;
  readonly eps: number;
  readonly centred: boolean;
  /** whether means and 1 / deviations are wanted, too */
  readonly statistics: boolean;
}

/** Rows scaled to variance 1 around the mean, or to mean square 1. */
export function normalized(
  node: OnnxNode,
  x: string,
  weight: string,
  bias: string,
  { axis, eps, centred, statistics }: RowAttributes,
): readonly string[] {
  const attributes = deferred([], (where, [input]) => {
    const rank = input!.shape.length;
    return { axes: rank - axisOf(where, "axis", axis, rank), eps, centred, statistics };
  });
  return node.addMany(layerNormOperator, [x, weight, bias], attributes, statistics ? 3 : 1);
}

const groupNormalization: Translator = (node) => {
  const { attributes } = node;
  const groups = attributes.int("num_groups", 0);
  const eps = attributes.float("epsilon", 1e-5);
  attributes.int("stash_type", 1);
  const [x, ...affine] = [node.input(0), node.input(1), node.input(2)] as const;
  // one number for each channel, before opset 21 for each group
  const ofChannels = node.opset >= 21 ? affine : affine.map((numbers) => repeatedInGroups(node, numbers, x));
  return node.add(groupNormOperator, [x, ...ofChannels], { groups, eps });
};

function repeatedInGroups(node: OnnxNode, numbers: string, x: string): string {
  const column = deferred([], (_, [given]) => ({ shape: [countOf(given!.shape), 1] }));
  const each = deferred([shapeOf(node, numbers), shapeOf(node, x)], (where, _, [given, input]) => {
    const groups = countOf(listOf(where, given!));
    const channels = listOf(where, input!)[1] ?? 0;
    if (channels % groups === 0) return { shape: [groups, channels / groups] };
    throw wrongValue(where, `${channels} channels cannot be split into ${groups} groups`);
  });
  const repeated = node.add(expandOperator, [node.add(reshapeOperator, [numbers], column)], each);
  return node.add(
    reshapeOperator,
    [repeated],
    deferred([], (_, [all]) => ({ shape: [countOf(all!.shape)] })),
  );
}

/** x / (bias + alpha / size * sum of x^2 over `size` neighbouring channels)^beta: that sum is a pool over channels. */
const lrn: Translator = (node) => {
  const { attributes } = node;
  const [alpha, beta, bias] = [
    attributes.float("alpha", 1e-4),
    attributes.float("beta", 0.75),
    attributes.float("bias", 1),
  ];
  const size = attributes.int("size", 0);
  if (size < 1) throw wrongValue(node.where, `size must be a whole number from 1, got ${size}`);
  const x = node.input(0);
  const squares = node.add(mulOperator, [x, x], {});
  const channelRows = deferred([], (where, [input]) => {
    const [batch, channels, ...rest] = input!.shape;
    if (channels === undefined) throw wrongValue(where, `input must be (N, C, ...), got ${show(input!.shape)}`);
    return { shape: [batch!, 1, channels, countOf(rest)] };
  });
  const rows = node.add(reshapeOperator, [squares], channelRows);
  const means = node.add(avgPool2dOperator, [rows], {
    kernelSize: [size, 1],
    stride: [1, 1],
    padding: [Math.floor((size - 1) / 2), 0, Math.ceil((size - 1) / 2), 0],
    ceilMode: false,
    countIncludePad: true,
  });
  const shape = deferred([shapeOf(node, x)], (where, _, [lengths]) => ({ shape: listOf(where, lengths!) }));
  const scaled = node.add(mulOperator, [node.add(reshapeOperator, [means], shape), node.number(alpha)], {});
  const raised = node.add(powOperator, [node.add(addOperator, [scaled, node.number(bias)], {}), node.number(beta)], {});
  return node.add(divOperator, [x, raised], {});
};

/** (x - mean) / sqrt(mean of squared distances from it), over axes that are normalised together. */
const meanVariance: Translator = (node) => {
  const dims = node.attributes.ints("axes") ?? [0, 2, 3];
  const x = node.input(0);
  const mean = (value: string) => node.add(meanOperator, [value], { dims, keepdim: true });
  const distance = node.add(subOperator, [x, mean(x)], {});
  const variance = mean(node.add(mulOperator, [distance, distance], {}));
  const deviation = node.add(addOperator, [node.add(UNARY_OPERATORS.sqrt, [variance], {}), node.number(1e-9)], {});
  return node.add(divOperator, [distance, deviation], {});
};

export const normalizationTranslators: Readonly<Record<string, Translator>> = {
  BatchNormalization: batchNormalization,
  GroupNormalization: groupNormalization,
  InstanceNormalization: (node) =>
    node.add(instanceNormOperator, [node.input(0), node.input(1), node.input(2)], {
      eps: node.attributes.float("epsilon", 1e-5),
    }),
  LayerNormalization: rowNormalization(true),
  LRN: lrn,
  MeanVarianceNormalization: meanVariance,
  RMSNormalization: rowNormalization(false),
  // onnxruntime's, among ONNX's own
  SimplifiedLayerNormalization: rowNormalization(false),
};
