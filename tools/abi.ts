/** What a module exports and how its parameter blocks are laid out, as the compiler sees them. */
import {
  type Class,
  ClassPrototype,
  type Function as CompiledFunction,
  type DeclarationStatement,
  type Element,
  FunctionPrototype,
  Global,
  Parser,
  type Program,
  PropertyPrototype,
  type Source,
  Type,
} from "assemblyscript";

/** Types of the fields of parameter blocks; a layout has the index of each. */
export const FIELD_KINDS = ["i32", "pointer", "f32", "f64"] as const;
export type FieldKind = (typeof FIELD_KINDS)[number];

export interface Field {
  readonly name: string;
  readonly kind: FieldKind;
  /** bytes from the beginning of the block */
  readonly offset: number;
  /** its comment, line by line; "" for none */
  readonly doc: string;
}

/** A class that kernels take as their parameter block. */
export interface Block {
  readonly name: string;
  readonly bytes: number;
  readonly fields: readonly Field[];
  readonly doc: string;
}

/** (params, begin, end) over the items of a block. */
export interface Kernel {
  readonly name: string;
  /** name of its {@link Block} */
  readonly params: string;
  readonly doc: string;
}

/** A function that is not a kernel; types are those of AssemblyScript. */
export interface PlainFunction {
  readonly name: string;
  readonly parameters: readonly { readonly name: string; readonly type: string }[];
  readonly returns: string;
  readonly doc: string;
}

/** A global that the host may set. */
export interface MutableGlobal {
  readonly name: string;
  readonly type: string;
  readonly doc: string;
}

/** Every list is sorted by name. Kernels are in the order in which they stand in the function table. */
export interface Abi {
  readonly kernels: readonly Kernel[];
  readonly blocks: readonly Block[];
  readonly functions: readonly PlainFunction[];
  readonly globals: readonly MutableGlobal[];
}

/**
 * @param entries files, as they are passed to asc
 * @returns a transform for asc, which hands `receive` the ABI of the entries when they are compiled
 */
export function abiReader(entries: readonly string[], receive: (abi: Abi) => void) {
  return class {
    /** set by asc */
    declare readonly program: Program;

    afterCompile(): void {
      receive(new Reader().read(this.program, entries));
    }
  };
}

class Reader {
  readonly #kernels = new Map<string, Kernel>();
  readonly #blocks = new Map<string, Block & { readonly source: Class }>();
  readonly #functions = new Map<string, PlainFunction>();
  readonly #globals = new Map<string, MutableGlobal>();
  readonly #comments = new Map<Source, ReadonlyMap<number, string>>();

  read(program: Program, entries: readonly string[]): Abi {
    const owners = new Map<string, string>();
    for (const path of entries) {
      for (const [name, element] of program.filesByName.get(path.replace(/\.ts$/, ""))?.exports ?? []) {
        if (element instanceof ClassPrototype) continue;
        const owner = owners.get(name);
        if (owner !== undefined) throw new Error(`abi: both ${owner} and ${path} export ${name}`);
        owners.set(name, path);
        this.#add(name, element, path);
      }
    }
    return {
      kernels: sorted(this.#kernels),
      blocks: sorted(this.#blocks).map(({ name, bytes, fields, doc }) => ({ name, bytes, fields, doc })),
      functions: sorted(this.#functions),
      globals: sorted(this.#globals),
    };
  }

  #add(name: string, element: Element, path: string): void {
    if (element instanceof Global && element.type.isValue) {
      const doc = this.#docOf(element.declaration);
      this.#globals.set(name, { name, type: element.type.toString(), doc });
      return;
    }
    const [compiled] = element instanceof FunctionPrototype ? (element.instances?.values() ?? []) : [];
    if (compiled === undefined) throw new Error(`abi: ${path} exports ${name}, which is neither function nor global`);
    const doc = this.#docOf(compiled.prototype.declaration);
    const block = blockOf(compiled);
    if (block === null) {
      this.#functions.set(name, { name, ...signatureOf(compiled), doc });
    } else {
      this.#kernels.set(name, { name, params: block.name, doc });
      this.#addBlock(block);
    }
  }

  #addBlock(source: Class): void {
    const { name, nextMemoryOffset: bytes } = source;
    const known = this.#blocks.get(name);
    if (known?.source === source) return;
    if (known !== undefined) throw new Error(`abi: there are two parameter blocks named ${name}`);
    if (!source.type.isUnmanaged) throw new Error(`abi: ${name} must be @unmanaged`);
    const fields: Field[] = [];
    for (const member of source.members?.values() ?? []) {
      if (!(member instanceof PropertyPrototype) || !member.isField) continue;
      const { type, memoryOffset: offset } = member.instance!;
      const doc = this.#docOf(member.fieldDeclaration!);
      fields.push({ name: member.name, kind: kindOf(type, `${name}.${member.name}`), offset, doc });
    }
    this.#blocks.set(name, { name, bytes, fields, doc: this.#docOf(source.prototype.declaration), source });
  }

  /** @returns the text of the comment right before a declaration */
  #docOf({ decorators, range }: DeclarationStatement): string {
    const { source, start } = decorators?.[0]?.range ?? range;
    let comments = this.#comments.get(source);
    if (comments === undefined) {
      comments = commentsOf(source);
      this.#comments.set(source, comments);
    }
    const comment = comments.get(source.text.slice(0, start).trimEnd().length);
    return comment === undefined
      ? ""
      : comment
          .slice(3, -2)
          .replaceAll(/\n\s*\* ?/g, "\n")
          .trim();
  }
}

/** The documenting comments of a file, by the places where they end. */
function commentsOf(source: Source): ReadonlyMap<number, string> {
  const comments = new Map<number, string>();
  const parser = new Parser();
  parser.onComment = (_, text, { end }) => {
    if (text.startsWith("/**")) comments.set(end, text);
  };
  parser.parseFile(source.text, source.normalizedPath, false);
  return comments;
}

/** The parameter block of a kernel; null for a function that is not a kernel. */
function blockOf({ signature }: CompiledFunction): Class | null {
  const [params, begin, end, ...more] = signature.parameterTypes;
  const isRange = begin?.kind === Type.i32.kind && end?.kind === Type.i32.kind && more.length === 0;
  const block = params?.classReference ?? null;
  if (block !== null && !(isRange && signature.returnType.kind === Type.void.kind))
    throw new Error(
      `abi: a function that takes a ${block.name} must be a kernel: (params, begin: i32, end: i32): void`,
    );
  return block;
}

function signatureOf(compiled: CompiledFunction): Pick<PlainFunction, "parameters" | "returns"> {
  const { parameterTypes, returnType } = compiled.signature;
  const parameters = parameterTypes.map((type, i) => ({ name: compiled.getParameterName(i), type: type.toString() }));
  return { parameters, returns: returnType.toString() };
}

/** A pointer is a usize that refers to no class. */
function kindOf(type: Type, where: string): FieldKind {
  const known: readonly (readonly [Type, FieldKind])[] = [
    [Type.i32, "i32"],
    [Type.usize32, "pointer"],
    [Type.f32, "f32"],
    [Type.f64, "f64"],
  ];
  const found = known.find(([{ kind }]) => kind === type.kind);
  if (found === undefined || type.classReference !== null)
    throw new Error(`abi: ${where} must be of type usize, i32, f32 or f64, got ${type.toString()}`);
  return found[1];
}

const sorted = <T extends { readonly name: string }>(all: ReadonlyMap<string, T>): T[] =>
  [...all.values()].sort((a, b) => (a.name < b.name ? -1 : 1));
