import { Cases, int, ints, running, string, weights } from "./builder.ts";

const cases = new Cases();
const image = [1, 3, 5, 6];

for (const [title, pads] of [
  ["even pads", ints(1, 2, 1, 2)],
  ["uneven pads", ints(0, 1, 2, 0)],
] as const) {
  const strides = ints(2, 1);
  cases.one("Conv", [7, 22], [image, weights(9, 4, 3, 3, 2), weights(8, 4)], { pads, strides }, { title });
  cases.one("ConvTranspose", [7, 22], [image, weights(9, 3, 4, 3, 4)], { pads, strides }, { title });
  cases.one("MaxPool", [8, 22], [image], { pads, strides, kernel_shape: ints(3, 3) }, { title });
  const pool = { pads, strides, kernel_shape: ints(3, 3) };
  cases.one("AveragePool", [7, 22], [image], pool, { title });
  cases.one("AveragePool", [7, 22], [image], { ...pool, count_include_pad: int(1) }, { title: `${title}, included` });
}
for (const title of ["SAME_UPPER", "SAME_LOWER", "VALID"]) {
  const windows = { auto_pad: string(title), strides: ints(2, 2), kernel_shape: ints(3, 3) };
  cases.one("Conv", [11], [image, weights(9, 4, 3, 3, 3)], windows, { title });
  cases.one("MaxPool", [12], [image], windows, { title });
  cases.one("AveragePool", [11], [image], windows, { title });
  cases.one("ConvTranspose", [11], [image, weights(9, 3, 2, 3, 3)], windows, { title });
  const row = { auto_pad: string(title), strides: ints(2) };
  cases.one("Conv", [11], [[1, 3, 9], weights(9, 4, 3, 4)], row, { title: `1-D, ${title}` });
  cases.one("ConvTranspose", [11], [[1, 3, 5], weights(9, 3, 4, 5)], row, { title: `1-D, ${title}` });
}
cases.one("Conv", [11], [image, weights(9, 6, 1, 3, 3)], {
  group: int(3),
  pads: ints(2, 1, 2, 1),
  dilations: ints(2, 1),
});
cases.one(
  "Conv",
  [11],
  [[2, 4, 9], weights(9, 6, 2, 3), weights(8, 6)],
  { group: int(2), pads: ints(0, 2) },
  { title: "1-D" },
);
const opening = { strides: ints(3, 2), output_padding: ints(2, 1) };
cases.one("ConvTranspose", [11], [image, weights(9, 3, 4, 3, 3), weights(8, 4)], opening, { title: "output padding" });
cases.one(
  "ConvTranspose",
  [11],
  [[2, 4, 5], weights(9, 4, 3, 2)],
  { group: int(2), strides: ints(2) },
  { title: "1-D groups" },
);
for (const [title, shape] of [
  ["smaller", ints(9, 12)],
  ["odd", ints(10, 11)],
] as const) {
  const windows = { strides: ints(2, 2), output_shape: shape };
  cases.one("ConvTranspose", [11], [image, weights(9, 3, 2, 3, 3)], windows, { title: `output shape ${title}` });
  const upper = { ...windows, auto_pad: string("SAME_UPPER") };
  cases.one("ConvTranspose", [11], [image, weights(9, 3, 2, 3, 3)], upper, {
    title: `output shape ${title}, SAME_UPPER`,
  });
}
const ceil = { kernel_shape: ints(2, 3), strides: ints(2, 2), ceil_mode: int(1) };
cases.one("MaxPool", [12], [image], ceil, { title: "ceil mode" });
cases.one("AveragePool", [19], [image], ceil, { title: "ceil mode" });
cases.one("MaxPool", [12], [image], { kernel_shape: ints(2, 2), dilations: ints(2, 3) }, { title: "dilations" });
cases.one(
  "MaxPool",
  [12],
  [[2, 3, 9]],
  { kernel_shape: ints(3), strides: ints(2), pads: ints(1, 1) },
  { title: "1-D" },
);
cases.one(
  "AveragePool",
  [12],
  [[2, 3, 9]],
  { kernel_shape: ints(3), strides: ints(2), pads: ints(1, 0) },
  { title: "1-D" },
);
cases.one("GlobalAveragePool", [7], [image]);
cases.one("GlobalMaxPool", [7], [image]);
cases.one("GlobalAveragePool", [7], [[2, 3, 7]], {}, { title: "1-D" });

const dilated = { kernel_shape: ints(2, 3), dilations: ints(2, 1), pads: ints(1, 1, 1, 0) };
cases.one("AveragePool", [19], [[1, 2, 8, 7]], dilated, { title: "dilations" });
cases.one(
  "AveragePool",
  [19],
  [[1, 2, 8, 7]],
  { ...dilated, count_include_pad: int(1) },
  { title: "dilations, included" },
);
for (const p of [1, 2, 3]) {
  const windows = { p: int(p), kernel_shape: ints(2, 3), strides: ints(1, 2), pads: ints(0, 1, 1, 1) };
  cases.one("LpPool", [11], [image], windows, { title: `p ${p}` });
  cases.one("GlobalLpPool", [2 + 5], [image], { p: int(p) }, { title: `p ${p}` });
}
cases.one("LpPool", [18], [image], { kernel_shape: ints(2, 2), dilations: ints(2, 2), ceil_mode: int(1) });
// a window is larger than the axis, by less than a step
const larger = { kernel_shape: ints(3, 3), strides: ints(2, 2), ceil_mode: int(1) };
cases.one("MaxPool", [12], [[1, 2, 2, 9]], larger, { title: "a window larger than the axis" });
cases.one("AveragePool", [12], [[1, 2, 2, 9]], larger, { title: "a window larger than the axis" });

for (const [title, args, attributes] of [
  ["rows", [[2, 3, 5, 6]], { kernel_shape: ints(3, 2), strides: ints(2, 1), pads: ints(1, 0, 1, 1) }],
  ["columns", [[2, 3, 5, 6]], { kernel_shape: ints(2, 3), strides: ints(2, 2), storage_order: int(1) }],
  ["dilations", [[1, 2, 7, 8]], { kernel_shape: ints(2, 3), dilations: ints(2, 3), ceil_mode: int(1) }],
  ["SAME_LOWER", [[1, 2, 5, 4]], { kernel_shape: ints(2, 2), strides: ints(2, 2), auto_pad: string("SAME_LOWER") }],
  ["1-D", [[2, 3, 9]], { kernel_shape: ints(3), strides: ints(2), pads: ints(1, 1) }],
  ["equal", [running("FLOAT", [1, 1, 3, 4], [2, 2, 1, 2, 2, 1, 2, 2, 1, 1, 1, 1])], { kernel_shape: ints(2, 2) }],
] as const) {
  const outputs = ["y", { name: "indices", type: "INT64" as const }];
  cases.one("MaxPool", [12], args, attributes, { title: `indices, ${title}`, outputs });
}
for (const type of ["UINT8", "INT8"] as const) {
  const small = running(
    type,
    [1, 2, 4, 5],
    Array.from({ length: 40 }, (_, i) => ((i * 37) % 120) + (type === "INT8" ? -90 : 100)),
  );
  cases.one(
    "MaxPool",
    [12],
    [small],
    { kernel_shape: ints(2, 3), pads: ints(1, 1, 0, 1) },
    { title: type, outputs: [{ name: "y", type }] },
  );
}

export const { all } = cases;
