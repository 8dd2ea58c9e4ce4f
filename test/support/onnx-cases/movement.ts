import { Cases, float, index, int, int64, ints, scalar, string, weights } from "./builder.ts";

const cases = new Cases();
const image = [1, 3, 5, 6];
const few = [2, 3, 4];

cases.one("Concat", [7, 13], [few, [2, 2, 4], weights(6, 2, 1, 4)], { axis: int(1) });
cases.one("Concat", [11], [few, few], { axis: int(-1) }, { title: "from the end" });
cases.one("Split", [7, 11], [[2, 6]], { axis: int(1), split: ints(1, 2, 3) }, { outputs: ["a", "b", "c"] });
cases.one("Split", [11], [[2, 6]], { axis: int(-1) }, { outputs: ["a", "b"], title: "equal" });
cases.one("Split", [13], [[6, 2], int64(4, 2)], {}, { outputs: ["a", "b"] });
cases.one("Split", [18], [[2, 7]], { axis: int(1), num_outputs: int(3) }, { outputs: ["a", "b", "c"] });
cases.one("Slice", [7, 9], [few], { starts: ints(0, -3), ends: ints(1, 1000), axes: ints(1, 2) });
cases.one("Slice", [9], [few], { starts: ints(1, 1), ends: ints(2, -1) }, { title: "no axes" });
cases.one("Slice", [10, 13], [few, int64(0, -3), int64(2, 1000), int64(-2, 2), int64(1, 2)]);
cases.one("Slice", [13], [few, int64(-1), int64(-1000), int64(2), int64(-1)], {}, { title: "backwards" });
cases.one("Slice", [13], [few, int64(1), int64(2)], {}, { title: "no axes" });
for (const mode of ["constant", "reflect", "edge"]) {
  cases.one(
    "Pad",
    [7, 10],
    [few],
    { mode: string(mode), pads: ints(0, 1, 2, 0, 1, 1), value: float(0.5) },
    { title: mode },
  );
  cases.one("Pad", [11, 18], [few, int64(0, 1, 2, 0, 1, 1), scalar(0.5)], { mode: string(mode) }, { title: mode });
}
cases.one("Pad", [19], [few, int64(0, 1, 2, 0, 1, 1)], { mode: string("wrap") }, { title: "wrap" });
cases.one("Pad", [18], [few, int64(2, -1), scalar(0.5), int64(-1)], {}, { title: "axes, cropped" });
cases.one("Reshape", [7, 14], [few, int64(4, -1, 2)]);
cases.one("Reshape", [14], [few, int64(0, -1)], {}, { title: "zero" });
cases.one("Flatten", [7, 13], [few]);
cases.one("Flatten", [13], [few], { axis: int(-1) }, { title: "from the end" });
cases.one("Flatten", [13], [few], { axis: int(3) }, { title: "all" });
cases.one("Transpose", [7, 13], [few], { perm: ints(2, 0, 1) });
cases.one("Transpose", [13], [few], {}, { title: "reversed" });
cases.one("Squeeze", [7, 11], [[1, 3, 1, 2]], { axes: ints(2) });
cases.one("Squeeze", [13], [[1, 3, 1, 2], int64(-4)]);
cases.one("Squeeze", [13], [[1, 3, 1, 2]], {}, { title: "all" });
cases.one("Unsqueeze", [7, 11], [few], { axes: ints(0, 4) });
cases.one("Unsqueeze", [13], [few, int64(-1, 0)]);
cases.one("Expand", [8, 13], [[3, 1], int64(2, 1, 4)]);
cases.one("Tile", [7, 13], [few, int64(1, 2, 3)]);
cases.one("DepthToSpace", [7, 11], [[1, 8, 2, 3]], { blocksize: int(2) });
cases.one("DepthToSpace", [11], [[1, 8, 2, 3]], { blocksize: int(2), mode: string("CRD") }, { title: "CRD" });
cases.one("SpaceToDepth", [7, 13], [[1, 2, 4, 6]], { blocksize: int(2) });
cases.one("Gather", [7, 13], [few, index(-1)], { axis: int(1) });
cases.one("Gather", [13], [few, int64(1, 2)], { axis: int(2) }, { title: "adjacent" });
cases.one("Gather", [13], [image, int64(2, 1, 0)], { axis: int(1) }, { title: "backwards" });
cases.one("Gather", [13], [few, int64(3, 0, 2, 2, 1, -1)], { axis: int(2) }, { title: "any order" });
cases.one(
  "Gather",
  [13],
  [few, { type: "INT64", dims: [2, 2], values: [0, 1, 2, 3] }],
  { axis: int(2) },
  { title: "matrix" },
);

export const { all } = cases;
