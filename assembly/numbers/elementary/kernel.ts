import * as Elementary from "../../codes/elementary";
import { row } from "../../functions";
import { BLOCK } from "../../ops/blocks";
import {
  Acos,
  Acosh,
  Asin,
  Asinh,
  Atan,
  Atanh,
  Celu,
  Cos,
  Cosh,
  Selu,
  Shrink,
  Sin,
  Sinh,
  Softsign,
  Tan,
  ThresholdedRelu,
} from "./functions";

/** The argument of {@link elementary}. */
@unmanaged
export class ElementaryMap {
  from: usize;
  /** may be `from` */
  to: usize;
  count: i32;
  /** see codes/elementary.ts */
  code: i32;
  alpha: f32;
  beta: f32;
}

/** A function of each number, of those that end no other call. Items are blocks of BLOCK numbers. */
export function elementary(params: ElementaryMap, begin: i32, end: i32): void {
  const first = begin * BLOCK;
  const at = (<usize>first) << 2;
  const count = min((end - begin) * BLOCK, params.count - first);
  const from = params.from + at;
  const to = params.to + at;
  const alpha = f32x4.splat(params.alpha);
  const beta = f32x4.splat(params.beta);
  switch (params.code) {
    case Elementary.SIN:
      return row<Sin>(from, to, count, alpha, beta);
    case Elementary.COS:
      return row<Cos>(from, to, count, alpha, beta);
    case Elementary.TAN:
      return row<Tan>(from, to, count, alpha, beta);
    case Elementary.ASIN:
      return row<Asin>(from, to, count, alpha, beta);
    case Elementary.ACOS:
      return row<Acos>(from, to, count, alpha, beta);
    case Elementary.ATAN:
      return row<Atan>(from, to, count, alpha, beta);
    case Elementary.SINH:
      return row<Sinh>(from, to, count, alpha, beta);
    case Elementary.COSH:
      return row<Cosh>(from, to, count, alpha, beta);
    case Elementary.ASINH:
      return row<Asinh>(from, to, count, alpha, beta);
    case Elementary.ACOSH:
      return row<Acosh>(from, to, count, alpha, beta);
    case Elementary.ATANH:
      return row<Atanh>(from, to, count, alpha, beta);
    case Elementary.SOFTSIGN:
      return row<Softsign>(from, to, count, alpha, beta);
    case Elementary.SELU:
      return row<Selu>(from, to, count, alpha, beta);
    case Elementary.CELU:
      return row<Celu>(from, to, count, alpha, beta);
    case Elementary.THRESHOLDED_RELU:
      return row<ThresholdedRelu>(from, to, count, alpha, beta);
    case Elementary.SHRINK:
      return row<Shrink>(from, to, count, alpha, beta);
    default:
      unreachable();
  }
}
