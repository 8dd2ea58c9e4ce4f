import { load, peerVersion } from "../peers/load.ts";
import type { Family, FamilyData, FamilyItem, PreparedFamily } from "./family.ts";
import { padOf, startTf, type TfTensor } from "./tfjs.ts";

/**
 * conv2dTranspose on tfjs' wasm backend, for the gradient of the input as well: tf.grad runs the same kernel, after the
 * forward convolution. No wasm kernel computes the gradient of the weights, so the cpu backend does, in
 * JavaScript; its kernel is called directly, without tf.grad and its forward convolution. Tensors stay in the backend's
 * memory, and are transposed to its NHWC outside the timed part. The cpu backend would take half a minute for a layer, so
 * it computes the weights of one filter: they are computed one by one, so the others take as long.
 */
export async function tfjsFamily(): Promise<Family> {
  const tf = await startTf();
  await load("@tensorflow/tfjs-backend-cpu");
  return {
    name: "tfjs",
    version: peerVersion("@tensorflow/tfjs-backend-wasm"),
    isSlow: ({ operation }) => operation === "weight gradient",
    async prepare(item: FamilyItem, data: FamilyData): Promise<PreparedFamily> {
      const { batch, channels, height, width, filters, kernel, stride, dilation, groups } = item.layer.shape;
      if (batch > 1 || groups > 1 || Math.max(...dilation) > 1)
        throw new Error(`tfjs: ${item.layer.name} is not prepared for`);
      const ofWeight = item.operation === "weight gradient";
      const backend = ofWeight ? "cpu" : "wasm";
      const [, , outHeight, outWidth] = item.layer.outputShape;
      const taken = ofWeight ? 1 : filters;
      const partOf = data.gradient.subarray(0, taken * outHeight * outWidth);
      await tf.setBackend(backend);
      const { input, weight, gradient } = tf.tidy(() => ({
        input: tf.transpose(tf.tensor(data.input, [batch, channels, height, width]), [0, 2, 3, 1]),
        weight: tf.transpose(tf.tensor(data.weight, [filters, channels, ...kernel]), [2, 3, 1, 0]),
        gradient: tf.transpose(tf.tensor(partOf, [batch, taken, outHeight, outWidth]), [0, 2, 3, 1]),
      }));
      const pad = padOf(item.layer.shape);
      const attributes = { strides: stride, pad, dataFormat: "NHWC", filterShape: [...kernel, channels, taken] };
      const outputShape = [batch, height, width, channels];
      await tf.setBackend("wasm");
      let result: TfTensor | undefined;
      return {
        share: taken / filters,
        async enter() {
          await tf.setBackend(backend);
        },
        run() {
          result?.dispose();
          result = ofWeight
            ? tf.engine().runKernel("Conv2DBackpropFilter", { x: input, dy: gradient }, attributes)
            : tf.conv2dTranspose(gradient, weight, outputShape, stride, pad);
        },
        output: () => tf.tidy(() => tf.transpose(result!, ofWeight ? [3, 2, 0, 1] : [0, 3, 1, 2]).dataSync()),
        async dispose() {
          for (const tensor of [input, weight, gradient, result]) tensor?.dispose();
          await tf.setBackend("wasm");
        },
      };
    },
  };
}
