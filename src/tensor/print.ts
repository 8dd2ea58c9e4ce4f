import { countOf } from "../check.ts";
import type { DType, TensorData } from "../dtype.ts";
import { isBits } from "../elements.ts";
import { widened } from "../half.ts";

/** torch.set_printoptions's defaults */
const PRECISION = 4;
const LINE_WIDTH = 80;
const THRESHOLD = 1000;
const EDGE = 3;

/** What is printed of a tensor. */
export interface Printed {
  readonly dtype: DType;
  readonly shape: readonly number[];
  readonly data: TensorData;
  readonly requiresGrad: boolean;
}

/**
 * A tensor as PyTorch prints it: four digits, scientific where the numbers are far apart, the first and last three of each axis
 * beyond 1,000 elements. grad_fn is left out.
 */
export function printed({ dtype, shape, data, requiresGrad }: Printed): string {
  const suffixes: string[] = [];
  const count = countOf(shape);
  if (count === 0) {
    if (shape.length !== 1) suffixes.push(`size=(${shape.join(", ")})`);
    if (dtype !== "float32") suffixes.push(`dtype=torch.${dtype}`);
  } else if (dtype !== "float32" && dtype !== "int64" && dtype !== "bool") suffixes.push(`dtype=torch.${dtype}`);
  if (requiresGrad) suffixes.push("requires_grad=True");
  const prefix = "tensor(";
  const body = count === 0 ? "[]" : bodyOf({ dtype, shape, data }, prefix.length);
  return withSuffixes(prefix + body, suffixes, prefix.length);
}

/** Each suffix on the last line where it fits there, else on one of its own. */
function withSuffixes(text: string, suffixes: readonly string[], indent: number): string {
  let all = text;
  let last = text.length - text.lastIndexOf("\n") + 1;
  for (const suffix of suffixes) {
    if (last + suffix.length + 2 > LINE_WIDTH) {
      all += `,\n${" ".repeat(indent)}${suffix}`;
      last = indent + suffix.length;
    } else {
      all += `, ${suffix}`;
      last += suffix.length + 2;
    }
  }
  return `${all})`;
}

type Values = Pick<Printed, "dtype" | "shape" | "data">;

function bodyOf({ dtype, shape, data }: Values, indent: number): string {
  const summarised = countOf(shape) > THRESHOLD;
  const elements = isBits(data) ? widened(data) : data;
  const format = formatFor(dtype, summarised ? edgesOf(shape, elements) : Array.from<number | bigint>(elements));
  const axis = (level: number, offset: number): string => {
    if (level === shape.length) return format.text(elements[offset]!);
    const length = shape[level]!;
    const stride = countOf(shape.slice(level + 1));
    const left = summarised && length > 2 * EDGE;
    const shown = Array.from({ length: left ? 2 * EDGE : length }, (_, i) =>
      axis(level + 1, offset + (left && i >= EDGE ? length - 2 * EDGE + i : i) * stride),
    );
    if (level + 1 === shape.length)
      return rowOf(left ? shown.toSpliced(EDGE, 0, " ...") : shown, indent + level, format);
    const slices = left ? shown.toSpliced(EDGE, 0, "...") : shown;
    const between = `,${"\n".repeat(shape.length - level - 1)}${" ".repeat(indent + level + 1)}`;
    return `[${slices.join(between)}]`;
  };
  return axis(0, 0);
}

function rowOf(values: readonly string[], indent: number, { width }: Format): string {
  const perLine = Math.max(1, Math.floor((LINE_WIDTH - indent) / (width + 2)));
  const lines: string[] = [];
  for (let i = 0; i < values.length; i += perLine) lines.push(values.slice(i, i + perLine).join(", "));
  return `[${lines.join(`,\n${" ".repeat(indent + 1)}`)}]`;
}

/** The elements that a summary shows. */
function edgesOf(shape: readonly number[], elements: ArrayLike<number | bigint>): (number | bigint)[] {
  const found: (number | bigint)[] = [];
  const visit = (level: number, offset: number): void => {
    if (level === shape.length) {
      found.push(elements[offset]!);
      return;
    }
    const length = shape[level]!;
    const stride = countOf(shape.slice(level + 1));
    for (let i = 0; i < length; ++i) {
      if (length <= 2 * EDGE || i < EDGE || i >= length - EDGE) visit(level + 1, offset + i * stride);
    }
  };
  visit(0, 0);
  return found;
}

interface Format {
  /** characters of the widest number */
  readonly width: number;
  text(value: number | bigint): string;
}

function formatFor(dtype: DType, values: readonly (number | bigint)[]): Format {
  if (dtype === "bool") return padded(values, (value) => (value ? "True" : "False"));
  if (dtype !== "float32" && dtype !== "float16") return padded(values, String);
  const finite = (values as readonly number[]).filter((value) => Number.isFinite(value) && value !== 0);
  const sizes = finite.map(Math.abs);
  const [least, most] = [Math.min(...sizes), Math.max(...sizes)];
  const whole = finite.every(Number.isInteger);
  const scientific = finite.length > 0 && (most / least > 1000 || most > 1e8 || (!whole && least < 1e-4));
  if (scientific) return padded(finite, named(exponential));
  if (!whole) return padded(finite, named(fixed));
  return padded(
    finite,
    named((value) => `${Object.is(value, -0) ? "-0" : value}.`),
  );
}

/** @param values those that decide the width: numbers that are not finite, and zero, do not, as in torch */
function padded<V extends number | bigint>(values: readonly V[], text: (value: V) => string): Format {
  const width = values.reduce((most, value) => Math.max(most, text(value).length), 1);
  return { width, text: (value) => text(value as V).padStart(width) };
}

const named =
  (text: (value: number) => string) =>
  (value: number): string =>
    Number.isFinite(value) ? text(value) : String(value).replace("Infinity", "inf").toLowerCase();

/** As C's %.4f: a number halfway between two goes to the even one, where toFixed goes up. */
function fixed(value: number): string {
  const size = Math.abs(value);
  // 24 bits times 10,000 are exact in float64
  const scaled = size * 10 ** PRECISION;
  const down = Math.floor(scaled);
  const even = scaled - down === 0.5 ? down + (down % 2) : undefined;
  const text = even === undefined ? size.toFixed(PRECISION) : (even / 10 ** PRECISION).toFixed(PRECISION);
  return (value < 0 || Object.is(value, -0) ? "-" : "") + text;
}

/** As C's %.4e. */
function exponential(value: number): string {
  const exact = value.toExponential(100);
  const [digits, exponent] = exact.split("e") as [string, string];
  const point = digits.indexOf(".");
  const rest = digits.slice(point + 1 + PRECISION);
  const halfway = /^50*$/.test(rest) && Number(digits[point + PRECISION]) % 2 === 0;
  const text = halfway ? digits.slice(0, point + 1 + PRECISION) : value.toExponential(PRECISION).split("e")[0]!;
  const power = halfway ? exponent : value.toExponential(PRECISION).split("e")[1]!;
  const sign = Object.is(value, -0) ? "-" : "";
  return `${sign}${text}e${power[0]}${power.slice(1).padStart(2, "0")}`;
}
