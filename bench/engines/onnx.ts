import type { Ort, OrtTensor } from "../../src/cli/bench/onnxruntime.ts";
import { encodeModel } from "../../test/support/onnx.ts";
import type { Layer } from "../layers.ts";
import { peerVersion } from "../peers/load.ts";
import type { Engine, LayerData } from "./engine.ts";

/** An engine of either onnxruntime. A call copies what `session.run` copies: input in, result out, as ours does. */
export async function ortEngine(name: string, peer: string, ort: Ort, options: object): Promise<Engine> {
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

/** A model of a single Conv, its weights as initializers. */
function modelOf({ shape, outputShape }: Layer, { weight, bias }: LayerData): Uint8Array {
  const { batch, channels, height, width, filters, kernel, stride, padding, dilation, groups } = shape;
  const rawOf = ({ buffer, byteOffset, byteLength }: Float32Array) => new Uint8Array(buffer, byteOffset, byteLength);
  return encodeModel({
    nodes: [
      {
        op: "Conv",
        inputs: ["x", "weight", "bias"],
        attributes: {
          kernel_shape: { ints: kernel },
          strides: { ints: stride },
          pads: { ints: [...padding, ...padding] },
          dilations: { ints: dilation },
          group: { int: groups },
        },
      },
    ],
    constants: {
      weight: { dims: [filters, channels / groups, ...kernel], raw: rawOf(weight) },
      bias: { dims: [filters], raw: rawOf(bias) },
    },
    inputs: [{ name: "x", shape: [batch, channels, height, width] }],
    outputs: [{ name: "y", shape: outputShape }],
  });
}
