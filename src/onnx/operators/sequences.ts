import { wrongType, wrongValue } from "../../check.ts";
import type { DType } from "../../dtype.ts";
import type { ListNode, ListStep } from "../../graph/graph.ts";
import { castOperator } from "../../operators/cast.ts";
import { constantOf } from "../../planning/constant.ts";
import { DATA_TYPE, dataTypeName } from "../model.ts";
import { dtypeOf } from "../tensor.ts";
import type { BodyInput, OnnxNode, Translator } from "../translation.ts";

/*
 * Sequences of tensors and optional tensors: there while a network is planned only.
 */

type Result = Pick<BodyInput, "dtype" | "isHalf">;

function step(node: OnnxNode, own: ListStep, inputs: readonly string[], result: BodyInput): string {
  return node.control<ListNode>({ kind: "list", title: node.type, step: own, inputs }, [result])[0]!;
}

const listOf = (result: Result): BodyInput => ({ ...result, isConstant: false, isList: true });
const tensorOf = (result: Result): BodyInput => ({ ...result, isConstant: false });

const typeOf = (node: OnnxNode, value: string): Result => ({ dtype: node.dtypeOf(value), isHalf: node.isHalf(value) });

/** @throws TypeError for tensors of different dtypes */
function commonType(node: OnnxNode, values: readonly string[]): Result {
  const types = values.map((value) => typeOf(node, value));
  const dtypes = new Set<DType>(types.map(({ dtype }) => dtype));
  if (dtypes.size > 1) throw wrongType(node.where, `a sequence must have one type, got ${[...dtypes].join(" and ")}`);
  return { dtype: types[0]!.dtype, isHalf: types.every(({ isHalf }) => isHalf) };
}

/** int64, or "" where it is not given. */
function position(node: OnnxNode, index: number): string {
  const value = node.optional(index);
  return value === "" || node.dtypeOf(value) === "int64"
    ? value
    : node.call(castOperator, [value], { to: "int64" }, "int64");
}

const construct: Translator = (node) => {
  const values = node.all();
  return step(node, { does: "construct" }, values, listOf(commonType(node, values)));
};

const empty: Translator = (node) => {
  const type = node.attributes.int("dtype", DATA_TYPE.FLOAT);
  const dtype = dtypeOf(type);
  if (dtype === undefined) throw wrongType(node.where, `cannot hold tensors of type ${dataTypeName(type)}`);
  return step(node, { does: "construct" }, [], listOf({ dtype, isHalf: type === DATA_TYPE.FLOAT16 }));
};

const at: Translator = (node) => {
  const list = node.list(0);
  node.input(1);
  return step(node, { does: "at" }, [list, position(node, 1)], tensorOf(typeOf(node, list)));
};

const insert: Translator = (node) => {
  const [list, value] = [node.list(0), node.input(1)];
  return step(node, { does: "insert" }, [list, value, position(node, 2)], listOf(commonType(node, [list, value])));
};

const erase: Translator = (node) => {
  const list = node.list(0);
  return step(node, { does: "erase" }, [list, position(node, 1)], listOf(typeOf(node, list)));
};

const count: Translator = (node) =>
  step(node, { does: "count" }, [node.list(0)], { dtype: "int64", isConstant: true, isHalf: false });

const split: Translator = (node) => {
  const x = node.input(0);
  const keepdim = node.attributes.flag("keepdims", true);
  const own = { does: "split", axis: node.attributes.int("axis", 0), keepdim } as const;
  return step(node, own, [x, position(node, 1)], listOf(typeOf(node, x)));
};

const join: Translator = (node) => {
  const list = node.list(0);
  if (!node.attributes.has("axis")) throw wrongValue(node.where, "axis is needed");
  const axis = node.attributes.int("axis", 0);
  const isNew = node.attributes.flag("new_axis", false);
  return step(node, { does: "join", axis, isNew }, [list], tensorOf(typeOf(node, list)));
};

/** A value that may be missing, and is not. */
const present: Translator = (node) => {
  const value = node.values[0] ?? "";
  if (value === "") throw wrongType(node.where, "a value that is missing is not supported");
  return value;
};

export const sequenceTranslators: Readonly<Record<string, Translator>> = {
  ConcatFromSequence: join,
  Optional: present,
  OptionalGetElement: present,
  OptionalHasElement: (node) => node.constant(constantOf("bool", [], [Number((node.values[0] ?? "") !== "")])),
  SequenceAt: at,
  SequenceConstruct: construct,
  SequenceEmpty: empty,
  SequenceErase: erase,
  SequenceInsert: insert,
  SequenceLength: count,
  SplitToSequence: split,
};
