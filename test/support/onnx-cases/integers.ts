import { type CaseInput, Cases, type InputType, int, int64, ints, running, string, typed } from "./builder.ts";

/** Whole numbers while running, which wrap around. */
const cases = new Cases();

type Whole = "INT64" | "INT32" | "UINT8" | "INT8";
const WHOLE: readonly Whole[] = ["INT64", "INT32", "UINT8", "INT8"];
const LIMITS: Readonly<Record<Whole, readonly [least: bigint, most: bigint]>> = {
  INT64: [-(2n ** 63n), 2n ** 63n - 1n],
  INT32: [-(2n ** 31n), 2n ** 31n - 1n],
  UINT8: [0n, 255n],
  INT8: [-128n, 127n],
};
const result = (type: InputType) => ({ outputs: [typed("y", type)] });

/** Numbers of all sizes, both ends of the type among them. */
function wide(type: Whole, shape: readonly number[], seed: number): CaseInput {
  const [least, most] = LIMITS[type];
  const count = shape.reduce((product, length) => product * length, 1);
  const numbers = Array.from({ length: count }, (_, i) => {
    if (i % 7 === 3) return i % 2 === 0 ? least : most;
    const number = BigInt.asIntN(64, BigInt(i + seed) * 0x9e3779b97f4a7c15n);
    return least + ((((number >> BigInt((i * 5) % 60)) % (most - least)) + (most - least)) % (most - least));
  });
  return running(type, shape, type === "INT64" ? numbers : numbers.map(Number));
}

/** Small numbers, of both signs where there are two, none of them 0. */
function small(type: Whole, shape: readonly number[], seed: number): CaseInput {
  const count = shape.reduce((product, length) => product * length, 1);
  const sign = (i: number) => (type === "UINT8" || i % 3 !== 0 ? 1 : -1);
  return running(
    type,
    shape,
    Array.from({ length: count }, (_, i) => sign(i) * (1 + ((i * 7 + seed) % 11))),
  );
}

const few = [2, 3, 13];
for (const type of WHOLE) {
  const title = { title: type, ...result(type) };
  const repeated = { title: `${type}, repeated`, ...result(type) };
  for (const op of ["Add", "Sub", "Mul"]) {
    cases.one(op, [14], [wide(type, few, 1), wide(type, few, 2)], {}, title);
    cases.one(op, [14], [wide(type, few, 1), small(type, [3, 1], 2)], {}, repeated);
  }
  cases.one("Div", [14], [wide(type, few, 1), small(type, [13], 3)], {}, title);
  cases.one("Mod", [13], [wide(type, few, 1), small(type, few, 3)], {}, title);
  // onnxruntime goes by float64
  cases.one(
    "Mod",
    [13],
    [(type === "INT64" ? small : wide)(type, few, 1), small(type, [1], 3)],
    { fmod: int(1) },
    repeated,
  );
  if (type === "INT64" || type === "INT32") {
    for (const op of ["Abs", "Neg"]) cases.one(op, [13], [small(type, few, 5)], {}, title);
    cases.one(
      "Pow",
      [13],
      [
        small(type, few, 1),
        running(
          type,
          [13],
          Array.from({ length: 13 }, (_, i) => i % 5),
        ),
      ],
      {},
      title,
    );
    cases.one("CumSum", [14], [wide(type, few, 1), int64(1)], {}, title);
    cases.one("ReduceProd", [18], [small(type, [4, 5, 3], 1), int64(1)], {}, title);
    for (const op of ["ReduceSum", "ReduceL1", "ReduceSumSquare"]) {
      const axes = op === "ReduceSum" ? [13] : [18];
      cases.one(op, axes, [small(type, few, 1), int64(2)], {}, title);
      cases.one(
        op,
        axes,
        [small(type, few, 1), int64(0, 1)],
        { keepdims: int(0) },
        { ...repeated, title: `${type}, two axes` },
      );
    }
    cases.one("ReduceMean", [18], [small(type, few, 1), int64(0, 2)], {}, title);
    for (const op of ["ReduceL2", "ReduceLogSum", "ReduceLogSumExp"]) {
      if (type === "INT32") cases.one(op, [18], [running(type, [2, 3], [3, 4, 5, 6, 7, 8]), int64(1)], {}, title);
    }
  } else cases.one("Abs", [13], [small(type, few, 5)], {}, title);
  if (type === "INT8") cases.one("Neg", [13], [small(type, few, 5)], {}, title);
  cases.one("Sign", [13], [wide(type, few, 5)], {}, title);
  for (const op of ["Min", "Max"]) {
    cases.one(op, [13], [wide(type, few, 1), wide(type, [13], 2), small(type, [1, 3, 1], 4)], {}, title);
    if (type !== "INT64") cases.one(`Reduce${op}`, [18], [wide(type, few, 1), int64(1)], {}, title);
  }
  cases.one("ReduceMax", [18], [wide(type, few, 1), int64(0, 2)], {}, { ...title, title: `${type}, two axes` });
  const low = running(type, [], [2]);
  cases.one("Clip", [13], [wide(type, few, 1), low, running(type, [], [90])], {}, title);
  if (type !== "INT8" && type !== "UINT8") {
    cases.one("Clip", [13], [wide(type, few, 1), "", { type, dims: [], values: [7] }], {}, repeated);
  }
  for (const op of ["BitwiseAnd", "BitwiseOr", "BitwiseXor"]) {
    cases.one(op, [18], [wide(type, few, 1), wide(type, [13], 2)], {}, title);
  }
  cases.one("BitwiseNot", [18], [wide(type, few, 1)], {}, title);
  if (type !== "INT8")
    cases.one(
      "Where",
      [16],
      [
        running(
          "BOOL",
          [13],
          Array.from({ length: 13 }, (_, i) => i % 2),
        ),
        wide(type, few, 1),
        small(type, [3, 1], 2),
      ],
      {},
      title,
    );
}
for (const direction of ["LEFT", "RIGHT"]) {
  const numbers = Array.from({ length: 40 }, (_, i) => (i * 37) % 256);
  cases.one(
    "BitShift",
    [11],
    [
      running("UINT8", [40], numbers),
      running(
        "UINT8",
        [40],
        numbers.map((i) => i % 8),
      ),
    ],
    { direction: string(direction) },
    { ...result("UINT8"), title: direction },
  );
}
cases.one("Relu", [14], [small("INT32", few, 1)], {}, { ...result("INT32"), title: "INT32" });
cases.one("Relu", [14], [small("INT8", few, 1)], {}, { ...result("INT8"), title: "INT8" });
cases.one(
  "CumSum",
  [11],
  [small("INT32", few, 1), int64(-1)],
  { exclusive: int(1), reverse: int(1) },
  { ...result("INT32"), title: "exclusive, reverse" },
);
cases.one(
  "Pow",
  [13],
  [running("INT32", [2, 3], [1, 2, 3, 4, 5, 6]), [3]],
  {},
  { ...result("INT32"), title: "INT32 to the power of FLOAT", isPositive: true },
);
cases.one(
  "Pow",
  [13],
  [
    [2, 13],
    running(
      "INT32",
      [13],
      Array.from({ length: 13 }, (_, i) => i % 4),
    ),
  ],
  {},
  { title: "FLOAT to the power of INT32" },
);
cases.one(
  "Pow",
  [13],
  [small("INT64", few, 1), running("INT32", [1], [3])],
  {},
  { ...result("INT64"), title: "INT64 to the power of INT32" },
);
for (const [to, type] of [
  [6, "INT32"],
  [2, "UINT8"],
  [7, "INT64"],
  [9, "BOOL"],
  [1, "FLOAT"],
  [3, "INT8"],
] as const) {
  for (const from of ["INT64", "INT32", "UINT8", "INT8"] as const) {
    if (from !== type)
      cases.one("Cast", [13], [wide(from, few, 1)], { to: int(to) }, { ...result(type), title: `${from} to ${type}` });
  }
}
for (const [to, type] of [
  [6, "INT32"],
  [2, "UINT8"],
  [7, "INT64"],
  [9, "BOOL"],
  [3, "INT8"],
] as const) {
  const numbers = [0.4, 0.6, 1.5, 2.5, 99.99, -0, ...(type === "UINT8" ? [] : [-0.6, -1.5, -99.99])];
  cases.one(
    "Cast",
    [13],
    [running("FLOAT", [numbers.length], numbers)],
    { to: int(to) },
    { ...result(type), title: `FLOAT to ${type}` },
  );
}
cases.one(
  "ReduceMax",
  [20],
  [running("BOOL", [2, 3], [0, 1, 0, 0, 0, 0]), int64(1)],
  {},
  { ...result("BOOL"), title: "BOOL" },
);
cases.one(
  "ReduceMin",
  [11],
  [small("INT32", few, 1)],
  { axes: ints(0, 2), keepdims: int(0) },
  { ...result("INT32"), title: "axes as attribute" },
);

export const { all } = cases;
