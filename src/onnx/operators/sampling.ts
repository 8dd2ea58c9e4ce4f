import { checkAxes, checkShape, countOf, sameShape, show, wrongValue } from "../../check.ts";
import { stridesOf } from "../../operators/broadcast.ts";
import { type Copy, copying } from "../../operators/copy.ts";
import { type GridSampleAttributes, gridSampleOperator } from "../../operators/grid-sample.ts";
import { matmulOperator } from "../../operators/linear.ts";
import { reshapeOperator, transposeOperator } from "../../operators/movement.ts";
import { maxRoiPoolOperator, roiAlignOperator } from "../../operators/regions.ts";
import { foldOperator } from "../../operators/windows.ts";
import { checkFolded, constantOf } from "../../planning/constant.ts";
import { deferred, type OnnxNode, type Translator } from "../translation.ts";
import { axesOf } from "./movement.ts";
import { folding, listOf } from "./shapes.ts";

/*
 * Operators that take parts of pictures, at any place and in any size.
 */

/** Opset 20 has other names, for pictures of three axes. */
function sampleMode({ opset, attributes }: OnnxNode): GridSampleAttributes["mode"] {
  if (opset < 20) return attributes.choice("mode", ["bilinear", "nearest", "bicubic"]);
  return { linear: "bilinear", nearest: "nearest", cubic: "bicubic" }[
    attributes.choice("mode", ["linear", "nearest", "cubic"])
  ] as GridSampleAttributes["mode"];
}

const gridSample: Translator = (node) =>
  node.add(gridSampleOperator, [node.input(0), node.input(1)], {
    mode: sampleMode(node),
    paddingMode: node.attributes.choice("padding_mode", ["zeros", "border", "reflection"]),
    alignCorners: node.attributes.flag("align_corners", false),
  });

/** x, y, (z,) and 1 of each element of a picture, whose middle is 0: (axes + 1, elements). */
const placesOperator = /* @__PURE__ */ folding<{ readonly size: readonly number[]; readonly corners: boolean }>(
  "places",
  (where, _, { size, corners }) => {
    const lengths = size.slice(2);
    const strides = stridesOf(lengths);
    const count = countOf(lengths);
    checkFolded(where, [lengths.length + 1, count]);
    const rows = lengths.map((length, axis) =>
      Array.from({ length: count }, (_each, element) => {
        const index = Math.floor(element / strides[axis]!) % length;
        if (!corners) return (2 * index + 1) / length - 1;
        return length === 1 ? 0 : (2 * index) / (length - 1) - 1;
      }),
    );
    return constantOf("float32", [lengths.length + 1, count], [...rows.reverse(), Array(count).fill(1)].flat());
  },
);

/** The places that a matrix for each picture sends the elements of a picture to, as GridSample reads them. */
const affineGrid: Translator = (node) => {
  const [matrices, size] = [node.input(0), node.input(1)];
  const corners = node.attributes.flag("align_corners", false);
  const sizeOf = (where: string, lengths: readonly number[], theta: readonly number[]) => {
    const axes = lengths.length - 2;
    checkShape(where, "size", lengths);
    if ((axes !== 2 && axes !== 3) || !sameShape(theta, [lengths[0]!, axes, axes + 1])) {
      throw wrongValue(
        where,
        `size must be (N, C, H, W) for matrices (N, 2, 3), or (N, C, D, H, W) for (N, 3, 4), got ${show(lengths)} and ${show(theta)}`,
      );
    }
    return lengths;
  };
  const places = node.fold(
    placesOperator,
    [matrices],
    deferred([size], (where, [theta], [given]) => ({
      size: sizeOf(where, listOf(where, given!), theta!.shape),
      corners,
    })),
    "float32",
  );
  const moved = node.add(matmulOperator, [matrices, places], {});
  const turned = node.add(transposeOperator, [moved], { dims: [0, 2, 1] });
  return node.add(
    reshapeOperator,
    [turned],
    deferred([size], (where, [points], [given]) => {
      const [batch, , ...lengths] = listOf(where, given!);
      return { shape: [batch!, ...lengths, points!.shape[2]!] };
    }),
  );
};

const scaleOf = (node: OnnxNode): number => node.attributes.float("spatial_scale", 1);

const roiAlign: Translator = (node) => {
  const { attributes } = node;
  const transformation =
    node.opset < 16
      ? "output_half_pixel"
      : attributes.choice("coordinate_transformation_mode", ["half_pixel", "output_half_pixel"]);
  return node.call(
    roiAlignOperator,
    [node.input(0), node.input(1), node.input(2)],
    {
      outputSize: [attributes.int("output_height", 1), attributes.int("output_width", 1)],
      mode: attributes.choice("mode", ["avg", "max"]),
      samplingRatio: attributes.int("sampling_ratio", 0),
      spatialScale: scaleOf(node),
      aligned: transformation === "half_pixel",
    },
    "float32",
  );
};

const maxRoiPool: Translator = (node) =>
  node.add(maxRoiPoolOperator, [node.input(0), node.input(1)], {
    outputSize: node.attributes.ints("pooled_shape") ?? [],
    spatialScale: scaleOf(node),
  });

const columnsToImage: Translator = (node) => {
  const { attributes } = node;
  const [strides, dilations] = [attributes.ints("strides"), attributes.ints("dilations")];
  const pads = attributes.ints("pads");
  const own = deferred([node.input(1), node.input(2)], (where, _, [image, block]) => {
    const outputSize = checkShape(where, "image_shape", listOf(where, image!));
    const axes = outputSize.length;
    const kernelSize = checkAxes(where, "block_shape", listOf(where, block!), axes, 1);
    const ones = outputSize.map(() => 1);
    const both = checkAxes(where, "pads", pads ?? [...ones, ...ones].fill(0), 2 * axes, 0);
    return {
      outputSize,
      kernelSize,
      stride: checkAxes(where, "strides", strides ?? ones, axes, 1),
      dilation: checkAxes(where, "dilations", dilations ?? ones, axes, 1),
      padding: both.slice(0, axes),
      after: both.slice(axes),
    };
  });
  return node.add(foldOperator, [node.input(0)], own);
};

/** Each axis is cropped or padded with zeros to a length, as much before as after, and where that is uneven one less before. */
const centeredOperator = /* @__PURE__ */ copying<{ readonly shape: readonly number[] }>(
  "centerCropPad",
  (_, operands, { shape }) => {
    const input = operands[0]!.shape;
    const [from, to] = [stridesOf(input), stridesOf(shape)];
    const shifts = shape.map((length, axis) => Math.trunc((length - input[axis]!) / 2));
    const sum = (strides: readonly number[], sign: 1 | -1) =>
      shifts.reduce((total, shift, axis) => total + Math.max(sign * shift, 0) * strides[axis]!, 0);
    const whole: Copy = {
      input: 0,
      from: sum(from, -1),
      output: 0,
      to: sum(to, 1),
      axes: shape.map((length, axis) => ({
        count: Math.min(length, input[axis]!),
        from: from[axis]!,
        to: to[axis]!,
      })),
    };
    const zeros: Copy = {
      input: null,
      from: 0,
      output: 0,
      to: 0,
      axes: shape.map((count, axis) => ({ count, from: 0, to: to[axis]! })),
    };
    const isPadded = shape.some((length, axis) => length > input[axis]!);
    return { shapes: [shape], copies: isPadded ? [zeros, whole] : [whole] };
  },
);

const centerCropPad: Translator = (node) => {
  const axes = node.attributes.ints("axes");
  const attributes = deferred([node.input(1)], (where, [input], [given]) => {
    const lengths = checkShape(where, "shape", listOf(where, given!));
    const along = axes ? axesOf(where, axes, input!.shape.length) : input!.shape.map((_, axis) => axis);
    if (along.length !== lengths.length) {
      throw wrongValue(where, `shape must have a length for each of ${along.length} axes, got ${show(lengths)}`);
    }
    return { shape: input!.shape.map((length, axis) => lengths[along.indexOf(axis)] ?? length) };
  });
  return node.add(centeredOperator, [node.input(0)], attributes);
};

export const samplingTranslators: Readonly<Record<string, Translator>> = {
  AffineGrid: affineGrid,
  CenterCropPad: centerCropPad,
  Col2Im: columnsToImage,
  GridSample: gridSample,
  MaxRoiPool: maxRoiPool,
  RoiAlign: roiAlign,
};
