import { above0, Cases, int, int64, ints, reals, scalar, string, weights } from "./builder.ts";

/** Three spatial axes, and what max-pooling's indices are for. */
const cases = new Cases();
const volume = [1, 3, 3, 4, 5];
const taps = { kernel_shape: ints(2, 3, 3) };

for (const [title, args, attributes] of [
  ["pads", [volume, weights(9, 4, 3, 2, 3, 3), weights(8, 4)], { pads: ints(1, 1, 1, 1, 1, 1) }],
  ["uneven", [volume, weights(9, 4, 3, 2, 3, 2)], { pads: ints(0, 2, 1, 1, 0, 2), strides: ints(1, 2, 3) }],
  ["groups", [[2, 4, 3, 5, 7], weights(9, 6, 2, 3, 1, 3)], { group: int(2), dilations: ints(1, 2, 2) }],
  ["depthwise", [volume, weights(9, 3, 1, 3, 3, 3), weights(8, 3)], { group: int(3), pads: ints(1, 1, 1, 1, 1, 1) }],
  ["SAME_UPPER", [volume, weights(9, 2, 3, 3, 2, 3)], { auto_pad: string("SAME_UPPER"), strides: ints(2, 2, 1) }],
  ["1x1x1", [volume, weights(9, 5, 3, 1, 1, 1)], { strides: ints(2, 1, 1) }],
] as const) {
  cases.one("Conv", [22], args, attributes, { title });
}
for (const [title, args, attributes] of [
  ["plain", [volume, weights(9, 3, 4, 2, 3, 3), weights(8, 4)], {}],
  ["strides", [volume, weights(9, 3, 2, 2, 3, 3)], { strides: ints(2, 3, 2), output_padding: ints(1, 0, 1) }],
  ["uneven", [volume, weights(9, 3, 2, 3, 2, 3)], { strides: ints(2, 1, 2), pads: ints(0, 1, 1, 1, 0, 2) }],
  ["groups", [[2, 4, 2, 3, 3], weights(9, 4, 2, 2, 2, 2)], { group: int(2), strides: ints(2, 2, 2) }],
  ["gaps", [[1, 2, 2, 3, 3], weights(9, 2, 2, 1, 1, 2), weights(8, 2)], { strides: ints(2, 3, 2) }],
  [
    "output shape",
    [volume, weights(9, 3, 2, 3, 3, 3)],
    { strides: ints(2, 2, 2), output_shape: ints(6, 8, 11), auto_pad: string("SAME_UPPER") },
  ],
] as const) {
  cases.one("ConvTranspose", [11], args, attributes, { title });
}
for (const op of ["MaxPool", "AveragePool", "LpPool"]) {
  cases.one(op, [22], [volume], { ...taps, strides: ints(2, 1, 2), pads: ints(1, 0, 1, 0, 1, 1) });
}
cases.one("MaxPool", [12], [[1, 2, 5, 5, 6]], { ...taps, dilations: ints(2, 1, 2), ceil_mode: int(1) });
const included = { ...taps, pads: ints(1, 1, 0, 1, 1, 1), count_include_pad: int(1), ceil_mode: int(1) };
cases.one("AveragePool", [19], [volume], included, { title: "included" });
cases.one("MaxPool", [22], [volume], { ...taps, auto_pad: string("SAME_LOWER") }, { title: "SAME_LOWER" });
for (const op of ["GlobalAveragePool", "GlobalMaxPool", "GlobalLpPool"]) cases.one(op, [7], [volume]);
for (const [title, attributes] of [
  ["rows", { ...taps, strides: ints(1, 2, 1), pads: ints(0, 1, 1, 1, 1, 0) }],
  ["columns", { ...taps, storage_order: int(1) }],
] as const) {
  const outputs = ["y", { name: "indices", type: "INT64" as const }];
  cases.one("MaxPool", [12], [[2, 2, 3, 4, 5]], attributes, { title: `indices, ${title}`, outputs });
}
cases.one("BatchNormalization", [15], [volume, weights(3, 3), weights(4, 3), weights(5, 3), above0(6, 3)]);
for (const mode of ["constant", "reflect", "edge"]) {
  const pads = int64(0, 0, 1, 2, 0, 0, 0, 2, 1, 3);
  cases.one(
    "Pad",
    [18],
    [volume, pads, mode === "constant" ? scalar(0.5) : ""],
    { mode: string(mode) },
    { title: mode },
  );
}
for (const mode of ["nearest", "linear"]) {
  const scales = reals(1, 1, 2, 0.6, 1.5);
  cases.one("Resize", [19], [volume, "", scales], { mode: string(mode) }, { title: mode });
}

const places = (...numbers: number[]) => ({ type: "INT64" as const, dims: [1, 1, 2, 2], values: numbers });
const halves = { kernel_shape: ints(2, 2), strides: ints(2, 2) };
cases.one("MaxUnpool", [11], [[1, 1, 2, 2], places(5, 7, 13, 15)], halves);
cases.one("MaxUnpool", [22], [[1, 1, 2, 2], places(1, 2, 7, 14), int64(1, 1, 4, 5)], halves, { title: "output shape" });
cases.one(
  "MaxUnpool",
  [11],
  [[1, 1, 2, 2], places(0, 2, 3, 8)],
  { ...halves, pads: ints(0, 0, 1, 1) },
  { title: "pads" },
);
const line = { type: "INT64" as const, dims: [2, 2, 3], values: [0, 3, 4, 6, 8, 11, 12, 15, 17, 19, 21, 22] };
cases.one("MaxUnpool", [22], [[2, 2, 3], line], { kernel_shape: ints(2), strides: ints(2) }, { title: "1-D" });

export const { all } = cases;
