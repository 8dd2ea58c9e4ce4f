import { readFileSync } from "node:fs";
import type { Ort, OrtTensor } from "../../src/cli/bench/onnxruntime.ts";
import type { Layer } from "../layers.ts";
import { load, peerVersion } from "../peers/load.ts";
import type { Engine, LayerData } from "./engine.ts";

interface Protobuf {
  parse(source: string): { root: { lookupType(name: string): MessageType } };
}

interface MessageType {
  create(value: object): object;
  encode(message: object): { finish(): Uint8Array };
  verify(value: object): string | null;
}

/** An engine of either onnxruntime. A call copies what `session.run` copies: input in, result out, as ours does. */
export async function ortEngine(name: string, peer: string, ort: Ort, options: object): Promise<Engine> {
  const modelOf = await modelWriter();
  return {
    name,
    version: peerVersion(peer),
    async prepare(layer, data) {
      const session = await ort.InferenceSession.create(modelOf(layer, data), {
        graphOptimizationLevel: "all",
        ...options,
      });
      const { batch, channels, height, width } = layer.shape;
      const feeds = { x: new ort.Tensor("float32", data.input, [batch, channels, height, width]) };
      let result: Record<string, OrtTensor> | undefined;
      return {
        async run() {
          result = await session.run(feeds);
        },
        output: () => result!.y!.data,
        dispose: () => session.release(),
      };
    },
  };
}

/** Writes a model of a single Conv, its weights as initializers. */
async function modelWriter(): Promise<(layer: Layer, data: LayerData) => Uint8Array> {
  const { parse } = (await load("protobufjs")) as Protobuf;
  const { root } = parse(readFileSync(new URL("../peers/onnx.proto", import.meta.url), "utf8"));
  const type = root.lookupType("onnx.ModelProto");
  return (layer, data) => {
    const model = modelOf(layer, data);
    const fault = type.verify(model);
    if (fault !== null) throw new Error(`the ONNX model is not one: ${fault}`);
    return type.encode(type.create(model)).finish();
  };
}

const FLOAT = 1;
const INT = 2;
const INTS = 7;

function modelOf({ shape, outputShape }: Layer, { weight, bias }: LayerData): object {
  const { batch, channels, height, width, filters, kernel, stride, padding, dilation, groups } = shape;
  const value = (name: string, dims: readonly number[]) => ({
    name,
    type: { tensorType: { elemType: FLOAT, shape: { dim: dims.map((dimValue) => ({ dimValue })) } } },
  });
  const initializer = (name: string, dims: readonly number[], values: Float32Array) => ({
    name,
    dims,
    dataType: FLOAT,
    rawData: new Uint8Array(values.buffer, values.byteOffset, values.byteLength),
  });
  const ints = (name: string, values: readonly number[]) => ({ name, ints: values, type: INTS });
  const conv = {
    opType: "Conv",
    input: ["x", "weight", "bias"],
    output: ["y"],
    attribute: [
      ints("kernel_shape", kernel),
      ints("strides", stride),
      ints("pads", [...padding, ...padding]),
      ints("dilations", dilation),
      { name: "group", i: groups, type: INT },
    ],
  };
  return {
    irVersion: 8,
    opsetImport: [{ domain: "", version: 17 }],
    graph: {
      name: "layer",
      node: [conv],
      initializer: [
        initializer("weight", [filters, channels / groups, ...kernel], weight),
        initializer("bias", [filters], bias),
      ],
      input: [value("x", [batch, channels, height, width])],
      output: [value("y", outputShape)],
    },
  };
}
