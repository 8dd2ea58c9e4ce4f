import * as Own from "../../../assembly/codes/recurrent.ts";
import { show, wrongType, wrongValue } from "../../check.ts";
import {
  type Direction,
  gruOperator,
  lstmOperator,
  type RecurrentAttributes,
  rnnOperator,
} from "../../operators/recurrent.ts";
import { type Epilogue, UNARY } from "../../planning/epilogue.ts";
import type { Operator } from "../../planning/operator.ts";
import type { OnnxNode, Translator } from "../translation.ts";

/** A function of a cell: its code, and the defaults of the numbers that it has. */
type CellFunction = readonly [code: number, alpha?: number, beta?: number];

/** By ONNX's names in small letters; onnxruntime does not distinguish them. */
const FUNCTIONS: Readonly<Record<string, CellFunction>> = {
  affine: [Own.AFFINE, 1, 0],
  elu: [UNARY.elu.code, 1],
  hardsigmoid: [UNARY.hardsigmoid.code, 0.2, 0.5],
  leakyrelu: [UNARY.leakyRelu.code, 0.01],
  relu: [UNARY.relu.code],
  scaledtanh: [Own.SCALED_TANH, 1, 1],
  sigmoid: [UNARY.sigmoid.code],
  softplus: [UNARY.softplus.code],
  softsign: [Own.SOFTSIGN],
  tanh: [UNARY.tanh.code],
  thresholdedrelu: [Own.THRESHOLDED_RELU, 1],
};

/** Numbers are given in a row, for those functions alone that have them. */
function functionsOf(node: OnnxNode, names: readonly string[]): readonly Epilogue[] {
  const alphas = [...(node.attributes.floats("activation_alpha") ?? [])];
  const betas = [...(node.attributes.floats("activation_beta") ?? [])];
  const functions = names.map((name) => {
    const known = FUNCTIONS[name.toLowerCase()];
    if (known === undefined) throw wrongValue(node.where, `activations has ${show(name)}, which is none`);
    const [activation, alpha, beta] = known;
    return {
      activation,
      alpha: alpha === undefined ? 0 : (alphas.shift() ?? alpha),
      beta: beta === undefined ? 0 : (betas.shift() ?? beta),
    };
  });
  if (alphas.length > 0 || betas.length > 0) {
    throw wrongValue(node.where, "activation_alpha and activation_beta have more numbers than the activations");
  }
  return functions;
}

/** @param variant the attribute that changes the cell */
function translated(
  operator: Operator<RecurrentAttributes>,
  names: readonly string[],
  inputs: number,
  results: number,
  variant?: string,
): Translator {
  return (node) => {
    const { attributes } = node;
    const direction: Direction = attributes.choice("direction", ["forward", "reverse", "bidirectional"]);
    const given = attributes.strings("activations") ?? (direction === "bidirectional" ? [...names, ...names] : names);
    const clip = attributes.float("clip", 0);
    if (!(clip >= 0)) throw wrongValue(node.where, `clip must be a number from 0, got ${clip}`);
    // that of the weights counts
    attributes.int("hidden_size", 0);
    const all = Array.from({ length: inputs }, (_, index) => (index < 3 ? node.input(index) : node.optional(index)));
    for (const index of [1, 2, 3, 7]) {
      const value = all[index];
      if (value && !node.isConstant(value)) {
        throw wrongType(node.where, `the weights must be constant, but input ${index} (${show(value)}) is computed`);
      }
    }
    return node.callMany(
      operator,
      all,
      {
        direction,
        functions: functionsOf(node, given),
        clip,
        batchFirst: node.opset >= 14 && attributes.flag("layout", false),
        variant: variant !== undefined && attributes.flag(variant, false),
      },
      Array.from({ length: results }, () => "float32"),
    );
  };
}

export const recurrentTranslators: Readonly<Record<string, Translator>> = {
  GRU: translated(gruOperator, ["Sigmoid", "Tanh"], 6, 2, "linear_before_reset"),
  LSTM: translated(lstmOperator, ["Sigmoid", "Tanh", "Tanh"], 8, 3, "input_forget"),
  RNN: translated(rnnOperator, ["Tanh"], 6, 2),
};
