import { type Argument, Cases, float, int, scalar, string, weights } from "./builder.ts";

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
cases.one("MatMul", [13], [[4], [4]], {}, { title: "two vectors" });
cases.one("MatMul", [13], [[4], [2, 4, 3]], {}, { title: "a vector and matrices" });
cases.one("MatMul", [13], [[2, 3, 4], [4]], {}, { title: "matrices and a vector" });
cases.one(
  "MatMul",
  [13],
  [
    [2, 1, 3, 4],
    [5, 4, 2],
  ],
  {},
  { title: "both repeat" },
);
cases.one("MatMul", [13], [[1, 3, 4], weights(5, 2, 4, 5)], {}, { title: "constant matrices" });
cases.one("Gemm", [13], [matrix, [4, 5], [5]], { alpha: float(2), beta: float(0.5) }, { title: "all running" });
cases.one("Gemm", [13], [matrix, [4, 5], scalar(0.5)], {}, { title: "running and a scalar" });
cases.one("Gemm", [13], [[4, 3], weights(5, 4, 5)], { transA: int(1) }, { title: "transA" });
cases.one("Det", [11, 22], [[3, 3]]);
cases.one("Det", [11], [[2, 1, 4, 4]], {}, { title: "several" });
cases.one("Det", [11], [{ dims: [2, 2, 2], values: [0, 2, 3, 4, 1, 2, 2, 4] }], {}, { title: "constant" });

const einsum = (equation: string, ...args: Argument[]) =>
  cases.one("Einsum", [12], args, { equation: string(equation) }, { title: equation });
einsum("bij,bjk->bik", [2, 3, 4], [2, 4, 5]);
einsum("bhqd, bhkd -> bhqk", [2, 3, 4, 5], [2, 3, 6, 5]);
einsum("bhwc,hkc->bhwk", [2, 3, 4, 5], weights(5, 3, 6, 5));
einsum("ij->ji", [3, 4]);
einsum("ij->", [3, 4]);
einsum("ij->i", [3, 4]);
einsum("i,i->", [4], [4]);
einsum("i,j->ij", [3], [4]);
einsum("...ii->...i", [2, 3, 3]);
einsum("...ij,...jk->...ik", [5, 2, 3, 4], [1, 2, 4, 2]);
einsum("...ij,jk", [2, 3, 4], weights(5, 4, 2));
einsum("ba,cb", [2, 3], [4, 2]);
einsum("ab,bc,cd->ad", [2, 3], weights(5, 3, 4), [4, 5]);
einsum("nchw,c->nhw", [2, 3, 4, 5], weights(5, 3));
einsum("NC,NC->N", [2, 3], [2, 3]);
einsum("ij,ij->ij", [3, 4], [3, 4]);

export const { all } = cases;
