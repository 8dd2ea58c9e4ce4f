import { Cases, index, int, int64, ints, node, reals, scalar, string } from "./builder.ts";

const cases = new Cases();
const image = [1, 3, 5, 6];
const few = [2, 3, 4];

cases.many(
  "channel shuffle by shapes",
  13,
  { x: [2, 6, 2, 3] },
  [
    node("Shape", ["x"], ["shape"]),
    node("Gather", ["shape", "zero"], ["batch"]),
    node("Gather", ["shape", "two"], ["height"]),
    node("Slice", ["shape", "first", "second"], ["channels"]),
    node("Div", ["channels", "groups"], ["each"]),
    node("Unsqueeze", ["batch", "axis"], ["batches"]),
    node("Unsqueeze", ["height", "axis"], ["heights"]),
    node("Concat", ["batches", "groups", "each", "heights", "rest"], ["split"], { axis: int(0) }),
    node("Reshape", ["x", "split"], ["a"]),
    node("Transpose", ["a"], ["b"], { perm: ints(0, 2, 1, 3, 4) }),
    node("Reshape", ["b", "shape"], ["y"]),
  ],
  {
    zero: index(0),
    two: index(2),
    first: int64(1),
    second: int64(2),
    groups: int64(2),
    axis: int64(0),
    rest: int64(-1),
  },
);
cases.many(
  "as large as another",
  13,
  { x: [1, 2, 3, 4], like: [1, 5, 7, 6] },
  [
    node("Shape", ["like"], ["shape"]),
    node("Slice", ["shape", "two", "four"], ["size"]),
    node("Cast", ["size"], ["wide"], { to: int(1) }),
    node("Floor", ["wide"], ["whole"]),
    node("Cast", ["whole"], ["sizes"], { to: int(7) }),
    node("Shape", ["x"], ["own"]),
    node("Slice", ["own", "none", "two"], ["outer"]),
    node("Concat", ["outer", "sizes"], ["all"], { axis: int(0) }),
    node("Resize", ["x", "", "", "all"], ["y"], { mode: string("nearest"), nearest_mode: string("floor") }),
  ],
  { none: int64(0), two: int64(2), four: int64(4) },
);
cases.many(
  "pads as PyTorch computes them",
  11,
  { x: [1, 1, 3, 4] },
  [
    node("Constant", [], ["pads"], { value: { tensor: int64(1, 2, 0, 1) } }),
    node("Constant", [], ["missing"], { value: { tensor: int64(4) } }),
    node("ConstantOfShape", ["missing"], ["zeros"], { value: { tensor: { type: "INT64", dims: [1], values: [0] } } }),
    node("Concat", ["pads", "zeros"], ["all"], { axis: int(0) }),
    node("Reshape", ["all", "pairs"], ["rows"]),
    node("Slice", ["rows", "last", "first", "axis", "back"], ["reversed"]),
    node("Transpose", ["reversed"], ["columns"], { perm: ints(1, 0) }),
    node("Reshape", ["columns", "flat"], ["list"]),
    node("Cast", ["list"], ["cast"], { to: int(7) }),
    node("Pad", ["x", "cast"], ["y"], { mode: string("constant") }),
  ],
  {
    pairs: int64(-1, 2),
    last: int64(-1),
    first: int64(-(2 ** 63)),
    axis: int64(0),
    back: int64(-1),
    flat: int64(-1),
  },
);
cases.many(
  "choices among shapes",
  15,
  { x: [2, 3, 4] },
  [
    node("Shape", ["x"], ["tail"], { start: int(1) }),
    node("Size", ["x"], ["size"]),
    node("Range", ["zero", "size", "eight"], ["steps"]),
    node("ReduceSum", ["steps"], ["sum"], { keepdims: int(0) }),
    node("Equal", ["sum", "twentyfour"], ["equal"]),
    node("Not", ["equal"], ["different"]),
    node("Where", ["different", "tail", "swapped"], ["chosen"]),
    node("ReduceProd", ["chosen"], ["count"], { keepdims: int(1) }),
    node("Mod", ["count", "five"], ["left"]),
    node("Max", ["left", "one"], ["repeats"]),
    node("Concat", ["one", "one", "repeats"], ["tiles"], { axis: int(0) }),
    node("Tile", ["x", "tiles"], ["y"]),
  ],
  { zero: index(0), eight: index(8), twentyfour: index(24), swapped: int64(4, 3), five: int64(5), one: int64(1) },
);
cases.many(
  "quantised weights",
  13,
  { x: image },
  [
    node("DequantizeLinear", ["w", "scales", "zeros"], ["weight"], { axis: int(0) }),
    node("DequantizeLinear", ["b", "scale"], ["bias"]),
    node("Conv", ["x", "weight", "bias"], ["y"]),
  ],
  {
    w: {
      type: "INT8",
      dims: [2, 3, 1, 2],
      raw: new Uint8Array(Int8Array.from([1, -2, 3, 4, -5, 6, 127, -128, 9, 1, 2, 3]).buffer),
    },
    scales: reals(0.25, 0.5),
    zeros: { type: "INT8", dims: [2], raw: new Uint8Array(Int8Array.from([3, -4]).buffer) },
    b: { type: "INT32", dims: [2], values: [100, 200] },
    scale: scalar(0.125),
  },
);
cases.many(
  "two results, one of them an input",
  13,
  { x: few },
  [node("Relu", ["x"], ["a"]), node("Identity", ["x"], ["b"]), node("Identity", ["a"], ["c"])],
  {},
  ["a", "b", "c"],
);

export const { all } = cases;
