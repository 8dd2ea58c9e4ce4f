import { show, wrongType } from "../../check.ts";
import { geluOperator, UNARY_OPERATORS } from "../../operators/activation.ts";
import { addOperator, mulOperator } from "../../operators/binary.ts";
import { linearOperator, matmulOperator } from "../../operators/linear.ts";
import { transposeOperator } from "../../operators/movement.ts";
import { deferred, type OnnxNode, type Translator } from "../translation.ts";
import { convolutionTranslators } from "./convolution.ts";
import { linearTranslators } from "./linear.ts";
import { normalized } from "./normalization.ts";

/*
 * Operators of onnxruntime that its optimisers and exporters write: several of ONNX's in one, which are several here again.
 */

const sum = (node: OnnxNode, a: string, b: string): string => node.add(addOperator, [a, b], {});

/** `activation` of the fused operators, with its numbers. */
function activated(node: OnnxNode, value: string, name: string, numbers: readonly number[]): string {
  const { relu, leakyRelu, sigmoid, tanh, hardsigmoid, clamp, hardswish } = UNARY_OPERATORS;
  const [first, second] = numbers;
  switch (name) {
    case "":
      return value;
    case "Relu":
      return node.add(relu, [value], {});
    case "LeakyRelu":
      return node.add(leakyRelu, [value], { negativeSlope: first ?? 0.01 });
    case "Sigmoid":
      return node.add(sigmoid, [value], {});
    case "Tanh":
      return node.add(tanh, [value], {});
    case "HardSigmoid":
      return node.add(hardsigmoid, [value], { alpha: first ?? 0.2, beta: second ?? 0.5 });
    case "Clip":
      return node.add(clamp, [value], { min: first ?? -Infinity, max: second ?? Infinity });
    case "HardSwish":
      return node.add(hardswish, [value], {});
    default:
      throw wrongType(node.where, `the activation ${show(name)} is not supported`);
  }
}

/** A convolution, what is added to it, an activation. */
const fusedConv: Translator = (node) => {
  const name = node.attributes.string("activation", "");
  const numbers = node.attributes.floats("activation_params") ?? [];
  const product = convolutionTranslators["Conv"]!(node) as string;
  const added = node.optional(3);
  return activated(node, added === "" ? product : sum(node, product, added), name, numbers);
};

/** Axes in another order, by their places from the end. */
function moved(node: OnnxNode, value: string, order: (rank: number) => readonly number[]): string {
  return node.add(
    transposeOperator,
    [value],
    deferred([], (_, [operand]) => ({ dims: order(operand!.shape.length) })),
  );
}

const range = (from: number, to: number) => Array.from({ length: Math.max(to - from, 0) }, (_, i) => from + i);

const channelsFirst = (rank: number) => [0, rank - 1, ...range(1, rank - 1)];
const channelsLast = (rank: number) => [0, ...range(2, rank), 1];

/** A convolution of images whose channels are the last axis; its weight is as ever. */
const nhwcConv: Translator = (node) => {
  node.replaceInput(0, moved(node, node.input(0), channelsFirst));
  if (node.optional(3) !== "") node.replaceInput(3, moved(node, node.input(3), channelsFirst));
  return moved(node, fusedConv(node) as string, channelsLast);
};

const fusedGemm: Translator = (node) => {
  const name = node.attributes.string("activation", "");
  const numbers = ["activation_alpha", "activation_beta", "activation_gamma"]
    .filter((each) => node.attributes.has(each))
    .map((each) => node.attributes.float(each, 0));
  return activated(node, linearTranslators["Gemm"]!(node) as string, name, numbers);
};

/** alpha A' B', where both may have their last two axes exchanged, or their first brought before the last. */
const fusedMatMul: Translator = (node) => {
  const { attributes } = node;
  const alpha = attributes.float("alpha", 1);
  const [a, b] = (["A", "B"] as const).map((name, index) => {
    const [last, batch] = [attributes.flag(`trans${name}`, false), attributes.flag(`transBatch${name}`, false)];
    const value = node.input(index);
    if (!last && !batch) return value;
    return moved(node, value, (rank) => {
      if (rank < 2) return range(0, rank);
      const outer = batch ? [...range(1, rank - 1), 0] : range(0, rank - 1);
      const order = [...outer, rank - 1];
      return last ? [...order.slice(0, -2), order.at(-1)!, order.at(-2)!] : order;
    });
  }) as [string, string];
  const weight = node.constantOf(node.input(1));
  const isLayer = weight?.shape.length === 2 && !node.isConstant(a);
  const transposed = () => node.add(transposeOperator, [b], { dims: [1, 0] });
  const product = isLayer ? node.add(linearOperator, [a, transposed(), ""], {}) : node.add(matmulOperator, [a, b], {});
  return alpha === 1 ? product : node.add(mulOperator, [product, node.number(alpha)], {});
};

const gelu =
  (approximate: "none" | "tanh"): Translator =>
  (node) => {
    const [x, bias] = [node.input(0), node.optional(1)];
    return node.add(geluOperator, [bias === "" ? x : sum(node, x, bias)], { approximate });
  };

/** x / (1 + e^(-alpha x)) */
const quickGelu: Translator = (node) => {
  const alpha = node.attributes.float("alpha", 1.702);
  const x = node.input(0);
  if (alpha === 1) return node.add(UNARY_OPERATORS.silu, [x], {});
  const scaled = node.add(mulOperator, [x, node.number(alpha)], {});
  return node.add(mulOperator, [x, node.add(UNARY_OPERATORS.sigmoid, [scaled], {})], {});
};

/** The sum of two, and maybe a bias, with its rows normalised; the sum is the last result. */
const skipNormalization =
  (centred: boolean): Translator =>
  (node) => {
    const eps = node.attributes.float("epsilon", 1e-12);
    const [x, skip, weight] = [node.input(0), node.input(1), node.input(2)];
    const [shift, bias] = centred ? [node.optional(3), node.optional(4)] : ["", node.optional(3)];
    const both = sum(node, x, skip);
    const total = bias === "" ? both : sum(node, both, bias);
    const statistics = node.isAsked(1) || node.isAsked(2);
    const [y, mean, inverse] = normalized(node, total, weight, shift, { axis: -1, eps, centred, statistics });
    return [y!, mean ?? "", inverse ?? "", total];
  };

export const microsoftTranslators: Readonly<Record<string, Translator>> = {
  "com.microsoft.BiasAdd": (node) => sum(node, sum(node, node.input(0), node.input(1)), node.input(2)),
  "com.microsoft.BiasGelu": gelu("none"),
  "com.microsoft.FastGelu": gelu("tanh"),
  "com.microsoft.FusedConv": fusedConv,
  "com.microsoft.FusedGemm": fusedGemm,
  "com.microsoft.FusedMatMul": fusedMatMul,
  "com.microsoft.Gelu": gelu("none"),
  "com.microsoft.NhwcConv": nhwcConv,
  "com.microsoft.NhwcFusedConv": nhwcConv,
  "com.microsoft.QuickGelu": quickGelu,
  "com.microsoft.SkipLayerNormalization": skipNormalization(true),
  "com.microsoft.SkipSimplifiedLayerNormalization": skipNormalization(false),
  "com.microsoft.TransposeMatMul": fusedMatMul,
};
