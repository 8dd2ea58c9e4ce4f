import { Cases, int, int64, ints, scalar } from "./builder.ts";

const cases = new Cases();
const few = [2, 3, 4];

for (const op of ["ReduceMean", "ReduceMax", "ReduceMin", "ReduceSumSquare", "ReduceL2"]) {
  cases.one(op, [11], [few], { axes: ints(0, -1), keepdims: int(0) });
  cases.one(op, [18], [few, int64(1)]);
  cases.one(op, [18], [few, int64(-2, 0)], { keepdims: int(0) }, { title: "two axes" });
  cases.one(op, [11, 18], [few], {}, { title: "all" });
}
cases.one("ReduceSum", [11], [few], { axes: ints(1) });
cases.one("ReduceSum", [13], [few, int64(1, 2)], { keepdims: int(0) });
cases.one("ReduceSum", [13], [few, int64()], { noop_with_empty_axes: int(1) }, { title: "nothing" });
cases.one("ReduceSum", [13], [few, ""], { noop_with_empty_axes: int(1) }, { title: "no axes" });
cases.one("ReduceSum", [13], [few, int64()], {}, { title: "empty axes" });

for (const op of ["ArgMax", "ArgMin"]) {
  for (const [title, opsets, attributes] of [
    ["default", [7, 11, 13], {}],
    ["last axis", [7, 12], { axis: int(2), keepdims: int(0) }],
    ["from the end", [11, 13, 22], { axis: int(-2) }],
    ["last of equal ones", [12, 22], { axis: int(1), select_last_index: int(1) }],
  ] as const) {
    // rounded, so that some are equal
    const nodes = [
      { op: "Mul", inputs: ["x", "three"], outputs: ["wide"] },
      { op: "Round", inputs: ["wide"], outputs: ["whole"] },
      { op, inputs: ["whole"], outputs: ["index"], attributes },
      { op: "Cast", inputs: ["index"], attributes: { to: int(1) } },
    ];
    // Round is since opset 11
    for (const opset of opsets) {
      const from = opset < 11 ? nodes.slice(2).map((node, i) => (i === 0 ? { ...node, inputs: ["x"] } : node)) : nodes;
      cases.many(`${op} ${opset}: ${title}`, opset, { x: [4, 9, 7] }, from, opset < 11 ? {} : { three: scalar(3) });
    }
  }
}

export const { all } = cases;
