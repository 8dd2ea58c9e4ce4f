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
      if (key in this) throw unusable(name, key);
      this.put(name, key, module);
    }
  }

  /** @throws TypeError for anything but a module, RangeError for a name that a module cannot have */
  protected put(where: string, key: string, module: unknown): void {
    if (!(module instanceof Module)) throw wrongType(where, `${show(key)} must be an nn module, got ${show(module)}`);
    if (key === "" || key.includes(".")) throw unusable(where, key);
    Object.assign(this, { [key]: module });
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

const unusable = (where: string, key: string) =>
  wrongValue(where, `a module cannot be called ${show(key)}: names must not have dots, nor be those of methods`);

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

/** A container that says only which modules there are: `forward` of the module around it calls them. */
abstract class Collection extends Container {
  /** @throws TypeError always, as in torch */
  override forward(_input: TensorLike): Tensor {
    throw wrongType(this.moduleName, "has no forward: call its modules");
  }
}

/**
 * torch.nn.ModuleList: modules in an order, which a network keeps in a field. `list[0]` is the first.
 *
 * ```ts
 * layers = new nn.ModuleList([new nn.Linear(8, 8), new nn.Linear(8, 2)]); // layers.0.weight, ...
 * ```
 */
export class ModuleList extends Collection {
  /**
   * @param modules an array of modules, or anything else that can be iterated over
   * @throws TypeError for anything else
   */
  constructor(modules: Iterable<Module> = []) {
    super("nn.ModuleList", []);
    this.#add("nn.ModuleList", modules);
  }

  /** Adds a module at the end. @throws TypeError for anything else */
  append(module: Module): this {
    this.put("nn.ModuleList.append", String(this.length), module);
    return this;
  }

  /** Adds modules at the end. @throws TypeError for anything else; nothing is added then */
  extend(modules: Iterable<Module>): this {
    this.#add("nn.ModuleList.extend", modules);
    return this;
  }

  #add(where: string, modules: unknown): void {
    const isList = typeof modules === "object" && modules !== null && Symbol.iterator in modules;
    if (!isList) throw wrongType(where, `modules must be an array of nn modules, got ${show(modules)}`);
    const added = [...(modules as Iterable<unknown>)];
    for (const each of added) {
      if (!(each instanceof Module)) throw wrongType(where, `modules must hold nn modules, got ${show(each)}`);
    }
    for (const each of added) this.put(where, String(this.length), each);
  }

  protected override get moduleName(): string {
    return "nn.ModuleList";
  }
}

/**
 * torch.nn.ModuleDict: modules by name, which a network keeps in a field.
 *
 * ```ts
 * heads = new nn.ModuleDict({ box: new nn.Linear(8, 4), mask: new nn.Linear(8, 1) }); // heads.box.weight, ...
 * this.heads.get("box").forward(x);
 * ```
 */
export class ModuleDict extends Collection {
  /**
   * @param modules modules by name
   * @throws TypeError for anything but a record of modules; RangeError for a name with a dot, or that of a method
   */
  constructor(modules: NamedModules = {}) {
    if (!isRecord(modules)) throw wrongType("nn.ModuleDict", `modules must be a record, got ${show(modules)}`);
    super("nn.ModuleDict", [modules]);
  }

  /**
   * The module of that name.
   * @throws RangeError if there is none
   */
  get(name: string): Module {
    if (this.has(name)) return (this as unknown as NamedModules)[name]!;
    throw wrongValue("nn.ModuleDict.get", `has no module ${show(name)} (known: ${this.keys().join(", ")})`);
  }

  /** Adds a module, or puts it in the place of another. @throws as the constructor */
  set(name: string, module: Module): this {
    if (!this.has(name) && name in this) throw unusable("nn.ModuleDict.set", name);
    this.put("nn.ModuleDict.set", name, module);
    return this;
  }

  /** Whether there is a module of that name. */
  has(name: string): boolean {
    return Object.hasOwn(this, name) && (this as unknown as Readonly<Record<string, unknown>>)[name] instanceof Module;
  }

  /** The names, in order. */
  keys(): string[] {
    return Object.keys(this).filter((name) => this.has(name));
  }

  /** The modules, in order. */
  values(): Module[] {
    return [...this];
  }

  /** The names with their modules, in order. */
  entries(): [name: string, module: Module][] {
    return this.keys().map((name) => [name, this.get(name)]);
  }

  protected override get moduleName(): string {
    return "nn.ModuleDict";
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
