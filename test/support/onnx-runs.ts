import { expect } from "vitest";
import { compile, Tensor } from "../../src/index.ts";
import { loadOnnx } from "../../src/onnx/index.ts";

interface Values {
  readonly data: ArrayLike<number>;
  readonly shape: readonly number[];
}

/** Compiles a model for the shapes of its inputs and runs it. */
export function runOnnx(
  model: Uint8Array,
  inputs: Readonly<Record<string, { readonly data: Float32Array; readonly shape: readonly number[] }>>,
): ReadonlyMap<string, Tensor> {
  const graph = loadOnnx(model);
  const shapes = Object.fromEntries(Object.entries(inputs).map(([name, { shape }]) => [name, shape]));
  const tensors = Object.fromEntries(
    Object.entries(inputs).map(([name, { data, shape }]) => [name, new Tensor(data, shape)]),
  );
  const names = [...graph.outputs.keys()];
  using session = compile<Tensor | Readonly<Record<string, Tensor>>>(graph, shapes);
  const [only, more] = Object.values(tensors);
  const result = session.run(more === undefined ? (only ?? {}) : tensors);
  return new Map(
    result instanceof Tensor ? [[names[0]!, result]] : names.map((name) => [name, result[name]!] as const),
  );
}

/** Elements of any dtype. */
interface Elements {
  readonly data: ArrayLike<number | bigint>;
  readonly shape: readonly number[];
}

/** Sums in another order and other approximations of functions differ by a few units in the last place. */
export function expectClose(name: string, actual: Elements, expected: Elements, rtol = 1e-4, atol = 1e-5): void {
  expect(actual.shape, `shape of ${name}`).toEqual(expected.shape);
  for (let i = 0; i < expected.data.length; ++i) {
    const [a, b] = [Number(actual.data[i]), Number(expected.data[i])];
    if (Object.is(a, b) || a === b || Math.abs(a - b) <= atol + rtol * Math.abs(b)) continue;
    throw new Error(`${name}[${i}] is ${a}, expected ${b}`);
  }
}
