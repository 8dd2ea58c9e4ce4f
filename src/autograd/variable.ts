import { versionOf } from "../changes.ts";
import { sameShape, show, TRACED, View, wrongType, wrongValue } from "../check.ts";
import type { DType, TensorData, Type } from "../dtype.ts";
import { add } from "../functional/arithmetic.ts";
import type { Constant } from "../planning/constant.ts";
import { evaluate, type Tracer } from "../planning/evaluate.ts";
import type { Operator } from "../planning/operator.ts";
import { Tensor } from "../tensor.ts";
import { type Call, isReal, type Rule } from "./rule.ts";
import { ruleOf } from "./rules/index.ts";

/** Whether calls are recorded. */
let recording = true;

/**
 * Computes without recording what gradients would need (torch.no_grad).
 *
 * @param f is called at once
 * @returns what it returns
 * @throws TypeError for anything but a function, and for one that returns a promise: what it does later would be recorded; otherwise
 *   what it throws
 */
export function noGrad<T>(f: () => T): T {
  const where = "noGrad";
  if (typeof f !== "function") throw wrongType(where, `f must be a function, got ${show(f)}`);
  const before = recording;
  recording = false;
  try {
    const result = f();
    if (typeof (result as { then?: unknown } | null)?.then === "function") {
      throw wrongType(where, "f must compute before it returns, but it returned a promise");
    }
    return result;
  } finally {
    recording = before;
  }
}

/** Whether calls are recorded now. */
export const isRecording = (): boolean => recording;

/** An array as it was. */
interface Kept {
  readonly data: TensorData;
  /** the one that was given, by which changes are known */
  readonly array: object;
  readonly version: number;
}

/** Number of the next node. */
let count = 0;

/** A recorded call of an operator. */
class Node implements Call {
  /** nodes depend on those of lower numbers */
  readonly order = count++;
  readonly where: string;
  readonly name: string;
  readonly attributes: object;
  readonly types: readonly (Type | null)[];
  readonly results: readonly Type[];
  readonly inputs: readonly (Variable | undefined)[];
  readonly rule: Rule;
  /** null once backward has been through it */
  #kept: ReadonlyMap<number | "result", Kept> | null;

  constructor(
    where: string,
    operator: Operator,
    rule: Rule,
    operands: readonly (Constant | null)[],
    attributes: object,
    results: readonly Constant[],
  ) {
    this.where = where;
    this.name = operator.name;
    this.rule = rule;
    this.attributes = attributes;
    this.types = operands.map((operand) => operand && typeOf(operand));
    this.results = results.map(typeOf);
    this.inputs = operands.map((operand) => (operand === null ? undefined : variableOf(operand)));
    this.#kept = new Map(
      rule.keeps.flatMap((key) => {
        const value = key === "result" ? results[0] : operands[key];
        if (!value) return [];
        const array = value instanceof View ? value.origin : value.data;
        return [[key, { data: value.data, array, version: versionOf(array) }] as const];
      }),
    );
  }

  needs(index: number): boolean {
    return this.inputs[index] !== undefined;
  }

  operand(index: number): Tensor {
    return this.#value(index, this.types[index]!, `argument ${index}`);
  }

  result(): Tensor {
    return this.#value("result", this.results[0]!, "the result");
  }

  #value(key: number | "result", { dtype, shape }: Type, what: string): Tensor {
    const { data, array, version } = this.#kept!.get(key)!;
    if (versionOf(array) !== version) {
      throw wrongValue(
        "backward",
        `${what} of ${this.name}, of shape ${show(shape)}, was changed in place after the call, and its gradient needs the values of then; copy it by clone() before the change`,
      );
    }
    return new Tensor<DType>(data as never, shape, dtype) as unknown as Tensor;
  }

  /** @throws RangeError if the graph was given back before */
  checkHeld(where: string): void {
    if (this.#kept !== null) return;
    throw wrongValue(
      where,
      `the graph through ${this.name} was given back by an earlier backward; pass { retainGraph: true } to that one`,
    );
  }

  release(): void {
    this.#kept = null;
  }
}

const typeOf = ({ dtype, shape }: Type): Type => ({ dtype, shape });

/** What autograd knows of a tensor: where it comes from, and its gradient. It takes the calls on the tensor. */
export class Variable implements Tracer {
  readonly symbolic = false;
  /** null for a leaf: a tensor of which the user says that gradients are wanted */
  readonly node: Node | null;
  /** which result of the node */
  readonly index: number;
  readonly type: Type;
  /** of leaves, and of tensors that keep it */
  grad: Tensor | null = null;
  retains: boolean;

  constructor(type: Type, node: Node | null, index: number) {
    this.type = type;
    this.node = node;
    this.index = index;
    this.retains = node === null;
  }

  add<A extends object>(
    where: string,
    operator: Operator<A>,
    operands: readonly (Constant | null)[],
    attributes: A,
  ): readonly Tensor[] {
    const results = evaluate(where, operator, operands, attributes);
    if (!recording || !results.some(({ dtype }) => isReal(dtype))) return results;
    const plain = operator as unknown as Operator;
    const node = new Node(where, plain, ruleOf(plain), operands, attributes, results);
    for (const [index, result] of results.entries()) {
      if (isReal(result.dtype)) attach(result, new Variable(typeOf(result), node, index));
    }
    return results;
  }
}

function attach(tensor: Tensor<DType>, variable: Variable): void {
  Object.defineProperty(tensor, TRACED, { value: variable, configurable: true });
}

/** What autograd knows of a tensor; undefined if gradients do not go through it. */
export function variableOf(tensor: object): Variable | undefined {
  const tracer = (tensor as { readonly [TRACED]?: unknown })[TRACED];
  return tracer instanceof Variable ? tracer : undefined;
}

/** tensor.requiresGrad = value */
export function setRequiresGrad(tensor: Tensor<DType>, value: unknown): void {
  const where = "Tensor.requiresGrad";
  if (typeof value !== "boolean") throw wrongType(where, `must be true or false, got ${show(value)}`);
  const variable = variableOf(tensor);
  if (variable?.node && !value) {
    throw wrongValue(where, "a result that was computed from tensors with gradients has one, too; use detach()");
  }
  if (value && !isReal(tensor.dtype)) {
    throw wrongType(where, `only float32 and float16 can have gradients, but the tensor holds ${tensor.dtype}`);
  }
  if (value && variable === undefined) attach(tensor, new Variable(typeOf(tensor), null, 0));
  else if (!value) delete (tensor as { [TRACED]?: unknown })[TRACED];
}

/** tensor.grad = value */
export function setGrad(tensor: Tensor<DType>, value: unknown): void {
  const where = "Tensor.grad";
  const variable = variableOf(tensor);
  if (value === null && variable === undefined) return;
  if (variable === undefined) throw wrongValue(where, "only a tensor with requiresGrad has a gradient");
  if (value !== null && !(value instanceof Tensor))
    throw wrongType(where, `must be a Tensor or null, got ${show(value)}`);
  if (value !== null && !sameShape(value.shape, tensor.shape)) {
    throw wrongValue(where, `must have the tensor's shape ${show(tensor.shape)}, got ${show(value.shape)}`);
  }
  variable.grad = value;
}

/** Options of Tensor.backward and of {@link grad}. */
export interface BackwardOptions {
  /** whether the graph can be gone through again: its memory is held until the result is dropped; default false */
  retainGraph?: boolean;
}

/**
 * Gradients of variables.
 *
 * @param roots the results, with their gradients
 * @param arrived is called for each variable whose gradient is complete
 */
export function propagate(
  where: string,
  roots: readonly (readonly [Variable, Tensor])[],
  retainGraph: boolean,
  arrived: (variable: Variable, gradient: Tensor) => void,
): void {
  const nodes = nodesBefore(roots.map(([{ node }]) => node));
  for (const node of nodes) node.checkHeld(where);
  const gradients = new Map<Variable, Tensor>();
  const outputs = new Map<Node, Variable[]>();
  const receive = (variable: Variable, gradient: Tensor): void => {
    const before = gradients.get(variable);
    gradients.set(variable, before === undefined ? gradient : add(before, gradient));
    if (before !== undefined || variable.node === null) return;
    const list = outputs.get(variable.node);
    if (list === undefined) outputs.set(variable.node, [variable]);
    else list.push(variable);
  };
  for (const [variable, gradient] of roots) receive(variable, gradient);
  for (const node of nodes) {
    const variables = outputs.get(node);
    if (variables === undefined) continue;
    outputs.delete(node);
    const received: (Tensor | undefined)[] = node.results.map(() => undefined);
    for (const variable of variables) {
      const gradient = gradients.get(variable)!;
      gradients.delete(variable);
      // two variables of one result are the tensor's own, taken twice: they share one object
      received[variable.index] = gradient;
      arrived(variable, gradient);
    }
    const sent = node.rule.backward(node, received.find((each) => each !== undefined)!, received);
    for (const [index, input] of node.inputs.entries()) {
      const gradient = sent[index];
      if (input !== undefined && gradient) receive(input, gradient);
    }
    if (!retainGraph) node.release();
  }
  for (const [variable, gradient] of gradients) arrived(variable, gradient);
}

/** All calls that results depend on, the last first. */
function nodesBefore(roots: readonly (Node | null)[]): readonly Node[] {
  const found = new Set<Node>();
  const left = roots.filter((node) => node !== null);
  for (let node = left.pop(); node !== undefined; node = left.pop()) {
    if (found.has(node)) continue;
    found.add(node);
    for (const input of node.inputs) if (input?.node) left.push(input.node);
  }
  return [...found].sort((a, b) => b.order - a.order);
}

/** The gradient of a result: given, or 1 for a single number. */
export function rootGradient(where: string, { shape, dtype }: Type, given: Constant | undefined, name: string): Tensor {
  if (given === undefined) {
    if (shape.every((length) => length === 1)) return new Tensor([1], shape);
    throw wrongValue(where, `a result of shape ${show(shape)} is not a single number: pass ${name}, of that shape`);
  }
  if (!sameShape(given.shape, shape)) {
    throw wrongValue(where, `${name} must have the result's shape ${show(shape)}, got ${show(given.shape)}`);
  }
  if (given.dtype !== dtype) throw wrongType(where, `${name} must hold ${dtype}, got ${given.dtype}`);
  return new Tensor<DType>(given.data as never, given.shape, given.dtype) as unknown as Tensor;
}
