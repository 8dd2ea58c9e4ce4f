import type { TestGraph, TestNode } from "../onnx.ts";
import { Cases, float, index, int, ints, node, reals, running, scalar } from "./builder.ts";

const cases = new Cases();

const few = [2, 3, 4];
const branch = (...nodes: TestNode[]): { readonly graph: TestGraph } => ({ graph: { nodes, outputs: ["out"] } });
const truth = (value: boolean) => running("BOOL", [], [Number(value)]);

// both names and what they read may be those of the graph around them
const doubled = branch(node("Add", ["x", "x"], ["out"]));
const scaled = branch(node("Relu", ["x"], ["r"]), node("Mul", ["r", "half"], ["out"]));
for (const taken of [true, false]) {
  cases.many(
    `If on an input that is ${taken}`,
    17,
    { x: few, c: truth(taken) },
    [node("If", ["c"], ["picked"], { then_branch: doubled, else_branch: scaled }), node("Sigmoid", ["picked"], ["y"])],
    { half: scalar(0.5) },
  );
  const above = taken ? -1000 : 1000;
  cases.many(
    `If on data, ${taken}, within another`,
    17,
    { x: few },
    [
      node("ReduceSum", ["x"], ["sum"], { keepdims: int(0) }),
      node("Greater", ["sum", "bound"], ["c"]),
      node("Neg", ["x"], ["n"]),
      node("If", ["c"], ["y", "z"], {
        then_branch: {
          graph: {
            nodes: [
              node("Abs", ["x"], ["a"]),
              node("Less", ["sum", "bound"], ["d"]),
              node("If", ["d"], ["inner"], {
                then_branch: branch(node("Exp", ["a"], ["out"])),
                else_branch: branch(node("Add", ["a", "n"], ["b"]), node("Sub", ["b", "half"], ["out"])),
              }),
              node("Identity", ["n"], ["second"]),
            ],
            outputs: ["inner", "second"],
          },
        },
        else_branch: {
          graph: {
            nodes: [node("Identity", ["x"], ["first"]), node("Tanh", ["n"], ["second"])],
            outputs: ["first", "second"],
          },
        },
      }),
      node("Add", ["n", "y"], ["w"]),
    ],
    { bound: scalar(above), half: scalar(0.5) },
    ["y", "z", "w"],
  );
  cases.many(
    `If on a constant, ${taken}`,
    13,
    { x: few },
    [node("If", ["c"], ["y"], { then_branch: doubled, else_branch: scaled })],
    { half: scalar(0.5), c: { type: "BOOL", dims: [1], values: [Number(taken)] } },
  );
  // as PyTorch exports squeeze(): the branches have different shapes
  cases.many(
    `If on a shape, ${taken}`,
    13,
    { x: taken ? [1, 3, 4] : few },
    [
      node("Shape", ["x"], ["shape"]),
      node("Gather", ["shape", "zero"], ["batch"]),
      node("Equal", ["batch", "one"], ["c"]),
      node("If", ["c"], ["squeezed"], {
        then_branch: branch(node("Gather", ["x", "zero"], ["out"])),
        else_branch: branch(node("Identity", ["x"], ["out"])),
      }),
      node("Relu", ["squeezed"], ["y"]),
    ],
    { zero: index(0), one: index(1) },
  );
}
cases.many("If in whose branches convolutions are", 17, { x: [1, 3, 8, 8], c: truth(true) }, [
  node("Relu", ["x"], ["r"]),
  node("If", ["c"], ["y"], {
    then_branch: {
      graph: {
        nodes: [node("Conv", ["r", "w"], ["k"], { pads: ints(1, 1, 1, 1) }), node("Relu", ["k"], ["out"])],
        outputs: ["out"],
        constants: {
          w: { dims: [3, 3, 3, 3], values: Array.from({ length: 81 }, (_, i) => ((i * 7) % 11) / 8 - 0.6) },
        },
      },
    },
    else_branch: branch(node("MaxPool", ["r"], ["out"], { kernel_shape: ints(3, 3), pads: ints(1, 1, 1, 1) })),
  }),
]);

/** Sums what is carried and the number of the round; also collects each. */
const body = (goesOn: TestNode): { readonly graph: TestGraph } => ({
  graph: {
    inputs: [
      { name: "i", type: "INT64", shape: [] },
      { name: "c", type: "BOOL", shape: [] },
      { name: "v", shape: few },
    ],
    nodes: [
      goesOn,
      node("Cast", ["i"], ["f"], { to: int(1) }),
      node("Add", ["v", "f"], ["next"]),
      node("Mul", ["next", "x"], ["collected"]),
    ],
    outputs: [{ name: "goes", type: "BOOL", shape: [] }, "next", "collected"],
  },
});
const always = node("Identity", ["c"], ["goes"]);
cases.many(
  "Loop for a number of rounds",
  17,
  { x: few },
  [node("Loop", ["count", "go", "x"], ["y", "all"], { body: body(always) })],
  { count: index(4), go: { type: "BOOL", dims: [], values: [1] } },
  ["y", "all"],
);
cases.many(
  "Loop while a condition on the round holds",
  17,
  { x: few },
  [node("Loop", ["", "go", "x"], ["y", "all"], { body: body(node("Less", ["i", "last"], ["goes"])) })],
  { last: index(2), go: { type: "BOOL", dims: [], values: [1] } },
  ["y", "all"],
);
cases.many(
  "Loop as often as an axis is long, within another",
  17,
  { x: few },
  [
    node("Shape", ["x"], ["shape"]),
    node("Gather", ["shape", "zero"], ["rows"]),
    node("Loop", ["rows", "", "x"], ["y"], {
      body: {
        graph: {
          inputs: [
            { name: "i", type: "INT64", shape: [] },
            { name: "c", type: "BOOL", shape: [] },
            { name: "v", shape: few },
          ],
          nodes: [
            node("Loop", ["two", "", "v"], ["inner"], {
              body: {
                graph: {
                  inputs: [
                    { name: "j", type: "INT64", shape: [] },
                    { name: "d", type: "BOOL", shape: [] },
                    { name: "u", shape: few },
                  ],
                  nodes: [
                    node("Identity", ["d"], ["e"]),
                    node("Add", ["i", "j"], ["k"]),
                    node("Cast", ["k"], ["f"], { to: int(1) }),
                    node("Add", ["u", "f"], ["w"]),
                  ],
                  outputs: [{ name: "e", type: "BOOL", shape: [] }, "w"],
                },
              },
            }),
            node("Identity", ["c"], ["goes"]),
          ],
          outputs: [{ name: "goes", type: "BOOL", shape: [] }, "inner"],
        },
      },
    }),
  ],
  { zero: index(0), two: index(2) },
);
cases.many(
  "Scan along axes and backwards",
  11,
  { x: [3, 4], z: [2, 3] },
  [
    node("Scan", ["start", "x", "z"], ["last", "sums", "parts"], {
      num_scan_inputs: int(2),
      scan_input_axes: ints(0, 1),
      scan_input_directions: ints(0, 1),
      scan_output_axes: ints(1, 0),
      scan_output_directions: ints(0, 1),
      body: {
        graph: {
          inputs: [
            { name: "s", shape: [4] },
            { name: "a", shape: [4] },
            { name: "b", shape: [2] },
          ],
          nodes: [node("Add", ["s", "a"], ["t"]), node("Identity", ["t"], ["sum"]), node("Relu", ["b"], ["part"])],
          outputs: ["t", "sum", "part"],
        },
      },
    }),
  ],
  { start: reals(0.5, 1, 1.5, 2) },
  ["last", "sums", "parts"],
);
cases.many("nodes in any order", 17, { x: few }, [
  node("Add", ["b", "a"], ["y"]),
  node("Relu", ["a"], ["b"]),
  node("Neg", ["x"], ["a"]),
]);
cases.many(
  "outputs with numbers as names",
  17,
  { x: few },
  [node("Neg", ["x"], ["30"]), node("Relu", ["x"], ["4"]), node("Abs", ["x"], ["12"])],
  {},
  ["30", "4", "12"],
);
cases.one("LeakyRelu", [6], [few], { alpha: float(0.5) }, { title: "opset 6" });

export const { all } = cases;
