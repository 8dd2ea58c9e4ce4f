/** Operators that move elements, choose among them, or count them. */
import { countOf } from "../../../../src/check.ts";
import type { InputType } from "../../../support/onnx-cases/builder.ts";
import { float, int, ints, string } from "../../../support/onnx-cases/builder.ts";
import { ALL, type Drawing, FLOAT, type Range, sizeOf, Unfit, type Value } from "../drawing.ts";
import type { Row } from "../row.ts";

const MOVED: readonly InputType[] = ["FLOAT", "FLOAT", "FLOAT", ...ALL, "FLOAT16"];
/** What onnxruntime has for operators with indices. */
const INDEXED: readonly InputType[] = ["FLOAT", "FLOAT", ...ALL];

/** An axis, counted from either end. */
function axisOf(d: Drawing, rank: number): readonly [axis: number, written: number] {
  if (rank === 0) throw new Unfit();
  const axis = d.random.below(rank);
  return [axis, d.random.chance(0.3) ? axis - rank : axis];
}

/** Axes as an attribute, or as an input since an opset. */
export function axesInput(d: Drawing, since: number, axes: readonly number[]) {
  return d.opset < since
    ? { attributes: { axes: ints(...axes) }, inputs: [] }
    : { attributes: {}, inputs: [d.longs(axes)] };
}

/** Another shape of as many elements. */
function reshaped(d: Drawing, shape: readonly number[]): readonly number[] {
  const factors: number[] = [];
  let rest = countOf(shape);
  for (let factor = 2; rest > 1; ) {
    if (rest % factor === 0) {
      factors.push(factor);
      rest /= factor;
    } else factor++;
  }
  const result: number[] = Array.from({ length: d.random.integer(1, 4) }, () => 1);
  for (const factor of factors) result[d.random.below(result.length)]! *= factor;
  return result;
}

/** Indices of an axis, some of them counted from the end. */
const indices = (d: Drawing, shape: readonly number[], length: number, isConstant?: boolean): Value =>
  d.fresh(
    d.random.chance(0.8) ? "INT64" : "INT32",
    shape,
    { least: d.random.chance(0.5) ? 0 : -length, most: length - 1 },
    isConstant,
  );

const reshape: Row = {
  op: "Reshape",
  weight: 3,
  draw(d) {
    const x = d.want({ types: MOVED });
    const shape = reshaped(d, x.shape);
    const written = shape.map((length, axis) => (length === x.shape[axis] && d.random.chance(0.4) ? 0 : length));
    if (countOf(shape) > 0 && d.random.chance(0.4)) written[d.random.below(shape.length)] = -1;
    d.one("Reshape", [x, d.longs(written)], { shape });
  },
};

const pad: Row = {
  op: "Pad",
  weight: 2,
  draw(d) {
    const modes = ["constant", "constant", "reflect", "edge", ...(d.opset >= 19 ? ["wrap"] : [])];
    const mode = d.random.pick(modes);
    const x = d.want({ types: d.opset < 13 ? FLOAT : ["FLOAT", "FLOAT", "INT64", "INT32"], axes: [1, 5] });
    const most = (length: number) => (mode === "reflect" || mode === "wrap" ? Math.min(length - 1, 3) : 3);
    const sides = [0, 1].map(() =>
      x.shape.map((length) => (d.random.chance(0.5) ? 0 : d.random.integer(0, Math.max(most(length), 0)))),
    );
    // taking away is rarer
    if (mode === "constant" && d.random.chance(0.15)) {
      const axis = d.random.below(x.shape.length);
      if (x.shape[axis]! > 1) sides[0]![axis] = -1;
    }
    const shape = x.shape.map((length, axis) => length + sides[0]![axis]! + sides[1]![axis]!);
    const value = mode === "constant" && d.random.chance(0.5) ? d.constant(x.type, [], [3]) : undefined;
    const range = { least: Math.min(x.least, 0), most: Math.max(x.most, 3) };
    d.one("Pad", [x, d.longs(sides.flat()), value], { shape, ...range }, { mode: string(mode) });
  },
};

const slice: Row = {
  op: "Slice",
  weight: 3,
  draw(d) {
    const x = d.want({ types: MOVED, axes: [1, 5] });
    const axes = d.random.shuffled(x.shape.map((_, axis) => axis)).slice(0, d.random.integer(1, x.shape.length));
    const shape = [...x.shape];
    const parts = axes.map((axis) => {
      const length = x.shape[axis]!;
      const step = d.random.pick([1, 1, 1, 2, 3, -1, -2]);
      const [first, last] = [d.random.below(length), d.random.below(length)].sort((a, b) => a - b) as [number, number];
      shape[axis] = Math.floor((last - first) / Math.abs(step)) + 1;
      const away = (index: number) => (d.random.chance(0.3) ? index - length : index);
      if (step > 0) return [away(first), last === length - 1 ? 2 ** 31 : away(last + 1), step];
      return [away(last), first === 0 ? -(2 ** 31) : first - 1, step];
    });
    const [starts, ends, steps] = [0, 1, 2].map((i) => d.longs(parts.map((part) => part[i]!)));
    const written = d.longs(axes.map((axis) => (d.random.chance(0.3) ? axis - x.shape.length : axis)));
    d.one("Slice", [x, starts, ends, written, steps], { shape });
  },
};

const split: Row = {
  op: "Split",
  weight: 2,
  draw(d) {
    const x = d.want({ types: MOVED, axes: [1, 5] });
    const [axis, written] = axisOf(d, x.shape.length);
    const length = x.shape[axis]!;
    const count = d.random.integer(1, Math.min(3, length));
    const cuts = d.random
      .shuffled(Array.from({ length: length - 1 }, (_, i) => i + 1))
      .slice(0, count - 1)
      .sort((a, b) => a - b);
    const ends = [...cuts, length];
    const sizes = ends.map((end, i) => end - (ends[i - 1] ?? 0));
    const isEqual = length % count === 0 && d.random.chance(0.5);
    const results = (isEqual ? sizes.map(() => length / count) : sizes).map((size) => ({
      ...x,
      shape: x.shape.with(axis, size),
    }));
    const attributes = { axis: int(written), ...(isEqual && d.opset >= 18 ? { num_outputs: int(count) } : {}) };
    if (isEqual) d.node("Split", [x], results, attributes);
    else if (d.opset >= 13) d.node("Split", [x, d.longs(sizes)], results, attributes);
    else d.node("Split", [x], results, { ...attributes, split: ints(...sizes) });
  },
};

const concat: Row = {
  op: "Concat",
  weight: 4,
  draw(d) {
    const first = d.want({ types: MOVED, axes: [1, 5] });
    const [axis, written] = axisOf(d, first.shape.length);
    const others = Array.from({ length: d.random.integer(0, 3) }, () =>
      d.want({
        types: [first.type],
        axes: [first.shape.length, first.shape.length],
        fits: ({ shape }) => shape.every((length, i) => i === axis || length === first.shape[i]),
        shape: () => first.shape.with(axis, d.random.integer(1, 4)),
      }),
    );
    const all = d.random.shuffled([first, ...others]);
    const length = all.reduce((sum, { shape }) => sum + shape[axis]!, 0);
    const range = { least: Math.min(...all.map(({ least }) => least)), most: Math.max(...all.map(({ most }) => most)) };
    d.one("Concat", all, { shape: first.shape.with(axis, length), ...range }, { axis: int(written) });
  },
};

const gather: Row = {
  op: "Gather",
  weight: 2,
  draw(d) {
    const x = d.want({ types: MOVED, axes: [1, 4] });
    const [axis, written] = axisOf(d, x.shape.length);
    const index = indices(
      d,
      d.shape(0, 2).map((length) => Math.min(length, 4)),
      x.shape[axis]!,
    );
    d.one("Gather", [x, index], { shape: x.shape.toSpliced(axis, 1, ...index.shape) }, { axis: int(written) });
  },
};

const gatherElements: Row = {
  op: "GatherElements",
  draw(d) {
    const x = d.want({ types: INDEXED, axes: [1, 4] });
    const [axis, written] = axisOf(d, x.shape.length);
    const shape = x.shape.map((length, i) => (i === axis ? d.random.integer(1, 6) : d.random.integer(1, length)));
    d.one("GatherElements", [x, indices(d, shape, x.shape[axis]!)], { shape }, { axis: int(written) });
  },
};

/** Rows of indices into the first axes of a shape. */
function tuples(d: Drawing, shape: readonly number[], outer: readonly number[], distinct = false): Value {
  const count = countOf(outer);
  const depth = shape.length;
  const places = countOf(shape);
  if (distinct && count > places) throw new Unfit();
  const chosen = distinct
    ? d.random.shuffled(Array.from({ length: places }, (_, i) => i)).slice(0, count)
    : Array.from({ length: count }, () => d.random.below(places));
  const numbers = chosen.flatMap((place) => {
    const tuple: number[] = [];
    let rest = place;
    for (const length of shape.toReversed()) {
      tuple.unshift(rest % length);
      rest = Math.floor(rest / length);
    }
    return tuple.map((index, axis) => (d.random.chance(0.15) ? index - shape[axis]! : index));
  });
  return d.constant("INT64", [...outer, depth], numbers);
}

const gatherND: Row = {
  op: "GatherND",
  since: 11,
  draw(d) {
    const x = d.want({ types: INDEXED, axes: [1, 4] });
    const depth = d.random.integer(1, x.shape.length);
    const outer = d.shape(1, 2).map((length) => Math.min(length, 5));
    const index = tuples(d, x.shape.slice(0, depth), outer);
    d.one("GatherND", [x, index], { shape: [...outer, ...x.shape.slice(depth)] });
  },
};

const scatterElements: Row = {
  op: "ScatterElements",
  since: 11,
  draw(d) {
    const x = d.want({ types: INDEXED, axes: [1, 4] });
    const [axis, written] = axisOf(d, x.shape.length);
    const reductions = x.type === "BOOL" || d.opset < 16 ? [] : d.opset < 18 ? ["add"] : ["add", "mul", "max", "min"];
    const reduction = d.random.chance(0.5) && reductions.length > 0 ? d.random.pick(reductions) : undefined;
    const length = x.shape[axis]!;
    const shape = x.shape.map((n, i) =>
      i === axis ? d.random.integer(1, reduction ? 5 : Math.min(n, 5)) : d.random.integer(1, n),
    );
    // places may meet only where the order does not matter
    const inner = countOf(shape.slice(axis + 1));
    const numbers = Array.from({ length: countOf(shape) }, (_, i) =>
      reduction === undefined ? Math.floor(i / inner) % shape[axis]! : d.random.integer(-length, length - 1),
    );
    const index = d.constant("INT64", shape, numbers);
    const updates = d.like(x.type, shape);
    const range = reduced(x, updates, reduction, shape[axis]!);
    d.one("ScatterElements", [x, index, updates], range, {
      axis: int(written),
      ...(reduction && { reduction: string(reduction) }),
    });
  },
};

function reduced(x: Value, updates: Range, reduction: string | undefined, count: number): Range {
  const size = Math.max(sizeOf(x), sizeOf(updates));
  if (reduction === "add") return wide(x, size * (count + 1));
  if (reduction === "mul") return wide(x, Math.max(size, 1) ** (count + 1));
  return { least: Math.min(x.least, updates.least), most: Math.max(x.most, updates.most) };
}

const wide = ({ type }: Value, size: number): Range =>
  type === "UINT8" || type === "INT8" ? { least: -128, most: 255 } : { least: -size, most: size };

const scatterND: Row = {
  op: "ScatterND",
  since: 11,
  draw(d) {
    const x = d.want({ types: INDEXED, axes: [1, 4] });
    const depth = d.random.integer(1, x.shape.length);
    const outer = [d.random.integer(1, 4)];
    const index = tuples(d, x.shape.slice(0, depth), outer, true);
    const updates = d.like(x.type, [...outer, ...x.shape.slice(depth)]);
    d.one("ScatterND", [x, index, updates], reduced(x, updates, undefined, 1));
  },
};

const resized: Row = {
  op: "Resize",
  weight: 3,
  draw(d) {
    const mode = d.random.pick(["nearest", "nearest", "linear", "cubic"]);
    const x = d.want({ axes: [mode === "cubic" ? 4 : 3, 4] });
    const coordinates = d.random.pick([
      "half_pixel",
      "asymmetric",
      "align_corners",
      "pytorch_half_pixel",
      ...(d.opset >= 19 ? ["half_pixel_symmetric"] : []),
    ]);
    const factors = [0.5, 0.6, 0.75, 1, 1.3, 1.5, 2, 2.5, 3];
    const scales = x.shape.map((length, axis) => {
      const factor = axis < 2 ? 1 : d.random.pick(factors);
      // where an axis keeps its length, onnxruntime copies it, whatever the factor; the places that ONNX defines are others
      return Math.floor(Math.fround(length * Math.fround(factor))) === length ? 1 : factor;
    });
    const shape = x.shape.map((length, axis) => Math.floor(Math.fround(length * Math.fround(scales[axis]!))));
    if (shape.some((length) => length === 0)) throw new Unfit();
    const bySize = d.random.chance(0.4);
    const attributes = {
      mode: string(mode),
      coordinate_transformation_mode: string(coordinates),
      ...(mode === "nearest" && d.random.chance(0.6)
        ? { nearest_mode: string(d.random.pick(["round_prefer_floor", "round_prefer_ceil", "floor", "ceil"])) }
        : {}),
      ...(mode === "cubic" && d.random.chance(0.4) ? { cubic_coeff_a: float(-0.5) } : {}),
      ...(mode === "cubic" && d.random.chance(0.4) ? { exclude_outside: int(1) } : {}),
      ...(mode !== "nearest" && d.opset >= 18 && d.random.chance(0.3) ? { antialias: int(1) } : {}),
    };
    const region = d.opset < 13 ? d.constant("FLOAT", [0], []) : undefined;
    const noScales = d.opset < 13 && bySize ? d.constant("FLOAT", [0], []) : undefined;
    const inputs = bySize
      ? [x, region, noScales, d.longs(shape)]
      : [x, region, d.constant("FLOAT", [scales.length], scales)];
    d.one("Resize", inputs, { shape, least: -2 * sizeOf(x), most: 2 * sizeOf(x) }, attributes);
  },
};

export const movementRows: readonly Row[] = [
  {
    op: "Transpose",
    weight: 3,
    draw(d) {
      const x = d.want({ types: MOVED });
      const perm = d.random.chance(0.2)
        ? x.shape.map((_, axis) => axis).reverse()
        : d.random.shuffled(x.shape.map((_, axis) => axis));
      const isReverse = perm.every((axis, i) => axis === perm.length - 1 - i);
      const attributes = isReverse ? {} : { perm: ints(...perm) };
      d.one("Transpose", [x], { shape: perm.map((axis) => x.shape[axis]!) }, attributes);
    },
  },
  reshape,
  {
    op: "Flatten",
    draw(d) {
      const x = d.want({ types: MOVED });
      const axis = d.random.integer(0, x.shape.length);
      const shape = [countOf(x.shape.slice(0, axis)), countOf(x.shape.slice(axis))];
      d.one("Flatten", [x], { shape }, axis === 1 && d.random.chance(0.5) ? {} : { axis: int(axis) });
    },
  },
  {
    op: "Squeeze",
    draw(d) {
      const x = d.want({ types: MOVED, fits: ({ shape }) => shape.includes(1), shape: () => [1, ...d.shape(0, 3)] });
      const ones = x.shape.flatMap((length, axis) => (length === 1 ? [axis] : []));
      const axes = d.random.shuffled(ones).slice(0, d.random.integer(1, ones.length));
      const { attributes, inputs } = axesInput(d, 13, axes);
      d.one("Squeeze", [x, ...inputs], { shape: x.shape.filter((_, axis) => !axes.includes(axis)) }, attributes);
    },
  },
  {
    op: "Unsqueeze",
    draw(d) {
      const x = d.want({ types: MOVED, axes: [0, 4] });
      const axis = d.random.integer(0, x.shape.length);
      const { attributes, inputs } = axesInput(d, 13, [d.random.chance(0.3) ? axis - x.shape.length - 1 : axis]);
      d.one("Unsqueeze", [x, ...inputs], { shape: x.shape.toSpliced(axis, 0, 1) }, attributes);
    },
  },
  concat,
  split,
  slice,
  pad,
  gather,
  gatherElements,
  gatherND,
  scatterElements,
  scatterND,
  {
    op: "Tile",
    draw(d) {
      const x = d.want({ types: ["FLOAT", "FLOAT", "INT64", "INT32", "UINT8", "BOOL"], axes: [1, 4] });
      const repeats = x.shape.map(() => d.random.pick([1, 1, 2, 3]));
      d.one("Tile", [x, d.longs(repeats)], { shape: x.shape.map((length, axis) => length * repeats[axis]!) });
    },
  },
  {
    op: "Expand",
    since: 8,
    draw(d) {
      const x = d.want({ types: MOVED, axes: [0, 3] });
      const shape = [
        ...(d.random.chance(0.4) ? [2] : []),
        ...x.shape.map((length) => (length === 1 ? d.random.integer(1, 4) : length)),
      ];
      d.one("Expand", [x, d.longs(shape)], { shape });
    },
  },
  {
    op: "DepthToSpace",
    draw(d) {
      const x = d.want({
        axes: [4, 4],
        fits: ({ shape }) => shape[1]! % 4 === 0,
        shape: () => [1, 4 * d.random.integer(1, 3), d.random.integer(1, 6), d.random.integer(1, 6)],
      });
      const [n, c, h, w] = x.shape as [number, number, number, number];
      const mode = d.random.pick(["DCR", "CRD"]);
      d.one("DepthToSpace", [x], { shape: [n, c / 4, 2 * h, 2 * w] }, { blocksize: int(2), mode: string(mode) });
    },
  },
  {
    op: "SpaceToDepth",
    draw(d) {
      const x = d.want({
        axes: [4, 4],
        fits: ({ shape }) => shape[2]! % 2 === 0 && shape[3]! % 2 === 0,
        shape: () => [1, d.random.integer(1, 4), 4, 6],
      });
      const [n, c, h, w] = x.shape as [number, number, number, number];
      d.one("SpaceToDepth", [x], { shape: [n, 4 * c, h / 2, w / 2] }, { blocksize: int(2) });
    },
  },
  {
    op: "ReverseSequence",
    draw(d) {
      const x = d.want({ types: ["FLOAT", "FLOAT", "INT64", "UINT8"], axes: [2, 4] });
      const [time, batch] = d.random.pick([
        [0, 1],
        [1, 0],
      ] as const);
      const lengths = d.fresh("INT64", [x.shape[batch]!], { least: 1, most: x.shape[time]! });
      d.one("ReverseSequence", [x, lengths], {}, { time_axis: int(time), batch_axis: int(batch) });
    },
  },
  {
    op: "Trilu",
    since: 14,
    draw(d) {
      const x = d.want({ types: ["FLOAT", "FLOAT", "INT64"], axes: [2, 4] });
      const k = d.random.chance(0.5) ? undefined : d.constant("INT64", [], [d.random.integer(-2, 2)]);
      d.one(
        "Trilu",
        [x, k],
        { least: Math.min(x.least, 0), most: Math.max(x.most, 0) },
        { upper: int(d.random.below(2)) },
      );
    },
  },
  {
    op: "EyeLike",
    draw(d) {
      const x = d.want({ axes: [2, 2] });
      d.one("EyeLike", [x], { least: 0, most: 1 }, d.random.chance(0.5) ? {} : { k: int(d.random.integer(-2, 2)) });
    },
  },
  {
    op: "OneHot",
    since: 11,
    draw(d) {
      const depth = d.random.integer(2, 6);
      const x = d.want({ types: ["INT64"], axes: [1, 3], range: { least: -depth - 2, most: depth + 2 } });
      const type = d.random.pick(["FLOAT", "INT64"] as const);
      const ends = d.constant(type, [2], type === "FLOAT" ? [-0.5, 2] : [-1, 3]);
      const axis = d.random.integer(0, x.shape.length);
      d.one(
        "OneHot",
        [x, d.constant("INT64", [], [depth]), ends],
        { type, shape: x.shape.toSpliced(axis, 0, depth), least: -1, most: 3 },
        { axis: int(axis) },
      );
    },
  },
  {
    op: "CumSum",
    since: 11,
    draw(d) {
      const x = d.want({ types: ["FLOAT", "FLOAT", "INT64", "INT32"], axes: [1, 4] });
      const [axis, written] = axisOf(d, x.shape.length);
      const size = x.shape[axis]! * sizeOf(x);
      const attributes = {
        ...(d.random.chance(0.4) ? { exclusive: int(1) } : {}),
        ...(d.random.chance(0.4) ? { reverse: int(1) } : {}),
      };
      d.one("CumSum", [x, d.constant("INT64", [], [written])], { least: -size, most: size }, attributes);
    },
  },
  {
    op: "TopK",
    since: 11,
    draw(d) {
      const x = d.want({ types: ["FLOAT", "FLOAT", "INT64", "INT32"], axes: [1, 4] });
      const [axis, written] = axisOf(d, x.shape.length);
      const k = d.random.integer(1, x.shape[axis]!);
      const shape = x.shape.with(axis, k);
      d.node(
        "TopK",
        [x, d.longs([k])],
        [
          { ...x, shape },
          { type: "INT64", shape, least: 0, most: x.shape[axis]! - 1 },
        ],
        { axis: int(written), largest: int(d.random.below(2)) },
      );
    },
  },
  ...["ArgMax", "ArgMin"].map(
    (op): Row => ({
      op,
      draw(d) {
        const x = d.want({ types: ["FLOAT", "FLOAT", "INT32"], axes: [1, 4] });
        const [axis, written] = axisOf(d, x.shape.length);
        const keep = d.random.below(2);
        const shape = keep === 1 ? x.shape.with(axis, 1) : x.shape.toSpliced(axis, 1);
        const last = d.opset >= 12 && d.random.chance(0.3) ? { select_last_index: int(1) } : {};
        const result = { type: "INT64" as const, shape, least: 0, most: x.shape[axis]! - 1 };
        d.one(op, [x], result, { axis: int(written), keepdims: int(keep), ...last });
      },
    }),
  ),
  {
    op: "NonZero",
    since: 9,
    draw(d) {
      const x = d.want({ types: ["FLOAT", "BOOL", "INT64", "INT32", "UINT8"], axes: [1, 3] });
      const open = { type: "INT64" as const, shape: [], least: -Infinity, most: Infinity, isOpen: true };
      const places = d.one("NonZero", [x], open);
      if (d.random.chance(0.4)) return;
      const rows = d.one("Transpose", [places], open, { perm: ints(1, 0) });
      if (d.opset >= 11 && d.random.chance(0.6)) d.one("GatherND", [x, rows], { ...x, shape: [], isOpen: true });
    },
  },
  {
    op: "Compress",
    since: 11,
    draw(d) {
      const x = d.want({ types: INDEXED, axes: [1, 3] });
      const [axis, written] = axisOf(d, x.shape.length);
      const condition = d.fresh("BOOL", [x.shape[axis]!]);
      const attributes = d.random.chance(0.7) ? { axis: int(written) } : {};
      const rest = d.one("Compress", [x, condition], { shape: [], isOpen: true }, attributes);
      if (x.type === "FLOAT" && d.random.chance(0.4)) d.one("Relu", [rest], { shape: [], isOpen: true });
    },
  },
  {
    op: "Unique",
    since: 11,
    draw(d) {
      // not of computed floats: rounding decides which of them are equal
      const [type, shape] = [d.random.pick(["FLOAT", "INT64", "INT8"] as const), d.shape(1, 2)];
      const x = type === "FLOAT" ? d.fresh(type, shape) : d.want({ types: [type], axes: [1, 2] });
      const open = { type: "INT64" as const, shape: [], least: 0, most: Infinity, isOpen: true };
      const count = d.random.integer(1, 4);
      d.node("Unique", [x], [{ ...x, ...open, type: x.type }, open, open, open].slice(0, count), {
        sorted: int(1),
      });
    },
  },
  {
    op: "Shape",
    draw(d) {
      const x = d.want({ types: MOVED, axes: [1, 5] });
      const shape = d.one("Shape", [x], {
        type: "INT64",
        shape: [x.shape.length],
        least: 1,
        most: Math.max(...x.shape),
      });
      if (!d.random.chance(0.5)) return;
      // sizes of one value for another, as exporters write it
      const y = d.want({
        types: [x.type],
        fits: (value) => countOf(value.shape) === countOf(x.shape),
        shape: () => x.shape,
      });
      d.one("Reshape", [y, shape], { shape: x.shape });
    },
  },
  {
    op: "Size",
    draw(d) {
      const x = d.want({ types: MOVED });
      const size = d.one("Size", [x], { type: "INT64", shape: [], least: 0, most: 1e4 });
      if (d.random.chance(0.5)) d.one("Cast", [size], { type: "FLOAT" }, { to: int(1) });
    },
  },
  {
    op: "ConstantOfShape",
    draw(d) {
      const x = d.want({ types: MOVED, axes: [1, 4] });
      const shape = d.one("Shape", [x], { type: "INT64", shape: [x.shape.length], least: 1, most: 40 });
      d.one(
        "ConstantOfShape",
        [shape],
        { type: "FLOAT", shape: x.shape, least: 0.5, most: 0.5 },
        {
          value: { tensor: { dims: [1], values: [0.5] } },
        },
      );
    },
  },
  {
    op: "Range",
    since: 11,
    draw(d) {
      const [start, count, step] = [d.random.integer(-5, 5), d.random.integer(1, 9), d.random.pick([1, 2, -1, -3])];
      const inputs = [start, start + count * step, step].map((value) => d.constant("INT64", [], [value]));
      const size = Math.abs(start) + count * Math.abs(step);
      d.one("Range", inputs, { type: "INT64", shape: [count], least: -size, most: size });
    },
  },
  resized,
  {
    op: "Resize of bytes",
    since: 13,
    draw(d) {
      const x = d.want({ types: ["UINT8"], axes: [4, 4] });
      const shape = [...x.shape.slice(0, 2), 2 * x.shape[2]!, 2 * x.shape[3]!];
      const scales = d.constant("FLOAT", [4], [1, 1, 2, 2]);
      d.one("Resize", [x, undefined, scales], { shape }, { mode: string("nearest") });
    },
  },
];
