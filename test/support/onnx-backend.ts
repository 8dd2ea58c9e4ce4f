import { existsSync, readdirSync, readFileSync } from "node:fs";
import { PbfReader, PbfWriter } from "pbf";
import type { DType } from "../../src/dtype.ts";
import { loadOnnx } from "../../src/onnx/index.ts";
import { DATA_TYPE, type ModelProto, readModel } from "../../src/onnx/model.ts";
import { dtypeOf } from "../../src/onnx/tensor.ts";
import type { Constant } from "../../src/planning/constant.ts";
import { encodeConstants, encodeModel } from "./onnx.ts";

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
  const outputs = ["y", ...Object.keys(named)];
  const model = encodeModel({ nodes: [{ op: "Relu", inputs: ["x"] }], inputs: [{ name: "x" }], outputs });
  const { constants } = loadOnnx(joined(model, encodeConstants(named)));
  return tensors.map((_, index) => constants.get(`tensor${index}`)!);
}

/** Inputs that must be known before a network runs: those that settle shapes or axes, and weights. */
const SETTLED: Readonly<Record<string, readonly number[]>> = {
  ConstantOfShape: [0],
  CumSum: [1],
  Dropout: [1, 2],
  Expand: [1],
  GRU: [1, 2, 3],
  GroupNormalization: [1, 2],
  LSTM: [1, 2, 3, 7],
  OneHot: [1],
  Pad: [1, 2, 3],
  QLinearConv: [1, 2, 4, 5, 6, 7],
  QLinearMatMul: [1, 2, 4, 5, 6, 7],
  RNN: [1, 2, 3],
  ReduceL1: [1],
  ReduceL2: [1],
  ReduceLogSum: [1],
  ReduceLogSumExp: [1],
  ReduceMax: [1],
  ReduceMean: [1],
  ReduceMin: [1],
  ReduceProd: [1],
  ReduceSum: [1],
  ReduceSumSquare: [1],
  Reshape: [1],
  Resize: [1, 2, 3],
  Slice: [1, 2, 3, 4],
  Split: [1],
  SplitToSequence: [1],
  Squeeze: [1],
  Tile: [1],
  TopK: [1],
  Unsqueeze: [1],
  Upsample: [1],
};

/** Operators of whose results this library gives the first only. */
const SINGLE = ["Dropout"];

/** Outputs that are compared. */
export function givenOutputs({ graph }: ModelProto): readonly string[] {
  const absent = graph!.node.flatMap(({ opType, output }) => (SINGLE.includes(opType) ? output.slice(1) : []));
  return graph!.output.map(({ name }) => name).filter((name) => !absent.includes(name));
}

/** The types of outputs that are compared, as results have them. */
export const givenTypes = (proto: ModelProto): readonly (DType | undefined)[] => {
  const given = givenOutputs(proto);
  return proto
    .graph!.output.filter(({ name }) => given.includes(name))
    .map(({ elemType }) => (elemType === DATA_TYPE.FLOAT16 ? "float16" : dtypeOf(elemType)));
};

/** Inputs that a run is given; the others are constants of the model. */
export function runningInputs({ graph }: ModelProto): readonly string[] {
  const settled = new Set(
    graph!.node.flatMap(({ opType, input }) => (SETTLED[opType] ?? []).map((index) => input[index])),
  );
  return graph!.input.map(({ name }) => name).filter((name) => !settled.has(name));
}

/** The model with what settles shapes as constants, and without the outputs that are not compared. */
export function prepared({ bytes, proto, inputs }: BackendTest, running: readonly string[]): Uint8Array {
  const graph = proto.graph!;
  const given = givenOutputs(proto);
  const constants: Record<string, Uint8Array> = {};
  for (const [index, { name }] of graph.input.entries()) {
    const bytes = inputs[index];
    if (bytes !== undefined && !running.includes(name)) constants[name] = bytes;
  }
  let output = 0;
  const isOld = proto.opsetImport.some(({ version }) => version < 7);
  const model = copied(bytes, (tag, content) => {
    if (tag === 7) {
      return copied(content, (inner, each) =>
        inner === 12 && !given.includes(graph.output[output++]!.name) ? undefined : each,
      );
    }
    return tag === 8 && isOld ? encodeOpset(7) : content;
  });
  return joined(model, encodeConstants(constants));
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
