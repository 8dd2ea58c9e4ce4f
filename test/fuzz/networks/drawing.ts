/** An ONNX network while it is drawn at random. */
import { countOf } from "../../../src/check.ts";
import { halfBits } from "../../../src/half.ts";
import type { TestAttribute, TestGraph, TestNode, TestTensor, TestValue } from "../../support/onnx.ts";
import { type CaseInput, type InputType, running, typed } from "../../support/onnx-cases/builder.ts";
import { Random } from "../random.ts";

/** A value of the network: what is known of it without computing anything. */
export interface Value {
  readonly name: string;
  readonly type: InputType;
  readonly shape: readonly number[];
  /** what its elements are not below and not above; both are infinite where nothing is known */
  readonly least: number;
  readonly most: number;
  /** whether the length of an axis depends on data; `shape` is not used then */
  readonly isOpen?: boolean;
}

export type Range = Pick<Value, "least" | "most">;

/** What a network is made of. */
export interface Drawn {
  readonly opset: number;
  readonly inputs: Readonly<Record<string, CaseInput>>;
  readonly constants: Readonly<Record<string, TestTensor>>;
  readonly nodes: readonly TestNode[];
  readonly outputs: readonly TestValue[];
  /** of what the nodes give */
  readonly types: ReadonlyMap<string, InputType>;
}

/** Which values a row of the table takes. */
interface Wanted {
  readonly types?: readonly InputType[];
  /** least and most number of axes */
  readonly axes?: readonly [number, number];
  readonly fits?: (value: Value) => boolean;
  /** bounds that its elements must keep */
  readonly range?: Range;
  /** a shape that would do, where no value fits */
  readonly shape?: () => readonly number[];
}

/** Thrown by a row that finds that it cannot be drawn here. */
export class Unfit extends Error {}

export const FLOAT: readonly InputType[] = ["FLOAT"];
export const WHOLE: readonly InputType[] = ["INT64", "INT32", "UINT8", "INT8"];
export const NUMBERS: readonly InputType[] = [...FLOAT, ...WHOLE];
export const ALL: readonly InputType[] = [...NUMBERS, "BOOL"];

/** What elements of each type are drawn from, where nothing else is asked for. */
export const USUAL: Readonly<Record<InputType, Range>> = {
  FLOAT: { least: -4, most: 4 },
  FLOAT16: { least: -4, most: 4 },
  INT64: { least: -20, most: 20 },
  INT32: { least: -20, most: 20 },
  UINT8: { least: 0, most: 40 },
  INT8: { least: -20, most: 20 },
  BOOL: { least: 0, most: 1 },
};

/** What whole numbers wrap at. */
export const LIMITS: Readonly<Record<InputType, Range>> = {
  FLOAT: { least: -Infinity, most: Infinity },
  FLOAT16: { least: -65504, most: 65504 },
  INT64: { least: -(2 ** 63), most: 2 ** 63 },
  INT32: { least: -(2 ** 31), most: 2 ** 31 - 1 },
  UINT8: { least: 0, most: 255 },
  INT8: { least: -128, most: 127 },
  BOOL: { least: 0, most: 1 },
};

const MOST_ELEMENTS = 4000;

/** Floats that are larger meet no operator that would make them larger still. */
const TAME = 1e3;

export const within = ({ least, most }: Range, range: Range): boolean => least >= range.least && most <= range.most;

/** The farther bound from 0. */
export const sizeOf = ({ least, most }: Range): number => Math.max(Math.abs(least), Math.abs(most));

export class Drawing {
  readonly random: Random;
  readonly opset: number;
  readonly nodes: TestNode[] = [];
  readonly inputs: Record<string, CaseInput> = {};
  readonly constants: Record<string, TestTensor> = {};
  /** what nodes and inputs give, in their order */
  readonly values: Value[] = [];
  readonly #around: Drawing | undefined;
  readonly #counter: { next: number };

  constructor(seed: number | Random, opset?: number, around?: Drawing) {
    this.random = typeof seed === "number" ? new Random(seed) : seed;
    this.opset = opset ?? this.random.pick([11, 12, 13, 13, 14, 15, 16, 17, 17, 18, 18, 19, 20, 21, 22, 23]);
    this.#around = around;
    this.#counter = around === undefined ? { next: 0 } : around.#counter;
    if (around !== undefined) this.values.push(...around.values);
  }

  /** Whether this is a branch or the body of a loop. */
  get isInner(): boolean {
    return this.#around !== undefined;
  }

  /** A drawing of a graph within this one: it sees all values, and has no inputs of its own. */
  inner(): Drawing {
    return new Drawing(this.random, this.opset, this);
  }

  name(prefix: string): string {
    return `${prefix}${this.#counter.next++}`;
  }

  /** Draws a row, or leaves everything as it was if it does not fit. */
  attempt(draw: (drawing: Drawing) => void): boolean {
    const { nodes, values, inputs, constants } = this;
    const before = [nodes.length, values.length, new Set([...Object.keys(inputs), ...Object.keys(constants)])] as const;
    try {
      draw(this);
      return true;
    } catch (error) {
      if (!(error instanceof Unfit)) throw error;
      nodes.length = before[0];
      values.length = before[1];
      for (const record of [inputs, constants]) {
        for (const name of Object.keys(record)) if (!before[2].has(name)) delete record[name];
      }
      return false;
    }
  }

  /** A short shape of any kind. */
  shape(least: number, most: number): readonly number[] {
    const { random } = this;
    const count = random.integer(least, most);
    const longest = count <= 1 ? 40 : count === 2 ? 20 : count === 3 ? 12 : count === 4 ? 9 : 4;
    const shape = Array.from({ length: count }, () => (random.chance(0.12) ? 1 : random.integer(1, longest)));
    // batches are small
    if (count >= 3 && random.chance(0.7)) shape[0] = random.integer(1, 2);
    return shape;
  }

  /** Elements of a type: sometimes on a grid, so that some are equal, and so that ties come up. */
  elements(type: InputType, count: number, { least, most }: Range): (number | bigint)[] {
    const { random } = this;
    if (type === "FLOAT" || type === "FLOAT16") {
      const grid = random.chance(0.4);
      return Array.from({ length: count }, () => {
        const value = random.real(least, most);
        const rounded = grid ? Math.min(Math.max(Math.round(2 * value) / 2, least), most) : value;
        return type === "FLOAT" ? Math.fround(rounded) : rounded;
      });
    }
    return Array.from({ length: count }, () => Math.round(random.real(least, most)) + 0);
  }

  /** An input, or a constant. */
  fresh(type: InputType, shape: readonly number[], range: Range = USUAL[type], isConstant?: boolean): Value {
    const kept = type === "BOOL" ? USUAL.BOOL : range;
    const numbers = this.elements(type, countOf(shape), kept);
    if (this.isInner || (isConstant ?? this.random.chance(0.35))) return this.constant(type, shape, numbers, kept);
    const name = this.name("x");
    const data = type === "FLOAT16" ? numbers.map((value) => halfBits(Number(value))) : numbers;
    this.inputs[name] = running(type, shape, data);
    const value = { name, type, shape, ...kept };
    this.values.push(value);
    return value;
  }

  /** A constant, which only the node that asked for it reads. */
  constant(type: InputType, shape: readonly number[], numbers: readonly (number | bigint)[], range?: Range): Value {
    const name = this.name("c");
    const values = numbers.map(Number);
    this.constants[name] =
      type === "FLOAT16" ? { type, dims: shape, values: values.map(halfBits) } : { type, dims: shape, values };
    const bounds = range ?? { least: Math.min(...values), most: Math.max(...values) };
    return { name, type, shape, ...bounds };
  }

  /** int64 that compiling must know. */
  longs(numbers: readonly number[]): Value {
    return this.constant("INT64", [numbers.length], numbers);
  }

  /** A value that a row can take: mostly one that is there, and mostly one of the last. */
  want({ types = FLOAT, axes = [0, 5], fits = () => true, range, shape }: Wanted = {}): Value {
    const { random } = this;
    const candidates = this.values.filter(
      (value) =>
        !value.isOpen &&
        types.includes(value.type) &&
        value.shape.length >= axes[0] &&
        value.shape.length <= axes[1] &&
        countOf(value.shape) <= MOST_ELEMENTS &&
        fits(value),
    );
    const kept = (value: Value) => range ?? { least: -TAME, most: value.type === "FLOAT" ? TAME : Infinity };
    const found = candidates.filter(
      (value) => (value.type !== "FLOAT" && range === undefined) || within(value, kept(value)),
    );
    const last = (values: readonly Value[]) => values[values.length - 1 - random.below(Math.min(2, values.length))]!;
    if (found.length > 0 && random.chance(0.85)) return random.chance(0.6) ? last(found) : random.pick(found);
    const wild = candidates.filter(({ type }) => type === "FLOAT");
    if (wild.length > 0 && random.chance(0.6)) {
      const bounds = range ?? USUAL.FLOAT;
      const limits = { least: Math.max(bounds.least, -8), most: Math.min(bounds.most, 8) };
      if (limits.least < limits.most) {
        const [low, high] = [limits.least, limits.most].map((bound) => this.constant("FLOAT", [], [bound]));
        return this.one("Clip", [last(wild), low, high], limits);
      }
    }
    const type = random.pick(types);
    const lengths = shape?.() ?? this.shape(axes[0], axes[1]);
    const usual = range ?? USUAL[type];
    const bounds = {
      least: Math.max(usual.least, Math.min(USUAL[type].least, usual.most)),
      most: Math.min(usual.most, Math.max(USUAL[type].most, usual.least)),
    };
    const fresh = { type, shape: lengths, ...bounds, name: "" };
    if (countOf(lengths) > MOST_ELEMENTS || !fits(fresh)) throw new Unfit();
    return this.fresh(type, lengths, bounds);
  }

  /** Another value of a shape and type: one that is there, or a new one. */
  like(type: InputType, shape: readonly number[], range?: Range): Value {
    return this.want({
      types: [type],
      axes: [shape.length, shape.length],
      fits: (value) => value.shape.join() === shape.join(),
      ...(range && { range }),
      shape: () => shape,
    });
  }

  /** A shape that repeats to this one. */
  repeated(shape: readonly number[]): readonly number[] {
    const { random } = this;
    if (random.chance(0.4)) return shape;
    const kept = shape.slice(random.below(shape.length + 1));
    return kept.map((length) => (random.chance(0.3) ? 1 : length));
  }

  /** Adds a node; results without a type are of the first one's. */
  node(
    op: string,
    inputs: readonly (Value | undefined)[],
    results: readonly (Omit<Value, "name"> | undefined)[],
    attributes: Readonly<Record<string, TestAttribute>> = {},
    domain = "",
  ): readonly Value[] {
    const values = results.map((result) => result && { ...result, name: this.name("v") });
    const names = inputs.map((input) => input?.name ?? "");
    while (names.at(-1) === "") names.pop();
    this.nodes.push({ op, inputs: names, outputs: values.map((value) => value?.name ?? ""), attributes, domain });
    const given = values.filter((value) => value !== undefined);
    if (given.some((value) => !value.isOpen && countOf(value.shape) > 4 * MOST_ELEMENTS)) throw new Unfit();
    this.values.push(...given);
    return given;
  }

  /** A node of one result, of the first input's type and range where nothing else is said. */
  one(
    op: string,
    inputs: readonly (Value | undefined)[],
    result: Partial<Omit<Value, "name">> = {},
    attributes: Readonly<Record<string, TestAttribute>> = {},
    domain = "",
  ): Value {
    const { type, shape, least, most } = inputs[0]!;
    return this.node(op, inputs, [{ type, shape, least, most, ...result }], attributes, domain)[0]!;
  }

  /** The graph as an attribute of a control operator. */
  graph(outputs: readonly Value[], inputs: readonly Value[] = []): { readonly graph: TestGraph } {
    const port = ({ name, type, shape }: Value) => ({ name, type, shape });
    return {
      graph: {
        nodes: this.nodes,
        constants: this.constants,
        inputs: inputs.map(port),
        outputs: outputs.map(({ name, type }) => typed(name, type)),
      },
    };
  }

  /** What nothing reads is a result of the network, and sometimes other values are too. */
  finish(): Drawn {
    const made = new Set(this.nodes.flatMap(({ outputs = [] }) => outputs));
    const read = new Set(this.nodes.flatMap(namesRead));
    const results = this.values.filter(({ name }) => made.has(name) && (!read.has(name) || this.random.chance(0.12)));
    return {
      opset: this.opset,
      inputs: this.inputs,
      constants: this.constants,
      nodes: this.nodes,
      outputs: results.map(({ name, type }) => typed(name, type)),
      types: new Map(this.values.map(({ name, type }) => [name, type])),
    };
  }
}

/** The graphs in a node's attributes. */
const graphsOf = ({ attributes = {} }: TestNode): readonly TestGraph[] =>
  Object.values(attributes).flatMap((attribute) => ("graph" in attribute ? [attribute.graph] : []));

/** What a node, or a graph in it, reads. */
export function namesRead(node: TestNode): readonly string[] {
  const inner = graphsOf(node).flatMap(({ nodes, outputs = [] }) => [
    ...nodes.flatMap(namesRead),
    ...outputs.map((output) => (typeof output === "string" ? output : output.name)),
  ]);
  return [...node.inputs, ...inner];
}
