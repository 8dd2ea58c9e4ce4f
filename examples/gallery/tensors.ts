import { Tensor } from "convwasm";

/** a @ b, for two matrices */
export function matmul(a: Tensor, b: Tensor): Tensor {
  const [rows, inner] = a.shape as [number, number];
  const columns = b.shape[1]!;
  const product = Tensor.zeros([rows, columns]);
  for (let i = 0; i < rows; ++i) {
    for (let j = 0; j < columns; ++j) {
      let sum = 0;
      for (let k = 0; k < inner; ++k) sum += a.data[i * inner + k]! * b.data[k * columns + j]!;
      product.data[i * columns + j] = sum;
    }
  }
  return product;
}

/** matrix.T */
export function transpose(matrix: Tensor): Tensor {
  const [rows, columns] = matrix.shape as [number, number];
  const data = Array.from(matrix.data, (_, i) => matrix.data[(i % rows) * columns + Math.floor(i / rows)]!);
  return new Tensor(data, [columns, rows]);
}

/** a + b + ..., for tensors of one shape */
export function add(first: Tensor, ...others: Tensor[]): Tensor {
  return new Tensor(
    first.data.map((value, i) => others.reduce((sum, { data }) => sum + data[i]!, value)),
    first.shape,
  );
}

/** torch.arange(start, end) */
export const range = (start: number, end: number): Tensor =>
  new Tensor(
    Array.from({ length: end - start }, (_, i) => start + i),
    [end - start],
  );
