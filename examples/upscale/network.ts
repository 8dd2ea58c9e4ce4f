import { add, cat, compile, conv2d, interpolate, relu, type Session, Tensor, type TensorLike } from "convwasm";
import type { Layer, Model } from "./model.ts";

/** Compiles a model for images of one size: 3 channels, values from 0 to 255. */
export function compileModel(model: Model, height: number, width: number): Session {
  return compile({ forward: (image) => run(model, image) }, [1, 3, height, width]);
}

function run({ input, output, layers }: Model, image: TensorLike): Tensor {
  const maps = new Map([[input, image]]);
  for (const layer of layers) {
    maps.set(
      layer.name,
      apply(
        layer,
        layer.inputs.map((name) => maps.get(name)!),
      ),
    );
  }
  return maps.get(output) as Tensor;
}

function apply(layer: Layer, inputs: readonly TensorLike[]): Tensor {
  const [first, ...others] = inputs as [TensorLike, ...TensorLike[]];
  switch (layer.kind) {
    case "convolution": {
      const bias = new Tensor(layer.bias, [layer.shape[0]]);
      return conv2d(first, new Tensor(layer.weight, layer.shape), bias, { padding: "same" });
    }
    case "relu":
      return relu(first);
    case "add":
      return others.reduce<Tensor>((sum, other) => add(sum, other), first as Tensor);
    case "concatenate":
      return cat(inputs, 1);
    case "upsample":
      return interpolate(first, { scaleFactor: layer.factor });
  }
}
