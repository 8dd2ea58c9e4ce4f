import * as Activation from "./codes/activation";
import { activateRow } from "./functions";
import { Conv } from "./params";

export { activateRow };

/** Adds the residual and applies the activation to finished outputs, while they are in the cache. */
// @ts-ignore: decorator
@inline
export function finish(conv: Conv, at: usize, rowBytes: usize, rows: i32, columns: i32): void {
  if (conv.activation != Activation.NONE || conv.residual != 0) finishRows(conv, at, rowBytes, rows, columns);
}

function finishRows(conv: Conv, at: usize, rowBytes: usize, rows: i32, columns: i32): void {
  let residual = conv.residual ? conv.residual + (at - conv.output) : 0;
  for (let row = 0; row < rows; ++row) {
    finishRow(conv, at, residual, columns);
    at += rowBytes;
    if (residual) residual += rowBytes;
  }
}

/** Finishes a row whose residual is at `residual`, 0 for none. */
export function finishRow(conv: Conv, at: usize, residual: usize, columns: i32): void {
  assert(columns >= 0 && !((at | residual) & 3));
  if (residual) addRow(at, residual, columns);
  if (conv.activation != Activation.NONE) activateRow(at, at, columns, conv.activation, conv.alpha, conv.beta);
}

function addRow(at: usize, other: usize, columns: i32): void {
  for (; columns >= 4; columns -= 4) {
    v128.store(at, f32x4.add(v128.load(at), v128.load(other)));
    at += 16;
    other += 16;
  }
  for (; columns > 0; --columns) {
    store<f32>(at, load<f32>(at) + load<f32>(other));
    at += 4;
    other += 4;
  }
}
