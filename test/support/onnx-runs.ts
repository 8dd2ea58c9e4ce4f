import { expect } from "vitest";
import { compile, Tensor } from "../../src/index.ts";
import { loadOnnx } from "../../src/onnx/index.ts";
import type { CaseInput } from "./onnx-cases/index.ts";

/** What a model is given: floats, if no type says otherwise. */
type Given = Readonly<Record<string, Omit<CaseInput, "type"> & Partial<Pick<CaseInput, "type">>>>;

/** The Tensor of an input. */
export function tensorOf({ type = "FLOAT", data, shape }: Given[string]): Tensor {
  // the kinds of arrays say the rest
  const dtype = type === "BOOL" ? "bool" : type === "FLOAT16" ? "float16" : undefined;
  return new Tensor(data as Float32Array, shape, dtype as "float32");
}

/** Compiles a model for the shapes of its inputs and runs it. */
export function runOnnx(model: Uint8Array, inputs: Given): ReadonlyMap<string, Tensor> {
  const graph = loadOnnx(model);
  const shapes = Object.fromEntries(Object.entries(inputs).map(([name, { shape }]) => [name, shape]));
  const tensors = Object.fromEntries(Object.entries(inputs).map(([name, given]) => [name, tensorOf(given)]));
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
  readonly data: ArrayLike<number | bigint | string>;
  readonly shape: readonly number[];
}

/** Sums in another order and other approximations of functions differ by a few units in the last place. */
export function expectClose(name: string, actual: Elements, expected: Elements, rtol = 1e-4, atol = 1e-5): void {
  expect(actual.shape, `shape of ${name}`).toEqual(expected.shape);
  for (let i = 0; i < expected.data.length; ++i) {
    // whole numbers are exact, beyond 2^53 too
    if (String(actual.data[i]) === String(expected.data[i])) continue;
    const [a, b] = [Number(actual.data[i]), Number(expected.data[i])];
    if (Object.is(a, b) || a === b || Math.abs(a - b) <= atol + rtol * Math.abs(b)) continue;
    throw new Error(`${name}[${i}] is ${a}, expected ${b}`);
  }
}
