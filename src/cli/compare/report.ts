import type { Compared, Comparison } from "./compare.ts";

/** Steps that are shown before and after the first one that differs. */
const AROUND = 3;

export function describe({ model, with: other, tolerance, compared, first }: Comparison, columns = 100): string {
  const worst = compared.reduce((most, { error }) => Math.max(most, error ?? Number.POSITIVE_INFINITY), 0);
  if (first === null) {
    return `${model} and ${other} agree in all ${compared.length} results: they differ by ${errorText(worst)} at most`;
  }
  const step = compared[first]!;
  const begin = Math.max(first - AROUND, 0);
  const lines = compared.slice(begin, first + AROUND + 1).map((each, i) => line(each, begin + i === first, columns));
  return [
    `The first step that differs from ${other} is ${step.op} ${step.step}: its result ${step.value} ${reason(step)}.`,
    `(${first} of ${compared.length} results before it agree within ${tolerance}.)`,
    "",
    ...lines,
  ].join("\n");
}

function reason({ error, shapes: [ours, theirs] }: Compared): string {
  if (error === null) return `has the shape [${ours.join(", ")}], not [${theirs.join(", ")}]`;
  return `differs by ${errorText(error)} of the largest value`;
}

const errorText = (error: number): string => (Number.isFinite(error) ? error.toPrecision(2) : "more than any number");

function line({ error, op, value, shapes }: Compared, isFirst: boolean, columns: number): string {
  const text = `${isFirst ? ">" : " "} ${(error === null ? "shape" : errorText(error)).padStart(8)}  ${op} ${value} [${shapes[0].join(", ")}]`;
  return text.length > columns ? `${text.slice(0, columns - 3)}...` : text;
}
