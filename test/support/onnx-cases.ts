import { encodeModel, type TestAttribute, type TestNode, type TestTensor } from "./onnx.ts";
import { sizeOf, values } from "./reference.ts";

/** An argument of an operator: a shape for what is only known while running, a tensor for a constant, "" for nothing. */
type Argument = readonly number[] | TestTensor | "";

/** A model that both onnxruntime and this library run: test/golden/generate_onnx.ts has the one, the tests the other. */
export interface OnnxCase {
  readonly name: string;
  readonly model: Uint8Array;
  readonly inputs: Readonly<Record<string, { readonly data: Float32Array; readonly shape: readonly number[] }>>;
}

export const int = (value: number): TestAttribute => ({ int: value });
export const float = (value: number): TestAttribute => ({ float: value });
export const string = (value: string): TestAttribute => ({ string: value });
export const ints = (...values: number[]): TestAttribute => ({ ints: values });
export const floats = (...values: number[]): TestAttribute => ({ floats: values });

/** int64 of one axis */
export const int64 = (...numbers: number[]): TestTensor => ({ type: "INT64", dims: [numbers.length], values: numbers });
export const scalar = (value: number): TestTensor => ({ dims: [], values: [value] });
const index = (value: number): TestTensor => ({ type: "INT64", dims: [], values: [value] });
const reals = (...numbers: number[]): TestTensor => ({ dims: [numbers.length], values: numbers });
/** Weights by a seed. */
const weights = (seed: number, ...dims: number[]): TestTensor => ({ dims, values: values(seed, sizeOf(dims)) });
/** As {@link weights}, from 1/8 up. */
const above0 = (seed: number, ...dims: number[]): TestTensor => ({
  dims,
  values: positive(values(seed, sizeOf(dims))),
});

const positive = (numbers: Float32Array) => numbers.map((value) => Math.abs(value) + 0.125);

const cases: OnnxCase[] = [];

/** Adds models of one node, one for each of `opsets`. */
function one(
  op: string,
  opsets: readonly number[],
  args: readonly Argument[],
  attributes: Readonly<Record<string, TestAttribute>> = {},
  { outputs = ["y"], title = "", isPositive = false } = {},
): void {
  for (const opset of opsets) {
    const inputs: Record<string, readonly number[]> = {};
    const constants: Record<string, TestTensor> = {};
    const names = args.map((argument, i) => {
      if (argument === "") return "";
      if (Array.isArray(argument)) inputs[`x${i}`] = argument;
      else constants[`c${i}`] = argument as TestTensor;
      return Array.isArray(argument) ? `x${i}` : `c${i}`;
    });
    const node = { op, inputs: names, outputs, attributes };
    many(`${op} ${opset}${title && `: ${title}`}`, opset, inputs, [node], constants, outputs, isPositive);
  }
}

/** Adds a model. */
function many(
  name: string,
  opset: number,
  shapes: Readonly<Record<string, readonly number[]>>,
  nodes: readonly TestNode[],
  constants: Readonly<Record<string, TestTensor>> = {},
  outputs: readonly string[] = ["y"],
  isPositive = false,
): void {
  if (cases.some((other) => other.name === name)) throw new Error(`two cases are called ${name}`);
  const inputs = Object.entries(shapes).map(([input, shape], i) => {
    const data = values(i + 1, sizeOf(shape));
    return [input, { data: isPositive ? positive(data) : data, shape }] as const;
  });
  const declared = inputs.map(([input, { shape }]) => ({ name: input, shape }));
  const model = encodeModel({ opset, nodes, constants, inputs: declared, outputs });
  cases.push({ name, model, inputs: Object.fromEntries(inputs) });
}

const image = [1, 3, 5, 6];

for (const [title, pads] of [
  ["even pads", ints(1, 2, 1, 2)],
  ["uneven pads", ints(0, 1, 2, 0)],
] as const) {
  const strides = ints(2, 1);
  one("Conv", [7, 22], [image, weights(9, 4, 3, 3, 2), weights(8, 4)], { pads, strides }, { title });
  one("ConvTranspose", [7, 22], [image, weights(9, 3, 4, 3, 4)], { pads, strides }, { title });
  one("MaxPool", [8, 22], [image], { pads, strides, kernel_shape: ints(3, 3) }, { title });
  const pool = { pads, strides, kernel_shape: ints(3, 3) };
  one("AveragePool", [7, 22], [image], pool, { title });
  one("AveragePool", [7, 22], [image], { ...pool, count_include_pad: int(1) }, { title: `${title}, included` });
}
for (const title of ["SAME_UPPER", "SAME_LOWER", "VALID"]) {
  const windows = { auto_pad: string(title), strides: ints(2, 2), kernel_shape: ints(3, 3) };
  one("Conv", [11], [image, weights(9, 4, 3, 3, 3)], windows, { title });
  one("MaxPool", [12], [image], windows, { title });
  one("AveragePool", [11], [image], windows, { title });
  one("ConvTranspose", [11], [image, weights(9, 3, 2, 3, 3)], windows, { title });
  const row = { auto_pad: string(title), strides: ints(2) };
  one("Conv", [11], [[1, 3, 9], weights(9, 4, 3, 4)], row, { title: `1-D, ${title}` });
  one("ConvTranspose", [11], [[1, 3, 5], weights(9, 3, 4, 5)], row, { title: `1-D, ${title}` });
}
one("Conv", [11], [image, weights(9, 6, 1, 3, 3)], { group: int(3), pads: ints(2, 1, 2, 1), dilations: ints(2, 1) });
one(
  "Conv",
  [11],
  [[2, 4, 9], weights(9, 6, 2, 3), weights(8, 6)],
  { group: int(2), pads: ints(0, 2) },
  { title: "1-D" },
);
const opening = { strides: ints(3, 2), output_padding: ints(2, 1) };
one("ConvTranspose", [11], [image, weights(9, 3, 4, 3, 3), weights(8, 4)], opening, { title: "output padding" });
one(
  "ConvTranspose",
  [11],
  [[2, 4, 5], weights(9, 4, 3, 2)],
  { group: int(2), strides: ints(2) },
  { title: "1-D groups" },
);
for (const [title, shape] of [
  ["smaller", ints(9, 12)],
  ["odd", ints(10, 11)],
] as const) {
  const windows = { strides: ints(2, 2), output_shape: shape };
  one("ConvTranspose", [11], [image, weights(9, 3, 2, 3, 3)], windows, { title: `output shape ${title}` });
  const upper = { ...windows, auto_pad: string("SAME_UPPER") };
  one("ConvTranspose", [11], [image, weights(9, 3, 2, 3, 3)], upper, { title: `output shape ${title}, SAME_UPPER` });
}
const ceil = { kernel_shape: ints(2, 3), strides: ints(2, 2), ceil_mode: int(1) };
one("MaxPool", [12], [image], ceil, { title: "ceil mode" });
one("AveragePool", [19], [image], ceil, { title: "ceil mode" });
one("MaxPool", [12], [image], { kernel_shape: ints(2, 2), dilations: ints(2, 3) }, { title: "dilations" });
one("MaxPool", [12], [[2, 3, 9]], { kernel_shape: ints(3), strides: ints(2), pads: ints(1, 1) }, { title: "1-D" });
one("AveragePool", [12], [[2, 3, 9]], { kernel_shape: ints(3), strides: ints(2), pads: ints(1, 0) }, { title: "1-D" });
one("GlobalAveragePool", [7], [image]);
one("GlobalMaxPool", [7], [image]);
one("GlobalAveragePool", [7], [[2, 3, 7]], {}, { title: "1-D" });

for (const opset of [7, 9, 14, 15]) {
  const statistics = [weights(5, 3), weights(6, 3), weights(7, 3), above0(8, 3)];
  one("BatchNormalization", [opset], [image, ...statistics], { epsilon: float(0.01) });
}
one("InstanceNormalization", [7, 22], [image, weights(5, 3), weights(6, 3)], { epsilon: float(0.01) });
one("LayerNormalization", [17], [[2, 3, 4], weights(5, 4), weights(6, 4)]);
one("LayerNormalization", [17], [[2, 3, 4], weights(5, 3, 4)], { axis: int(1) }, { title: "two axes, no bias" });
one("GroupNormalization", [21], [[2, 4, 3, 3], weights(5, 4), weights(6, 4)], { num_groups: int(2) });
one("LRN", [7, 13], [[2, 6, 3, 2]], { size: int(3), alpha: float(0.5), beta: float(0.6), bias: float(1.5) });

const matrix = [3, 4];
one("Gemm", [7, 13], [matrix, weights(5, 4, 5), weights(6, 5)], { alpha: float(0.5), beta: float(2) });
one("Gemm", [13], [matrix, weights(5, 5, 4), weights(6, 1, 5)], { transB: int(1) }, { title: "transB" });
one(
  "Gemm",
  [13],
  [
    [4, 3],
    [5, 4],
    [3, 1],
  ],
  { transA: int(1), transB: int(1), beta: float(0.5) },
  { title: "running" },
);
one("Gemm", [13], [matrix, weights(5, 4, 5), [5]], {}, { title: "running bias" });
one("Gemm", [13], [matrix, weights(5, 4, 5), scalar(0.5)], { alpha: float(2) }, { title: "scalar bias" });
one("Gemm", [13], [matrix, weights(5, 4, 5), weights(6, 3, 1)], {}, { title: "bias for each row" });
one("Gemm", [13], [matrix, weights(5, 4, 5)], {}, { title: "no bias" });
one("MatMul", [9], [[2, 3, 4], weights(5, 4, 5)], {}, { title: "layer" });
one("MatMul", [9], [[4], weights(5, 4, 5)], {}, { title: "vector" });
one(
  "MatMul",
  [9],
  [
    [2, 3, 4],
    [2, 4, 5],
  ],
  {},
  { title: "running" },
);
one("MatMul", [9], [weights(5, 3, 4), [2, 4, 5]], {}, { title: "constant first" });

const few = [2, 3, 4];
one("Clip", [7, 10], [few], { min: float(-0.25), max: float(0.5) });
one("Clip", [10], [few], { max: float(0.5) }, { title: "no minimum" });
one("Clip", [11, 13], [few, scalar(-0.25), scalar(0.5)]);
one("Clip", [13], [few, "", scalar(0.5)], {}, { title: "no minimum" });
one("Clip", [13], [few, scalar(0.25)], {}, { title: "no maximum" });
one("Clip", [13], [few], {}, { title: "no bounds" });
for (const op of ["Relu", "Sigmoid", "Tanh", "Erf", "Exp", "Abs", "Neg", "Floor", "Ceil", "Softplus"])
  one(op, [13], [few]);
one("Round", [11], [few]);
one("HardSwish", [14], [few]);
one("Mish", [18], [few]);
one("Gelu", [20], [few]);
one("Gelu", [20], [few], { approximate: string("tanh") }, { title: "tanh" });
for (const op of ["Log", "Sqrt", "Reciprocal"]) one(op, [13], [few], {}, { isPositive: true });
one("LeakyRelu", [7, 16], [few], { alpha: float(0.2) });
one("LeakyRelu", [16], [few], {}, { title: "default" });
one("Elu", [7], [few], { alpha: float(0.7) });
one("HardSigmoid", [7], [few]);
one("HardSigmoid", [7], [few], { alpha: float(0.4), beta: float(0.3) }, { title: "given" });
one("PRelu", [7, 16], [image, weights(5, 3, 1, 1)]);
one("PRelu", [9], [few, scalar(0.25)], {}, { title: "one slope" });

for (const op of ["Add", "Sub", "Mul", "Div"]) {
  one(op, [7, 14], [few, [3, 1]], {}, { isPositive: true });
  one(op, [13], [[4], few], {}, { isPositive: true, title: "longer second" });
}
one("Pow", [7, 15], [few, scalar(1.5)], {}, { isPositive: true });
one("Pow", [13], [few, index(2)], {}, { title: "integer exponent" });
for (const op of ["Min", "Max", "Sum", "Mean"]) {
  one(op, [8, 13], [few, [4], weights(7, 3, 1)]);
  one(op, [8], [few], {}, { title: "one" });
}
one("Softmax", [7, 11], [few]);
one("Softmax", [11], [few], { axis: int(2) }, { title: "last" });
one("Softmax", [11], [few], { axis: int(-1) }, { title: "from the end" });
one("Softmax", [11], [few], { axis: int(0) }, { title: "all" });
one("Softmax", [13], [few]);
one("Softmax", [13], [few], { axis: int(1) }, { title: "axis 1" });
one("LogSoftmax", [11], [few]);
one("LogSoftmax", [13], [few], { axis: int(0) });

for (const op of ["ReduceMean", "ReduceMax", "ReduceMin", "ReduceSumSquare", "ReduceL2"]) {
  one(op, [11], [few], { axes: ints(0, -1), keepdims: int(0) });
  one(op, [18], [few, int64(1)]);
  one(op, [18], [few, int64(-2, 0)], { keepdims: int(0) }, { title: "two axes" });
  one(op, [11, 18], [few], {}, { title: "all" });
}
one("ReduceSum", [11], [few], { axes: ints(1) });
one("ReduceSum", [13], [few, int64(1, 2)], { keepdims: int(0) });
one("ReduceSum", [13], [few, int64()], { noop_with_empty_axes: int(1) }, { title: "nothing" });
one("ReduceSum", [13], [few, ""], { noop_with_empty_axes: int(1) }, { title: "no axes" });
one("ReduceSum", [13], [few, int64()], {}, { title: "empty axes" });

for (const op of ["ArgMax", "ArgMin"]) {
  for (const [title, opsets, attributes] of [
    ["default", [7, 11, 13], {}],
    ["last axis", [7, 12], { axis: int(2), keepdims: int(0) }],
    ["from the end", [11, 13, 22], { axis: int(-2) }],
    ["last of equal ones", [12, 22], { axis: int(1), select_last_index: int(1) }],
  ] as const) {
    // rounded, so that some are equal
    const nodes = [
      { op: "Mul", inputs: ["x", "three"], outputs: ["wide"] },
      { op: "Round", inputs: ["wide"], outputs: ["whole"] },
      { op, inputs: ["whole"], outputs: ["index"], attributes },
      { op: "Cast", inputs: ["index"], attributes: { to: int(1) } },
    ];
    // Round is since opset 11
    for (const opset of opsets) {
      const from = opset < 11 ? nodes.slice(2).map((node, i) => (i === 0 ? { ...node, inputs: ["x"] } : node)) : nodes;
      many(`${op} ${opset}: ${title}`, opset, { x: [4, 9, 7] }, from, opset < 11 ? {} : { three: scalar(3) });
    }
  }
}

one("Concat", [7, 13], [few, [2, 2, 4], weights(6, 2, 1, 4)], { axis: int(1) });
one("Concat", [11], [few, few], { axis: int(-1) }, { title: "from the end" });
one("Split", [7, 11], [[2, 6]], { axis: int(1), split: ints(1, 2, 3) }, { outputs: ["a", "b", "c"] });
one("Split", [11], [[2, 6]], { axis: int(-1) }, { outputs: ["a", "b"], title: "equal" });
one("Split", [13], [[6, 2], int64(4, 2)], {}, { outputs: ["a", "b"] });
one("Split", [18], [[2, 7]], { axis: int(1), num_outputs: int(3) }, { outputs: ["a", "b", "c"] });
one("Slice", [7, 9], [few], { starts: ints(0, -3), ends: ints(1, 1000), axes: ints(1, 2) });
one("Slice", [9], [few], { starts: ints(1, 1), ends: ints(2, -1) }, { title: "no axes" });
one("Slice", [10, 13], [few, int64(0, -3), int64(2, 1000), int64(-2, 2), int64(1, 2)]);
one("Slice", [13], [few, int64(-1), int64(-1000), int64(2), int64(-1)], {}, { title: "backwards" });
one("Slice", [13], [few, int64(1), int64(2)], {}, { title: "no axes" });
for (const mode of ["constant", "reflect", "edge"]) {
  one("Pad", [7, 10], [few], { mode: string(mode), pads: ints(0, 1, 2, 0, 1, 1), value: float(0.5) }, { title: mode });
  one("Pad", [11, 18], [few, int64(0, 1, 2, 0, 1, 1), scalar(0.5)], { mode: string(mode) }, { title: mode });
}
one("Pad", [19], [few, int64(0, 1, 2, 0, 1, 1)], { mode: string("wrap") }, { title: "wrap" });
one("Pad", [18], [few, int64(2, -1), scalar(0.5), int64(-1)], {}, { title: "axes, cropped" });
one("Reshape", [7, 14], [few, int64(4, -1, 2)]);
one("Reshape", [14], [few, int64(0, -1)], {}, { title: "zero" });
one("Flatten", [7, 13], [few]);
one("Flatten", [13], [few], { axis: int(-1) }, { title: "from the end" });
one("Flatten", [13], [few], { axis: int(3) }, { title: "all" });
one("Transpose", [7, 13], [few], { perm: ints(2, 0, 1) });
one("Transpose", [13], [few], {}, { title: "reversed" });
one("Squeeze", [7, 11], [[1, 3, 1, 2]], { axes: ints(2) });
one("Squeeze", [13], [[1, 3, 1, 2], int64(-4)]);
one("Squeeze", [13], [[1, 3, 1, 2]], {}, { title: "all" });
one("Unsqueeze", [7, 11], [few], { axes: ints(0, 4) });
one("Unsqueeze", [13], [few, int64(-1, 0)]);
one("Expand", [8, 13], [[3, 1], int64(2, 1, 4)]);
one("Tile", [7, 13], [few, int64(1, 2, 3)]);
one("DepthToSpace", [7, 11], [[1, 8, 2, 3]], { blocksize: int(2) });
one("DepthToSpace", [11], [[1, 8, 2, 3]], { blocksize: int(2), mode: string("CRD") }, { title: "CRD" });
one("SpaceToDepth", [7, 13], [[1, 2, 4, 6]], { blocksize: int(2) });
one("Gather", [7, 13], [few, index(-1)], { axis: int(1) });
one("Gather", [13], [few, int64(1, 2)], { axis: int(2) }, { title: "adjacent" });
one("Gather", [13], [image, int64(2, 1, 0)], { axis: int(1) }, { title: "backwards" });
one("Gather", [13], [few, int64(3, 0, 2, 2, 1, -1)], { axis: int(2) }, { title: "any order" });
one(
  "Gather",
  [13],
  [few, { type: "INT64", dims: [2, 2], values: [0, 1, 2, 3] }],
  { axis: int(2) },
  { title: "matrix" },
);
one("Dropout", [7, 12], [few]);

const zoom = (height: number, width: number) => reals(1, 1, height, width);
one("Upsample", [7], [image], { scales: floats(1, 1, 2, 3), mode: string("nearest") });
one("Upsample", [9], [image, zoom(2, 2)], { mode: string("linear") });
one("Resize", [10], [image, zoom(2, 0.5)], { mode: string("nearest") });
one("Resize", [10], [image, zoom(2, 1.5)], { mode: string("linear") }, { title: "linear" });
for (const coordinates of ["half_pixel", "pytorch_half_pixel", "align_corners", "asymmetric"]) {
  const rule = { coordinate_transformation_mode: string(coordinates) };
  one(
    "Resize",
    [11],
    [image, reals(), zoom(1.5, 2)],
    { ...rule, mode: string("linear") },
    { title: `linear ${coordinates}` },
  );
  for (const rounding of ["round_prefer_floor", "round_prefer_ceil", "floor", "ceil"]) {
    const nearest = { ...rule, mode: string("nearest"), nearest_mode: string(rounding) };
    one("Resize", [13], [[1, 1, 3, 4], "", zoom(2, 1.5)], nearest, { title: `${coordinates} ${rounding}` });
  }
}
one("Resize", [13], [[1, 1, 2, 4], "", zoom(0.6, 0.6)], {
  mode: string("linear"),
  coordinate_transformation_mode: string("align_corners"),
});
one("Resize", [13], [image, "", "", int64(1, 3, 3, 9)], { mode: string("linear") }, { title: "sizes" });
one("Resize", [18], [image, "", reals(0.5, 2)], { axes: ints(3, 2), mode: string("linear") }, { title: "axes" });
one("Resize", [19], [image, "", zoom(1.3, 0.7)], {
  mode: string("linear"),
  coordinate_transformation_mode: string("half_pixel_symmetric"),
});

const node = (op: string, inputs: string[], outputs: string[], attributes: TestNode["attributes"] = {}): TestNode => ({
  op,
  inputs,
  outputs,
  attributes,
});

many(
  "channel shuffle by shapes",
  13,
  { x: [2, 6, 2, 3] },
  [
    node("Shape", ["x"], ["shape"]),
    node("Gather", ["shape", "zero"], ["batch"]),
    node("Gather", ["shape", "two"], ["height"]),
    node("Slice", ["shape", "first", "second"], ["channels"]),
    node("Div", ["channels", "groups"], ["each"]),
    node("Unsqueeze", ["batch", "axis"], ["batches"]),
    node("Unsqueeze", ["height", "axis"], ["heights"]),
    node("Concat", ["batches", "groups", "each", "heights", "rest"], ["split"], { axis: int(0) }),
    node("Reshape", ["x", "split"], ["a"]),
    node("Transpose", ["a"], ["b"], { perm: ints(0, 2, 1, 3, 4) }),
    node("Reshape", ["b", "shape"], ["y"]),
  ],
  {
    zero: index(0),
    two: index(2),
    first: int64(1),
    second: int64(2),
    groups: int64(2),
    axis: int64(0),
    rest: int64(-1),
  },
);
many(
  "as large as another",
  13,
  { x: [1, 2, 3, 4], like: [1, 5, 7, 6] },
  [
    node("Shape", ["like"], ["shape"]),
    node("Slice", ["shape", "two", "four"], ["size"]),
    node("Cast", ["size"], ["wide"], { to: int(1) }),
    node("Floor", ["wide"], ["whole"]),
    node("Cast", ["whole"], ["sizes"], { to: int(7) }),
    node("Shape", ["x"], ["own"]),
    node("Slice", ["own", "none", "two"], ["outer"]),
    node("Concat", ["outer", "sizes"], ["all"], { axis: int(0) }),
    node("Resize", ["x", "", "", "all"], ["y"], { mode: string("nearest"), nearest_mode: string("floor") }),
  ],
  { none: int64(0), two: int64(2), four: int64(4) },
);
many(
  "pads as PyTorch computes them",
  11,
  { x: [1, 1, 3, 4] },
  [
    node("Constant", [], ["pads"], { value: { tensor: int64(1, 2, 0, 1) } }),
    node("Constant", [], ["missing"], { value: { tensor: int64(4) } }),
    node("ConstantOfShape", ["missing"], ["zeros"], { value: { tensor: { type: "INT64", dims: [1], values: [0] } } }),
    node("Concat", ["pads", "zeros"], ["all"], { axis: int(0) }),
    node("Reshape", ["all", "pairs"], ["rows"]),
    node("Slice", ["rows", "last", "first", "axis", "back"], ["reversed"]),
    node("Transpose", ["reversed"], ["columns"], { perm: ints(1, 0) }),
    node("Reshape", ["columns", "flat"], ["list"]),
    node("Cast", ["list"], ["cast"], { to: int(7) }),
    node("Pad", ["x", "cast"], ["y"], { mode: string("constant") }),
  ],
  {
    pairs: int64(-1, 2),
    last: int64(-1),
    first: int64(-(2 ** 63)),
    axis: int64(0),
    back: int64(-1),
    flat: int64(-1),
  },
);
many(
  "choices among shapes",
  15,
  { x: [2, 3, 4] },
  [
    node("Shape", ["x"], ["tail"], { start: int(1) }),
    node("Size", ["x"], ["size"]),
    node("Range", ["zero", "size", "eight"], ["steps"]),
    node("ReduceSum", ["steps"], ["sum"], { keepdims: int(0) }),
    node("Equal", ["sum", "twentyfour"], ["equal"]),
    node("Not", ["equal"], ["different"]),
    node("Where", ["different", "tail", "swapped"], ["chosen"]),
    node("ReduceProd", ["chosen"], ["count"], { keepdims: int(1) }),
    node("Mod", ["count", "five"], ["left"]),
    node("Max", ["left", "one"], ["repeats"]),
    node("Concat", ["one", "one", "repeats"], ["tiles"], { axis: int(0) }),
    node("Tile", ["x", "tiles"], ["y"]),
  ],
  { zero: index(0), eight: index(8), twentyfour: index(24), swapped: int64(4, 3), five: int64(5), one: int64(1) },
);
many(
  "quantised weights",
  13,
  { x: image },
  [
    node("DequantizeLinear", ["w", "scales", "zeros"], ["weight"], { axis: int(0) }),
    node("DequantizeLinear", ["b", "scale"], ["bias"]),
    node("Conv", ["x", "weight", "bias"], ["y"]),
  ],
  {
    w: {
      type: "INT8",
      dims: [2, 3, 1, 2],
      raw: new Uint8Array(Int8Array.from([1, -2, 3, 4, -5, 6, 127, -128, 9, 1, 2, 3]).buffer),
    },
    scales: reals(0.25, 0.5),
    zeros: { type: "INT8", dims: [2], raw: new Uint8Array(Int8Array.from([3, -4]).buffer) },
    b: { type: "INT32", dims: [2], values: [100, 200] },
    scale: scalar(0.125),
  },
);
many(
  "two results, one of them an input",
  13,
  { x: few },
  [node("Relu", ["x"], ["a"]), node("Identity", ["x"], ["b"]), node("Identity", ["a"], ["c"])],
  {},
  ["a", "b", "c"],
);

export const ONNX_CASES: readonly OnnxCase[] = cases;
