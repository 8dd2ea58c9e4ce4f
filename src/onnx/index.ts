import { checkBoolean, checkBytes, checkOptions, show, wrongType, wrongValue } from "../check.ts";
import { checkFetchOptions, checkUrl, type FetchOptions, type FetchProgress, fetchBytes } from "../fetch.ts";
import { Graph } from "../graph/graph.ts";
import { withIntegers } from "./integers.ts";
import { type ModelProto, readModel } from "./model.ts";
import { checkFormat, checkOperators, isOnnx, locationsOf, readersOf, readGraph } from "./read.ts";
import type { ExternalFiles } from "./tensor.ts";
import { Translation } from "./translation.ts";

export type { FetchOptions, FetchProgress, Graph };

/** Options of {@link loadOnnx}. */
export interface LoadOnnxOptions {
  /** content of the files in which the model has weights, by the names that it has for them; default none */
  externalData?: Readonly<Record<string, Uint8Array | ArrayBuffer>>;
  /**
   * whether operators between DequantizeLinear and QuantizeLinear are computed on bytes, as onnxruntime computes them; default true
   */
  integers?: boolean;
}

const [FIRST_OPSET, LAST_OPSET] = [6, 25];

/**
 * Reads an ONNX file for `compile`: opsets 6 to 25 of the operators that docs/onnx-operators.md lists.
 *
 * Sizes that the file leaves open (a batch, a height) are those of the shapes given to `compile`. Floats are computed in
 * float32: inputs and outputs that are float16 in the file stay so, and values are rounded to it where the file says so;
 * bfloat16 and double are converted. Quantised numbers are computed as bytes, as onnxruntime computes them. int64, int32, uint8,
 * int8 and bool are computed as they are, and wrap around; uint32 and uint64 become int64, int16 and uint16 become int32. A
 * division of whole numbers by 0 is an error of the run. Operators that draw random numbers are refused. Of If, the branch
 * that is taken runs; Loop and Scan need a number of rounds that is known when compiling. Nodes may be in any order, and what
 * no output needs is not looked at. float32 weights that are aligned in their file are not copied: `bytes` and external data
 * must not change while the graph is in use.
 *
 * @param bytes the content of the file, a Uint8Array or an ArrayBuffer
 * @param options externalData: content of the files in which the model has weights, by the names that it has for them; integers =
 *   true: false keeps float32 between DequantizeLinear and QuantizeLinear, for finding faults
 * @returns the network; its inputs and outputs have the names of the file
 * @throws TypeError for arguments of the wrong kind, and for what the library cannot compute: operators that it does
 *   not support (all of them in one message), inputs that are not tensors, weights in files that are not given, training
 * @throws RangeError for a damaged file, another format, one that contradicts itself, and opsets outside that range
 */
export function loadOnnx(bytes: Uint8Array | ArrayBuffer, options?: LoadOnnxOptions): Graph {
  const where = "loadOnnx";
  const { externalData, integers = true } = checkOptions(where, options, ["externalData", "integers"]);
  checkBoolean(where, "integers", integers);
  const file = checkBytes(where, bytes);
  checkFormat(where, file);
  const model = readModel(where, file);
  const opset = opsetOf(where, model);
  const given = model.graph!;
  const graph = integers ? withIntegers(where, given, opset, readersOf(where, given)) : given;
  if (graph.output.length === 0) throw wrongValue(where, "the model has no outputs");
  checkOperators(where, graph);
  const translation = new Translation(where, opset, filesOf(where, externalData), readGraph);
  readGraph(translation, graph);
  const outputs = new Map<string, string>();
  for (const info of graph.output) {
    const { name } = info;
    const value = translation.outputOf(`${where}: output ${show(name)}`, info);
    if (outputs.has(name)) throw wrongValue(where, `the output ${show(name)} is given twice`);
    outputs.set(name, value);
  }
  const { inputs, nodes, constants, names } = translation;
  return new Graph(where, { inputs, outputs, nodes, constants, names });
}

/**
 * The files in which a model has weights, by the names that it has for them: what `externalData` of {@link loadOnnx} needs.
 * @param bytes the content of the file
 * @throws TypeError, RangeError as {@link loadOnnx} for what is no ONNX file
 */
export function externalFiles(bytes: Uint8Array | ArrayBuffer): readonly string[] {
  const where = "externalFiles";
  const file = checkBytes(where, bytes);
  checkFormat(where, file);
  return locationsOf(readModel(where, file).graph!);
}

/**
 * {@link loadOnnx} of a file from the network, streamed, with the files beside it in which it has weights.
 *
 * @param url a string or a URL, on a page also a relative one
 * @param options onProgress, called with each piece of each file; signal; cache, whether the browser keeps the files
 * @returns the network
 * @throws the signal's reason; Error where the server does not answer, or answers with another status than 200, with what came:
 *   status, content type, first bytes; RangeError where something else came in place of a model (a page of HTML, a Git LFS
 *   pointer, gzip), and for weights in files that are not beside it; TypeError, RangeError as {@link loadOnnx}
 */
export async function fetchOnnx(url: string | URL, options?: FetchOptions): Promise<Graph> {
  const where = "fetchOnnx";
  const checked = checkFetchOptions(where, options);
  const address = checkUrl(where, url);
  const bytes = await fetchBytes(where, address, checked);
  const externalData: Record<string, Uint8Array> = {};
  for (const name of externalFiles(bytes)) {
    externalData[name] = await fetchBytes(where, besides(where, address, name), checked);
  }
  return loadOnnx(bytes, { externalData });
}

/** A file in the folder of another, or below. */
function besides(where: string, address: URL, name: string): URL {
  const file = new URL(name.split("/").map(encodeURIComponent).join("/"), address);
  if (file.href.startsWith(new URL(".", address).href)) return file;
  throw wrongValue(where, `the model has weights in ${show(name)}, which is not beside it`);
}

function filesOf(where: string, externalData: LoadOnnxOptions["externalData"]): ExternalFiles {
  if (externalData === undefined) return new Map();
  if (typeof externalData !== "object" || externalData === null || isList(externalData)) {
    throw wrongType(where, `externalData must be a record of bytes by the names of files, got ${show(externalData)}`);
  }
  return new Map(
    Object.entries(externalData).map(([name, content]) => [
      name,
      checkBytes(where, content, `externalData[${show(name)}]`),
    ]),
  );
}

const isList = (value: object) => Array.isArray(value) || ArrayBuffer.isView(value);

function opsetOf(where: string, { opsetImport }: ModelProto): number {
  const opset = opsetImport.find(({ domain }) => isOnnx(domain))?.version;
  if (opset === undefined) throw wrongValue(where, "the model does not say which opset of ONNX it uses");
  if (!(opset >= FIRST_OPSET && opset <= LAST_OPSET)) {
    throw wrongValue(where, `the model must use an opset from ${FIRST_OPSET} to ${LAST_OPSET}, got ${opset}`);
  }
  return opset;
}
