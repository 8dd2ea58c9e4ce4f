import { checkAxesCount, countOf, sameShape, show, wrongType, wrongValue } from "../check.ts";
import type { Type } from "../dtype.ts";
import { castOperator } from "../operators/cast.ts";
import { type Following, fillBeyondOperator, lengthsOperator } from "../operators/counts.ts";
import { gatherOperator } from "../operators/gather.ts";
import { keepOperator } from "../operators/keep.ts";
import { axisOf, catOperator, reshapeOperator, splitOperator } from "../operators/movement.ts";
import { Budget } from "../planning/budget.ts";
import { type Constant, numbersOf } from "../planning/constant.ts";
import { computed } from "../planning/evaluate.ts";
import { isParameter, type Operand, type Operands, type Operator, planCall } from "../planning/operator.ts";
import type { Planned } from "../planning/planned.ts";
import { cropped } from "./crop.ts";
import {
  type Along,
  type FunctionNode,
  type Graph,
  type GraphNode,
  type IfNode,
  isCallNode,
  isDeferred,
  type ListNode,
  type LoopNode,
  type Node,
} from "./graph.ts";
import {
  cannotFollow,
  dependence,
  followingAxis,
  followingElements,
  isCount,
  Lengths,
  type Trials,
} from "./lengths.ts";
import { checkListed, partLengths, placeIn } from "./lists.ts";
import { type Call, freshName, type Guard, type Network, nodeName } from "./network.ts";
import { traceCalls } from "./trace.ts";

/** Changes the attributes of a call before it is planned. */
export type Adapt = (operator: Operator, attributes: object) => object;

/**
 * Plans every call of a graph for given types of its inputs, and computes everything that depends on constants alone.
 * Branches whose condition is constant and loops become plain calls, functions the calls that they make; the calls of other branches get guards.
 *
 * @param types of the graph's inputs, by name
 * @throws TypeError, RangeError that name the node, the argument, what was expected and what was given
 */
export function planGraph(where: string, graph: Graph, types: ReadonlyMap<string, Type>, adapt?: Adapt): Network {
  const planner = new GraphPlanner(where, graph, types, adapt);
  planner.addAll(graph.nodes);
  return planner.network(graph);
}

/** So many nodes may be made of loops: real networks have hundreds, a file of 200 bytes could ask for billions. */
const MOST_REPEATED = 2 ** 16;

class GraphPlanner {
  readonly #where: string;
  readonly #adapt: Adapt | undefined;
  readonly #types: Map<string, Type>;
  /** constants of the graph */
  readonly #given: ReadonlyMap<string, Constant>;
  readonly #constants: Map<string, Constant>;
  readonly #calls: Call[] = [];
  /** values that stand for others: results of branches that are settled, and everything within loops in the present round */
  readonly #stands = new Map<string, string>();
  /** the values of each list */
  readonly #lists = new Map<string, readonly string[]>();
  readonly #names: ReadonlyMap<string, string> | undefined;
  readonly #budget: Budget;
  readonly #lengths = new Lengths();
  #guards: readonly Guard[] = [];
  /** how many loops are around the present node */
  #loops = 0;
  #repeated = 0;

  constructor(where: string, graph: Graph, types: ReadonlyMap<string, Type>, adapt: Adapt | undefined) {
    this.#where = where;
    this.#adapt = adapt;
    this.#types = new Map(types);
    this.#given = graph.constants;
    this.#constants = new Map(graph.constants);
    let own = 0;
    for (const [name, { data, shape }] of graph.constants) {
      own += data.byteLength;
      if (data.length === countOf(shape)) continue;
      throw wrongType(where, `the data of ${show(name)} was detached, or its buffer resized, after it was read`);
    }
    this.#budget = new Budget(own);
    this.#names = graph.names;
  }

  network({ inputs, outputs }: Graph): Network {
    return {
      where: this.#where,
      inputs: inputs.map(({ name }) => name),
      outputs: new Map(Array.from(outputs, ([name, value]) => [name, this.#running(this.#standing(value))])),
      lengths: this.#lengths.all,
      calls: this.#calls,
      constants: this.#constants,
      types: this.#types,
      names: this.#names && new Map(Array.from(this.#names, ([name, value]) => [name, this.#standing(value)])),
    };
  }

  addAll(nodes: readonly GraphNode[]): void {
    for (const node of nodes) {
      if (this.#loops > 0 && ++this.#repeated > MOST_REPEATED) {
        throw wrongValue(this.#where, `loops may make at most ${MOST_REPEATED} nodes`);
      }
      if (isCallNode(node)) this.#addCall(node);
      else if (node.kind === "if") this.#addIf(node);
      else if (node.kind === "function") this.#addFunction(node);
      else if (node.kind === "list") this.#addList(node);
      else this.#addLoop(node);
    }
  }

  #standing(value: string): string {
    return this.#stands.get(value) ?? value;
  }

  /** A name that no value has. */
  #fresh(wanted: string): string {
    return freshName({ constants: this.#constants, types: this.#types }, wanted);
  }

  /** A name for a value that a node makes: within a loop, of this round. */
  #defined(value: string): string {
    if (value === "" || this.#loops === 0) return value;
    const own = this.#fresh(`${value}@${this.#repeated}`);
    this.#stands.set(value, own);
    return own;
  }

  #operand(value: string): Operand | null {
    return value === "" ? null : (this.#constants.get(value) ?? this.#types.get(value)!);
  }

  #addCall(node: Node): void {
    const { name, operator } = node;
    const where = nodeName(this.#where, node);
    const inputs = node.inputs.map((value) => this.#standing(value));
    const operands = inputs.map((value) => this.#operand(value));
    for (const operand of operands) checkAxesCount(where, operand?.shape.length ?? 0);
    const given = this.#attributes(where, node, operands);
    const attributes = this.#adapt?.(operator, given) ?? given;
    // a weight that was computed when the graph was made may be constant now, and then need not be packed in each run
    const isSame = node.inputs.every(
      (value, index) => !isParameter(operator, index) || this.#given.has(value) === this.#constants.has(inputs[index]!),
    );
    const planned =
      attributes === given && node.planned !== undefined && isSame
        ? node.planned
        : planCall(where, operator, operands, attributes, "many", inputs);
    for (const [index, output] of node.outputs.entries()) {
      const type = planned.types[index];
      if (output === "") continue;
      if (type === undefined) {
        throw wrongValue(where, `has ${planned.types.length} results, but ${node.outputs.length} names for them`);
      }
      checkAxesCount(where, type.shape.length);
    }
    if (planned.constants !== undefined) this.#budget.draw(where, planned.constants);
    const results = planned.constants ?? folded(where, operator, operands, planned, this.#budget);
    const outputs = node.outputs.map((value) => this.#defined(value));
    const open = this.#lengths.behind([...inputs, ...this.#parameters(node)]);
    if (open.size > 0) {
      if (results !== undefined) this.#setOpen(where, node, inputs, outputs, results, open);
      else this.#addOpen(where, node, inputs, outputs, attributes, open);
      return;
    }
    if (results !== undefined) {
      for (const [index, output] of outputs.entries()) if (output !== "") this.#constants.set(output, results[index]!);
      return;
    }
    for (const [index, type] of planned.types.entries()) if (outputs[index]) this.#setType(outputs[index], type);
    this.#push({ name, operator, inputs, outputs, attributes, planned });
    if (planned.counted !== undefined) {
      const counts = this.#ownCounts(operator, inputs, outputs, attributes, planned);
      for (const [index, output] of outputs.entries()) this.#lengths.setCounts(output, counts[index]!);
    }
  }

  #parameters({ attributes }: Node): readonly string[] {
    return isDeferred(attributes) ? attributes.parameters.map((value) => this.#standing(value)) : [];
  }

  /** For each axis of each result the count that the call itself makes, "" for none. Equal calls make equal counts. */
  #ownCounts(
    operator: Operator,
    inputs: readonly string[],
    outputs: readonly string[],
    attributes: object,
    { types, counted = [] }: Planned,
  ): readonly string[][] {
    const counts = types.map(({ shape }) => shape.map(() => ""));
    for (const { result, axis, count } of counted) {
      const call = JSON.stringify([operator.name, inputs, attributes, this.#guards, result, axis]);
      counts[result]![axis] = this.#lengths.add(outputs[count]!, types[result]!.shape[axis]!, call);
    }
    return counts;
  }

  /** What is made of the plan of a call for each length that is tried; null for one that the operator cannot take. */
  #tried<T>(
    where: string,
    node: Node,
    inputs: readonly string[],
    count: string,
    result: (operands: Operands, attributes: object) => T,
  ): readonly (T | null)[] {
    return this.#lengths.trials(count).map((_, trial) => {
      const suppose = (value: string) => this.#lengths.supposed(value, this.#operand(value), count, trial);
      const operands = inputs.map(suppose);
      const parameters = this.#parameters(node).map((value) => suppose(value) as Constant | null);
      const given = node.attributes;
      try {
        const attributes = isDeferred(given) ? given.resolve(where, operands, parameters) : given;
        return result(operands, this.#adapt?.(node.operator, attributes) ?? attributes);
      } catch (error) {
        // a length that the operator cannot take: then a run fails, or nothing reads the result
        if (error instanceof RangeError) return null;
        throw error;
      }
    });
  }

  /** Sets results that are known but for a length that depends on data: as if it were the largest. */
  #setOpen(
    where: string,
    node: Node,
    inputs: readonly string[],
    outputs: readonly string[],
    results: readonly Constant[],
    open: ReadonlySet<string>,
  ): void {
    for (const [index, output] of outputs.entries()) {
      if (output === "") continue;
      this.#constants.set(output, results[index]!);
      for (const count of open) {
        const values = this.#tried(where, node, inputs, count, (operands, attributes) => {
          const planned = planCall(where, node.operator, operands, attributes, "many", inputs);
          return (planned.constants ?? folded(where, node.operator, operands, planned, this.#budget)!)[index]!;
        });
        if (!isWhole(values)) throw cannotFollow(where, "its result");
        const depends = dependence(values);
        if (depends === "none") continue;
        if (this.#lengths.isOpen(output)) throw cannotFollow(where, `its result, by two lengths,`);
        if (depends === "elements") {
          if (values.some(({ shape }) => !sameShape(shape, results[index]!.shape))) {
            throw cannotFollow(where, "the elements of its result");
          }
          this.#lengths.setTried(output, count, values);
          continue;
        }
        const lengths = this.#lengths.trials(count);
        const trials = values.map((value, i) => ({ length: lengths[i]!, types: [value] }));
        this.#lengths.setCounts(output, this.#followed(where, results, trials, 0, count));
      }
    }
  }

  /** Adds a call of which an argument, or an attribute, has a length that depends on data. */
  #addOpen(
    where: string,
    node: Node,
    inputs: readonly string[],
    outputs: readonly string[],
    attributes: object,
    open: ReadonlySet<string>,
  ): void {
    const { name, operator } = node;
    const closed = this.#closed(where, node, inputs, attributes);
    const operands = closed.map((value) => this.#operand(value));
    const planned = planCall(where, operator, operands, attributes, "many", closed);
    for (const [index, type] of planned.types.entries()) if (outputs[index]) this.#setType(outputs[index], type);
    this.#push({ name, operator, inputs: closed, outputs, attributes, planned });
    const counts = this.#ownCounts(operator, closed, outputs, attributes, planned);
    const isOwn = counts.map((axes) => axes.map((count) => count !== ""));
    const hasOpenAttributes = this.#parameters(node).some((value) => this.#lengths.isOpen(value));
    for (const count of open) {
      const lengths = this.#lengths.trials(count);
      const all = this.#tried(where, node, closed, count, (tried, changed) => {
        if (hasOpenAttributes && !operator.alike?.(attributes, changed)) {
          throw cannotFollow(where, "what its attributes say");
        }
        return planCall(where, operator, tried, changed, "many", closed).types;
      });
      const trials = all.map((types, i) => ({ length: lengths[i]!, types }));
      for (const index of outputs.keys()) {
        for (const [axis, follows] of this.#followed(where, planned.types, trials, index, count).entries()) {
          if (follows === "" || isOwn[index]![axis]) continue;
          if (counts[index]![axis] !== "") throw cannotFollow(where, `axis ${axis} of its result, by two lengths,`);
          counts[index]![axis] = follows;
        }
      }
    }
    for (const [index, output] of outputs.entries()) if (output !== "") this.#lengths.setCounts(output, counts[index]!);
  }

  /** For each axis of a result the count that it follows from a count, "" where it follows none. */
  #followed(where: string, types: readonly Type[], trials: Trials, result: number, count: string): readonly string[] {
    const { shape } = types[result]!;
    if (trials.some((trial) => trial.types !== null && trial.types[result]!.shape.length !== shape.length)) {
      throw cannotFollow(where, "how many axes its result has");
    }
    return shape.map((length, axis) => {
      const following = followingAxis(trials, result, axis);
      if (following === undefined) return "";
      if (following === null) throw cannotFollow(where, `the length of axis ${axis} of its result`);
      if (isCount(following, length)) return count;
      const own = this.#follow(where, count, "int32", [], [following]);
      return this.#lengths.add(own, length, JSON.stringify([count, following, this.#guards]));
    });
  }

  /** Adds a call of the numbers that follow from a count. */
  #follow(
    where: string,
    count: string,
    dtype: "int32" | "int64",
    shape: readonly number[],
    entries: readonly Following[],
  ): string {
    return this.#insert(where, lengthsOperator, [count], { dtype, shape, entries });
  }

  /** Adds a call that the graph does not have, and returns the value that it makes. */
  #insert<A extends object>(where: string, operator: Operator<A>, inputs: readonly string[], attributes: A): string {
    const output = this.#fresh(`${inputs[0]}:${operator.name}`);
    const operands = inputs.map((value) => this.#operand(value));
    const planned = planCall(where, operator, operands, attributes, "many", inputs);
    this.#setType(output, planned.types[0]!);
    const call = {
      name: output,
      operator: operator as unknown as Operator,
      inputs,
      outputs: [output],
      attributes,
      planned,
    };
    this.#push(call);
    return output;
  }

  /** The arguments of a call as it is computed, on all items; those beyond the count hold numbers that change nothing. */
  #closed(where: string, { operator }: Node, inputs: readonly string[], attributes: object): readonly string[] {
    const values = inputs.map((value) => this.#running(value));
    const operands = values.map((value) => this.#operand(value));
    const { types } = planCall(where, operator, operands, attributes, "many", inputs);
    const counts = values.map(() => "");
    const closed = values.map((value, argument) => {
      let filled = value;
      for (const [axis, count] of (this.#lengths.countsOf(value) ?? []).entries()) {
        if (count === "") continue;
        const beyond = operator.beyond?.({ argument, axis, operands, attributes, types }) ?? false;
        if (beyond === false) {
          throw wrongType(
            where,
            `only a run knows how long axis ${axis} of ${show(value)} is: this operator cannot be computed along such an axis`,
          );
        }
        if (beyond === true) continue;
        if (beyond === "count") {
          counts[argument] = count;
          continue;
        }
        filled = this.#insert(where, fillBeyondOperator, [filled, count], { dim: axis, value: beyond });
        this.#lengths.setCounts(filled, this.#lengths.countsOf(value)!);
      }
      return filled;
    });
    if (operator.counts === undefined || counts.every((count) => count === "")) return closed;
    const absent = Array<string>(operator.counts - values.length).fill("");
    return [...closed, ...absent, ...counts];
  }

  /** The value to read in a run: for a constant that depends on a count, one that is computed from it. */
  #running(value: string): string {
    const count = this.#lengths.countBehind(value);
    if (count === undefined) return value;
    const { dtype, shape } = this.#constants.get(value)!;
    const where = `${this.#where}: ${show(value)}`;
    const lengths = this.#lengths.trials(count);
    const entries = followingElements(where, value, lengths, this.#lengths.triedOf(value));
    const own = this.#follow(where, count, "int64", shape, entries);
    return dtype === "int64" ? own : this.#insert(where, castOperator, [own], { to: dtype });
  }

  #setType(value: string, { dtype, shape }: Type): void {
    // a copy: the shape may be the caller's own
    this.#types.set(value, { dtype, shape: Object.freeze([...shape]) });
  }

  #push(call: Omit<Call, "residual" | "activation" | "guards">): void {
    this.#calls.push({ ...call, residual: "", activation: undefined, guards: this.#guards });
  }

  #attributes(where: string, { attributes }: Node, operands: Operands): object {
    if (!isDeferred(attributes)) return attributes;
    const parameters = attributes.parameters.map((value) => {
      if (value === "") return null;
      const constant = this.#constants.get(this.#standing(value));
      if (constant === undefined) throw wrongType(where, `${show(value)} must be constant, but depends on an input`);
      return constant;
    });
    return attributes.resolve(where, operands, parameters);
  }

  #addFunction({ title, name, inputs, outputs, compute }: FunctionNode): void {
    const where = nodeName(this.#where, { name, operator: { name: title } });
    const given = inputs.map((value) => this.#standing(value));
    const operands = given.map((value) => this.#operand(value));
    const { nodes, constants, results } = traceCalls(operands, given, (tensors) => compute(where, tensors));
    const own = new Map<string, string>();
    const nameFor = (value: string): string => {
      const fresh = this.#fresh(`${name}:${value}`);
      own.set(value, fresh);
      return fresh;
    };
    for (const [value, constant] of constants) this.#constants.set(nameFor(value), constant);
    const ownOf = (value: string): string => this.#standing(own.get(value) ?? value);
    for (const node of nodes) {
      this.#addCall({ ...node, name, inputs: node.inputs.map(ownOf), outputs: node.outputs.map(nameFor) });
    }
    for (const [index, output] of outputs.entries()) this.#stands.set(output, ownOf(results[index]!));
  }

  #addIf({ name, condition, outputs, whenTrue, whenFalse }: IfNode): void {
    const where = `${this.#where}: If ${show(name)}`;
    const settled = this.#standing(condition);
    checkSingle(where, "its condition", "bool", this.#operand(settled)!);
    const value = this.#running(settled);
    const constant = this.#constants.get(value);
    if (constant !== undefined && !this.#lengths.isOpen(value)) {
      const body = constant.data[0] ? whenTrue : whenFalse;
      this.addAll(body.nodes);
      for (const [index, output] of outputs.entries()) this.#stands.set(output, this.#standing(body.results[index]!));
      return;
    }
    const around = this.#guards;
    const names = outputs.map((output) => this.#defined(output));
    const branches = [
      { body: whenTrue, guards: [...around, { value, expected: true }] },
      { body: whenFalse, guards: [...around, { value, expected: false }] },
    ];
    const types: Type[] = [];
    for (const [branch, { body, guards }] of branches.entries()) {
      this.#guards = guards;
      this.addAll(body.nodes);
      for (const [index, output] of names.entries()) {
        const standing = this.#standing(body.results[index]!);
        if (this.#lists.has(standing)) {
          throw wrongType(where, "gives a sequence: its condition must be known when compiling, but depends on data");
        }
        const result = this.#running(standing);
        this.#checkSettled(where, `the result ${show(output)}`, result);
        const { dtype, shape } = this.#operand(result)!;
        const before = types[index];
        if (branch === 0) {
          types.push({ dtype, shape });
          this.#setType(output, { dtype, shape });
        } else if (before!.dtype !== dtype || !sameShape(before!.shape, shape)) {
          throw wrongValue(
            where,
            `both branches must give one type, got ${typeText(before!)} and ${typeText({ dtype, shape })}; ` +
              "only a condition that is known when compiling can choose between types",
          );
        }
        const planned = planCall(where, keepOperator, [{ dtype, shape }], {}, "many", [result]);
        this.#push({ name, operator: keepOperator, inputs: [result], outputs: [output], attributes: {}, planned });
      }
      this.#guards = around;
    }
  }

  #addLoop({ name, count, condition, initial, read, outputs, collected, body }: LoopNode): void {
    const where = `${this.#where}: loop ${show(name)}`;
    const rounds = read.length > 0 ? this.#lengthOf(where, read) : this.#known(where, "its count", "int64", count);
    let goes = this.#known(where, "its condition", "bool", condition) !== 0n;
    if (rounds === undefined && goes && condition === "") throw wrongValue(where, "has no end");
    let carried = initial.map((value) => this.#standing(value));
    const sources = read.map(({ value }) => this.#standing(value));
    const lists: string[][] = collected.map(() => []);
    this.#loops++;
    for (let round = 0n; goes && (rounds === undefined || round < rounds); ++round) {
      // a body without nodes takes time too
      if (++this.#repeated > MOST_REPEATED) throw wrongValue(where, `may have at most ${MOST_REPEATED} rounds`);
      if (body.index !== "") this.#setConstant(body.index, BigInt64Array.of(round));
      if (body.condition !== "") this.#setConstant(body.condition, Uint8Array.of(1));
      for (const [index, value] of body.carried.entries()) this.#stands.set(value, carried[index]!);
      for (const [index, { axis, reversed }] of read.entries()) {
        const at = this.#setConstant(`${name}:at`, BigInt64Array.of(reversed ? rounds! - 1n - round : round));
        this.#add(name, gatherOperator, [sources[index]!, at], [body.read[index]!], { dim: axis });
      }
      this.addAll(body.nodes);
      const results = body.results.slice(1).map((value) => this.#standing(value));
      carried = results.slice(0, carried.length);
      for (const [index, list] of lists.entries()) list.push(results[carried.length + index]!);
      goes = this.#known(where, "whether it goes on", "bool", body.results[0]!) !== 0n;
    }
    this.#loops--;
    for (const [index, value] of carried.entries()) this.#stands.set(outputs[index]!, value);
    for (const [index, list] of lists.entries()) {
      this.#collect(where, name, outputs[carried.length + index]!, list, collected[index]!);
    }
  }

  /** @throws TypeError for a value whose length depends on data */
  #checkSettled(where: string, what: string, value: string): void {
    if (this.#lengths.isOpen(value)) throw cannotFollow(where, what);
  }

  /** The one length of the axes that a loop goes along. */
  #lengthOf(where: string, read: LoopNode["read"]): bigint {
    const lengths = read.map(({ value, axis }) => {
      this.#checkSettled(where, `what it reads, ${show(value)},`, this.#standing(value));
      const { shape } = this.#operand(this.#standing(value))!;
      return shape[axisOf(where, "axis", axis, shape.length)]!;
    });
    const [first] = lengths as [number];
    if (lengths.every((length) => length === first)) return BigInt(first);
    throw wrongValue(where, `the axes that it reads must have one length, got ${show(lengths)}`);
  }

  /** Joins what rounds have made, all of one shape, along a new axis. */
  #collect(where: string, name: string, output: string, values: readonly string[], { axis, reversed }: Along): void {
    if (values.length === 0)
      throw wrongValue(where, "has no rounds, so that nothing tells the shape of what it collects");
    const { shape } = this.#operand(values[0]!)!;
    const at = axisOf(where, "axis", axis, shape.length + 1);
    const rows = values.map((value, round) => {
      const row = this.#fresh(`${output}@${round}`);
      const { shape: own } = this.#operand(value)!;
      this.#add(name, reshapeOperator, [value], [row], { shape: [...own.slice(0, at), 1, ...own.slice(at)] });
      return this.#standing(row);
    });
    this.#add(name, catOperator, reversed ? rows.reverse() : rows, [output], { dim: at });
  }

  #addList({ title, name, step, inputs, outputs: [output] }: ListNode): void {
    const where = nodeName(this.#where, { name, operator: { name: title } });
    const [first = "", ...others] = inputs.map((value) => this.#standing(value));
    const list = this.#lists.get(first) ?? [];
    const place = (index: number, otherwise: number, last: number) =>
      placeIn(where, this.#known(where, "the position", "int64", others[index] ?? ""), list.length, otherwise, last);
    const last = list.length - 1;
    const define = (values: readonly string[]) => {
      checkListed(where, values.length);
      this.#lists.set(this.#defined(output!), values);
    };
    switch (step.does) {
      case "construct":
        define(inputs.map((value) => this.#standing(value)));
        break;
      case "at":
        this.#stands.set(output!, list[place(0, last, last)]!);
        break;
      case "insert":
        define(list.toSpliced(place(1, list.length, list.length), 0, others[0]!));
        break;
      case "erase":
        define(list.toSpliced(place(0, last, last), 1));
        break;
      case "count":
        this.#setConstant(output!, BigInt64Array.of(BigInt(list.length)));
        break;
      case "split":
        define(this.#split(where, name, first, others[0] ?? "", step.axis, step.keepdim));
        break;
      case "join":
        if (list.length === 0) throw wrongValue(where, "the sequence is empty");
        if (step.isNew) this.#collect(where, name, output!, list, { axis: step.axis, reversed: false });
        else this.#add(name, catOperator, [...list], [output!], { dim: step.axis });
    }
  }

  /** The parts of a value along an axis. */
  #split(
    where: string,
    name: string,
    value: string,
    lengths: string,
    axis: number,
    keepdim: boolean,
  ): readonly string[] {
    const { shape } = this.#operand(value)!;
    const along = axisOf(where, "axis", axis, shape.length);
    this.#checkSettled(where, "how many parts it makes", value);
    const given = lengths === "" ? undefined : this.#operand(lengths)!;
    if (given !== undefined && given.data === undefined) {
      throw wrongType(where, `the lengths (${show(lengths)}) must be known when compiling, but depend on an input`);
    }
    const numbers = given === undefined ? [1] : Array.from(numbersOf(given as Constant));
    const sizes = partLengths(where, shape[along]!, given?.shape.length === 1 ? numbers : numbers[0]!);
    const parts = sizes.map((_, index) => this.#fresh(`${name}@${index}`));
    this.#add(name, splitOperator, [value], parts, { dim: along, sizes });
    if (given !== undefined || keepdim) return parts.map((part) => this.#standing(part));
    return parts.map((part) => {
      const row = this.#fresh(`${part}:squeeze`);
      this.#add(name, reshapeOperator, [part], [row], { shape: shape.toSpliced(along, 1) });
      return this.#standing(row);
    });
  }

  #add<A extends object>(
    name: string,
    operator: Operator<A>,
    inputs: string[],
    outputs: string[],
    attributes: A,
  ): void {
    this.#addCall({ name, operator: operator as unknown as Operator, inputs, outputs, attributes });
  }

  /** A scalar that is known; returns its name in this round. */
  #setConstant(value: string, data: BigInt64Array | Uint8Array): string {
    const name = this.#defined(value);
    this.#constants.set(name, { dtype: data instanceof BigInt64Array ? "int64" : "bool", shape: [], data });
    return name;
  }

  /** A number or truth value that must be known when compiling; undefined where it is not given. */
  #known(where: string, what: string, dtype: "int64" | "bool", value: string): bigint | undefined {
    if (value === "") return undefined;
    const operand = this.#operand(this.#standing(value))!;
    checkSingle(where, what, dtype, operand);
    this.#checkSettled(where, what, this.#standing(value));
    if (operand.data === undefined) {
      throw wrongType(where, `${what} (${show(value)}) must be known when compiling, but depends on an input`);
    }
    return BigInt(operand.data[0]!);
  }
}

const isWhole = <T>(values: readonly (T | null)[]): values is readonly T[] => !values.includes(null);

const typeText = ({ dtype, shape }: Type) => `${dtype} ${show(shape)}`;

function checkSingle(where: string, what: string, expected: string, { dtype, shape }: Operand): void {
  if (dtype === expected && countOf(shape) === 1) return;
  throw wrongType(where, `${what} must be one ${expected}, got ${typeText({ dtype, shape })}`);
}

/** 64 MB: real networks never expand smaller constants to more than this, but a file of 200 bytes could ask for gigabytes. */
const MOST_GROWN = 2 ** 24;

/** The results if all arguments are constants. */
function folded(
  where: string,
  operator: Operator,
  operands: Operands,
  planned: Planned,
  budget: Budget,
): readonly Constant[] | undefined {
  const isConstant = (operand: Operand | null): operand is Constant | null =>
    operand?.data !== undefined || operand === null;
  if (operands.length === 0 || !operands.every(isConstant)) return undefined;
  // each once, however often it is named
  const given = [...new Set(operands)].reduce((sum, operand) => sum + countOf(operand?.shape ?? []), 0);
  for (const type of planned.types) {
    const count = countOf(type.shape);
    if (count > MOST_GROWN && count > given) {
      throw wrongValue(
        where,
        `makes a constant of ${count} elements from ${given}; at most ${MOST_GROWN} may be made from fewer`,
      );
    }
  }
  budget.draw(where, planned.types);
  const results = computed(where, operator, planned, operands);
  const own = planned.types.map(({ shape }) => [...shape]);
  for (const { result, axis, count } of planned.counted ?? []) own[result]![axis] = Number(results[count]![0]);
  return planned.types.map(({ dtype, shape: whole }, index) => {
    const shape = own[index]!;
    const data = results[index]!;
    return { dtype, shape, data: sameShape(shape, whole) ? data : cropped(dtype, data, whole, shape) };
  });
}
