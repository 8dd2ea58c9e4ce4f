/** Results whose length depends on data, and the operators that follow them. */
import { randoms } from "../reference.ts";
import { Cases, type InputType, int, int64, ints, node, reals, running, scalar, typed } from "./builder.ts";

const cases = new Cases();
export const { all } = cases;

const SPARSE = [0, 3, 0, 0, -1, 0, 0, 0, 2, 0, 0, 0, 0, 5, 5, 0, 0, 0, 1, 0, 0, 0, 0, 7];
const LONG = [typed("y", "INT64")];

for (const type of ["FLOAT", "INT64", "INT32", "UINT8", "BOOL"] as const) {
  const numbers = SPARSE.map((value) =>
    type === "BOOL" ? Number(value !== 0) : type === "UINT8" ? Math.abs(value) : value,
  );
  cases.one("NonZero", [13], [running(type, [2, 3, 4], numbers)], {}, { outputs: LONG, title: type });
}
cases.one("NonZero", [9, 13], [running("FLOAT", [24], SPARSE)], {}, { outputs: LONG });
cases.one("NonZero", [13], [running("FLOAT", [2, 3], [0, 0, -0, 0, 0, 0])], {}, { outputs: LONG, title: "nothing" });
cases.one("NonZero", [13], [[2, 3]], {}, { outputs: LONG, title: "nearly everything" });
cases.one("NonZero", [13], [{ dims: [2, 3], values: [0, 1, 0, 2, 0, 0] }], {}, { outputs: LONG, title: "constant" });

const condition = running("BOOL", [4], [0, 1, 1, 0]);
cases.one("Compress", [9, 11], [[4, 3], condition], { axis: int(0) });
cases.one("Compress", [11], [[2, 4, 3], condition], { axis: int(-2) }, { title: "in the middle" });
cases.one("Compress", [11], [[3, 2], running("BOOL", [5], [0, 1, 0, 0, 1])], {}, { title: "all elements" });
cases.one(
  "Compress",
  [11],
  [[2, 5], running("BOOL", [3], [1, 0, 1])],
  { axis: int(1) },
  { title: "a short condition" },
);
cases.one(
  "Compress",
  [11],
  [running("INT64", [3], [7, 8, 9]), running("BOOL", [3], [0, 0, 1])],
  { axis: int(0) },
  { outputs: LONG, title: "INT64" },
);

const REPEATED = [2, 1, 1, 3, 4, 3, 2, 2, 0, 1, 1, 3];
const ALL = (type: InputType) => [typed("y", type), typed("i", "INT64"), typed("n", "INT64"), typed("c", "INT64")];
for (const type of ["FLOAT", "INT64", "INT8"] as const) {
  for (const sorted of [0, 1]) {
    cases.one(
      "Unique",
      [11],
      [running(type, [3, 4], REPEATED)],
      { sorted: int(sorted) },
      { outputs: ALL(type), title: `${type} ${sorted}` },
    );
    const rows = [1, 0, 0, 1, 0, 0, 2, 3, 4, 1, 0, 0, 0, 5, 6];
    cases.one(
      "Unique",
      [11],
      [running(type, [5, 3], rows)],
      { sorted: int(sorted), axis: int(0) },
      { outputs: ALL(type), title: `${type} ${sorted} rows` },
    );
    cases.one(
      "Unique",
      [11],
      [running(type, [2, 4], [1, 1, 2, 1, 0, 0, 3, 0])],
      { sorted: int(sorted), axis: int(1) },
      { outputs: ALL(type), title: `${type} ${sorted} columns` },
    );
  }
}

// boxes: 2 images, 3 classes, 20 boxes
const spread = (seed: number, count: number) => Array.from(randoms(seed, count), (value) => (value + 1) / 2);
const corners = (seed: number, count: number) => {
  const numbers = spread(seed, count * 4);
  return Array.from({ length: count }, (_, i) => {
    const [y, x, h, w] = numbers.slice(4 * i, 4 * i + 4) as [number, number, number, number];
    // every third one upside down
    return i % 3 === 0 ? [y + h / 2, x + w / 2, y, x] : [y, x, y + h / 2, x + w / 2];
  }).flat();
};
const boxes = running("FLOAT", [2, 20, 4], corners(3, 40));
const scores = running(
  "FLOAT",
  [2, 3, 20],
  spread(4, 120).map((value) => Math.round(value * 16) / 16),
);
for (const center of [0, 1]) {
  const args = [boxes, scores, int64(6), reals(0.3), reals(0.4)];
  cases.one(
    "NonMaxSuppression",
    [10, 11],
    args,
    { center_point_box: int(center) },
    { outputs: LONG, title: `${center}` },
  );
}
cases.one("NonMaxSuppression", [11], [boxes, scores, int64(4)], {}, { outputs: LONG, title: "no bounds" });
cases.one("NonMaxSuppression", [11], [boxes, scores], {}, { outputs: LONG, title: "none" });
cases.one(
  "NonMaxSuppression",
  [11],
  [boxes, scores, int64(2 ** 31 - 1), reals(0.5)],
  {},
  { outputs: LONG, title: "no limit" },
);
cases.one(
  "NonMaxSuppression",
  [11],
  [boxes, scores, int64(5), "", reals(0.9)],
  {},
  { outputs: LONG, title: "no overlap" },
);
cases.one(
  "NonMaxSuppression",
  [11],
  [boxes, scores, running("INT64", [1], [3]), running("FLOAT", [1], [0.2]), running("FLOAT", [1], [0.5])],
  {},
  { outputs: LONG, title: "bounds of a run" },
);
cases.one(
  "NonMaxSuppression",
  [11],
  [boxes, scores, int64(5), reals(0.5), reals(2)],
  {},
  { outputs: LONG, title: "nothing" },
);

/** What follows the places of numbers above 0.5 among (12, 5). */
function following(
  title: string,
  nodes: ReturnType<typeof node>[],
  constants = {},
  outputs = [typed("y", "FLOAT")],
  opset = 18,
) {
  const given = {
    x: running(
      "FLOAT",
      [12, 5],
      Array.from(randoms(9, 60), (value) => Math.round(value * 64) / 64),
    ),
  };
  const found = [
    node("Gather", ["x", "column"], ["first"], { axis: int(1) }),
    node("Greater", ["first", "bound"], ["mask"]),
    node("NonZero", ["mask"], ["places"]),
    node("Squeeze", ["places", "zero"], ["rows"]),
    node("Gather", ["x", "rows"], ["g"]),
  ];
  const all = { column: { type: "INT64", dims: [], values: [0] }, bound: scalar(0.2), zero: int64(0), ...constants };
  cases.many(`found: ${title}`, opset, given, [...found, ...nodes], all as never, outputs);
}
following("gathered", [node("Identity", ["g"], ["y"])]);
following(
  "elementwise",
  [node("Add", ["g", "g"], ["a"]), node("Sigmoid", ["a"], ["b"]), node("Mul", ["b", "w"], ["y"])],
  { w: reals(1, 2, 3, 4, 5) },
);
following("cast", [node("Cast", ["rows"], ["y"], { to: int(1) })]);
following(
  "unsqueezed, transposed",
  [node("Unsqueeze", ["g", "one"], ["u"]), node("Transpose", ["u"], ["y"], { perm: ints(2, 0, 1) })],
  { one: int64(1) },
);
following("sliced on another axis", [node("Slice", ["g", "one", "four", "one"], ["y"])], {
  one: int64(1),
  four: int64(4),
});
following("sliced from the beginning", [node("Slice", ["g", "zero", "four", "zero"], ["y"])], { four: int64(4) });
following("sliced to the last but one", [node("Slice", ["g", "zero", "end", "zero"], ["y"])], { end: int64(-1) });
following("reshaped by -1", [node("Reshape", ["g", "flat"], ["y"])], { flat: int64(-1) });
following("reshaped to columns", [node("Reshape", ["g", "shape"], ["y"])], { shape: int64(-1, 5, 1) });
following("joined on another axis", [node("Concat", ["g", "g"], ["y"], { axis: int(1) })]);
following("its shape", [node("Shape", ["g"], ["y"])], {}, LONG);
following("how many", [
  node("Shape", ["g"], ["s"]),
  node("Gather", ["s", "zero"], ["n"]),
  node("Cast", ["n"], ["y"], { to: int(1) }),
]);
following(
  "expanded by its shape",
  [
    node("Shape", ["g"], ["s"]),
    node("Gather", ["s", "zero"], ["n"]),
    node("Concat", ["n", "three"], ["e"], { axis: int(0) }),
    node("Slice", ["g", "zero", "one", "one"], ["c"]),
    node("Expand", ["c", "e"], ["y"]),
  ],
  { three: int64(3), one: int64(1) },
);
following(
  "a range and zeros as long",
  [
    node("Shape", ["rows"], ["s"]),
    node("Squeeze", ["s"], ["n"]),
    node("Range", ["from", "n", "by"], ["r"]),
    node("Cast", ["r"], ["f"], { to: int(1) }),
    node("ConstantOfShape", ["s"], ["z"]),
    node("Add", ["f", "z"], ["y"]),
  ],
  { from: { type: "INT64", dims: [], values: [0] }, by: { type: "INT64", dims: [], values: [1] } },
);
following("summed over both axes", [node("ReduceSum", ["g"], ["y"], { keepdims: int(0) })]);
following("greatest of all", [node("ReduceMax", ["g", "zero"], ["y"], { keepdims: int(0) })]);
following("mean of each", [node("ReduceMean", ["g", "one"], ["y"])], { one: int64(1) });
following("softmax among them", [node("Softmax", ["g"], ["y"], { axis: int(0) })]);
following("product", [node("MatMul", ["g", "w"], ["y"])], {
  w: { dims: [5, 2], values: [1, 2, 3, 4, 5, 6, 7, 8, 9, 10] },
});
following("all pairs", [node("Transpose", ["g"], ["t"]), node("MatMul", ["g", "t"], ["y"])]);
following("summed products", [node("Transpose", ["g"], ["t"]), node("MatMul", ["t", "g"], ["y"])]);
following(
  "padded to a length",
  [
    node("Shape", ["g"], ["s"]),
    node("Gather", ["s", "zero"], ["n"]),
    node("Sub", ["most", "n"], ["rest"]),
    node("Concat", ["zero", "zero", "rest", "zero"], ["pads"], { axis: int(0) }),
    node("Pad", ["g", "pads"], ["y"]),
  ],
  { most: int64(20) },
);
following(
  "the best, as many as there are",
  [
    node("Shape", ["g"], ["s"]),
    node("Gather", ["s", "zero"], ["n"]),
    node("Concat", ["n", "three"], ["both"], { axis: int(0) }),
    node("ReduceMin", ["both"], ["k"]),
    node("Slice", ["g", "zero", "one", "one"], ["c"]),
    node("Reshape", ["c", "flat"], ["f"]),
    node("TopK", ["f", "k"], ["y", "i"]),
  ],
  { three: int64(30), one: int64(1), flat: int64(-1) },
  [typed("y", "FLOAT"), typed("i", "INT64")],
);
following(
  "scattered back",
  [node("Unsqueeze", ["rows", "one"], ["i"]), node("Neg", ["g"], ["m"]), node("ScatterND", ["x", "i", "m"], ["y"])],
  { one: int64(1) },
);
following(
  "found again",
  [
    node("Slice", ["g", "one", "two", "one"], ["c"]),
    node("Reshape", ["c", "flat"], ["f"]),
    node("Greater", ["f", "nought"], ["more"]),
    node("NonZero", ["more"], ["p"]),
    node("Reshape", ["p", "flat"], ["q"]),
    node("Gather", ["g", "q"], ["y"]),
  ],
  { one: int64(1), two: int64(2), flat: int64(-1), nought: scalar(0) },
);
following("tuples of places", [
  node("Greater", ["x", "bound"], ["all"]),
  node("NonZero", ["all"], ["p"]),
  node("Transpose", ["p"], ["t"]),
  node("GatherND", ["x", "t"], ["y"]),
]);
following(
  "split on another axis",
  [node("Split", ["g", "sizes"], ["a", "b"], { axis: int(1) }), node("Sub", ["a", "last"], ["y"])],
  { sizes: int64(2, 3), last: reals(1, 2) },
);
following(
  "a branch if there are any",
  [
    node("Size", ["rows"], ["n"]),
    node("Equal", ["n", "none"], ["e"]),
    {
      op: "If",
      inputs: ["e"],
      outputs: ["y"],
      attributes: {
        then_branch: { graph: { nodes: [node("Neg", ["x"], ["a"])], outputs: [{ name: "a" }] } },
        else_branch: { graph: { nodes: [node("Abs", ["x"], ["b"])], outputs: [{ name: "b" }] } },
      },
    } as never,
  ],
  { none: { type: "INT64", dims: [], values: [0] } },
);

// a range whose limits only a run knows
for (const type of ["FLOAT", "INT64", "INT32"] as const) {
  for (const [title, numbers] of [
    ["up", [2, 11, 3]],
    ["down", [5, -4, -2]],
    ["nothing", [3, 3, 1]],
  ] as const) {
    const args = numbers.map((value) => running(type, [], [type === "FLOAT" ? value / 2 : value]));
    cases.one("Range", [11], args, {}, { outputs: [typed("y", type)], title: `${type} ${title}` });
  }
}
cases.many(
  "a mask of the places before each length, as many as the longest has",
  17,
  { n: running("INT64", [3], [2, 5, 0]) },
  [
    node("ReduceMax", ["n"], ["most"], { keepdims: int(0) }),
    node("Range", ["zero", "most", "one"], ["places"]),
    node("Unsqueeze", ["n", "last"], ["column"]),
    node("Less", ["places", "column"], ["mask"]),
    node("Cast", ["mask"], ["y"], { to: int(1) }),
  ],
  {
    zero: { type: "INT64", dims: [], values: [0] },
    one: { type: "INT64", dims: [], values: [1] },
    last: { type: "INT64", dims: [1], values: [1] },
  },
);
// both have one axis of one element at most, and it is not the same axis
for (const taken of [0, 1]) {
  cases.many(
    `NonZero of one element, ${taken}, and its transpose`,
    13,
    { x: running("BOOL", [1], [taken]) },
    [node("NonZero", ["x"], ["y"]), node("Transpose", ["y"], ["t"])],
    {},
    [typed("y", "INT64"), typed("t", "INT64")],
  );
}
