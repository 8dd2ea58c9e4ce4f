import { PbfReader } from "pbf";
import { show, wrongValue } from "../check.ts";

/*
 * The messages of onnx.proto that a network is read from, as plain objects; field numbers are ONNX's. Whatever else a file
 * holds is skipped. No message here contains itself (graphs within attributes stay bytes until `graphOf` reads them, types of
 * sequences are not read), so that no file can nest deeper than these functions call each other.
 */

/** ONNX's numbers for the types of elements. */
export const DATA_TYPE = {
  FLOAT: 1,
  UINT8: 2,
  INT8: 3,
  UINT16: 4,
  INT16: 5,
  INT32: 6,
  INT64: 7,
  STRING: 8,
  BOOL: 9,
  FLOAT16: 10,
  DOUBLE: 11,
  UINT32: 12,
  UINT64: 13,
  COMPLEX64: 14,
  COMPLEX128: 15,
  BFLOAT16: 16,
} as const;

export const dataTypeName = (type: number): string =>
  Object.entries(DATA_TYPE).find(([, value]) => value === type)?.[0] ?? `type ${type}`;

/** ONNX's numbers for the kinds of attributes. */
export const ATTRIBUTE_TYPE = {
  FLOAT: 1,
  INT: 2,
  STRING: 3,
  TENSOR: 4,
  GRAPH: 5,
  FLOATS: 6,
  INTS: 7,
  STRINGS: 8,
} as const;

export interface TensorProto {
  name: string;
  dims: number[];
  dataType: number;
  /** little-endian, as a view of the file */
  rawData: Uint8Array | undefined;
  /** float_data: its bytes if it is packed, otherwise its numbers */
  floatData: Uint8Array | number[];
  doubleData: number[];
  /** int32_data, int64_data or uint64_data, whichever there is */
  intData: number[];
  isExternal: boolean;
  /** where the data is, if it is in another file: location, offset and length, all as text */
  externalData: Map<string, string>;
}

export interface AttributeProto {
  name: string;
  type: number;
  f: number;
  i: number;
  s: Uint8Array;
  t: TensorProto | undefined;
  /** a graph, not read yet */
  g: Uint8Array | undefined;
  floats: number[];
  ints: number[];
  strings: Uint8Array[];
}

export interface NodeProto {
  input: string[];
  output: string[];
  name: string;
  opType: string;
  domain: string;
  attribute: AttributeProto[];
}

export const attributeOf = ({ attribute }: NodeProto, name: string): AttributeProto | undefined =>
  attribute.find((each) => each.name === name);

/** A size that is a number, or has a name, or neither. */
export type Dimension = number | string | undefined;

export interface ValueInfoProto {
  name: string;
  /** 0 for what is not a tensor */
  elemType: number;
  shape: Dimension[] | undefined;
}

export interface GraphProto {
  node: NodeProto[];
  initializer: TensorProto[];
  input: ValueInfoProto[];
  output: ValueInfoProto[];
  hasSparseInitializer: boolean;
}

export interface OperatorSetProto {
  domain: string;
  version: number;
}

export interface ModelProto {
  graph: GraphProto | undefined;
  opsetImport: OperatorSetProto[];
}

/**
 * Reads a file's bytes. Tensors are views of them.
 *
 * @throws RangeError for bytes that are not a protocol buffer, or end too early
 */
export function readModel(where: string, bytes: Uint8Array): ModelProto {
  const model: ModelProto = { graph: undefined, opsetImport: [] };
  read(where, bytes, model, modelField);
  if (model.graph === undefined) throw wrongValue(where, "bytes are not an ONNX model: they have no graph");
  return model;
}

const graphs = /* @__PURE__ */ new WeakMap<AttributeProto, GraphProto>();

/**
 * The graph that an attribute holds: a branch, or the body of a loop.
 * @throws RangeError for an attribute without a graph, or a damaged one
 */
export function graphOf(where: string, attribute: AttributeProto): GraphProto {
  let graph = graphs.get(attribute);
  if (graph !== undefined) return graph;
  if (attribute.g === undefined) throw wrongValue(where, `attribute ${show(attribute.name)} has no graph`);
  graph = newGraph();
  read(where, attribute.g, graph, graphField);
  graphs.set(attribute, graph);
  return graph;
}

/** @throws RangeError for bytes that are not a protocol buffer, or end too early */
function read<T>(where: string, bytes: Uint8Array, result: T, field: Field<T>): void {
  const pbf = new PbfReader(bytes);
  try {
    readFields(pbf, pbf.length, result, field);
  } catch (cause) {
    // thrown by the reader: a wire type that does not exist, a number without an end, a read past the last byte
    const reason = cause instanceof Error ? cause.message : String(cause);
    throw new RangeError(`${where}: bytes are not an ONNX model, or are damaged: ${reason} (byte ${pbf.pos})`, {
      cause,
    });
  }
}

/** Takes a field's value from the reader, or leaves it there to be skipped. */
type Field<T> = (tag: number, result: T, pbf: PbfReader) => void;

function readFields<T>(pbf: PbfReader, end: number, result: T, field: Field<T>): T {
  for (let tag = pbf.nextField(end); tag !== 0; tag = pbf.nextField(end)) field(tag, result, pbf);
  // the reader does not check ends: a value may have gone past this one; a field 0 stops before it
  if (pbf.pos !== end) throw new Error("a message ends within a field");
  return result;
}

// wire types
const [VARINT, FIXED64, LENGTH, FIXED32] = [0, 1, 2, 5];

function need({ type }: PbfReader, expected: number): void {
  if (type !== expected) throw new Error(`a field has wire type ${type}, expected ${expected}`);
}

function message<T>(pbf: PbfReader, result: T, field: Field<T>): T {
  need(pbf, LENGTH);
  const end = pbf.readVarint() + pbf.pos;
  if (end > pbf.length) throw new Error("a message is longer than the file");
  return readFields(pbf, end, result, field);
}

function text(pbf: PbfReader): string {
  need(pbf, LENGTH);
  return pbf.readString();
}

function bytes(pbf: PbfReader): Uint8Array {
  need(pbf, LENGTH);
  return pbf.readBytes();
}

function integer(pbf: PbfReader): number {
  need(pbf, VARINT);
  return pbf.readVarint(true);
}

/** A repeated field of numbers may be packed, or written one by one. */
function integers(pbf: PbfReader, into: number[], isSigned = true): void {
  if (pbf.type !== LENGTH) need(pbf, VARINT);
  pbf.readPackedVarint(into, isSigned);
}

function floats(pbf: PbfReader, into: number[]): void {
  if (pbf.type === LENGTH) {
    pbf.readPackedFloat(into);
  } else {
    need(pbf, FIXED32);
    into.push(pbf.readFloat());
  }
}

function doubles(pbf: PbfReader, into: number[]): void {
  if (pbf.type === LENGTH) {
    pbf.readPackedDouble(into);
  } else {
    need(pbf, FIXED64);
    into.push(pbf.readDouble());
  }
}

const newGraph = (): GraphProto => ({
  node: [],
  initializer: [],
  input: [],
  output: [],
  hasSparseInitializer: false,
});

const modelField: Field<ModelProto> = (tag, model, pbf) => {
  if (tag === 7) {
    model.graph ??= newGraph();
    message(pbf, model.graph, graphField);
  } else if (tag === 8) {
    model.opsetImport.push(message(pbf, { domain: "", version: 0 }, operatorSetField));
  }
};

const operatorSetField: Field<OperatorSetProto> = (tag, set, pbf) => {
  if (tag === 1) set.domain = text(pbf);
  else if (tag === 2) set.version = integer(pbf);
};

const graphField: Field<GraphProto> = (tag, graph, pbf) => {
  if (tag === 1) {
    const node = { input: [], output: [], name: "", opType: "", domain: "", attribute: [] };
    graph.node.push(message(pbf, node, nodeField));
  } else if (tag === 5) graph.initializer.push(readTensor(pbf));
  else if (tag === 11) graph.input.push(readValueInfo(pbf));
  else if (tag === 12) graph.output.push(readValueInfo(pbf));
  else if (tag === 15) graph.hasSparseInitializer = true;
};

const nodeField: Field<NodeProto> = (tag, node, pbf) => {
  if (tag === 1) node.input.push(text(pbf));
  else if (tag === 2) node.output.push(text(pbf));
  else if (tag === 3) node.name = text(pbf);
  else if (tag === 4) node.opType = text(pbf);
  else if (tag === 7) node.domain = text(pbf);
  else if (tag === 5) {
    const single = { name: "", type: 0, f: 0, i: 0, s: new Uint8Array(0), t: undefined, g: undefined };
    node.attribute.push(message(pbf, { ...single, floats: [], ints: [], strings: [] }, attributeField));
  }
};

const attributeField: Field<AttributeProto> = (tag, attribute, pbf) => {
  if (tag === 1) attribute.name = text(pbf);
  else if (tag === 2) {
    need(pbf, FIXED32);
    attribute.f = pbf.readFloat();
  } else if (tag === 3) attribute.i = integer(pbf);
  else if (tag === 4) attribute.s = bytes(pbf);
  else if (tag === 5) attribute.t = readTensor(pbf);
  else if (tag === 6) attribute.g = bytes(pbf);
  else if (tag === 7) floats(pbf, attribute.floats);
  else if (tag === 8) integers(pbf, attribute.ints);
  else if (tag === 9) attribute.strings.push(bytes(pbf));
  else if (tag === 20) attribute.type = integer(pbf);
};

function readTensor(pbf: PbfReader): TensorProto {
  const tensor: TensorProto = {
    name: "",
    dims: [],
    dataType: 0,
    rawData: undefined,
    floatData: [],
    doubleData: [],
    intData: [],
    isExternal: false,
    externalData: new Map(),
  };
  return message(pbf, tensor, tensorField);
}

const tensorField: Field<TensorProto> = (tag, tensor, pbf) => {
  if (tag === 1) integers(pbf, tensor.dims);
  else if (tag === 2) tensor.dataType = integer(pbf);
  else if (tag === 4) {
    // normally one packed field, which may be large
    if (pbf.type === LENGTH && tensor.floatData.length === 0) tensor.floatData = bytes(pbf);
    else if (Array.isArray(tensor.floatData)) floats(pbf, tensor.floatData);
    else throw new Error("float_data is split into several packed fields, which is not supported");
  } else if (tag === 5 || tag === 7) integers(pbf, tensor.intData);
  else if (tag === 8) tensor.name = text(pbf);
  else if (tag === 9) tensor.rawData = bytes(pbf);
  else if (tag === 10) doubles(pbf, tensor.doubleData);
  else if (tag === 11) integers(pbf, tensor.intData, false);
  else if (tag === 13) {
    const { key, value } = message(pbf, { key: "", value: "" }, entryField);
    tensor.externalData.set(key, value);
  } else if (tag === 14) tensor.isExternal = integer(pbf) === 1;
};

const entryField: Field<{ key: string; value: string }> = (tag, entry, pbf) => {
  if (tag === 1) entry.key = text(pbf);
  else if (tag === 2) entry.value = text(pbf);
};

const readValueInfo = (pbf: PbfReader): ValueInfoProto =>
  message(pbf, { name: "", elemType: 0, shape: undefined }, valueInfoField);

const valueInfoField: Field<ValueInfoProto> = (tag, info, pbf) => {
  if (tag === 1) info.name = text(pbf);
  else if (tag === 2) message(pbf, info, typeField);
};

const typeField: Field<ValueInfoProto> = (tag, info, pbf) => {
  if (tag === 1) message(pbf, info, tensorTypeField);
};

const tensorTypeField: Field<ValueInfoProto> = (tag, info, pbf) => {
  if (tag === 1) info.elemType = integer(pbf);
  else if (tag === 2) info.shape = message(pbf, [], shapeField);
};

const shapeField: Field<Dimension[]> = (tag, shape, pbf) => {
  if (tag === 1) shape.push(message(pbf, { value: undefined }, dimensionField).value);
};

const dimensionField: Field<{ value: Dimension }> = (tag, dimension, pbf) => {
  if (tag === 1) dimension.value = integer(pbf);
  else if (tag === 2) dimension.value = text(pbf);
};
