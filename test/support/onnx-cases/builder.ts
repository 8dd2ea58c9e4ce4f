import { encodeModel, type TestAttribute, type TestNode, type TestTensor, type TestValue } from "../onnx.ts";
import { sizeOf, values } from "../reference.ts";

/** An input of a model: what it holds, in the array that the type has. */
export interface CaseInput {
  readonly type: InputType;
  readonly data: Float32Array | Uint16Array | BigInt64Array | Int32Array | Uint8Array | Int8Array;
  readonly shape: readonly number[];
}

/** Element types of inputs, by ONNX's names. */
export type InputType = "FLOAT" | "FLOAT16" | "INT64" | "INT32" | "UINT8" | "INT8" | "BOOL";

/**
 * An argument of an operator: a shape for floats that are only known while running, {@link running} for other values that
 * are, a tensor for a constant, "" for nothing.
 */
export type Argument = readonly number[] | CaseInput | TestTensor | "";

/** A model that both onnxruntime and this library run: test/golden/generate_onnx.ts has the one, the tests the other. */
export interface OnnxCase {
  readonly name: string;
  readonly model: Uint8Array;
  readonly inputs: Readonly<Record<string, CaseInput>>;
}

export const int = (value: number): TestAttribute => ({ int: value });
export const float = (value: number): TestAttribute => ({ float: value });
export const string = (value: string): TestAttribute => ({ string: value });
export const ints = (...values: number[]): TestAttribute => ({ ints: values });
export const floats = (...values: number[]): TestAttribute => ({ floats: values });
export const strings = (...values: string[]): TestAttribute => ({ strings: values });

/** int64 of one axis */
export const int64 = (...numbers: number[]): TestTensor => ({ type: "INT64", dims: [numbers.length], values: numbers });
export const scalar = (value: number): TestTensor => ({ dims: [], values: [value] });
export const index = (value: number): TestTensor => ({ type: "INT64", dims: [], values: [value] });
export const reals = (...numbers: number[]): TestTensor => ({ dims: [numbers.length], values: numbers });
/** Weights by a seed. */
export const weights = (seed: number, ...dims: number[]): TestTensor => ({ dims, values: values(seed, sizeOf(dims)) });
/** As {@link weights}, from 1/8 up. */
export const above0 = (seed: number, ...dims: number[]): TestTensor => ({
  dims,
  values: positive(values(seed, sizeOf(dims))),
});

/** An input with these values; float16 as bits. */
export function running(type: InputType, shape: readonly number[], numbers: readonly (number | bigint)[]): CaseInput {
  if (numbers.length !== sizeOf(shape)) throw new Error(`${numbers.length} values do not fill [${shape}]`);
  const data = type === "INT64" ? BigInt64Array.from(numbers, BigInt) : ARRAYS[type].from(numbers as number[]);
  return { type, data, shape };
}

const ARRAYS = {
  FLOAT: Float32Array,
  FLOAT16: Uint16Array,
  INT32: Int32Array,
  UINT8: Uint8Array,
  INT8: Int8Array,
  BOOL: Uint8Array,
};

const positive = (numbers: Float32Array) => numbers.map((value) => Math.abs(value) + 0.125);

export const node = (
  op: string,
  inputs: string[],
  outputs: string[],
  attributes: TestNode["attributes"] = {},
  domain = "",
): TestNode => ({ op, inputs, outputs, attributes, domain });

type Output = string | TestValue;

/** An output of a type other than FLOAT, of any shape. */
export const typed = (name: string, type: InputType): TestValue => ({ name, type, shape: null });

/** Options of models of one node. */
interface OneOptions {
  /** "" for one that is not asked for; with their types, where these are not FLOAT */
  readonly outputs?: readonly Output[];
  readonly title?: string;
  /** whether inputs that are given by their shape hold numbers from 1/8 up */
  readonly isPositive?: boolean;
  /** com.microsoft, for what is not in ONNX itself */
  readonly domain?: string;
}

/** A family of cases, which one file states and golden/onnx/NAME.json has the results of. */
export class Cases {
  readonly all: OnnxCase[] = [];

  /** Adds models of one node, one for each of `opsets`. */
  one(
    op: string,
    opsets: readonly number[],
    args: readonly Argument[],
    attributes: Readonly<Record<string, TestAttribute>> = {},
    { outputs = ["y"], title = "", isPositive = false, domain = "" }: OneOptions = {},
  ): void {
    for (const opset of opsets) {
      const inputs: Record<string, readonly number[] | CaseInput> = {};
      const constants: Record<string, TestTensor> = {};
      const names = args.map((argument, i) => {
        if (argument === "") return "";
        const isInput = "data" in argument || "length" in argument;
        if (isInput) inputs[`x${i}`] = argument;
        else constants[`c${i}`] = argument;
        return isInput ? `x${i}` : `c${i}`;
      });
      const results = outputs.map((output) => (typeof output === "string" ? output : output.name));
      const only = node(op, names, results, attributes, domain);
      const name = `${op} ${opset}${title && `: ${title}`}`;
      const given = outputs.filter((output) => output !== "");
      this.many(name, opset, inputs, [only], constants, given, isPositive);
    }
  }

  /** Adds a model. */
  many(
    name: string,
    opset: number,
    given: Readonly<Record<string, readonly number[] | CaseInput>>,
    nodes: readonly TestNode[],
    constants: Readonly<Record<string, TestTensor>> = {},
    outputs: readonly Output[] = ["y"],
    isPositive = false,
  ): void {
    if (this.all.some((other) => other.name === name)) throw new Error(`two cases are called ${name}`);
    const inputs = Object.entries(given).map(([input, each], i): readonly [string, CaseInput] => {
      if ("data" in each) return [input, each];
      const data = values(i + 1, sizeOf(each));
      return [input, { type: "FLOAT", data: isPositive ? positive(data) : data, shape: each }];
    });
    const declared = inputs.map(([input, { type, shape }]) => ({ name: input, type, shape }));
    const domains = Object.fromEntries(nodes.flatMap(({ domain = "" }) => (domain === "" ? [] : [[domain, 1]])));
    const model = encodeModel({ opset, domains, nodes, constants, inputs: declared, outputs });
    this.all.push({ name, model, inputs: Object.fromEntries(inputs) });
  }
}
