export type Pair = readonly [number, number];

interface Node {
  name: string;
  inputs: string[];
}

export interface Convolution extends Node {
  kind: "convolution";
  /** outputs, inputs, height, width: torch's order */
  shape: readonly [number, number, number, number];
  weight: Float32Array;
  bias: Float32Array;
}

export interface Upsample extends Node {
  kind: "upsample";
  factor: Pair;
}

export interface Elementwise extends Node {
  kind: "relu" | "add" | "concatenate";
}

export type Layer = Convolution | Upsample | Elementwise;

export interface Model {
  input: string;
  output: string;
  /** in an order in which each layer follows its inputs */
  layers: Layer[];
  /** output pixels per input pixel, vertically and horizontally */
  scale: Pair;
  /** how many input pixels on each side an output pixel depends on */
  halo: number;
}

interface TfjsLayer {
  class_name: string;
  name: string;
  config: Record<string, unknown>;
  inbound_nodes: [string, ...unknown[]][][];
}

/** The parts of tfjs' layers-model format that are read here. */
export interface TfjsModel {
  modelTopology: {
    model_config: {
      config: { layers: TfjsLayer[]; input_layers: [string, ...unknown[]][]; output_layers: [string, ...unknown[]][] };
    };
  };
  weightsManifest: { paths: string[]; weights: { name: string; shape: number[]; dtype: string }[] }[];
}

/** The network that a tfjs layers-model describes; `weights` are its weight files, one after the other. */
export function parseModel(model: TfjsModel, weights: Uint8Array): Model {
  const { layers, input_layers, output_layers } = model.modelTopology.model_config.config;
  if (input_layers.length !== 1 || output_layers.length !== 1) {
    throw new RangeError(
      `model: expected one input and one output, got ${input_layers.length} and ${output_layers.length}`,
    );
  }
  const tensors = readWeights(model, weights);
  const parsed: Layer[] = [];
  const extents = new Map<string, Extent>();
  for (const layer of layers) {
    const inputs = layer.inbound_nodes.flat().map(([name]) => name);
    const extent = joinExtents(
      layer.name,
      inputs.map((name) => {
        const known = extents.get(name);
        if (!known) throw new RangeError(`model: layer "${layer.name}" reads "${name}", which no earlier layer gives`);
        return known;
      }),
    );
    extents.set(layer.name, extent);
    const node = { name: layer.name, inputs };
    const need = (key: string, ...expected: unknown[]) => needConfig(layer, key, expected);
    switch (layer.class_name) {
      case "InputLayer":
        break;
      case "Conv2D": {
        need("strides", [1, 1]);
        need("dilation_rate", [1, 1]);
        need("groups", 1);
        need("data_format", "channels_last");
        need("activation", "linear");
        need("use_bias", true);
        const [height, width] = layer.config.kernel_size as [number, number];
        // a 1x1 kernel needs no padding, so both names mean the same
        need("padding", "same", ...(height === 1 && width === 1 ? ["valid"] : []));
        const kernel = tensors(`${layer.name}/kernel`, 4);
        const [, , inChannels, outChannels] = kernel.shape as [number, number, number, number];
        parsed.push({
          ...node,
          kind: "convolution",
          shape: [outChannels, inChannels, height, width],
          weight: toOutputsFirst(kernel.data, height * width, inChannels, outChannels),
          bias: tensors(`${layer.name}/bias`, 1).data,
        });
        const [vertical, horizontal] = extent.reach;
        const reach: Pair = [
          vertical + Math.floor(height / 2) / extent.scale[0],
          horizontal + Math.floor(width / 2) / extent.scale[1],
        ];
        extents.set(layer.name, { ...extent, reach });
        break;
      }
      case "Activation":
        need("activation", "relu");
        parsed.push({ ...node, kind: "relu" });
        break;
      case "Add":
        parsed.push({ ...node, kind: "add" });
        break;
      case "Concatenate":
        need("axis", 3, -1);
        parsed.push({ ...node, kind: "concatenate" });
        break;
      case "UpSampling2D": {
        need("interpolation", "nearest");
        need("data_format", "channels_last");
        const factor = layer.config.size as [number, number];
        parsed.push({ ...node, kind: "upsample", factor });
        extents.set(layer.name, {
          ...extent,
          scale: [extent.scale[0] * factor[0], extent.scale[1] * factor[1]],
        });
        break;
      }
      default:
        throw new RangeError(
          `model: layer "${layer.name}" is of class ${layer.class_name}, ` +
            "but only InputLayer, Conv2D, Activation, Add, Concatenate and UpSampling2D are supported",
        );
    }
  }
  const output = output_layers[0]![0];
  const extent = extents.get(output);
  if (!extent) throw new RangeError(`model: no layer gives the output "${output}"`);
  return {
    input: input_layers[0]![0],
    output,
    layers: parsed,
    scale: extent.scale,
    halo: Math.ceil(Math.max(...extent.reach)),
  };
}

/** What a layer's pixels mean in the input image: how many there are to one input pixel, and how far they see. */
interface Extent {
  scale: Pair;
  reach: Pair;
}

function joinExtents(name: string, inputs: Extent[]): Extent {
  const scale = inputs[0]?.scale ?? [1, 1];
  if (inputs.some((input) => String(input.scale) !== String(scale))) {
    throw new RangeError(`model: layer "${name}" joins maps of different sizes`);
  }
  const reach = (axis: 0 | 1) => Math.max(0, ...inputs.map((input) => input.reach[axis]));
  return { scale, reach: [reach(0), reach(1)] };
}

function needConfig({ name, config }: TfjsLayer, key: string, expected: unknown[]): void {
  const found = JSON.stringify(config[key]);
  const allowed = expected.map((value) => JSON.stringify(value));
  if (!allowed.includes(found)) {
    throw new RangeError(`model: layer "${name}" has ${key} ${found} (expected ${allowed.join(" or ")})`);
  }
}

function readWeights(model: TfjsModel, bytes: Uint8Array) {
  const specs = model.weightsManifest.flatMap(({ weights }) => weights);
  const other = specs.find(({ dtype }) => dtype !== "float32");
  if (other) throw new RangeError(`model: weight "${other.name}" is ${other.dtype} (expected float32)`);
  const sizes = specs.map(({ shape }) => shape.reduce((size, length) => size * length, 1));
  const total = sizes.reduce((sum, size) => sum + size, 0);
  if (bytes.length !== total * 4) {
    throw new RangeError(`model: the weight files hold ${bytes.length} bytes (expected ${total * 4})`);
  }
  // a copy, because the bytes of a file need not start at a multiple of four
  const values = new Float32Array(Uint8Array.from(bytes).buffer);
  const tensors = new Map<string, { shape: number[]; data: Float32Array }>();
  let offset = 0;
  for (const [index, { name, shape }] of specs.entries()) {
    const end = offset + sizes[index]!;
    tensors.set(name, { shape, data: values.subarray(offset, end) });
    offset = end;
  }
  return (name: string, rank: number) => {
    const tensor = tensors.get(name);
    if (!tensor) throw new RangeError(`model: weight "${name}" is missing`);
    if (tensor.shape.length !== rank) {
      throw new RangeError(`model: weight "${name}" has shape [${tensor.shape}] (expected ${rank} axes)`);
    }
    return tensor;
  };
}

// tfjs stores height, width, inputs, outputs
function toOutputsFirst(source: Float32Array, taps: number, inChannels: number, outChannels: number): Float32Array {
  const target = new Float32Array(source.length);
  let read = 0;
  for (let tap = 0; tap < taps; tap++) {
    for (let input = 0; input < inChannels; input++) {
      for (let output = 0; output < outChannels; output++) {
        target[(output * inChannels + input) * taps + tap] = source[read++]!;
      }
    }
  }
  return target;
}
