/** Small files as PyTorch's and others' exporters write them. */
import {
  Cases,
  float,
  index,
  int,
  int64,
  ints,
  node,
  reals,
  running,
  scalar,
  string,
  typed,
  weights,
} from "./builder.ts";

const cases = new Cases();
export const { all } = cases;

const maps = [1, 4, 6, 6];
const half = { type: "FLOAT16", dims: [4, 3, 3, 3], raw: halfBits(108) } as const;

/** -0.75, -0.5 ... 0.75 as float16, in turn: their bits. */
function halfBits(count: number): Uint8Array {
  const bits = [0xba00, 0xb800, 0xb400, 0x0000, 0x3400, 0x3800, 0x3a00];
  return new Uint8Array(Uint16Array.from({ length: count }, (_, i) => bits[(i * 3) % 7]!).buffer);
}

cases.many("a map of classes", 13, { x: maps }, [
  node("ArgMax", ["x"], ["i"], { axis: int(1), keepdims: int(0), select_last_index: int(0) }),
  node("Cast", ["i"], ["y"], { to: int(1) }),
]);
cases.many(
  "values rounded to float16",
  13,
  { x: maps },
  [
    node("Cast", ["x"], ["h"], { to: int(10) }),
    node("Cast", ["h"], ["f"], { to: int(1) }),
    node("Mul", ["f", "k"], ["y"]),
  ],
  { k: scalar(3) },
);
cases.many(
  "clipped to its own extremes",
  13,
  { x: maps },
  [
    node("ReduceMin", ["x"], ["least"], { keepdims: int(0) }),
    node("ReduceMax", ["x"], ["most"], { keepdims: int(0) }),
    node("Neg", ["most"], ["low"]),
    node("Cast", ["low"], ["a"], { to: int(1) }),
    node("Cast", ["most"], ["b"], { to: int(1) }),
    node("Clip", ["x", "a", "b"], ["y"]),
    node("Sub", ["y", "least"], ["z"]),
  ],
  {},
  ["y", "z"],
);
cases.many(
  "clipped below a computed number",
  13,
  { x: [1, 16] },
  [
    node("ReduceMax", ["x"], ["m"], { keepdims: int(0) }),
    node("Sub", ["m", "c"], ["low"]),
    node("Clip", ["x", "low"], ["y"]),
  ],
  { c: scalar(0.5) },
);
for (const comparison of ["Greater", "LessOrEqual"]) {
  cases.many(
    `a mask by ${comparison}`,
    13,
    { x: [1, 8] },
    [node(comparison, ["x", "k"], ["e"]), node("Cast", ["e"], ["f"], { to: int(1) }), node("Mul", ["x", "f"], ["y"])],
    { k: scalar(0.1) },
  );
}
cases.many(
  "one value or another",
  13,
  { x: maps },
  [node("Greater", ["x", "zero"], ["c"]), node("Mul", ["x", "k"], ["m"]), node("Where", ["c", "x", "m"], ["y"])],
  { zero: scalar(0), k: scalar(0.1) },
);
cases.many(
  "peaks, where many are equal",
  13,
  {
    x: running(
      "FLOAT",
      [1, 1, 8, 8],
      Array.from({ length: 64 }, (_, i) => ((i * 5) % 7) - 3),
    ),
  },
  [
    node("Sigmoid", ["x"], ["s"]),
    node("MaxPool", ["s"], ["m"], { kernel_shape: ints(3, 3), pads: ints(1, 1, 1, 1), strides: ints(1, 1) }),
    node("Equal", ["s", "m"], ["e"]),
    node("Cast", ["e"], ["f"], { to: int(1) }),
    node("Mul", ["s", "f"], ["y"]),
  ],
);
cases.many("a weight that is an input", 13, { x: [1, 4, 8, 8], w: [4, 4, 3, 3] }, [
  node("Conv", ["x", "w"], ["y"], { pads: ints(1, 1, 1, 1) }),
]);
cases.many(
  "a node that no output needs",
  13,
  { x: [1, 4, 8, 8] },
  [node("Conv", ["x", "w"], ["y"]), node("TopK", ["x", "k"], ["v", "i"])],
  { w: weights(2, 4, 4, 3, 3), k: int64(2) },
);
cases.many(
  "nodes in another order",
  13,
  { x: [1, 4, 8, 8] },
  [node("Relu", ["a"], ["y"]), node("Conv", ["x", "w"], ["a"])],
  { w: weights(2, 4, 4, 3, 3) },
);
cases.many("products of channels", 13, { x: maps }, [
  node("Einsum", ["x", "x"], ["y"], { equation: string("bchw,bdhw->bcd") }),
]);

const branch = (op: string) => ({ graph: { nodes: [node(op, ["x"], ["out"])], outputs: ["out"] } });
const either = { then_branch: branch("Relu"), else_branch: branch("Neg") };
cases.many("a branch on a constant", 16, { x: [1, 4] }, [node("If", ["c"], ["y"], either)], {
  c: { type: "BOOL", dims: [], values: [1] },
});
for (const bound of [-1, 1]) {
  cases.many(
    `a branch on data, above ${bound}`,
    13,
    { x: [1, 4] },
    [
      node("ReduceMax", ["x"], ["m"], { keepdims: int(1) }),
      node("GreaterOrEqual", ["m", "h"], ["c0"]),
      node("Cast", ["c0"], ["c"], { to: int(9) }),
      node("If", ["c"], ["y"], either),
    ],
    { h: reals(bound) },
  );
  cases.many(
    `a branch on a sample rate of ${bound < 0 ? "16" : "8"} kHz`,
    16,
    { x: [1, 4], rate: running("INT64", [], [bound < 0 ? 16000 : 8000]) },
    [node("Equal", ["rate", "r"], ["c"]), node("If", ["c"], ["y"], either)],
    { r: index(16000) },
  );
}

cases.many(
  "token ids",
  13,
  { x: running("INT64", [1, 6], [3, 1, 4, 1, 5, 9]) },
  [node("Gather", ["table", "x"], ["e"], { axis: int(0) }), node("ReduceMean", ["e"], ["y"], { axes: ints(1) })],
  { table: weights(3, 10, 4) },
);
cases.many("an integer that nothing reads", 13, { x: [1, 4], rate: running("INT64", [], [16000]) }, [
  node("Relu", ["x"], ["y"]),
]);
for (const type of ["INT64", "UINT8"] as const) {
  const picture = running(
    type,
    [1, 4, 4, 3],
    Array.from({ length: 48 }, (_, i) => (i * 37) % 256),
  );
  cases.many(`a picture of ${type}, channels last`, 13, { x: picture }, [
    node("Cast", ["x"], ["f"], { to: int(1) }),
    node("Transpose", ["f"], ["y"], { perm: ints(0, 3, 1, 2) }),
  ]);
}
cases.many(
  "a picture of bytes",
  13,
  {
    x: running(
      "UINT8",
      [1, 3, 8, 8],
      Array.from({ length: 192 }, (_, i) => (i * 41) % 256),
    ),
  },
  [
    node("Cast", ["x"], ["f"], { to: int(1) }),
    node("Div", ["f", "c"], ["d"]),
    node("Conv", ["d", "w"], ["y"], { kernel_shape: ints(3, 3) }),
  ],
  { c: scalar(255), w: weights(4, 4, 3, 3, 3) },
);
cases.many(
  "outputs with numbers for names, in the file's order",
  13,
  { x: [1, 4, 3, 3] },
  [node("Relu", ["x"], ["494"]), node("Neg", ["x"], ["448"]), node("Abs", ["x"], ["471"])],
  {},
  ["494", "448", "471"],
);

// onnxruntime leaves out the casts of the input and the result, so that only the weight is rounded: whole numbers show nothing of it
const wholes = running(
  "FLOAT",
  [1, 3, 8, 8],
  Array.from({ length: 192 }, (_, i) => ((i * 7) % 9) - 4),
);
const cast16 = node("Cast", ["x"], ["x16"], { to: int(10) });
const conv16 = [
  node("Conv", ["x16", "w"], ["y16"], { kernel_shape: ints(3, 3), pads: ints(1, 1, 1, 1) }),
  node("Relu", ["y16"], ["z16"]),
];
const back = node("Cast", ["z16"], ["y"], { to: int(1) });
cases.many("a float16 network between casts", 15, { x: wholes }, [cast16, ...conv16, back], { w: half });
cases.many("a float16 network between casts, in another order", 15, { x: wholes }, [...conv16, cast16, back], {
  w: half,
});

cases.one(
  "AveragePool",
  [19],
  [[1, 4, 8, 8]],
  { dilations: ints(2, 2), kernel_shape: ints(2, 2) },
  { title: "dilations" },
);
cases.one("LpPool", [12], [[1, 4, 8, 8]], { kernel_shape: ints(2, 2), p: int(2) });
cases.one(
  "MaxPool",
  [12],
  [[1, 2, 7, 8]],
  { kernel_shape: ints(2, 2), strides: ints(2, 2) },
  { outputs: ["y", typed("i", "INT64")], title: "places" },
);
cases.one("MaxPool", [12], [[1, 2, 7, 3]], { kernel_shape: ints(1, 5), strides: ints(1, 2) }, { title: "nothing" });
cases.one("Selu", [6, 13], [maps]);
cases.one("Sin", [13], [maps]);

const wave = Array.from({ length: 12 }, (_, i) => i);
const nearest = {
  coordinate_transformation_mode: string("half_pixel"),
  mode: string("nearest"),
  nearest_mode: string("round_prefer_floor"),
};
cases.one("Resize", [14], [running("FLOAT", [1, 1, 1, 12], wave), "", "", int64(1, 1, 1, 21)], nearest, {
  title: "ties, 12 to 21",
});
for (const [length, scale] of [
  [8, 1.75],
  [4, 3.5],
] as const) {
  cases.one(
    "Resize",
    [14],
    [running("FLOAT", [1, 1, 1, length], wave.slice(0, length)), "", reals(1, 1, 1, scale)],
    nearest,
    { title: `ties, scale ${scale}` },
  );
}
cases.one(
  "Resize",
  [18],
  [[1, 4, 8, 8], "", reals(0.5, 0.6)],
  { antialias: int(1), axes: ints(2, 3), mode: string("linear") },
  { title: "antialias" },
);
cases.one(
  "Resize",
  [13],
  [[1, 5, 6, 2], "", reals(1, 2, 1.5, 1)],
  { coordinate_transformation_mode: string("asymmetric"), mode: string("nearest"), nearest_mode: string("floor") },
  { title: "channels last" },
);
cases.one(
  "Resize",
  [13],
  [[1, 2, 6, 6], "", "", int64(1, 2, 9, 11)],
  { coordinate_transformation_mode: string("pytorch_half_pixel"), cubic_coeff_a: float(0), mode: string("cubic") },
  { title: "cubic" },
);

cases.many(
  "a recurrent layer in both directions",
  12,
  { x: [5, 1, 3] },
  [
    node("LSTM", ["x", "w", "r", "b"], ["h"], { direction: string("bidirectional"), hidden_size: int(2) }),
    node("Transpose", ["h"], ["t"], { perm: ints(0, 2, 1, 3) }),
    node("Reshape", ["t", "shape"], ["y"]),
  ],
  { w: weights(1, 2, 8, 3), r: weights(2, 2, 8, 2), b: weights(3, 2, 16), shape: int64(5, 1, 4) },
);
// as PyTorch writes nn.LSTM(batch_first=True): states of zeros, as many as the batch has rows
cases.many(
  "a recurrent layer whose first states follow the batch",
  13,
  { x: [1, 5, 8] },
  [
    node("Transpose", ["x"], ["xt"], { perm: ints(1, 0, 2) }),
    node("Shape", ["xt"], ["shape"]),
    node("Gather", ["shape", "one"], ["batch"]),
    node("Unsqueeze", ["batch", "axis"], ["batch1"]),
    node("Concat", ["ones", "batch1", "ones"], ["states"], { axis: int(0) }),
    node("Expand", ["zeros", "states"], ["h0"]),
    node("LSTM", ["xt", "w", "r", "b", "", "h0", "h0"], ["h", "hn", "cn"], {
      direction: string("bidirectional"),
      hidden_size: int(6),
    }),
    node("Transpose", ["h"], ["ht"], { perm: ints(0, 2, 1, 3) }),
    node("Reshape", ["ht", "wide"], ["hr"]),
    node("Transpose", ["hr"], ["y"], { perm: ints(1, 0, 2) }),
  ],
  {
    one: index(1),
    axis: int64(0),
    ones: int64(1),
    zeros: { dims: [2, 1, 6], values: Array(12).fill(0) },
    w: weights(1, 2, 24, 8),
    r: weights(2, 2, 24, 6),
    b: weights(3, 2, 48),
    wide: int64(0, 0, -1),
  },
);

const boxes = [0, 0, 1, 1, 0, 0.1, 1, 1.1, 0, -0.1, 1, 0.9, 0, 10, 1, 11, 0, 10.1, 1, 11.1, 0, 100, 1, 101];
cases.one(
  "NonMaxSuppression",
  [13],
  [
    running("FLOAT", [1, 6, 4], boxes),
    running("FLOAT", [1, 1, 6], [0.9, 0.75, 0.6, 0.95, 0.5, 0.3]),
    int64(3),
    reals(0.5),
    reals(0),
  ],
  {},
  { outputs: [typed("y", "INT64")] },
);
cases.many(
  "the greatest of all",
  13,
  { x: maps },
  [
    node("Flatten", ["x"], ["f"], { axis: int(1) }),
    node("TopK", ["f", "k"], ["y", "i"], { axis: int(-1), largest: int(1), sorted: int(1) }),
  ],
  { k: int64(5) },
);
