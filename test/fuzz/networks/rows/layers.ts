/** Convolutions, pools, normalisations, products, reductions, recurrent layers and attention. */
import { countOf } from "../../../../src/check.ts";
import type { TestAttribute } from "../../../support/onnx.ts";
import { float, floats, type InputType, int, ints, string, strings } from "../../../support/onnx-cases/builder.ts";
import { type Drawing, FLOAT, type Range, sizeOf, Unfit, type Value } from "../drawing.ts";
import type { Row } from "../row.ts";
import { axesInput } from "./movement.ts";

type Attributes = Record<string, TestAttribute>;

const symmetric = (size: number): Range => ({ least: -size, most: size });

/** Weights whose sums are about as large as what they are multiplied with: mostly constant, sometimes an input or computed. */
function weights(d: Drawing, shape: readonly number[], terms: number): Value {
  const range = symmetric(1 / Math.sqrt(Math.max(terms, 1)));
  return d.random.chance(0.08)
    ? d.like("FLOAT", shape, range)
    : d.fresh("FLOAT", shape, range, d.random.chance(0.85) || d.isInner);
}

const grown = (x: Range, terms: number): Range => symmetric(sizeOf(x) * Math.sqrt(terms) + 1);

/** Where windows go along each axis, and how long the result is. */
function windows(
  d: Drawing,
  lengths: readonly number[],
  kernel: readonly number[],
  { dilated = true, ceil = false, samePad = true } = {},
) {
  const { random } = d;
  const attributes: Attributes = {};
  const strides = lengths.map(() => random.pick([1, 1, 1, 2, 3]));
  const dilations = lengths.map(() => (dilated ? random.pick([1, 1, 1, 2]) : 1));
  const reach = kernel.map((size, i) => (size - 1) * dilations[i]! + 1);
  if (random.chance(0.8) || strides.some((stride) => stride !== 1)) attributes.strides = ints(...strides);
  if (dilations.some((dilation) => dilation !== 1)) attributes.dilations = ints(...dilations);
  const isSame = samePad && random.chance(0.15) && !dilations.some((dilation) => dilation !== 1);
  if (isSame) {
    attributes.auto_pad = string(random.pick(["SAME_UPPER", "SAME_LOWER"]));
    return {
      attributes,
      shape: lengths.map((length, i) => Math.ceil(length / strides[i]!)),
      strides,
      dilations,
      pads: undefined,
    };
  }
  const sides = [0, 1].map(() => kernel.map((size) => (random.chance(0.4) ? 0 : random.below(size))));
  if (random.chance(0.3)) sides[1] = sides[0]!;
  const pads = sides.flat();
  if (pads.some((pad) => pad !== 0)) attributes.pads = ints(...pads);
  const isCeil = ceil && random.chance(0.25);
  if (isCeil) attributes.ceil_mode = int(1);
  const shape = lengths.map((length, i) => {
    const room = length + sides[0]![i]! + sides[1]![i]! - reach[i]!;
    if (room < 0) throw new Unfit();
    const count = (isCeil ? Math.ceil : Math.floor)(room / strides[i]!) + 1;
    // a last window that would begin in the padding at the end is left out
    return isCeil && (count - 1) * strides[i]! >= length + sides[0]![i]! ? count - 1 : count;
  });
  return { attributes, shape, strides, dilations, pads };
}

const conv: Row = {
  op: "Conv",
  weight: 9,
  draw(d) {
    const { random } = d;
    const x = d.want({ axes: [3, 4] });
    const [batch, channels, ...lengths] = x.shape as [number, number, ...number[]];
    const divisors = Array.from({ length: channels }, (_, i) => i + 1).filter((i) => channels % i === 0);
    const groups = random.chance(0.55) ? 1 : random.chance(0.6) ? channels : random.pick(divisors);
    const perGroup = random.chance(0.2) ? random.pick([8, 12, 16]) : random.integer(1, 6);
    const filters = groups * Math.max(1, Math.ceil(groups > 4 ? 1 + random.below(2) : perGroup));
    const kernel = random.chance(0.5) ? lengths.map(() => 3) : lengths.map(() => random.pick([1, 1, 2, 3, 4, 5, 7]));
    const { attributes, shape } = windows(d, lengths, kernel);
    const terms = (channels / groups) * countOf(kernel);
    const weight = weights(d, [filters, channels / groups, ...kernel], terms);
    const bias = random.chance(0.5) ? undefined : d.fresh("FLOAT", [filters], symmetric(1), random.chance(0.9));
    if (groups !== 1) attributes.group = int(groups);
    if (random.chance(0.5)) attributes.kernel_shape = ints(...kernel);
    const y = d.one("Conv", [x, weight, bias], { shape: [batch, filters, ...shape], ...grown(x, terms) }, attributes);
    ending(d, y);
  },
};

/** What often ends a convolution: a normalisation, an addition, an activation. */
function ending(d: Drawing, y: Value): void {
  const { random } = d;
  let last = y;
  if (random.chance(0.25)) last = batchNorm(d, last);
  if (random.chance(0.25)) {
    const sum = d.like("FLOAT", last.shape);
    if (sizeOf(sum) < 1e4)
      last = d.one("Add", random.chance(0.5) ? [last, sum] : [sum, last], symmetric(sizeOf(last) + sizeOf(sum)));
  }
  const size = sizeOf(last);
  const end = random.next();
  if (end < 0.25) d.one("Relu", [last], { least: 0, most: size });
  else if (end < 0.4) {
    const gate = d.one("Sigmoid", [last], { least: 0, most: 1 });
    d.one("Mul", random.chance(0.5) ? [last, gate] : [gate, last], symmetric(size));
  } else if (end < 0.5) {
    const [low, high] = [d.constant("FLOAT", [], [0]), d.constant("FLOAT", [], [6])];
    d.one("Clip", [last, low, high], { least: 0, most: 6 });
  }
}

function batchNorm(d: Drawing, x: Value): Value {
  const channels = [x.shape[1]!];
  const isConstant = d.isInner || d.random.chance(0.85);
  const scale = d.fresh("FLOAT", channels, symmetric(2), isConstant);
  const [bias, mean] = [0, 1].map(() => d.fresh("FLOAT", channels, symmetric(1), isConstant));
  const variance = d.fresh("FLOAT", channels, { least: 0.25, most: 2 }, isConstant);
  return d.one(
    "BatchNormalization",
    [x, scale, bias, mean, variance],
    symmetric(4 * (sizeOf(x) + 2)),
    d.random.chance(0.5) ? {} : { epsilon: float(0.01) },
  );
}

const convTranspose: Row = {
  op: "ConvTranspose",
  weight: 3,
  draw(d) {
    const { random } = d;
    const x = d.want({ axes: [3, 4] });
    const [batch, channels, ...lengths] = x.shape as [number, number, ...number[]];
    const groups = channels % 2 === 0 && random.chance(0.25) ? 2 : random.chance(0.1) ? channels : 1;
    const perGroup = random.integer(1, 4);
    const kernel = lengths.map(() => random.integer(1, 4));
    const strides = lengths.map(() => random.pick([1, 2, 2, 3]));
    const dilations = lengths.map(() => random.pick([1, 1, 1, 2]));
    const extra = strides.map((stride) => (random.chance(0.25) ? random.below(stride) : 0));
    const pads = [0, 1].map(() => kernel.map((size) => (random.chance(0.5) ? 0 : random.below(size))));
    const shape = lengths.map(
      (length, i) =>
        (length - 1) * strides[i]! + (kernel[i]! - 1) * dilations[i]! + 1 + extra[i]! - pads[0]![i]! - pads[1]![i]!,
    );
    if (shape.some((length) => length < 1)) throw new Unfit();
    const terms = (channels / groups) * countOf(kernel);
    const weight = weights(d, [channels, perGroup, ...kernel], terms);
    const bias = random.chance(0.5) ? undefined : d.fresh("FLOAT", [groups * perGroup], symmetric(1), true);
    const attributes: Attributes = {
      strides: ints(...strides),
      dilations: ints(...dilations),
      pads: ints(...pads.flat()),
    };
    if (groups !== 1) attributes.group = int(groups);
    // needed where the weight is computed
    if (random.chance(0.5) || d.constants[weight.name] === undefined) attributes.kernel_shape = ints(...kernel);
    if (extra.some((each) => each !== 0)) attributes.output_padding = ints(...extra);
    const y = d.one(
      "ConvTranspose",
      [x, weight, bias],
      { shape: [batch, groups * perGroup, ...shape], ...grown(x, terms) },
      attributes,
    );
    if (random.chance(0.3)) d.one("Relu", [y], { least: 0, most: sizeOf(y) });
  },
};

const pool = (op: "MaxPool" | "AveragePool" | "LpPool"): Row => ({
  op,
  weight: op === "LpPool" ? 0.7 : 2,
  draw(d) {
    const x = d.want({
      types: op === "MaxPool" && d.opset >= 12 ? ["FLOAT", "FLOAT", "FLOAT", "UINT8", "INT8"] : FLOAT,
      axes: [3, 4],
    });
    const [batch, channels, ...lengths] = x.shape as [number, number, ...number[]];
    const kernel = lengths.map((length) => d.random.integer(1, Math.min(4, length)));
    const dilated = op === "MaxPool" || (op === "AveragePool" && d.opset >= 19) || (op === "LpPool" && d.opset >= 18);
    const { attributes, shape } = windows(d, lengths, kernel, { dilated, ceil: op !== "LpPool", samePad: false });
    attributes.kernel_shape = ints(...kernel);
    if (op === "AveragePool" && d.random.chance(0.4)) attributes.count_include_pad = int(1);
    if (op === "LpPool") attributes.p = int(d.random.integer(1, 3));
    const result = {
      ...x,
      shape: [batch, channels, ...shape],
      ...(op === "LpPool" ? symmetric(sizeOf(x) * countOf(kernel)) : {}),
    };
    if (op === "AveragePool") Object.assign(result, symmetric(sizeOf(x)));
    const places = { type: "INT64" as const, shape: result.shape, least: 0, most: countOf(x.shape) };
    const isAsked = op === "MaxPool" && x.type === "FLOAT" && d.random.chance(0.15);
    d.node(op, [x], isAsked ? [result, places] : [result], attributes);
  },
});

const global = (op: string): Row => ({
  op,
  // onnxruntime has none of the last opset
  ...(op === "GlobalLpPool" && { until: 21 }),
  draw(d) {
    const x = d.want({ axes: [3, 4] });
    const shape = x.shape.map((length, axis) => (axis < 2 ? length : 1));
    const y = d.one(op, [x], { shape, ...symmetric(op === "GlobalLpPool" ? sizeOf(x) * 80 : sizeOf(x)) });
    // squeeze and excitation
    if (op === "GlobalLpPool" || !d.random.chance(0.4)) return;
    const gate = d.one(d.random.pick(["Sigmoid", "HardSigmoid"]), [y], { least: 0, most: 1 });
    d.one("Mul", d.random.chance(0.5) ? [x, gate] : [gate, x], { shape: x.shape, ...symmetric(sizeOf(x)) });
  },
});

const REDUCED: Readonly<Record<string, (range: Range, count: number) => Range>> = {
  ReduceSum: (x, count) => symmetric(sizeOf(x) * count),
  ReduceMean: (x) => x,
  ReduceMax: (x) => x,
  ReduceMin: (x) => x,
  ReduceProd: (x, count) => symmetric(sizeOf(x) ** count),
  ReduceL1: (x, count) => ({ least: 0, most: sizeOf(x) * count }),
  ReduceL2: (x, count) => ({ least: 0, most: sizeOf(x) * count }),
  ReduceSumSquare: (x, count) => ({ least: 0, most: sizeOf(x) ** 2 * count }),
  ReduceLogSum: () => symmetric(10),
  ReduceLogSumExp: (x, count) => symmetric(sizeOf(x) + Math.log(count)),
};

const reductions = Object.entries(REDUCED).map(
  ([op, result]): Row => ({
    op,
    draw(d) {
      const { random } = d;
      const types: readonly InputType[] =
        op === "ReduceLogSum" || op === "ReduceLogSumExp" || op === "ReduceL2" || op === "ReduceProd"
          ? FLOAT
          : [
              "FLOAT",
              "FLOAT",
              "INT32",
              ...(op === "ReduceSum" || op === "ReduceMax" || op === "ReduceMin" ? ["INT64" as const] : []),
            ];
      const domain =
        op === "ReduceLogSum"
          ? { range: { least: 0.05, most: 1000 } }
          : op === "ReduceProd"
            ? { range: symmetric(1.5) }
            : {};
      const x = d.want({ types, axes: [1, 4], ...domain });
      const axes = random.shuffled(x.shape.map((_, axis) => axis)).slice(0, random.integer(1, x.shape.length));
      const all = random.chance(0.2) ? x.shape.map((_, axis) => axis) : axes;
      const keep = random.below(2);
      const shape = x.shape.flatMap((length, axis) => (!all.includes(axis) ? [length] : keep === 1 ? [1] : []));
      const count = all.reduce((product, axis) => product * x.shape[axis]!, 1);
      if (op === "ReduceProd" && count > 12) throw new Unfit();
      const written = all.map((axis) => (random.chance(0.3) ? axis - x.shape.length : axis));
      const since = op === "ReduceSum" ? 13 : 18;
      const given =
        all.length === x.shape.length && random.chance(0.5)
          ? { attributes: {}, inputs: [] }
          : axesInput(d, since, written);
      const { least, most } = result(x, count);
      d.one(op, [x, ...given.inputs], { shape, least, most }, { ...given.attributes, keepdims: int(keep) });
    },
  }),
);

const matMul: Row = {
  op: "MatMul",
  weight: 4,
  draw(d) {
    const x = d.want({ axes: [1, 4] });
    const depth = x.shape.at(-1)!;
    const columns = d.random.integer(1, 12);
    const outer = x.shape.slice(0, -2);
    const isMany = d.random.chance(0.35);
    const isVector = d.random.chance(0.1);
    const shape = isVector ? [depth] : [...(isMany ? d.repeated(outer) : []), depth, columns];
    const weight = d.random.chance(0.3) ? d.like("FLOAT", shape) : weights(d, shape, depth);
    const y = d.one("MatMul", [x, weight], {
      shape: [...x.shape.slice(0, -1), ...(isVector ? [] : [columns])],
      ...symmetric(sizeOf(x) * sizeOf(weight) * depth),
    });
    if (!isVector && d.random.chance(0.4)) {
      const bias = d.fresh("FLOAT", [columns], symmetric(1), true);
      d.one("Add", d.random.chance(0.5) ? [y, bias] : [bias, y], { shape: y.shape, ...symmetric(sizeOf(y) + 1) });
    }
  },
};

const gemm: Row = {
  op: "Gemm",
  weight: 2,
  draw(d) {
    const { random } = d;
    const a = d.want({ axes: [2, 2] });
    const [transA, transB] = [random.chance(0.3), random.chance(0.5)];
    const [rows, depth] = (transA ? a.shape.toReversed() : a.shape) as [number, number];
    const columns = random.integer(1, 12);
    const b = weights(d, transB ? [columns, depth] : [depth, columns], depth);
    const c = random.pick([undefined, [columns], [1, columns], [rows, 1], [rows, columns], []] as const);
    const attributes: Attributes = {};
    if (transA) attributes.transA = int(1);
    if (transB) attributes.transB = int(1);
    if (random.chance(0.3)) attributes.alpha = float(0.5);
    if (random.chance(0.3)) attributes.beta = float(2);
    d.one(
      "Gemm",
      [a, b, c && d.fresh("FLOAT", c)],
      { shape: [rows, columns], ...symmetric(sizeOf(a) * Math.sqrt(depth) + 9) },
      attributes,
    );
  },
};

const EQUATIONS: readonly (readonly [string, string, string])[] = [
  ["bij,bjk->bik", "bij", "bjk"],
  ["ij,kj->ik", "ij", "kj"],
  ["bhqd,bhkd->bhqk", "bhqd", "bhkd"],
  ["i,j->ij", "i", "j"],
  ["nchw,c->nhw", "nchw", "c"],
  ["ij,ij->i", "ij", "ij"],
  ["abc,cd->abd", "abc", "cd"],
  ["ij,jk->ki", "ij", "jk"],
];

const einsum: Row = {
  op: "Einsum",
  since: 12,
  draw(d) {
    const [equation, first, second] = d.random.pick(EQUATIONS);
    const x = d.want({ axes: [first.length, first.length] });
    const lengths = new Map([...first].map((letter, axis) => [letter, x.shape[axis]!]));
    for (const letter of second) if (!lengths.has(letter)) lengths.set(letter, d.random.integer(1, 6));
    const y = d.like(
      "FLOAT",
      [...second].map((letter) => lengths.get(letter)!),
    );
    const shape = [...equation.split("->")[1]!].map((letter) => lengths.get(letter)!);
    const terms = [...lengths.values()].reduce((a, b) => a * b, 1) / countOf(shape);
    d.one("Einsum", [x, y], { shape, ...symmetric(sizeOf(x) * sizeOf(y) * terms) }, { equation: string(equation) });
  },
};

const CELLS = { LSTM: 4, GRU: 3, RNN: 1 } as const;

const recurrent = (op: keyof typeof CELLS): Row => ({
  op,
  draw(d) {
    const { random } = d;
    const x = d.want({ axes: [3, 3] });
    const [steps, batch, size] = x.shape as [number, number, number];
    const hidden = random.integer(1, 9);
    const direction = random.pick(["forward", "reverse", "bidirectional"]);
    const directions = direction === "bidirectional" ? 2 : 1;
    const gates = CELLS[op] * hidden;
    const bound = symmetric(0.6);
    const isConstant = true;
    const w = d.fresh("FLOAT", [directions, gates, size], bound, isConstant);
    const r = d.fresh("FLOAT", [directions, gates, hidden], bound, isConstant);
    const b = random.chance(0.3) ? undefined : d.fresh("FLOAT", [directions, 2 * gates], bound, isConstant);
    const lengths = random.chance(0.2) ? d.fresh("INT32", [batch], { least: 1, most: steps }) : undefined;
    const state = () => (random.chance(0.6) ? undefined : d.fresh("FLOAT", [directions, batch, hidden], symmetric(1)));
    const initial = state();
    const cell = op === "LSTM" ? state() : undefined;
    const attributes: Attributes = { hidden_size: int(hidden), direction: string(direction) };
    if (op === "GRU" && random.chance(0.5)) attributes.linear_before_reset = int(1);
    if (op === "RNN" && random.chance(0.3)) attributes.activations = strings(...Array<string>(directions).fill("Relu"));
    const range = symmetric(op === "RNN" && attributes.activations ? 1e4 : op === "LSTM" ? steps + 1 : 1);
    const last = { type: "FLOAT" as const, shape: [directions, batch, hidden], ...range };
    const results = [{ ...last, shape: [steps, directions, batch, hidden] }, last, last].slice(
      0,
      op === "LSTM" ? 3 : 2,
    );
    d.node(
      op,
      [x, w, r, b, lengths, initial, cell],
      results.map((each) => (random.chance(0.7) ? each : undefined)).with(0, results[0]),
      attributes,
    );
  },
});

const softmax = (op: string, range: Range): Row => ({
  op,
  weight: op === "Softmax" ? 2 : 0.6,
  draw(d) {
    const x = d.want({ axes: [1, 4] });
    const axis = d.random.below(x.shape.length);
    d.one(
      op,
      [x],
      range,
      d.random.chance(0.3) && x.shape.length > 1
        ? {}
        : { axis: int(d.random.chance(0.5) ? axis : axis - x.shape.length) },
    );
  },
});

const epsilon = (d: Drawing): Attributes => ({ epsilon: float(d.random.pick([0.01, 0.1, 1e-3])) });

export const layerRows: readonly Row[] = [
  conv,
  convTranspose,
  pool("MaxPool"),
  pool("AveragePool"),
  pool("LpPool"),
  global("GlobalAveragePool"),
  global("GlobalMaxPool"),
  global("GlobalLpPool"),
  { op: "BatchNormalization", weight: 2, draw: (d) => void batchNorm(d, d.want({ axes: [2, 4] })) },
  {
    op: "InstanceNormalization",
    draw(d) {
      const x = d.want({ axes: [3, 4] });
      const [scale, bias] = [0, 1].map(() => d.fresh("FLOAT", [x.shape[1]!], symmetric(1.5)));
      d.one("InstanceNormalization", [x, scale, bias], symmetric(40), epsilon(d));
    },
  },
  {
    op: "LayerNormalization",
    since: 17,
    weight: 2,
    draw(d) {
      const x = d.want({ axes: [1, 4] });
      const axis = d.random.below(x.shape.length);
      const shape = x.shape.slice(axis);
      const scale = d.fresh("FLOAT", shape, symmetric(1.5));
      const bias = d.random.chance(0.3) ? undefined : d.fresh("FLOAT", shape, symmetric(1));
      d.one("LayerNormalization", [x, scale, bias], symmetric(60), { axis: int(axis - x.shape.length), ...epsilon(d) });
    },
  },
  {
    op: "RMSNormalization",
    since: 23,
    draw(d) {
      const x = d.want({ axes: [1, 4] });
      d.one("RMSNormalization", [x, d.fresh("FLOAT", [x.shape.at(-1)!], symmetric(1.5))], symmetric(60), epsilon(d));
    },
  },
  {
    op: "GroupNormalization",
    since: 18,
    draw(d) {
      const x = d.want({
        axes: [3, 4],
        fits: ({ shape }) => shape[1]! % 2 === 0,
        shape: () => [1, 4, ...d.shape(1, 2)],
      });
      const count = d.opset < 21 ? 2 : x.shape[1]!;
      const [scale, bias] = [0, 1].map(() => d.fresh("FLOAT", [count], symmetric(1.5)));
      d.one("GroupNormalization", [x, scale, bias], symmetric(60), { num_groups: int(2), ...epsilon(d) });
    },
  },
  {
    op: "LRN",
    draw(d) {
      const x = d.want({ axes: [4, 4] });
      const attributes = { size: int(d.random.pick([1, 3, 5])), alpha: float(0.5), beta: float(0.75), bias: float(1) };
      d.one("LRN", [x], symmetric(sizeOf(x)), attributes);
    },
  },
  {
    op: "LpNormalization",
    weight: 0.5,
    draw(d) {
      const x = d.want({ axes: [2, 4], range: { least: 0.05, most: 1000 } });
      d.one("LpNormalization", [x], symmetric(1), {
        axis: int(d.random.below(x.shape.length)),
        p: int(d.random.integer(1, 2)),
      });
    },
  },
  {
    op: "MeanVarianceNormalization",
    weight: 0.5,
    since: 13,
    draw(d) {
      // not of a value that may be the same everywhere: onnxruntime divides by its deviation, without an epsilon
      const x = d.fresh("FLOAT", [2, d.random.integer(1, 4), d.random.integer(2, 6), 5]);
      d.one("MeanVarianceNormalization", [x], symmetric(40));
    },
  },
  softmax("Softmax", { least: 0, most: 1 }),
  softmax("LogSoftmax", symmetric(2100)),
  softmax("Hardmax", { least: 0, most: 1 }),
  matMul,
  gemm,
  einsum,
  ...reductions,
  recurrent("LSTM"),
  recurrent("GRU"),
  recurrent("RNN"),
  {
    op: "Det",
    since: 11,
    weight: 0.5,
    draw(d) {
      const size = d.random.integer(1, 4);
      const x = d.want({
        axes: [2, 3],
        fits: ({ shape }) => shape.at(-1) === shape.at(-2) && shape.at(-1)! < 5,
        shape: () => [d.random.integer(1, 3), size, size],
        range: symmetric(5),
      });
      d.one("Det", [x], { shape: x.shape.slice(0, -2), ...symmetric(1e5) });
    },
  },
  {
    op: "Attention",
    since: 23,
    draw(d) {
      const { random } = d;
      const q = d.want({
        axes: [4, 4],
        shape: () => [random.integer(1, 2), random.integer(1, 3), random.integer(1, 5), random.integer(2, 8)],
      });
      const [batch, heads, length, size] = q.shape as [number, number, number, number];
      const isCausal = random.chance(0.3);
      const others = isCausal ? length : random.integer(1, 6);
      const [k, v] = [0, 1].map(() => d.like("FLOAT", [batch, heads, others, size], symmetric(4)));
      const mask = isCausal || random.chance(0.6) ? undefined : d.fresh("FLOAT", [length, others]);
      d.one("Attention", [q, k, v, mask], symmetric(4), isCausal ? { is_causal: int(1) } : {});
    },
  },
  {
    op: "com.microsoft.FusedConv",
    weight: 0.5,
    draw(d) {
      const x = d.want({ axes: [4, 4] });
      const kernel = [3, 3];
      const { attributes, shape } = windows(d, x.shape.slice(2), kernel);
      const weight = weights(d, [4, x.shape[1]!, ...kernel], 9 * x.shape[1]!);
      const [name, numbers] = d.random.pick([
        ["Relu", []],
        ["LeakyRelu", [0.25]],
        ["Sigmoid", []],
        ["Clip", [-0.5, 0.75]],
      ] as const);
      const all = { ...attributes, activation: string(name), activation_params: floats(...numbers) };
      const result = { shape: [x.shape[0]!, 4, ...shape], ...grown(x, 9 * x.shape[1]!) };
      d.one("FusedConv", [x, weight, d.fresh("FLOAT", [4], symmetric(1), true)], result, all, "com.microsoft");
    },
  },
  {
    op: "com.microsoft.FusedMatMul",
    weight: 0.5,
    draw(d) {
      const x = d.want({ axes: [2, 3] });
      const columns = d.random.integer(1, 6);
      const isTransposed = d.random.chance(0.5);
      const outer = x.shape.slice(0, -2);
      const depth = x.shape.at(-1)!;
      const y = d.like("FLOAT", [...outer, ...(isTransposed ? [columns, depth] : [depth, columns])]);
      const attributes: Attributes = { alpha: float(0.25) };
      if (isTransposed) attributes.transB = int(1);
      const result = { shape: [...x.shape.slice(0, -1), columns], ...symmetric(sizeOf(x) * sizeOf(y) * depth) };
      d.one("FusedMatMul", [x, y], result, attributes, "com.microsoft");
    },
  },
];
