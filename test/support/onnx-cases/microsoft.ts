/** Operators of onnxruntime that its optimisers and exporters write. */
import { type Argument, Cases, float, floats, int, ints, running, scalar, string, typed, weights } from "./builder.ts";

const cases = new Cases();

const one = (op: string, title: string, args: readonly Argument[], attributes = {}, outputs = ["y"]) =>
  cases.one(op, [17], args, attributes, { title, outputs, domain: "com.microsoft" });

const image = [1, 3, 6, 5];
const kernel = weights(5, 4, 3, 3, 3);
const pads = { pads: ints(1, 1, 1, 1) };
for (const [name, numbers] of [
  ["Relu", []],
  ["LeakyRelu", [0.25]],
  ["Sigmoid", []],
  ["Tanh", []],
  ["HardSigmoid", [0.25, 0.4]],
  ["Clip", [-0.5, 0.75]],
] as const) {
  const attributes = { ...pads, activation: string(name), activation_params: floats(...numbers) };
  one("FusedConv", name, [image, kernel, weights(6, 4)], attributes);
}
one("FusedConv", "an addition", [image, kernel, weights(6, 4), [1, 4, 6, 5]], { ...pads, activation: string("Relu") });

one("FusedGemm", "Relu", [[3, 4], weights(5, 4, 5), weights(6, 5)], { activation: string("Relu"), alpha: float(0.5) });
one("FusedGemm", "LeakyRelu", [[3, 4], weights(5, 5, 4), weights(6, 5)], {
  transB: int(1),
  activation: string("LeakyRelu"),
  activation_alpha: float(0.25),
});

one(
  "FusedMatMul",
  "scaled",
  [
    [2, 3, 4],
    [2, 4, 5],
  ],
  { alpha: float(0.25) },
);
one(
  "FusedMatMul",
  "both transposed",
  [
    [2, 4, 3],
    [2, 5, 4],
  ],
  { transA: int(1), transB: int(1) },
);
one("FusedMatMul", "weights", [[2, 3, 4], weights(5, 5, 4)], { transB: int(1), alpha: float(2) });
one(
  "FusedMatMul",
  "batches in the middle",
  [
    [3, 2, 4],
    [4, 2, 5],
  ],
  { transBatchA: int(1), transBatchB: int(1) },
);

const rows = [2, 3, 8];
one("Gelu", "plain", [rows]);
one("BiasGelu", "plain", [rows, weights(5, 8)]);
one("FastGelu", "plain", [rows]);
one("FastGelu", "a bias", [rows, weights(5, 8)]);
one("QuickGelu", "plain", [rows]);
one("QuickGelu", "alpha 1", [rows], { alpha: float(1) });
const normalization = [rows, rows, weights(5, 8)];
one("SkipLayerNormalization", "plain", [...normalization, weights(6, 8)], { epsilon: float(1e-5) });
one("SkipLayerNormalization", "all", [...normalization, weights(6, 8), weights(7, 8)], {}, ["y", "", "", "sum"]);
one("SkipSimplifiedLayerNormalization", "plain", normalization, { epsilon: float(1e-5) });
one("SkipSimplifiedLayerNormalization", "all", [...normalization, weights(7, 8)], {}, ["y", "", "", "sum"]);

export const { all } = cases;

cases.one(
  "TransposeMatMul",
  [17],
  [
    [3, 2, 4],
    [3, 5, 2],
  ],
  { transA: int(1), transB: int(1), alpha: float(0.5) },
  { domain: "com.microsoft" },
);

const [scale, middle] = [scalar(0.0625), { type: "UINT8", dims: [], values: [120] } as const];
cases.one(
  "QuantizeLinear",
  [17],
  [[2, 3, 4], scale, middle],
  {},
  { domain: "com.microsoft", outputs: [typed("y", "UINT8")] },
);
const levels = running("UINT8", [2, 3], [0, 1, 119, 120, 121, 255]);
cases.one("DequantizeLinear", [17], [levels, scale, middle], {}, { domain: "com.microsoft" });
