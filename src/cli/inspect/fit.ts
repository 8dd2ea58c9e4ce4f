import { nameText, table } from "../format.ts";

/** A column of a table that is to fit a terminal. */
export interface Column {
  readonly head: string;
  readonly cells: readonly string[];
  /** of text, to which it may be shortened; without it the column holds numbers, or lengths, which are not */
  readonly least?: number;
  /** columns are left out for want of room in this order; without it never */
  readonly leaveOut?: number;
}

/** Lines of a table, and the rule before it. */
const SEPARATOR = 3;
const FRAME = 1;

/**
 * A table that is no wider than a terminal: texts are shortened in the middle, then columns left out.
 * @param width undefined where nothing limits it
 * @returns the names of the columns that there was no room for, besides
 */
export function fittedTable(
  columns: readonly Column[],
  width: number | undefined,
): { readonly text: string; readonly leftOut: readonly string[] } {
  let shown = columns
    .map((column) => ({ ...column, cells: column.cells.map(nameText) }))
    .filter(({ cells, leaveOut }) => leaveOut === undefined || cells.some((cell) => cell !== ""));
  const room = (each: readonly number[]) => (width ?? Infinity) - FRAME - each.reduce((a, b) => a + b + SEPARATOR, 0);
  const leftOut: string[] = [];
  while (room(shown.map(leastOf)) < 0) {
    const [next] = shown.filter((column) => column.leaveOut !== undefined).sort((a, b) => a.leaveOut! - b.leaveOut!);
    if (next === undefined) break;
    shown = shown.filter((column) => column !== next);
    leftOut.push(next.head);
  }
  const widths = shown.map(wantedBy);
  while (room(widths) < 0) {
    const spare = widths.map((each, index) => (each > leastOf(shown[index]!) ? each : 0));
    const widest = Math.max(...spare);
    if (widest === 0) break;
    --widths[spare.indexOf(widest)]!;
  }
  const rows = shown[0]!.cells.map((_, row) => shown.map(({ cells }, index) => shortened(cells[row]!, widths[index]!)));
  const texts = shown.filter(({ least }) => least !== undefined).length;
  return {
    text: table(
      shown.map(({ head }) => head),
      texts,
      rows,
    ),
    leftOut,
  };
}

const wantedBy = ({ head, cells }: Column): number =>
  cells.reduce((most, { length }) => Math.max(most, length), head.length);

const leastOf = (column: Column): number =>
  Math.min(Math.max(column.least ?? Infinity, column.head.length), wantedBy(column));

/** A name is known by its beginning and its end. */
export function shortened(text: string, length: number): string {
  if (text.length <= length) return text;
  const end = Math.floor((length - 1) / 2);
  return `${text.slice(0, length - 1 - end)}…${text.slice(text.length - end)}`;
}
