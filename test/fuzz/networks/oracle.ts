/** What onnxruntime gives for a network. `npm run bench:peers` installs it. */
import { load } from "../../../bench/peers/load.ts";
import type { Ort } from "../../../src/cli/bench/onnxruntime.ts";
import type { DType, TensorData } from "../../../src/dtype.ts";
import { encodeModel } from "../../support/onnx.ts";
import type { CaseInput, InputType } from "../../support/onnx-cases/builder.ts";
import type { Drawn } from "./drawing.ts";

// it takes half precision as bits only where there is no array for it: its library cannot read that one
Reflect.deleteProperty(globalThis, "Float16Array");
const ort = ((await load("onnxruntime-node")) as { default: Ort }).default;

/** A result; float16 are bits. */
export interface Result {
  readonly name: string;
  readonly dtype: string;
  readonly data: TensorData;
  readonly shape: readonly number[];
}

/** The names of onnxruntime for types; the library's are the same. */
const DTYPE_OF: Readonly<Record<InputType, DType>> = {
  FLOAT: "float32",
  FLOAT16: "float16",
  INT64: "int64",
  INT32: "int32",
  UINT8: "uint8",
  INT8: "int8",
  BOOL: "bool",
};

/** The network as a file. */
export function modelOf({ opset, inputs, constants, nodes, outputs }: Drawn): Uint8Array {
  const ports = Object.entries(inputs).map(([name, { type, shape }]) => ({ name, type, shape }));
  const domains = nodes.some(({ domain }) => domain === "com.microsoft") ? { "com.microsoft": 1 } : {};
  return encodeModel({ opset, domains, nodes, constants, inputs: ports, outputs });
}

const OPTIONS = { executionMode: "sequential", intraOpNumThreads: 1, interOpNumThreads: 1, logSeverityLevel: 4 };

/** @throws what onnxruntime throws */
export async function runOracle(
  model: Uint8Array,
  inputs: Readonly<Record<string, CaseInput>>,
): Promise<readonly Result[]> {
  const session = await ort.InferenceSession.create(model, OPTIONS);
  try {
    const feeds = Object.entries(inputs).map(([name, { type, data, shape }]) => {
      return [name, new ort.Tensor(DTYPE_OF[type], data as TensorData, shape)] as const;
    });
    const results = await session.run(Object.fromEntries(feeds));
    return session.outputNames.map((name) => {
      const { type, data, dims } = results[name]!;
      return { name, dtype: type, data: data as TensorData, shape: [...dims] };
    });
  } finally {
    await session.release();
  }
}
