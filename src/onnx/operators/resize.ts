import { checkShape, show, wrongValue } from "../../check.ts";
import type { DeferredAttributes } from "../../graph/graph.ts";
import { castOperator } from "../../operators/cast.ts";
import { type ResampleAttributes, type ResampledAxis, resampleOperator } from "../../operators/resample.ts";
import type { Operand } from "../../planning/operator.ts";
import { deferred, type OnnxNode, type Translator } from "../translation.ts";
import { axesOf } from "./movement.ts";
import { listOf } from "./shapes.ts";

type Rules = Omit<ResampleAttributes, "axes">;

/** What ONNX's inputs and attributes say about lengths. */
interface Lengths {
  /** the axes that they count; all if absent */
  readonly axes?: readonly number[] | undefined;
  readonly factors?: readonly number[] | undefined;
  readonly sizes?: readonly number[] | undefined;
  /** starts, then ends */
  readonly region?: readonly number[] | undefined;
  readonly policy?: "stretch" | "not_larger" | "not_smaller";
}

/** The axes that change, for a factor or a length for each. */
function resampled(where: string, { shape }: Operand, lengths: Lengths): readonly (ResampledAxis | null)[] {
  const along = lengths.axes === undefined ? shape.map((_, axis) => axis) : axesOf(where, lengths.axes, shape.length);
  const { sizes, region, policy = "stretch" } = lengths;
  if (sizes !== undefined) checkShape(where, "sizes", sizes);
  // a size counts where both are given
  const factors = sizes === undefined ? lengths.factors : undefined;
  const given = sizes ?? factors;
  if (given === undefined) throw wrongValue(where, "needs a scale or a size for each axis, got none");
  if (given !== undefined && given.length !== along.length) {
    throw wrongValue(where, `needs a scale or a size for each axis of ${show(along)}, got ${show(given)}`);
  }
  if (region !== undefined && region.length !== 2 * along.length) {
    throw wrongValue(where, `roi must have ${2 * along.length} numbers, got ${show(region)}`);
  }
  const common = sizes && policy !== "stretch" ? commonFactor(shape, along, sizes, policy) : undefined;
  const wanted = common === undefined ? sizes : along.map((axis) => Math.floor(shape[axis]! * common + 0.5));
  return shape.map((length, axis) => {
    const at = along.indexOf(axis);
    if (at < 0) return null;
    const part = region && ([region[at]!, region[at + along.length]!] as const);
    const factor = common ?? factors?.[at];
    if (wanted === undefined && !(factor! > 0 && factor! < Infinity)) {
      throw wrongValue(where, `scales must be positive and finite, got ${show(factors)}`);
    }
    // in float32, as the factors are: 10 times 0.7, which in float32 is slightly less, is 7
    const share = part === undefined ? 1 : Math.fround(part[1] - part[0]);
    const out = wanted?.[at] ?? Math.floor(Math.fround(Math.fround(length * share) * factor!));
    const isWhole = part === undefined || (part[0] === 0 && part[1] === 1);
    if (out === length && isWhole && (factor === undefined || factor === 1)) return null;
    return { out, scale: factor ?? null, ...(part && { region: part }) };
  });
}

/** One factor for all axes: the largest with which they fit, or the smallest with which they cover the sizes. */
function commonFactor(
  shape: readonly number[],
  along: readonly number[],
  sizes: readonly number[],
  policy: "not_larger" | "not_smaller",
): number {
  const factors = sizes.map((size, i) => Math.fround(size / shape[along[i]!]!));
  return policy === "not_larger" ? Math.min(...factors) : Math.max(...factors);
}

/** Opset 10 and Upsample. */
const firstRules = (node: OnnxNode): Rules => ({
  coordinates: "asymmetric",
  divided: true,
  ...(node.attributes.choice("mode", ["nearest", "linear"]) === "nearest"
    ? { mode: "nearest", nearest: node.type === "Upsample" && node.opset < 9 ? "floor" : "shrink_ceil" }
    : { mode: "linear" }),
});

const COORDINATES = [
  "half_pixel",
  "half_pixel_symmetric",
  "pytorch_half_pixel",
  "align_corners",
  "asymmetric",
  "tf_crop_and_resize",
  "tf_half_pixel_for_nn",
] as const;

function rulesOf(node: OnnxNode): Rules & { readonly cropped: boolean } {
  const { attributes } = node;
  const mode = attributes.choice("mode", ["nearest", "linear", "cubic"]);
  const named = attributes.choice("coordinate_transformation_mode", COORDINATES);
  const nearest = attributes.choice("nearest_mode", ["round_prefer_floor", "round_prefer_ceil", "floor", "ceil"]);
  const cropped = named === "tf_crop_and_resize";
  return {
    mode,
    // a region has places of its own
    coordinates: cropped ? "asymmetric" : named,
    ...(mode === "nearest" && { nearest }),
    cubic: attributes.float("cubic_coeff_a", -0.75),
    excludeOutside: attributes.flag("exclude_outside", false),
    antialias: attributes.flag("antialias", false),
    outside: attributes.float("extrapolation_value", 0),
    divided: true,
    cropped,
  };
}

/** Bytes are resized as floats, and what is between two numbers is cut off, as onnxruntime does. */
function added(node: OnnxNode, attributes: DeferredAttributes<ResampleAttributes>): string {
  const x = node.input(0);
  const dtype = node.dtypeOf(x);
  if (dtype !== "uint8" && dtype !== "int8") return node.add(resampleOperator, [x], attributes);
  const floats = node.call(castOperator, [x], { to: "float32" }, "float32");
  return node.call(castOperator, [node.add(resampleOperator, [floats], attributes)], { to: dtype }, dtype);
}

const resize: Translator = (node) => {
  if (node.opset < 11) return upsample(node);
  const axes = node.attributes.ints("axes");
  const policy = node.attributes.choice("keep_aspect_ratio_policy", ["stretch", "not_larger", "not_smaller"]);
  const { cropped, ...rules } = rulesOf(node);
  const region = cropped ? node.input(1) : "";
  const attributes = deferred([region, node.optional(2), node.optional(3)], (where, [input], parameters) => {
    const [part, factors, sizes] = parameters.map((constant) =>
      constant === null || constant.data.length === 0 ? undefined : listOf(where, constant),
    );
    return { ...rules, axes: resampled(where, input!, { axes, factors, sizes, region: part, policy }) };
  });
  return added(node, attributes);
};

const upsample: Translator = (node) => {
  const rules = firstRules(node);
  const factors = node.type === "Upsample" && node.opset < 9 ? node.attributes.floats("scales") : undefined;
  if (factors !== undefined) {
    return added(
      node,
      deferred([], (where, [input]) => ({ ...rules, axes: resampled(where, input!, { factors }) })),
    );
  }
  const attributes = deferred([node.input(1)], (where, [input], [scales]) => ({
    ...rules,
    axes: resampled(where, input!, { factors: listOf(where, scales!) }),
  }));
  return added(node, attributes);
};

export const resizeTranslators: Readonly<Record<string, Translator>> = { Resize: resize, Upsample: upsample };
