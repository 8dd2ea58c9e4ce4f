import type { Shape } from "../layers.ts";
import { load, peerVersion } from "../peers/load.ts";
import { type Engine, Unsupported } from "./engine.ts";

export interface TfTensor {
  readonly shape: readonly number[];
  dataSync(): Float32Array;
  dispose(): void;
}

type Pad = number | readonly (readonly number[])[];

interface Convolution {
  x: TfTensor;
  filter: TfTensor;
  bias: TfTensor;
  strides: readonly number[];
  dilations: readonly number[];
  pad: Pad;
}

/** The functions of tfjs-core that are called. */
export interface Tf {
  setBackend(name: string): Promise<boolean>;
  env(): { set(flag: string, value: boolean): void };
  tensor(values: Float32Array, shape: readonly number[]): TfTensor;
  transpose(x: TfTensor, axes: readonly number[]): TfTensor;
  tidy<T>(body: () => T): T;
  conv2dTranspose(
    x: TfTensor,
    filter: TfTensor,
    outputShape: readonly number[],
    strides: readonly number[],
    pad: Pad,
  ): TfTensor;
  engine(): { runKernel(name: string, inputs: object, attributes: object): TfTensor };
  readonly fused: { conv2d(o: Convolution): TfTensor; depthwiseConv2d(o: Convolution): TfTensor };
}

/** tfjs on its wasm backend, one thread. */
export async function startTf(): Promise<Tf> {
  const tf = (await load("@tensorflow/tfjs-core")) as Tf;
  const backend = (await load("@tensorflow/tfjs-backend-wasm")) as { setThreadsCount(count: number): void };
  backend.setThreadsCount(1);
  tf.env().set("PROD", true);
  if (!(await tf.setBackend("wasm"))) throw new Error("tfjs: its wasm backend does not start");
  return tf;
}

/**
 * tfjs-backend-wasm (XNNPACK, SIMD, one thread). A call is what a chain of tf operations does: the input lies in linear
 * memory already and the result stays there, so it copies less than any other engine here. Its layout is NHWC: input,
 * weights and result are transposed outside the timed part.
 */
export async function tfjsEngine(): Promise<Engine> {
  const tf = await startTf();
  return {
    name: "tfjs",
    version: peerVersion("@tensorflow/tfjs-backend-wasm"),
    prepare({ shape }, data) {
      const { batch, channels, height, width, filters, kernel, stride, dilation, groups } = shape;
      const depthwise = groups > 1 && groups === channels;
      if (groups > 1 && !depthwise) throw new Unsupported("tfjs has no grouped convolution");
      if (Math.max(...stride) > 1 && Math.max(...dilation) > 1) {
        throw new Unsupported("tfjs has no convolution with both stride and dilation");
      }
      const { x, filter, bias } = tf.tidy(() => ({
        x: tf.transpose(tf.tensor(data.input, [batch, channels, height, width]), [0, 2, 3, 1]),
        // depthwise: (H, W, C, filters / C), torch's are (filters, 1, H, W)
        filter: depthwise
          ? tf.transpose(tf.tensor(data.weight, [channels, filters / channels, ...kernel]), [2, 3, 0, 1])
          : tf.transpose(tf.tensor(data.weight, [filters, channels, ...kernel]), [2, 3, 1, 0]),
        bias: tf.tensor(data.bias, [filters]),
      }));
      const convolve = depthwise ? tf.fused.depthwiseConv2d : tf.fused.conv2d;
      const options = { x, filter, bias, strides: stride, dilations: dilation, pad: padOf(shape) };
      let result: TfTensor | undefined;
      return {
        run() {
          result?.dispose();
          result = convolve(options);
        },
        output: () => tf.tidy(() => tf.transpose(result!, [0, 3, 1, 2]).dataSync()),
        dispose() {
          for (const tensor of [x, filter, bias, result]) tensor?.dispose();
        },
      };
    },
  };
}

export function padOf({ padding: [vertical, horizontal] }: Shape): Pad {
  if (vertical === horizontal) return vertical;
  return [
    [0, 0],
    [vertical, vertical],
    [horizontal, horizontal],
    [0, 0],
  ];
}
