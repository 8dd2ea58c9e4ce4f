import { show, wrongType, wrongValue } from "../../check.ts";
import type { DType } from "../../dtype.ts";
import { WHOLE_OPERATORS } from "../../operators/arithmetic.ts";
import { castOperator } from "../../operators/cast.ts";
import { gatherOperator } from "../../operators/gather.ts";
import { axisOf, expandOperator, reshapeOperator } from "../../operators/movement.ts";
import { rangeOperator } from "../../operators/range.ts";
import { whereOperator } from "../../operators/select.ts";
import { checkFolded, constantOf } from "../../planning/constant.ts";
import { dataTypeName } from "../model.ts";
import { dtypeOf } from "../tensor.ts";
import { deferred, type OnnxNode, type Translator } from "../translation.ts";
import { compared, numberLike } from "./logic.ts";
import { folding, listOf } from "./shapes.ts";

/*
 * Operators that make values: counted ones, repeated ones, and masks of them.
 */

/** 0, 1, 2 ... along one axis, counted from the end, of as many axes as it takes. */
const countingOperator = /* @__PURE__ */ folding<{ readonly count: number; readonly after: number }>(
  "counting",
  (where, _, { count, after }) => {
    const shape = [count, ...Array<number>(after).fill(1)];
    checkFolded(where, shape);
    return constantOf(
      "int64",
      shape,
      Array.from({ length: count }, (_, i) => i),
    );
  },
);

/** The position of each element of a value along an axis, in a shape that repeats to the value's. */
export function positions(node: OnnxNode, value: string, axis: number): string {
  const attributes = deferred([], (where, [operand]) => {
    const { shape } = operand!;
    const along = axisOf(where, "axis", axis, shape.length);
    return { count: shape[along]!, after: shape.length - 1 - along };
  });
  return node.fold(countingOperator, [value], attributes, "int64");
}

/** How far each element of the matrices in a value lies to the right of the diagonal, less `offset`: rows and columns. */
function besideDiagonal(node: OnnxNode, value: string, offset: string): readonly [rows: string, columns: string] {
  const rows = node.add(WHOLE_OPERATORS.add, [positions(node, value, -2), offset], {});
  return [rows, positions(node, value, -1)];
}

const trilu: Translator = (node) => {
  const isUpper = node.attributes.flag("upper", true);
  const x = node.input(0);
  const given = node.optional(1);
  const offset = given === "" ? node.constant(constantOf("int64", [], [0])) : given;
  const [rows, columns] = besideDiagonal(node, x, offset);
  const kept = compared(node, isUpper ? "ge" : "le", columns, rows);
  return node.call(whereOperator, [kept, x, numberLike(node, x, 0)], {}, node.dtypeOf(x));
};

const eyeLike: Translator = (node) => {
  const x = node.input(0);
  const type = node.attributes.int("dtype", 0);
  const dtype = type === 0 ? node.dtypeOf(x) : dtypeOf(type);
  if (dtype === undefined) throw wrongType(node.where, `cannot make elements of type ${dataTypeName(type)}`);
  const offset = node.constant(constantOf("int64", [], [node.attributes.int("k", 0)]));
  const [rows, columns] = besideDiagonal(node, x, offset);
  return converted(node, compared(node, "eq", columns, rows), dtype);
};

const converted = (node: OnnxNode, value: string, to: DType): string =>
  node.dtypeOf(value) === to ? value : node.call(castOperator, [value], { to }, to);

/** An axis of `depth` elements is put in, of which the one that an index names is on. */
const oneHot: Translator = (node) => {
  const axis = node.attributes.int("axis", -1);
  const [given, depth, values] = [node.input(0), node.input(1), node.input(2)];
  const indices = converted(node, given, "int64");
  const place = (where: string, rank: number) => axisOf(where, "axis", axis, rank + 1);
  const unsqueezed = deferred([], (where, [input]) => {
    const { shape } = input!;
    const at = place(where, shape.length);
    return { shape: [...shape.slice(0, at), 1, ...shape.slice(at)] };
  });
  const classes = deferred([depth], (where, [input], [count]) => {
    const [length, more] = listOf(where, count!);
    if (length === undefined || more !== undefined || length < 0) {
      throw wrongValue(where, `depth must be one number from 0, got ${show(listOf(where, count!))}`);
    }
    const rank = input!.shape.length;
    return { count: Math.trunc(length), after: rank - place(where, rank) };
  });
  const apart = node.add(reshapeOperator, [indices], unsqueezed);
  // negative ones count from the end
  const isNegative = compared(node, "lt", apart, numberLike(node, apart, 0));
  const length = converted(node, node.add(reshapeOperator, [depth], { shape: [] }), "int64");
  const moved = node.add(WHOLE_OPERATORS.add, [apart, length], {});
  const own = node.call(whereOperator, [isNegative, moved, apart], {}, "int64");
  const isOn = compared(node, "eq", own, node.fold(countingOperator, [indices], classes, "int64"));
  const dtype = node.dtypeOf(values);
  const pick = (index: number) =>
    node.call(gatherOperator, [values, node.constant(constantOf("int64", [], [index]))], { dim: 0 }, dtype);
  return node.call(whereOperator, [isOn, pick(1), pick(0)], {}, dtype);
};

const constantOfShape: Translator = (node) => {
  const value = node.attributes.tensor("value") ?? constantOf("float32", [1], [0]);
  if (value.data.length !== 1) {
    throw wrongValue(node.where, `value must have one element, got ${value.data.length}`);
  }
  const attributes = deferred([node.input(0)], (where, _, [lengths]) => ({ shape: listOf(where, lengths!) }));
  const filled = node.constant({ ...value, shape: Array<number>(0) });
  return node.add(expandOperator, [filled], attributes);
};

const range: Translator = (node) => {
  const inputs = [node.input(0), node.input(1), node.input(2)];
  return node.callMany(rangeOperator, inputs, {}, [node.dtypeOf(inputs[0]!), "int32"])[0]!;
};

const random: Translator = (node) => {
  const seeded = node.attributes.has("seed") ? " (its seed means something to the engine that wrote it alone)" : "";
  throw wrongType(
    node.where,
    `draws random numbers, which every engine draws differently${seeded}; make them an input of the model`,
  );
};

export const generateTranslators: Readonly<Record<string, Translator>> = {
  Bernoulli: random,
  ConstantOfShape: constantOfShape,
  EyeLike: eyeLike,
  Multinomial: random,
  OneHot: oneHot,
  RandomNormal: random,
  RandomNormalLike: random,
  RandomUniform: random,
  RandomUniformLike: random,
  Range: range,
  Trilu: trilu,
};
