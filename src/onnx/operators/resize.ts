import { show, wrongType, wrongValue } from "../../check.ts";
import { type InterpolateAttributes, interpolateOperator } from "../../operators/resize.ts";
import type { Operand } from "../../planning/operator.ts";
import { deferred, type OnnxNode, type Translator } from "../translation.ts";
import { axesOf } from "./movement.ts";
import { listOf } from "./shapes.ts";

type Rules = Pick<InterpolateAttributes, "mode" | "coordinates" | "nearest">;

/** Attributes for a factor or a length for each axis; axes before the last two must keep theirs. */
function resized(
  where: string,
  input: Operand,
  factors: readonly number[] | undefined,
  lengths: readonly number[] | undefined,
  rules: Rules,
): InterpolateAttributes {
  const { shape } = input;
  const given = lengths ?? factors;
  if (given === undefined) throw wrongValue(where, "needs a scale or a size for each axis, got none");
  if (given.length !== shape.length) {
    throw wrongValue(where, `needs a scale or a size for each axis of ${show(shape)}, got ${show(given)}`);
  }
  // in float32, as the factors are: 10 times 0.7, which in float32 is slightly less, is 7
  const size = shape.map((length, axis) => lengths?.[axis] ?? Math.floor(Math.fround(length * factors![axis]!)));
  const changed = shape.findIndex((length, axis) => axis < shape.length - 2 && size[axis] !== length);
  if (changed >= 0) {
    throw wrongValue(where, `axis ${changed} cannot change, only the last two can: ${show(shape)} to ${show(size)}`);
  }
  const scales = lengths === undefined ? factors!.slice(-2) : [null, null];
  return { size: size.slice(-2), scales, ...rules };
}

/** As in opset 10 and Upsample. */
const firstRules = (node: OnnxNode): Rules =>
  node.attributes.choice("mode", ["nearest", "linear"]) === "nearest"
    ? { mode: "nearest", coordinates: "asymmetric", nearest: "floor" }
    : { mode: "bilinear", coordinates: "asymmetric" };

function rulesOf(node: OnnxNode): Rules {
  const { attributes } = node;
  const mode = attributes.choice("mode", ["nearest", "linear"]);
  const coordinates = attributes.choice("coordinate_transformation_mode", [
    "half_pixel",
    "half_pixel_symmetric",
    "pytorch_half_pixel",
    "align_corners",
    "asymmetric",
  ]);
  const nearest = attributes.choice("nearest_mode", ["round_prefer_floor", "round_prefer_ceil", "floor", "ceil"]);
  // only cubic and tf_crop_and_resize use these
  attributes.float("cubic_coeff_a", -0.75);
  attributes.float("extrapolation_value", 0);
  for (const name of ["exclude_outside", "antialias"]) {
    if (attributes.flag(name, false)) throw wrongType(node.where, `${name} is not supported`);
  }
  attributes.choice("keep_aspect_ratio_policy", ["stretch"]);
  return mode === "nearest" ? { mode, coordinates, nearest } : { mode: "bilinear", coordinates };
}

const resize: Translator = (node) => {
  if (node.opset < 11) return upsample(node);
  const axes = node.attributes.ints("axes");
  const rules = rulesOf(node);
  // input 1 is a region, for tf_crop_and_resize only
  const attributes = deferred([node.optional(2), node.optional(3)], (where, [input], parameters) => {
    const along = axes && axesOf(where, axes, input!.shape.length);
    const [factors, lengths] = parameters.map((constant, index) => {
      if (!constant || constant.data.length === 0) return undefined;
      const values = listOf(where, constant);
      if (along === undefined) return values;
      if (values.length !== along.length) {
        throw wrongValue(where, `needs a scale or a size for each of the axes ${show(axes)}, got ${show(values)}`);
      }
      return input!.shape.map((length, axis) => {
        const at = along.indexOf(axis);
        return at >= 0 ? values[at]! : index === 0 ? 1 : length;
      });
    });
    return resized(where, input!, factors, lengths, rules);
  });
  return node.add(interpolateOperator, [node.input(0)], attributes);
};

const upsample: Translator = (node) => {
  const rules = firstRules(node);
  if (node.type === "Upsample" && node.opset < 9) {
    const factors = node.attributes.floats("scales");
    const attributes = deferred([], (where, [input]) => resized(where, input!, factors, undefined, rules));
    return node.add(interpolateOperator, [node.input(0)], attributes);
  }
  const attributes = deferred([node.input(1)], (where, [input], [factors]) =>
    resized(where, input!, listOf(where, factors!), undefined, rules),
  );
  return node.add(interpolateOperator, [node.input(0)], attributes);
};

export const resizeTranslators: Readonly<Record<string, Translator>> = { Resize: resize, Upsample: upsample };
