import Table from "cli-table3";

export const percent = (value: number) => `${(100 * value).toFixed(0)}%`;
export const milliseconds = (value: number) => (value < 0.1 ? value.toFixed(4) : value.toFixed(2));

/** @param names leading columns of text; the others are numbers */
export function newTable(head: string[], names: number) {
  return new Table({
    head,
    colAligns: head.map((_, column) => (column < names ? "left" : "right")),
    style: { head: [], border: [], compact: true, "padding-left": 1, "padding-right": 1 },
  });
}
