import {
  type Comment,
  DeclarationReflection,
  ReferenceReflection,
  ReflectionKind,
  type SignatureReflection,
} from "typedoc";

/** @returns what is missing in the docstrings of a module's exports, one line each */
export function gapsOf(name: string, { children = [] }: DeclarationReflection): string[] {
  return children
    .filter((child) => !(child instanceof ReferenceReflection))
    .flatMap((child) => {
      const path = `${name}: ${child.name}`;
      if (child.kindOf(ReflectionKind.Namespace)) return gapsOf(child.name, child);
      if (child.kindOf(ReflectionKind.Function)) {
        return (child.signatures ?? []).flatMap((signature) => gapsOfFunction(path, signature));
      }
      const members = child.kindOf(ReflectionKind.Class) ? (child.children ?? []) : [];
      return [
        ...(child.hasComment() ? [] : [`${path} has no docstring`]),
        ...members
          .filter((member) => member.kindOf(ReflectionKind.Method) && !member.getAllSignatures().some(isDescribed))
          .map((member) => `${path}.${member.name} has no docstring`),
      ];
    });
}

const isDescribed = ({ comment }: SignatureReflection) => comment !== undefined;

function gapsOfFunction(path: string, { comment, parameters = [], type }: SignatureReflection): string[] {
  if (comment === undefined) return [`${path} has no docstring`];
  const models = modelsOf(comment);
  const documented = new Set(models.flatMap((model) => (model.parameters ?? []).map(({ name }) => name)));
  const needs = (tag: "@returns" | "@throws") => comment.getTag(tag) === undefined && models.length === 0;
  const returns = type?.type !== "intrinsic" || type.name !== "void";
  return [
    ...parameters
      .filter((each) => each.comment === undefined && !documented.has(each.name))
      .map((each) => `${path} has no @param ${each.name}`),
    ...(returns && needs("@returns") ? [`${path} has no @returns`] : []),
    ...(parameters.length > 0 && needs("@throws") ? [`${path} has no @throws`] : []),
  ];
}

/** The functions that a docstring refers to by `as {@link ...}`: it may leave out what they document. */
function modelsOf({ summary, blockTags }: Comment): SignatureReflection[] {
  return [summary, ...blockTags.map(({ content }) => content)].flatMap((parts) =>
    parts.flatMap((part, i) => {
      const follows = /(?:^|\s)as $/i.test(parts[i - 1]?.text ?? "");
      if (!follows || part.kind !== "inline-tag" || !(part.target instanceof DeclarationReflection)) return [];
      return part.target.signatures ?? [];
    }),
  );
}
