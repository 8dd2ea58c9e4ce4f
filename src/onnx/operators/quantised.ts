import { wrongType, wrongValue } from "../../check.ts";
import type { DType } from "../../dtype.ts";
import { addOperator, mulOperator } from "../../operators/binary.ts";
import { castOperator } from "../../operators/cast.ts";
import { axisOf, catOperator, transposeOperator } from "../../operators/movement.ts";
import { convIntegerOperator, qlinearConvOperator } from "../../operators/quantised/conv.ts";
import { lookUpOperator, qlinearAddOperator, qlinearMulOperator } from "../../operators/quantised/elements.ts";
import { type Byte, isByte } from "../../operators/quantised/numbers.ts";
import {
  qlinearAvgPoolOperator,
  qlinearGlobalAvgPoolOperator,
  qlinearSoftmaxOperator,
} from "../../operators/quantised/pool.ts";
import { matmulIntegerOperator, qgemmOperator, qlinearMatMulOperator } from "../../operators/quantised/product.ts";
import { dequantizeOperator, dynamicQuantizeOperator, quantizeOperator } from "../../operators/quantised/scaling.ts";
import type { Operator } from "../../planning/operator.ts";
import { DATA_TYPE, dataTypeName } from "../model.ts";
import { deferred, type OnnxNode, type Translator } from "../translation.ts";
import { convolutionOf } from "./convolution.ts";
import { padded, windowedOf } from "./pooling.ts";
import { isSame, samePads } from "./windows.ts";

/*
 * Quantised numbers: ONNX's operators, and those of onnxruntime that it makes of float operators between DequantizeLinear and
 * QuantizeLinear.
 */

const byteOf = (node: OnnxNode, value: string): Byte => {
  const dtype = node.dtypeOf(value);
  if (isByte(dtype)) return dtype;
  throw wrongType(node.where, `computes uint8 and int8, but got ${dtype}`);
};

/** The type of a result by its zero point, which may be left out. */
const byteOfZero = (node: OnnxNode, zero: string, otherwise: Byte): Byte =>
  zero === "" ? otherwise : byteOf(node, zero);

function scalingOf(node: OnnxNode) {
  return { axis: node.attributes.int("axis", 1), blockSize: node.attributes.int("block_size", 0) };
}

const quantizeLinear: Translator = (node) => {
  const scaling = scalingOf(node);
  // of eight-bit floats
  node.attributes.int("saturate", 1);
  // float32 is what is computed with
  node.attributes.int("precision", 0);
  const [x, scale, zero] = [node.input(0), node.input(1), node.optional(2)];
  const wanted = node.attributes.int("output_dtype", 0);
  if (![0, DATA_TYPE.UINT8, DATA_TYPE.INT8].includes(wanted as never)) {
    throw wrongType(node.where, `quantises to uint8 and int8, not to ${dataTypeName(wanted)}`);
  }
  const dtype = byteOfZero(node, zero, wanted === DATA_TYPE.INT8 ? "int8" : "uint8");
  return node.call(quantizeOperator, [x, scale, zero], { ...scaling, dtype }, dtype);
};

const dequantizeLinear: Translator = (node) => {
  const scaling = scalingOf(node);
  node.attributes.int("output_dtype", 0);
  return node.call(dequantizeOperator, [node.input(0), node.input(1), node.optional(2)], scaling, "float32");
};

/** @param weight index of the weight */
function convolved<A extends object>(operator: Operator<A>, count: number, weight: number): Translator {
  return (node) => {
    const { windows, stride, dilation, groups } = convolutionOf(node, weight);
    const options = { stride, dilation, groups };
    const { axes, kernel, autoPad, pads } = windows;
    if (axes === 3) throw wrongType(node.where, "bytes are convolved over one or two axes, got 3");
    const values = given(node, count, weight === 1 ? [0, 1] : TWO_AND_RESULT);
    const attributes = isSame(autoPad)
      ? deferred([], (_, operands) => {
          const [lengths, own] = [operands[0]!.shape.slice(-axes), operands[weight]!.shape.slice(-axes)];
          return { axes, options, pads: samePads(windows, lengths, kernel ?? own) } as unknown as A;
        })
      : ({ axes, options, pads } as unknown as A);
    const dtype: DType = weight === 1 ? "int32" : byteOfZero(node, node.optional(7), "uint8");
    return node.call(operator as Operator, values, attributes, dtype);
  };
}

const range = (count: number) => Array.from({ length: count }, (_, index) => index);

/** Arguments that are needed: of operators with one input and a scale, of those with two and the scales of both, and of the result. */
const ONE = [0, 1, 3];
const TWO = [0, 1, 3, 4];
const TWO_AND_RESULT = [...TWO, 6];

/** The arguments, "" for what is not given. */
const given = (node: OnnxNode, count: number, needed: readonly number[]) =>
  range(count).map((index) => (needed.includes(index) ? node.input(index) : node.optional(index)));

/** An operator whose result has the type of its first argument. */
const alike =
  (operator: Operator, count: number): Translator =>
  (node) =>
    node.call(operator, given(node, count, count === 5 ? ONE : TWO_AND_RESULT), {}, byteOf(node, node.input(0)));

const dynamicQuantizeLinear: Translator = (node) =>
  node.callMany(dynamicQuantizeOperator, [node.input(0)], {}, ["uint8", "float32", "uint8"]);

const lookedUp =
  (functionOf: (node: OnnxNode) => (x: number) => number): Translator =>
  (node) =>
    node.call(lookUpOperator, given(node, 5, ONE), { f: functionOf(node) }, byteOf(node, node.input(0)));

const leakyRelu = (node: OnnxNode) => {
  const alpha = node.attributes.float("alpha", 0.01);
  return (x: number) => (x >= 0 ? x : Math.fround(x * alpha));
};

const sigmoid = () => (x: number) => 1 / (1 + Math.exp(-x));

/** The result's scale and zero point, then each input with its own. */
const qlinearConcat: Translator = (node) => {
  const dim = node.attributes.int("axis", 0);
  const [scale, zero] = [node.input(0), node.input(1)];
  const count = (node.inputs.length - 2) / 3;
  if (!Number.isInteger(count) || count < 1) {
    throw wrongValue(node.where, `needs a scale and a zero point for each input, got ${node.inputs.length} inputs`);
  }
  const parts = range(count).map((index) => {
    const [x, own, ownZero] = [2, 3, 4].map((first) => node.input(3 * index + first)) as [string, string, string];
    if (own === scale && ownZero === zero) return x;
    return node.call(lookUpOperator, [x, own, ownZero, scale, zero], {}, byteOf(node, x));
  });
  return node.add(catOperator, parts, { dim });
};

const notLast = (node: OnnxNode): void => {
  if (node.attributes.flag("channels_last", false)) throw wrongType(node.where, "channels_last is not supported");
};

const qlinearGlobalAveragePool: Translator = (node) => {
  notLast(node);
  return alike(qlinearGlobalAvgPoolOperator as Operator, 5)(node);
};

const qlinearAveragePool: Translator = (node) => {
  notLast(node);
  const { windows, common } = windowedOf(node);
  const countIncludePad = node.attributes.flag("count_include_pad", false);
  const attributes = padded(windows, { ...common, countIncludePad, dilation: windows.dilations });
  return node.call(qlinearAvgPoolOperator, given(node, 5, ONE), attributes, byteOf(node, node.input(0)));
};

/** From opset 13 on along one axis, before that over all from one on. */
const qlinearSoftmax: Translator = (node) => {
  const opset = node.attributes.int("opset", 0);
  const axis = node.attributes.int("axis", opset < 13 ? 1 : -1);
  const inputs = given(node, 5, ONE);
  const dtype = byteOf(node, inputs[0]!);
  const attributesAt = (last: boolean) =>
    deferred([], (where, [x]) => {
      const rank = x!.shape.length;
      return { axis: last ? rank - 1 : axisOf(where, "axis", axis, rank) };
    });
  if (opset < 13) return node.call(qlinearSoftmaxOperator, inputs, attributesAt(false), dtype);
  if (axis === -1) return node.call(qlinearSoftmaxOperator, inputs, attributesAt(true), dtype);
  const swapped = deferred([], (where, [x]) => {
    const dims = range(x!.shape.length);
    const own = axisOf(where, "axis", axis, dims.length);
    return { dims: dims.with(own, dims.length - 1).with(dims.length - 1, own) };
  });
  const moved = node.add(transposeOperator, [inputs[0]!], swapped);
  const result = node.call(qlinearSoftmaxOperator, [moved, ...inputs.slice(1)], attributesAt(true), dtype);
  return node.add(transposeOperator, [result], swapped);
};

const qgemm: Translator = (node) => {
  const { attributes } = node;
  const alpha = attributes.float("alpha", 1);
  const [transA, transB] = [attributes.flag("transA", false), attributes.flag("transB", false)];
  const isFloat = node.optional(7) === "";
  const dtype = isFloat ? "float32" : byteOfZero(node, node.optional(8), byteOf(node, node.input(0)));
  return node.call(qgemmOperator, given(node, 9, TWO), { alpha, transA, transB }, dtype);
};

/** Sums of products as float32: times both scales, plus a bias. */
function scaledSums(
  node: OnnxNode,
  a: string,
  b: string,
  zeros: [string, string],
  scales: [string, string],
  bias: string,
) {
  const sums = node.call(matmulIntegerOperator, [a, b, ...zeros], {}, "int32");
  const floats = node.call(castOperator, [sums], { to: "float32" }, "float32");
  const product = node.add(mulOperator, [floats, node.add(mulOperator, scales, {})], {});
  return bias === "" ? product : node.add(addOperator, [product, bias], {});
}

const matMulIntegerToFloat: Translator = (node) => {
  const [a, b, aScale, bScale] = [node.input(0), node.input(1), node.input(2), node.input(3)];
  return scaledSums(node, a, b, [node.optional(4), node.optional(5)], [aScale, bScale], node.optional(6));
};

const dynamicQuantizeMatMul: Translator = (node) => {
  const [x, b, bScale] = [node.input(0), node.input(1), node.input(2)];
  const results = node.callMany(dynamicQuantizeOperator, [x], {}, ["uint8", "float32", "uint8"]);
  const [a, aScale, aZero] = results as [string, string, string];
  return scaledSums(node, a, b, [aZero, node.optional(3)], [aScale, bScale], node.optional(4));
};

export const quantisedTranslators: Readonly<Record<string, Translator>> = {
  ConvInteger: convolved(convIntegerOperator, 4, 1),
  DequantizeLinear: dequantizeLinear,
  DynamicQuantizeLinear: dynamicQuantizeLinear,
  MatMulInteger: (node) => node.call(matmulIntegerOperator, given(node, 4, [0, 1]), {}, "int32"),
  QLinearConv: convolved(qlinearConvOperator, 9, 3),
  QLinearMatMul: (node) => {
    const dtype = byteOfZero(node, node.optional(7), byteOf(node, node.input(0)));
    return node.call(qlinearMatMulOperator, given(node, 8, TWO_AND_RESULT), {}, dtype);
  },
  QuantizeLinear: quantizeLinear,
  "com.microsoft.DequantizeLinear": dequantizeLinear,
  "com.microsoft.DynamicQuantizeMatMul": dynamicQuantizeMatMul,
  "com.microsoft.MatMulIntegerToFloat": matMulIntegerToFloat,
  "com.microsoft.QGemm": qgemm,
  "com.microsoft.QLinearAdd": alike(qlinearAddOperator as Operator, 8),
  "com.microsoft.QLinearAveragePool": qlinearAveragePool,
  "com.microsoft.QLinearConcat": qlinearConcat,
  "com.microsoft.QLinearGlobalAveragePool": qlinearGlobalAveragePool,
  "com.microsoft.QLinearLeakyRelu": lookedUp(leakyRelu),
  "com.microsoft.QLinearMul": alike(qlinearMulOperator as Operator, 8),
  "com.microsoft.QLinearSigmoid": lookedUp(sigmoid),
  "com.microsoft.QLinearSoftmax": qlinearSoftmax,
  "com.microsoft.QuantizeLinear": quantizeLinear,
};
