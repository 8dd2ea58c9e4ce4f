import { show, type TensorLike, wrongType, wrongValue } from "../check.ts";
import { add } from "../functional/arithmetic.ts";
import { cat } from "../functional/movement.ts";
import type { Tensor } from "../tensor.ts";
import { Module, unchanged } from "./module.ts";

/** Modules by name, in order. */
export type NamedModules = Readonly<Record<string, Module>>;

/** Modules in an order, each a field: 0, 1, ... or the names of a record. */
abstract class Container extends Module {
  [index: number]: Module;

  /**
   * @param name name of the container, for messages
   * @param modules its modules, or one record of them
   */
  constructor(name: string, modules: readonly Module[] | readonly [NamedModules]) {
    super();
    const [first] = modules;
    const named = modules.length === 1 && isRecord(first) ? Object.entries(first) : Object.entries(modules);
    for (const [key, module] of named) {
      if (!(module instanceof Module)) throw wrongType(name, `${show(key)} must be an nn module, got ${show(module)}`);
      if (key === "" || key.includes(".") || key in this) {
        throw wrongValue(
          name,
          `a module cannot be called ${show(key)}: names must not have dots, nor be those of methods`,
        );
      }
      Object.assign(this, { [key]: module });
    }
  }

  /** Number of modules. */
  get length(): number {
    return this.#modules().length;
  }

  /** The modules, in order. */
  [Symbol.iterator](): IterableIterator<Module> {
    return this.#modules().values();
  }

  #modules(): Module[] {
    return Object.values(this).filter((value) => value instanceof Module);
  }
}

const isRecord = (value: unknown): value is NamedModules =>
  typeof value === "object" && value !== null && !(value instanceof Module) && !Array.isArray(value);

/**
 * torch.nn.Sequential: one module after the other. `sequential[0]` is the first; the state's names begin with 0, 1, ...,
 * or with the names of the record.
 *
 * ```ts
 * const block = new nn.Sequential(new nn.Conv2d(3, 8, 3), new nn.ReLU()); // 0.weight, 0.bias
 * const named = new nn.Sequential({ conv: new nn.Conv2d(3, 8, 3), relu: new nn.ReLU() }); // conv.weight, conv.bias
 * ```
 */
export class Sequential extends Container {
  /**
   * @param modules any number of modules, or one record of modules
   * @throws TypeError for an argument that is not a module; RangeError for a name with a dot, or that of a method
   */
  constructor(...modules: readonly Module[] | readonly [NamedModules]) {
    super("nn.Sequential", modules);
  }

  /**
   * @param input what the first module takes
   * @returns the result of the last one; the input itself where there is none
   * @throws the errors of the modules' forward
   */
  override forward(input: TensorLike): Tensor {
    let x = unchanged("nn.Sequential", input);
    for (const module of this) x = module.forward(x);
    return x;
  }

  protected override get moduleName(): string {
    return "nn.Sequential";
  }
}

/** Several modules on the same input, their results joined along the channels, as in SqueezeNet. */
export class Concat extends Container {
  /**
   * @param branches at least one module, or one record of modules
   * @throws TypeError for an argument that is not a module; RangeError for none, for a name with a dot, or that of a method
   */
  constructor(...branches: readonly Module[] | readonly [NamedModules]) {
    super("nn.Concat", branches);
    if (this.length === 0) throw wrongValue("nn.Concat", "needs at least one module");
  }

  /**
   * @param input what every branch takes
   * @returns (N, sum of the branches' channels, H, W), or (sum, H, W)
   * @throws the errors of the branches' forward and of cat
   */
  override forward(input: TensorLike): Tensor {
    return cat(
      Array.from(this, (branch) => branch.forward(input)),
      -3,
    );
  }

  protected override get moduleName(): string {
    return "nn.Concat";
  }
}

/** A module whose result is added to its input, or to a second module's result, as in ResNet. */
export class Residual extends Module {
  readonly body: Module;
  /** null where the input itself is added */
  readonly shortcut: Module | null;

  /** @throws TypeError for an argument that is not a module */
  constructor(body: Module, shortcut: Module | null = null) {
    super();
    for (const [name, module] of Object.entries({ body, shortcut })) {
      if (module instanceof Module || (name === "shortcut" && module === null)) continue;
      throw wrongType("nn.Residual", `${name} must be an nn module, got ${show(module)}`);
    }
    this.body = body;
    this.shortcut = shortcut;
  }

  /**
   * @returns body(input) + shortcut(input)
   * @throws the errors of the modules' forward and of add
   */
  override forward(input: TensorLike): Tensor {
    return add(this.body.forward(input), this.shortcut === null ? input : this.shortcut.forward(input));
  }

  protected override get moduleName(): string {
    return "nn.Residual";
  }
}
