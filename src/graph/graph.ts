import { show, wrongValue } from "../check.ts";
import type { DType } from "../dtype.ts";
import type { Constant } from "../planning/constant.ts";
import type { Operands, Operator } from "../planning/operator.ts";
import type { Planned } from "../planning/planned.ts";
import type { Tensor } from "../tensor.ts";
import { orderOf } from "./order.ts";

/** A tensor that a network takes. */
export interface GraphInput {
  readonly name: string;
  readonly dtype: DType;
  /** numbers, or names of sizes that are set when compiling; null if nothing is known */
  readonly shape: readonly (number | string)[] | null;
}

/** Attributes that depend on values that become known with all shapes, such as the new shape of a reshape. */
export interface DeferredAttributes<A extends object = object> {
  /** names of the values; they must be constant by then, "" for one that is not given */
  readonly parameters: readonly string[];
  /** @throws TypeError, RangeError for values that the operator cannot take */
  resolve(where: string, operands: Operands, parameters: readonly (Constant | null)[]): A;
}

/** One call of an operator. Values are named; "" stands for an argument that is not given, or a result that is not used. */
export interface Node<A extends object = object> {
  readonly name: string;
  readonly operator: Operator<A>;
  readonly inputs: readonly string[];
  readonly outputs: readonly string[];
  readonly attributes: A | DeferredAttributes<A>;
  /** for argument types that are already known */
  readonly planned?: Planned;
}

/** Nodes that run together, and the values that come out. They may read values from around them. */
export interface Body {
  /** in an order in which they can run */
  readonly nodes: readonly GraphNode[];
  readonly results: readonly string[];
}

/** One of two bodies, whichever the condition says: settled while compiling, if that is known then, otherwise in each run. */
export interface IfNode {
  readonly kind: "if";
  readonly name: string;
  /** a bool of one element */
  readonly condition: string;
  readonly outputs: readonly string[];
  readonly whenTrue: Body;
  readonly whenFalse: Body;
}

/** An axis that rounds of a loop go along, from its beginning or from its end. */
export interface Along {
  readonly axis: number;
  readonly reversed: boolean;
}

/** A body that runs a number of times that is known when compiling, once after the other. */
export interface LoopNode {
  readonly kind: "loop";
  readonly name: string;
  /** an int64 of one element; "" for no limit, or for the length of the axes that are read */
  readonly count: string;
  /** a bool of one element, whether it begins at all; "" for true */
  readonly condition: string;
  /** what is carried from one round to the next, at the beginning */
  readonly initial: readonly string[];
  /** values of which each round reads a part: that of one place along an axis */
  readonly read: readonly (Along & { readonly value: string })[];
  /** what is carried, at the end, then what is collected from all rounds */
  readonly outputs: readonly string[];
  /** the new axis of each of the collected ones */
  readonly collected: readonly Along[];
  /** its results are whether to go on, then what is carried, then what is collected */
  readonly body: Body & {
    /** the number of the round, an int64; "" if nothing reads it */
    readonly index: string;
    /** whether it goes on: true; "" if nothing reads it */
    readonly condition: string;
    readonly carried: readonly string[];
    /** the parts of what is read */
    readonly read: readonly string[];
  };
}

/** Calls that a function of this library makes of the types of its arguments, once they are known. */
export interface FunctionNode {
  readonly kind: "function";
  /** what its origin calls it, for messages */
  readonly title: string;
  readonly name: string;
  /** "" for an argument that is not given */
  readonly inputs: readonly string[];
  readonly outputs: readonly string[];
  /**
   * @param where with which its messages begin
   * @param operands traced tensors, or constants; null for one that is not given
   */
  compute(where: string, operands: readonly (Tensor | null)[]): readonly Tensor[];
}

/** What is done with a list of values: see graph/lists.ts. */
export type ListStep =
  /** the inputs as a list */
  | { readonly does: "construct" }
  /** a value of a list: list, position */
  | { readonly does: "at" }
  /** a list with one value more: list, value, position or "" for the end */
  | { readonly does: "insert" }
  /** a list with one value less: list, position or "" for the last */
  | { readonly does: "erase" }
  /** how many values a list has: list */
  | { readonly does: "count" }
  /** the parts of a value along an axis: value, lengths, one length, or "" for parts of 1, of which `keepdim` false drops the axis */
  | { readonly does: "split"; readonly axis: number; readonly keepdim: boolean }
  /** the values of a list, joined along an axis, which `isNew` puts in: list */
  | { readonly does: "join"; readonly axis: number; readonly isNew: boolean };

/** A step with lists of values, which are there while a network is planned only: a value of one stands for itself. */
export interface ListNode {
  readonly kind: "list";
  readonly title: string;
  readonly name: string;
  readonly step: ListStep;
  /** "" for an argument that is not given */
  readonly inputs: readonly string[];
  readonly outputs: readonly string[];
}

export type ControlNode = IfNode | LoopNode | FunctionNode | ListNode;

export type GraphNode = Node | ControlNode;

/** Whether a node is a call of an operator. */
export const isCallNode = (node: GraphNode): node is Node => "operator" in node;

/** The parts of a graph. */
export interface GraphParts {
  readonly inputs: readonly GraphInput[];
  /** the results of a run: the value for each name */
  readonly outputs: ReadonlyMap<string, string>;
  /** in any order */
  readonly nodes: readonly GraphNode[];
  /** weights and other values that are known, by name */
  readonly constants: ReadonlyMap<string, Constant>;
  /** values by the names that the origin has for them; default: their own */
  readonly names?: ReadonlyMap<string, string>;
}

/**
 * A network as `compile` takes it, whatever its origin: operators and the values that flow between them. Shapes are not
 * known yet. `loadOnnx` makes one; an nn module becomes one when it is compiled.
 */
export class Graph {
  readonly inputs: readonly GraphInput[];
  readonly outputs: ReadonlyMap<string, string>;
  /**
   * in an order in which each node comes after those that it needs
   * @internal
   */
  readonly nodes: readonly GraphNode[];
  /** @internal */
  readonly constants: ReadonlyMap<string, Constant>;
  /** @internal */
  readonly names: ReadonlyMap<string, string> | undefined;

  /**
   * @internal
   * @param where with which each message begins
   * @throws RangeError for a value that is made twice, or never, and for cycles
   */
  constructor(where: string, { inputs, outputs, nodes, constants, names }: GraphParts) {
    const known = new Set<string>(constants.keys());
    const define = (name: string) => {
      if (known.has(name)) throw wrongValue(where, `the value ${show(name)} is defined twice`);
      known.add(name);
    };
    for (const { name } of inputs) define(name);
    const makers = new Map<string, number>();
    for (const [index, node] of nodes.entries()) {
      for (const name of node.outputs) {
        if (name === "") continue;
        if (known.has(name) || makers.has(name)) throw wrongValue(where, `the value ${show(name)} is defined twice`);
        makers.set(name, index);
      }
    }
    this.inputs = inputs;
    this.outputs = outputs;
    this.constants = constants;
    this.names = names;
    this.nodes = sorted(where, nodes, known, makers);
    for (const [name, value] of outputs) {
      if (!known.has(value) && !makers.has(value)) {
        throw wrongValue(where, `no node computes the output ${show(name)}`);
      }
    }
  }
}

/** Values that a node waits for. */
function needsOf(node: GraphNode): readonly string[] {
  if (isCallNode(node)) {
    const { inputs, attributes } = node;
    return isDeferred(attributes) ? [...inputs, ...attributes.parameters] : inputs;
  }
  if (node.kind === "function" || node.kind === "list") return node.inputs;
  if (node.kind === "if") return [node.condition, ...readAround(node.whenTrue), ...readAround(node.whenFalse)];
  const { count, condition, initial, read, body } = node;
  const given = [body.index, body.condition, ...body.carried, ...body.read];
  return [count, condition, ...initial, ...read.map(({ value }) => value), ...readAround(body, given)];
}

/** Values from around it that a body reads. */
function readAround({ nodes, results }: Body, given: readonly string[] = []): readonly string[] {
  const own = new Set([...given, ...nodes.flatMap(({ outputs }) => outputs)]);
  return [...nodes.flatMap(needsOf), ...results].filter((value) => !own.has(value));
}

export const isDeferred = (attributes: object): attributes is DeferredAttributes => "resolve" in attributes;

function sorted(
  where: string,
  nodes: readonly GraphNode[],
  known: ReadonlySet<string>,
  makers: ReadonlyMap<string, number>,
): readonly GraphNode[] {
  const titleOf = (index: number) => `node ${show(nodes[index]!.name)}`;
  const makerOf = (name: string, index: number): number | undefined => {
    if (name === "" || known.has(name)) return undefined;
    const maker = makers.get(name);
    if (maker !== undefined) return maker;
    throw wrongValue(where, `${titleOf(index)} needs ${show(name)}, which nothing defines`);
  };
  const cycle = (name: string, index: number) =>
    wrongValue(where, `${titleOf(index)} is part of a cycle through ${show(name)}`);
  const order = orderOf(nodes.length, nodes.keys(), (index) => needsOf(nodes[index]!), makerOf, cycle);
  return order.map((index) => nodes[index]!);
}
