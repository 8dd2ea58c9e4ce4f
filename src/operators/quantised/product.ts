import { packedRowsBytes, productWorkspace, TILE_COLUMNS, TILE_ROWS } from "../../../assembly/quantised/layout.ts";
import { roundUp, tilesOf } from "../../../assembly/quotient.ts";
import { countOf, show, wrongValue } from "../../check.ts";
import type { Operands, Operator } from "../../planning/operator.ts";
import { type Planned, placeOf, planned } from "../../planning/planned.ts";
import { ByteProduct, ByteRows } from "../../runtime/generated/quantised.ts";
import { QUANTISED } from "../../runtime/modules/quantised.ts";
import type { NoAttributes } from "../activation.ts";
import { broadcastShape, eachBroadcast } from "../broadcast.ts";
import {
  BYTES,
  type Byte,
  checkByte,
  checkType,
  checkZero,
  endingFields,
  isSigned,
  numberOf,
  numbersFor,
  productScales,
  type Sums,
  writeScales,
  zeroOf,
} from "./numbers.ts";
import { type ByteWeights, packingOf, writePacking } from "./weights.ts";

/** Matrices that are multiplied, and the shape of what comes out. */
interface Matrices {
  readonly m: number;
  readonly k: number;
  readonly n: number;
  /** how many matrices there are of each */
  readonly a: number;
  readonly b: number;
  /** for each product which ones */
  readonly products: readonly (readonly [a: number, b: number])[];
  readonly shape: readonly number[];
}

/** numpy's rules of matmul, by which rows of a batch are one matrix where all are multiplied by one. */
function matricesOf(where: string, a: readonly number[], b: readonly number[]): Matrices {
  if (a.length === 0 || b.length === 0) {
    throw wrongValue(where, `both must have at least one axis, got shapes ${show(a)} and ${show(b)}`);
  }
  const [left, right] = [a.length === 1 ? [1, ...a] : a, b.length === 1 ? [...b, 1] : b];
  const [m, k] = left.slice(-2) as [number, number];
  const [inner, n] = right.slice(-2) as [number, number];
  if (inner !== k)
    throw wrongValue(where, `shapes ${show(a)} and ${show(b)} do not multiply: ${k} and ${inner} differ`);
  const [outerA, outerB] = [left.slice(0, -2), right.slice(0, -2)];
  const outer = broadcastShape(where, outerA, outerB);
  const shape = [...outer, ...(a.length === 1 ? [] : [m]), ...(b.length === 1 ? [] : [n])];
  if (countOf(outerB) === 1) {
    return { m: countOf(outerA) * m, k, n, a: 1, b: 1, products: [[0, 0]], shape };
  }
  const products: [number, number][] = [];
  eachBroadcast(outer, [outerA, outerB], (_, [i, j]) => products.push([i!, j!]));
  return { m, k, n, a: countOf(outerA), b: countOf(outerB), products, shape };
}

/** Which argument is what; -1 for none. */
interface Arguments {
  readonly b: number;
  /** indices of zero points */
  readonly aZero: number;
  readonly bZero: number;
  readonly bias: number;
  readonly transA?: boolean;
  readonly transB?: boolean;
}

function plannedProduct(
  { m, k, n, a, b, products, shape }: Matrices,
  operands: Operands,
  { b: weight, aZero, bZero, bias, transA = false, transB = false }: Arguments,
  sums: Sums,
): Planned {
  const weights: ByteWeights = {
    tile: TILE_COLUMNS,
    groups: b,
    filters: n,
    depth: k,
    groupBytes: k * n,
    filterBytes: transB ? k : 1,
    depthBytes: transB ? 1 : n,
    weight,
    zeros: bZero,
    bias,
  };
  const packing = packingOf(weights, operands);
  const scaled = sums.scales === undefined ? 0 : roundUp(n, TILE_COLUMNS);
  return planned({
    types: [{ dtype: sums.dtype, shape }],
    kernel: "multiplyBytes",
    flops: 2 * products.length * m * k * n,
    weightBytes: packing.held.packed,
    calls: packing.computed ? 3 : 2,
    held: {
      params: ByteProduct.bytes,
      rows: ByteRows.bytes,
      products: products.length * 8,
      scales: scaled * 4,
      zero: 4,
      ...packing.held,
    },
    staged: packing.staged,
    workspace: {
      scratch: productWorkspace(k),
      rows: a * packedRowsBytes(m, k),
      ...packing.workspace,
    },
    prepare(program, places) {
      const { inputs, outputs, held, workspace } = places;
      const panels = writePacking(program, weights, operands, packing, places);
      const signed = Number(isSigned(operands[0]!.dtype));
      program.params(ByteRows, held.rows, {
        from: inputs[0]!,
        to: workspace.rows,
        rows: m,
        depth: k,
        matrixBytes: m * k,
        rowBytes: transA ? 1 : k,
        depthBytes: transA ? m : 1,
        signed,
      });
      program.call(QUANTISED, "packByteRows", held.rows, a * tilesOf(m, TILE_ROWS));
      program.i32(held.products, products.length * 2).set(products.flat());
      if (sums.scales !== undefined) writeScales(program, held.scales, sums.scales, scaled);
      program.params(ByteProduct, held.params, {
        ...endingFields(sums),
        rows: workspace.rows,
        weights: panels,
        scales: scaled === 0 ? 0 : held.scales,
        zero: placeOf(program, places, aZero, held.zero),
        to: outputs[0]!,
        products: held.products,
        workspace: workspace.scratch,
        m,
        depth: k,
        n,
        signed,
      });
      program.call(QUANTISED, "multiplyBytes", held.params, products.length * tilesOf(n, TILE_COLUMNS));
    },
  });
}

/**
 * ONNX's QLinearMatMul, as onnxruntime computes it. Arguments: a, its scale and zero point, b, scale and zero point (one for
 * all, or one for each column), scale and zero point of the result.
 */
export const qlinearMatMulOperator: Operator<NoAttributes> = {
  name: "qlinearMatMul",
  dtypes: "all",
  parameters: [1, 2, 3, 4, 5, 6, 7],
  plan(where, operands) {
    const [a, aScale, aZero, b, bScale, bZero, yScale, yZero] = operands;
    const [aType, bType] = [checkByte(where, "a", operands, 0), checkByte(where, "b", operands, 3)];
    const matrices = matricesOf(where, a!.shape, b!.shape);
    zeroOf(where, "a's zero point", aZero, aType);
    const columns = matrices.b === 1 ? matrices.n : 1;
    if (bZero) numbersFor(where, "b's zero point", bZero, bType, columns);
    const scales = productScales(
      numberOf(where, "a's scale", aScale!, "float32"),
      numbersFor(where, "b's scale", bScale!, "float32", columns),
      numberOf(where, "the result's scale", yScale!, "float32"),
    );
    const dtype = yZero ? checkByte(where, "the result's zero point", operands, 7) : "uint8";
    const sums = { dtype, scales, zero: zeroOf(where, "the result's zero point", yZero, dtype) };
    return plannedProduct(matrices, operands, { b: 3, aZero: 2, bZero: 5, bias: -1 }, sums);
  },
};

/** ONNX's MatMulInteger: exact sums, int32. Arguments: a, b, zero points of both. */
export const matmulIntegerOperator: Operator<NoAttributes> = {
  name: "matmulInteger",
  dtypes: BYTES,
  parameters: [1, 3],
  plan(where, operands) {
    const [a, b] = operands;
    const matrices = matricesOf(where, a!.shape, b!.shape);
    checkZero(where, "a's zero point", operands, 2, a!.dtype as Byte, 1);
    checkZero(where, "b's zero point", operands, 3, b!.dtype as Byte, matrices.b * matrices.n);
    const all = { b: 1, aZero: 2, bZero: 3, bias: -1 };
    return plannedProduct(matrices, operands, all, { dtype: "int32" });
  },
};

/** Attributes of {@link qgemmOperator}. */
export interface QGemmAttributes {
  readonly alpha: number;
  readonly transA: boolean;
  readonly transB: boolean;
}

/**
 * onnxruntime's QGemm: alpha A' B' + C. Arguments: A, its scale and zero point, B, scale and zero point (one for all, or one
 * for each column), C (int32, one for each column), scale and zero point of the result; without these it is float32.
 */
export const qgemmOperator: Operator<QGemmAttributes> = {
  name: "qgemm",
  dtypes: "all",
  parameters: [1, 2, 3, 4, 5, 6, 7, 8],
  plan(where, operands, { alpha, transA, transB }) {
    const [a, aScale, aZero, b, bScale, bZero, c, yScale, yZero] = operands;
    const [aType, bType] = [checkByte(where, "A", operands, 0), checkByte(where, "B", operands, 3)];
    if (a!.shape.length !== 2 || b!.shape.length !== 2) {
      throw wrongValue(where, `A and B must be matrices, got shapes ${show(a!.shape)} and ${show(b!.shape)}`);
    }
    const turned = (shape: readonly number[], turns: boolean) => (turns ? shape.toReversed() : shape);
    const matrices = matricesOf(where, turned(a!.shape, transA), turned(b!.shape, transB));
    const { n } = matrices;
    if (c) {
      checkType(where, "C", c, "int32");
      if (c.shape.length > 2 || countOf(c.shape) !== n || c.shape.at(-1) !== n) {
        throw wrongValue(where, `C must have one number for each of ${n} columns, got shape ${show(c.shape)}`);
      }
    }
    zeroOf(where, "A's zero point", aZero, aType);
    if (bZero) numbersFor(where, "B's zero point", bZero, bType, n);
    const scale = Math.fround(alpha * numberOf(where, "A's scale", aScale!, "float32"));
    const scales = productScales(
      scale,
      numbersFor(where, "B's scale", bScale!, "float32", n),
      yScale ? numberOf(where, "the result's scale", yScale, "float32") : 1,
    );
    const all = { b: 3, aZero: 2, bZero: 5, bias: 6, transA, transB };
    if (!yScale) return plannedProduct(matrices, operands, all, { dtype: "float32", scales });
    const dtype = yZero ? checkByte(where, "the result's zero point", operands, 8) : aType;
    const zero = zeroOf(where, "the result's zero point", yZero, dtype);
    return plannedProduct(matrices, operands, all, { dtype, scales, zero });
  },
};
