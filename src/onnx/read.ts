import { show, wrongType, wrongValue } from "../check.ts";
import { orderOf } from "../graph/order.ts";
import { ATTRIBUTE_TYPE, type GraphProto, graphOf, type NodeProto } from "./model.ts";
import { TRANSLATORS, translatorOf } from "./operators/index.ts";
import { MOST_DEPTH, type Translation } from "./translation.ts";

export const isOnnx = (domain: string): boolean => domain === "" || domain === "ai.onnx";

/** The operator as the table of translators has it: those of other domains with their domain before the name. */
export const operatorOf = ({ domain, opType }: NodeProto): string => (isOnnx(domain) ? opType : `${domain}.${opType}`);

/**
 * Adds what the outputs of a graph need to a translation: initializers and nodes, each node after those that it needs. The
 * nodes of a file may be in any order; what no output needs is not looked at.
 */
export function readGraph(translation: Translation, graph: GraphProto): void {
  const { where } = translation;
  if (graph.hasSparseInitializer) throw wrongType(where, "sparse weights are not supported");
  const nodes = neededNodes(where, graph);
  const reads = new Set([...nodes.flatMap(readsOf), ...graph.output.map(({ name }) => name)]);
  for (const tensor of graph.initializer) if (reads.has(tensor.name)) translation.addInitializer(tensor);
  // inputs of inner graphs have been given by the nodes that hold them
  if (translation.depth === 0) {
    const constant = new Set(graph.initializer.map(({ name }) => name));
    for (const input of graph.input) if (!constant.has(input.name)) translation.addInput(input);
  }
  for (const node of nodes) translation.addNode(node, translatorOf(operatorOf(node), translation.opset)!);
}

/** The operators are checked, bytes are looked for and the graph is read: each asks for the same nodes. */
const needed = /* @__PURE__ */ new WeakMap<GraphProto, readonly NodeProto[]>();

/**
 * The nodes that outputs need, in the file's order where that is a valid one.
 * @throws RangeError for values that are made twice, and for cycles
 */
function neededNodes(where: string, graph: GraphProto): readonly NodeProto[] {
  let nodes = needed.get(graph);
  if (nodes === undefined) {
    nodes = findNeeded(where, graph);
    needed.set(graph, nodes);
  }
  return nodes;
}

function findNeeded(where: string, { node: nodes, output, initializer, input }: GraphProto): readonly NodeProto[] {
  const makers = new Map<string, number>();
  const given = new Set([...initializer, ...input].map(({ name }) => name));
  for (const [index, { output: results }] of nodes.entries()) {
    for (const name of results) {
      if (name === "") continue;
      if (makers.has(name) || given.has(name)) throw wrongValue(where, `the value ${show(name)} is defined twice`);
      makers.set(name, index);
    }
  }
  const order = (roots: Iterable<number>) =>
    orderOf(
      nodes.length,
      roots,
      (index) => readsOf(nodes[index]!),
      (name) => makers.get(name),
      (name, index) => wrongValue(where, `${titleOf(nodes[index]!)} is part of a cycle through ${show(name)}`),
    );
  const wanted = order(output.flatMap(({ name }) => makers.get(name) ?? []));
  return order([...wanted].sort((a, b) => a - b)).map((index) => nodes[index]!);
}

/** How many nodes and outputs read each value of a graph, those within inner graphs included. */
export function readersOf(where: string, graph: GraphProto): ReadonlyMap<string, number> {
  const readers = new Map<string, number>();
  const names = [...neededNodes(where, graph).flatMap(readsOf), ...graph.output.map(({ name }) => name)];
  for (const name of names) readers.set(name, (readers.get(name) ?? 0) + 1);
  return readers;
}

const titleOf = ({ opType, name, output }: NodeProto) => `${opType} ${show(name || output[0] || opType)}`;

const WHERE = "loadOnnx";

const reads = /* @__PURE__ */ new WeakMap<NodeProto, readonly string[]>();

/** Names that a node reads, those that graphs within it read from around them included. */
function readsOf(node: NodeProto): readonly string[] {
  if (!node.attribute.some(isGraph)) return node.input;
  let names = reads.get(node);
  if (names === undefined) {
    names = [...node.input, ...readAround([node])];
    reads.set(node, names);
  }
  return names;
}

const isGraph = ({ type }: { readonly type: number }) => type === ATTRIBUTE_TYPE.GRAPH;

/** Names that graphs within nodes read and do not define: level by level, without recursion. */
function readAround(nodes: readonly NodeProto[]): readonly string[] {
  const names = new Set<string>();
  const none: ReadonlySet<string> = new Set();
  const waiting = nodes.flatMap((node) => graphsIn(node).map((graph) => ({ graph, around: none, depth: 1 })));
  for (let next = waiting.pop(); next !== undefined; next = waiting.pop()) {
    const { graph, around, depth } = next;
    if (depth > MOST_DEPTH) throw wrongValue(WHERE, `graphs may lie within ${MOST_DEPTH} others at most`);
    const own = new Set([
      ...around,
      ...graph.input.map(({ name }) => name),
      ...graph.initializer.map(({ name }) => name),
      ...graph.node.flatMap(({ output }) => output),
    ]);
    for (const name of [...graph.node.flatMap(({ input }) => input), ...graph.output.map((each) => each.name)]) {
      if (!own.has(name)) names.add(name);
    }
    for (const node of graph.node)
      for (const inner of graphsIn(node)) waiting.push({ graph: inner, around: own, depth: depth + 1 });
  }
  return [...names];
}

const graphsIn = (node: NodeProto): readonly GraphProto[] =>
  node.attribute.filter(isGraph).map((attribute) => graphOf(`${WHERE}: ${titleOf(node)}`, attribute));

/**
 * @throws TypeError that counts all nodes, of those that outputs need, whose operator is not known
 */
export function checkOperators(where: string, graph: GraphProto): void {
  const unknown = new Map<string, number>();
  const waiting = [graph];
  for (let next = waiting.pop(); next !== undefined; next = waiting.pop()) {
    for (const node of neededNodes(where, next)) {
      const operator = operatorOf(node);
      if (!TRANSLATORS.has(operator)) unknown.set(operator, (unknown.get(operator) ?? 0) + 1);
      else for (const graph of graphsIn(node)) waiting.push(graph);
    }
  }
  if (unknown.size === 0) return;
  const counted = Array.from(
    unknown,
    ([operator, count]) => `${show(operator).slice(1, -1)} (${count} node${count === 1 ? "" : "s"})`,
  );
  const listed =
    counted.length > MOST_NAMES ? [...counted.slice(0, MOST_NAMES), `${counted.length - MOST_NAMES} more`] : counted;
  throw wrongType(
    where,
    `the model has operators that are not supported: ${listed.join(", ")}; docs/onnx-operators.md lists those that are`,
  );
}

/** The most operators that a message names. */
const MOST_NAMES = 20;

/** What a file is if it begins so. */
const FORMATS: readonly (readonly [what: string, at: number, bytes: string])[] = [
  ["an HTML page: perhaps the server's answer for a wrong address", 0, "<"],
  ["a pointer of Git LFS, not the file itself: git lfs pull fetches it", 0, "version https://git-lfs"],
  ["compressed with gzip: decompress it first", 0, "\x1f\x8b"],
  ["a zip archive, as PyTorch's .pt and .pth files are: export the model with torch.onnx.export", 0, "PK\x03\x04"],
  ["a model in onnxruntime's .ort format: load the .onnx file that it was made from", 4, "ORTM"],
  ["a TensorFlow Lite model: convert it with tf2onnx", 4, "TFL3"],
  ["a saved Session: load it by loadSession of convwasm/session", 0, "cwasm\0"],
  ["an HDF5 file, as Keras writes them: convert the model with tf2onnx", 0, "\x89HDF"],
  ["JSON text", 0, "{"],
];

/** @throws RangeError for what is another known format, which the message names */
export function checkFormat(where: string, bytes: Uint8Array): void {
  const text = String.fromCharCode(...bytes.subarray(0, 64));
  const isAt = (at: number, expected: string) =>
    at === 0 ? text.trimStart().startsWith(expected) : text.startsWith(expected, at);
  const format = FORMATS.find(([, at, expected]) => isAt(at, expected));
  if (format !== undefined) throw wrongValue(where, `bytes are not an ONNX model, but ${format[0]}`);
}

/** Names of the files in which a model has weights. */
export function locationsOf({ initializer, node }: GraphProto): readonly string[] {
  const locations = new Set<string>();
  const waiting = [{ initializer, node }];
  for (let next = waiting.pop(); next !== undefined; next = waiting.pop()) {
    const tensors = [
      ...next.initializer,
      ...next.node.flatMap(({ attribute }) => attribute.flatMap(({ t }) => t ?? [])),
    ];
    for (const { isExternal, externalData } of tensors) {
      if (isExternal) locations.add(externalData.get("location") ?? "");
    }
    for (const each of next.node) for (const graph of graphsIn(each)) waiting.push(graph);
  }
  return [...locations];
}
