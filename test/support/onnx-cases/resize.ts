import { Cases, float, floats, int, int64, ints, node, reals, running, string } from "./builder.ts";

const cases = new Cases();
const image = [1, 3, 5, 6];

const zoom = (height: number, width: number) => reals(1, 1, height, width);
cases.one("Upsample", [7], [image], { scales: floats(1, 1, 2, 3), mode: string("nearest") });
cases.one("Upsample", [9], [image, zoom(2, 2)], { mode: string("linear") });
cases.one("Resize", [10], [image, zoom(2, 0.5)], { mode: string("nearest") });
cases.one("Resize", [10], [image, zoom(2, 1.5)], { mode: string("linear") }, { title: "linear" });
for (const coordinates of ["half_pixel", "pytorch_half_pixel", "align_corners", "asymmetric"]) {
  const rule = { coordinate_transformation_mode: string(coordinates) };
  cases.one(
    "Resize",
    [11],
    [image, reals(), zoom(1.5, 2)],
    { ...rule, mode: string("linear") },
    { title: `linear ${coordinates}` },
  );
  for (const rounding of ["round_prefer_floor", "round_prefer_ceil", "floor", "ceil"]) {
    const nearest = { ...rule, mode: string("nearest"), nearest_mode: string(rounding) };
    cases.one("Resize", [13], [[1, 1, 3, 4], "", zoom(2, 1.5)], nearest, { title: `${coordinates} ${rounding}` });
  }
}
cases.one("Resize", [13], [[1, 1, 2, 4], "", zoom(0.6, 0.6)], {
  mode: string("linear"),
  coordinate_transformation_mode: string("align_corners"),
});
cases.one("Resize", [13], [image, "", "", int64(1, 3, 3, 9)], { mode: string("linear") }, { title: "sizes" });
cases.one("Resize", [18], [image, "", reals(0.5, 2)], { axes: ints(3, 2), mode: string("linear") }, { title: "axes" });
cases.one("Resize", [19], [image, "", zoom(1.3, 0.7)], {
  mode: string("linear"),
  coordinate_transformation_mode: string("half_pixel_symmetric"),
});
// places that are exactly elements, if they are computed as onnxruntime does
for (const rounding of ["floor", "ceil"]) {
  cases.one(
    "Resize",
    [19],
    [[1, 2, 4, 5], "", zoom(0.6, 1.5)],
    { coordinate_transformation_mode: string("half_pixel_symmetric"), nearest_mode: string(rounding) },
    { title: `half_pixel_symmetric ${rounding}` },
  );
}

for (const coordinates of ["half_pixel", "pytorch_half_pixel", "align_corners", "asymmetric"]) {
  const rule = { mode: string("cubic"), coordinate_transformation_mode: string(coordinates) };
  cases.one("Resize", [11], [image, reals(), zoom(1.5, 0.6)], rule, { title: `cubic ${coordinates}` });
  const excluding = { ...rule, exclude_outside: int(1), cubic_coeff_a: float(-0.5) };
  cases.one("Resize", [18], [image, "", zoom(0.6, 2)], excluding, { title: `cubic ${coordinates}, excluding` });
}
for (const mode of ["linear", "cubic"]) {
  for (const [title, factors] of [
    ["smaller", [0.6, 0.4]],
    ["larger", [1.5, 2]],
    ["both", [0.6, 2]],
  ] as const) {
    const smooth = { mode: string(mode), antialias: int(1) };
    cases.one("Resize", [18], [[1, 2, 9, 11], "", zoom(factors[0], factors[1])], smooth, {
      title: `${mode} antialias ${title}`,
    });
  }
  const crop = { mode: string(mode), coordinate_transformation_mode: string("tf_crop_and_resize") };
  const region = reals(0, 0, 0.4, 0.6, 1, 1, 1.2, 1.7);
  const sizes = int64(1, 3, 3, 4);
  cases.one(
    "Resize",
    [13],
    [image, region, "", sizes],
    { ...crop, extrapolation_value: float(10) },
    { title: `${mode} crop` },
  );
  const axes = { ...crop, axes: ints(2, 3) };
  cases.one("Resize", [18], [image, reals(0.1, 0.2, 0.8, 0.9), "", int64(4, 5)], axes, { title: `${mode} crop, axes` });
}
for (const policy of ["not_larger", "not_smaller"]) {
  const kept = { mode: string("nearest"), keep_aspect_ratio_policy: string(policy), axes: ints(2, 3) };
  cases.one("Resize", [18], [image, "", "", int64(9, 7)], kept, { title: policy });
  cases.one(
    "Resize",
    [18],
    [image, "", "", int64(9, 7)],
    { ...kept, mode: string("linear") },
    { title: `linear ${policy}` },
  );
}
cases.one(
  "Resize",
  [13],
  [[2, 6, 5, 3], "", reals(1, 2, 1.5, 1)],
  { mode: string("linear") },
  { title: "channels last" },
);
cases.one(
  "Resize",
  [13],
  [[2, 6, 5, 3], "", reals(1, 2, 1.5, 1)],
  { mode: string("nearest") },
  { title: "channels last, nearest" },
);
cases.one(
  "Resize",
  [13],
  [[1, 2, 3, 4, 5], "", reals(1, 1, 2, 1.5, 0.6)],
  { mode: string("linear") },
  { title: "trilinear" },
);
cases.one(
  "Resize",
  [13],
  [[1, 2, 3, 4, 5], "", reals(1, 1, 2, 1.5, 0.6)],
  { mode: string("nearest") },
  { title: "3-D nearest" },
);
cases.one("Resize", [13], [[2, 3, 7], "", reals(1, 1, 1.7)], { mode: string("linear") }, { title: "1-D" });
cases.one("Resize", [13], [[7], "", reals(2.3)], { mode: string("nearest") }, { title: "one axis" });
// places that lie just between two elements, or nearly
for (const [title, from, factor] of [
  ["1.75", 12, 1.75],
  ["3.5", 8, 3.5],
  ["2.5", 7, 2.5],
  ["0.75", 16, 0.75],
] as const) {
  const ties = { mode: string("nearest"), nearest_mode: string("round_prefer_floor") };
  cases.one("Resize", [13], [[1, 1, from, from], "", zoom(factor, factor)], ties, { title: `ties ${title}` });
  const size = Math.floor(from * factor);
  cases.one("Resize", [13], [[1, 1, from, from], "", "", int64(1, 1, size, size)], ties, { title: `ties to ${size}` });
}
cases.one("Resize", [10], [[1, 1, 9, 10], zoom(0.6, 0.35)], { mode: string("nearest") }, { title: "smaller" });
cases.one("Upsample", [9], [[1, 1, 5, 6], zoom(1.5, 2.5)], { mode: string("nearest") }, { title: "broken" });
const bytes = running("UINT8", [1, 1, 3, 4], [0, 255, 3, 200, 17, 90, 250, 1, 64, 128, 33, 77]);
for (const mode of ["nearest", "linear"]) {
  cases.many(
    `Resize 13: uint8 ${mode}`,
    13,
    { x: bytes },
    [
      node("Resize", ["x", "", "zoom"], ["bytes"], { mode: string(mode) }),
      node("Cast", ["bytes"], ["y"], { to: int(1) }),
    ],
    { zoom: zoom(2, 1.5) },
  );
}

export const { all } = cases;
