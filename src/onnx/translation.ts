import { show, wrongType, wrongValue } from "../check.ts";
import type { DType } from "../dtype.ts";
import type { Body, ControlNode, DeferredAttributes, GraphInput, GraphNode, Node } from "../graph/graph.ts";
import { castOperator } from "../operators/cast.ts";
import { type Constant, constantOf } from "../planning/constant.ts";
import type { Operands, Operator } from "../planning/operator.ts";
import { Attributes } from "./attributes.ts";
import {
  DATA_TYPE,
  dataTypeName,
  type GraphProto,
  type NodeProto,
  type TensorProto,
  type ValueInfoProto,
} from "./model.ts";
import { dtypeOf, type ExternalFiles, tensorValue } from "./tensor.ts";

/** Turns a node of a file into nodes of ours; returns the values that stand for its results, in order. */
export type Translator = (node: OnnxNode) => string | readonly string[];

/** An attribute that is computed from shapes and from values that ONNX passes as tensors. */
export function deferred<A extends object>(
  parameters: readonly string[],
  resolve: (where: string, operands: Operands, parameters: readonly (Constant | null)[]) => A,
): DeferredAttributes<A> {
  return { parameters, resolve };
}

/** What is known about a value before any shape is. */
interface Value {
  readonly name: string;
  readonly dtype: DType;
  /** computed from constants and shapes alone */
  readonly isConstant: boolean;
  /** float32 here, and float16 by the file's own words */
  readonly isHalf?: boolean;
  /** a sequence, whose values have the dtype */
  readonly isList?: boolean;
}

const isHalf = (dataType: number): boolean => dataType === DATA_TYPE.FLOAT16;

/** What a body of a control operator is given in place of its own inputs. */
export interface BodyInput {
  readonly dtype: DType;
  readonly isConstant: boolean;
  /** float32 here, and float16 by the file's own words */
  readonly isHalf: boolean;
  readonly isList?: boolean;
}

/** A branch or a loop's body, translated. */
export interface TranslatedBody extends Body {
  /** the values that stand for its inputs, in order */
  readonly inputs: readonly string[];
}

/** A graph while it is read: each name in the file, and the value that stands for it. */
export class Translation {
  readonly where: string;
  readonly opset: number;
  readonly files: ExternalFiles;
  readonly inputs: GraphInput[] = [];
  readonly constants = new Map<string, Constant>();
  /** names of the graph that is read and of those around it, the innermost last */
  #scopes: Map<string, Value>[] = [new Map()];
  #nodes: GraphNode[] = [];
  /** results that no operator here computes, and the nodes that name them */
  readonly #absent = new Map<string, string>();
  readonly #own = new Map<string, Value>();
  readonly #counts = new Map<string, number>();
  readonly #read: (translation: Translation, graph: GraphProto) => void;

  /** @param read adds what a graph's outputs need: its initializers and nodes */
  constructor(
    where: string,
    opset: number,
    files: ExternalFiles,
    read: (translation: Translation, graph: GraphProto) => void,
  ) {
    this.where = where;
    this.opset = opset;
    this.files = files;
    this.#read = read;
  }

  /** What has been translated of the graph that is read, in an order in which it can run. */
  get nodes(): readonly GraphNode[] {
    return this.#nodes;
  }

  /** How many graphs lie around the one that is read. */
  get depth(): number {
    return this.#scopes.length - 1;
  }

  addInitializer(tensor: TensorProto): void {
    const constant = tensorValue(`${this.where}: initializer ${show(tensor.name)}`, tensor, this.files);
    const own = this.depth === 0 ? tensor.name : this.fresh(tensor.name, constant.dtype, true);
    const value = { name: own, dtype: constant.dtype, isConstant: true, isHalf: isHalf(tensor.dataType) };
    this.#define(tensor.name, value);
    this.#own.set(own, value);
    this.constants.set(own, constant);
  }

  /**
   * An input of the graph that has no initializer: with one it is a constant. What comes in as float16 is computed with as
   * float32.
   */
  addInput({ name, elemType, shape }: ValueInfoProto): void {
    const dtype = dtypeOf(elemType);
    if (dtype === undefined) {
      const type = elemType === 0 ? "no tensor" : `of type ${dataTypeName(elemType)}`;
      throw wrongType(this.where, `input ${show(name)} must hold numbers or booleans, but is ${type}`);
    }
    const port = isHalf(elemType) ? "float16" : dtype;
    this.#own.set(name, { name, dtype: port, isConstant: false });
    this.#define(name, this.own(port === dtype ? name : this.marked(this.#cast(name, dtype))));
    const dimensions = shape?.map((length, axis) => {
      // exporters write -1 where they know no size
      if (length === undefined || length === "" || length === -1) return `${name}[${axis}]`;
      if (typeof length === "number" && !(Number.isSafeInteger(length) && length >= 0)) {
        throw wrongValue(this.where, `input ${show(name)} must have lengths from 0, got ${show(shape)}`);
      }
      return length;
    });
    this.inputs.push({ name, dtype: port, shape: dimensions ?? null });
  }

  /** The value for an output of the graph, as float16 if that is its type in the file. */
  outputOf(where: string, { name, elemType }: ValueInfoProto): string {
    const value = this.valueOf(where, name);
    if (value.isList) throw wrongType(where, "is a sequence; only tensors can be outputs");
    return isHalf(elemType) && value.dtype === "float32" ? this.#cast(value.name, "float16") : value.name;
  }

  /** A call that is no node of the file. */
  #cast(value: string, to: DType): string {
    const name = this.fresh(`${value}:${to}`, to, this.own(value).isConstant);
    const call: Node<{ to: DType }> = {
      name,
      operator: castOperator,
      inputs: [value],
      outputs: [name],
      attributes: { to },
    };
    this.emit(call as unknown as Node);
    return name;
  }

  /** @throws TypeError, RangeError for attributes or inputs that the node's operator cannot have */
  addNode(proto: NodeProto, translate: Translator): void {
    const node = new OnnxNode(this, proto);
    const results = [translate(node)].flat();
    node.attributes.done();
    for (const [index, output] of proto.output.entries()) {
      if (output === "") continue;
      const result = results[index];
      // such as the mask of a Dropout: an error only if it is used
      if (result === undefined) this.#absent.set(output, node.title);
      else this.#define(output, this.#own.get(result)!);
    }
  }

  /** Adds to the graph that is read. */
  emit(node: GraphNode): void {
    this.#nodes.push(node);
  }

  /**
   * Translates a branch or a loop's body into nodes of its own.
   * @param given what its inputs are
   */
  body(where: string, graph: GraphProto, given: readonly BodyInput[]): TranslatedBody {
    const around = this.#nodes;
    this.#nodes = [];
    try {
      const { inputs, results } = this.inline(where, graph, given);
      return { nodes: this.#nodes, inputs, results };
    } finally {
      this.#nodes = around;
    }
  }

  /** As {@link body}, but the nodes become part of the graph that is read. */
  inline(
    where: string,
    graph: GraphProto,
    given: readonly BodyInput[] = [],
  ): Pick<TranslatedBody, "inputs" | "results"> {
    if (graph.input.length !== given.length) {
      throw wrongValue(where, `a graph within it must have ${given.length} inputs, got ${graph.input.length}`);
    }
    if (this.depth >= MOST_DEPTH) throw wrongValue(where, `graphs may lie within ${MOST_DEPTH} others at most`);
    this.#scopes.push(new Map());
    try {
      const inputs = given.map(({ dtype, isConstant, ...marks }, index) => {
        const { name } = graph.input[index]!;
        const own = this.marked(this.fresh(name, dtype, isConstant), marks);
        this.#define(name, this.#own.get(own)!);
        return own;
      });
      this.#read(this, graph);
      const results = graph.output.map(({ name }) => this.valueOf(`${where}: output ${show(name)}`, name).name);
      return { inputs, results };
    } finally {
      this.#scopes.pop();
    }
  }

  /** @throws RangeError for a name that nothing before defines, TypeError for one that is not supported */
  valueOf(where: string, name: string): Value {
    for (const scope of this.#scopes.toReversed()) {
      const value = scope.get(name);
      if (value !== undefined) return value;
    }
    const maker = this.#absent.get(name);
    if (maker !== undefined) throw wrongType(where, `needs ${show(name)}, a result that ${maker} cannot give here`);
    throw wrongValue(where, `needs ${show(name)}, which nothing defines`);
  }

  /** The value of a name that a translator got from here. */
  own(name: string): Value {
    return this.#own.get(name)!;
  }

  /** Notes something about a value: by default that it is float16 by the file's own words. */
  marked(name: string, marks: Pick<Value, "isHalf" | "isList"> = { isHalf: true }): string {
    this.#own.set(name, { ...this.own(name), ...marks });
    return name;
  }

  /** Values by the names that the file has for them. */
  get names(): ReadonlyMap<string, string> {
    return new Map(Array.from(this.#scopes[0]!, ([name, value]) => [name, value.name]));
  }

  /** A name for a value that is not in the file. */
  fresh(wanted: string, dtype: DType, isConstant: boolean): string {
    let name = wanted;
    while (this.#own.has(name)) {
      const count = (this.#counts.get(wanted) ?? 1) + 1;
      this.#counts.set(wanted, count);
      name = `${wanted}#${count}`;
    }
    this.#own.set(name, { name, dtype, isConstant });
    return name;
  }

  #define(name: string, value: Value): void {
    const scope = this.#scopes.at(-1)!;
    if (name === "") throw wrongValue(this.where, "a value of the graph has no name");
    if (scope.has(name)) throw wrongValue(this.where, `the value ${show(name)} is defined twice`);
    scope.set(name, value);
  }
}

/** How many graphs may lie around another: each takes room on the stack. */
export const MOST_DEPTH = 32;

/** One node of a file while it is translated. */
export class OnnxNode {
  /** its type and name, as messages show them */
  readonly title: string;
  readonly where: string;
  readonly type: string;
  readonly opset: number;
  readonly attributes: Attributes;
  /** how many results it names, up to the last */
  readonly outputCount: number;
  readonly #asked: readonly boolean[];
  readonly #inputs: string[];
  readonly #translation: Translation;
  readonly #name: string;

  constructor(translation: Translation, { name, opType, input, output, attribute }: NodeProto) {
    this.#translation = translation;
    this.#name = name || output[0] || opType;
    this.title = `${opType} ${show(this.#name)}`;
    this.where = `${translation.where}: ${this.title}`;
    this.type = opType;
    this.opset = translation.opset;
    this.attributes = new Attributes(this.where, attribute, translation.files);
    this.#inputs = input.map((each) => (each === "" ? "" : translation.valueOf(this.where, each).name));
    this.outputCount = output.findLastIndex((each) => each !== "") + 1;
    this.#asked = output.map((each) => each !== "");
  }

  /** Whether the result has a name. */
  isAsked(index: number): boolean {
    return this.#asked[index] ?? false;
  }

  /** Puts another value in the place of an input. */
  replaceInput(index: number, value: string): void {
    this.#inputs[index] = value;
  }

  /**
   * The value of each input, "" for one that is not given.
   * @throws TypeError for sequences
   */
  get inputs(): readonly string[] {
    const list = this.#inputs.find((value) => value !== "" && this.isList(value));
    if (list !== undefined) throw wrongType(this.where, `needs tensors, but ${show(list)} is a sequence`);
    return this.#inputs;
  }

  /** As {@link inputs}, of which some may be sequences. */
  get values(): readonly string[] {
    return this.#inputs;
  }

  /**
   * An input that is a sequence.
   * @throws TypeError for a tensor
   */
  list(index: number): string {
    const value = this.#inputs[index] ?? "";
    if (value === "") throw wrongValue(this.where, `needs an input ${index}`);
    if (!this.isList(value))
      throw wrongType(this.where, `input ${index} must be a sequence, but ${show(value)} is a tensor`);
    return value;
  }

  /** @throws RangeError where it is not given */
  input(index: number): string {
    const value = this.optional(index);
    if (value === "") throw wrongValue(this.where, `needs an input ${index}`);
    return value;
  }

  /** "" where it is not given */
  optional(index: number): string {
    const value = this.#inputs[index] ?? "";
    if (value !== "" && this.isList(value)) {
      throw wrongType(this.where, `input ${index} must be a tensor, but ${show(value)} is a sequence`);
    }
    return value;
  }

  /** All inputs, at least one. */
  all(): readonly string[] {
    if (this.inputs.length === 0) this.input(0);
    return this.inputs.map((_, index) => this.input(index));
  }

  dtypeOf(value: string): DType {
    return this.#translation.own(value).dtype;
  }

  isFloat(value: string): boolean {
    return this.dtypeOf(value) === "float32";
  }

  /** Whether the file says that it is float16. */
  isHalf(value: string): boolean {
    return this.#translation.own(value).isHalf === true;
  }

  /** The float32 nearest to what float16 would hold of it. */
  halved(value: string): string {
    if (this.isHalf(value)) return value;
    const half = this.call(castOperator, [value], { to: "float16" }, "float16");
    return this.#translation.marked(this.call(castOperator, [half], { to: "float32" }, "float32"));
  }

  /** Whether it is a sequence. */
  isList(value: string): boolean {
    return this.#translation.own(value).isList === true;
  }

  /** Whether it is computed from constants and shapes alone. */
  isConstant(value: string): boolean {
    return this.#translation.own(value).isConstant;
  }

  /** The value, if it is a weight or a Constant node. */
  constantOf(value: string): Constant | undefined {
    return this.#translation.constants.get(value);
  }

  /** The lengths of a weight, or of an input that the file declares; undefined for what only compiling finds. */
  lengthsOf(value: string): readonly number[] | undefined {
    const { shape } = this.constantOf(value) ??
      this.#translation.inputs.find(({ name }) => name === value) ?? { shape: null };
    return shape?.every((length) => typeof length === "number") ? (shape as readonly number[]) : undefined;
  }

  /** A constant that is not in the file. */
  constant(constant: Constant): string {
    const name = this.#translation.fresh(`${this.#name}:constant`, constant.dtype, true);
    this.#translation.constants.set(name, constant);
    return name;
  }

  /** A float32 number that is not in the file. */
  number(value: number): string {
    return this.constant(constantOf("float32", [], [value]));
  }

  /**
   * Adds a call of an operator whose result has the dtype of its arguments.
   * @param inputs values, "" for what is not given
   * @throws TypeError where arguments differ in dtype, or have one that the operator cannot take
   */
  add<A extends object>(
    operator: Operator<A>,
    inputs: readonly string[],
    attributes: NoInfer<A> | DeferredAttributes<NoInfer<A>>,
  ): string {
    return this.addMany(operator, inputs, attributes, 1)[0]!;
  }

  /** As {@link add}, for an operator with several results. */
  addMany<A extends object>(
    operator: Operator<A>,
    inputs: readonly string[],
    attributes: NoInfer<A> | DeferredAttributes<NoInfer<A>>,
    results: number,
  ): readonly string[] {
    const given = inputs.filter((value) => value !== "");
    const dtypes = new Set(given.map((value) => this.dtypeOf(value)));
    const [dtype = "float32"] = dtypes;
    const { dtypes: known = ["float32"] } = operator;
    if (dtypes.size > 1 || (known !== "all" && !known.includes(dtype))) {
      throw wrongType(this.where, `cannot compute with inputs of type ${[...dtypes].join(" and ")}`);
    }
    return this.#call(operator, inputs, attributes, Array<DType>(results).fill(dtype));
  }

  /** Adds a call of an operator without arguments, or whose result differs from them in dtype. */
  call<A extends object>(
    operator: Operator<A>,
    inputs: readonly string[],
    attributes: NoInfer<A> | DeferredAttributes<NoInfer<A>>,
    dtype: DType,
  ): string {
    return this.#call(operator, inputs, attributes, [dtype])[0]!;
  }

  /** As {@link call}, for an operator with several results. */
  callMany<A extends object>(
    operator: Operator<A>,
    inputs: readonly string[],
    attributes: NoInfer<A> | DeferredAttributes<NoInfer<A>>,
    dtypes: readonly DType[],
  ): readonly string[] {
    return this.#call(operator, inputs, attributes, dtypes);
  }

  /** Adds a call whose result is known when compiling, as the shape of a value is even if the value is not. */
  fold<A extends object>(
    operator: Operator<A>,
    inputs: readonly string[],
    attributes: NoInfer<A> | DeferredAttributes<NoInfer<A>>,
    dtype: DType,
  ): string {
    return this.#call(operator, inputs, attributes, [dtype], true)[0]!;
  }

  /** Translates a graph of this node, a branch or a body, into nodes of its own. */
  body(graph: GraphProto, given: readonly BodyInput[]): TranslatedBody {
    return this.#translation.body(this.where, graph, given);
  }

  /** Translates a graph of this node as a part of the graph around it; returns its results. */
  inline(graph: GraphProto): readonly string[] {
    return this.#translation.inline(this.where, graph).results;
  }

  /**
   * Adds a node that decides while compiling or running what is computed.
   * @param results what its results are
   */
  control<N extends ControlNode>(node: Omit<N, "name" | "outputs">, results: readonly BodyInput[]): readonly string[] {
    const outputs = results.map(({ dtype, isConstant, ...marks }) =>
      this.#translation.marked(this.#translation.fresh(`${this.#name}:result`, dtype, isConstant), marks),
    );
    this.#translation.emit({ ...node, name: this.#name, outputs } as unknown as N);
    return outputs;
  }

  #call<A extends object>(
    operator: Operator<A>,
    inputs: readonly string[],
    attributes: NoInfer<A> | DeferredAttributes<NoInfer<A>>,
    dtypes: readonly DType[],
    isConstant = inputs.every((value) => value === "" || this.isConstant(value)),
  ): readonly string[] {
    const wanted = `${this.#name}:${operator.name}`;
    const outputs = dtypes.map((dtype) => this.#translation.fresh(wanted, dtype, isConstant));
    const call: Node<A> = { name: this.#name, operator, inputs, outputs, attributes };
    this.#translation.emit(call as unknown as Node);
    return outputs;
  }
}
