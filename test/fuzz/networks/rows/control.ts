/** Branches and loops, whose graphs are drawn from the other rows. */
import { int, ints } from "../../../support/onnx-cases/builder.ts";
import type { Drawing, Range, Value } from "../drawing.ts";
import type { Row } from "../row.ts";

/** Draws rows of the whole table: this one is part of it. */
type DrawRows = (drawing: Drawing, count: number) => void;

/** A truth value: an input, a constant, or computed. */
function condition(d: Drawing): Value {
  if (d.random.chance(0.4)) return d.fresh("BOOL", d.random.pick([[], [1]]));
  const x = d.want({ axes: [1, 4] });
  const mean = d.one("ReduceMax", [x], { shape: [] }, { keepdims: int(0) });
  const bound = d.constant("FLOAT", [], [d.random.pick([-1e6, 1e6, 1e6])]);
  return d.one(d.random.pick(["Greater", "Less"]), [mean, bound], { type: "BOOL", least: 0, most: 1 });
}

/** What a graph that was drawn gives last, as a value of its own. */
function resultOf(inner: Drawing, outer: Drawing): Value | undefined {
  const own = inner.values.slice(outer.values.length).filter(({ isOpen }) => !isOpen);
  return own.at(-1);
}

/** A value of a type and shape that a graph computes. */
function matching(inner: Drawing, outer: Drawing, { type, shape }: Value): Value {
  const fits = (value: Value) => !value.isOpen && value.type === type && value.shape.join() === shape.join();
  const own = inner.values.slice(outer.values.length).findLast(fits);
  if (own !== undefined) return own;
  const found = inner.values.findLast(fits) ?? inner.fresh(type, shape);
  return inner.one("Identity", [found]);
}

const union = (a: Range, b: Range): Range => ({ least: Math.min(a.least, b.least), most: Math.max(a.most, b.most) });

export const controlRows = (drawRows: DrawRows): readonly Row[] => [
  {
    op: "If",
    weight: 3,
    draw(d) {
      // the last value is there to be read by a branch
      d.want({ axes: [1, 4] });
      const taken = condition(d);
      const one = d.inner();
      drawRows(one, d.random.integer(1, 3));
      const first = resultOf(one, d) ?? one.one("Identity", [one.want()]);
      const other = d.inner();
      drawRows(other, d.random.integer(0, 2));
      const second = matching(other, d, first);
      const result = { ...first, ...union(first, second) };
      d.node("If", [taken], [result], { then_branch: one.graph([first]), else_branch: other.graph([second]) });
    },
  },
  {
    op: "Loop",
    since: 13,
    draw(d) {
      const x = d.want({ axes: [1, 3], range: { least: -10, most: 10 } });
      const rounds = d.random.integer(1, 4);
      const body = d.inner();
      const [round, go] = [body.name("round"), body.name("go")];
      const carried: Value = { ...x, name: body.name("carried") };
      const inputs: Value[] = [
        { name: round, type: "INT64", shape: [], least: 0, most: rounds },
        { name: go, type: "BOOL", shape: [], least: 0, most: 1 },
        carried,
      ];
      body.values.push(inputs[0]!, carried);
      const next = body.one(d.random.pick(["Tanh", "Relu", "Sigmoid", "Abs"]), [carried], { least: -10, most: 10 });
      const sum = body.one("Add", [next, d.random.chance(0.5) ? x : carried], { least: -100, most: 100 });
      const kept = body.one("Identity", [inputs[1]!]);
      const scanned = d.random.chance(0.5);
      const results = scanned ? [kept, sum, next] : [kept, sum];
      const wide = { least: -1000, most: 1000 };
      d.node(
        "Loop",
        [d.constant("INT64", [], [rounds]), d.constant("BOOL", [], [1]), x],
        [{ ...x, ...wide }, ...(scanned ? [{ ...x, shape: [rounds, ...x.shape], ...wide }] : [])],
        { body: body.graph(results, inputs) },
      );
    },
  },
  {
    op: "Scan",
    since: 11,
    weight: 0.5,
    draw(d) {
      const x = d.want({ axes: [2, 3], range: { least: -10, most: 10 }, fits: ({ shape }) => shape[0]! <= 12 });
      const inner = x.shape.slice(1);
      const initial = d.fresh("FLOAT", inner);
      const body = d.inner();
      const state: Value = { ...initial, name: body.name("state") };
      const item: Value = { ...x, shape: inner, name: body.name("item") };
      const sum = body.one("Add", [state, item], { shape: inner, least: -1000, most: 1000 });
      const scaled = body.one("Tanh", [sum], { least: -1, most: 1 });
      const reversed = d.random.chance(0.4) ? { scan_input_directions: ints(1) } : {};
      d.node(
        "Scan",
        [initial, x],
        [
          { type: "FLOAT", shape: inner, least: -1, most: 1 },
          { type: "FLOAT", shape: x.shape, least: -1000, most: 1000 },
        ],
        { body: body.graph([scaled, sum], [state, item]), num_scan_inputs: int(1), ...reversed },
      );
    },
  },
];
