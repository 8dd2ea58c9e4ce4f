import { checkBoolean, checkOptions, show, wrongType, wrongValue } from "../check.ts";
import type { DType } from "../dtype.ts";
import { add } from "../functional/arithmetic.ts";
import { type AnyTensor, checkValues } from "../functional/promotion.ts";
import { Tensor } from "../tensor.ts";
import { type BackwardOptions, propagate, rootGradient, type Variable, variableOf } from "./variable.ts";

/** Options of {@link grad}. */
export interface GradOptions extends BackwardOptions {
  /** whether an input that no output depends on gets null, in place of an error; default false */
  allowUnused?: boolean;
}

function rootOf(where: string, name: string, tensor: unknown): Variable {
  if (!(tensor instanceof Tensor)) throw wrongType(where, `${name} must be a Tensor, got ${show(tensor)}`);
  const variable = variableOf(tensor);
  if (variable !== undefined) return variable;
  throw wrongValue(
    where,
    `${name} depends on no tensor with requiresGrad (a module's parameters() set it), or was computed within noGrad, or is itself a gradient: gradients of gradients are not computed`,
  );
}

/** Tensor.backward: adds gradients to the leaves that the tensor depends on. */
export function backward(tensor: Tensor<DType>, gradient?: AnyTensor | null, options?: BackwardOptions): void {
  const where = "backward";
  const { retainGraph = false } = checkOptions(where, options, ["retainGraph"]);
  checkBoolean(where, "retainGraph", retainGraph);
  const root = rootOf(where, "the tensor", tensor);
  const given = gradient == null ? undefined : checkValues(where, "gradient", gradient);
  propagate(where, [[root, rootGradient(where, root.type, given, "gradient")]], retainGraph, (variable, value) => {
    if (variable.retains) accumulate(variable, value);
  });
}

function accumulate(variable: Variable, value: Tensor): void {
  // a copy: a rule may have handed the same array to several arguments
  variable.grad =
    variable.grad === null ? new Tensor(value.data.slice(), value.shape, value.dtype) : add(variable.grad, value);
}

/**
 * Gradients of outputs with respect to inputs (torch.autograd.grad); `grad` of the inputs stays as it is.
 *
 * @param outputs a tensor, or several, of which the gradients are added
 * @param inputs a tensor, or several, with requiresGrad or computed from such
 * @param gradOutputs gradients of the outputs; may be left out for outputs of one element
 * @param options retainGraph false, allowUnused false
 * @returns a gradient for each input, in its shape
 * @throws TypeError for arguments of the wrong kind; RangeError for an output that is not a single number and has no gradient, an
 *   input that no output depends on, a graph that was given back, tensors that were changed in place
 */
export function grad(
  outputs: Tensor | readonly Tensor[],
  inputs: Tensor | readonly Tensor[],
  gradOutputs?: AnyTensor | readonly (AnyTensor | null)[] | null,
  options?: GradOptions,
): Tensor[] {
  const where = "grad";
  if (options !== undefined && "createGraph" in options) {
    throw wrongType(where, "createGraph is not available: gradients of gradients are not computed");
  }
  const { retainGraph = false, allowUnused = false } = checkOptions(where, options, ["retainGraph", "allowUnused"]);
  checkBoolean(where, "retainGraph", retainGraph);
  checkBoolean(where, "allowUnused", allowUnused);
  const results = listOf(outputs);
  const gradients: readonly unknown[] = gradOutputs == null ? results.map(() => null) : listOf<unknown>(gradOutputs);
  if (gradients.length !== results.length) {
    throw wrongValue(where, `gradOutputs must have one for each of ${results.length} outputs, got ${gradients.length}`);
  }
  const roots = results.map((output, i) => {
    const root = rootOf(where, `outputs[${i}]`, output);
    const given = gradients[i] == null ? undefined : checkValues(where, `gradOutputs[${i}]`, gradients[i]);
    return [root, rootGradient(where, root.type, given, "gradOutputs")] as const;
  });
  const wanted = listOf(inputs).map((input, i) => rootOf(where, `inputs[${i}]`, input));
  const found = new Map<Variable, Tensor>();
  propagate(where, roots, retainGraph, (variable, value) => {
    if (wanted.includes(variable)) found.set(variable, value);
  });
  return wanted.map((variable, i) => {
    const gradient = found.get(variable);
    if (gradient === undefined && !allowUnused) {
      throw wrongValue(
        where,
        `inputs[${i}] is not used by the outputs; pass { allowUnused: true } for null in its place`,
      );
    }
    return (gradient === undefined ? null : new Tensor(gradient.data.slice(), gradient.shape)) as Tensor;
  });
}

const listOf = <T>(value: T | readonly T[]): readonly T[] => (Array.isArray(value) ? value : [value as T]);
