import { checkTensor, sameShape, show, type TensorLike, type View, wrongType, wrongValue } from "../check.ts";
import { Tensor } from "../tensor.ts";

/** Tensors by name, as {@link Module.stateDict} gives and {@link Module.loadStateDict} takes them. */
export type StateDict = Readonly<Record<string, TensorLike>>;

/** A name in a state and the field of the module that it stands for; null for a name that a state may have but nothing reads. */
export type StateField = readonly [name: string, field: string | null];

/** What a module may return: a Tensor, or several by name. */
export type Output = Tensor | Readonly<Record<string, Tensor>>;

/** Tensors that were given to be trained. */
const trained = /* @__PURE__ */ new WeakSet<Tensor>();

/** A tensor of a module, or of one inside it. */
interface Slot {
  readonly value: Tensor;
  assign(value: Tensor): void;
}

/**
 * torch.nn.Module, in evaluation mode: what every layer and network extends.
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
   * that {@link parameters} has given: an optimiser may know them, and they take over the values. torch's num_batches_tracked may be
   * present and is ignored.
   *
   * @param state a tensor for every name
   * @throws TypeError if it is not a record of tensors; RangeError that lists the names that are missing, the names that
   *   are unknown and the shapes that differ, all in one message. Nothing is loaded then.
   */
  loadStateDict(state: StateDict): void {
    const where = `${this.moduleName}.loadStateDict`;
    const { slots, ignored } = this.#state();
    const loaded = checkState(where, state, slots, ignored);
    for (const [name, { assign }] of slots) assign(loaded.get(name)!);
  }

  /**
   * What an optimiser trains: the float32 tensors of the state but running statistics, of this module and those inside it. The
   * first call for a tensor sets its requiresGrad; one that was set back to false, to freeze it, stays so.
   *
   * @returns the tensors, in the state's order
   * @throws RangeError for a module that contains itself
   */
  parameters(): Tensor[] {
    return this.namedParameters().map(([, tensor]) => tensor);
  }

  /** {@link parameters} with their names. */
  namedParameters(): [name: string, tensor: Tensor][] {
    return Array.from(this.#state().slots, ([name, { value }]): [string, Tensor] => [name, value]).filter(
      ([name, tensor]) => {
        if (/(^|\.)running_(mean|var)$/.test(name) || tensor.dtype !== "float32") return false;
        if (!trained.has(tensor)) tensor.requiresGrad = true;
        trained.add(tensor);
        return true;
      },
    );
  }

  /** Sets the gradients of all parameters to null. */
  zeroGrad(): void {
    for (const tensor of this.parameters()) tensor.grad = null;
  }

  /** The name of the module in messages. */
  protected get moduleName(): string {
    return this.constructor.name;
  }

  /**
   * The names of the state and the fields that they stand for. Fields that are neither a Module nor a Tensor are not part
   * of the state. A module whose field names differ from torch's overrides this.
   *
   * @returns pairs in the state's order; null in place of a field for a name that a state may have but nothing reads
   */
  protected stateFields(): readonly StateField[] {
    return Object.keys(this).map((name) => [name, name]);
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
      const fields = module as unknown as Record<string, unknown>;
      for (const [name, field] of module.stateFields()) {
        if (field === null) {
          ignored.add(prefix + name);
          continue;
        }
        const value = fields[field];
        if (Array.isArray(value) && value.some((each) => each instanceof Module)) {
          throw wrongType(
            this.moduleName,
            `${prefix}${name} holds modules in an array, whose tensors would be left out: put them into an nn.Sequential`,
          );
        }
        if (value instanceof Module) visit(value, `${prefix}${name}.`);
        if (!(value instanceof Tensor)) continue;
        const assign = (loaded: Tensor) => {
          // an optimiser may know the tensor
          if (trained.has(value)) value.detach().copy_(loaded);
          else fields[field] = loaded;
        };
        slots.set(prefix + name, { value, assign });
      }
      path.pop();
    };
    visit(this, "");
    return { slots, ignored };
  }
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
  const missing = [...slots.keys()].filter((name) => !given.has(name));
  const unknown = [...given.keys()].filter((name) => !slots.has(name) && !ignored.has(name));
  const misshapen: string[] = [];
  const loaded = new Map<string, Tensor>();
  for (const [name, { value }] of slots) {
    if (!given.has(name)) continue;
    const candidate = given.get(name);
    const view = checkTensor(where, name, candidate);
    const { shape } = view;
    if (sameShape(shape, value.shape)) loaded.set(name, asTensor(candidate, view));
    else misshapen.push(`${name} must have shape ${show(value.shape)}, got ${show(shape)}`);
  }
  const faults: string[] = [];
  if (missing.length > 0) faults.push(`${are(missing, "missing")} (got ${listed([...given.keys()])})`);
  if (unknown.length > 0) faults.push(`${are(unknown, "unknown")} (expected ${listed([...slots.keys()])})`);
  if (misshapen.length > 0) faults.push(shortened(misshapen, "; "));
  if (faults.length > 0) throw wrongValue(where, faults.join("; "));
  return loaded;
}

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
