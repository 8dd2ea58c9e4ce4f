import { Cases, int, ints, weights } from "./builder.ts";

/** Layers whose weights are inputs: those of hypernetworks, and templates that an image is searched for. */
const cases = new Cases();

/** [title, image, weight, attributes]: one for each way of convolving */
const LAYERS = [
  ["matrix product", [2, 5, 6, 7], [7, 5, 2, 3], {}],
  ["Winograd", [1, 16, 12, 14], [16, 16, 3, 3], { pads: ints(1, 1, 1, 1) }],
  ["direct", [1, 2, 20, 21], [8, 2, 3, 3], {}],
  ["depthwise", [1, 5, 9, 10], [5, 1, 3, 3], { group: int(5), pads: ints(1, 1, 1, 1) }],
  ["depthwise, as templates", [1, 6, 12, 11], [6, 1, 5, 6], { group: int(6) }],
  ["depthwise, a multiplier", [1, 3, 9, 9], [6, 1, 3, 3], { group: int(3), strides: ints(2, 2) }],
  ["groups", [2, 6, 8, 8], [4, 3, 3, 3], { group: int(2), dilations: ints(2, 1) }],
  ["taps that meet padding alone", [1, 3, 2, 2], [4, 3, 5, 5], { pads: ints(2, 2, 2, 2) }],
  ["one pixel", [3, 24, 1, 1], [5, 24, 1, 1], {}],
  ["1-D", [2, 4, 30], [6, 4, 5], { kernel_shape: ints(5), pads: ints(2, 2) }],
  ["1-D, depthwise", [1, 4, 30], [4, 1, 5], { group: int(4), kernel_shape: ints(5), pads: ints(2, 2) }],
] as const;
for (const [title, image, weight, attributes] of LAYERS) {
  cases.one("Conv", [11], [image, weight, [weight[0]]], attributes, { title });
}
const [, image, weight, attributes] = LAYERS[1];
cases.one("Conv", [11], [image, weight], attributes, { title: "without bias" });
cases.one("Conv", [11], [image, weight, weights(8, 16)], attributes, { title: "constant bias" });
cases.one("Conv", [11], [image, weights(8, 16, 16, 3, 3), [16]], attributes, { title: "computed bias" });

for (const [title, input, kernel, options] of [
  ["stride 1", [2, 4, 5, 6], [4, 3, 3, 3], {}],
  ["stride 2", [2, 4, 5, 6], [4, 3, 4, 4], { strides: ints(2, 2), pads: ints(1, 1, 1, 1) }],
  ["phases alike", [1, 4, 5, 6], [4, 3, 2, 2], { strides: ints(2, 2) }],
  ["gaps", [1, 4, 5, 6], [4, 3, 1, 2], { strides: ints(2, 3) }],
  ["groups", [1, 4, 5, 6], [4, 3, 3, 3], { strides: ints(2, 2), group: int(2) }],
] as const) {
  const all = { ...options, kernel_shape: ints(...kernel.slice(2)) };
  const filters = title === "groups" ? 6 : 3;
  cases.one("ConvTranspose", [11], [input, kernel, [filters]], all, { title });
  cases.one("ConvTranspose", [11], [input, kernel, weights(8, filters)], all, { title: `${title}, constant bias` });
  cases.one("ConvTranspose", [11], [input, weights(9, ...kernel), [filters]], all, {
    title: `${title}, computed bias`,
  });
}
for (const rows of [2, 9]) {
  cases.one("Gemm", [13], [[rows, 5], [5, 4], [4]], {}, { title: `${rows} rows` });
  cases.one(
    "Gemm",
    [13],
    [[rows, 5], weights(9, 4, 5), [4]],
    { transB: int(1) },
    { title: `computed C, ${rows} rows` },
  );
}
const normalised = [[2, 3, 4, 5], [3], [3], [3], [3]] as const;
cases.one("BatchNormalization", [15], normalised, {}, { isPositive: true });
cases.one(
  "BatchNormalization",
  [15],
  [[2, 3, 4, 5], [3], weights(9, 3), [3], [3]],
  {},
  {
    isPositive: true,
    title: "constant bias",
  },
);
cases.one("InstanceNormalization", [7], [[2, 3, 4, 5], [3], [3]]);
cases.one("LayerNormalization", [17], [[2, 3, 5], [5], [5]]);

export const { all } = cases;
