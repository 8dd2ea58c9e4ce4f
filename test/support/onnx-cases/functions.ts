import { Cases, float, int, int64, ints, running } from "./builder.ts";

/** Functions of one number, and reductions and normalisations that are made of several operators. */
const cases = new Cases();
const few = [2, 3, 13];
const numbers = (count: number, from: number, to: number) =>
  running(
    "FLOAT",
    [count],
    Array.from({ length: count }, (_, i) => Math.fround(from + ((to - from) * i) / (count - 1))),
  );

for (const op of ["Sin", "Cos", "Tan"]) {
  cases.one(op, [7], [numbers(61, -15, 15.5)]);
  const far = [1e3, -12345.678, 1e6, 3.3e7, 2.7e8, -1e9, 5e15, 1e30, -3e38];
  cases.one(op, [7], [running("FLOAT", [far.length], far.map(Math.fround))], {}, { title: "far from 0" });
}
for (const op of ["Asin", "Acos", "Atanh"]) cases.one(op, [9], [numbers(41, -0.99, 0.985)]);
cases.one("Atan", [7], [numbers(61, -20, 21)]);
for (const op of ["Sinh", "Cosh", "Asinh"]) cases.one(op, [9], [numbers(61, -9, 9.3)]);
cases.one("Asinh", [9], [running("FLOAT", [4], [1e-6, -1e4, 1e10, -3e38])], {}, { title: "all sizes" });
cases.one("Acosh", [9], [running("FLOAT", [6], [1, 1.0001, 1.5, 30, 1e10, 3e38])]);
cases.one("Softsign", [7], [few]);
cases.one("Selu", [7], [few]);
cases.one("Selu", [7], [few], { alpha: float(1.2), gamma: float(0.7) }, { title: "given" });
cases.one("Celu", [12], [few], { alpha: float(0.6) });
cases.one("ThresholdedRelu", [10], [few], { alpha: float(0.25) });
cases.one("Shrink", [9], [few]);
cases.one("Shrink", [9], [few], { lambd: float(0.2), bias: float(0.1) }, { title: "given" });

for (const op of ["ReduceL1", "ReduceLogSum", "ReduceLogSumExp", "ReduceProd"]) {
  const isPositive = op === "ReduceLogSum";
  cases.one(op, [11], [few], { axes: ints(0, -1), keepdims: int(0) }, { isPositive });
  cases.one(op, [18], [few, int64(1)], {}, { isPositive });
  cases.one(op, [18], [few], {}, { isPositive, title: "all" });
}
cases.one(
  "ReduceLogSumExp",
  [18],
  [running("FLOAT", [2, 3], [100, 99, -200, -Infinity, -Infinity, -1000]), int64(1)],
  {},
  { title: "large numbers" },
);
for (const p of [1, 2])
  cases.one("LpNormalization", [1 + 6, 22], [few], { p: int(p), axis: int(1) }, { title: `p ${p}` });
cases.one("LpNormalization", [7], [running("FLOAT", [2, 2], [0, 0, 3, 4])], {}, { title: "zeros" });
cases.one("MeanVarianceNormalization", [9, 13], [[2, 3, 4, 5]]);
cases.one("MeanVarianceNormalization", [13], [[2, 3, 4, 5]], { axes: ints(1, 2) }, { title: "axes" });

export const { all } = cases;
