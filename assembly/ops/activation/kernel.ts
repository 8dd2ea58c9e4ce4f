import { BLOCK } from "../blocks";
import { activateRow } from "../ending";

/** The argument of {@link activate}. */
@unmanaged
export class Activate {
  from: usize;
  /** may be `from` */
  to: usize;
  count: i32;
  /** see codes/activation.ts */
  activation: i32;
  alpha: f32;
  beta: f32;
}

/** A function of each number. Items are blocks of BLOCK numbers. */
export function activate(params: Activate, begin: i32, end: i32): void {
  const first = begin * BLOCK;
  const at = (<usize>first) << 2;
  const count = min((end - begin) * BLOCK, params.count - first);
  activateRow(params.from + at, params.to + at, count, params.activation, params.alpha, params.beta);
}
