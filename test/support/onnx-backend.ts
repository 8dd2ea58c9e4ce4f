import { existsSync, readdirSync, readFileSync } from "node:fs";
import { PbfReader, PbfWriter } from "pbf";
import { loadOnnx } from "../../src/onnx/index.ts";
import { DATA_TYPE, type ModelProto, readModel } from "../../src/onnx/model.ts";
import type { Constant } from "../../src/planning/constant.ts";
import { encodeConstants, encodeModel, encodeNode } from "./onnx.ts";

/** Where Debian's libonnx-testdata has ONNX's own tests. */
export const BACKEND_TESTS = "/usr/share/libonnx-testdata/data";

/** A model with what it is given and what it must give. */
export interface BackendTest {
  readonly name: string;
  readonly bytes: Uint8Array;
  readonly proto: ModelProto;
  readonly inputs: readonly Uint8Array[];
  readonly outputs: readonly Uint8Array[];
}

/** The tests of a folder of libonnx-testdata, one for each set of data. */
export function backendTests(folder: string): readonly BackendTest[] {
  const root = `${BACKEND_TESTS}/${folder}`;
  if (!existsSync(root)) return [];
  return readdirSync(root).flatMap((name) => {
    const bytes = readFileSync(`${root}/${name}/model.onnx`);
    const proto = readModel(name, bytes);
    const sets = readdirSync(`${root}/${name}`).filter((each) => each.startsWith("test_data_set"));
    return sets.map((set, index) => {
      const files = (kind: string) => {
        const count = readdirSync(`${root}/${name}/${set}`).filter((file) => file.startsWith(`${kind}_`)).length;
        return Array.from({ length: count }, (_, i) => readFileSync(`${root}/${name}/${set}/${kind}_${i}.pb`));
      };
      const title = index === 0 ? `${folder}/${name}` : `${folder}/${name} ${index}`;
      return { name: title, bytes, proto, inputs: files("input"), outputs: files("output") };
    });
  });
}

/** Reads TensorProtos by the loader, as constants of a model that does nothing else. */
export function readTensors(tensors: readonly Uint8Array[]): readonly Constant[] {
  const named = Object.fromEntries(tensors.map((bytes, index) => [`tensor${index}`, bytes]));
  const model = encodeModel({ nodes: [{ op: "Relu", inputs: ["x"] }], inputs: [{ name: "x" }] });
  const { constants } = loadOnnx(joined(model, encodeConstants(named)));
  return tensors.map((_, index) => constants.get(`tensor${index}`)!);
}

/** Inputs of operators that this library takes as constants only. */
const PARAMETERS: Readonly<Record<string, readonly number[]>> = {
  BatchNormalization: [1, 2, 3, 4],
  Clip: [1, 2],
  Conv: [1, 2],
  ConvTranspose: [1, 2],
  Dropout: [1, 2],
  GRU: [1, 2, 3],
  GroupNormalization: [1, 2],
  InstanceNormalization: [1, 2],
  LSTM: [1, 2, 3, 7],
  LayerNormalization: [1, 2],
  Pad: [2],
  RNN: [1, 2, 3],
  Range: [0, 1, 2],
  Resize: [1, 2],
  Upsample: [1],
  DequantizeLinear: [1, 2],
  Mod: [0, 1],
  Where: [1, 2],
  Equal: [0, 1],
  Greater: [0, 1],
  GreaterOrEqual: [0, 1],
  Less: [0, 1],
  LessOrEqual: [0, 1],
};

/** Operators of whose results this library gives the first only. */
const SINGLE = ["Dropout", "LayerNormalization", "MaxPool"];

/** Outputs that are compared. */
export function givenOutputs({ graph }: ModelProto): readonly string[] {
  const absent = graph!.node.flatMap(({ opType, output }) => (SINGLE.includes(opType) ? output.slice(1) : []));
  return graph!.output.map(({ name }) => name).filter((name) => !absent.includes(name));
}

/** Inputs that are computed with while running; the others are constants of the model. */
export function runningInputs({ graph }: ModelProto): readonly string[] {
  const parameters = new Set(
    graph!.node.flatMap(({ opType, input }) => (PARAMETERS[opType] ?? []).map((index) => input[index])),
  );
  return graph!.input
    .filter(({ name, elemType }) => elemType === DATA_TYPE.FLOAT && !parameters.has(name))
    .map(({ name }) => name);
}

/**
 * The model with some inputs as constants, and outputs that are not floats converted to floats: this library's networks
 * take and give nothing else.
 */
export function withFloatsOnly({ bytes, proto, inputs }: BackendTest, running: readonly string[]): Uint8Array {
  const graph = proto.graph!;
  const given = givenOutputs(proto);
  const constants: Record<string, Uint8Array> = {};
  for (const [index, { name }] of graph.input.entries()) {
    const bytes = inputs[index];
    if (bytes !== undefined && !running.includes(name)) constants[name] = bytes;
  }
  const added = new PbfWriter();
  added.writeMessage(
    7,
    (_, out) => {
      for (const { name, elemType } of graph.output) {
        if (!given.includes(name)) continue;
        const output = elemType === DATA_TYPE.FLOAT ? name : `${name} as floats`;
        if (output !== name) {
          const cast = { op: "Cast", inputs: [name], outputs: [output], attributes: { to: { int: DATA_TYPE.FLOAT } } };
          out.writeBytesField(1, encodeNode(cast));
        }
        out.writeMessage(12, (__, value) => value.writeStringField(1, output), null);
      }
    },
    null,
  );
  return joined(prepared(bytes, proto), encodeConstants(constants), added.finish());
}

/** The same messages without the graph's declarations of outputs, and with opset 7 in place of those before it. */
function prepared(bytes: Uint8Array, { opsetImport }: ModelProto): Uint8Array {
  const isOld = opsetImport.some(({ version }) => version < 7);
  return copied(bytes, (tag, content) => {
    if (tag === 7) return copied(content, (inner, each) => (inner === 12 ? undefined : each));
    return tag === 8 && isOld ? encodeOpset(7) : content;
  });
}

function encodeOpset(version: number): Uint8Array {
  const pbf = new PbfWriter();
  pbf.writeVarintField(2, version);
  return pbf.finish();
}

/** Copies a message; fields of bytes may be changed or left out. */
function copied(bytes: Uint8Array, change: (tag: number, content: Uint8Array) => Uint8Array | undefined): Uint8Array {
  const [from, to] = [new PbfReader(bytes), new PbfWriter()];
  for (let tag = from.nextField(); tag !== 0; tag = from.nextField()) {
    if (from.type === 0) to.writeVarintField(tag, from.readVarint(true));
    else {
      const content = change(tag, from.readBytes());
      if (content !== undefined) to.writeBytesField(tag, content);
    }
  }
  return to.finish();
}

export const joined = (...parts: readonly Uint8Array[]): Uint8Array => new Uint8Array(Buffer.concat(parts));
