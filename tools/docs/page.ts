/** The reference as pages: one for each entry of the package and one for each namespace in it. */
import {
  type Comment,
  type DeclarationReflection,
  ReferenceReflection,
  type Reflection,
  ReflectionKind,
  type SignatureReflection,
} from "typedoc";
import { anchorOf } from "./anchor.ts";
import { type Origins, originsOf } from "./origins.ts";
import { commentText, type LinkTo, signatureText, table, typeText } from "./text.ts";

interface Page {
  readonly file: string;
  readonly title: string;
  /** prefix of the names in it, such as `nn.` */
  readonly prefix: string;
  readonly members: readonly DeclarationReflection[];
}

interface Place {
  readonly file: string;
  readonly anchor: string;
}

const { Class, Function: Func, Interface, Namespace, TypeAlias, Variable } = ReflectionKind;

const SECTIONS = [
  ["Functions", Func],
  ["Classes", Class],
  ["Values", Variable],
  ["Types", Interface | TypeAlias],
] as const;

/** @returns the pages' text by the name of their files */
export function pagesOf(entries: ReadonlyMap<string, DeclarationReflection>): Map<string, string> {
  const whole = [...entries].flatMap(([name, module]) => split(name, "", module));
  const origins = originsOf(whole.flatMap(({ members }) => members));
  const places = new Map<Reflection, Place>();
  const tables = new Set<Reflection>();
  for (const { file, prefix, members } of whole) {
    for (const member of members) {
      const place = { file, anchor: anchorOf(prefix + member.name) };
      // tables of options have the place of the first function that takes them
      if (!places.has(member)) places.set(member, place);
      for (const signature of member.signatures ?? []) noteOptions(signature, place);
      for (const child of ownOf(member, origins)) {
        const own = { file, anchor: anchorOf(methodHeading(prefix + member.name, child)) };
        if (child.kindOf(ReflectionKind.Method)) places.set(child, own);
        for (const signature of child.signatures ?? []) {
          noteOptions(signature, child.kindOf(ReflectionKind.Method) ? own : place);
        }
      }
    }
  }
  const pages = whole.map((page) => ({ ...page, members: page.members.filter((member) => !tables.has(member)) }));

  function noteOptions({ parameters = [] }: SignatureReflection, place: Place): void {
    for (const { type } of parameters) {
      const options = optionsOf(type);
      if (options === undefined || tables.has(options)) continue;
      tables.add(options);
      places.set(options, place);
    }
  }

  const linkFrom =
    (page: Page): LinkTo =>
    (target) => {
      for (let at: Reflection | undefined = resolve(target); at !== undefined; at = at.parent) {
        const place = places.get(at);
        if (place !== undefined) return `${place.file === page.file ? "" : place.file}#${place.anchor}`;
      }
      return undefined;
    };
  return new Map(pages.map((page) => [page.file, new Writer(page, linkFrom(page), origins).text(pages)]));
}

const resolve = (target: Reflection): Reflection =>
  target instanceof ReferenceReflection ? target.getTargetReflectionDeep() : target;

/** The page of an entry, and those of its namespaces. */
function split(title: string, prefix: string, { children = [] }: DeclarationReflection): Page[] {
  const namespaces = children.filter((child) => child.kindOf(Namespace));
  const members = children
    .filter((child) => !child.kindOf(Namespace))
    .toSorted((a, b) => a.name.localeCompare(b.name, "en"));
  const file = `${title.replace(/^convwasm\//, "").replaceAll("/", "-")}.md`;
  const own = { file, title, prefix, members };
  return [own, ...namespaces.flatMap((each) => split(each.name, `${prefix}${each.name}.`, each))];
}

const ownOf = ({ children = [] }: DeclarationReflection, origins: Origins) =>
  children.filter((child) => !origins.has(child));

function methodHeading(owner: string, { name }: DeclarationReflection): string {
  return `${owner}${methodName(name)}`;
}

/** The record of options that a parameter takes. They are shown where they are taken, and nowhere else. */
function optionsOf(type: DeclarationReflection["type"]): DeclarationReflection | undefined {
  if (type?.type !== "reference" || !type.name.endsWith("Options") || type.reflection === undefined) return undefined;
  const target = resolve(type.reflection) as DeclarationReflection;
  return target.children === undefined ? undefined : target;
}

/** TypeDoc writes [dispose] for [Symbol.dispose]. */
const methodName = (name: string) => (name.startsWith("[") ? `[Symbol.${name.slice(1)}` : `.${name}`);

class Writer {
  readonly #page: Page;
  readonly #linkTo: LinkTo;
  readonly #origins: Origins;

  constructor(page: Page, linkTo: LinkTo, origins: Origins) {
    this.#page = page;
    this.#linkTo = linkTo;
    this.#origins = origins;
  }

  text(pages: readonly Page[]): string {
    const { title, members } = this.#page;
    const others = pages.filter((page) => page !== this.#page);
    const blocks = [
      `# ${title}`,
      "Made by `npm run docs` from the docstrings in `src/`.",
      ...(others.length === 0
        ? []
        : [`Other pages: ${others.map((page) => `[${page.title}](${page.file})`).join(", ")}.`]),
    ];
    const own = members.filter((member) => !(member instanceof ReferenceReflection));
    for (const [name, kind] of SECTIONS) {
      const some = own.filter((member) => member.kindOf(kind));
      if (some.length > 0) blocks.push(`**${name}:** ${some.map((member) => this.#link(member)).join(", ")}`);
    }
    const elsewhere = members.filter((member) => member instanceof ReferenceReflection);
    if (elsewhere.length > 0) {
      blocks.push(`**Also exported here:** ${elsewhere.map((member) => this.#link(member)).join(", ")}`);
    }
    for (const [name, kind] of SECTIONS) {
      const some = own.filter((member) => member.kindOf(kind));
      if (some.length === 0) continue;
      blocks.push(`## ${name}`, ...some.flatMap((member) => this.#member(member)));
    }
    return `${blocks.join("\n\n")}\n`;
  }

  #link(member: Reflection): string {
    const link = this.#linkTo(member);
    const name = `\`${this.#page.prefix}${member.name}\``;
    return link === undefined ? name : `[${name}](${link})`;
  }

  #member(member: DeclarationReflection): string[] {
    const name = this.#page.prefix + member.name;
    const blocks = [`### ${name}`];
    if (member.kindOf(Func)) return [...blocks, ...this.#calls(name, member.signatures ?? [])];
    if (member.kindOf([Class, Interface])) return [...blocks, ...this.#class(name, member)];
    const keyword = member.kindOf(TypeAlias) ? `type ${member.name} =` : `const ${member.name}:`;
    return [...blocks, code(`${keyword} ${typeText(member.type)}`), ...this.#comment(member.comment)];
  }

  #calls(name: string, signatures: readonly SignatureReflection[]): string[] {
    return signatures.flatMap((signature) => {
      const { comment, parameters = [] } = signature;
      const described = parameters.flatMap((each) => {
        if (each.comment === undefined) return [];
        return [`- \`${each.name}\`: ${commentText(each.comment.summary, this.#linkTo).replaceAll("\n", "\n  ")}`];
      });
      return [
        code(signatureText(name, signature)),
        ...this.#summary(comment),
        ...(described.length > 0 ? [described.join("\n")] : []),
        ...parameters.flatMap((each) => this.#options(each.type)),
        ...this.#tags(comment),
      ];
    });
  }

  /** The table of a parameter whose type is a record of options. */
  #options(type: DeclarationReflection["type"]): string[] {
    const options = optionsOf(type);
    return options === undefined ? [] : [...this.#table("option", options.children!)];
  }

  #class(name: string, member: DeclarationReflection): string[] {
    const own = ownOf(member, this.#origins);
    const maker = own.find((child) => child.kindOf(ReflectionKind.Constructor));
    const methods = own.filter((child) => child.kindOf(ReflectionKind.Method));
    return [
      ...this.#comment(member.comment),
      ...this.#inherited(member),
      ...(maker === undefined ? [] : this.#calls(`new ${name}`, maker.signatures ?? [])),
      ...this.#properties(own),
      ...methods.flatMap((method) => {
        const call = `${method.flags.isStatic ? name : ""}${methodName(method.name)}`.replace(/^\./, "");
        return [`#### ${methodHeading(name, method)}`, ...this.#calls(call, method.signatures ?? [])];
      }),
    ];
  }

  /** A line for each class or interface where inherited members are already described. */
  #inherited({ children = [] }: DeclarationReflection): string[] {
    const origins = new Set(children.flatMap((child) => this.#origins.get(child) ?? []));
    return Array.from(origins, (origin) => {
      const some = children.filter((child) => this.#origins.get(child) === origin);
      return `From ${this.#link(origin)}: ${some.map(({ name }) => `\`${name}\``).join(", ")}.`;
    });
  }

  #properties(members: readonly DeclarationReflection[]): string[] {
    const some = members.filter((member) => member.kindOf([ReflectionKind.Property, ReflectionKind.Accessor]));
    return some.length === 0 ? [] : this.#table("property", some);
  }

  #table(head: string, members: readonly DeclarationReflection[]): string[] {
    return [
      table(
        [head, "type", ""],
        members.map((member) => this.#row(member)),
      ),
    ];
  }

  #row(member: DeclarationReflection): string[] {
    const { name, flags, type, getSignature, setSignature } = member;
    const notes = [member.comment, getSignature?.comment, setSignature?.comment].flatMap((comment) =>
      this.#comment(comment),
    );
    if (setSignature !== undefined) notes.unshift(`may be assigned a ${typeText(setSignature.parameters?.[0]?.type)}`);
    const shown = typeText(type ?? getSignature?.type);
    return [
      `\`${name}${flags.isOptional ? "?" : ""}\``,
      `\`${shown}\``,
      notes.join("; ").replaceAll("**Throws**", "throws"),
    ];
  }

  #comment(comment: Comment | undefined): string[] {
    return [...this.#summary(comment), ...this.#tags(comment)];
  }

  #summary(comment: Comment | undefined): string[] {
    return comment === undefined || comment.summary.length === 0 ? [] : [commentText(comment.summary, this.#linkTo)];
  }

  #tags(comment: Comment | undefined): string[] {
    const titles: Readonly<Record<string, string>> = { "@returns": "Returns", "@throws": "Throws", "@see": "See" };
    return (comment?.blockTags ?? []).map(({ tag, content }) => {
      const title = titles[tag];
      if (title === undefined) throw new Error(`docs: no place for ${tag} in ${this.#page.title}`);
      return `**${title}** ${commentText(content, this.#linkTo)}`;
    });
  }
}

const code = (text: string) => `\`\`\`ts\n${text}\n\`\`\``;
