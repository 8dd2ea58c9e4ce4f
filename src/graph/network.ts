import { shortened, show } from "../check.ts";
import { byteLength, type Type } from "../dtype.ts";
import type { Constant } from "../planning/constant.ts";
import type { Epilogue } from "../planning/epilogue.ts";
import { isParameter, type Operand, type Operands, type Operator, planCall } from "../planning/operator.ts";
import type { Planned } from "../planning/planned.ts";

/** A condition under which calls run: what a bool of one element, which is computed before them, must be. */
export interface Guard {
  readonly value: string;
  readonly expected: boolean;
}

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
  /** all of these must hold, otherwise nothing is computed and nobody reads the results */
  readonly guards: readonly Guard[];
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
  /** for each axis of a value the value that says how long it is, "" where that is known; absent where all are: see lengths.ts */
  readonly lengths: ReadonlyMap<string, readonly string[]>;
  /** in an order in which they can run */
  readonly calls: readonly Call[];
  readonly constants: ReadonlyMap<string, Constant>;
  /** types of all values that are not constants */
  readonly types: ReadonlyMap<string, Type>;
  /** values by the names that the graph's origin has for them; undefined for their own */
  readonly names: ReadonlyMap<string, string> | undefined;
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

/** Whether the preparation of a call reads this argument itself. */
export const isPrepared = (
  { constants }: Pick<Network, "constants">,
  { operator, inputs }: Call,
  index: number,
): boolean => isParameter(operator, index) && constants.has(inputs[index]!);

/** Values that a call reads. */
export function readsOf({ inputs, residual, guards }: Call): readonly string[] {
  if (guards.length === 0) return residual === "" ? inputs : [...inputs, residual];
  return [...inputs, residual, ...guards.map(({ value }) => value)].filter((value) => value !== "");
}

/** Names a node in messages. */
export const nodeName = (
  where: string,
  { name, operator }: { readonly name: string; readonly operator: { readonly name: string } },
): string =>
  name.startsWith(operator.name) ? `${where}: ${shortened(name)}` : `${where}: ${operator.name} ${show(name)}`;

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

/** Values that a run leaves to be read: the outputs, and how long their axes are. */
export function resultsOf({ outputs, lengths }: Pick<Network, "outputs" | "lengths">): readonly string[] {
  const counts = [...outputs.values()].flatMap((value) => lengths.get(value) ?? []);
  return [...outputs.values(), ...counts.filter((count) => count !== "")];
}

/** How often each value is read, outputs of the network included. */
export function usesOf(network: Network): ReadonlyMap<string, number> {
  const uses = new Map<string, number>();
  for (const value of [...network.calls.flatMap(readsOf), ...resultsOf(network)]) {
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
    calls: network.calls.map((call) => ({
      ...call,
      inputs: call.inputs.map(last),
      residual: last(call.residual),
      guards: call.guards.map(({ value, expected }) => ({ value: last(value), expected })),
    })),
    outputs: new Map([...network.outputs].map(([name, value]) => [name, last(value)])),
    lengths: new Map(Array.from(network.lengths, ([value, counts]) => [last(value), counts.map(last)])),
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

/** The names that the graph's origin has for a value: none for one that it does not know. */
export function namesOf({ names }: Network): (value: string) => readonly string[] {
  if (names === undefined) return (value) => (value === "" ? [] : [value]);
  const named = new Map<string, string[]>();
  for (const [name, value] of names) {
    const list = named.get(value);
    if (list === undefined) named.set(value, [name]);
    else list.push(name);
  }
  return (value) => named.get(value) ?? [];
}
