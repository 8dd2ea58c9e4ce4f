import { noteChange } from "../changes.ts";
import { checkNumber, sameShape, show, wrongType, wrongValue } from "../check.ts";
import { Tensor } from "../tensor/public.js";

/** Parameters with settings of their own; settings that are left out are the optimiser's. */
export type ParamGroup<O> = { params: Iterable<Tensor> } & Partial<O>;

/** What an optimiser optimises: parameters, or groups of them. */
export type Params<O> = Iterable<Tensor> | Iterable<ParamGroup<O>>;

/** What an optimiser remembers of a parameter: numbers, and tensors in its shape. */
export type ParamState = Record<string, number | Tensor>;

/** The state of an optimiser. */
export interface OptimizerState<O> {
  /** by the index of the parameter, over all groups */
  readonly state: Readonly<Record<string, Readonly<ParamState>>>;
  readonly paramGroups: readonly (O & { readonly params: readonly number[] })[];
}

/** Settings that every optimiser has. */
export interface LearningRate {
  /** step size; may be assigned between steps */
  lr: number;
}

/** What SGD, Adam and AdamW have in common (torch.optim.Optimizer). */
export abstract class Optimizer<O extends LearningRate = LearningRate> {
  /** the parameters with their settings, which may be changed between steps */
  readonly paramGroups: (O & { params: readonly Tensor[] })[];
  readonly #name: string;
  readonly #state = new Map<Tensor, ParamState>();

  /** @param defaults settings of groups that have none of their own */
  constructor(name: string, params: Params<O>, defaults: O) {
    this.#name = name;
    const list = listOf(name, "params", params);
    if (list.length === 0) throw wrongValue(name, "params must hold at least one tensor, got none");
    const groups = list[0] instanceof Tensor ? [{ params: list }] : list;
    const seen = new Set<unknown>();
    this.paramGroups = groups.map((group) => {
      if (typeof group !== "object" || group === null || !("params" in group)) {
        throw wrongType(name, `params must hold Tensors or groups { params, ... }, got ${show(group)}`);
      }
      const { params: own, ...settings } = group as ParamGroup<O>;
      const tensors = listOf(name, "params", own) as readonly Tensor[];
      for (const tensor of tensors) {
        if (!(tensor instanceof Tensor)) throw wrongType(name, `params must hold Tensors, got ${show(tensor)}`);
        if (!tensor.isLeaf)
          throw wrongValue(name, "can only optimise leaves: tensors that were not computed from others");
        if (seen.has(tensor)) throw wrongValue(name, "a parameter must be given only once");
        seen.add(tensor);
      }
      for (const key of Object.keys(settings)) {
        if (!(key in defaults))
          throw wrongType(name, `unknown setting ${show(key)} (known: ${Object.keys(defaults).join(", ")})`);
      }
      const complete = { ...defaults, ...settings, params: tensors };
      this.check(name, complete);
      return complete;
    });
  }

  /**
   * Changes every parameter that has a gradient, in place.
   * @throws TypeError, RangeError for settings that were changed to something else than they may be
   */
  step(): void {
    for (const group of this.paramGroups) this.check(this.#name, group);
    for (const group of this.paramGroups) {
      for (const tensor of group.params) {
        const { grad } = tensor;
        if (grad === null) continue;
        let state = this.#state.get(tensor);
        if (state === undefined) {
          state = {};
          this.#state.set(tensor, state);
        }
        this.update(tensor.data, grad.data, state, group, tensor.shape);
        noteChange(tensor.data);
      }
    }
  }

  /** Sets the gradients of all parameters to null. */
  zeroGrad(): void {
    for (const { params } of this.paramGroups) for (const tensor of params) tensor.grad = null;
  }

  /** What {@link loadStateDict} needs to go on from here; the tensors are the optimiser's own. */
  stateDict(): OptimizerState<O> {
    const all = this.paramGroups.flatMap(({ params }) => params);
    const state: Record<string, ParamState> = {};
    for (const [index, tensor] of all.entries()) {
      const own = this.#state.get(tensor);
      if (own !== undefined) state[index] = { ...own };
    }
    const paramGroups = this.paramGroups.map((group) => ({
      ...group,
      params: group.params.map((each) => all.indexOf(each)),
    }));
    return { state, paramGroups } as unknown as OptimizerState<O>;
  }

  /**
   * Takes over a state of {@link stateDict}, as copies.
   * @throws TypeError, RangeError for a state of other parameters; nothing is taken over then
   */
  loadStateDict(saved: OptimizerState<O>): void {
    const where = `${this.#name}.loadStateDict`;
    if (
      typeof saved !== "object" ||
      saved === null ||
      !Array.isArray(saved.paramGroups) ||
      typeof saved.state !== "object"
    ) {
      throw wrongType(where, `state must be { state, paramGroups }, got ${show(saved)}`);
    }
    const counts = (groups: readonly { readonly params: readonly unknown[] }[]) =>
      groups.map(({ params }) => params.length);
    if (!sameShape(counts(saved.paramGroups), counts(this.paramGroups))) {
      throw wrongValue(
        where,
        `groups must have ${show(counts(this.paramGroups))} parameters, got ${show(counts(saved.paramGroups))}`,
      );
    }
    const all = this.paramGroups.flatMap(({ params }) => params);
    const loaded = new Map<Tensor, ParamState>();
    for (const [index, own] of Object.entries(saved.state)) {
      const tensor = all[Number(index)];
      if (tensor === undefined) throw wrongValue(where, `there is no parameter ${show(index)}`);
      const copied = Object.entries(own).map(([name, value]) => {
        if (!(value instanceof Tensor)) return [name, checkNumber(where, name, value)] as const;
        if (sameShape(value.shape, tensor.shape)) return [name, new Tensor(value.data.slice(), value.shape)] as const;
        throw wrongValue(
          where,
          `${name} of parameter ${index} must have shape ${show(tensor.shape)}, got ${show(value.shape)}`,
        );
      });
      loaded.set(tensor, Object.fromEntries(copied));
    }
    const settings = saved.paramGroups.map(({ params: _, ...rest }, i) => {
      const complete = { ...this.paramGroups[i]!, ...rest, params: this.paramGroups[i]!.params };
      this.check(where, complete);
      return complete;
    });
    for (const [i, group] of settings.entries()) Object.assign(this.paramGroups[i]!, group);
    this.#state.clear();
    for (const [tensor, own] of loaded) this.#state.set(tensor, own);
  }

  /** Checks the settings of a group. */
  protected abstract check(where: string, settings: O): void;

  /** Changes a parameter in place. */
  protected abstract update(
    values: Float32Array,
    gradient: Float32Array,
    state: ParamState,
    settings: O,
    shape: readonly number[],
  ): void;
}

function listOf(where: string, name: string, value: unknown): readonly unknown[] {
  if (typeof value === "object" && value !== null && Symbol.iterator in value) return [...(value as Iterable<unknown>)];
  throw wrongType(where, `${name} must be an array, or what parameters() gives, got ${show(value)}`);
}

/** A setting that must be finite and at least 0. */
export function checkSetting(where: string, name: string, value: unknown): void {
  if (typeof value !== "number") throw wrongType(where, `${name} must be a number, got ${show(value)}`);
  if (!(value >= 0 && value < Infinity))
    throw wrongValue(where, `${name} must be finite and from 0, got ${show(value)}`);
}

/** A tensor of zeros that an optimiser keeps. */
export function kept(state: ParamState, name: string, shape: readonly number[]): Float32Array {
  state[name] ??= Tensor.zeros(shape);
  return (state[name] as Tensor).data;
}
