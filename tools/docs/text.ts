/** Types and comments as Markdown. */
import {
  type CommentDisplayPart,
  type DeclarationReflection,
  type ParameterReflection,
  Reflection,
  type SignatureReflection,
  type SomeType,
} from "typedoc";

/** Where something is described, as seen from the page that is being written; undefined if it is not public. */
export type LinkTo = (target: Reflection) => string | undefined;

/** A type as TypeScript writes it, without what only distinguishes kinds of buffers. */
export function typeText(type: SomeType | undefined, context: "top" | "member" | "element" = "top"): string {
  if (type === undefined) return "unknown";
  switch (type.type) {
    case "union": {
      const text = type.types.map((each) => typeText(each, "member")).join(" | ");
      return context === "top" ? text : `(${text})`;
    }
    case "intersection":
      return type.types.map((each) => typeText(each, "member")).join(" & ");
    case "array":
      return `${typeText(type.elementType, "element")}[]`;
    case "tuple":
      return `[${type.elements.map((each) => typeText(each)).join(", ")}]`;
    case "namedTupleMember":
      return `${type.name}: ${typeText(type.element)}`;
    case "typeOperator": {
      const text = `${type.operator} ${typeText(type.target, "element")}`;
      return context === "element" ? `(${text})` : text;
    }
    case "reference": {
      const args = (type.typeArguments ?? [])
        .map((each) => typeText(each))
        .filter((each) => !/^ArrayBuffer/.test(each));
      return args.length === 0 ? type.name : `${type.name}<${args.join(", ")}>`;
    }
    case "reflection":
      return literalText(type.declaration);
    default:
      return type.toString();
  }
}

function literalText({ children = [], signatures = [] }: DeclarationReflection): string {
  const [call] = signatures;
  if (call !== undefined) return `(${(call.parameters ?? []).map(parameterText).join(", ")}) => ${typeText(call.type)}`;
  return `{ ${children.map((child) => memberText(child)).join("; ")} }`;
}

function memberText({ name, flags, type, signatures = [] }: DeclarationReflection): string {
  const [call] = signatures;
  if (call !== undefined) return signatureText(name, call);
  return `${flags.isReadonly ? "readonly " : ""}${name}${flags.isOptional ? "?" : ""}: ${typeText(type)}`;
}

export function parameterText({ name, flags, type, defaultValue }: ParameterReflection): string {
  const rest = flags.isRest ? "..." : "";
  return `${rest}${name}${flags.isOptional || defaultValue !== undefined ? "?" : ""}: ${typeText(type)}`;
}

const WIDTH = 100;

/** @param name as a caller writes it, `new` included */
export function signatureText(
  name: string,
  { parameters = [], typeParameters = [], type }: SignatureReflection,
): string {
  const result = name.startsWith("new ") ? "" : `: ${typeText(type)}`;
  const texts = parameters.map(parameterText);
  const generic = typeParameters.map((each) => {
    const bound = each.type === undefined ? "" : ` extends ${typeText(each.type)}`;
    return `${each.name}${bound}${each.default === undefined ? "" : ` = ${typeText(each.default)}`}`;
  });
  const head = generic.length === 0 || name.startsWith("new ") ? name : `${name}<${generic.join(", ")}>`;
  const line = `${head}(${texts.join(", ")})${result}`;
  return line.length <= WIDTH ? line : `${head}(\n${texts.map((text) => `  ${text},\n`).join("")})${result}`;
}

/** @throws Error for a {@link ...} to something that is not public */
export function commentText(parts: readonly CommentDisplayPart[], linkTo: LinkTo): string {
  return parts
    .map((part) => {
      if (part.kind !== "inline-tag") return part.text;
      if (typeof part.target === "string") return `[${part.text}](${part.target})`;
      const link = part.target instanceof Reflection ? linkTo(part.target) : undefined;
      if (link === undefined) throw new Error(`docs: {@link ${part.text}} leads to nothing that is public`);
      return `[${part.text}](${link})`;
    })
    .join("")
    .trim()
    .replace(/\n +/g, "\n");
}

/** In a cell of a table. */
export const cell = (text: string) => text.replace(/\s*\n\s*/g, " ").replaceAll("|", "\\|");

export function table(head: readonly string[], rows: readonly (readonly string[])[]): string {
  const line = (cells: readonly string[]) => `| ${cells.map(cell).join(" | ")} |`;
  return [line(head), line(head.map(() => "---")), ...rows.map(line)].join("\n");
}
