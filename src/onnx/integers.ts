import { countOf, sameShape, show } from "../check.ts";
import {
  ATTRIBUTE_TYPE,
  type AttributeProto,
  attributeOf,
  DATA_TYPE,
  type GraphProto,
  type NodeProto,
  type TensorProto,
} from "./model.ts";
import { isOnnx } from "./read.ts";
import { tensorValue } from "./tensor.ts";

/*
 * Operators between DequantizeLinear and QuantizeLinear become operators on bytes. Which ones, and what they compute, is what
 * onnxruntime does by itself when it loads such a file, so that results are the same bytes.
 */

const MICROSOFT = "com.microsoft";

/** What a quantised value is made of: a DequantizeLinear node, or the QuantizeLinear after an operator. */
interface Scaled {
  readonly node: NodeProto;
  /** ONNX's number of the type of its bytes */
  readonly type: number;
  /** whether one scale serves all */
  readonly isSingle: boolean;
  /** the axis of its scales */
  readonly axis: number;
}

/** A float operator with what is around it. */
interface Group {
  readonly target: NodeProto;
  /** of each of its inputs; undefined for one that is not dequantised */
  readonly inputs: readonly (Scaled | undefined)[];
  /** of its one result; undefined where that stays float32 */
  readonly output: Scaled | undefined;
}

/** The node on bytes in place of a group; undefined to leave it as it is. */
type Fusion = (group: Group, facts: Facts) => NodeProto | undefined;

const isBytes = (type: number) => type === DATA_TYPE.UINT8 || type === DATA_TYPE.INT8;

/** Value, scale and zero point. */
const three = ({ node: { input } }: Scaled): string[] => [input[0]!, input[1]!, input[2] ?? ""];
/** Scale and zero point. */
const two = ({ node: { input } }: Scaled): string[] => [input[1]!, input[2] ?? ""];

const integer = (name: string, i: number): AttributeProto => ({
  name,
  type: ATTRIBUTE_TYPE.INT,
  f: 0,
  i,
  s: new Uint8Array(0),
  t: undefined,
  g: undefined,
  floats: [],
  ints: [],
  strings: [],
});

/** Whether all inputs are bytes of one scale and of the result's type. */
function areAlike({ target, inputs, output }: Group): boolean {
  const given = target.input.filter((name) => name !== "").length;
  const known = inputs.filter((input) => input !== undefined);
  return known.length === given && known.every(({ type, isSingle }) => isSingle && type === output?.type);
}

const replaced = (
  { target, output }: Group,
  opType: string,
  domain: string,
  input: string[],
  extra: AttributeProto[] = [],
) => ({
  ...target,
  opType,
  domain,
  input,
  output: output === undefined ? target.output : output.node.output,
  attribute: [...target.attribute, ...extra],
});

/** A function of one tensor. */
const unary =
  (opType: string, extra: (facts: Facts) => AttributeProto[] = () => []): Fusion =>
  (group, facts) => {
    const [x] = group.inputs;
    if (group.output === undefined || x === undefined || group.inputs.length !== 1 || !areAlike(group))
      return undefined;
    return replaced(group, opType, MICROSOFT, [...three(x), ...two(group.output)], extra(facts));
  };

const binary =
  (opType: string): Fusion =>
  (group) => {
    const [a, b] = group.inputs;
    if (group.output === undefined || a === undefined || b === undefined || !areAlike(group)) return undefined;
    return replaced(group, opType, MICROSOFT, [...three(a), ...three(b), ...two(group.output)]);
  };

/** Signed activations take signed weights. */
const fits = (x: Scaled, w: Scaled): boolean =>
  x.isSingle && (x.type === DATA_TYPE.UINT8 ? isBytes(w.type) : w.type === x.type);

const conv: Fusion = (group) => {
  const [x, w, b] = group.inputs;
  const { target, output } = group;
  if (x === undefined || w === undefined || output?.type !== x.type || !fits(x, w)) return undefined;
  if (!w.isSingle && w.axis !== 0) return undefined;
  const hasBias = (target.input[2] ?? "") !== "";
  if (hasBias && b?.type !== DATA_TYPE.INT32) return undefined;
  const bias = hasBias ? [b!.node.input[0]!] : [];
  return replaced(group, "QLinearConv", "", [...three(x), ...three(w), ...two(output), ...bias]);
};

const matMul: Fusion = (group, { rankOf }) => {
  const [a, b] = group.inputs;
  const { output } = group;
  if (a === undefined || b === undefined || !fits(a, b)) return undefined;
  if (!b.isSingle && !(rankOf(b.node.input[0]!) === 2 && (b.axis === 1 || b.axis === -1))) return undefined;
  if (output === undefined) {
    const [[x, xScale, xZero], [w, wScale, wZero]] = [three(a), three(b)] as [string[], string[]];
    return replaced(group, "MatMulIntegerToFloat", MICROSOFT, [x!, w!, xScale!, wScale!, xZero!, wZero!]);
  }
  if (output.type !== a.type) return undefined;
  return replaced(group, "QLinearMatMul", "", [...three(a), ...three(b), ...two(output)]);
};

const gemm: Fusion = (group, { countOf, dimsOf }) => {
  const [a, b, c] = group.inputs;
  const { target, output } = group;
  if (a === undefined || b === undefined || !fits(a, b)) return undefined;
  if (output !== undefined && output.type !== a.type) return undefined;
  const columns = attributeOf(target, "transB")?.i === 1 ? 0 : 1;
  if (!b.isSingle && b.axis !== columns && b.axis !== columns - 2) return undefined;
  const hasBias = (target.input[2] ?? "") !== "";
  if (hasBias) {
    if (c?.type !== DATA_TYPE.INT32 || (attributeOf(target, "beta")?.f ?? 1) !== 1) return undefined;
    const width = dimsOf(b.node.input[0]!)?.[columns];
    if (width === undefined || countOf(c.node.input[0]!) !== width) return undefined;
  }
  const bias = hasBias ? c!.node.input[0]! : "";
  const ends = output === undefined ? [] : two(output);
  const fused = replaced(group, "QGemm", MICROSOFT, [...three(a), ...three(b), bias, ...ends]);
  return { ...fused, attribute: fused.attribute.filter(({ name }) => name !== "beta") };
};

const concat: Fusion = (group) => {
  if (group.output === undefined || !areAlike(group)) return undefined;
  return replaced(group, "QLinearConcat", MICROSOFT, [
    ...two(group.output),
    ...group.inputs.flatMap((input) => three(input!)),
  ]);
};

/** What moves or chooses bytes, by one scale before and after. */
const moving: Fusion = (group, { sameNumbers }) => {
  const [x] = group.inputs;
  const { target, output } = group;
  if (x === undefined || output === undefined || x.type !== output.type || !x.isSingle) return undefined;
  if (!sameNumbers(two(x), two(output)) || group.inputs.slice(1).some((input) => input !== undefined)) return undefined;
  return replaced(group, target.opType, target.domain, [three(x)[0]!, ...target.input.slice(1)]);
};

/** Maxima of bytes are those of the numbers for scales above zero. */
const choosing: Fusion = (group, facts) =>
  group.target.output.filter((name) => name !== "").length === 1 &&
  facts.isPositive(group.inputs[0]?.node.input[1] ?? "")
    ? moving(group, facts)
    : undefined;

const FUSIONS: Readonly<Record<string, Fusion>> = {
  Add: binary("QLinearAdd"),
  AveragePool: unary("QLinearAveragePool"),
  Concat: concat,
  Conv: conv,
  Expand: moving,
  Flatten: moving,
  Gather: moving,
  Gemm: gemm,
  GlobalAveragePool: unary("QLinearGlobalAveragePool"),
  LeakyRelu: unary("QLinearLeakyRelu"),
  MatMul: matMul,
  MaxPool: choosing,
  Mul: binary("QLinearMul"),
  Reshape: moving,
  Resize: moving,
  Sigmoid: unary("QLinearSigmoid"),
  Slice: moving,
  Softmax: unary("QLinearSoftmax", ({ opset }) => [integer("opset", opset)]),
  Squeeze: moving,
  Tile: moving,
  Transpose: moving,
  Unsqueeze: moving,
};

/** These are whole without a result in bytes. */
const WITHOUT_RESULT: readonly string[] = ["MatMul", "Gemm"];

/** What is known of a graph before anything is computed. */
class Facts {
  readonly #where: string;
  readonly opset: number;
  readonly #tensors = new Map<string, TensorProto>();
  readonly #inputs: ReadonlyMap<string, number>;
  readonly #makers = new Map<string, NodeProto>();

  constructor(where: string, { initializer, input, node }: GraphProto, opset: number) {
    this.#where = where;
    this.opset = opset;
    for (const tensor of initializer) this.#tensors.set(tensor.name, tensor);
    this.#inputs = new Map(input.map(({ name, elemType }) => [name, elemType]));
    for (const each of node) {
      for (const name of each.output) this.#makers.set(name, each);
      const value = each.opType === "Constant" ? attributeOf(each, "value")?.t : undefined;
      if (value !== undefined) this.#tensors.set(each.output[0]!, value);
    }
  }

  makerOf(name: string): NodeProto | undefined {
    return this.#makers.get(name);
  }

  readonly dimsOf = (name: string): readonly number[] | undefined => this.#tensors.get(name)?.dims;
  readonly rankOf = (name: string): number | undefined => this.dimsOf(name)?.length;
  readonly countOf = (name: string): number | undefined => {
    const dims = this.dimsOf(name);
    return dims && countOf(dims);
  };

  /** ONNX's number of the type of a value, as far as it is clear. */
  typeOf(name: string): number | undefined {
    const tensor = this.#tensors.get(name);
    if (tensor !== undefined) return tensor.dataType;
    const maker = this.#makers.get(name);
    return maker?.opType === "QuantizeLinear" ? this.#quantisedType(maker) : this.#inputs.get(name);
  }

  #quantisedType(node: NodeProto): number | undefined {
    const zero = node.input[2] ?? "";
    if (zero !== "") return this.#tensors.get(zero)?.dataType;
    return attributeOf(node, "output_dtype")?.i || DATA_TYPE.UINT8;
  }

  /** What a DequantizeLinear or QuantizeLinear node says; undefined where it is not known, or has blocks. */
  scaledBy(node: NodeProto, opType: string): Scaled | undefined {
    if (node.opType !== opType || !isOnnx(node.domain) || attributeOf(node, "block_size")?.i) return undefined;
    const zero = node.input[2] ?? "";
    const scales = this.countOf(node.input[1]!);
    if (scales === undefined || (zero !== "" && this.countOf(zero) !== scales)) return undefined;
    const type =
      opType === "QuantizeLinear"
        ? this.#quantisedType(node)
        : zero === ""
          ? this.typeOf(node.input[0]!)
          : this.typeOf(zero);
    if (type === undefined || !(isBytes(type) || type === DATA_TYPE.INT32)) return undefined;
    return { node, type, isSingle: scales === 1, axis: attributeOf(node, "axis")?.i ?? 1 };
  }

  #numbersOf(name: string): ArrayLike<number | bigint> | undefined {
    const tensor = this.#tensors.get(name);
    if (tensor === undefined || tensor.isExternal) return undefined;
    return tensorValue(`${this.#where}: initializer ${show(name)}`, tensor, new Map()).data;
  }

  /** Whether scales and zero points are the same; "" stands for 0. */
  readonly sameNumbers = (these: readonly string[], others: readonly string[]): boolean =>
    these.every((name, i) => {
      const other = others[i]!;
      if (name === other) return true;
      const [a, b] = [name, other].map((each) => (each === "" ? [0] : this.#numbersOf(each)));
      if (a === undefined || b === undefined) return false;
      return sameShape(Array.from(a, Number), Array.from(b, Number));
    });

  readonly isPositive = (scale: string): boolean => Number(this.#numbersOf(scale)?.[0] ?? 0) > 0;

  numberOf(name: string): number | undefined {
    const numbers = this.#numbersOf(name);
    return numbers?.length === 1 ? Number(numbers[0]) : undefined;
  }

  /** Whether a Relu or Clip changes nothing of what a QuantizeLinear, which limits too, makes of its result. */
  isRedundant(node: NodeProto, quantized: Scaled): boolean {
    const [scale, zero] = two(quantized).map((name) => (name === "" ? 0 : this.numberOf(name)));
    if (scale === undefined || zero === undefined) return false;
    const least = quantized.type === DATA_TYPE.INT8 ? -128 : 0;
    const bounds = this.#boundsOf(node);
    const limit = (byte: number) => Math.fround(scale * (byte - zero));
    return bounds !== undefined && bounds[0] <= limit(least) && bounds[1] >= limit(least + 255);
  }

  #boundsOf(node: NodeProto): readonly [number, number] | undefined {
    if (node.opType === "Relu") return [0, Infinity];
    if (node.opType !== "Clip") return undefined;
    const bound = (index: number, name: string, otherwise: number) => {
      const value = node.input[index] ?? "";
      return value === "" ? (attributeOf(node, name)?.f ?? otherwise) : this.numberOf(value);
    };
    const [least, most] = [bound(1, "min", -Infinity), bound(2, "max", Infinity)];
    return least === undefined || most === undefined ? undefined : [least, most];
  }
}

/**
 * The graph with operators on bytes in place of float operators between DequantizeLinear and QuantizeLinear.
 *
 * @param readers how many nodes and outputs read each value, those within inner graphs included
 */
export function withIntegers(
  where: string,
  graph: GraphProto,
  opset: number,
  readers: ReadonlyMap<string, number>,
): GraphProto {
  if (!graph.node.some(({ opType }) => opType === "DequantizeLinear")) return graph;
  const facts = new Facts(where, graph, opset);
  const changes = new Map<NodeProto, NodeProto | null>();
  const isOnce = (name: string) => readers.get(name) === 1;

  /** @param ends QuantizeLinear, and what lies between it and the target */
  const fuse = (target: NodeProto, output: Scaled | undefined, ends: readonly NodeProto[]): boolean => {
    const fusion = isOnnx(target.domain) ? FUSIONS[target.opType] : undefined;
    if (fusion === undefined || changes.has(target)) return false;
    const inputs = target.input.map((name) => {
      const maker = facts.makerOf(name);
      return maker && facts.scaledBy(maker, "DequantizeLinear");
    });
    const fused = fusion({ target, inputs, output }, facts);
    if (fused === undefined) return false;
    changes.set(target, fused);
    for (const end of ends) changes.set(end, null);
    return true;
  };

  for (const node of graph.node) {
    const output = facts.scaledBy(node, "QuantizeLinear");
    const before = facts.makerOf(node.input[0] ?? "");
    // what nobody reads is dropped, and must take nothing with it
    if (!readers.has(node.output[0]!)) continue;
    if (output === undefined || !output.isSingle || before === undefined || !isOnce(node.input[0]!)) continue;
    if (fuse(before, output, [node])) continue;
    const further = facts.makerOf(before.input[0] ?? "");
    if (further === undefined || !isOnce(before.input[0]!) || !facts.isRedundant(before, output)) continue;
    fuse(further, output, [before, node]);
  }
  for (const node of graph.node) {
    if (WITHOUT_RESULT.includes(node.opType)) fuse(node, undefined, []);
  }
  return { ...graph, node: graph.node.flatMap((node) => (changes.has(node) ? (changes.get(node) ?? []) : node)) };
}
