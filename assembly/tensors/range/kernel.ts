import * as DType from "../../codes/dtype";

/** The argument of {@link range}. */
@unmanaged
export class Range {
  /** of the type of the result, one element each */
  start: usize;
  limit: usize;
  step: usize;
  /** (room) */
  to: usize;
  /** i32: how many there are */
  found: usize;
  /** i32 that becomes 1 if there are more than there is room for, or no end */
  fault: usize;
  room: i32;
  /** of codes/dtype.ts: float32, int64 or int32 */
  dtype: i32;
}

/** Numbers from a start on, at equal distances, that lie before a limit. Those beyond are zeros. The only item is everything. */
export function range(params: Range, begin: i32, end: i32): void {
  if (begin >= end) return;
  if (params.dtype == DType.FLOAT32) rangeOf<f32>(params);
  else if (params.dtype == DType.INT64) rangeOf<i64>(params);
  else rangeOf<i32>(params);
}

function rangeOf<T>(params: Range): void {
  const start = load<T>(params.start);
  const step = load<T>(params.step);
  const room = params.room;
  const wanted = ceil((<f64>load<T>(params.limit) - <f64>start) / <f64>step);
  // also if it is no number
  const fits = wanted <= <f64>room;
  if (!fits) store<i32>(params.fault, 1);
  const count = fits ? <i32>max<f64>(wanted, 0) : 0;
  store<i32>(params.found, count);
  for (let i = 0; i < count; ++i) store<T>(params.to + <usize>i * sizeof<T>(), <T>(start + <T>i * step));
  memory.fill(params.to + <usize>count * sizeof<T>(), 0, <usize>(room - count) * sizeof<T>());
}
