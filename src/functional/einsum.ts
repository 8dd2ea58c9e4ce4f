import { show, type TensorLike, wrongType, wrongValue } from "../check.ts";
import { stridesOf } from "../operators/broadcast.ts";
import { stridedOperator } from "../operators/strided.ts";
import { applyOne } from "../planning/evaluate.ts";
import type { Tensor } from "../tensor.ts";
import { mul } from "./arithmetic.ts";
import { matmul } from "./linear.ts";
import { permute, reshape } from "./movement.ts";
import { asTensor, checkFloats } from "./promotion.ts";
import { sum } from "./reduce.ts";

/** A tensor whose axes have names. */
interface Named {
  readonly names: readonly string[];
  readonly values: Tensor;
}

/**
 * Products of elements, summed over the axes whose letters are not in the result (torch.einsum), computed by matrix products
 * of two operands at a time, from the left.
 *
 * @param equation letters for the axes of each operand, as `"bij,bjk->bik"`; `...` stands for axes that broadcast. Without an arrow
 *   the result has the letters that occur once, in alphabetic order
 * @param operands the tensors, each an argument, or an array of them
 * @returns a tensor with the result's axes
 * @throws TypeError for an argument of the wrong kind; RangeError for an equation that does not fit the operands
 */
export function einsum(
  equation: string,
  ...operands: readonly TensorLike[] | readonly [readonly TensorLike[]]
): Tensor {
  const where = "einsum";
  if (typeof equation !== "string") throw wrongType(where, `equation must be a string, got ${show(equation)}`);
  const list = operands.length === 1 && Array.isArray(operands[0]) ? operands[0] : operands;
  return contract(
    where,
    equation,
    Array.from(list, (each, i) => asTensor(checkFloats(where, `operands[${i}]`, each)) as Tensor),
  );
}

/** What {@link einsum} gives for float32 tensors. */
export function contract(where: string, equation: string, tensors: readonly Tensor[]): Tensor {
  const { inputs, output } = parsed(where, equation, tensors);
  checkLetters(where, equation, inputs);
  let rest = inputs.map((input) => diagonal(where, input));
  while (rest.length > 1) {
    const [a, b, ...others] = rest as [Named, Named, ...Named[]];
    const later = new Set([...output, ...others.flatMap(({ names }) => names)]);
    rest = [product(reduced(a, [...later, ...b.names]), reduced(b, [...later, ...a.names]), later), ...others];
  }
  return ordered(reduced(rest[0]!, output), output);
}

/** Names of axes: letters, and "0", "1", ... from the end for those of '...' */
function parsed(where: string, equation: string, tensors: readonly Tensor[]) {
  const text = equation.replaceAll(" ", "");
  const [left, right, more] = text.split("->");
  const terms = left!.split(",");
  if (more !== undefined || !terms.every(isTerm) || (right !== undefined && !isTerm(right))) {
    throw wrongValue(
      where,
      `equation must be letters and '...' of each operand, as "ij,jk->ik", got ${show(equation)}`,
    );
  }
  if (terms.length !== tensors.length) {
    throw wrongValue(where, `equation ${show(equation)} has ${terms.length} operands, but got ${tensors.length}`);
  }
  const inputs = terms.map((term, i): Named => {
    const letters = term.replace("...", "").length;
    const { rank, shape } = tensors[i]!;
    const dots = rank - letters;
    if (dots < 0 || (dots > 0 && !term.includes("..."))) {
      throw wrongValue(where, `${show(term)} names ${letters} axes, but operand ${i} has shape ${show(shape)}`);
    }
    return { names: namesOf(term, dots), values: tensors[i]! };
  });
  const most = Math.max(0, ...inputs.map(({ names }) => names.filter((name) => /\d/.test(name)).length));
  const all = inputs.flatMap(({ names }) => names);
  const once = [...new Set(all)].filter((name) => !/\d/.test(name) && all.filter((each) => each === name).length === 1);
  const output = right === undefined ? [...namesOf("...", most), ...once.sort()] : namesOf(right, most);
  const unknown = output.find((name) => !all.includes(name));
  if (unknown !== undefined)
    throw wrongValue(where, `${show(unknown)} of the result is in no operand of ${show(equation)}`);
  if (new Set(output).size !== output.length) {
    throw wrongValue(where, `the result must have each letter once, got ${show(equation)}`);
  }
  return { inputs, output };
}

const isTerm = (term: string) => /^[A-Za-z]*(\.\.\.)?[A-Za-z]*$/.test(term);

const namesOf = (term: string, dots: number): readonly string[] => {
  const [before, after] = term.split("...");
  if (after === undefined) return [...before!];
  return [...before!, ...Array.from({ length: dots }, (_, i) => String(dots - 1 - i)), ...after];
};

function checkLetters(where: string, equation: string, inputs: readonly Named[]): void {
  const lengths = new Map<string, number>();
  for (const { names, values } of inputs) {
    for (const [axis, name] of names.entries()) {
      const [known = 1, length] = [lengths.get(name), values.shape[axis]!];
      if (known !== length && known !== 1 && length !== 1) {
        throw wrongValue(where, `${show(name)} of ${show(equation)} stands for axes of ${known} and ${length} values`);
      }
      lengths.set(name, known === 1 ? length : known);
    }
  }
}

/** Of axes with one name only the elements where their places are the same. */
function diagonal(where: string, { names, values }: Named): Named {
  const kept = [...new Set(names)];
  if (kept.length === names.length) return { names, values };
  const strides = stridesOf(values.shape);
  const shape = kept.map((name) => values.shape[names.indexOf(name)]!);
  for (const [axis, name] of names.entries()) {
    if (values.shape[axis] === values.shape[names.indexOf(name)]) continue;
    throw wrongValue(where, `${show(name)} stands for axes of different lengths in shape ${show(values.shape)}`);
  }
  const along = kept.map((name) => names.reduce((sum, each, axis) => sum + (each === name ? strides[axis]! : 0), 0));
  return { names: kept, values: applyOne(where, stridedOperator, [values], { shape, strides: along, offset: 0 }) };
}

/** Summed over the axes that nothing needs. */
function reduced({ names, values }: Named, needed: readonly string[]): Named {
  const dims = names.flatMap((name, axis) => (needed.includes(name) ? [] : [axis]));
  if (dims.length === 0) return { names, values };
  return { names: names.filter((name) => needed.includes(name)), values: sum(values, { dim: dims }) };
}

const ordered = ({ names, values }: Named, order: readonly string[]): Tensor => {
  const dims = order.map((name) => names.indexOf(name));
  return dims.every((dim, i) => dim === i) ? values : permute(values, dims);
};

/** The product of two, summed over the axes of both that nothing needs later. */
function product(a: Named, b: Named, later: ReadonlySet<string>): Named {
  const lengthIn = ({ names, values }: Named, name: string) => values.shape[names.indexOf(name)]!;
  const shared = a.names.filter((name) => b.names.includes(name));
  // axes of length 1 repeat, which matrix products do not do
  if (shared.some((name) => lengthIn(a, name) !== lengthIn(b, name))) return repeated(a, b, later);
  const batch = shared.filter((name) => later.has(name));
  const inner = shared.filter((name) => !later.has(name));
  const rows = a.names.filter((name) => !shared.includes(name));
  const columns = b.names.filter((name) => !shared.includes(name));
  const count = (of: Named, names: readonly string[]) => names.reduce((all, name) => all * lengthIn(of, name), 1);
  const outer = batch.map((name) => lengthIn(a, name));
  const left = reshape(ordered(a, [...batch, ...rows, ...inner]), [...outer, count(a, rows), count(a, inner)]);
  const right = reshape(ordered(b, [...batch, ...inner, ...columns]), [...outer, count(b, inner), count(b, columns)]);
  const shape = [...outer, ...rows.map((name) => lengthIn(a, name)), ...columns.map((name) => lengthIn(b, name))];
  return { names: [...batch, ...rows, ...columns], values: reshape(matmul(left, right), shape) };
}

function repeated(a: Named, b: Named, later: ReadonlySet<string>): Named {
  const names = [...new Set([...a.names, ...b.names])];
  const spread = (of: Named) =>
    reshape(
      ordered(
        of,
        names.filter((name) => of.names.includes(name)),
      ),
      names.map((name) => (of.names.includes(name) ? of.values.shape[of.names.indexOf(name)]! : 1)),
    );
  return reduced({ names, values: mul(spread(a), spread(b)) }, [...later]);
}
