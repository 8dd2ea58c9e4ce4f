import Table from "cli-table3";

/**
 * What commands a terminal, or changes the order in which it shows what follows: control characters of both sets, line and
 * paragraph separators, and the marks of bidirectional text.
 */
// biome-ignore lint/suspicious/noControlCharactersInRegex: these are what is looked for
const COMMANDS = /[\u0000-\u001f\u007f-\u009f\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069]/g;
const SHORT: Readonly<Record<string, string>> = { "\n": "\\n", "\r": "\\r", "\t": "\\t" };

/**
 * Shows what commands a terminal as JavaScript would write it.
 * @param lines whether line breaks stay
 * @param unicode whether all are written in the one way that JSON knows
 */
export function escaped(text: string, { lines = false, unicode = false } = {}): string {
  return text.replace(COMMANDS, (each) => {
    if (each === "\n" && lines) return each;
    const code = each.charCodeAt(0).toString(16);
    if (unicode) return `\\u${code.padStart(4, "0")}`;
    return SHORT[each] ?? (code.length <= 2 ? `\\x${code.padStart(2, "0")}` : `\\u${code.padStart(4, "0")}`);
  });
}

/** A name as a line shows it: models and files come from strangers. */
export const nameText = (name: string): string => escaped(name);

/** @param names leading columns of text; the others are numbers */
export function table(head: readonly string[], names: number, rows: readonly (readonly string[])[]): string {
  const made = new Table({
    head: [...head],
    colAligns: head.map((_, column) => (column < names ? "left" : "right")),
    style: { head: [], border: [], compact: true, "padding-left": 1, "padding-right": 1 },
  });
  for (const row of rows) made.push(row.map(nameText));
  return made.toString();
}

/** Four significant digits. */
export const short = (value: number): string =>
  Number.isFinite(value) ? String(Number(value.toPrecision(4))) : `${value}`;

/** Lengths, and names of those that are open. */
export const shapeText = (shape: readonly (number | string)[]): string =>
  shape.length === 0 ? "scalar" : shape.map((length) => nameText(String(length))).join("x");

/** Without the dtype where it is the one of most. */
export const typeText = (dtype: string, shape: readonly (number | string)[]): string =>
  dtype === "float32" ? shapeText(shape) : `${shapeText(shape)} ${dtype}`;

/** Of linear memory, in units that people read. */
export function size(bytes: number): string {
  const units = ["bytes", "KB", "MB", "GB"];
  const power = Math.min(Math.floor(Math.log2(Math.max(bytes, 1)) / 10), units.length - 1);
  return `${Number((bytes / 1024 ** power).toFixed(1))} ${units[power]}`;
}
