import { Cases, floats, int64, ints, reals, string } from "./builder.ts";

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

export const { all } = cases;
