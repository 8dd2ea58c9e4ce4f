import { checkShape, countOf, show, wrongValue } from "../../check.ts";
import type { Pads } from "../../conv/geometry.ts";
import type { DType } from "../../dtype.ts";
import { UNARY_OPERATORS } from "../../operators/activation.ts";
import { mulOperator, powOperator } from "../../operators/binary.ts";
import { castOperator } from "../../operators/cast.ts";
import { scatterElementsOperator } from "../../operators/elements.ts";
import { expandOperator, reshapeOperator } from "../../operators/movement.ts";
import {
  type AvgPoolAttributes,
  avgPool1dOperator,
  avgPool2dOperator,
  avgPool3dOperator,
  type MaxPoolAttributes,
  poolOf,
} from "../../operators/pool.ts";
import { maxPoolIndicesOperator } from "../../operators/pool-indices.ts";
import { maxPoolBytesOperator } from "../../operators/quantised/pool.ts";
import { amaxOperator, meanOperator, sumOperator } from "../../operators/reduce.ts";
import type { Constant } from "../../planning/constant.ts";
import { deferred, type OnnxNode, type Translator } from "../translation.ts";
import { listOf, shapeOf } from "./shapes.ts";
import { isSame, samePads, type Windows, windowsOf } from "./windows.ts";

const AVERAGE_POOLS = [avgPool1dOperator, avgPool2dOperator, avgPool3dOperator] as const;

/** [top, left, bottom, right] */
const paddingOf = (pads: Pads) => [...pads.map(([before]) => before), ...pads.map(([, after]) => after)];

/** Attributes of both pools; pads may depend on the input's lengths. */
export function windowedOf(node: OnnxNode) {
  const windows = windowsOf(node);
  const { axes, kernel, strides } = windows;
  if (kernel === undefined) throw wrongValue(node.where, "kernel_shape is needed");
  const ceilMode = node.attributes.flag("ceil_mode", false);
  return { axes, windows, common: { kernelSize: kernel, stride: strides, ceilMode, mayBeEmpty: true } };
}

/** The attributes with the padding, which under auto_pad depends on the input's lengths. */
export function padded<A extends object>({ axes, autoPad, pads, kernel, ...rest }: Windows, attributes: A) {
  if (!isSame(autoPad)) return { ...attributes, padding: paddingOf(pads) };
  return deferred([], (_, [input]) => {
    const lengths = input!.shape.slice(-axes);
    return { ...attributes, padding: paddingOf(samePads({ axes, autoPad, pads, kernel, ...rest }, lengths, kernel!)) };
  });
}

const maxPool: Translator = (node) => {
  const byColumns = node.attributes.flag("storage_order", false);
  const { axes, windows, common } = windowedOf(node);
  const attributes: Omit<MaxPoolAttributes, "padding"> = { ...common, dilation: windows.dilations };
  const x = node.input(0);
  const dtype = node.dtypeOf(x);
  // floats hold the small integers exactly
  const isSmall = dtype === "uint8" || dtype === "int8";
  if (isSmall && axes < 3 && node.outputCount < 2) {
    return node.add(maxPoolBytesOperator, [x], padded(windows, attributes));
  }
  const floats = isSmall ? node.call(castOperator, [x], { to: "float32" }, "float32") : x;
  const original = (values: string) => (isSmall ? node.call(castOperator, [values], { to: dtype }, dtype) : values);
  if (node.outputCount < 2) {
    return original(node.add(poolOf(attributes), [floats], padded(windows, attributes)));
  }
  const placed = padded(windows, { ...attributes, numbering: byColumns ? "columns" : "rows" } as const);
  const [values, indices] = node.callMany(maxPoolIndicesOperator, [floats], placed, ["float32", "int64"]);
  return [original(values!), indices!];
};

const averagePool: Translator = (node) => {
  const { axes, windows, common } = windowedOf(node);
  const countIncludePad = node.attributes.flag("count_include_pad", false);
  const attributes: Omit<AvgPoolAttributes, "padding"> = { ...common, countIncludePad, dilation: windows.dilations };
  return node.add(AVERAGE_POOLS[axes - 1]!, [node.input(0)], padded(windows, attributes));
};

/** The p-th root of the sum of p-th powers: means whose divisor is 1. */
const lpPool: Translator = (node) => {
  const { axes, windows, common } = windowedOf(node);
  const p = node.attributes.int("p", 2);
  if (p < 1) throw wrongValue(node.where, `p must be from 1, got ${p}`);
  const attributes: Omit<AvgPoolAttributes, "padding"> = {
    ...common,
    countIncludePad: true,
    dilation: windows.dilations,
    divisorOverride: 1,
  };
  return rooted(node, node.add(AVERAGE_POOLS[axes - 1]!, [powered(node, p)], padded(windows, attributes)), p);
};

/** |x|^p */
function powered(node: OnnxNode, p: number): string {
  const x = node.input(0);
  if (p === 2) return node.add(mulOperator, [x, x], {});
  const size = node.add(UNARY_OPERATORS.abs!, [x], {});
  return p === 1 ? size : node.add(powOperator, [size, node.number(p)], {});
}

function rooted(node: OnnxNode, sum: string, p: number): string {
  if (p === 1) return sum;
  return p === 2 ? node.add(UNARY_OPERATORS.sqrt!, [sum], {}) : node.add(powOperator, [sum, node.number(1 / p)], {});
}

const globalLpPool: Translator = (node) => {
  const p = node.attributes.int("p", 2);
  return rooted(node, node.add(sumOperator, [powered(node, p)], spatial), p);
};

/** All axes except batch and channels. */
const spatial = deferred([], (where, [input]) => {
  const rank = input!.shape.length;
  if (rank < 3) throw wrongValue(where, `input must be (N, C, ...), got ${rank} axes`);
  return { dims: Array.from({ length: rank - 2 }, (_, axis) => axis + 2), keepdim: true };
});

/** As onnxruntime reads it: indices are those of all elements of the result. */
const maxUnpool: Translator = (node) => {
  const [x, indices] = [node.input(0), node.input(1)];
  const { axes, kernel, strides, pads } = windowsOf(node);
  if (kernel === undefined) throw wrongValue(node.where, "kernel_shape is needed");
  const shapeFor = (where: string, shape: readonly number[], given: readonly number[] | undefined) => {
    if (shape.length !== axes + 2) {
      throw wrongValue(where, `input must have ${axes + 2} axes, as kernel_shape says, got shape ${show(shape)}`);
    }
    if (given !== undefined) return checkShape(where, "output_shape", given);
    const lengths = kernel.map((taps, axis) => {
      const [before, after] = pads[axis]!;
      return (shape[axis + 2]! - 1) * strides[axis]! + taps - before - after;
    });
    return checkShape(where, "output_shape", [...shape.slice(0, 2), ...lengths]);
  };
  const wanted = node.optional(2);
  const shapeOfResult = (where: string, shapes: readonly (Constant | null)[]) => {
    const [own, given] = shapes.map((shape) => shape && listOf(where, shape));
    return shapeFor(where, own!, given ?? undefined);
  };
  const parameters = [shapeOf(node, x), wanted];
  const whole = deferred(parameters, (where, _, shapes) => ({ shape: [countOf(shapeOfResult(where, shapes))] }));
  const line = deferred([], (_, [input]) => ({ shape: [countOf(input!.shape)] }));
  const flat = (value: string, dtype: DType) => node.call(reshapeOperator, [value], line, dtype);
  const operands = [node.add(expandOperator, [node.number(0)], whole), flat(indices, "int64"), flat(x, "float32")];
  const scattered = node.call(scatterElementsOperator, operands, { dim: 0, reduction: "none" }, "float32");
  return node.add(
    reshapeOperator,
    [scattered],
    deferred(parameters, (where, _, shapes) => ({ shape: shapeOfResult(where, shapes) })),
  );
};

export const poolingTranslators: Readonly<Record<string, Translator>> = {
  AveragePool: averagePool,
  GlobalAveragePool: (node) => node.add(meanOperator, [node.input(0)], spatial),
  GlobalLpPool: globalLpPool,
  GlobalMaxPool: (node) => node.add(amaxOperator, [node.input(0)], spatial),
  LpPool: lpPool,
  MaxPool: maxPool,
  MaxUnpool: maxUnpool,
};
