import { Cases, float, index, scalar, string, weights } from "./builder.ts";

const cases = new Cases();
const image = [1, 3, 5, 6];
const few = [2, 3, 4];

cases.one("Clip", [7, 10], [few], { min: float(-0.25), max: float(0.5) });
cases.one("Clip", [10], [few], { max: float(0.5) }, { title: "no minimum" });
cases.one("Clip", [11, 13], [few, scalar(-0.25), scalar(0.5)]);
cases.one("Clip", [13], [few, "", scalar(0.5)], {}, { title: "no minimum" });
cases.one("Clip", [13], [few, scalar(0.25)], {}, { title: "no maximum" });
cases.one("Clip", [13], [few], {}, { title: "no bounds" });
for (const op of ["Relu", "Sigmoid", "Tanh", "Erf", "Exp", "Abs", "Neg", "Floor", "Ceil", "Softplus"])
  cases.one(op, [13], [few]);
cases.one("Round", [11], [few]);
cases.one("HardSwish", [14], [few]);
cases.one("Mish", [18], [few]);
cases.one("Gelu", [20], [few]);
cases.one("Gelu", [20], [few], { approximate: string("tanh") }, { title: "tanh" });
for (const op of ["Log", "Sqrt", "Reciprocal"]) cases.one(op, [13], [few], {}, { isPositive: true });
cases.one("LeakyRelu", [7, 16], [few], { alpha: float(0.2) });
cases.one("LeakyRelu", [16], [few], {}, { title: "default" });
cases.one("Elu", [7], [few], { alpha: float(0.7) });
cases.one("HardSigmoid", [7], [few]);
cases.one("HardSigmoid", [7], [few], { alpha: float(0.4), beta: float(0.3) }, { title: "given" });
cases.one("PRelu", [7, 16], [image, weights(5, 3, 1, 1)]);
cases.one("PRelu", [9], [few, scalar(0.25)], {}, { title: "one slope" });

for (const op of ["Add", "Sub", "Mul", "Div"]) {
  cases.one(op, [7, 14], [few, [3, 1]], {}, { isPositive: true });
  cases.one(op, [13], [[4], few], {}, { isPositive: true, title: "longer second" });
}
cases.one("Pow", [7, 15], [few, scalar(1.5)], {}, { isPositive: true });
cases.one("Pow", [13], [few, index(2)], {}, { title: "integer exponent" });
for (const op of ["Min", "Max", "Sum", "Mean"]) {
  cases.one(op, [8, 13], [few, [4], weights(7, 3, 1)]);
  cases.one(op, [8], [few], {}, { title: "one" });
}
cases.one("Dropout", [7, 12], [few]);

export const { all } = cases;
