import { above0, Cases, float, int, weights } from "./builder.ts";

const cases = new Cases();
const image = [1, 3, 5, 6];
const few = [2, 3, 4];

for (const opset of [7, 9, 14, 15]) {
  const statistics = [weights(5, 3), weights(6, 3), weights(7, 3), above0(8, 3)];
  cases.one("BatchNormalization", [opset], [image, ...statistics], { epsilon: float(0.01) });
}
cases.one("InstanceNormalization", [7, 22], [image, weights(5, 3), weights(6, 3)], { epsilon: float(0.01) });
cases.one("LayerNormalization", [17], [[2, 3, 4], weights(5, 4), weights(6, 4)]);
cases.one("LayerNormalization", [17], [[2, 3, 4], weights(5, 3, 4)], { axis: int(1) }, { title: "two axes, no bias" });
cases.one("LayerNormalization", [17], [[2, 3, 4], [4], [4]], {}, { title: "running weights" });
const moments = { outputs: ["y", "mean", "inverse"] };
cases.one("LayerNormalization", [17], [few, weights(5, 3, 4)], { axis: int(-2) }, { ...moments, title: "statistics" });
cases.one("RMSNormalization", [23], [few, weights(5, 4)], { epsilon: float(0.01) });
cases.one("RMSNormalization", [23], [few, [3, 4]], { axis: int(1) }, { title: "two axes" });
cases.one("SimplifiedLayerNormalization", [17], [few, weights(5, 4)], { epsilon: float(0.01) });
cases.one("GroupNormalization", [18], [[2, 4, 3, 3], weights(5, 2), weights(6, 2)], { num_groups: int(2) });
cases.one("GroupNormalization", [18], [[2, 4, 5], [2], [2]], { num_groups: int(2) }, { title: "running weights" });
cases.one("GroupNormalization", [21], [[2, 4, 3, 3], weights(5, 4), weights(6, 4)], { num_groups: int(2) });
cases.one("LRN", [7, 13], [[2, 6, 3, 2]], { size: int(3), alpha: float(0.5), beta: float(0.6), bias: float(1.5) });
cases.one("InstanceNormalization", [6, 22], [[2, 3, 5], [3], [3]], {}, { title: "running weights" });

cases.one("Softmax", [7, 11], [few]);
cases.one("Softmax", [11], [few], { axis: int(2) }, { title: "last" });
cases.one("Softmax", [11], [few], { axis: int(-1) }, { title: "from the end" });
cases.one("Softmax", [11], [few], { axis: int(0) }, { title: "all" });
cases.one("Softmax", [13], [few]);
cases.one("Softmax", [13], [few], { axis: int(1) }, { title: "axis 1" });
cases.one("LogSoftmax", [11], [few]);
cases.one("LogSoftmax", [13], [few], { axis: int(0) });

export const { all } = cases;
