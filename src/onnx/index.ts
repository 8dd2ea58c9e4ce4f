import { show, wrongType, wrongValue } from "../check.ts";
import { Graph } from "../graph/graph.ts";
import { type GraphProto, type ModelProto, readModel } from "./model.ts";
import { TRANSLATORS } from "./operators/index.ts";
import { Translation } from "./translation.ts";

export type { Graph };

const [FIRST_OPSET, LAST_OPSET] = [7, 22];

/** The most operators that a message names. */
const MOST_NAMES = 20;

/**
 * Reads an ONNX file for `compile`: opsets 7 to 22 of the operators that convolutional networks use.
 *
 * Sizes that the file leaves open (a batch, a height) are those of the shapes given to `compile`. Everything is computed
 * in float32; float16, bfloat16, double and quantised weights are converted. Integers and booleans may be inputs and
 * outputs, and may be moved, gathered, compared and converted; shapes may be computed from constant ones. float32 weights
 * that are aligned in the file are not copied: `bytes` must not change while the graph is in use.
 *
 * @param bytes the content of the file, a Uint8Array or an ArrayBuffer
 * @returns the network; its inputs and outputs have the names of the file
 * @throws TypeError for arguments of the wrong kind, and for what the library cannot compute: operators that it does
 *   not support (all of them in one message), inputs that are not tensors, subgraphs, weights in other files, training
 * @throws RangeError for a damaged file, one that contradicts itself, and opsets outside that range
 */
export function loadOnnx(bytes: Uint8Array | ArrayBuffer): Graph {
  const where = "loadOnnx";
  const model = readModel(where, checkBytes(where, bytes));
  const opset = opsetOf(where, model);
  const graph = model.graph!;
  if (graph.hasSparseInitializer) throw wrongType(where, "sparse weights are not supported");
  checkOperators(where, graph);
  const translation = new Translation(where, opset);
  for (const tensor of graph.initializer) translation.addInitializer(tensor);
  for (const input of graph.input) translation.addInput(input);
  for (const node of graph.node) translation.addNode(node, TRANSLATORS.get(node.opType)!);
  return new Graph(where, {
    inputs: translation.inputs,
    outputs: outputsOf(where, graph, translation),
    nodes: translation.nodes,
    constants: translation.constants,
  });
}

function checkBytes(where: string, bytes: unknown): Uint8Array {
  if (ArrayBuffer.isView(bytes)) return new Uint8Array(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  // an ArrayBuffer of another realm is not an instance of ours
  if (Object.prototype.toString.call(bytes) === "[object ArrayBuffer]") return new Uint8Array(bytes as ArrayBuffer);
  throw wrongType(where, `bytes must be a Uint8Array or an ArrayBuffer, got ${show(bytes)}`);
}

const isOnnx = (domain: string): boolean => domain === "" || domain === "ai.onnx";

function opsetOf(where: string, { opsetImport }: ModelProto): number {
  const opset = opsetImport.find(({ domain }) => isOnnx(domain))?.version;
  if (opset === undefined) throw wrongValue(where, "the model does not say which opset of ONNX it uses");
  if (!(opset >= FIRST_OPSET && opset <= LAST_OPSET)) {
    throw wrongValue(where, `the model must use an opset from ${FIRST_OPSET} to ${LAST_OPSET}, got ${opset}`);
  }
  return opset;
}

/** @throws TypeError that lists all nodes whose operator is not known */
function checkOperators(where: string, { node }: GraphProto): void {
  const unknown = new Map<string, string[]>();
  for (const { opType, domain, name, output } of node) {
    if (isOnnx(domain) && TRANSLATORS.has(opType)) continue;
    const type = isOnnx(domain) ? opType : `${domain}.${opType}`;
    const nodes = unknown.get(type) ?? [];
    nodes.push(name || (output[0] ?? ""));
    unknown.set(type, nodes);
  }
  if (unknown.size === 0) return;
  const lines = shortened(
    [...unknown].map(([type, nodes]) => `${type} (${shortened(nodes.map((name) => show(name)))})`),
  );
  throw wrongType(where, `the model has operators that are not supported: ${lines}`);
}

const shortened = (names: readonly string[]): string =>
  names.length > MOST_NAMES
    ? `${names.slice(0, MOST_NAMES).join(", ")} and ${names.length - MOST_NAMES} more`
    : names.join(", ");

function outputsOf(where: string, { output }: GraphProto, translation: Translation): ReadonlyMap<string, string> {
  if (output.length === 0) throw wrongValue(where, "the model has no outputs");
  const outputs = new Map<string, string>();
  for (const info of output) {
    const { name } = info;
    const value = translation.outputOf(`${where}: output ${show(name)}`, info);
    if (outputs.has(name)) throw wrongValue(where, `the output ${show(name)} is given twice`);
    outputs.set(name, value);
  }
  return outputs;
}
