import { show, wrongType, wrongValue } from "../../check.ts";
import { reshapeOperator } from "../../operators/movement.ts";
import { deferred, type OnnxNode, type Translator } from "../translation.ts";
import { listOf, shapeOf } from "./shapes.ts";

/*
 * Opset 6 in the terms of opset 7.
 */

/** Operators whose second argument is repeated only if an attribute says so, from a given axis on. */
const ARITHMETIC = ["Add", "And", "Div", "Equal", "Gemm", "Greater", "Less", "Mul", "Or", "Pow", "Sub", "Xor"];
/** Operators that have to be told that nothing is trained. */
const TRAINED = ["BatchNormalization", "Dropout"];

/** The translator for a node of opset 6. */
export function ofOpset6(type: string, translate: Translator): Translator {
  return (node) => {
    const { attributes } = node;
    attributes.ints("consumed_inputs");
    if (TRAINED.includes(type) && !attributes.flag("is_test", false)) {
      throw wrongType(node.where, "training is not supported: is_test must be 1");
    }
    if (type === "BatchNormalization" && !attributes.flag("spatial", true)) {
      throw wrongType(node.where, "statistics for each pixel are not supported: spatial must be 1");
    }
    if (type === "PRelu") node.replaceInput(1, alongChannels(node));
    if (ARITHMETIC.includes(type)) {
      const isRepeated = attributes.flag("broadcast", false);
      const axis = attributes.has("axis") ? attributes.int("axis", 0) : undefined;
      if (isRepeated && axis !== undefined) node.replaceInput(1, aligned(node, axis));
    }
    return translate(node);
  };
}

/** The second argument with axes of length 1 after its own, so that these begin at an axis of the first. */
function aligned(node: OnnxNode, axis: number): string {
  const [a, b] = [node.input(0), node.input(1)];
  const attributes = deferred([shapeOf(node, a), shapeOf(node, b)], (where, _, [first, second]) => {
    const [rank, own] = [first!.data.length, listOf(where, second!)];
    const after = rank - (axis < 0 ? axis + rank : axis) - own.length;
    if (!(after >= 0 && after <= rank)) {
      throw wrongValue(where, `axis ${axis} must leave room for ${show(own)} in a shape of ${rank} axes`);
    }
    return { shape: [...own, ...Array<number>(after).fill(1)] };
  });
  return node.add(reshapeOperator, [b], attributes);
}

/** Slopes, one for each channel, with an axis of length 1 for each that follows. */
function alongChannels(node: OnnxNode): string {
  const [x, slope] = [node.input(0), node.input(1)];
  const attributes = deferred([shapeOf(node, x), shapeOf(node, slope)], (where, _, [shape, slopes]) => {
    const own = listOf(where, slopes!);
    const after = own.length === 1 && own[0] !== 1 ? Math.max(shape!.data.length - 2, 0) : 0;
    return { shape: [...own, ...Array<number>(after).fill(1)] };
  });
  return node.add(reshapeOperator, [slope], attributes);
}
