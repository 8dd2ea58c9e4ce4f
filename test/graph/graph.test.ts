import { describe, expect, it } from "vitest";
import { Graph, type Node } from "../../src/graph/graph.ts";
import { compile, Tensor } from "../../src/index.ts";
import { UNARY_OPERATORS } from "../../src/operators/activation.ts";
import { linearOperator } from "../../src/operators/linear.ts";
import { expandOperator } from "../../src/operators/movement.ts";
import type { Operator } from "../../src/planning/operator.ts";

const operator = linearOperator as unknown as Operator;

const node = (name: string, inputs: readonly string[], outputs: readonly string[] = [name]): Node => ({
  name,
  operator,
  inputs,
  outputs,
  attributes: {},
});

const graph = (nodes: readonly Node[], outputs: readonly string[] = [nodes.at(-1)!.outputs[0]!]) =>
  new Graph("test", {
    inputs: [{ name: "x", dtype: "float32", shape: null }],
    outputs: new Map(outputs.map((name) => [name, name])),
    nodes,
    constants: new Map([["w", { dtype: "float32", data: new Float32Array(1), shape: [1] } as const]]),
  });

describe("a graph", () => {
  it("puts nodes into an order in which each comes after those that it needs", () => {
    const nodes = [node("c", ["a", "b"]), node("b", ["a", "w"]), node("a", ["x", "w"])];
    expect(graph(nodes, ["c"]).nodes.map(({ name }) => name)).toEqual(["a", "b", "c"]);
  });

  it("keeps an order that is valid", () => {
    const nodes = [node("a", ["x"]), node("b", ["x"]), node("c", ["a"]), node("d", ["b", "c"])];
    expect(graph(nodes).nodes).toEqual(nodes);
  });

  it("waits for values that attributes depend on", () => {
    const attributes = { parameters: ["shape"], resolve: () => ({}) };
    const nodes = [{ ...node("late", ["x"]), attributes }, node("shape", ["w"])];
    expect(graph(nodes, ["late"]).nodes.map(({ name }) => name)).toEqual(["shape", "late"]);
  });

  it("takes a chain deeper than any stack", () => {
    const count = 50_000;
    const nodes = Array.from({ length: count }, (_, i) => node(`n${i}`, [i === count - 1 ? "x" : `n${i + 1}`]));
    expect(graph(nodes, ["n0"]).nodes[0]!.name).toBe(`n${count - 1}`);
  });

  it("refuses a cycle and names a node of it", () => {
    const nodes = [node("a", ["x", "c"]), node("b", ["a"]), node("c", ["b"])];
    expect(() => graph(nodes)).toThrow(/test: node "[abc]" is part of a cycle through "[abc]"/);
    expect(() => graph([node("a", ["a"])])).toThrow(RangeError);
  });

  it("refuses values that nothing defines, or that are defined twice", () => {
    expect(() => graph([node("a", ["y"])])).toThrow('test: node "a" needs "y", which nothing defines');
    expect(() => graph([node("a", ["x"])], ["z"])).toThrow('test: no node computes the output "z"');
    expect(() => graph([node("a", ["x"]), node("b", ["x"], ["a"])])).toThrow('test: the value "a" is defined twice');
    expect(() => graph([node("a", ["x"], ["w"])])).toThrow('test: the value "w" is defined twice');
    expect(() => graph([node("a", ["x"], ["x"])])).toThrow('test: the value "x" is defined twice');
  });

  it("lets results without a name be many", () => {
    expect(graph([node("a", ["x"], ["a", ""]), node("b", ["a"], ["b", ""])]).nodes).toHaveLength(2);
  });
});

describe("a network that depends on no input", () => {
  const constants = new Map([["w", { dtype: "float32", data: new Float32Array([1, -2]), shape: [2] } as const]]);
  const make = (inputs: readonly string[]) =>
    new Graph("test", {
      inputs: inputs.map((name) => ({ name, dtype: "float32", shape: null })),
      outputs: new Map([
        ["y", "y"],
        ["w", "w"],
      ]),
      nodes: [
        {
          name: "relu",
          operator: UNARY_OPERATORS.relu as unknown as Operator,
          inputs: ["w"],
          outputs: ["y"],
          attributes: {},
        },
      ],
      constants,
    });

  it("gives its constants", () => {
    using session = compile<Record<string, Tensor>>(make([]), {});
    const { y, w } = session.run({});
    expect([...y!.data, ...w!.data]).toEqual([1, 0, 1, -2]);
    expect(session.inputShape).toEqual([]);
    expect(() => session.run(Tensor.zeros([1]))).toThrow(TypeError);
  });

  it("makes no constants of gigabytes", () => {
    const graph = new Graph("test", {
      inputs: [],
      outputs: new Map([["y", "y"]]),
      nodes: [
        {
          name: "grow",
          operator: expandOperator as unknown as Operator,
          inputs: ["w"],
          outputs: ["y"],
          attributes: { shape: [2 ** 24, 2] },
        },
      ],
      constants,
    });
    expect(() => compile(graph, {})).toThrow('compile: expand "grow": makes a constant of 33554432 elements from 2');
  });

  it("takes inputs that it does not read", () => {
    using session = compile<Record<string, Tensor>>(make(["x"]), [3]);
    expect([...session.run(Tensor.zeros([3])).y!.data]).toEqual([1, 0]);
    expect(() => session.run(Tensor.zeros([4]))).toThrow(RangeError);
  });
});
