import type { TestAttribute, TestTensor } from "../onnx.ts";
import { sizeOf, values } from "../reference.ts";
import { type Argument, type CaseInput, Cases, float, int, ints, node, running, string, typed } from "./builder.ts";

/** Quantised numbers: results are the same in every byte. */
const cases = new Cases();

type Byte = "UINT8" | "INT8";
const TYPES: readonly Byte[] = ["UINT8", "INT8"];
const least = (type: Byte) => (type === "INT8" ? -128 : 0);

/** Bytes of the whole range, both ends among them. */
function bytesOf(type: Byte, count: number, seed: number): number[] {
  let state = seed * 2654435761 + 1;
  return Array.from({ length: count }, (_, i) => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    if (i % 11 === 4) return least(type);
    if (i % 11 === 9) return least(type) + 255;
    return least(type) + (state >>> 24);
  });
}

const tensor = (type: Byte | "INT32" | "FLOAT", dims: readonly number[], numbers: readonly number[]): TestTensor => ({
  type,
  dims,
  values: numbers,
});
const bytes = (type: Byte, dims: readonly number[], seed: number) =>
  tensor(type, dims, bytesOf(type, sizeOf(dims), seed));
const input = (type: Byte, shape: readonly number[], seed: number): CaseInput =>
  running(type, shape, bytesOf(type, sizeOf(shape), seed));
const scale = (value: number) => tensor("FLOAT", [], [Math.fround(value)]);
const scales = (count: number, seed: number) =>
  tensor(
    "FLOAT",
    [count],
    Array.from(values(seed, count), (value) => Math.fround(0.002 + 0.01 * Math.abs(value))),
  );
const zero = (type: Byte, value: number) => tensor(type, [], [value]);
const zeros = (type: Byte, count: number, value: number) =>
  tensor(
    type,
    [count],
    Array.from({ length: count }, (_, i) => value + (i % 3)),
  );
const biases = (count: number) =>
  tensor(
    "INT32",
    [count],
    Array.from({ length: count }, (_, i) => ((i * 7919) % 4001) - 2000),
  );
const microsoft = { domain: "com.microsoft" };

// numbers to bytes and back
const numbers = running(
  "FLOAT",
  [3, 13],
  Array.from({ length: 39 }, (_, i) =>
    i < 13 ? (i - 6) * 0.25 : i === 20 ? 1e9 : i === 21 ? -1e9 : ((i * 37) % 101) / 7 - 7,
  ),
);
for (const type of TYPES) {
  const z = type === "INT8" ? -3 : 121;
  const result = { outputs: [typed("y", type)] };
  cases.one(
    "QuantizeLinear",
    [10, 13, 19, 21, 23],
    [numbers, scale(0.5), zero(type, z)],
    {},
    { ...result, title: type },
  );
  cases.one(
    "QuantizeLinear",
    [13],
    [numbers, scales(13, 3), zeros(type, 13, z)],
    {},
    { ...result, title: `${type}, axis 1` },
  );
  cases.one(
    "QuantizeLinear",
    [13],
    [numbers, scales(3, 3), zeros(type, 3, z)],
    { axis: int(-2) },
    { ...result, title: `${type}, axis -2` },
  );
  cases.one(
    "QuantizeLinear",
    [21],
    [
      numbers,
      tensor(
        "FLOAT",
        [3, 4],
        Array.from(values(4, 12), (v) => Math.abs(v) + 0.01),
      ),
      bytes(type, [3, 4], 5),
    ],
    { axis: int(1), block_size: int(4) },
    { ...result, title: `${type}, blocks along axis 1` },
  );
  cases.one(
    "DequantizeLinear",
    [10, 13, 19, 21, 23],
    [input(type, [2, 3, 9], 1), scale(0.013), zero(type, z)],
    {},
    { title: type },
  );
  cases.one(
    "DequantizeLinear",
    [13],
    [input(type, [2, 3, 9], 1), scales(3, 2), zeros(type, 3, z)],
    { axis: int(1) },
    { title: `${type}, axis 1` },
  );
  cases.one(
    "DequantizeLinear",
    [21],
    [
      input(type, [5, 2, 9], 1),
      tensor(
        "FLOAT",
        [3, 2, 9],
        Array.from(values(4, 54), (v) => Math.abs(v) + 0.01),
      ),
      bytes(type, [3, 2, 9], 5),
    ],
    { axis: int(0), block_size: int(2) },
    { title: `${type}, blocks along axis 0` },
  );
}
cases.one(
  "QuantizeLinear",
  [13],
  [numbers, scale(0.37)],
  {},
  { outputs: [typed("y", "UINT8")], title: "no zero point" },
);
cases.one(
  "DequantizeLinear",
  [13],
  [running("INT32", [2, 5], [1, -2, 2 ** 30, -(2 ** 31), 7, 16777217, 0, 3, -5, 123456789]), scale(0.01)],
  {},
  { title: "INT32" },
);
for (const [title, shape, factor, shift] of [
  ["both signs", [3, 700], 3, 0],
  ["positive", [21], 1, 5],
  ["zeros", [6], 0, 0],
] as const) {
  const data = Array.from(values(8, sizeOf(shape)), (v) => Math.fround(v * factor + shift));
  cases.one(
    "DynamicQuantizeLinear",
    [11],
    [running("FLOAT", shape, data)],
    {},
    { outputs: [typed("y", "UINT8"), "y_scale", typed("y_zero", "UINT8")], title },
  );
}

// convolutions
interface Layer {
  readonly x: readonly number[];
  readonly w: readonly number[];
  readonly attributes?: Readonly<Record<string, TestAttribute>>;
}
const LAYERS: Readonly<Record<string, Layer>> = {
  "3 x 3": { x: [1, 5, 9, 11], w: [7, 5, 3, 3], attributes: { pads: ints(1, 1, 1, 1) } },
  "1 x 1": { x: [2, 13, 5, 7], w: [9, 13, 1, 1] },
  "1 x 1, stride 2": { x: [1, 8, 9, 9], w: [6, 8, 1, 1], attributes: { strides: ints(2, 2) } },
  "7 x 7, stride 2": {
    x: [1, 3, 23, 37],
    w: [8, 3, 7, 7],
    attributes: { strides: ints(2, 2), pads: ints(3, 3, 3, 3) },
  },
  "stride 3, dilation 2, uneven pads": {
    x: [1, 2, 17, 19],
    w: [3, 2, 3, 2],
    attributes: { strides: ints(3, 3), dilations: ints(2, 2), pads: ints(2, 0, 1, 3) },
  },
  groups: { x: [1, 8, 7, 7], w: [12, 4, 3, 3], attributes: { group: int(2), pads: ints(1, 1, 1, 1) } },
  depthwise: { x: [2, 5, 12, 21], w: [5, 1, 3, 3], attributes: { group: int(5), pads: ints(1, 1, 1, 1) } },
  "depthwise, stride 2": {
    x: [1, 6, 19, 40],
    w: [6, 1, 5, 5],
    attributes: { group: int(6), strides: ints(2, 2), pads: ints(2, 2, 2, 2) },
  },
  auto_pad: { x: [1, 3, 8, 8], w: [4, 3, 3, 3], attributes: { auto_pad: string("SAME_UPPER"), strides: ints(2, 2) } },
  "one axis": { x: [2, 6, 33], w: [5, 6, 4], attributes: { pads: ints(2, 1) } },
};
for (const [title, { x, w, attributes = {} }] of Object.entries(LAYERS)) {
  const filters = w[0]!;
  const factor = 6000 * Math.sqrt(sizeOf(w.slice(1)));
  for (const [name, xType, wType, perChannel, wZero] of [
    ["UINT8 and INT8", "UINT8", "INT8", true, 0],
    ["INT8", "INT8", "INT8", true, 0],
    ["UINT8", "UINT8", "UINT8", false, 131],
    ["UINT8 and INT8 with zero points", "UINT8", "INT8", false, -3],
  ] as const) {
    const xZero = xType === "INT8" ? -7 : 117;
    const args: Argument[] = [
      input(xType, x, 1),
      scale(0.02),
      zero(xType, xZero),
      bytes(wType, w, 2),
      perChannel ? scales(filters, 3) : scale(0.006),
      perChannel ? tensor(wType, [filters], Array(filters).fill(0)) : zero(wType, wZero),
      scale((0.02 * 0.006 * factor) / 128),
      zero(xType, xZero + 9),
      biases(filters),
    ];
    cases.one("QLinearConv", [10], args, attributes, { outputs: [typed("y", xType)], title: `${title}, ${name}` });
    if (xType === "UINT8") {
      cases.one(
        "ConvInteger",
        [10],
        [input(xType, x, 1), bytes(wType, w, 2), zero(xType, xZero), ...(perChannel ? [] : [zero(wType, wZero)])],
        attributes,
        { outputs: [typed("y", "INT32")], title: `${title}, ${name}` },
      );
    }
  }
}

// products of matrices
for (const [title, a, b] of [
  ["rows", [5, 37], [37, 19]],
  ["a vector", [1, 64], [64, 10]],
  ["a batch of rows", [2, 3, 12], [12, 8]],
  ["batches", [3, 4, 9], [3, 9, 5]],
] as const) {
  const n = b.at(-1)!;
  const isLayer = b.length === 2;
  for (const [name, aType, bType, bZero] of [
    ["UINT8 and INT8", "UINT8", "INT8", 0],
    ["INT8", "INT8", "INT8", 0],
    ["UINT8", "UINT8", "UINT8", 120],
  ] as const) {
    const aZero = aType === "INT8" ? 5 : 130;
    const result = { outputs: [typed("y", aType)], title: `${title}, ${name}` };
    const sums = { outputs: [typed("y", "INT32")], title: `${title}, ${name}` };
    for (const [form, right] of [
      ["", bytes(bType, b, 2)],
      [", both running", input(bType, b, 2)],
    ] as const) {
      cases.one(
        "QLinearMatMul",
        [10],
        [
          input(aType, a, 1),
          scale(0.03),
          zero(aType, aZero),
          right,
          isLayer ? scales(n, 5) : scale(0.007),
          isLayer ? tensor(bType, [n], Array(n).fill(bZero)) : zero(bType, bZero),
          scale(0.011 * Math.sqrt(a.at(-1)!)),
          zero(aType, aZero - 11),
        ],
        {},
        { ...result, title: result.title + form },
      );
      cases.one(
        "MatMulInteger",
        [10],
        [input(aType, a, 1), right, zero(aType, aZero), zero(bType, bZero)],
        {},
        {
          ...sums,
          title: sums.title + form,
        },
      );
    }
  }
}
cases.one(
  "MatMulInteger",
  [10],
  [input("UINT8", [4, 6], 1), input("INT8", [6, 5], 2)],
  {},
  {
    outputs: [typed("y", "INT32")],
    title: "no zero points",
  },
);
for (const transposed of [false, true]) {
  const [a, b] = transposed
    ? [
        [37, 5],
        [11, 37],
      ]
    : [
        [5, 37],
        [37, 11],
      ];
  const attributes = { transA: int(Number(transposed)), transB: int(Number(transposed)), alpha: float(0.5) };
  for (const [type, z] of [
    ["UINT8", 9],
    ["INT8", -4],
  ] as const) {
    const args = [
      input(type, a!, 1),
      scale(0.02),
      zero(type, z),
      bytes("INT8", b!, 2),
      scales(11, 4),
      tensor("INT8", [11], Array(11).fill(0)),
      biases(11),
    ];
    const title = `${type}${transposed ? ", transposed" : ""}`;
    cases.one("QGemm", [13], [...args, scale(0.04), zero(type, z + 3)], attributes, {
      ...microsoft,
      title,
      outputs: [typed("y", type)],
    });
    cases.one("QGemm", [13], args, attributes, { ...microsoft, title: `${title}, to FLOAT` });
  }
}
cases.one(
  "MatMulIntegerToFloat",
  [13],
  [
    input("UINT8", [3, 20], 1),
    bytes("INT8", [20, 7], 2),
    scale(0.02),
    scales(7, 1),
    zero("UINT8", 100),
    zero("INT8", 0),
    [7],
  ],
  {},
  { ...microsoft, title: "with a bias" },
);
cases.one(
  "DynamicQuantizeMatMul",
  [13],
  [[4, 24], bytes("INT8", [24, 9], 2), scales(9, 1), tensor("INT8", [9], Array(9).fill(0)), [9]],
  {},
  { ...microsoft },
);

// elements, pools
for (const type of TYPES) {
  const [z1, z2, z3] = type === "INT8" ? [3, -20, 11] : [120, 131, 99];
  const result = { ...microsoft, outputs: [typed("y", type)] };
  for (const op of ["QLinearAdd", "QLinearMul"]) {
    const out = scale(op === "QLinearAdd" ? 0.051 : 0.19);
    for (const [title, b] of [
      ["alike", [2, 3, 77]],
      ["repeated", [3, 1]],
      ["one number", [1]],
    ] as const) {
      cases.one(
        op,
        [13],
        [
          input(type, [2, 3, 77], 1),
          scale(0.031),
          zero(type, z1),
          input(type, b, 2),
          scale(0.047),
          zero(type, z2),
          out,
          zero(type, z3),
        ],
        {},
        { ...result, title: `${type}, ${title}` },
      );
    }
  }
  const unary = (x: readonly number[], from: number, to: number): Argument[] => [
    input(type, x, 1),
    scale(from),
    zero(type, z1),
    scale(to),
    zero(type, z2),
  ];
  cases.one("QLinearLeakyRelu", [13], unary([3, 90], 0.04, 0.03), { alpha: float(0.2) }, { ...result, title: type });
  cases.one("QLinearSigmoid", [13], unary([3, 90], 0.05, 1 / 256), {}, { ...result, title: type });
  cases.one("QLinearGlobalAveragePool", [13], unary([2, 9, 7, 5], 0.04, 0.011), {}, { ...result, title: type });
  cases.one(
    "QLinearAveragePool",
    [13],
    unary([1, 3, 9, 11], 0.04, 0.02),
    { kernel_shape: ints(3, 2), strides: ints(2, 1), pads: ints(1, 0, 1, 1), count_include_pad: int(1) },
    { ...result, title: `${type}, padding counts` },
  );
  cases.one(
    "QLinearAveragePool",
    [13],
    unary([1, 3, 9, 11], 0.04, 0.02),
    { kernel_shape: ints(3, 3), strides: ints(2, 2), pads: ints(1, 1, 1, 1), ceil_mode: int(1) },
    { ...result, title: `${type}, ceil_mode` },
  );
  cases.one(
    "QLinearConcat",
    [13],
    [
      scale(0.03),
      zero(type, z1),
      input(type, [2, 3, 5], 1),
      scale(0.04),
      zero(type, z2),
      input(type, [2, 2, 5], 2),
      scale(0.03),
      zero(type, z1),
    ],
    { axis: int(1) },
    { ...result, title: type },
  );
  cases.one(
    "MaxPool",
    [12],
    [input(type, [2, 5, 13, 37], 1)],
    { kernel_shape: ints(3, 3), strides: ints(2, 2), pads: ints(1, 1, 1, 1) },
    { outputs: [typed("y", type)], title: `${type}, stride 2` },
  );
  for (const [title, axis, opset] of [
    ["", -1, 13],
    [", axis 1", 1, 13],
    [", opset 12", 1, 12],
  ] as const) {
    cases.one(
      "QLinearSoftmax",
      [13],
      [input(type, [2, 5, 20], 1), scale(0.03), zero(type, z1), scale(1 / 256), zero(type, least(type))],
      { axis: int(axis), opset: int(opset) },
      { ...result, title: `${type}${title}` },
    );
  }
}

// networks of pairs of QuantizeLinear and DequantizeLinear
type Scaling = readonly [scale: number, zero: number];

/** A float operator between bytes: its inputs are dequantised, its result is quantised and dequantised. */
function between(
  title: string,
  nodes: readonly ReturnType<typeof node>[],
  inputs: Readonly<
    Record<string, readonly [CaseInput | TestTensor, Scaling | readonly [TestTensor, TestTensor, number]]>
  >,
  result: readonly [Byte, Scaling] | null,
  opset = 13,
): void {
  const given: Record<string, CaseInput> = {};
  const constants: Record<string, TestTensor> = {};
  const around = Object.entries(inputs).map(([name, [value, [factor, point, axis]]]) => {
    const type = value.type as Byte;
    if ("data" in value) given[name] = value;
    else constants[name] = value;
    constants[`${name}_s`] = typeof factor === "number" ? scale(factor) : factor;
    constants[`${name}_z`] = typeof point === "number" ? tensor(type, [], [point]) : point;
    const attributes = axis === undefined ? {} : { axis: int(axis) };
    return node("DequantizeLinear", [name, `${name}_s`, `${name}_z`], [`${name}_f`], attributes);
  });
  const ends: ReturnType<typeof node>[] = [];
  if (result !== null) {
    const [type, [factor, point]] = result;
    constants.y_s = scale(factor);
    constants.y_z = zero(type, point);
    ends.push(node("QuantizeLinear", ["f", "y_s", "y_z"], ["y"]));
  }
  const outputs = result === null ? ["f"] : [typed("y", result[0])];
  cases.many(`between bytes: ${title}`, opset, given, [...around, ...nodes, ...ends], constants, outputs);
}

for (const type of TYPES) {
  const [z, least] = type === "INT8" ? [-7, -128] : [119, 0];
  const x = (shape: readonly number[], seed = 1) => [input(type, shape, seed), [0.02, z]] as const;
  const w = bytes("INT8", [6, 4, 3, 3], 2);
  const perChannel = [scales(6, 3), tensor("INT8", [6], Array(6).fill(0)), 0] as const;
  const bias = (() => {
    const both = (perChannel[0].values as number[]).map((value) => Math.fround(value * Math.fround(0.02)));
    return [biases(6), [tensor("FLOAT", [6], both), tensor("INT32", [6], Array(6).fill(0)), 0]] as const;
  })();
  const conv = node("Conv", ["x_f", "w_f", "b_f"], ["c"], { pads: ints(1, 1, 1, 1) });
  const relu = node("Relu", ["c"], ["f"]);
  between(`${type}, Conv and Relu`, [conv, relu], { x: x([1, 4, 9, 8]), w: [w, perChannel], b: bias }, [
    type,
    [0.3, least],
  ]);
  const limit = [
    node("Constant", [], ["min"], { value: { tensor: scale(0) } }),
    node("Constant", [], ["max"], { value: { tensor: scale(6) } }),
    node("Clip", ["c", "min", "max"], ["f"]),
  ];
  between(`${type}, Conv and Clip`, [conv, ...limit], { x: x([1, 4, 9, 8]), w: [w, perChannel], b: bias }, [
    type,
    [6 / 255, least],
  ]);
  between(
    `${type}, MatMul`,
    [node("MatMul", ["x_f", "w_f"], ["f"])],
    {
      x: x([3, 16]),
      w: [bytes("INT8", [16, 5], 2), [scales(5, 3), tensor("INT8", [5], Array(5).fill(0)), 1]],
    },
    [type, [0.2, z]],
  );
  between(
    `${type}, MatMul to FLOAT`,
    [node("MatMul", ["x_f", "w_f"], ["f"])],
    {
      x: x([2, 3, 16]),
      w: [bytes("INT8", [16, 5], 2), [0.01, 0]],
    },
    null,
  );
  for (const op of ["Add", "Mul"]) {
    between(
      `${type}, ${op}`,
      [node(op, ["x_f", "w_f"], ["f"])],
      {
        x: x([2, 5, 7]),
        w: [input(type, [2, 5, 7], 3), [0.031, z + 2]],
      },
      [type, [0.05, z]],
    );
  }
  between(
    `${type}, Concat`,
    [node("Concat", ["x_f", "w_f"], ["f"], { axis: int(1) })],
    {
      x: x([2, 3, 4]),
      w: [input(type, [2, 2, 4], 3), [0.031, z + 2]],
    },
    [type, [0.031, z + 2]],
  );
  between(`${type}, GlobalAveragePool`, [node("GlobalAveragePool", ["x_f"], ["f"])], { x: x([2, 7, 5, 6]) }, [
    type,
    [0.01, z],
  ]);
  between(
    `${type}, AveragePool`,
    [node("AveragePool", ["x_f"], ["f"], { kernel_shape: ints(3, 3), strides: ints(2, 2), pads: ints(1, 1, 1, 1) })],
    { x: x([1, 3, 9, 8]) },
    [type, [0.015, z]],
  );
  between(
    `${type}, MaxPool, Transpose, Reshape`,
    [
      node("MaxPool", ["x_f"], ["p"], { kernel_shape: ints(2, 2), strides: ints(2, 2) }),
      node("QuantizeLinear", ["p", "x_s", "x_z"], ["pq"]),
      node("DequantizeLinear", ["pq", "x_s", "x_z"], ["pf"]),
      node("Transpose", ["pf"], ["f"], { perm: ints(0, 2, 3, 1) }),
    ],
    { x: x([1, 3, 6, 8]) },
    [type, [0.02, z]],
  );
  between(`${type}, Sigmoid`, [node("Sigmoid", ["x_f"], ["f"])], { x: x([3, 50]) }, [type, [1 / 256, least]]);
  between(`${type}, LeakyRelu`, [node("LeakyRelu", ["x_f"], ["f"], { alpha: float(0.1) })], { x: x([3, 50]) }, [
    type,
    [0.02, z],
  ]);
  between(`${type}, Softmax`, [node("Softmax", ["x_f"], ["f"], { axis: int(-1) })], { x: x([4, 20]) }, [
    type,
    [1 / 128, least],
  ]);
  const gemm = (inputs: string[]) => node("Gemm", inputs, ["f"], { transB: int(1) });
  const weights = [bytes("INT8", [6, 12], 2), perChannel] as const;
  between(`${type}, Gemm`, [gemm(["x_f", "w_f", "b_f"])], { x: x([3, 12]), w: weights, b: bias }, [type, [0.2, z]]);
  between(`${type}, Gemm to FLOAT`, [gemm(["x_f", "w_f", "b_f"])], { x: x([3, 12]), w: weights, b: bias }, null);
}
cases.many(
  "dynamically quantised layer",
  13,
  { x: [3, 20] },
  [
    node("DynamicQuantizeLinear", ["x"], ["xq", "xs", "xz"]),
    node("MatMulInteger", ["xq", "w", "xz", "wz"], ["sums"]),
    node("Cast", ["sums"], ["floats"], { to: int(1) }),
    node("Mul", ["xs", "ws"], ["both"]),
    node("Mul", ["floats", "both"], ["scaled"]),
    node("Add", ["scaled", "bias"], ["y"]),
  ],
  {
    w: bytes("INT8", [20, 6], 2),
    wz: zero("INT8", 0),
    ws: scales(6, 3),
    bias: tensor("FLOAT", [6], [1, 2, 3, 4, 5, 6]),
  },
);

export const { all } = cases;
