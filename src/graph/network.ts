import { checkAxesCount, countOf, show, wrongType, wrongValue } from "../check.ts";
import { evaluate } from "../operators/evaluate.ts";
import type { Constant, Operand, Operands, Operator } from "../operators/operator.ts";
import { type Graph, isDeferred, type Node } from "./graph.ts";

/** A call whose attributes are settled. */
export interface Call {
  readonly name: string;
  readonly operator: Operator;
  /** "" for an argument that is not given */
  readonly inputs: readonly string[];
  readonly outputs: readonly string[];
  readonly attributes: object;
}

/** A graph for given input shapes: what the passes take and give. */
export interface Network {
  /** values that a run is given, in the order of the graph's inputs */
  readonly inputs: readonly string[];
  /** what a run gives: the value behind each name */
  readonly outputs: ReadonlyMap<string, string>;
  /** in an order in which they can run */
  readonly calls: readonly Call[];
  readonly constants: ReadonlyMap<string, Constant>;
  /** of every value that is not a constant */
  readonly shapes: ReadonlyMap<string, readonly number[]>;
}

/** Whether a call is one of the operator, whose attributes it then has. */
export function isCallOf<A extends object>(
  call: Call,
  operator: Operator<A>,
): call is Call & { readonly attributes: A } {
  return (call.operator as unknown) === operator;
}

/** Names a node in messages. */
export const nodeName = (
  where: string,
  { name, operator }: { readonly name: string; readonly operator: { readonly name: string } },
): string => (name.startsWith(operator.name) ? `${where}: ${name}` : `${where}: ${operator.name} ${show(name)}`);

/**
 * Settles all shapes and attributes for given input shapes, and computes whatever depends on constants alone.
 *
 * @param shapes of the graph's inputs, by name
 * @throws TypeError, RangeError that name the node, the argument, what was expected and what came
 */
export function settle(where: string, graph: Graph, shapes: ReadonlyMap<string, readonly number[]>): Network {
  const known = new Map(shapes);
  const constants = new Map(graph.constants);
  const operandOf = (value: string): Operand | null => {
    if (value === "") return null;
    return constants.get(value) ?? { shape: known.get(value)! };
  };
  const calls: Call[] = [];
  for (const node of graph.nodes) {
    const { operator, inputs, outputs } = node;
    const here = nodeName(where, node);
    const operands = inputs.map(operandOf);
    for (const operand of operands) checkAxesCount(here, operand?.shape.length ?? 0);
    const attributes = settled(here, node, operands, constants);
    const folded = operator.fold?.(here, operands, attributes) ?? computed(here, operator, operands, attributes);
    if (folded !== undefined) {
      for (const [index, output] of outputs.entries()) {
        if (output === "") continue;
        checkAxesCount(here, folded[index]!.shape.length);
        constants.set(output, folded[index]!);
      }
      continue;
    }
    for (const [index, operand] of operands.entries()) {
      if (operand === null) continue;
      if (operand.data instanceof Float64Array) {
        throw wrongType(
          here,
          `argument ${index} (${show(inputs[index])}) has integers, which only shapes may be computed from`,
        );
      }
      if (operator.parameters?.includes(index) && operand.data === undefined) {
        throw wrongType(here, `argument ${index} (${show(inputs[index])}) must be constant, but depends on an input`);
      }
    }
    const results = operator.infer(here, operands, attributes);
    for (const [index, output] of outputs.entries()) {
      const shape = results[index];
      if (output === "") continue;
      if (shape === undefined)
        throw wrongValue(here, `has ${results.length} results, but ${outputs.length} names for them`);
      checkAxesCount(here, shape.length);
      known.set(output, Object.freeze([...shape]));
    }
    calls.push({ name: node.name, operator, inputs, outputs, attributes });
  }
  return { inputs: graph.inputs.map(({ name }) => name), outputs: graph.outputs, calls, constants, shapes: known };
}

function settled(
  where: string,
  { attributes }: Node,
  operands: Operands,
  constants: ReadonlyMap<string, Constant>,
): object {
  if (!isDeferred(attributes)) return attributes;
  const parameters = attributes.parameters.map((value) => {
    if (value === "") return null;
    const constant = constants.get(value);
    if (constant === undefined) throw wrongType(where, `${show(value)} must be constant, but depends on an input`);
    return constant;
  });
  return attributes.resolve(where, operands, parameters);
}

/** 64 MB: no network spells out more than this from less, but a file of 200 bytes may ask for gigabytes. */
const MOST_GROWN = 2 ** 24;

/** The results where all arguments are float32 constants. */
function computed(
  where: string,
  operator: Operator,
  operands: Operands,
  attributes: object,
): readonly Constant[] | undefined {
  const views = operands.map((operand) => {
    if (operand === null) return null;
    return operand.data instanceof Float32Array ? { data: operand.data, shape: operand.shape } : undefined;
  });
  if (views.length === 0 || views.includes(undefined)) return undefined;
  const given = operands.reduce((sum, operand) => sum + countOf(operand?.shape ?? []), 0);
  for (const shape of operator.infer(where, operands, attributes)) {
    const count = countOf(shape);
    if (count > MOST_GROWN && count > given) {
      throw wrongValue(
        where,
        `makes a constant of ${count} elements from ${given}; at most ${MOST_GROWN} may be made from fewer`,
      );
    }
  }
  return evaluate(where, operator, views as Parameters<typeof evaluate>[2], attributes);
}

/** What an operator knows of a value. */
export function operandOf({ constants, shapes }: Network, value: string): Operand | null {
  if (value === "") return null;
  return constants.get(value) ?? { shape: shapes.get(value)! };
}

export const operandsOf = (network: Network, { inputs }: Call): Operands =>
  inputs.map((value) => operandOf(network, value));

/** A name for a value that a pass adds: a file may have given the wanted one to another. */
export function freshName({ constants, shapes }: Pick<Network, "constants" | "shapes">, wanted: string): string {
  let name = wanted;
  for (let count = 2; constants.has(name) || shapes.has(name); ++count) name = `${wanted}#${count}`;
  return name;
}

/** How often each value is read, outputs of the network included. */
export function usesOf({ calls, outputs }: Network): ReadonlyMap<string, number> {
  const uses = new Map<string, number>();
  for (const value of [...calls.flatMap(({ inputs }) => inputs), ...outputs.values()]) {
    uses.set(value, (uses.get(value) ?? 0) + 1);
  }
  return uses;
}

/** The call that makes each value. */
export function makersOf({ calls }: Network): ReadonlyMap<string, Call> {
  return new Map(calls.flatMap((call) => call.outputs.map((output) => [output, call] as const)));
}

/** The network with values exchanged for others of the same shape. */
export function renamed(network: Network, names: ReadonlyMap<string, string>): Network {
  if (names.size === 0) return network;
  const ends = new Map<string, string>();
  const last = (value: string): string => {
    let name = value;
    for (let next = names.get(name); next !== undefined; next = names.get(name)) name = ends.get(name) ?? next;
    // chains may be as long as the network
    if (name !== value) ends.set(value, name);
    return name;
  };
  return {
    ...network,
    calls: network.calls.map((call) => ({ ...call, inputs: call.inputs.map(last) })),
    outputs: new Map([...network.outputs].map(([name, value]) => [name, last(value)])),
  };
}

/** Takes the place of calls that are read by nobody else: exchanges some calls, leaves out others, and adds constants. */
export function exchanged(
  network: Network,
  calls: ReadonlyMap<Call, Call | null>,
  constants: ReadonlyMap<string, Constant> = new Map(),
): Network {
  return {
    ...network,
    calls: network.calls.flatMap((call) => {
      const other = calls.get(call);
      return other === undefined ? [call] : (other ?? []);
    }),
    constants: constants.size === 0 ? network.constants : new Map([...network.constants, ...constants]),
  };
}
