import { checkInteger, checkNumber, wrongValue } from "../check.ts";
import { newData, Tensor } from "../tensor.ts";

/** Tensor.arange */
export type Arange = ((end: number) => Tensor) & ((start: number, end: number, step?: number) => Tensor);

export function arange(first: number, second?: number, step = 1): Tensor {
  const where = "Tensor.arange";
  const [start, end] = second === undefined ? [0, first] : [first, second];
  for (const [name, value] of Object.entries({ start, end, step })) {
    if (!Number.isFinite(checkNumber(where, name, value)))
      throw wrongValue(where, `${name} must be finite, got ${value}`);
  }
  const count = Math.ceil((end - start) / step);
  if (!(count >= 0 && step !== 0)) throw wrongValue(where, `step ${step} does not lead from ${start} to ${end}`);
  return new Tensor(
    newData(where, [count]).map((_, index) => start + index * step),
    [count],
  );
}

export function linspace(start: number, end: number, steps: number): Tensor {
  const where = "Tensor.linspace";
  checkNumber(where, "start", start);
  checkNumber(where, "end", end);
  checkInteger(where, "steps", steps, 0);
  const step = (end - start) / Math.max(steps - 1, 1);
  // from both ends, as torch: the last one is exact
  const at = (i: number) => (i < steps / 2 ? start + step * i : end - step * (steps - 1 - i));
  return new Tensor(
    newData(where, [steps]).map((_, index) => at(index)),
    [steps],
  );
}

export function eye(n: number): Tensor {
  const where = "Tensor.eye";
  checkInteger(where, "n", n, 0);
  const data = newData(where, [n, n]);
  for (let i = 0; i < n; ++i) data[i * (n + 1)] = 1;
  return new Tensor(data, [n, n]);
}
