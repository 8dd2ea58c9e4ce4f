import { Cases, int, node, running, scalar, typed } from "./builder.ts";

/** Comparisons, truth values, choices, and what is chosen by counting. */
const cases = new Cases();
const few = [2, 3, 13];
const truth = { outputs: [typed("y", "BOOL")] };
const bools = (shape: readonly number[], seed: number) =>
  running(
    "BOOL",
    shape,
    Array.from({ length: shape.reduce((a, b) => a * b, 1) }, (_, i) => ((i * i + seed) % 3 === 0 ? 1 : 0)),
  );
const rounded = (type: "FLOAT" | "INT64" | "INT32", shape: readonly number[], seed: number) =>
  running(
    type,
    shape,
    Array.from({ length: shape.reduce((a, b) => a * b, 1) }, (_, i) => ((i * 7 + seed) % 5) - 2),
  );

for (const op of ["Equal", "Greater", "Less", "GreaterOrEqual", "LessOrEqual"]) {
  const opsets = op.endsWith("OrEqual") ? [12, 16] : op === "Equal" ? [11, 13] : [9, 13];
  for (const type of ["FLOAT", "INT64", "INT32"] as const) {
    cases.one(op, opsets, [rounded(type, few, 1), rounded(type, few, 3)], {}, { ...truth, title: type });
    cases.one(
      op,
      opsets,
      [rounded(type, [3, 1], 1), rounded(type, few, 3)],
      {},
      { ...truth, title: `${type}, repeated` },
    );
  }
}
cases.one("Equal", [13], [bools(few, 1), bools([13], 2)], {}, { ...truth, title: "BOOL" });
for (const op of ["And", "Or", "Xor"]) {
  cases.one(op, [7], [bools(few, 1), bools(few, 2)], {}, truth);
  cases.one(op, [7], [bools(few, 1), bools([2, 1, 1], 2)], {}, { ...truth, title: "repeated" });
}
cases.one("Not", [7], [bools(few, 1)], {}, truth);
const special = running("FLOAT", [7], [1, Number.NaN, Infinity, -Infinity, 0, -0, Number.NaN]);
cases.one("IsNaN", [9, 13], [special], {}, truth);
cases.one("IsInf", [10], [special], {}, truth);
cases.one("IsInf", [10], [special], { detect_negative: int(0) }, { ...truth, title: "positive" });
cases.one("IsInf", [10], [special], { detect_positive: int(0) }, { ...truth, title: "negative" });

cases.one("Where", [9, 16], [bools(few, 1), few, few]);
cases.one("Where", [16], [bools([3, 1], 1), few, [1]], {}, { title: "rows" });
cases.one("Where", [16], [bools([13], 1), [2, 1, 13], scalar(-1)], {}, { title: "columns" });
cases.one("Where", [16], [bools([2, 1, 1], 1), [1, 3, 1], [13]], {}, { title: "each its own axis" });
cases.one("Where", [16], [bools([2, 70], 1), [2, 70], [70]], {}, { title: "long rows" });
cases.many(
  "Where of a comparison",
  13,
  { x: few },
  [
    node("Greater", ["x", "zero"], ["positive"]),
    node("Neg", ["x"], ["less"]),
    node("Where", ["positive", "x", "less"], ["y"]),
  ],
  { zero: scalar(0) },
);

cases.one(
  "Clip",
  [13],
  [few, running("FLOAT", [], [-0.25]), running("FLOAT", [], [0.5])],
  {},
  { title: "bounds as inputs" },
);
cases.many("Clip between computed bounds", 13, { x: few }, [
  node("ReduceMean", ["x"], ["mean"], { keepdims: int(0) }),
  node("Clip", ["x", "mean", ""], ["y"]),
]);
cases.one("Mod", [13], [few, [13]], { fmod: int(1) }, { title: "FLOAT" });
cases.one("CumSum", [11, 14], [few, { type: "INT64", dims: [], values: [1] }]);
cases.one(
  "CumSum",
  [14],
  [few, { type: "INT32", dims: [1], values: [-1] }],
  { exclusive: int(1) },
  { title: "exclusive" },
);
cases.one("CumSum", [14], [few, { type: "INT32", dims: [], values: [0] }], { reverse: int(1) }, { title: "reverse" });
for (const upper of [0, 1]) {
  cases.one("Trilu", [14], [[2, 3, 5]], { upper: int(upper) }, { title: `upper ${upper}` });
  cases.one(
    "Trilu",
    [14],
    [[5, 3], { type: "INT64", dims: [], values: [-1] }],
    { upper: int(upper) },
    { title: `upper ${upper}, below` },
  );
}
cases.one(
  "Trilu",
  [14],
  [rounded("INT64", [3, 4], 1), { type: "INT64", dims: [], values: [1] }],
  {},
  { outputs: [typed("y", "INT64")], title: "INT64" },
);
cases.one("EyeLike", [9], [[3, 4]], {});
cases.one("EyeLike", [9], [[3, 4]], { k: int(-1), dtype: int(7) }, { outputs: [typed("y", "INT64")], title: "INT64" });
const indices = running("INT64", [2, 3], [0, 2, -1, 4, -5, 7]);
const ends = { type: "FLOAT", dims: [2], values: [-1, 3] } as const;
cases.one("OneHot", [9, 11], [indices, { type: "INT64", dims: [], values: [5] }, ends]);
cases.one(
  "OneHot",
  [11],
  [indices, { type: "INT64", dims: [1], values: [5] }, ends],
  { axis: int(1) },
  { title: "axis 1" },
);
cases.one(
  "OneHot",
  [11],
  [rounded("FLOAT", [4], 1), { type: "INT64", dims: [], values: [3] }, { type: "INT64", dims: [2], values: [0, 9] }],
  { axis: int(0) },
  { outputs: [typed("y", "INT64")], title: "FLOAT indices" },
);
cases.one("Hardmax", [11, 13], [[2, 3, 4]], { axis: int(1) });
cases.one("Hardmax", [13], [[2, 3, 4]], {}, { title: "default" });

export const { all } = cases;
