import { wrongType, wrongValue } from "../../check.ts";
import type { Along, IfNode, LoopNode } from "../../graph/graph.ts";
import { constantOf } from "../../planning/constant.ts";
import type { BodyInput, OnnxNode, Translator } from "../translation.ts";

/** What is known of values, as inputs of a body. */
const knownOf = (node: OnnxNode, values: readonly string[]): readonly BodyInput[] =>
  values.map((value) => ({
    dtype: node.dtypeOf(value),
    isConstant: node.isConstant(value),
    isHalf: node.isHalf(value),
    isList: node.isList(value),
  }));

/** As {@link knownOf}, for values that differ from round to round. */
const runningOf = (node: OnnxNode, values: readonly string[]): readonly BodyInput[] =>
  knownOf(node, values).map((each) => ({ ...each, isConstant: false }));

/** Of a condition that the file settles, one branch is read; otherwise both, and compiling or running decides. */
const branches: Translator = (node) => {
  const condition = node.input(0);
  const [then, otherwise] = [node.attributes.graph("then_branch"), node.attributes.graph("else_branch")];
  const settled = node.constantOf(condition);
  if (settled !== undefined) return node.inline(settled.data[0] ? then : otherwise);
  const bodies = [node.body(then, []), node.body(otherwise, [])] as const;
  const [first, second] = bodies.map(({ results }) => knownOf(node, results));
  const typeOf = ({ dtype, isList }: BodyInput) => (isList ? `a sequence of ${dtype}` : dtype);
  const isOther = (each: BodyInput, index: number) => typeOf(second![index]!) !== typeOf(each);
  if (first!.length !== second!.length || first!.some(isOther)) {
    const typesOf = (list: readonly BodyInput[]) => `(${list.map(typeOf).join(", ")})`;
    throw wrongType(
      node.where,
      `both branches must give values of the same types, got ${typesOf(first!)} and ${typesOf(second!)}`,
    );
  }
  const results = first!.map(({ dtype, isConstant, isHalf, isList }, index) => ({
    dtype,
    isList: isList ?? false,
    isConstant: isConstant && second![index]!.isConstant && node.isConstant(condition),
    isHalf: isHalf && second![index]!.isHalf,
  }));
  return node.control<IfNode>({ kind: "if", condition, whenTrue: bodies[0], whenFalse: bodies[1] }, results);
};

/** The results of a loop whose body gives these: first what is carried, then what is collected. */
function loopResults(node: OnnxNode, results: readonly string[], initial: readonly string[]): readonly BodyInput[] {
  if (results.length < initial.length) {
    throw wrongValue(node.where, `its body must give ${initial.length} values that are carried, got ${results.length}`);
  }
  for (const [index, value] of initial.entries()) {
    const [before, after] = [node.dtypeOf(value), node.dtypeOf(results[index]!)];
    if (before !== after || node.isList(value) !== node.isList(results[index]!)) {
      throw wrongType(node.where, `the carried value ${index} must keep its type, but ${before} becomes ${after}`);
    }
  }
  if (results.slice(initial.length).some((value) => node.isList(value))) {
    throw wrongType(node.where, "cannot collect the sequences of its rounds");
  }
  return runningOf(node, results);
}

const loop: Translator = (node) => {
  const [count, condition] = [node.optional(0), node.optional(1)];
  const initial = node.values.slice(2);
  const missing = initial.indexOf("");
  if (missing >= 0) node.input(missing + 2);
  const given: readonly BodyInput[] = [
    { dtype: "int64", isConstant: true, isHalf: false },
    { dtype: "bool", isConstant: true, isHalf: false },
    ...runningOf(node, initial),
  ];
  const { nodes, inputs, results } = node.body(node.attributes.graph("body"), given);
  const [index, goes, ...carried] = inputs as [string, string, ...string[]];
  const all = loopResults(node, results.slice(1), initial);
  const collected = all.slice(initial.length).map(() => ({ axis: 0, reversed: false }));
  const body = { nodes, results, index, condition: goes, carried, read: [] };
  return node.control<LoopNode>({ kind: "loop", count, condition, initial, read: [], collected, body }, all);
};

/** A loop whose body reads, in each round, the next part of some values. */
const scan: Translator = (node) => {
  const { attributes } = node;
  // that of opset 8 has a batch, and lengths as its first input
  if (node.opset < 9) throw wrongType(node.where, "is supported from opset 9 on");
  const count = attributes.int("num_scan_inputs", 0);
  const all = node.all();
  if (count < 1 || count > all.length) {
    throw wrongValue(node.where, `num_scan_inputs must be from 1 to ${all.length}, got ${count}`);
  }
  const [initial, values] = [all.slice(0, -count), all.slice(-count)];
  const given = runningOf(node, all);
  const { nodes, inputs, results } = node.body(attributes.graph("body"), given);
  const known = loopResults(node, results, initial);
  const along = (which: "input" | "output", length: number): readonly Along[] => {
    const [axes, directions] = ["axes", "directions"].map((what) => {
      const name = `scan_${which}_${what}`;
      const numbers = attributes.ints(name) ?? Array<number>(length).fill(0);
      if (numbers.length === length) return numbers;
      throw wrongValue(node.where, `${name} must have ${length} numbers, got ${numbers.length}`);
    });
    return axes!.map((axis, index) => ({ axis, reversed: directions![index] === 1 }));
  };
  const read = along("input", count).map((each, index) => ({ ...each, value: values[index]! }));
  const goesOn = node.constant(constantOf("bool", [], [1]));
  const body = {
    nodes,
    results: [goesOn, ...results],
    index: "",
    condition: "",
    carried: inputs.slice(0, initial.length),
    read: inputs.slice(initial.length),
  };
  const collected = along("output", known.length - initial.length);
  return node.control<LoopNode>({ kind: "loop", count: "", condition: "", initial, read, collected, body }, known);
};

export const controlTranslators: Readonly<Record<string, Translator>> = { If: branches, Loop: loop, Scan: scan };
