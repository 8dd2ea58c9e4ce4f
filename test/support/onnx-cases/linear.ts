import { Cases, float, int, scalar, weights } from "./builder.ts";

const cases = new Cases();

const matrix = [3, 4];
cases.one("Gemm", [7, 13], [matrix, weights(5, 4, 5), weights(6, 5)], { alpha: float(0.5), beta: float(2) });
cases.one("Gemm", [13], [matrix, weights(5, 5, 4), weights(6, 1, 5)], { transB: int(1) }, { title: "transB" });
cases.one(
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
cases.one("Gemm", [13], [matrix, weights(5, 4, 5), [5]], {}, { title: "running bias" });
cases.one("Gemm", [13], [matrix, weights(5, 4, 5), scalar(0.5)], { alpha: float(2) }, { title: "scalar bias" });
cases.one("Gemm", [13], [matrix, weights(5, 4, 5), weights(6, 3, 1)], {}, { title: "bias for each row" });
cases.one("Gemm", [13], [matrix, weights(5, 4, 5)], {}, { title: "no bias" });
cases.one("MatMul", [9], [[2, 3, 4], weights(5, 4, 5)], {}, { title: "layer" });
cases.one("MatMul", [9], [[4], weights(5, 4, 5)], {}, { title: "vector" });
cases.one(
  "MatMul",
  [9],
  [
    [2, 3, 4],
    [2, 4, 5],
  ],
  {},
  { title: "running" },
);
cases.one("MatMul", [9], [weights(5, 3, 4), [2, 4, 5]], {}, { title: "constant first" });

export const { all } = cases;
