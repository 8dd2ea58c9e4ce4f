/**
 * Writes onnx/FAMILY.json: what onnxruntime gives for the models of test/support/onnx-cases, a file for each family, and in
 * onnx/published.json samples of what it gives for the networks of onnx-networks.ts. The oracle of loadOnnx.
 *
 *     npm run bench:peers && npx node test/golden/generate_onnx.ts [FAMILY ...]
 *
 * Per model, its outputs in order: type, shape, and values; floats are rounded to 9 digits, which no float32 needs more of.
 */
import { mkdirSync, writeFileSync } from "node:fs";
import { parseArgs } from "node:util";
import { load } from "../../bench/peers/load.ts";
import { type CaseInput, FAMILIES } from "../support/onnx-cases/index.ts";
import { type Golden, goldenNumber } from "../support/onnx-golden.ts";
import { NETWORKS, networkInput, readNetwork, sampled } from "../support/onnx-networks.ts";

type Data = CaseInput["data"];

interface OrtTensor {
  readonly type: string;
  readonly data: Data;
  readonly dims: readonly number[];
}

interface Ort {
  readonly Tensor: new (type: string, data: Data, dims: readonly number[]) => OrtTensor;
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

/** A model with its inputs, and which of an output's values are kept. */
interface Asked {
  readonly name: string;
  readonly model: Uint8Array;
  readonly inputs: Readonly<Record<string, CaseInput>>;
  keep(data: ArrayLike<number | bigint>): ArrayLike<number | bigint>;
}

// onnxruntime takes half precision as bits only where there is no array for it: its library cannot read that one
const Half = Float16Array;
Reflect.deleteProperty(globalThis, "Float16Array");
const ort = ((await load("onnxruntime-node")) as { default: Ort }).default;
const wanted = parseArgs({ allowPositionals: true }).positionals;
const families: Readonly<Record<string, () => readonly Asked[]>> = {
  ...Object.fromEntries(
    Object.entries(FAMILIES).map(([family, cases]) => [
      family,
      () => cases.map((each) => ({ ...each, keep: (data: ArrayLike<number | bigint>) => data })),
    ]),
  ),
  published: () =>
    NETWORKS.map(([name, shape]) => ({
      name,
      model: readNetwork(name),
      inputs: { x: { type: "FLOAT", ...networkInput(shape) } },
      keep: (data) => sampled(data as ArrayLike<number>),
    })),
};
for (const family of wanted) if (families[family] === undefined) throw new Error(`there is no family ${family}`);
const directory = new URL("onnx/", import.meta.url);
mkdirSync(directory, { recursive: true });
for (const [family, cases] of Object.entries(families)) {
  if (wanted.length > 0 && !wanted.includes(family)) continue;
  const lines: string[] = [];
  for (const each of cases()) lines.push(`${JSON.stringify(each.name)}: ${JSON.stringify(await resultsOf(each))}`);
  writeFileSync(new URL(`${family}.json`, directory), `{\n${lines.join(",\n")}\n}\n`);
}

async function resultsOf({ name, model, inputs, keep }: Asked): Promise<readonly Golden[]> {
  const feeds = Object.entries(inputs).map(([key, { type, data, shape }]) => {
    return [key, new ort.Tensor(type === "FLOAT" ? "float32" : type.toLowerCase(), data, shape)];
  });
  try {
    const session = await ort.InferenceSession.create(model, { logSeverityLevel: 3 });
    const results = await session.run(Object.fromEntries(feeds));
    return session.outputNames.map((output) => {
      const { type, data, dims } = results[output]!;
      // float16 as numbers, whatever array this runtime has for it
      const numbers = data instanceof Uint16Array ? new Half(data.buffer, data.byteOffset, data.length) : data;
      return { type, shape: [...dims], data: Array.from(keep(numbers), goldenNumber) };
    });
  } catch (cause) {
    throw new Error(`onnxruntime does not run ${JSON.stringify(name)}`, { cause });
  }
}
