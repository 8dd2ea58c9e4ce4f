import { blocksOf } from "../../../assembly/ops/blocks.ts";
import { countOf, wrongType } from "../../check.ts";
import { nothingBeyond, type Operands, type Operator } from "../../planning/operator.ts";
import { planned } from "../../planning/planned.ts";
import { BytePair, LookUp } from "../../runtime/generated/quantised.ts";
import { QUANTISED } from "../../runtime/modules/quantised.ts";
import type { NoAttributes } from "../activation.ts";
import { pairOf, rowItems } from "../binary.ts";
import { axesBytes, broadcastAxes, broadcastShape, writeAxes } from "../broadcast.ts";
import { BYTES, type Byte, byteAs, checkByte, isSigned, leastOf, numberOf, zeroOf } from "./numbers.ts";

/** Scale and zero point of a tensor of bytes. */
export interface Quantisation {
  readonly dtype: Byte;
  readonly scale: number;
  readonly zero: number;
}

/** Reads a scale and the zero point after it. */
export function quantisationOf(
  where: string,
  name: string,
  operands: Operands,
  scale: number,
  dtype: Byte,
): Quantisation {
  return {
    dtype,
    scale: numberOf(where, `the ${name}'s scale`, operands[scale]!, "float32"),
    zero: zeroOf(where, `the ${name}'s zero point`, operands[scale + 1], dtype),
  };
}

/** Half to even. */
function roundedEven(value: number): number {
  const below = Math.floor(value);
  const rest = value - below;
  if (rest !== 0.5) return Math.round(value);
  return below % 2 === 0 ? below : below + 1;
}

/** A number as a byte: rounded half to even and limited; what is no number becomes the least, as in onnxruntime. */
export function quantised(value: number, { dtype, scale, zero }: Quantisation): number {
  const least = leastOf(dtype) - zero;
  const quotient = Math.fround(Math.fround(value) / scale);
  return roundedEven(quotient > least ? Math.min(quotient, least + 255) : least) + zero;
}

/** What each byte becomes where it is a number of one quantisation, a function of that, and a number of another. */
function tableOf(from: Quantisation, to: Quantisation, f: (x: number) => number): Uint8Array {
  const table = new Uint8Array(256);
  for (let byte = 0; byte < 256; ++byte) {
    table[byte] = quantised(f(Math.fround((byteAs(from.dtype, byte) - from.zero) * from.scale)), to);
  }
  return table;
}

/** Attributes of {@link lookUpOperator}. */
export interface LookUpAttributes {
  /** a function of the numbers; default none, for another quantisation alone */
  readonly f?: (x: number) => number;
}

/**
 * A function of bytes by a table. Arguments: input, its scale and zero point, scale and zero point of the result.
 */
export const lookUpOperator: Operator<LookUpAttributes> = {
  name: "lookUp",
  dtypes: "all",
  beyond: nothingBeyond,
  parameters: [1, 2, 3, 4],
  plan(where, operands, { f = (x) => x }) {
    const dtype = checkByte(where, "input", operands, 0);
    const { shape } = operands[0]!;
    const from = quantisationOf(where, "input", operands, 1, dtype);
    const to = quantisationOf(where, "result", operands, 3, dtype);
    const count = countOf(shape);
    return planned({
      types: [{ dtype, shape }],
      kernel: "lookUp",
      flops: count,
      held: { params: LookUp.bytes, table: 256 },
      prepare(program, { inputs, outputs, held: { params, table } }) {
        program.constant(table, { dtype: "uint8", shape: [256], data: tableOf(from, to, f) });
        program.params(LookUp, params, { from: inputs[0]!, to: outputs[0]!, table, count });
        program.call(QUANTISED, "lookUp", params, blocksOf(count));
      },
    });
  },
  inPlace: [0],
};

/** Arguments: a, its scale and zero point, b, scale and zero point, scale and zero point of the result. */
function pairing(name: string, kernel: "addBytes" | "mulBytes"): Operator<NoAttributes> {
  return {
    name,
    dtypes: "all",
    beyond: nothingBeyond,
    parameters: [1, 2, 4, 5, 6, 7],
    plan(where, operands) {
      const dtype = checkByte(where, "a", operands, 0);
      if (operands[3]!.dtype !== dtype) {
        throw wrongType(where, `both must hold ${BYTES.join(" or ")} alike, but b holds ${operands[3]!.dtype}`);
      }
      const a = quantisationOf(where, "first", operands, 1, dtype);
      const b = quantisationOf(where, "second", operands, 4, dtype);
      const c = quantisationOf(where, "result", operands, 6, dtype);
      const [x, y] = pairOf([operands[0]!, operands[3]!]);
      const shape = broadcastShape(where, x.shape, y.shape);
      const axes = broadcastAxes(shape, x.shape, y.shape);
      return planned({
        types: [{ dtype, shape }],
        kernel,
        flops: countOf(shape),
        held: { params: BytePair.bytes, axes: axesBytes(axes) },
        prepare(program, { inputs, outputs, held }) {
          writeAxes(axes, 1, program.i32(held.axes, axesBytes(axes) / 4));
          program.params(BytePair, held.params, {
            a: inputs[0]!,
            b: inputs[3]!,
            to: outputs[0]!,
            axes: held.axes,
            rank: axes.length,
            signed: Number(isSigned(dtype)),
            aZero: a.zero,
            bZero: b.zero,
            zero: c.zero,
            ...(kernel === "addBytes" ? sumFields(a, b, c) : productFields(a, b, c)),
          });
          program.call(QUANTISED, kernel, held.params, rowItems(axes));
        },
      });
    },
    inPlace: [0, 3],
  };
}

const { fround } = Math;

/** In the order and roundings of onnxruntime's kernel, where a fused multiplication and addition is one in float64. */
function sumFields(a: Quantisation, b: Quantisation, c: Quantisation) {
  const [aScale, bScale] = [fround(a.scale / c.scale), fround(b.scale / c.scale)];
  const fixed = fround(c.zero - fround(aScale * a.zero + fround(bScale * b.zero)));
  const largest = 255 * (Math.abs(aScale) + Math.abs(bScale)) + Math.abs(fixed);
  return {
    aScale,
    bScale,
    fixed,
    exchanged: fround(c.zero - fround(bScale * b.zero + fround(aScale * a.zero))),
    // four roundings of float32, and some more
    doubt: 0.5 - largest * 2 ** -20,
  };
}

const productFields = (a: Quantisation, b: Quantisation, c: Quantisation) => ({
  aScale: fround(fround(a.scale * b.scale) / c.scale),
  bScale: 0,
  fixed: 0,
  exchanged: 0,
  doubt: 0,
});

/** onnxruntime's QLinearAdd, with the bits of its kernel for x86-64 with AVX2. */
export const qlinearAddOperator = /* @__PURE__ */ pairing("qlinearAdd", "addBytes");
/** onnxruntime's QLinearMul */
export const qlinearMulOperator = /* @__PURE__ */ pairing("qlinearMul", "mulBytes");
