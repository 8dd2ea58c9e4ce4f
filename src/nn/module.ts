import {
  checkBoolean,
  checkTensor,
  sameShape,
  show,
  type TensorLike,
  type View,
  wrongType,
  wrongValue,
} from "../check.ts";
import { type DType, isIntegral } from "../dtype.ts";
import { type AnyTensor, asTensor as anyAsTensor, cast, checkValues } from "../functional/promotion.ts";
import { Tensor } from "../tensor.ts";

/** Tensors by name, as {@link Module.stateDict} gives and {@link Module.loadStateDict} takes them. */
export type StateDict = Readonly<Record<string, AnyTensor>>;

/**
 * A name in a state and the field of the module that it stands for, null for a name that a state may have but nothing reads; and
 * whether the tensor is a buffer, which no optimiser trains.
 */
export type StateField = readonly [name: string, field: string | null, kind?: "buffer"];

/** What a module may return: a Tensor, or several, by name or in a list. */
export type Output = Tensor | Readonly<Record<string, Tensor>> | readonly Tensor<DType>[];

/** Tensors that were given to be trained. */
const trained = /* @__PURE__ */ new WeakSet<Tensor>();
/** Tensors of states that were loaded, which belong to who loaded them. */
const borrowed = /* @__PURE__ */ new WeakSet<Tensor>();

/** A tensor of a module, or of one inside it. */
interface Slot {
  readonly value: Tensor;
  readonly isBuffer: boolean;
  /** Puts another tensor in its place. */
  assign(value: Tensor): void;
}

/**
 * torch.nn.Module: what every layer and network extends. As in torch it begins in training mode: call `eval()` before using it
 * for anything else. `compile` reads it in evaluation mode, whatever its mode is.
 *
 * Fields that hold modules, and fields that hold Tensors, make up the state, under their own names and in the order in
 * which they were defined. `forward` calls other modules and functions of this library on its input. `compile` reads a
 * network by calling `forward` with a tensor that has a shape but no data, so `forward` may decide by shapes and must
 * not read `data`.
 *
 * ```ts
 * class Block extends nn.Module {
 *   conv1 = new nn.Conv2d(16, 16, 3, { padding: 1, bias: false });
 *   bn1 = new nn.BatchNorm2d(16);
 *   override forward(x: TensorLike) {
 *     return relu(add(this.bn1.forward(this.conv1.forward(x)), x));
 *   }
 * }
 * ```
 */
export abstract class Module<R extends Output = Tensor> {
  /** whether batch normalisations use the statistics of the batch and dropout drops values: see {@link train} and {@link eval} */
  training = true;
  readonly #buffers = new Set<string>();

  /**
   * @param input what the module takes
   * @returns its result: a Tensor, or a record of several
   * @throws whatever the functions that it calls throw
   */
  abstract forward(input: TensorLike): R;

  /**
   * Parameters and buffers by torch's names: the names of the fields that lead to a module, then that of its own field,
   * as in `layer1.0.conv1.weight`. The tensors are those of the module, not copies.
   *
   * @returns tensors by name
   * @throws RangeError for a module that contains itself, TypeError for modules in an array
   */
  stateDict(): Record<string, Tensor> {
    return Object.fromEntries(Array.from(this.#state().slots, ([name, { value }]) => [name, value]));
  }

  /**
   * Takes over tensors by the names of {@link stateDict}; they are kept, not copied, but for those
   * that {@link parameters} has given: an optimiser may know them, and they take over the values. Buffers of whole numbers, as
   * torch's num_batches_tracked, may be missing.
   *
   * @param state a tensor for every name
   * @throws TypeError if it is not a record of tensors; RangeError that lists the names that are missing, the names that
   *   are unknown and the shapes that differ, all in one message. Nothing is loaded then.
   */
  loadStateDict(state: StateDict): void {
    const where = `${this.moduleName}.loadStateDict`;
    const { slots, ignored } = this.#state();
    const loaded = checkState(where, state, slots, ignored);
    for (const [name, { value, assign }] of slots) {
      const given = loaded.get(name);
      if (given === undefined) continue;
      if (trained.has(value)) value.detach().copy_(given);
      else {
        borrowed.add(given);
        assign(given);
      }
    }
  }

  /**
   * What an optimiser trains: the float32 tensors of the state but buffers, of this module and those inside it, each once. The
   * first call for a tensor sets its requiresGrad, and copies it if it was loaded; one that was set back to false, to freeze it,
   * stays so.
   *
   * @returns the tensors, in the state's order
   * @throws RangeError for a module that contains itself, TypeError for modules in an array or a record
   */
  parameters(): Tensor[] {
    return this.namedParameters().map(([, tensor]) => tensor);
  }

  /** {@link parameters} with their names. */
  namedParameters(): [name: string, tensor: Tensor][] {
    // added where the package's Tensor is used: a bundler may have left it out
    if (!("requiresGrad" in Tensor.prototype)) {
      throw wrongType(
        `${this.moduleName}.parameters`,
        'training needs Tensor: import { Tensor } from "convwasm" and use it',
      );
    }
    const own = new Map<Tensor, Tensor>();
    const found = new Map<Tensor, string>();
    for (const [name, { value, isBuffer, assign }] of this.#state().slots) {
      if (isBuffer || value.dtype !== "float32") continue;
      let tensor = own.get(value) ?? value;
      if (borrowed.has(tensor) && !trained.has(tensor)) {
        tensor = new Tensor(tensor.data.slice(), tensor.shape);
        own.set(value, tensor);
      }
      if (tensor !== value) assign(tensor);
      if (!trained.has(tensor)) tensor.requiresGrad = true;
      trained.add(tensor);
      if (!found.has(tensor)) found.set(tensor, name);
    }
    return Array.from(found, ([tensor, name]) => [name, tensor]);
  }

  /** The tensors of the state that are no parameters, as running statistics, with their names. */
  namedBuffers(): [name: string, tensor: Tensor<DType>][] {
    return Array.from(this.#state().slots).flatMap(([name, { value, isBuffer }]) =>
      isBuffer ? [[name, value as Tensor<DType>]] : [],
    );
  }

  /** The tensors of {@link namedBuffers}. */
  buffers(): Tensor<DType>[] {
    return this.namedBuffers().map(([, tensor]) => tensor);
  }

  /**
   * Keeps a tensor in a field of that name, as a buffer: part of the state, but nothing that is trained.
   * @throws TypeError for anything but a name and a Tensor
   */
  registerBuffer(name: string, tensor: Tensor<DType>): void {
    if (typeof name !== "string" || name === "" || name.includes(".")) {
      throw wrongType(`${this.moduleName}.registerBuffer`, `name must be a name without dots, got ${show(name)}`);
    }
    if (!(tensor instanceof Tensor)) {
      throw wrongType(`${this.moduleName}.registerBuffer`, `tensor must be a Tensor, got ${show(tensor)}`);
    }
    this.#buffers.add(name);
    Object.assign(this, { [name]: tensor });
  }

  /** Sets the gradients of all parameters to null. */
  zeroGrad(): void {
    for (const tensor of this.parameters()) tensor.grad = null;
  }

  /**
   * Sets `training` of this module and all inside it.
   * @throws TypeError for anything but true and false
   */
  train(mode = true): this {
    checkBoolean(`${this.moduleName}.train`, "mode", mode);
    for (const module of this.modules()) module.training = mode;
    return this;
  }

  /** Sets `training` of this module and all inside it to false. */
  eval(): this {
    return this.train(false);
  }

  /**
   * Whether gradients of the parameters are wanted: `requiresGrad_(false)` freezes them.
   * @throws TypeError for anything but true and false
   */
  requiresGrad_(value = true): this {
    for (const tensor of this.parameters()) tensor.requiresGrad = value;
    return this;
  }

  /** The modules in fields of this one, in the order of the state. */
  children(): Module<Output>[] {
    return [...new Set(this.#fields().flatMap(({ value }) => (value instanceof Module ? [value] : [])))];
  }

  /** This module and all inside it, each once. */
  modules(): Module<Output>[] {
    return this.#reached((module, inside) => [module, ...inside()]);
  }

  /** Calls a function for every module inside this one, then for this one itself: to set initial values, say. */
  apply(f: (module: Module<Output>) => void): this {
    for (const module of this.#reached((module, inside) => [...inside(), module])) f(module);
    return this;
  }

  /** @param order a module and, when asked for, those inside it that were not met before */
  #reached(order: (module: Module<Output>, inside: () => Module<Output>[]) => Module<Output>[]): Module<Output>[] {
    const met = new Set<Module<Output>>();
    const visit = (module: Module<Output>): Module<Output>[] => {
      if (met.has(module)) return [];
      met.add(module);
      return order(module, () => module.children().flatMap(visit));
    };
    return visit(this);
  }

  /** The name of the module in messages. */
  protected get moduleName(): string {
    return this.constructor.name;
  }

  /**
   * The names of the state and the fields that they stand for. Fields that are neither a Module nor a Tensor are not part
   * of the state. A module whose field names differ from torch's overrides this.
   *
   * @returns rows in the state's order; null in place of a field for a name that a state may have but nothing reads
   */
  protected stateFields(): readonly StateField[] {
    return Object.keys(this).map((name) => (this.#buffers.has(name) ? [name, name, "buffer"] : [name, name]));
  }

  #fields(): readonly { name: string; field: string | null; value: unknown; isBuffer: boolean }[] {
    const values = this as unknown as Record<string, unknown>;
    return this.stateFields().map(([name, field, kind]) => {
      const value = field === null ? undefined : values[field];
      if (holdsModules(value)) {
        const [form, list] = Array.isArray(value) ? ["an array", "ModuleList"] : ["a record", "ModuleDict"];
        throw wrongType(
          this.moduleName,
          `${name} holds modules in ${form}, whose tensors would be left out: put them into an nn.${list}`,
        );
      }
      return { name, field, value, isBuffer: kind === "buffer" };
    });
  }

  #state(): { slots: Map<string, Slot>; ignored: Set<string> } {
    const slots = new Map<string, Slot>();
    const ignored = new Set<string>();
    const path: Module<Output>[] = [];
    const visit = (module: Module<Output>, prefix: string): void => {
      if (path.includes(module)) {
        throw wrongValue(this.moduleName, `a module must not contain itself, but ${prefix.slice(0, -1)} does`);
      }
      path.push(module);
      for (const { name, field, value, isBuffer } of module.#fields()) {
        if (field === null) ignored.add(prefix + name);
        if (value instanceof Module) visit(value, `${prefix}${name}.`);
        if (!(value instanceof Tensor)) continue;
        const assign = (tensor: Tensor) => {
          (module as unknown as Record<string, unknown>)[field!] = tensor;
        };
        slots.set(prefix + name, { value, isBuffer, assign });
      }
      path.pop();
    };
    visit(this, "");
    return { slots, ignored };
  }
}

/** Whether a value is an array or a plain record with modules in it, however deep. */
function holdsModules(value: unknown): boolean {
  const isPlain = typeof value === "object" && value !== null && Object.getPrototypeOf(value) === Object.prototype;
  if (!Array.isArray(value) && !isPlain) return false;
  return Object.values(value).some((each) => each instanceof Module || (Array.isArray(each) && holdsModules(each)));
}

/** Checks that a state has the names and shapes of the module, before any of it is loaded. */
function checkState(
  where: string,
  state: unknown,
  slots: ReadonlyMap<string, Slot>,
  ignored: ReadonlySet<string>,
): Map<string, Tensor> {
  if (typeof state !== "object" || state === null) {
    throw wrongType(where, `state must be a record of tensors, got ${show(state)}`);
  }
  const given = new Map<string, unknown>(Object.entries(state));
  const missing = [...slots].filter(([name, slot]) => !given.has(name) && !isOptional(slot)).map(([name]) => name);
  const unknown = [...given.keys()].filter((name) => !slots.has(name) && !ignored.has(name));
  const misshapen: string[] = [];
  const loaded = new Map<string, Tensor>();
  for (const [name, { value }] of slots) {
    if (!given.has(name)) continue;
    const candidate = given.get(name);
    const isFloat = value.dtype === "float32";
    const view = isFloat ? checkTensor(where, name, candidate) : checkValues(where, name, candidate);
    const { shape } = view;
    if (sameShape(shape, value.shape)) {
      loaded.set(name, isFloat ? asTensor(candidate, view as View) : (anyAsTensor(cast(view, value.dtype)) as Tensor));
    } else misshapen.push(`${name} must have shape ${show(value.shape)}, got ${show(shape)}`);
  }
  const faults: string[] = [];
  if (missing.length > 0) faults.push(`${are(missing, "missing")} (got ${listed([...given.keys()])})`);
  if (unknown.length > 0) faults.push(`${are(unknown, "unknown")} (expected ${listed([...slots.keys()])})`);
  if (misshapen.length > 0) faults.push(shortened(misshapen, "; "));
  if (faults.length > 0) throw wrongValue(where, faults.join("; "));
  return loaded;
}

/** States of older files lack torch's counts of batches. */
const isOptional = ({ value, isBuffer }: Slot): boolean => isBuffer && isIntegral(value.dtype);

/** The most names or shapes that a message lists. */
const MOST_LISTED = 10;

const shortened = (items: readonly string[], separator: string): string =>
  items.length <= MOST_LISTED
    ? items.join(separator)
    : `${items.slice(0, MOST_LISTED).join(separator)}${separator}and ${items.length - MOST_LISTED} more`;

const listed = (names: readonly string[]): string => shortened(names, ", ") || "nothing";

const are = (names: readonly string[], what: string): string =>
  `${listed(names)} ${names.length === 1 ? "is" : "are"} ${what}`;

/** A value that is assigned to a field of a module, as a Tensor of the expected shape. */
export function parameter(where: string, name: string, value: unknown, expected: readonly number[]): Tensor {
  const view = checkTensor(where, name, value);
  if (!sameShape(view.shape, expected)) {
    throw wrongValue(where, `${name} must have shape ${show(expected)}, got ${show(view.shape)}`);
  }
  return asTensor(value, view);
}

/** A tensor itself, which may be a traced one, without data; otherwise one over the array that was given. */
const asTensor = (given: unknown, { origin, shape }: View): Tensor =>
  given instanceof Tensor ? given : new Tensor(origin as Float32Array, shape);

/** The input, for a module that returns it unchanged. */
export function unchanged(where: string, input: TensorLike): Tensor {
  return asTensor(input, checkTensor(where, "input", input));
}
