/** The argument of {@link determinant}. */
@unmanaged
export class Determinant {
  /** (matrices, size, size) */
  from: usize;
  /** (matrices) */
  to: usize;
  /** for each matrix f64[size][size] */
  workspace: usize;
  size: i32;
}

/** Determinants, by elimination with the largest pivot of each column, in float64. Items are the matrices. */
export function determinant(params: Determinant, begin: i32, end: i32): void {
  const size = params.size;
  const count = size * size;
  for (let item = begin; item < end; ++item) {
    const from = params.from + ((<usize>(item * count)) << 2);
    const matrix = params.workspace + ((<usize>(item * count)) << 3);
    for (let i = 0; i < count; ++i) store<f64>(at(matrix, i), <f64>load<f32>(from + ((<usize>i) << 2)));
    store<f32>(params.to + ((<usize>item) << 2), <f32>eliminated(matrix, size));
  }
}

// @ts-ignore: decorator
@inline
function at(matrix: usize, index: i32): usize {
  return matrix + ((<usize>index) << 3);
}

/** The product of the pivots; the matrix is overwritten. */
function eliminated(matrix: usize, size: i32): f64 {
  let product: f64 = 1;
  for (let column = 0; column < size; ++column) {
    let best = column;
    for (let row = column + 1; row < size; ++row) {
      const candidate = abs(load<f64>(at(matrix, row * size + column)));
      if (candidate > abs(load<f64>(at(matrix, best * size + column)))) best = row;
    }
    const pivot = load<f64>(at(matrix, best * size + column));
    if (pivot == 0) return 0;
    if (best != column) {
      product = -product;
      for (let k = column; k < size; ++k) {
        const a = at(matrix, best * size + k);
        const b = at(matrix, column * size + k);
        const kept = load<f64>(a);
        store<f64>(a, load<f64>(b));
        store<f64>(b, kept);
      }
    }
    product *= pivot;
    for (let row = column + 1; row < size; ++row) {
      const factor = load<f64>(at(matrix, row * size + column)) / pivot;
      for (let k = column + 1; k < size; ++k) {
        const to = at(matrix, row * size + k);
        store<f64>(to, load<f64>(to) - factor * load<f64>(at(matrix, column * size + k)));
      }
    }
  }
  return product;
}
