import type { Tensor } from "convwasm";

/** torch's line width, of torch.set_printoptions */
const LINE_WIDTH = 80;
const PREFIX = "tensor(";

/** What one file of the gallery shows, and whether its ways of computing a convolution agree. */
export interface Derivation {
  readonly title: string;
  /** The code of each step in PyTorch, and what it gives. */
  readonly steps: readonly (readonly [code: string, value: Tensor | string])[];
  /** The comparisons: what is compared, and whether it is close. */
  readonly checks: readonly (readonly [comparison: string, close: boolean])[];
}

export const agrees = ({ checks }: Derivation): boolean => checks.every(([, close]) => close);

/** Prints a derivation like a session of Python. */
export function print({ title, steps, checks }: Derivation): void {
  console.log(`# ${title}`);
  for (const [code, value] of steps) console.log(`>>> ${code}\n${typeof value === "string" ? value : repr(value)}`);
  for (const [comparison, close] of checks) console.log(`allclose: ${close ? "True" : "False"} (${comparison})`);
}

/** A tensor as PyTorch prints it, where PyTorch prints all of it: up to 1000 values. */
export function repr({ data, shape }: Tensor): string {
  if (data.length === 0) return `${PREFIX}[]${shape.length === 1 ? "" : `, size=(${shape.join(", ")})`})`;
  const { width, format } = formatter(data);
  const build = (axis: number, values: Float32Array): string => {
    if (axis === shape.length) return format(values[0]!);
    const indent = PREFIX.length + axis;
    const comma = (newLines: number) => `,${"\n".repeat(newLines)}${" ".repeat(indent + 1)}`;
    if (axis < shape.length - 1) {
      const rows = chunks(values, values.length / shape[axis]!).map((row) => build(axis + 1, row));
      return `[${rows.join(comma(shape.length - 1 - axis))}]`;
    }
    const perLine = Math.max(1, Math.floor((LINE_WIDTH - indent) / (width + ", ".length)));
    const lines = chunks(Array.from(values, format), perLine).map((words) => words.join(", "));
    return `[${lines.join(comma(1))}]`;
  };
  return `${PREFIX}${build(0, data)})`;
}

/** As torch/_tensor_str.py: whole numbers with a point, others with 4 decimals, a wide range of them in e notation. */
function formatter(data: Float32Array): { width: number; format: (value: number) => string } {
  const values = Array.from(data).filter((value) => Number.isFinite(value) && value !== 0);
  const sizes = values.map(Math.abs);
  const [least, most] = [Math.min(...sizes), Math.max(...sizes)];
  const whole = values.every(Number.isInteger);
  const wide = values.length > 0 && (most / least > 1000 || most > 1e8 || (!whole && least < 1e-4));
  const word = (value: number): string => {
    if (Number.isNaN(value)) return "nan";
    const sign = value < 0 || Object.is(value, -0) ? "-" : "";
    const size = Math.abs(value);
    if (size === Infinity) return `${sign}inf`;
    return sign + (wide ? exponential(size) : whole ? `${size}.` : toEven(size, size.toFixed(4), size.toFixed(5)));
  };
  const width = Math.max(1, ...values.map((value) => word(value).length));
  return { width, format: (value) => word(value).padStart(width) };
}

/** Python's exponent has a sign and two digits. */
function exponential(size: number): string {
  const [digits, exponent] = size.toExponential(4).split("e") as [string, string];
  return `${toEven(size, digits, size.toExponential(5))}e${exponent[0]}${exponent.slice(1).padStart(2, "0")}`;
}

/** Python rounds a value in the middle of two to the even digit, JavaScript rounds it up. */
function toEven(size: number, rounded: string, longer: string): string {
  const [digits] = longer.split("e") as [string];
  const middle = digits.endsWith("5") && Number(longer) === size;
  return middle && "02468".includes(digits.at(-2)!) ? digits.slice(0, -1) : rounded;
}

function chunks<Values extends Float32Array | string[]>(values: Values, length: number): Values[] {
  const count = Math.ceil(values.length / length);
  return Array.from({ length: count }, (_, i) => values.slice(i * length, (i + 1) * length) as Values);
}
