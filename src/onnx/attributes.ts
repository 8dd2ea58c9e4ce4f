import { show, wrongType, wrongValue } from "../check.ts";
import type { Constant } from "../planning/constant.ts";
import { ATTRIBUTE_TYPE, type AttributeProto, type GraphProto, graphOf } from "./model.ts";
import { type ExternalFiles, tensorValue } from "./tensor.ts";

/** Reads a node's attributes by name and type, and keeps track of unread ones, which would change the meaning. */
export class Attributes {
  readonly #where: string;
  readonly #files: ExternalFiles;
  readonly #unread = new Map<string, AttributeProto>();

  /** @throws RangeError for an attribute that is given twice */
  constructor(where: string, attributes: readonly AttributeProto[], files: ExternalFiles) {
    this.#where = where;
    this.#files = files;
    for (const attribute of attributes) {
      if (this.#unread.has(attribute.name)) throw wrongValue(where, `attribute ${show(attribute.name)} is given twice`);
      this.#unread.set(attribute.name, attribute);
    }
  }

  has(name: string): boolean {
    return this.#unread.has(name);
  }

  int(name: string, otherwise: number): number {
    return this.#take(name, "INT")?.i ?? otherwise;
  }

  /** A whole number of 0 or 1. */
  flag(name: string, otherwise: boolean): boolean {
    const value = this.int(name, Number(otherwise));
    if (value !== 0 && value !== 1) throw wrongValue(this.#where, `${name} must be 0 or 1, got ${value}`);
    return value === 1;
  }

  float(name: string, otherwise: number): number {
    return this.#take(name, "FLOAT")?.f ?? otherwise;
  }

  ints(name: string): readonly number[] | undefined {
    return this.#take(name, "INTS")?.ints;
  }

  floats(name: string): readonly number[] | undefined {
    return this.#take(name, "FLOATS")?.floats;
  }

  string(name: string, otherwise: string): string {
    const attribute = this.#take(name, "STRING");
    return attribute === undefined ? otherwise : new TextDecoder().decode(attribute.s);
  }

  strings(name: string): readonly string[] | undefined {
    return this.#take(name, "STRINGS")?.strings.map((each) => new TextDecoder().decode(each));
  }

  /** One of the given strings, the first of which is the default. */
  choice<T extends string>(name: string, choices: readonly [T, ...T[]]): T {
    const value = this.string(name, choices[0]);
    if ((choices as readonly string[]).includes(value)) return value as T;
    throw wrongValue(
      this.#where,
      `${name} must be one of ${choices.map((each) => show(each)).join(", ")}, got ${show(value)}`,
    );
  }

  tensor(name: string): Constant | undefined {
    const attribute = this.#take(name, "TENSOR");
    if (attribute === undefined) return undefined;
    if (attribute.t === undefined) throw wrongValue(this.#where, `attribute ${show(name)} has no tensor`);
    return tensorValue(`${this.#where}: ${name}`, attribute.t, this.#files);
  }

  /** @throws RangeError where it is not given */
  graph(name: string): GraphProto {
    const attribute = this.#take(name, "GRAPH");
    if (attribute === undefined) throw wrongValue(this.#where, `needs the attribute ${show(name)}`);
    return graphOf(this.#where, attribute);
  }

  /** @throws TypeError if attributes are left unread */
  done(): void {
    if (this.#unread.size === 0) return;
    const names = [...this.#unread.keys()].map((name) => show(name)).join(", ");
    throw wrongType(this.#where, `has attributes that are not supported: ${names}`);
  }

  #take(name: string, type: keyof typeof ATTRIBUTE_TYPE): AttributeProto | undefined {
    const attribute = this.#unread.get(name);
    if (attribute !== undefined && attribute.type !== ATTRIBUTE_TYPE[type]) {
      throw wrongType(this.#where, `attribute ${show(name)} must be of type ${type}, got type ${attribute.type}`);
    }
    this.#unread.delete(name);
    return attribute;
  }
}
