import { PbfWriter } from "pbf";
import { ATTRIBUTE_TYPE, DATA_TYPE } from "../../src/onnx/model.ts";

/** Writes ONNX files for tests. Field numbers are those of onnx.proto. */

export type DataType = keyof typeof DATA_TYPE;

/** A tensor as a test states it. Numbers are written as the type's typed field, bytes as raw_data. */
export interface TestTensor {
  readonly type?: DataType;
  readonly dims: readonly number[];
  readonly values?: readonly number[] | Float32Array;
  readonly raw?: Uint8Array;
  readonly isExternal?: boolean;
  /** location, offset and length of data in another file, as text */
  readonly external?: Readonly<Record<string, string>>;
}

/** Bytes stand for a string, a graph is an attribute whose kind alone counts. */
export type TestAttribute =
  | { readonly int: number }
  | { readonly float: number }
  | { readonly string: string }
  | { readonly ints: readonly number[] }
  | { readonly floats: readonly number[] }
  | { readonly strings: readonly string[] }
  | { readonly tensor: TestTensor }
  | { readonly graph: TestGraph };

export interface TestNode {
  readonly op: string;
  readonly inputs: readonly string[];
  readonly outputs?: readonly string[];
  readonly attributes?: Readonly<Record<string, TestAttribute>>;
  readonly name?: string;
  readonly domain?: string;
}

export interface TestValue {
  readonly name: string;
  /** SEQUENCE: of FLOAT tensors */
  readonly type?: DataType | "SEQUENCE";
  /** null: a tensor of unknown rank */
  readonly shape?: readonly (number | string | undefined)[] | null;
}

export interface TestGraph {
  readonly nodes: readonly TestNode[];
  readonly inputs?: readonly TestValue[];
  /** default ["y"] */
  readonly outputs?: readonly (string | TestValue)[];
  readonly constants?: Readonly<Record<string, TestTensor>>;
}

export interface TestModel extends TestGraph {
  /** default 17 */
  readonly opset?: number;
  readonly domains?: Readonly<Record<string, number>>;
}

/** The bytes that a function writes. */
export function written(write: (pbf: PbfWriter) => void): Uint8Array {
  const pbf = new PbfWriter();
  write(pbf);
  return pbf.finish();
}

export function encodeModel({ opset = 17, domains = {}, ...graph }: TestModel): Uint8Array {
  const pbf = new PbfWriter();
  pbf.writeVarintField(1, 8);
  pbf.writeMessage(7, writeGraph, graph);
  for (const [domain, version] of Object.entries({ "": opset, ...domains })) {
    pbf.writeMessage(
      8,
      (_, out) => {
        if (domain !== "") out.writeStringField(1, domain);
        out.writeVarintField(2, version);
      },
      null,
    );
  }
  return pbf.finish();
}

/** What makes graph inputs of a model constant when it follows the model's bytes: messages of one field are joined. */
export function encodeConstants(tensors: Readonly<Record<string, Uint8Array>>): Uint8Array {
  const pbf = new PbfWriter();
  pbf.writeMessage(
    7,
    (_, out) => {
      for (const [name, bytes] of Object.entries(tensors)) {
        // a name after the tensor's own wins
        const named = new PbfWriter();
        named.writeStringField(8, name);
        out.writeBytesField(5, new Uint8Array([...bytes, ...named.finish()]));
      }
    },
    null,
  );
  return pbf.finish();
}

export function encodeTensor(tensor: TestTensor, name = ""): Uint8Array {
  const pbf = new PbfWriter();
  writeTensor({ ...tensor, name }, pbf);
  return pbf.finish();
}

export function encodeNode(node: TestNode): Uint8Array {
  const pbf = new PbfWriter();
  writeNode(node, pbf);
  return pbf.finish();
}

function writeGraph({ nodes, inputs = [], outputs = ["y"], constants = {} }: TestGraph, pbf: PbfWriter): void {
  for (const node of nodes) pbf.writeMessage(1, writeNode, node);
  pbf.writeStringField(2, "test");
  for (const [name, tensor] of Object.entries(constants)) pbf.writeMessage(5, writeTensor, { ...tensor, name });
  for (const input of inputs) pbf.writeMessage(11, writeValue, input);
  for (const output of outputs) {
    pbf.writeMessage(12, writeValue, typeof output === "string" ? { name: output, shape: null } : output);
  }
}

function writeNode({ op, inputs, outputs = ["y"], attributes = {}, name = "", domain = "" }: TestNode, pbf: PbfWriter) {
  for (const input of inputs) pbf.writeStringField(1, input);
  for (const output of outputs) pbf.writeStringField(2, output);
  pbf.writeStringField(3, name);
  pbf.writeStringField(4, op);
  for (const [key, attribute] of Object.entries(attributes)) {
    pbf.writeMessage(5, writeAttribute, { key, attribute });
  }
  pbf.writeStringField(7, domain);
}

function writeAttribute({ key, attribute }: { key: string; attribute: TestAttribute }, pbf: PbfWriter): void {
  pbf.writeStringField(1, key);
  const type = (kind: keyof typeof ATTRIBUTE_TYPE) => pbf.writeVarintField(20, ATTRIBUTE_TYPE[kind]);
  if ("int" in attribute) {
    pbf.writeVarintField(3, attribute.int);
    type("INT");
  } else if ("float" in attribute) {
    pbf.writeFloatField(2, attribute.float);
    type("FLOAT");
  } else if ("string" in attribute) {
    pbf.writeStringField(4, attribute.string);
    type("STRING");
  } else if ("ints" in attribute) {
    // one by one, as onnx.proto has it; readers must take both
    for (const each of attribute.ints) pbf.writeVarintField(8, each);
    type("INTS");
  } else if ("floats" in attribute) {
    for (const each of attribute.floats) pbf.writeFloatField(7, each);
    type("FLOATS");
  } else if ("strings" in attribute) {
    for (const each of attribute.strings) pbf.writeStringField(9, each);
    type("STRINGS");
  } else if ("tensor" in attribute) {
    pbf.writeMessage(5, writeTensor, { ...attribute.tensor, name: "" });
    type("TENSOR");
  } else {
    pbf.writeMessage(6, writeGraph, attribute.graph);
    type("GRAPH");
  }
}

function writeTensor(
  {
    type = "FLOAT",
    dims,
    values,
    raw,
    external,
    isExternal = external !== undefined,
    name,
  }: TestTensor & { name: string },
  pbf: PbfWriter,
) {
  for (const length of dims) pbf.writeVarintField(1, length);
  pbf.writeVarintField(2, DATA_TYPE[type]);
  const numbers = values && Array.from(values);
  if (numbers !== undefined) {
    if (type === "FLOAT") pbf.writePackedFloat(4, numbers);
    else if (type === "DOUBLE") pbf.writePackedDouble(10, numbers);
    else if (type === "INT64") pbf.writePackedVarint(7, numbers);
    else if (type === "UINT64" || type === "UINT32") pbf.writePackedVarint(11, numbers);
    else pbf.writePackedVarint(5, numbers);
  }
  if (name !== "") pbf.writeStringField(8, name);
  if (raw !== undefined) pbf.writeBytesField(9, raw);
  for (const [key, value] of Object.entries(external ?? {})) {
    pbf.writeMessage(
      13,
      (_, entry) => {
        entry.writeStringField(1, key);
        entry.writeStringField(2, value);
      },
      null,
    );
  }
  if (isExternal) pbf.writeVarintField(14, 1);
}

function writeValue({ name, type = "FLOAT", shape }: TestValue, pbf: PbfWriter): void {
  pbf.writeStringField(1, name);
  pbf.writeMessage(
    2,
    (_, out) => {
      const element = (_value: null, inner: PbfWriter) =>
        inner.writeMessage(1, writeTensorType, { type: "FLOAT", shape: null });
      if (type === "SEQUENCE") out.writeMessage(4, (_value, list) => list.writeMessage(1, element, null), null);
      else out.writeMessage(1, writeTensorType, { type, shape });
    },
    null,
  );
}

function writeTensorType({ type, shape }: { type: DataType; shape: TestValue["shape"] }, pbf: PbfWriter): void {
  pbf.writeVarintField(1, DATA_TYPE[type]);
  if (shape == null) return;
  pbf.writeMessage(
    2,
    (_, out) => {
      for (const length of shape) {
        out.writeMessage(
          1,
          (__, dimension) => {
            if (typeof length === "number") dimension.writeVarintField(1, length);
            else if (typeof length === "string") dimension.writeStringField(2, length);
          },
          null,
        );
      }
    },
    null,
  );
}
