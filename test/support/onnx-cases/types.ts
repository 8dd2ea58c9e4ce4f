import { Cases, int, node, running, typed, weights } from "./builder.ts";

/** Types of elements: what a file has as float16 is rounded where it says so. */
const cases = new Cases();
const [FLOAT, FLOAT16] = [int(1), int(10)];

/** The bits of 2^(exponent) (1 + k/1024) with both signs. */
const halves = (count: number, exponent: number) =>
  Array.from({ length: count }, (_, i) => ((i % 2) << 15) | ((15 + exponent) << 10) | ((i * 331) % 1024));
const picture = running("FLOAT16", [1, 2, 3, 5], halves(30, -1));

cases.many("Cast to float16 and back", 13, { x: [3, 7] }, [
  node("Cast", ["x"], ["half"], { to: FLOAT16 }),
  node("Cast", ["half"], ["y"], { to: FLOAT }),
]);
cases.one("Cast", [9, 13], [[3, 7]], { to: FLOAT16 }, { outputs: [typed("y", "FLOAT16")], title: "float16 output" });
cases.one("Cast", [13], [picture], { to: FLOAT }, { title: "float16 input" });
cases.one(
  "Cast",
  [13],
  [running("INT64", [3], [1n, 2049n, -70000n])],
  { to: FLOAT16 },
  {
    outputs: [typed("y", "FLOAT16")],
    title: "int64 to float16",
  },
);
cases.one("CastLike", [15], [[3, 7], picture], {}, { outputs: [typed("y", "FLOAT16")], title: "to float16" });
cases.many(
  "a float16 network",
  13,
  { x: picture },
  [node("Conv", ["x", "w"], ["z"]), node("Relu", ["z"], ["y"])],
  { w: { type: "FLOAT16", dims: [2, 2, 1, 1], values: halves(4, 0) } },
  [typed("y", "FLOAT16")],
);
cases.many(
  "convolution in float32 between float16",
  13,
  { x: picture },
  [
    node("Cast", ["x"], ["wide"], { to: FLOAT }),
    node("Conv", ["wide", "w"], ["z"]),
    node("Cast", ["z"], ["y"], { to: FLOAT16 }),
  ],
  { w: weights(3, 2, 2, 1, 1) },
  [typed("y", "FLOAT16")],
);

export const { all } = cases;
