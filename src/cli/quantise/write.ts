import { ATTRIBUTE_TYPE, DATA_TYPE } from "../../onnx/model.ts";
import { field, fieldsOf, joined, written } from "./protobuf.ts";

/** Numbers of a file's tensor. */
export interface NewTensor {
  readonly name: string;
  readonly dims: readonly number[];
  readonly data: Float32Array | Int32Array | Int8Array | Uint8Array;
}

/** QuantizeLinear or DequantizeLinear. */
export interface NewNode {
  readonly op: "QuantizeLinear" | "DequantizeLinear";
  readonly name: string;
  readonly inputs: readonly string[];
  readonly output: string;
  /** where there are several scales */
  readonly axis: number | undefined;
}

/** What becomes of a file. */
export interface Changes {
  /** before all nodes */
  readonly first: readonly NewNode[];
  /** after each node of the file, by its number */
  readonly after: ReadonlyMap<number, readonly NewNode[]>;
  /** other names for inputs of each node, by its number */
  readonly inputs: ReadonlyMap<number, ReadonlyMap<string, string>>;
  /** other names for results */
  readonly outputs: ReadonlyMap<string, string>;
  /** initializers that go */
  readonly dropped: ReadonlySet<string>;
  readonly tensors: readonly NewTensor[];
}

const [MODEL_GRAPH, GRAPH_NODE, GRAPH_INITIALIZER] = [7, 1, 5];
const text = new TextDecoder();

/** A model file with other nodes and initializers, and everything else as it was. */
export function changed(model: Uint8Array, changes: Changes): Uint8Array<ArrayBuffer> {
  return joined(
    Array.from(fieldsOf(model), ({ tag, raw, content }) =>
      tag === MODEL_GRAPH ? field(tag, changedGraph(content!, changes)) : raw,
    ),
  );
}

function changedGraph(graph: Uint8Array, { first, after, inputs, outputs, dropped, tensors }: Changes): Uint8Array {
  const nodes: Uint8Array[] = first.map(encodedNode);
  const rest: Uint8Array[] = [];
  let index = 0;
  for (const { tag, raw, content } of fieldsOf(graph)) {
    if (tag === GRAPH_NODE) {
      nodes.push(renamed(content!, inputs.get(index) ?? new Map(), outputs));
      nodes.push(...(after.get(index) ?? []).map(encodedNode));
      ++index;
    } else if (tag !== GRAPH_INITIALIZER || !dropped.has(nameOf(content!))) rest.push(raw);
  }
  return joined([...nodes, ...rest, ...tensors.map((tensor) => field(GRAPH_INITIALIZER, encodedTensor(tensor)))]);
}

const nameOf = (tensor: Uint8Array): string => {
  let name = "";
  for (const { tag, content } of fieldsOf(tensor)) if (tag === 8) name = text.decode(content);
  return name;
};

/** A node with other names of inputs (field 1) and outputs (field 2). */
function renamed(
  node: Uint8Array,
  inputs: ReadonlyMap<string, string>,
  outputs: ReadonlyMap<string, string>,
): Uint8Array {
  const parts = Array.from(fieldsOf(node), ({ tag, raw, content }) => {
    const names = tag === 1 ? inputs : tag === 2 ? outputs : undefined;
    const name = names?.get(text.decode(content));
    return name === undefined ? raw : written((pbf) => pbf.writeStringField(tag, name));
  });
  return field(GRAPH_NODE, joined(parts));
}

function encodedNode({ op, name, inputs, output, axis }: NewNode): Uint8Array {
  const node = written((pbf) => {
    for (const input of inputs) pbf.writeStringField(1, input);
    pbf.writeStringField(2, output);
    pbf.writeStringField(3, name);
    pbf.writeStringField(4, op);
    if (axis === undefined) return;
    pbf.writeBytesField(
      5,
      written((attribute) => {
        attribute.writeStringField(1, "axis");
        attribute.writeVarintField(3, axis);
        attribute.writeVarintField(20, ATTRIBUTE_TYPE.INT);
      }),
    );
  });
  return field(GRAPH_NODE, node);
}

function encodedTensor({ name, dims, data }: NewTensor): Uint8Array {
  return written((pbf) => {
    for (const length of dims) pbf.writeVarintField(1, length);
    pbf.writeVarintField(2, typeOf(data));
    pbf.writeStringField(8, name);
    pbf.writeBytesField(9, new Uint8Array(data.buffer, data.byteOffset, data.byteLength));
  });
}

function typeOf(data: NewTensor["data"]): number {
  if (data instanceof Float32Array) return DATA_TYPE.FLOAT;
  if (data instanceof Int32Array) return DATA_TYPE.INT32;
  return data instanceof Int8Array ? DATA_TYPE.INT8 : DATA_TYPE.UINT8;
}
