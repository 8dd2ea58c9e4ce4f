import { randoms } from "../reference.ts";
import { type CaseInput, Cases, float, int, int64, ints, running, string } from "./builder.ts";

const cases = new Cases();
export const { all } = cases;

/** Numbers from `least` to `most`, by a seed. */
const spread = (seed: number, shape: readonly number[], least: number, most: number): CaseInput =>
  running(
    "FLOAT",
    shape,
    Array.from(
      randoms(
        seed,
        shape.reduce((product, length) => product * length, 1),
      ),
      (value) => least + ((value + 1) / 2) * (most - least),
    ),
  );

// places within, at the borders, and far outside
const grid = spread(1, [2, 4, 3, 2], -1.6, 1.6);
for (const [opset, modes] of [
  [16, ["bilinear", "nearest", "bicubic"]],
  [20, ["linear", "nearest", "cubic"]],
  [22, ["linear", "nearest", "cubic"]],
] as const) {
  for (const mode of modes) {
    for (const padding of ["zeros", "border", "reflection"]) {
      for (const corners of [0, 1]) {
        if (opset === 22 && corners === 1) continue;
        cases.one(
          "GridSample",
          [opset],
          [[2, 2, 4, 6], grid],
          { mode: string(mode), padding_mode: string(padding), align_corners: int(corners) },
          { title: `${mode} ${padding} ${corners}` },
        );
      }
    }
  }
}
for (const mode of ["linear", "nearest"]) {
  for (const padding of ["zeros", "border", "reflection"]) {
    for (const corners of [0, 1]) {
      cases.one(
        "GridSample",
        [20],
        [[1, 2, 3, 4, 5], spread(3, [1, 2, 3, 4, 3], -1.8, 1.8)],
        { mode: string(mode), padding_mode: string(padding), align_corners: int(corners) },
        { title: `three axes, ${mode} ${padding} ${corners}` },
      );
    }
  }
}
// halves, and the ends themselves
const exact = running(
  "FLOAT",
  [1, 2, 5, 2],
  [-1, -1, 1, 1, 0, 0, 0.5, -0.5, -0.25, 0.75, -2, 3, 1, -1, 9, 0, 0, -9, -1, 1],
);
for (const corners of [0, 1]) {
  cases.one(
    "GridSample",
    [16],
    [[1, 1, 4, 4], exact],
    { mode: string("nearest"), padding_mode: string("border"), align_corners: int(corners) },
    { title: `halves ${corners}` },
  );
}
cases.one("GridSample", [16], [[1, 10, 9, 11], spread(5, [1, 1, 70, 2], -1.1, 1.1)], {}, { title: "many points" });
cases.one(
  "GridSample",
  [16],
  [[1, 2, 1, 1], spread(6, [1, 2, 3, 2], -3, 3)],
  { padding_mode: string("reflection"), align_corners: int(1) },
  { title: "one element" },
);

for (const corners of [0, 1]) {
  const attributes = { align_corners: int(corners) };
  cases.one("AffineGrid", [20], [[2, 2, 3], int64(2, 3, 5, 4)], attributes, { title: `two axes ${corners}` });
  cases.one("AffineGrid", [20], [[2, 3, 4], int64(2, 1, 3, 2, 4)], attributes, { title: `three axes ${corners}` });
}

// some regions reach out of the picture, one lies outside, one is empty
const regions = running("FLOAT", [5, 4], [0, 0, 11, 9, 3.3, 1.2, 8.9, 6.1, -4, -3, 5, 4, 6, 5, 30, 20, 7, 7, 7, 7]);
const images = running("INT64", [5], [0, 1, 1, 0, 1]);
for (const mode of ["avg", "max"]) {
  for (const ratio of [0, 1, 2, 3]) {
    const attributes = {
      mode: string(mode),
      output_height: int(3),
      output_width: int(4),
      sampling_ratio: int(ratio),
      spatial_scale: float(0.75),
    };
    cases.one("RoiAlign", [10], [[2, 2, 7, 9], regions, images], attributes, { title: `${mode} ${ratio}` });
    for (const transformation of ["half_pixel", "output_half_pixel"]) {
      cases.one(
        "RoiAlign",
        [16],
        [[2, 2, 7, 9], regions, images],
        { ...attributes, coordinate_transformation_mode: string(transformation) },
        { title: `${mode} ${ratio} ${transformation}` },
      );
    }
  }
}
cases.one("RoiAlign", [16], [[2, 2, 7, 9], regions, images], {}, { title: "by default" });

const pooled = running("FLOAT", [4, 5], [0, 0, 0, 8, 6, 1, 2.5, 1.5, 7.5, 5.5, 1, -4, -3, 5, 4, 0, 6, 5, 30, 20]);
for (const scale of [1, 0.6]) {
  cases.one(
    "MaxRoiPool",
    [7],
    [[2, 2, 7, 9], pooled],
    { pooled_shape: ints(3, 2), spatial_scale: float(scale) },
    { title: `scale ${scale}` },
  );
}

cases.one("Col2Im", [18], [[2, 12, 20], int64(5, 6), int64(2, 2)], {}, { title: "two axes" });
cases.one(
  "Col2Im",
  [18],
  [[1, 18, 20], int64(6, 7), int64(3, 2)],
  { strides: ints(2, 1), pads: ints(1, 0, 2, 1), dilations: ints(1, 3) },
  { title: "pads, strides and dilations" },
);
cases.one(
  "Col2Im",
  [18],
  [[2, 6, 5], int64(9), int64(3)],
  { strides: ints(2), pads: ints(1, 1) },
  { title: "one axis" },
);
cases.one(
  "Col2Im",
  [18],
  [[1, 16, 18], int64(4, 3, 5), int64(2, 2, 2)],
  { strides: ints(1, 1, 2), pads: ints(0, 0, 0, 0, 0, 1) },
  { title: "three axes" },
);
cases.one("Col2Im", [18], [[1, 8, 18], int64(4, 4, 3), int64(2, 2, 2)], {}, { title: "three axes without pads" });

cases.one("CenterCropPad", [18], [[5, 6], int64(3, 9)]);
cases.one("CenterCropPad", [18], [[2, 7, 4], int64(4, 7)], { axes: ints(1, -1) }, { title: "axes" });
cases.one("CenterCropPad", [18], [[6, 5], int64(3, 2)], {}, { title: "cropped" });
