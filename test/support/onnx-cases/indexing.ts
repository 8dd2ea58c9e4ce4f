import { randoms } from "../reference.ts";
import { Cases, type InputType, int, int64, running, string, typed } from "./builder.ts";

const cases = new Cases();
export const { all } = cases;

/** Whole numbers from `least` up to `most`. */
function wholes(seed: number, count: number, least: number, most: number): number[] {
  return Array.from(randoms(seed, count), (value) => Math.floor(((value + 1) / 2) * (most - least + 1)) + least);
}

/** An input of any type: halves and whole numbers of both signs, as far as the type has them, and of few different values. */
function some(type: InputType, seed: number, ...shape: number[]) {
  const count = shape.reduce((product, length) => product * length, 1);
  if (type === "FLOAT")
    return running(
      type,
      shape,
      wholes(seed, count, -20, 20).map((value) => value / 4),
    );
  if (type === "BOOL") return running(type, shape, wholes(seed, count, 0, 1));
  return running(type, shape, type === "UINT8" ? wholes(seed, count, 0, 40) : wholes(seed, count, -20, 20));
}

/** Options of a result of a type. */
const of = (type: InputType, title = "") => ({ outputs: [typed("y", type)], title: title + (title && " ") + type });
/** Options of values and where they are. */
const found = (type: InputType, title = "") => ({ outputs: [typed("y", type), typed("i", "INT64")], title });

const TYPES = ["FLOAT", "INT64", "INT32", "UINT8", "INT8", "BOOL"] as const;
const NUMBERS = ["FLOAT", "INT64", "INT32", "UINT8", "INT8"] as const;

// indices along an axis, element by element
for (const type of TYPES) {
  const indices = running("INT64", [2, 4, 5], wholes(7, 40, -3, 2));
  cases.one("GatherElements", [13], [some(type, 1, 2, 3, 5), indices], { axis: int(1) }, of(type));
}
cases.one("GatherElements", [11, 13], [some("FLOAT", 1, 4, 6), running("INT32", [3, 6], wholes(3, 18, -4, 3))]);
cases.one(
  "GatherElements",
  [13],
  [[4, 6], running("INT64", [4, 9], wholes(3, 36, 0, 5))],
  { axis: int(-1) },
  { title: "last axis" },
);
cases.one("GatherElements", [13], [[7], running("INT64", [3], [6, -7, 2])], {}, { title: "one axis" });

// tuples of indices
for (const type of TYPES) {
  const indices = running("INT64", [2, 3, 2], [0, 1, -1, 2, 1, 0, 2, -1, 0, 0, -3, -4]);
  cases.one("GatherND", [13], [some(type, 2, 3, 4, 5), indices], {}, of(type));
}
cases.one("GatherND", [11, 12, 13], [[3, 4, 5], running("INT64", [2, 1], [2, -3])], {}, { title: "rows" });
cases.one(
  "GatherND",
  [13],
  [[3, 4], running("INT64", [5, 2], [0, 0, 2, 3, 1, 1, -1, -1, 0, 3])],
  {},
  { title: "elements" },
);
cases.one(
  "GatherND",
  [12, 13],
  [[2, 3, 4, 5], running("INT64", [2, 3, 2, 1], wholes(4, 12, -4, 3))],
  { batch_dims: int(2) },
  { title: "two batch axes" },
);
cases.one(
  "GatherND",
  [13],
  [[2, 3, 4], running("INT64", [2, 2], [1, 3, 2, 0])],
  { batch_dims: int(1) },
  { title: "a batch axis" },
);

const elementIndices = running("INT64", [2, 3, 4], wholes(11, 24, -5, 4));
cases.one("Scatter", [9], [[3, 5, 4], elementIndices, [2, 3, 4]], { axis: int(1) });
for (const type of TYPES) {
  const args = [some(type, 3, 3, 5, 4), elementIndices, some(type, 4, 2, 3, 4)];
  cases.one("ScatterElements", [18], args, { axis: int(1) }, of(type));
}
cases.one("ScatterElements", [11, 13, 16], [[3, 5, 4], elementIndices, [2, 3, 4]], { axis: int(-2) });
cases.one("ScatterElements", [16], [[6], running("INT32", [4], [5, 0, -2, 1]), [4]], {}, { title: "one axis" });
for (const reduction of ["add", "mul", "min", "max"]) {
  const opset = reduction === "add" || reduction === "mul" ? 16 : 18;
  for (const type of NUMBERS) {
    const args = [some(type, 5, 3, 5, 4), elementIndices, some(type, 6, 2, 3, 4)];
    const attributes = { axis: int(1), reduction: string(reduction) };
    cases.one("ScatterElements", [opset], args, attributes, of(type, reduction));
  }
}

const tuples = running("INT64", [2, 3, 2], [0, 1, 2, 3, -1, -4, 0, 1, 1, 0, 0, 1]);
for (const type of TYPES) {
  const distinct = running("INT64", [3, 2], [0, 1, 2, 3, -2, -4]);
  cases.one("ScatterND", [18], [some(type, 7, 3, 4, 5), distinct, some(type, 8, 3, 5)], {}, of(type));
}
cases.one("ScatterND", [11, 13, 16], [[3, 4, 5], running("INT64", [2, 1], [2, 0]), [2, 4, 5]], {}, { title: "rows" });
cases.one("ScatterND", [16], [[8], running("INT64", [4, 1], [4, 3, 1, 7]), [4]], {}, { title: "one axis" });
for (const reduction of ["add", "mul", "min", "max"]) {
  const opset = reduction === "add" || reduction === "mul" ? 16 : 18;
  for (const type of NUMBERS) {
    const args = [some(type, 9, 3, 4, 5), tuples, some(type, 10, 2, 3, 5)];
    cases.one("ScatterND", [opset], args, { reduction: string(reduction) }, of(type, reduction));
  }
}

for (const type of TYPES) {
  const args = [some(type, 12, 4, 3, 2), running("INT64", [3], [4, 1, 3])];
  cases.one("ReverseSequence", [10], args, {}, of(type));
}
cases.one(
  "ReverseSequence",
  [10],
  [[3, 5], running("INT64", [3], [2, 5, 1])],
  { batch_axis: int(0), time_axis: int(1) },
  { title: "rows" },
);

// the greatest and the least, with many equal ones
for (const type of ["FLOAT", "INT64", "INT32"] as const) {
  for (const largest of [0, 1]) {
    const title = `${type} ${largest}`;
    const attributes = { axis: int(1), largest: int(largest) };
    cases.one("TopK", [11], [some(type, 13, 2, 50, 3), int64(7)], attributes, found(type, title));
    cases.one("TopK", [11], [some(type, 14, 3, 90), int64(20)], attributes, found(type, `${title} adjacent`));
  }
}
cases.one("TopK", [7], [[2, 30]], { k: int(4) }, found("FLOAT"));
cases.one("TopK", [10, 11, 13], [[2, 30, 2], int64(5)], { axis: int(-2) }, found("FLOAT"));
cases.one("TopK", [11], [[3, 700], int64(40)], {}, found("FLOAT", "long rows"));
cases.one("TopK", [11], [[2, 33], int64(33)], {}, found("FLOAT", "all"));
cases.one("TopK", [11], [[2, 33], int64(1)], {}, found("FLOAT", "one"));
cases.one("TopK", [11], [running("FLOAT", [1, 6], [0, -0, 1, -1, 0, 1]), int64(4)], {}, found("FLOAT", "zeros"));
