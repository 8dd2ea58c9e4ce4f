/**
 * Writes onnx.json: what onnxruntime gives for the models of test/support/onnx-cases.ts, and samples of what it gives for
 * the networks of onnx-networks.ts. The oracle of loadOnnx.
 *
 *     npm run bench:peers && npx node test/golden/generate_onnx.ts
 *
 * Per model, its outputs in order: shape, and values in float32 rounded to 9 digits, which no float32 needs more of.
 */
import { writeFileSync } from "node:fs";
import { load } from "../../bench/peers/load.ts";
import { ONNX_CASES } from "../support/onnx-cases.ts";
import { NETWORKS, networkInput, readNetwork, sampled } from "../support/onnx-networks.ts";

interface OrtTensor {
  readonly data: Float32Array;
  readonly dims: readonly number[];
}

interface Ort {
  readonly Tensor: new (type: "float32", data: Float32Array, dims: readonly number[]) => OrtTensor;
  readonly InferenceSession: {
    create(
      model: Uint8Array,
      options: { logSeverityLevel: number },
    ): Promise<{
      readonly outputNames: readonly string[];
      run(feeds: Record<string, OrtTensor>): Promise<Record<string, OrtTensor>>;
    }>;
  };
}

const ort = ((await load("onnxruntime-node")) as { default: Ort }).default;
const lines: string[] = [];
const all = [
  ...ONNX_CASES.map((each) => ({ ...each, keep: (data: Float32Array): ArrayLike<number> => data })),
  ...NETWORKS.map(([name, shape]) => ({
    name,
    model: readNetwork(name),
    inputs: { x: networkInput(shape) },
    keep: sampled,
  })),
];
for (const { name, model, inputs, keep } of all) {
  const feeds = Object.entries(inputs).map(([key, { data, shape }]) => [key, new ort.Tensor("float32", data, shape)]);
  try {
    const session = await ort.InferenceSession.create(model, { logSeverityLevel: 3 });
    const results = await session.run(Object.fromEntries(feeds));
    const outputs = session.outputNames.map((output) => {
      const { data, dims } = results[output]!;
      return { shape: [...dims], data: Array.from(keep(data), (value) => Number(value.toPrecision(9))) };
    });
    lines.push(`${JSON.stringify(name)}: ${JSON.stringify(outputs)}`);
  } catch (cause) {
    throw new Error(`onnxruntime does not run ${JSON.stringify(name)}`, { cause });
  }
}
writeFileSync(new URL("onnx.json", import.meta.url), `{\n${lines.join(",\n")}\n}\n`);
