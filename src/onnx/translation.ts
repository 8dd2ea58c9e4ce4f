import { show, wrongType, wrongValue } from "../check.ts";
import { type DeferredAttributes, type GraphInput, isDeferred, type Node } from "../graph/graph.ts";
import type { Constant, Operands, Operator } from "../operators/operator.ts";
import { Attributes } from "./attributes.ts";
import { dataTypeName, type NodeProto, type TensorProto, type ValueInfoProto } from "./model.ts";
import { checkCount, type Kind, kindOf, tensorValue } from "./tensor.ts";

/** Turns a node of a file into nodes of ours; gives the values that stand for its results, in their order. */
export type Translator = (node: OnnxNode) => string | readonly string[];

/** Where an attribute is computed from shapes and from values that ONNX gives as tensors. */
export function deferred<A extends object>(
  parameters: readonly string[],
  resolve: (where: string, operands: Operands, parameters: readonly (Constant | null)[]) => A,
): DeferredAttributes<A> {
  return { parameters, resolve };
}

/** The attributes of an operator that is to compute integers: they must not grow without bounds. */
function bounded<A extends object>(
  operator: Operator<A>,
  attributes: A | DeferredAttributes<A>,
): DeferredAttributes<A> {
  return deferred(isDeferred(attributes) ? attributes.parameters : [], (where, operands, parameters) => {
    const settled = isDeferred(attributes) ? (attributes.resolve(where, operands, parameters) as A) : attributes;
    for (const shape of operator.infer(where, operands, settled)) checkCount(where, shape);
    return settled;
  });
}

/** What is known of a value before any shape is. */
interface Value {
  readonly name: string;
  readonly kind: Kind;
  /** computed from constants and shapes alone */
  readonly isConstant: boolean;
}

/** A graph while it is read: each name of the file, and what stands for it. */
export class Translation {
  readonly where: string;
  readonly opset: number;
  readonly inputs: GraphInput[] = [];
  readonly nodes: Node[] = [];
  readonly constants = new Map<string, Constant>();
  readonly #values = new Map<string, Value>();
  /** results that no operator here computes, and the nodes that name them */
  readonly #absent = new Map<string, string>();
  readonly #own = new Map<string, Value>();
  readonly #counts = new Map<string, number>();

  constructor(where: string, opset: number) {
    this.where = where;
    this.opset = opset;
  }

  addInitializer(tensor: TensorProto): void {
    const { data, shape, kind } = tensorValue(`${this.where}: initializer ${show(tensor.name)}`, tensor);
    this.#define(tensor.name, { name: tensor.name, kind, isConstant: true });
    this.#own.set(tensor.name, this.#values.get(tensor.name)!);
    this.constants.set(tensor.name, { data, shape });
  }

  /** An input of the graph; one that has an initializer is a constant. */
  addInput({ name, elemType, shape }: ValueInfoProto): void {
    if (this.constants.has(name)) return;
    const kind = kindOf(elemType);
    if (kind !== "float") {
      const type = elemType === 0 ? "no tensor" : `of type ${dataTypeName(elemType)}`;
      throw wrongType(this.where, `input ${show(name)} must hold floats, but is ${type}`);
    }
    const value = { name, kind, isConstant: false };
    this.#define(name, value);
    this.#own.set(name, value);
    const dimensions = shape?.map((length, axis) => {
      // exporters write -1 where they know no size
      if (length === undefined || length === "" || length === -1) return `${name}[${axis}]`;
      if (typeof length === "number" && !(Number.isSafeInteger(length) && length >= 0)) {
        throw wrongValue(this.where, `input ${show(name)} must have lengths from 0, got ${show(shape)}`);
      }
      return length;
    });
    this.inputs.push({ name, shape: dimensions ?? null });
  }

  /** @throws TypeError, RangeError for what the node's operator cannot be */
  addNode(proto: NodeProto, translate: Translator): void {
    const node = new OnnxNode(this, proto);
    const results = [translate(node)].flat();
    node.attributes.done();
    for (const [index, output] of proto.output.entries()) {
      if (output === "") continue;
      const result = results[index];
      // such as the mask of a Dropout: no fault unless it is used
      if (result === undefined) this.#absent.set(output, node.title);
      else this.#define(output, this.#own.get(result)!);
    }
  }

  /** @throws RangeError for a name that nothing before defines, TypeError for one that is not supported */
  valueOf(where: string, name: string): Value {
    const value = this.#values.get(name);
    if (value !== undefined) return value;
    const maker = this.#absent.get(name);
    if (maker !== undefined) throw wrongType(where, `needs ${show(name)}, a result that ${maker} cannot give here`);
    throw wrongValue(where, `needs ${show(name)}, which nothing before it defines`);
  }

  /** What stands for a name that a translator got from here. */
  own(name: string): Value {
    return this.#own.get(name)!;
  }

  /** A name for a value that the file does not have. */
  fresh(wanted: string, kind: Kind, isConstant: boolean): string {
    let name = wanted;
    while (this.#own.has(name)) {
      const count = (this.#counts.get(wanted) ?? 1) + 1;
      this.#counts.set(wanted, count);
      name = `${wanted}#${count}`;
    }
    this.#own.set(name, { name, kind, isConstant });
    return name;
  }

  #define(name: string, value: Value): void {
    if (name === "") throw wrongValue(this.where, "a value of the graph has no name");
    if (this.#values.has(name)) throw wrongValue(this.where, `the value ${show(name)} is defined twice`);
    this.#values.set(name, value);
  }
}

/** One node of a file while it is translated. */
export class OnnxNode {
  /** its type and name, as messages have them */
  readonly title: string;
  readonly where: string;
  readonly type: string;
  readonly opset: number;
  readonly attributes: Attributes;
  /** what stands for each input, "" for one that is not given */
  readonly inputs: readonly string[];
  /** how many results it names, up to the last */
  readonly outputCount: number;
  readonly #translation: Translation;
  readonly #name: string;

  constructor(translation: Translation, { name, opType, input, output, attribute }: NodeProto) {
    this.#translation = translation;
    this.#name = name || output[0] || opType;
    this.title = `${opType} ${show(this.#name)}`;
    this.where = `${translation.where}: ${this.title}`;
    this.type = opType;
    this.opset = translation.opset;
    this.attributes = new Attributes(this.where, attribute);
    this.inputs = input.map((each) => (each === "" ? "" : translation.valueOf(this.where, each).name));
    this.outputCount = output.findLastIndex((each) => each !== "") + 1;
  }

  /** @throws RangeError where it is not given */
  input(index: number): string {
    const value = this.optional(index);
    if (value === "") throw wrongValue(this.where, `needs an input ${index}`);
    return value;
  }

  /** "" where it is not given */
  optional(index: number): string {
    return this.inputs[index] ?? "";
  }

  /** All inputs, of which there must be one or more. */
  all(): readonly string[] {
    if (this.inputs.length === 0) this.input(0);
    return this.inputs.map((_, index) => this.input(index));
  }

  kindOf(value: string): Kind {
    return this.#translation.own(value).kind;
  }

  isFloat(value: string): boolean {
    return this.kindOf(value) === "float";
  }

  /** Whether it is computed from constants and shapes alone. */
  isConstant(value: string): boolean {
    return this.#translation.own(value).isConstant;
  }

  /** The value of a weight or a Constant node, where it is one. */
  constantOf(value: string): Constant | undefined {
    return this.#translation.constants.get(value);
  }

  /** A constant that the file does not have. */
  constant(data: Constant["data"], shape: readonly number[], kind: Kind = "float"): string {
    const name = this.#translation.fresh(`${this.#name}:constant`, kind, true);
    this.#translation.constants.set(name, { data, shape });
    return name;
  }

  /**
   * Adds a call of an operator on float32 values, or of one that moves elements of any kind.
   * @param inputs values, "" for what is not given
   * @throws TypeError where an argument holds integers that the operator cannot take
   */
  add<A extends object>(
    operator: Operator<A>,
    inputs: readonly string[],
    attributes: NoInfer<A> | DeferredAttributes<NoInfer<A>>,
  ): string {
    return this.addMany(operator, inputs, attributes, 1)[0]!;
  }

  /** As {@link add}, for an operator of several results. */
  addMany<A extends object>(
    operator: Operator<A>,
    inputs: readonly string[],
    attributes: NoInfer<A> | DeferredAttributes<NoInfer<A>>,
    results: number,
  ): readonly string[] {
    const given = inputs.filter((value) => value !== "");
    const kinds = new Set(given.map((value) => this.kindOf(value)));
    const [kind = "float"] = kinds;
    if (kinds.size > 1 || (kind !== "float" && operator.fold === undefined)) {
      throw wrongType(this.where, `cannot compute with inputs of type ${[...kinds].join(" and ")}`);
    }
    const settled = kind === "float" ? attributes : bounded<A>(operator, attributes);
    const isConstant = given.every((value) => this.isConstant(value));
    return this.#call(operator, inputs, settled, results, kind, isConstant);
  }

  /** Adds a call that is computed when compiling, of arguments of any kind. */
  fold<A extends object>(
    operator: Operator<A>,
    inputs: readonly string[],
    attributes: NoInfer<A> | DeferredAttributes<NoInfer<A>>,
    kind: Kind,
  ): string {
    return this.#call(operator, inputs, attributes, 1, kind, true)[0]!;
  }

  #call<A extends object>(
    operator: Operator<A>,
    inputs: readonly string[],
    attributes: NoInfer<A> | DeferredAttributes<NoInfer<A>>,
    results: number,
    kind: Kind,
    isConstant: boolean,
  ): readonly string[] {
    const wanted = `${this.#name}:${operator.name}`;
    const outputs = Array.from({ length: results }, () => this.#translation.fresh(wanted, kind, isConstant));
    const call: Node<A> = { name: this.#name, operator, inputs, outputs, attributes };
    this.#translation.nodes.push(call as unknown as Node);
    return outputs;
  }
}
