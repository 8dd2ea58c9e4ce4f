import { checkAxesCount, countOf, isInteger, show, wrongType, wrongValue } from "../../check.ts";
import { stridesOf } from "../../operators/broadcast.ts";
import { copying } from "../../operators/copy.ts";
import { gatherOperator } from "../../operators/gather.ts";
import {
  axisOf,
  catOperator,
  expandOperator,
  pixelShuffleOperator,
  pixelUnshuffleOperator,
  reshapeOperator,
  sliceOperator,
  splitOperator,
  tileOperator,
  transposeOperator,
} from "../../operators/movement.ts";
import { type PadMode, padOperator } from "../../operators/pad.ts";
import { type Constant, numbersOf } from "../../planning/constant.ts";
import { isOther, type Operator } from "../../planning/operator.ts";
import { wholeLines } from "../../runtime/layout.ts";
import { deferred, type OnnxNode, type Translator } from "../translation.ts";
import { listOf } from "./shapes.ts";

/** Numbers that are an attribute, or, in newer opsets, an input. */
interface Numbers {
  /** values to wait for */
  readonly parameters: readonly string[];
  from(where: string, parameters: readonly (Constant | null)[]): readonly number[] | undefined;
}

/** @param since the opset in which the attribute became the input with this index */
export function numbers(node: OnnxNode, name: string, since: number, index: number): Numbers {
  if (node.opset < since) {
    const given = node.attributes.ints(name);
    if (given !== undefined) checkAxesCount(node.where, given.length);
    return { parameters: [], from: () => given };
  }
  const value = node.optional(index);
  return value === ""
    ? { parameters: [], from: () => undefined }
    : { parameters: [value], from: (where, [constant]) => listOf(where, constant!) };
}

/** Axes of a tensor with `rank` axes, each named once. */
export function axesOf(where: string, axes: readonly number[], rank: number): readonly number[] {
  const known = axes.map((axis) => axisOf(where, "axes", axis, rank));
  if (new Set(known).size !== known.length) throw wrongValue(where, `axes must differ, got ${show(axes)}`);
  return known;
}

const reshape: Translator = (node) => {
  const allowZero = node.attributes.flag("allowzero", false);
  const attributes = deferred([node.input(1)], (where, [input], [lengths]) => {
    const shape = listOf(where, lengths!).map((length, axis) => {
      if (length !== 0 || allowZero) return length;
      const kept = input!.shape[axis];
      if (kept === undefined) {
        throw wrongValue(where, `shape ${show(listOf(where, lengths!))} keeps axis ${axis} of ${show(input!.shape)}`);
      }
      return kept;
    });
    return { shape };
  });
  return node.add(reshapeOperator, [node.input(0)], attributes);
};

const flatten: Translator = (node) => {
  const axis = node.attributes.int("axis", 1);
  return node.add(reshapeOperator, [node.input(0)], flatShape(axis));
};

/** Two axes: those before `axis`, and the others. */
export const flatShape = (axis: number) =>
  deferred([], (where, [input]) => {
    const { shape } = input!;
    // the number of axes itself is allowed
    const at = axis === shape.length ? axis : axisOf(where, "axis", axis, shape.length);
    return { shape: [countOf(shape.slice(0, at)), countOf(shape.slice(at))] };
  });

const squeeze: Translator = (node) => {
  const axes = numbers(node, "axes", 13, 1);
  const attributes = deferred(axes.parameters, (where, [input], parameters) => {
    const { shape } = input!;
    const given = axes.from(where, parameters);
    const removed = given && axesOf(where, given, shape.length);
    const wrong = removed?.find((axis) => shape[axis] !== 1);
    if (wrong !== undefined) throw wrongValue(where, `axis ${wrong} of ${show(shape)} must have length 1`);
    return { shape: shape.filter((length, axis) => (removed === undefined ? length !== 1 : !removed.includes(axis))) };
  });
  return node.add(reshapeOperator, [node.input(0)], attributes);
};

const unsqueeze: Translator = (node) => {
  const axes = numbers(node, "axes", 13, 1);
  const attributes = deferred(axes.parameters, (where, [input], parameters) => {
    const given = axes.from(where, parameters);
    if (given === undefined) throw wrongValue(where, "axes are needed");
    const rank = input!.shape.length + given.length;
    checkAxesCount(where, rank);
    const added = axesOf(where, given, rank);
    const lengths = input!.shape.values();
    return { shape: Array.from({ length: rank }, (_, axis) => (added.includes(axis) ? 1 : lengths.next().value!)) };
  });
  return node.add(reshapeOperator, [node.input(0)], attributes);
};

const transpose: Translator = (node) => {
  const perm = node.attributes.ints("perm");
  const attributes = perm
    ? { dims: perm }
    : deferred([], (_, [input]) => ({ dims: input!.shape.map((__, axis) => axis).reverse() }));
  return node.add(transposeOperator, [node.input(0)], attributes);
};

const concat: Translator = (node) => {
  if (!node.attributes.has("axis")) throw wrongValue(node.where, "axis is needed");
  return node.add(catOperator, node.all(), { dim: node.attributes.int("axis", 0) });
};

const split: Translator = (node) => {
  const axis = node.attributes.int("axis", 0);
  const sizes = numbers(node, "split", 13, 1);
  const count = node.opset >= 18 ? node.attributes.int("num_outputs", node.outputCount) : node.outputCount;
  if (count !== node.outputCount) {
    throw wrongValue(
      node.where,
      `num_outputs must be ${node.outputCount}, the number of outputs that the node names, got ${count}`,
    );
  }
  const attributes = deferred(sizes.parameters, (where, [input], parameters) => {
    const dim = axisOf(where, "axis", axis, input!.shape.length);
    return { dim, sizes: sizes.from(where, parameters) ?? equalSizes(where, node.opset, input!.shape[dim]!, count) };
  });
  return node.addMany(splitOperator, [node.input(0)], attributes, count);
};

/** Since opset 18 the last part may be smaller. */
function equalSizes(where: string, opset: number, length: number, count: number): readonly number[] {
  const size = Math.ceil(length / count);
  const last = length - size * (count - 1);
  if (last < 0 || (last !== size && opset < 18)) {
    throw wrongValue(where, `an axis of ${length} cannot be split into ${count} equal parts`);
  }
  return Array.from({ length: count }, (_, index) => (index === count - 1 ? last : size));
}

const slice: Translator = (node) => {
  const [starts, ends, axes, steps] = [
    numbers(node, "starts", 10, 1),
    numbers(node, "ends", 10, 2),
    numbers(node, "axes", 10, 3),
    numbers(node, "steps", 10, 4),
  ] as const;
  const all = [starts, ends, axes, steps];
  const attributes = deferred(
    all.flatMap(({ parameters }) => parameters),
    (where, _, parameters) => {
      const rest = parameters.values();
      const [begin, end, along, step] = all.map((each) =>
        each.from(
          where,
          each.parameters.map(() => rest.next().value!),
        ),
      );
      if (begin === undefined || end === undefined) throw wrongValue(where, "starts and ends are needed");
      return { starts: begin, ends: end, dims: along ?? begin.map((__, i) => i), steps: step ?? begin.map(() => 1) };
    },
  );
  return node.add(sliceOperator, [node.input(0)], attributes);
};

const PAD_MODES: Readonly<Record<string, PadMode>> = {
  constant: "constant",
  reflect: "reflect",
  edge: "replicate",
  wrap: "circular",
};

const pad: Translator = (node) => {
  const mode = PAD_MODES[node.attributes.choice("mode", ["constant", "reflect", "edge", "wrap"])]!;
  const value = node.opset < 11 ? node.attributes.float("value", 0) : undefined;
  const pads = numbers(node, "pads", 11, 1);
  const parameters = node.opset < 11 ? [] : [node.input(1), node.optional(2), node.optional(3)];
  const attributes = deferred(parameters, (where, [input], [given, constant, axes]) => {
    const rank = input!.shape.length;
    const along = axes ? axesOf(where, listOf(where, axes), rank) : input!.shape.map((_, axis) => axis);
    const both = pads.from(where, [given ?? null]);
    if (both?.length !== 2 * along.length) {
      throw wrongValue(where, `pads must have two numbers for each of ${along.length} axes, got ${show(both)}`);
    }
    const padding = input!.shape.flatMap((_, axis) => {
      const index = along.indexOf(rank - 1 - axis);
      return index < 0 ? [0, 0] : [both[index]!, both[index + along.length]!];
    });
    return { padding, mode, value: value ?? (constant ? numbersOf(constant)[0] : undefined) ?? 0 };
  });
  return node.add(padOperator, [node.input(0)], attributes);
};

const expand: Translator = (node) => {
  const attributes = deferred([node.input(1)], (where, _, [lengths]) => ({
    shape: listOf(where, lengths!),
  }));
  return node.add(expandOperator, [node.input(0)], attributes);
};

const tile: Translator = (node) => {
  const attributes = deferred([node.input(1)], (where, [input], [counts]) => {
    const repeats = listOf(where, counts!);
    if (repeats.length !== input!.shape.length) {
      throw wrongValue(
        where,
        `repeats must have a number for each axis of ${show(input!.shape)}, got ${show(repeats)}`,
      );
    }
    return { repeats };
  });
  return node.add(tileOperator, [node.input(0)], attributes);
};

interface TakeAttributes {
  /** negative ones count from the end */
  readonly indices: readonly number[];
  /** the axes that replace the axis */
  readonly shape: readonly number[];
  readonly dim: number;
}

const takeCopies = /* @__PURE__ */ copying<TakeAttributes>("gather", (_, [input], { indices, shape, dim }) => {
  const strides = stridesOf(input!.shape);
  const [stride, inner] = [strides[dim]!, input!.shape.slice(dim + 1)];
  const [from, to] = [strides.slice(0, dim), stridesOf([...input!.shape.slice(0, dim), indices.length, ...inner])];
  const length = input!.shape[dim]!;
  const places = indices.map((index) => (index < 0 ? index + length : index));
  const copies = runsOf(places).map(({ at, first, step, count }) => ({
    input: 0,
    from: first * stride,
    output: 0,
    to: at * to[dim]!,
    axes: [
      ...from.map((each, axis) => ({ count: input!.shape[axis]!, from: each, to: to[axis]! })),
      { count, from: step * stride, to: to[dim]! },
      ...inner.map((length, i) => ({ count: length, from: strides[dim + 1 + i]!, to: to[dim + 1 + i]! })),
    ],
  }));
  return { shapes: [input!.shape.toSpliced(dim, 1, ...shape)], copies };
});

/**
 * Parts of an axis by indices that are known when compiling, in any order: numpy.take. Arguments: input, and how long the axis is,
 * where only a run knows it.
 */
const takeOperator: Operator<TakeAttributes> = {
  ...takeCopies,
  counts: 1,
  beyond: (asked) => isOther(asked, asked.attributes.dim) || "count",
  plan(where, [input, count], attributes, uses) {
    if (!count) return takeCopies.plan(where, [input!], attributes, uses);
    const { indices, shape, dim } = attributes;
    const gather = gatherOperator.plan(where, [input!, { dtype: "int64", shape }, count], { dim }, uses);
    return {
      ...gather,
      heldBytes: gather.heldBytes + wholeLines(8 * indices.length),
      prepare(program, places) {
        const at = places.held + gather.heldBytes;
        const words = program.i32(at, 2 * indices.length);
        new BigInt64Array(words.buffer, words.byteOffset, indices.length).set(indices.map(BigInt));
        gather.prepare(program, { ...places, inputs: [places.inputs[0]!, at, places.inputs[1]!] });
      },
    };
  },
};

interface Run {
  /** place of its first index */
  readonly at: number;
  readonly first: number;
  readonly step: number;
  count: number;
}

/** Indices as rows of numbers at equal distances. */
function runsOf(indices: readonly number[]): readonly Run[] {
  const runs: Run[] = [];
  for (const [at, index] of indices.entries()) {
    const run = runs.at(-1);
    if (run !== undefined && run.first + run.count * run.step === index) run.count += 1;
    else if (run?.count === 1) runs[runs.length - 1] = { ...run, step: index - run.first, count: 2 };
    else runs.push({ at, first: index, step: 1, count: 1 });
  }
  return runs;
}

const gather: Translator = (node) => {
  const axis = node.attributes.int("axis", 0);
  const [x, indices] = [node.input(0), node.input(1)];
  if (!node.isConstant(indices)) return node.call(gatherOperator, [x, indices], { dim: axis }, node.dtypeOf(x));
  const attributes = deferred([indices], (where, [input], [given]) => {
    const dim = axisOf(where, "axis", axis, input!.shape.length);
    const length = input!.shape[dim]!;
    const indices = Array.from(numbersOf(given!), (index) => {
      if (isInteger(index) && index >= -length && index < length) return index;
      throw wrongValue(where, `indices must be whole numbers from ${-length} to ${length - 1}, got ${index}`);
    });
    checkAxesCount(where, input!.shape.length + given!.shape.length);
    return { indices, shape: given!.shape, dim };
  });
  return node.add(takeOperator, [x], attributes);
};

const dropout: Translator = (node) => {
  node.attributes.float("ratio", 0.5);
  node.attributes.int("seed", 0);
  const training = node.optional(2);
  if (training !== "" && Number(node.constantOf(training)?.data[0]) !== 0) {
    throw wrongType(node.where, "training is not supported; export the model for inference");
  }
  return node.input(0);
};

const factorOf = (node: OnnxNode) => ({ factor: node.attributes.int("blocksize", 0) });

const depthToSpace: Translator = (node) => {
  const mode = node.opset < 11 ? "DCR" : node.attributes.choice("mode", ["DCR", "CRD"]);
  return node.add(pixelShuffleOperator, [node.input(0)], { ...factorOf(node), mode });
};

export const movementTranslators: Readonly<Record<string, Translator>> = {
  Concat: concat,
  DepthToSpace: depthToSpace,
  Dropout: dropout,
  Expand: expand,
  Flatten: flatten,
  Gather: gather,
  Identity: (node) => node.values[0] || node.input(0),
  Pad: pad,
  Reshape: reshape,
  Slice: slice,
  SpaceToDepth: (node) => node.add(pixelUnshuffleOperator, [node.input(0)], { ...factorOf(node), mode: "DCR" }),
  Split: split,
  Squeeze: squeeze,
  Tile: tile,
  Transpose: transpose,
  Unsqueeze: unsqueeze,
};
