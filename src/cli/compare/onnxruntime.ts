import { Buffer } from "node:buffer";
import { createRequire } from "node:module";
import { join } from "node:path";
import process from "node:process";
import { PbfWriter } from "pbf";
import { DTYPES, type DType, type TensorData } from "../../dtype.ts";
import { Tensor } from "../../index.ts";
import { Failure } from "../command.ts";

/** What is called of onnxruntime-node. */
interface Ort {
  readonly Tensor: new (type: DType, data: TensorData, dims: readonly number[]) => OrtTensor;
  readonly InferenceSession: {
    create(
      model: Uint8Array,
      options: object,
    ): Promise<{
      run(feeds: Record<string, OrtTensor>): Promise<Record<string, OrtTensor>>;
      release(): Promise<void>;
    }>;
  };
}

interface OrtTensor {
  readonly type: string;
  readonly data: TensorData;
  readonly dims: readonly number[];
}

/**
 * What onnxruntime computes for values of a model, without fusing anything: all of them become outputs.
 * @param outputs those that are outputs already
 * @throws Failure where it is not installed, or refuses the model
 */
export async function onnxruntimeValues(
  model: Uint8Array,
  names: readonly string[],
  outputs: readonly string[],
  inputs: Readonly<Record<string, Tensor<DType>>>,
): Promise<ReadonlyMap<string, Tensor<DType>>> {
  const require = createRequire(join(process.cwd(), "index.js"));
  let path: string;
  try {
    path = require.resolve("onnxruntime-node");
  } catch (error) {
    if ((error as { code?: unknown }).code !== "MODULE_NOT_FOUND") throw error;
    throw new Failure(
      "onnxruntime-node is not installed for this folder: npm install onnxruntime-node, or give --with",
    );
  }
  const ort = require(path) as Ort;
  const options = { graphOptimizationLevel: "disabled", intraOpNumThreads: 1, logSeverityLevel: 3 };
  const feeds = Object.entries(inputs).map(([name, { dtype, data, shape }]) => {
    return [name, new ort.Tensor(dtype, data, shape)] as const;
  });
  try {
    const session = await ort.InferenceSession.create(withOutputs(model, names, outputs), options);
    const results = await session.run(Object.fromEntries(feeds));
    await session.release();
    return new Map(Object.entries(results).flatMap(([name, tensor]) => tensorOf(tensor).map((each) => [name, each])));
  } catch (error) {
    throw new Failure(`onnxruntime: ${error instanceof Error ? error.message : String(error)}`);
  }
}

/** Messages of a protocol buffer are joined by writing one after the other. */
function withOutputs(model: Uint8Array, names: readonly string[], known: readonly string[]): Uint8Array {
  const pbf = new PbfWriter();
  pbf.writeMessage(
    7,
    (_, graph) => {
      for (const name of names) {
        if (!known.includes(name)) graph.writeMessage(12, (__, value) => value.writeStringField(1, name), null);
      }
    },
    null,
  );
  return new Uint8Array(Buffer.concat([model, pbf.finish()]));
}

/** Nothing for types that are not among ours. */
function tensorOf({ type, data, dims }: OrtTensor): Tensor<DType>[] {
  if (!DTYPES.includes(type as DType)) return [];
  return [new Tensor<DType>(data as Float32Array, dims, type as DType)];
}
