import { countOf } from "../../check.ts";
import type { GraphProto, NodeProto, TensorProto } from "../../onnx/model.ts";
import { ATTRIBUTE_TYPE, attributeOf, DATA_TYPE } from "../../onnx/model.ts";
import { isOnnx } from "../../onnx/read.ts";
import { type ExternalFiles, tensorValue } from "../../onnx/tensor.ts";
import type { Range } from "./ranges.ts";
import type { Changes, NewNode, NewTensor } from "./write.ts";

/*
 * Static quantisation, as onnxruntime's quantiser writes it: each tensor that operators read or write in bytes goes through
 * QuantizeLinear and DequantizeLinear, weights are bytes with a DequantizeLinear, biases int32.
 */

/** Operators with weights, which become products of bytes. */
const PRODUCTS: readonly string[] = ["Conv", "Gemm", "MatMul"];
/** Others that compute on bytes. */
const COMPUTING: readonly string[] = [
  "Add",
  "AveragePool",
  "Concat",
  "GlobalAveragePool",
  "LeakyRelu",
  "Mul",
  "Sigmoid",
];
/** Those whose result has the scale of what they are given. */
const MOVING: readonly string[] = [
  "Flatten",
  "MaxPool",
  "Reshape",
  "Resize",
  "Slice",
  "Squeeze",
  "Transpose",
  "Unsqueeze",
];
/** What QuantizeLinear does too, if it follows. */
const LIMITING: readonly string[] = ["Relu", "Clip"];

/** A tensor of float32 that becomes bytes. */
export interface QuantisedTensor {
  readonly name: string;
  /** the operator that makes it, and its name; "" for an input of the network */
  readonly op: string;
  readonly layer: string;
  /** the tensor whose scale it has */
  readonly like: string;
}

/** What is quantised of a network. */
export interface Layers {
  readonly tensors: ReadonlyMap<string, QuantisedTensor>;
  /** numbers of nodes that are computed on bytes */
  readonly nodes: ReadonlySet<number>;
  readonly weights: ReadonlyMap<string, TensorProto>;
}

/** A node as options and reports name it. */
export const layerName = ({ name, output, opType }: NodeProto): string => name || output[0] || opType;

/** Constants by name: initializers, Constant nodes with a tensor, and other names for them. */
function constantsOf({ initializer, node }: GraphProto): ReadonlyMap<string, TensorProto> {
  const constants = new Map(initializer.map((tensor) => [tensor.name, tensor] as const));
  for (const each of node) {
    const value = each.opType === "Constant" ? attributeOf(each, "value") : undefined;
    if (value?.type === ATTRIBUTE_TYPE.TENSOR && value.t) constants.set(each.output[0]!, value.t);
    const same = each.opType === "Identity" ? constants.get(each.input[0]!) : undefined;
    if (same !== undefined) constants.set(each.output[0]!, same);
  }
  return constants;
}

/**
 * Decides what becomes bytes.
 * @param isFloat whether a value is float32
 * @param kept names of nodes that stay in float32
 */
export function layersOf(graph: GraphProto, isFloat: (name: string) => boolean, kept: ReadonlySet<string>): Layers {
  const weights = constantsOf(graph);
  const readers = new Map<string, number[]>();
  for (const [index, { input }] of graph.node.entries()) {
    for (const name of input) readers.set(name, [...(readers.get(name) ?? []), index]);
  }
  const outputs = new Set(graph.output.map(({ name }) => name));
  const tensors = new Map<string, QuantisedTensor>();
  const nodes = new Set<number>();
  const origins = new Map(graph.node.flatMap((node) => node.output.map((name) => [name, node] as const)));
  const add = (name: string, like = name): boolean => {
    if (weights.has(name) || !isFloat(name)) return false;
    const maker = origins.get(name);
    const own = { name, op: maker?.opType ?? "", layer: maker === undefined ? name : layerName(maker), like };
    if (!tensors.has(name)) tensors.set(name, own);
    return true;
  };
  for (const [index, node] of graph.node.entries()) {
    if (!isOnnx(node.domain) || kept.has(layerName(node))) continue;
    const { opType, input, output } = node;
    const [result] = output as [string];
    if (MOVING.includes(opType)) {
      const source = tensors.get(input[0]!);
      const isOne = output.filter((name) => name !== "").length === 1;
      if (source === undefined || !isOne || (opType === "Resize" && !isNearest(node))) continue;
      nodes.add(index);
      add(result, source.like);
      continue;
    }
    const isProduct = PRODUCTS.includes(opType);
    if (!isProduct && !COMPUTING.includes(opType)) continue;
    const floats = (isProduct ? input.slice(0, 2) : input).filter((name) => name !== "");
    if (!floats.every((name) => weights.has(name) || isFloat(name)) || floats.every((name) => weights.has(name)))
      continue;
    nodes.add(index);
    for (const name of floats) add(name);
    // a limit that follows alone is part of it
    const [next, more] = readers.get(result) ?? [];
    const limit = next === undefined || more !== undefined || outputs.has(result) ? undefined : graph.node[next];
    add(
      limit !== undefined && LIMITING.includes(limit.opType) && !kept.has(layerName(limit)) ? limit.output[0]! : result,
    );
  }
  return { tensors, nodes, weights };
}

const isNearest = (node: NodeProto): boolean => {
  const mode = attributeOf(node, "mode");
  return mode === undefined || new TextDecoder().decode(mode.s) === "nearest";
};

/** Scale and zero point of numbers as uint8. */
export interface Scale {
  readonly scale: number;
  readonly zero: number;
}

/** The scale by which a range, and 0, becomes uint8. */
export function scaleOf([least, most]: Range): Scale {
  const [low, high] = [Math.min(least, 0), Math.max(most, 0)];
  const scale = Math.fround((high - low) / 255);
  if (!(scale > 0)) return { scale: 1, zero: 0 };
  return { scale, zero: Math.min(Math.max(Math.round(-low / scale), 0), 255) };
}

const quantisedName = (name: string) => `${name}_quantized`;
const scaleName = (name: string) => `${name}_scale`;
const zeroName = (name: string) => `${name}_zero_point`;
/** The bytes of a tensor in the new file. */
export const bytesName = (name: string): string => `${name}_QuantizeLinear_Output`;
const numbersName = (name: string) => `${name}_DequantizeLinear_Output`;

/** Settings of the new file. */
export interface Settings {
  readonly perChannel: boolean;
  /** weights of seven bits, which no processor's products of bytes cut off */
  readonly reduceRange: boolean;
}

/** Makes the changes of a file. */
export function changesOf(
  graph: GraphProto,
  { tensors, nodes, weights }: Layers,
  scales: ReadonlyMap<string, Scale>,
  files: ExternalFiles,
  { perChannel, reduceRange }: Settings,
): Changes {
  const most = reduceRange ? 63 : 127;
  const first: NewNode[] = [];
  const after = new Map<number, NewNode[]>();
  const inputs = new Map<number, Map<string, string>>();
  const outputs = new Map<string, string>();
  const made: NewTensor[] = [];
  const names = new Set<string>();
  const results = new Set(graph.output.map(({ name }) => name));

  const addTensor = (tensor: NewTensor) => {
    if (!names.has(tensor.name)) made.push(tensor);
    names.add(tensor.name);
  };
  const dequantised = (name: string, bytes: string, own: string, axis?: number): NewNode => ({
    op: "DequantizeLinear",
    name: `${name}_DequantizeLinear`,
    inputs: [bytes, scaleName(own), zeroName(own)],
    output: results.has(name) && !weights.has(name) ? name : numbersName(name),
    axis,
  });

  const makers = new Map(graph.node.flatMap(({ output }, index) => output.map((name) => [name, index] as const)));
  for (const { name, like } of tensors.values()) {
    const { scale, zero } = scales.get(like)!;
    addTensor({ name: scaleName(like), dims: [], data: Float32Array.of(scale) });
    addTensor({ name: zeroName(like), dims: [], data: Uint8Array.of(zero) });
    // what the network gives stays under its name
    const source = results.has(name) ? `${name}_QuantizeLinear_Input` : name;
    if (source !== name) outputs.set(name, source);
    const pair: NewNode[] = [
      {
        op: "QuantizeLinear",
        name: `${name}_QuantizeLinear`,
        inputs: [source, scaleName(like), zeroName(like)],
        output: bytesName(name),
        axis: undefined,
      },
      dequantised(name, bytesName(name), like),
    ];
    const maker = makers.get(name);
    if (maker === undefined) first.push(...pair);
    else after.set(maker, [...(after.get(maker) ?? []), ...pair]);
  }

  const weightScales = new Map<string, Float32Array>();
  /** Symmetric, by the largest of each place of an axis; undefined: of all. */
  const addWeight = (name: string, axis: number | undefined) => {
    if (weightScales.has(name)) return;
    const { data, shape } = tensorValue(name, weights.get(name)!, files);
    const numbers = data as Float32Array;
    const count = axis === undefined ? 1 : shape[axis]!;
    const inner = axis === undefined ? numbers.length : countOf(shape.slice(axis + 1));
    const placeOf = (i: number) => Math.floor(i / inner) % count;
    const largest = new Float64Array(count);
    for (const [i, number] of numbers.entries()) largest[placeOf(i)] = Math.max(largest[placeOf(i)]!, Math.abs(number));
    const own = Float32Array.from(largest, (value) => (value > 0 ? value / most : 1));
    const bytes = Int8Array.from(numbers, (number, i) =>
      Math.min(Math.max(Math.round(number / own[placeOf(i)]!), -most), most),
    );
    weightScales.set(name, own);
    addTensor({ name: quantisedName(name), dims: shape, data: bytes });
    addTensor({ name: scaleName(name), dims: axis === undefined ? [] : [count], data: own });
    addTensor({ name: zeroName(name), dims: axis === undefined ? [] : [count], data: new Int8Array(count) });
    first.push(dequantised(name, quantisedName(name), name, axis));
  };
  /** A constant beside an activation: as that. */
  const addConstant = (name: string) => {
    if (names.has(scaleName(name))) return;
    const { data, shape } = tensorValue(name, weights.get(name)!, files);
    const numbers = data as Float32Array;
    const { scale, zero } = scaleOf([
      numbers.reduce((least, number) => Math.min(least, number), 0),
      numbers.reduce((largest, number) => Math.max(largest, number), 0),
    ]);
    const bytes = Uint8Array.from(numbers, (number) => Math.min(Math.max(Math.round(number / scale) + zero, 0), 255));
    addTensor({ name: quantisedName(name), dims: shape, data: bytes });
    addTensor({ name: scaleName(name), dims: [], data: Float32Array.of(scale) });
    addTensor({ name: zeroName(name), dims: [], data: Uint8Array.of(zero) });
    first.push(dequantised(name, quantisedName(name), name));
  };
  /** By both scales of a product, so that it is added to the sums as it is. */
  const addBias = (name: string, x: string, weight: string, index: number): string | undefined => {
    const bias = weights.get(name);
    if (bias === undefined || bias.dims.length !== 1) return undefined;
    const { data, shape } = tensorValue(name, bias, files);
    const xScale = scales.get(tensors.get(x)!.like)!.scale;
    const own = weightScales.get(weight)!;
    const both = own.map((scale) => scale * xScale);
    // a bias may serve several layers
    const unique = names.has(quantisedName(name)) ? `${name}_${index}` : name;
    const numbers = Int32Array.from(data as Float32Array, (number, i) => Math.round(number / both[i % both.length]!));
    addTensor({ name: quantisedName(unique), dims: shape, data: numbers });
    addTensor({ name: scaleName(unique), dims: both.length === 1 ? [] : [both.length], data: both });
    addTensor({
      name: zeroName(unique),
      dims: both.length === 1 ? [] : [both.length],
      data: new Int32Array(both.length),
    });
    first.push({
      op: "DequantizeLinear",
      name: `${unique}_DequantizeLinear`,
      inputs: [quantisedName(unique), scaleName(unique), zeroName(unique)],
      output: numbersName(unique),
      axis: both.length === 1 ? undefined : 0,
    });
    return numbersName(unique);
  };

  const readOf = (name: string) => (results.has(name) ? name : numbersName(name));
  for (const [index, { opType, input, ...node }] of graph.node.entries()) {
    const own = new Map(input.filter((name) => tensors.has(name)).map((name) => [name, readOf(name)] as const));
    inputs.set(index, own);
    if (!nodes.has(index)) continue;
    const isProduct = PRODUCTS.includes(opType);
    for (const [i, name] of input.entries()) {
      const weight = weights.get(name);
      if (weight?.dataType !== DATA_TYPE.FLOAT) continue;
      if (isProduct && i === 1) {
        addWeight(name, perChannel ? channelAxis({ ...node, opType, input }, weight.dims.length) : undefined);
        own.set(name, numbersName(name));
      } else if (isProduct && i === 2) {
        const bias = addBias(name, input[0]!, input[1]!, index);
        if (bias !== undefined) own.set(name, bias);
      } else if (COMPUTING.includes(opType)) {
        addConstant(name);
        own.set(name, numbersName(name));
      }
    }
  }
  return { first, after, inputs, outputs, dropped: unread(graph, inputs), tensors: made };
}

/** The axis of a weight's outputs; undefined where one scale must do. */
function channelAxis(node: NodeProto, rank: number): number | undefined {
  if (node.opType === "Conv") return 0;
  if (rank !== 2) return undefined;
  return node.opType === "Gemm" && attributeOf(node, "transB")?.i === 1 ? 0 : 1;
}

/** Initializers that nothing reads any more. */
function unread(graph: GraphProto, inputs: Changes["inputs"]): ReadonlySet<string> {
  const read = new Set(graph.output.map(({ name }) => name));
  for (const [index, { input, attribute }] of graph.node.entries()) {
    for (const name of input) if (!inputs.get(index)?.has(name)) read.add(name);
    // graphs within nodes may read anything
    if (attribute.some(({ type }) => type === ATTRIBUTE_TYPE.GRAPH)) return new Set();
  }
  return new Set(graph.initializer.map(({ name }) => name).filter((name) => !read.has(name)));
}
