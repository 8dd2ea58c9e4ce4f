/** The argument of {@link reverseSequence}. */
@unmanaged
export class Reverse {
  /** (rows, columns, inner) */
  from: usize;
  /** i64, for each sequence: how many of its first elements are reversed */
  lengths: usize;
  to: usize;
  /** i32 that becomes 1 if a length is out of range */
  fault: usize;
  rows: i32;
  columns: i32;
  /** bytes of an element of a sequence */
  inner: i32;
  /** 1 if sequences are columns, 0 if they are rows */
  down: i32;
}

/**
 * Sequences whose first elements are in reverse order.
 * Items are the elements of all sequences.
 */
export function reverseSequence(params: Reverse, begin: i32, end: i32): void {
  const inner = <usize>params.inner;
  const columns = params.columns;
  const most = <i64>(params.down ? params.rows : columns);
  let to = params.to + <usize>begin * inner;
  for (let item = begin; item < end; ++item, to += inner) {
    const row = item / columns;
    const column = item - row * columns;
    const sequence = params.down ? column : row;
    const time = params.down ? row : column;
    let length = load<i64>(params.lengths + ((<usize>sequence) << 3));
    if (<u64>length > <u64>most) {
      store<i32>(params.fault, 1);
      length = 0;
    }
    const source = <i64>time < length ? <i32>length - 1 - time : time;
    const element = params.down ? source * columns + column : row * columns + source;
    memory.copy(to, params.from + <usize>element * inner, inner);
  }
}
