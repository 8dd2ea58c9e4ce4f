import Table from "cli-table3";

/** @param names leading columns of text; the others are numbers */
export function table(head: readonly string[], names: number, rows: readonly (readonly string[])[]): string {
  const made = new Table({
    head: [...head],
    colAligns: head.map((_, column) => (column < names ? "left" : "right")),
    style: { head: [], border: [], compact: true, "padding-left": 1, "padding-right": 1 },
  });
  for (const row of rows) made.push([...row]);
  return made.toString();
}

/** Four significant digits. */
export const short = (value: number): string =>
  Number.isFinite(value) ? String(Number(value.toPrecision(4))) : `${value}`;

export const shapeText = (shape: readonly (number | string)[]): string =>
  shape.length === 0 ? "scalar" : shape.join("x");

/** Of linear memory, in units that people read. */
export function size(bytes: number): string {
  const units = ["bytes", "KB", "MB", "GB"];
  const power = Math.min(Math.floor(Math.log2(Math.max(bytes, 1)) / 10), units.length - 1);
  return `${Number((bytes / 1024 ** power).toFixed(1))} ${units[power]}`;
}
