import { checkAxesCount, countOf, show, wrongType, wrongValue } from "../check.ts";
import { byteLength, type Type } from "../dtype.ts";
import type { Constant } from "../planning/constant.ts";
import type { Epilogue } from "../planning/epilogue.ts";
import { computed } from "../planning/evaluate.ts";
import { type Operand, type Operands, type Operator, planCall } from "../planning/operator.ts";
import type { Planned } from "../planning/planned.ts";
import { type Graph, isDeferred, type Node } from "./graph.ts";

/** A call of an operator on values of a network, with everything decided. */
export interface Call {
  readonly name: string;
  readonly operator: Operator;
  /** "" for an argument that is not given */
  readonly inputs: readonly string[];
  readonly outputs: readonly string[];
  readonly attributes: object;
  /** added to the result before the activation; "" for none */
  readonly residual: string;
  /** applied to the result */
  readonly activation: Epilogue | undefined;
  readonly planned: Planned;
}

/** A graph for given input shapes, which passes take and return. */
export interface Network {
  /** with which each message begins */
  readonly where: string;
  /** values that a run gets, in the order of the graph's inputs */
  readonly inputs: readonly string[];
  /** the results of a run: the value for each name */
  readonly outputs: ReadonlyMap<string, string>;
  /** in an order in which they can run */
  readonly calls: readonly Call[];
  readonly constants: ReadonlyMap<string, Constant>;
  /** types of all values that are not constants */
  readonly types: ReadonlyMap<string, Type>;
}

/** Whether a call is one of the operator, and so has its attributes. */
export function isCallOf<A extends object>(
  call: Call,
  operator: Operator<A>,
): call is Call & { readonly attributes: A } {
  return (call.operator as object) === operator;
}

/** Whether nothing is done to a call's results. */
export const isPlain = ({ residual, activation }: Call): boolean => residual === "" && activation === undefined;

/** Values that a call reads. */
export const readsOf = ({ inputs, residual }: Call): readonly string[] =>
  residual === "" ? inputs : [...inputs, residual];

/** Names a node in messages. */
export const nodeName = (
  where: string,
  { name, operator }: { readonly name: string; readonly operator: { readonly name: string } },
): string => (name.startsWith(operator.name) ? `${where}: ${name}` : `${where}: ${operator.name} ${show(name)}`);

/**
 * Plans every call of a graph for given types of its inputs, and computes everything that depends on constants alone.
 *
 * @param types of the graph's inputs, by name
 * @param adapt changes the attributes of a call before it is planned
 * @throws TypeError, RangeError that name the node, the argument, what was expected and what was given
 */
export function planGraph(
  where: string,
  graph: Graph,
  types: ReadonlyMap<string, Type>,
  adapt?: (operator: Operator, attributes: object) => object,
): Network {
  const known = new Map(types);
  const constants = new Map(graph.constants);
  const operandIn = (value: string): Operand | null =>
    value === "" ? null : (constants.get(value) ?? known.get(value)!);
  const calls: Call[] = [];
  for (const node of graph.nodes) {
    const { name, operator, inputs, outputs } = node;
    const here = nodeName(where, node);
    const operands = inputs.map(operandIn);
    for (const operand of operands) checkAxesCount(here, operand?.shape.length ?? 0);
    const given = attributesOf(here, node, operands, constants);
    const attributes = adapt?.(operator, given) ?? given;
    const planned =
      attributes === given && node.planned !== undefined
        ? node.planned
        : planCall(here, operator, operands, attributes, "many", inputs);
    for (const [index, output] of outputs.entries()) {
      const type = planned.types[index];
      if (output === "") continue;
      if (type === undefined) {
        throw wrongValue(here, `has ${planned.types.length} results, but ${outputs.length} names for them`);
      }
      checkAxesCount(here, type.shape.length);
    }
    const results = planned.constants ?? folded(here, operator, operands, planned);
    if (results !== undefined) {
      for (const [index, output] of outputs.entries()) if (output !== "") constants.set(output, results[index]!);
      continue;
    }
    for (const index of operator.parameters ?? []) {
      if (operands[index] != null && operands[index].data === undefined) {
        throw wrongType(here, `argument ${index} (${show(inputs[index])}) must be constant, but depends on an input`);
      }
    }
    for (const [index, { dtype, shape }] of planned.types.entries()) {
      // a copy: the shape may be the caller's own
      if (outputs[index]) known.set(outputs[index], { dtype, shape: Object.freeze([...shape]) });
    }
    calls.push({ name, operator, inputs, outputs, attributes, residual: "", activation: undefined, planned });
  }
  const inputs = graph.inputs.map(({ name }) => name);
  return { where, inputs, outputs: graph.outputs, calls, constants, types: known };
}

/** Plans a call that a pass adds. */
export function planned(network: Network, call: Omit<Call, "planned">): Call {
  const { operator, inputs, attributes } = call;
  const where = nodeName(network.where, call);
  return { ...call, planned: planCall(where, operator, operandsOf(network, call), attributes, "many", inputs) };
}

/** The call with another operator, other inputs or attributes, planned for them. */
export function replanned<A extends object>(
  network: Network,
  call: Call,
  changes: { readonly operator?: Operator<A>; readonly inputs?: readonly string[]; readonly attributes?: NoInfer<A> },
): Call {
  return planned(network, { ...call, ...changes } as Call);
}

function attributesOf(
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

/** 64 MB: real networks never expand smaller constants to more than this, but a file of 200 bytes could ask for gigabytes. */
const MOST_GROWN = 2 ** 24;

/** The results if all arguments are constants. */
function folded(
  where: string,
  operator: Operator,
  operands: Operands,
  planned: Planned,
): readonly Constant[] | undefined {
  const isConstant = (operand: Operand | null): operand is Constant | null =>
    operand?.data !== undefined || operand === null;
  if (operands.length === 0 || !operands.every(isConstant)) return undefined;
  const given = operands.reduce((sum, operand) => sum + countOf(operand?.shape ?? []), 0);
  for (const type of planned.types) {
    const count = countOf(type.shape);
    if (count > MOST_GROWN && count > given) {
      throw wrongValue(
        where,
        `makes a constant of ${count} elements from ${given}; at most ${MOST_GROWN} may be made from fewer`,
      );
    }
  }
  const results = computed(where, operator, planned, operands);
  return planned.types.map(({ dtype, shape }, index) => ({ dtype, shape, data: results[index]! }));
}

/** What an operator knows about a value. */
export function operandOf({ constants, types }: Network, value: string): Operand | null {
  return value === "" ? null : (constants.get(value) ?? types.get(value)!);
}

/** Bytes of a value. */
export const bytesOf = (network: Network, value: string): number => byteLength(operandOf(network, value)!);

export const operandsOf = (network: Network, { inputs }: Pick<Call, "inputs">): Operands =>
  inputs.map((value) => operandOf(network, value));

/** A name for a value that a pass adds: another value in the file may already have the preferred one. */
export function freshName({ constants, types }: Pick<Network, "constants" | "types">, wanted: string): string {
  let name = wanted;
  for (let count = 2; constants.has(name) || types.has(name); ++count) name = `${wanted}#${count}`;
  return name;
}

/** How often each value is read, outputs of the network included. */
export function usesOf({ calls, outputs }: Network): ReadonlyMap<string, number> {
  const uses = new Map<string, number>();
  for (const value of [...calls.flatMap(readsOf), ...outputs.values()]) {
    uses.set(value, (uses.get(value) ?? 0) + 1);
  }
  return uses;
}

/** The call that makes each value. */
export function makersOf({ calls }: Network): ReadonlyMap<string, Call> {
  return new Map(calls.flatMap((call) => call.outputs.map((output) => [output, call] as const)));
}

/** The network with values replaced by others of the same type. */
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
    calls: network.calls.map((call) => ({ ...call, inputs: call.inputs.map(last), residual: last(call.residual) })),
    outputs: new Map([...network.outputs].map(([name, value]) => [name, last(value)])),
  };
}

/**
 * The network with some calls replaced.
 * @param calls replacements; null drops a call, which requires that nothing else reads its results
 * @param constants values that the new calls read
 */
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
