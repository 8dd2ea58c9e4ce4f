import { countOf, isInteger, show, wrongType, wrongValue } from "../check.ts";
import { type PaddingMode, paddingFault, sourceIndex } from "../conv/padding.ts";
import { checkCopies } from "../planning/budget.ts";
import { stridesOf } from "./broadcast.ts";
import { type Copy, type CopyAxis, type CopyingOperator, copying } from "./copy.ts";

export const PAD_MODES = ["constant", "reflect", "replicate", "circular"] as const;
export type PadMode = (typeof PAD_MODES)[number];

/** Attributes of a padding. */
export interface PadAttributes {
  /** [before, after] of the last axis, then of the one before it, and so on; negative numbers crop */
  readonly padding: readonly number[];
  readonly mode: PadMode;
  /** the number that 'constant' writes */
  readonly value: number;
}

/** Elements of the result along one axis that come from elements of the input `step` apart, or from no element. */
interface Segment {
  readonly to: number;
  readonly count: number;
  /** null for the constant */
  readonly from: number | null;
  readonly step: number;
}

interface PaddedAxis {
  readonly length: number;
  readonly before: number;
  readonly after: number;
  readonly out: number;
}

/** torch.nn.functional.pad */
export const padOperator: CopyingOperator<PadAttributes> = /* @__PURE__ */ copying(
  "pad",
  (where, operands, attributes) => {
    const input = operands[0]!.shape;
    const axes = axesOf(where, input, attributes);
    const shape = axes.map(({ out }) => out);
    const segments = axes.map((axis) => segmentsOf(attributes.mode, axis));
    // a constant segment ends its branch, so that those only add up
    if (attributes.mode !== "constant") checkCopies(where, countOf(segments.map(({ length }) => length)));
    const whole = { input: 0, from: 0, output: 0, to: 0, axes: [] };
    const copies = fill(whole, segments, shape, stridesOf(input), stridesOf(shape));
    return { shapes: [shape], copies, value: attributes.value };
  },
  {
    beyond({ axis, operands, attributes: { padding, mode, value } }) {
      const pair = 2 * (operands[0]!.shape.length - 1 - axis);
      if (!padding[pair] && !padding[pair + 1]) return true;
      return mode === "constant" && (padding[pair] ?? 0) >= 0 && value;
    },
    // what comes after may differ
    alike: (one, other) => one.mode === "constant" && `${one.padding.map(before)}` === `${other.padding.map(before)}`,
  },
);

const before = (amount: number, index: number): number => (index % 2 === 0 ? amount : 0);

/** Copies of every combination of segments; a constant segment is constant over all inner axes. */
function fill(
  outer: Copy,
  [segments, ...rest]: readonly (readonly Segment[])[],
  shape: readonly number[],
  fromStrides: readonly number[],
  toStrides: readonly number[],
): readonly Copy[] {
  if (segments === undefined) return [outer];
  const axis = outer.axes.length;
  return segments.flatMap(({ to, count, from, step }): readonly Copy[] => {
    const begin = { ...outer, to: outer.to + to * toStrides[axis]! };
    if (from === null) {
      const repeated = (count: number, i: number): CopyAxis => ({ count, from: 0, to: toStrides[i]! });
      const still = outer.axes.map((each) => ({ ...each, from: 0 }));
      const inner = shape.slice(axis + 1).map((length, i) => repeated(length, axis + 1 + i));
      return [{ ...begin, input: null, from: 0, axes: [...still, repeated(count, axis), ...inner] }];
    }
    const along = { count, from: step * fromStrides[axis]!, to: toStrides[axis]! };
    const inside = { ...begin, from: outer.from + from * fromStrides[axis]!, axes: [...outer.axes, along] };
    return fill(inside, rest, shape, fromStrides, toStrides);
  });
}

function axesOf(where: string, shape: readonly number[], { padding, mode }: PadAttributes): readonly PaddedAxis[] {
  checkPadding(where, padding, shape);
  return shape.map((length, axis) => {
    const pair = 2 * (shape.length - 1 - axis);
    return checkAxis(where, mode, axis, length, padding[pair] ?? 0, padding[pair + 1] ?? 0);
  });
}

function checkPadding(where: string, padding: unknown, shape: readonly number[]): void {
  if (!Array.isArray(padding)) throw wrongType(where, `padding must be an array of numbers, got ${show(padding)}`);
  for (const each of padding) {
    if (typeof each !== "number") throw wrongType(where, `padding must hold numbers, got ${show(padding)}`);
    if (!isInteger(each)) throw wrongValue(where, `padding must hold whole numbers, got ${show(padding)}`);
  }
  const pairs = padding.length / 2;
  if (!isInteger(pairs)) {
    throw wrongValue(where, `padding must have two numbers for each axis, got ${padding.length} numbers`);
  }
  if (pairs > shape.length) throw wrongValue(where, `padding has ${pairs} pairs, but input has ${shape.length} axes`);
}

function checkAxis(
  where: string,
  mode: PadMode,
  axis: number,
  length: number,
  before: number,
  after: number,
): PaddedAxis {
  const out = length + before + after;
  if (out < 0 || (out === 0 && length > 0)) {
    throw wrongValue(where, `padding [${before}, ${after}] leaves nothing of the ${length} values of axis ${axis}`);
  }
  const most = Math.max(before, after);
  // an axis that is not padded may be empty
  const fault =
    most <= 0 ? undefined : paddingFault(ruleOf(mode), most, part(mode, { length, before, after, out }).length);
  if (fault !== undefined) throw wrongValue(where, `${fault}, got padding [${before}, ${after}] for axis ${axis}`);
  return { length, before, after, out };
}

const ruleOf = (mode: PadMode): PaddingMode => (mode === "constant" ? "zeros" : mode);

/** The part from which the axis is continued: torch continues a cropped axis circularly from what is left of it. */
function part(mode: PadMode, { length, before, after, out }: PaddedAxis): PaddedAxis & { readonly first: number } {
  if (mode !== "circular") return { length, before, after, out, first: 0 };
  const [first, cut] = [Math.max(-before, 0), Math.max(-after, 0)];
  return { length: length - first - cut, before: Math.max(before, 0), after: Math.max(after, 0), out, first };
}

/** Distance between elements in the source where the axis is continued. */
const STEPS: Readonly<Record<PadMode, number>> = { constant: 0, replicate: 0, reflect: -1, circular: 1 };

function segmentsOf(mode: PadMode, axis: PaddedAxis): readonly Segment[] {
  const { length, before, out, first } = part(mode, axis);
  // where the axis itself lies in the result, as far as it is not cropped
  const begin = Math.min(Math.max(before, 0), out);
  const end = Math.max(Math.min(before + length, out), begin);
  const segment = (to: number, until: number, step: number): Segment => {
    const source = sourceIndex(ruleOf(mode), to - before, length);
    return { to, count: until - to, from: source < 0 ? null : first + source, step };
  };
  const continued = STEPS[mode];
  const all = [segment(0, begin, continued), segment(begin, end, 1), segment(end, out, continued)];
  return all.filter(({ count }) => count > 0);
}
