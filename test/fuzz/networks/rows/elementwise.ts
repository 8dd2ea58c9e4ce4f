/** Operators that compute each element by itself. */
import type { TestAttribute } from "../../../support/onnx.ts";
import type { InputType } from "../../../support/onnx-cases/builder.ts";
import { float, int, string } from "../../../support/onnx-cases/builder.ts";
import {
  ALL,
  type Drawing,
  FLOAT,
  LIMITS,
  NUMBERS,
  type Range,
  sizeOf,
  Unfit,
  USUAL,
  type Value,
  within,
} from "../drawing.ts";
import type { Row } from "../row.ts";

interface Unary {
  readonly since?: number;
  readonly types?: (opset: number) => readonly InputType[];
  /** where the function is defined and tame */
  readonly domain?: Range;
  readonly result?: (range: Range) => Range;
  readonly type?: InputType;
  readonly attributes?: (drawing: Drawing) => Readonly<Record<string, TestAttribute>>;
}

const SIGNED: readonly InputType[] = ["FLOAT", "INT64", "INT32", "INT8"];
const WORDS: readonly InputType[] = ["INT64", "INT32"];
const between = (least: number, most: number) => ({ least, most });
const always = (least: number, most: number) => () => between(least, most);
const growing = (f: (x: number) => number) => (range: Range) => between(f(range.least), f(range.most));
const symmetric = (range: Range) => between(-sizeOf(range), sizeOf(range));
const coefficient = (name: string) => (d: Drawing) =>
  d.random.chance(0.5) ? {} : { [name]: float(d.random.pick([0.1, 0.25, 0.5, 1, 1.5])) };

const UNARY: Readonly<Record<string, Unary>> = {
  Abs: { types: () => NUMBERS, result: (range) => between(0, sizeOf(range)) },
  Acos: { domain: between(-0.98, 0.98), result: always(0, 3.2) },
  Acosh: { domain: between(1.05, 50), result: always(0, 5) },
  Asin: { domain: between(-0.98, 0.98), result: always(-1.6, 1.6) },
  Asinh: {},
  Atan: { result: always(-1.6, 1.6) },
  Atanh: { domain: between(-0.95, 0.95), result: always(-2, 2) },
  BitwiseNot: { since: 18, types: () => ["INT64", "INT32", "UINT8", "INT8"], result: always(-(2 ** 63), 2 ** 63) },
  Ceil: { result: growing(Math.ceil) },
  Celu: { since: 12, attributes: coefficient("alpha"), result: symmetric },
  Cos: { result: always(-1, 1) },
  Cosh: { domain: between(-4, 4), result: always(1, 30) },
  Dropout: { since: 12 },
  Elu: { attributes: coefficient("alpha"), result: ({ most }) => between(-1.5, Math.max(most, 0)) },
  Erf: { result: always(-1, 1) },
  Exp: { domain: between(-20, 5), result: growing(Math.exp) },
  Floor: { result: growing(Math.floor) },
  Gelu: {
    since: 20,
    result: symmetric,
    attributes: (d) => (d.random.chance(0.5) ? { approximate: string("tanh") } : {}),
  },
  HardSigmoid: { attributes: coefficient("alpha"), result: always(0, 1) },
  HardSwish: { since: 14, result: symmetric },
  Identity: { types: () => [...ALL, "FLOAT16"] },
  LeakyRelu: { attributes: coefficient("alpha"), result: (range) => between(-1.5 * sizeOf(range), sizeOf(range)) },
  Log: { domain: between(0.02, 1000), result: growing(Math.log) },
  Mish: { since: 18, result: symmetric },
  Neg: { types: () => SIGNED, result: (range) => between(-range.most, -range.least) },
  Not: { types: () => ["BOOL"] },
  Reciprocal: { domain: between(0.1, 1000), result: always(0, 10) },
  Relu: {
    types: (opset) => (opset < 14 ? FLOAT : ["FLOAT", "INT32", "INT8"]),
    result: ({ most }) => between(0, Math.max(most, 0)),
  },
  Round: { result: growing((x) => Math.sign(x) * Math.ceil(Math.abs(x))) },
  Selu: { result: (range) => between(-2, 1.1 * Math.max(range.most, 0)) },
  Shrink: {
    attributes: (d) => ({ lambd: float(d.random.pick([0.25, 0.5, 1])), bias: float(d.random.pick([0, 0.25, 0.5])) }),
    result: symmetric,
  },
  Sigmoid: { result: always(0, 1) },
  Sign: { types: () => NUMBERS, result: always(-1, 1) },
  Sin: { result: always(-1, 1) },
  Sinh: { domain: between(-4, 4), result: always(-30, 30) },
  Softplus: { result: ({ most }) => between(0, Math.max(most, 0) + 0.7) },
  Softsign: { result: always(-1, 1) },
  Sqrt: { domain: between(0, 1000), result: growing(Math.sqrt) },
  Tan: { domain: between(-1.3, 1.3), result: always(-4, 4) },
  Tanh: { result: always(-1, 1) },
  ThresholdedRelu: { attributes: coefficient("alpha"), result: ({ most }) => between(0, Math.max(most, 0)) },
};

/** One that is often taken for itself: what ends the calls before it. */
const ACTIVATIONS = new Set(["Relu", "Sigmoid", "Tanh", "LeakyRelu", "HardSigmoid", "HardSwish", "Softplus", "Elu"]);

const unaries = Object.entries(UNARY).map(
  ([op, { since = 7, types = () => FLOAT, domain, result, attributes }]): Row => ({
    op,
    since,
    weight: ACTIVATIONS.has(op) ? 2 : 1,
    draw(d) {
      const x = d.want({ types: types(d.opset), ...(domain && { range: domain }) });
      d.one(op, [x], clamped(x.type, result?.(x) ?? x), attributes?.(d) ?? {});
    },
  }),
);

/** Bounds of whole numbers that may have wrapped. */
const clamped = (type: InputType, range: Range): Range => {
  const { least, most } = range;
  return within({ least, most }, LIMITS[type]) ? { least, most } : LIMITS[type];
};

/** The shape of two that repeat to each other. */
function shared(a: readonly number[], b: readonly number[]): readonly number[] {
  const count = Math.max(a.length, b.length);
  return Array.from({ length: count }, (_, axis) => {
    const [one, other] = [a[axis - count + a.length] ?? 1, b[axis - count + b.length] ?? 1];
    if (one !== other && one !== 1 && other !== 1) throw new Unfit();
    return one === 1 ? other : one;
  });
}

/** Two values that repeat to each other, in either order. */
export function pair(
  d: Drawing,
  types: readonly InputType[],
  second?: Range,
): readonly [Value, Value, readonly number[]] {
  const a = d.want({ types });
  const b = other(d, a, second);
  const [first, last] = second === undefined && d.random.chance(0.4) ? [b, a] : [a, b];
  return [first, last, shared(a.shape, b.shape)];
}

function other(d: Drawing, a: Value, range?: Range): Value {
  if (d.random.chance(0.5)) return d.like(a.type, a.shape, range);
  const shape = d.repeated(a.shape);
  return d.random.chance(0.5) ? d.fresh(a.type, shape, range ?? USUAL[a.type]) : d.like(a.type, shape, range);
}

type Combine = (a: Range, b: Range) => Range;
const products = (a: Range, b: Range) => {
  const all = [a.least * b.least, a.least * b.most, a.most * b.least, a.most * b.most];
  return between(Math.min(...all), Math.max(...all));
};

const arithmetic = (op: string, combine: Combine): Row => ({
  op,
  weight: 3,
  draw(d) {
    const [a, b, shape] = pair(
      d,
      d.opset < 14 ? ["FLOAT", "FLOAT", ...WORDS] : ["FLOAT", "FLOAT", "FLOAT", ...NUMBERS],
    );
    d.one(op, [a, b], { shape, ...clamped(a.type, combine(a, b)) });
  },
});

const several = (op: string, types: (opset: number) => readonly InputType[], combine: Combine): Row => ({
  op,
  since: 8,
  draw(d) {
    const [a, b, shape] = pair(d, types(d.opset));
    const inputs = d.random.chance(0.6) ? [a, b] : [a, b, d.fresh(a.type, d.repeated(shape))];
    const range = inputs.slice(1).reduce<Range>(combine, a);
    d.one(op, inputs, { shape, ...clamped(a.type, range) });
  },
});

const compared = (op: string, types: readonly InputType[], since = 9): Row => ({
  op,
  since,
  draw(d) {
    const [a, b, shape] = pair(d, types);
    d.one(op, [a, b], { type: "BOOL", shape, least: 0, most: 1 });
  },
});

const logical = (op: string): Row => ({
  op,
  draw(d) {
    const [a, b, shape] = pair(d, ["BOOL"]);
    d.one(op, [a, b], { shape });
  },
});

const bitwise = (op: string): Row => ({
  op,
  since: 18,
  draw(d) {
    const [a, b, shape] = pair(d, ["INT64", "INT32", "UINT8", "INT8"]);
    d.one(op, [a, b], { shape, ...LIMITS[a.type] });
  },
});

const LESS = (a: Range, b: Range) => between(Math.min(a.least, b.least), Math.min(a.most, b.most));
const MORE = (a: Range, b: Range) => between(Math.max(a.least, b.least), Math.max(a.most, b.most));
const SUM = (a: Range, b: Range) => between(a.least + b.least, a.most + b.most);
const ordered = (opset: number) => (opset < 12 ? FLOAT : NUMBERS);

/** Bounds that a Cast keeps to. */
const CASTABLE: Readonly<Record<string, Range>> = {
  INT64: between(-1e4, 1e4),
  INT32: between(-1e4, 1e4),
  UINT8: between(0, 255),
  INT8: between(-128, 127),
  FLOAT16: between(-1000, 1000),
};
const CODES: Readonly<Record<InputType, number>> = {
  FLOAT: 1,
  UINT8: 2,
  INT8: 3,
  INT32: 6,
  INT64: 7,
  BOOL: 9,
  FLOAT16: 10,
};

const cast: Row = {
  op: "Cast",
  weight: 3,
  draw(d) {
    const type = d.random.pick(["FLOAT", "FLOAT", ...ALL, "FLOAT16"] as const);
    const range = CASTABLE[type];
    const x = d.want({ types: [...ALL, "FLOAT16"], ...(range && { range }) });
    const whole = type !== "FLOAT" && type !== "FLOAT16";
    const bounds = type === "BOOL" ? between(0, 1) : whole ? growing(Math.trunc)(x) : between(x.least, x.most);
    d.one("Cast", [x], { type, ...bounds }, { to: int(CODES[type]) });
  },
};

export const elementwiseRows: readonly Row[] = [
  ...unaries,
  arithmetic("Add", SUM),
  arithmetic("Sub", (a, b) => between(a.least - b.most, a.most - b.least)),
  arithmetic("Mul", products),
  {
    op: "Div",
    draw(d) {
      const types = d.opset < 14 ? ["FLOAT" as const, ...WORDS] : NUMBERS;
      const [a, b, shape] = pair(d, types, between(1, 30));
      d.one("Div", [a, b], { shape, ...symmetric(a) });
    },
  },
  {
    op: "Mod",
    since: 10,
    draw(d) {
      const isFloat = d.random.chance(0.3);
      const [a, b, shape] = pair(d, isFloat ? FLOAT : ["INT64", "INT32", "UINT8", "INT8"], between(1, 12));
      const attributes = isFloat || d.random.chance(0.3) ? { fmod: int(1) } : {};
      d.one("Mod", [a, b], { shape, least: a.type === "UINT8" ? 0 : -12, most: 12 }, attributes);
    },
  },
  {
    op: "Pow",
    draw(d) {
      const x = d.want({ range: between(0.05, 6) });
      const y = d.random.chance(0.5)
        ? d.constant("FLOAT", [], [d.random.pick([2, 0.5, 3, -1, 1, 0, 1.5])])
        : d.fresh("FLOAT", d.repeated(x.shape), between(-2, 3));
      d.one("Pow", [x, y], { least: 0, most: 500 });
    },
  },
  several("Max", ordered, MORE),
  several("Min", ordered, LESS),
  several("Sum", () => FLOAT, SUM),
  several(
    "Mean",
    () => FLOAT,
    (a, b) => between(Math.min(a.least, b.least), Math.max(a.most, b.most)),
  ),
  {
    op: "PRelu",
    draw(d) {
      const x = d.want({ axes: [1, 4] });
      const slope = d.fresh(
        "FLOAT",
        d.random.pick([
          [1],
          x.shape,
          [...(x.shape.length > 2 ? [x.shape[1]!, 1, 1].slice(0, x.shape.length - 1) : x.shape)],
        ]),
        between(-1, 1),
      );
      shared(x.shape, slope.shape);
      d.one("PRelu", [x, slope], symmetric(x));
    },
  },
  {
    op: "Clip",
    weight: 2,
    draw(d) {
      const x = d.want({ types: d.opset < 12 ? FLOAT : NUMBERS });
      const [low, high] = x.type === "UINT8" ? [3, 25] : [-2, 3];
      const bound = (value: number) =>
        d.random.chance(0.3) ? d.fresh(x.type, [], between(value, value), false) : d.constant(x.type, [], [value]);
      const [least, most] = d.random.pick([[low, high], [low], [undefined, high]] as const);
      d.one("Clip", [x, least === undefined ? undefined : bound(least), most === undefined ? undefined : bound(most)], {
        least: Math.max(x.least, least ?? x.least),
        most: Math.max(Math.min(x.most, most ?? x.most), least ?? x.least),
      });
    },
  },
  compared("Equal", ["FLOAT", "INT64", "INT32", "BOOL"], 11),
  compared("Less", ["FLOAT", ...WORDS]),
  compared("Greater", ["FLOAT", ...WORDS]),
  compared("LessOrEqual", ["FLOAT", ...WORDS], 12),
  compared("GreaterOrEqual", ["FLOAT", ...WORDS], 12),
  logical("And"),
  logical("Or"),
  logical("Xor"),
  bitwise("BitwiseAnd"),
  bitwise("BitwiseOr"),
  bitwise("BitwiseXor"),
  {
    op: "BitShift",
    since: 11,
    draw(d) {
      const a = d.want({ types: ["UINT8"] });
      const b = d.fresh("UINT8", d.repeated(a.shape), between(0, 7));
      d.one("BitShift", [a, b], LIMITS.UINT8, { direction: string(d.random.pick(["LEFT", "RIGHT"])) });
    },
  },
  {
    op: "Where",
    weight: 2,
    since: 9,
    draw(d) {
      const [a, b, shape] = pair(d, ["FLOAT", "FLOAT", "INT64", "INT32", "UINT8"]);
      const condition = d.random.chance(0.5) ? d.like("BOOL", shape) : d.fresh("BOOL", d.repeated(shape));
      const range = between(Math.min(a.least, b.least), Math.max(a.most, b.most));
      d.one("Where", [condition, a, b], { type: a.type, shape, ...range });
    },
  },
  ...["IsNaN", "IsInf"].map(
    (op): Row => ({
      op,
      since: 13,
      draw(d) {
        d.one(op, [d.want()], { type: "BOOL", least: 0, most: 1 });
      },
    }),
  ),
  cast,
  {
    op: "CastLike",
    since: 15,
    draw(d) {
      const x = d.want({ range: between(-100, 100) });
      const like = d.want({ types: ["INT64", "INT32", "FLOAT"] });
      d.one("CastLike", [x, like], { type: like.type });
    },
  },
  ...(["Gelu", "QuickGelu", "FastGelu", "BiasGelu"] as const).map(
    (op): Row => ({
      op: `com.microsoft.${op}`,
      weight: 0.5,
      draw(d) {
        const x = d.want({ axes: [op === "BiasGelu" ? 2 : 1, 4] });
        const bias = op === "BiasGelu" ? [d.fresh("FLOAT", [x.shape.at(-1)!])] : [];
        d.one(op, [x, ...bias], symmetric({ least: x.least - 4, most: x.most + 4 }), {}, "com.microsoft");
      },
    }),
  ),
];
