import { expect } from "vitest";
import { elementsOf } from "../../src/elements.ts";
import { compile, type Graph, Tensor } from "../../src/index.ts";
import { loadOnnx } from "../../src/onnx/index.ts";
import type { Constant } from "../../src/planning/constant.ts";
import { loadSession } from "../../src/session/index.ts";
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
  const tensors = Object.fromEntries(Object.entries(inputs).map(([name, given]) => [name, tensorOf(given)]));
  return run(loadOnnx(model), tensors);
}

/** As {@link runOnnx}, of values as files have them: floats become float16 where the model takes that. */
export function runConstants(model: Uint8Array, inputs: Readonly<Record<string, Constant>>) {
  const graph = loadOnnx(model);
  const tensors = graph.inputs.flatMap(({ name, dtype }) => {
    const { data, shape, ...own } = inputs[name]!;
    const values = dtype === "float16" ? elementsOf(dtype, data as Float32Array, "wrap") : data;
    const kept = dtype === "float16" ? dtype : own.dtype;
    return [[name, new Tensor(values as Float32Array, shape, kept as "float32")]];
  });
  return run(graph, Object.fromEntries(tensors));
}

function run(graph: Graph, tensors: Readonly<Record<string, Tensor>>): ReadonlyMap<string, Tensor> {
  const shapes = Object.fromEntries(Object.entries(tensors).map(([name, { shape }]) => [name, shape]));
  const names = [...graph.outputs.keys()];
  using session = compile<Tensor | Readonly<Record<string, Tensor>>>(graph, shapes);
  const [only, more] = Object.values(tensors);
  const input = more === undefined ? (only ?? {}) : tensors;
  const result = session.run(input);
  // whatever runs is the same when it is saved
  using loaded = loadSession<Tensor | Readonly<Record<string, Tensor>>>(session.save());
  expect(loaded.run(input)).toEqual(result);
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
