/**
 * Requests and answers of the Open Inference Protocol, version 2, over HTTP, with Triton's extension for binary tensors:
 * github.com/kserve/open-inference-protocol and github.com/triton-inference-server/server, docs/protocol/extension_binary_data.
 */
import { countOf } from "../../check.ts";
import { arrayOf, byteLength, type DType, elementBytes, isIntegral, type TensorData } from "../../dtype.ts";
import { elementsOf, LIMITS, numbersOf } from "../../elements.ts";
import type { Tensor } from "../../index.ts";

/** What is wrong with a request: an answer with this status. */
export class Refusal extends Error {
  readonly status: number;
  constructor(status: number, message: string) {
    super(message);
    this.status = status;
  }
}

const bad = (message: string) => new Refusal(400, message);

/** The protocol's names. */
export const DATATYPES: Readonly<Record<DType, string>> = {
  float32: "FP32",
  float16: "FP16",
  int64: "INT64",
  int32: "INT32",
  uint8: "UINT8",
  int8: "INT8",
  bool: "BOOL",
};

/** A tensor between threads. */
export interface Sent {
  readonly dtype: DType;
  readonly shape: readonly number[];
  readonly data: TensorData;
}

/** Encoded pictures, one for each entry of the batch. */
export interface SentPictures {
  readonly pictures: readonly Uint8Array[];
}

/** A declared input or output of a model. */
export interface Port {
  readonly name: string;
  readonly dtype: DType;
  /** null where the file says nothing */
  readonly shape: readonly (number | string)[] | null;
}

export interface InferRequest {
  readonly id: string | undefined;
  readonly inputs: ReadonlyMap<string, Sent | SentPictures>;
  /** names of the outputs that are wanted; in what form */
  readonly outputs: ReadonlyMap<string, { readonly binary: boolean }> | undefined;
  /** form of outputs that the request does not list */
  readonly binary: boolean;
}

type Json = Readonly<Record<string, unknown>>;

const isRecord = (value: unknown): value is Json =>
  typeof value === "object" && value !== null && !Array.isArray(value);

/** Deeper data has no meaning: tensors have at most 64 axes. */
const MOST_DEPTH = 64;
const MOST_NAME = 1000;

/**
 * @param length of the JSON at the beginning of the body, which binary data follows; undefined for all of it
 * @throws Refusal
 */
export function parseInfer(body: Uint8Array, length: string | undefined, ports: readonly Port[]): InferRequest {
  const jsonBytes =
    length === undefined ? body.length : wholeNumber("Inference-Header-Content-Length", length, body.length);
  const request = parseJson(body.subarray(0, jsonBytes));
  if (!isRecord(request)) throw bad("the request must be a JSON object");
  const { id, inputs, outputs } = request;
  if (id !== undefined && !(typeof id === "string" && id.length <= MOST_NAME)) throw bad("id must be a string");
  if (!Array.isArray(inputs)) throw bad("inputs must be an array");
  const read = new Map<string, Sent | SentPictures>();
  let at = jsonBytes;
  for (const input of inputs as readonly unknown[]) {
    const name = nameOf("inputs", input);
    const port = ports.find((each) => each.name === name);
    if (port === undefined) {
      const known = ports.map((each) => each.name).join(", ");
      throw bad(`the model has no input ${JSON.stringify(name.slice(0, 100))} (it has ${known})`);
    }
    if (read.has(name)) throw bad(`the input ${name} is given twice`);
    const size = binarySize(name, input as Json);
    if (size !== undefined && size > body.length - at) throw bad(`the body ends before the data of the input ${name}`);
    const binary = size === undefined ? undefined : body.subarray(at, at + size);
    at += size ?? 0;
    read.set(name, readInput(port, input as Json, binary));
  }
  if (at !== body.length) throw bad(`the body has ${body.length - at} bytes that no input declares`);
  const missing = ports.find(({ name }) => !read.has(name));
  if (missing !== undefined) throw bad(`the input ${missing.name} is missing`);
  return {
    id: id as string | undefined,
    inputs: read,
    outputs: outputs === undefined ? undefined : readOutputs(outputs),
    binary: flagOf(request, "binary_data_output"),
  };
}

function parseJson(bytes: Uint8Array): unknown {
  try {
    return JSON.parse(new TextDecoder("utf-8", { fatal: true }).decode(bytes));
  } catch {
    throw bad("the request is not JSON in UTF-8");
  }
}

function wholeNumber(what: string, text: string, most: number): number {
  const value = /^\d{1,15}$/.test(text) ? Number(text) : Number.NaN;
  if (!(value <= most)) throw bad(`${what} must be a whole number up to the length of the body, ${most}`);
  return value;
}

function nameOf(what: string, value: unknown): string {
  if (!isRecord(value)) throw bad(`${what} must hold objects`);
  if (typeof value.name !== "string") throw bad(`each of ${what} must have a name`);
  return value.name;
}

function parametersOf({ parameters }: Json): Json {
  if (parameters === undefined) return {};
  if (!isRecord(parameters)) throw bad("parameters must be an object");
  return parameters;
}

function binarySize(name: string, input: Json): number | undefined {
  const { binary_data_size: size } = parametersOf(input);
  if (size === undefined) return undefined;
  if (typeof size !== "number" || !Number.isSafeInteger(size) || size < 0) {
    throw bad(`binary_data_size of the input ${name} must be a whole number`);
  }
  return size;
}

function flagOf(value: Json, name: string): boolean {
  const flag = parametersOf(value)[name] ?? false;
  if (typeof flag !== "boolean") throw bad(`${name} must be true or false`);
  return flag;
}

function readOutputs(outputs: unknown): InferRequest["outputs"] {
  if (!Array.isArray(outputs)) throw bad("outputs must be an array");
  return new Map(
    (outputs as readonly unknown[]).map((output) => [
      nameOf("outputs", output),
      { binary: flagOf(output as Json, "binary_data") },
    ]),
  );
}

function readInput(port: Port, input: Json, binary: Uint8Array | undefined): Sent | SentPictures {
  const { name, dtype } = port;
  const { shape, datatype, data } = input;
  if (
    !Array.isArray(shape) ||
    shape.length > MOST_DEPTH ||
    !shape.every((each) => Number.isInteger(each) && each >= 0)
  ) {
    throw bad(`shape of the input ${name} must be whole numbers from 0, at most ${MOST_DEPTH}`);
  }
  const count = countOf(shape as number[]);
  if (!Number.isSafeInteger(count)) throw bad(`shape of the input ${name} is too large`);
  if (binary !== undefined && data !== undefined) throw bad(`the input ${name} has data and binary_data_size`);
  if (datatype === "BYTES") return { pictures: readElements(name, count, data, binary) };
  if (datatype !== DATATYPES[dtype]) {
    throw bad(
      `datatype of the input ${name} must be ${DATATYPES[dtype]}, got ${JSON.stringify(datatype)?.slice(0, 100)}`,
    );
  }
  checkDeclared(port, shape as number[]);
  const type = { dtype, shape: shape as readonly number[] };
  return { ...type, data: binary === undefined ? fromJson(name, type, count, data) : fromBytes(name, type, binary) };
}

function checkDeclared({ name, shape: declared }: Port, shape: readonly number[]): void {
  if (declared === null) return;
  const fits =
    declared.length === shape.length && declared.every((each, i) => typeof each === "string" || each === shape[i]);
  if (!fits) throw bad(`shape of the input ${name} must be [${declared.join(", ")}], got [${shape.join(", ")}]`);
}

function fromBytes(name: string, type: { dtype: DType; shape: readonly number[] }, bytes: Uint8Array): TensorData {
  const needed = byteLength(type);
  if (bytes.length !== needed) throw bad(`the input ${name} needs ${needed} bytes, got ${bytes.length}`);
  if (type.dtype === "bool") return bytes.map((value) => (value === 0 ? 0 : 1));
  // a copy: of any alignment, and not the body's
  return new (arrayOf(type.dtype))(new Uint8Array(bytes).buffer, 0, needed / elementBytes(type.dtype));
}

const RANGES: typeof LIMITS = { ...LIMITS, int64: [-(2 ** 63), 2 ** 63 - 1024] };

function fromJson(name: string, { dtype }: { dtype: DType }, count: number, data: unknown): TensorData {
  if (!Array.isArray(data)) throw bad(`data of the input ${name} must be an array`);
  const values = new Float64Array(countElements(name, data, count));
  let at = 0;
  const isFloat = !isIntegral(dtype);
  const [least, most] = RANGES[dtype] ?? [-Infinity, Infinity];
  for (const value of flat(data, 0)) {
    const isValue = dtype === "bool" ? typeof value === "boolean" : typeof value === "number";
    const number = Number(value);
    if (!isValue || !(isFloat || Number.isInteger(number)) || number < least || number > most) {
      throw bad(`data of the input ${name} must be ${DATATYPES[dtype]}, got ${JSON.stringify(value)?.slice(0, 50)}`);
    }
    values[at++] = number;
  }
  return dtype === "float32" ? Float32Array.from(values) : (elementsOf(dtype, values, "saturate") as TensorData);
}

/** Before room is made for as many as the shape claims. */
function countElements(name: string, data: readonly unknown[], expected: number): number {
  let count = 0;
  for (const _ of flat(data, 0)) ++count;
  if (count !== expected)
    throw bad(`data of the input ${name} must have ${expected} elements by its shape, got ${count}`);
  return count;
}

function* flat(data: readonly unknown[], depth: number): Generator<unknown> {
  if (depth > MOST_DEPTH) throw bad(`data must not be nested deeper than ${MOST_DEPTH}`);
  for (const each of data) {
    if (Array.isArray(each)) yield* flat(each, depth + 1);
    else yield each;
  }
}

/** BYTES: in JSON as base64, in binary each with its length before it in four bytes, the lowest first. */
function readElements(
  name: string,
  count: number,
  data: unknown,
  binary: Uint8Array | undefined,
): readonly Uint8Array[] {
  const elements: Uint8Array[] = [];
  if (binary !== undefined) {
    const view = new DataView(binary.buffer, binary.byteOffset, binary.byteLength);
    for (let at = 0; at < binary.length; ) {
      const length = at + 4 <= binary.length ? view.getUint32(at, true) : Infinity;
      if (length > binary.length - at - 4) throw bad(`an element of the input ${name} is cut off`);
      elements.push(binary.slice(at + 4, at + 4 + length));
      at += 4 + length;
    }
  } else {
    if (!Array.isArray(data)) throw bad(`data of the input ${name} must be an array`);
    for (const each of flat(data, 0)) {
      if (typeof each !== "string" || !/^[A-Za-z0-9+/]*={0,2}$/.test(each)) {
        throw bad(`data of the input ${name} must be files in base64`);
      }
      elements.push(new Uint8Array(Buffer.from(each, "base64")));
    }
  }
  if (elements.length !== count) {
    throw bad(`data of the input ${name} must have ${count} elements by its shape, got ${elements.length}`);
  }
  return elements;
}

/** An answer: JSON, and the binary data that follows it. */
export interface Encoded {
  readonly body: Uint8Array | string;
  /** length of the JSON; undefined where nothing follows it */
  readonly jsonBytes: number | undefined;
}

/** @throws Refusal for outputs that the model does not have */
export function encodeInfer(
  model: { readonly name: string; readonly version: string },
  { id, outputs: wanted, binary }: InferRequest,
  results: ReadonlyMap<string, Sent>,
): Encoded {
  for (const name of wanted?.keys() ?? []) {
    if (!results.has(name)) throw bad(`the model has no output ${JSON.stringify(name.slice(0, 100))}`);
  }
  const buffers: Uint8Array[] = [];
  const outputs = [...(wanted?.keys() ?? results.keys())].map((name) => {
    const { dtype, shape, data } = results.get(name)!;
    const head = { name, datatype: DATATYPES[dtype], shape };
    if (wanted?.get(name)?.binary ?? binary) {
      const bytes = new Uint8Array(data.buffer, data.byteOffset, data.byteLength);
      buffers.push(bytes);
      return { ...head, parameters: { binary_data_size: bytes.length } };
    }
    return { ...head, data: jsonValues(name, dtype, data) };
  });
  const json = JSON.stringify({
    model_name: model.name,
    model_version: model.version,
    ...(id !== undefined && { id }),
    outputs,
  });
  if (buffers.length === 0) return { body: json, jsonBytes: undefined };
  const head = Buffer.from(json);
  return { body: Buffer.concat([head, ...buffers]), jsonBytes: head.length };
}

function jsonValues(name: string, dtype: DType, data: TensorData): readonly (number | boolean)[] {
  const values = Array.from(numbersOf(dtype, data as Tensor["data"]));
  if (!values.every(Number.isFinite)) {
    throw bad(`the output ${name} has numbers that are not finite, which JSON cannot have: ask for binary_data`);
  }
  return dtype === "bool" ? values.map((value) => value !== 0) : values;
}
