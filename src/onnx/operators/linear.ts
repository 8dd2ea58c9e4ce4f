import { wrongType } from "../../check.ts";
import { contract } from "../../functional/einsum.ts";
import { addOperator, mulOperator } from "../../operators/binary.ts";
import { detOperator } from "../../operators/determinant.ts";
import { linearOperator, matmulOperator } from "../../operators/linear.ts";
import { reshapeOperator, transposeOperator } from "../../operators/movement.ts";
import type { Tensor } from "../../tensor.ts";
import type { OnnxNode, Translator } from "../translation.ts";
import { byFunction } from "./functions.ts";

const transposed = (node: OnnxNode, matrix: string): string => node.add(transposeOperator, [matrix], { dims: [1, 0] });

function scaled(node: OnnxNode, value: string, factor: number): string {
  return factor === 1 ? value : node.add(mulOperator, [value, node.number(factor)], {});
}

/** alpha A' B' + beta C. A constant B is a linear layer's weight, which is (out, in). */
const gemm: Translator = (node) => {
  const { attributes } = node;
  const [alpha, beta] = [attributes.float("alpha", 1), attributes.float("beta", 1)];
  const [transA, transB] = [attributes.flag("transA", false), attributes.flag("transB", false)];
  const a = transA ? transposed(node, node.input(0)) : node.input(0);
  const b = node.input(1);
  // added even if beta is 0, for its shape
  const c = node.optional(2) && scaled(node, node.optional(2), beta);
  if (!node.isConstant(b)) {
    const product = scaled(node, node.add(matmulOperator, [a, transB ? transposed(node, b) : b], {}), alpha);
    return c === "" ? product : node.add(addOperator, [product, c], {});
  }
  const weight = scaled(node, transB ? b : transposed(node, b), alpha);
  const bias = biasOf(node, c, node.constantOf(b)?.shape[transB ? 0 : 1]);
  const product = node.add(linearOperator, [a, weight, bias ?? ""], {});
  return c === "" || bias !== undefined ? product : node.add(addOperator, [product, c], {});
};

/** C if it has one number for each output; undefined if not, and then it is added. */
function biasOf(node: OnnxNode, c: string, outputs: number | undefined): string | undefined {
  const shape = node.constantOf(c)?.shape;
  if (shape === undefined || outputs === undefined || shape.at(-1) !== outputs) return undefined;
  if (shape.length === 1) return c;
  return shape.length === 2 && shape[0] === 1 ? node.add(reshapeOperator, [c], { shape: [outputs] }) : undefined;
}

const matMul: Translator = (node) => {
  const [a, b] = [node.input(0), node.input(1)];
  const isLayer = !node.isConstant(a) && node.constantOf(b)?.shape.length === 2;
  return isLayer ? node.add(linearOperator, [a, transposed(node, b), ""], {}) : node.add(matmulOperator, [a, b], {});
};

const einsum: Translator = (node) => {
  const equation = node.attributes.string("equation", "");
  const inputs = node.all();
  for (const value of inputs) {
    if (!node.isFloat(value)) throw wrongType(node.where, `cannot compute with inputs of type ${node.dtypeOf(value)}`);
  }
  const all = inputs.map((_, index) => index);
  return byFunction(node, all, 1, (where, operands) => [contract(where, equation, operands as Tensor[])]);
};

export const linearTranslators: Readonly<Record<string, Translator>> = {
  Einsum: einsum,
  Det: (node) => node.add(detOperator, [node.input(0)], {}),
  Gemm: gemm,
  MatMul: matMul,
};
