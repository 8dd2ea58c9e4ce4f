import { type DeclarationReflection, ReferenceReflection, ReflectionKind, type SignatureReflection } from "typedoc";

/** @returns what the docstrings of a module's exports leave out, one line each */
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
  const returns = type?.type !== "intrinsic" || type.name !== "void";
  return [
    ...parameters.filter((each) => each.comment === undefined).map((each) => `${path} has no @param ${each.name}`),
    ...(returns && comment.getTag("@returns") === undefined ? [`${path} has no @returns`] : []),
    ...(parameters.length > 0 && comment.getTag("@throws") === undefined ? [`${path} has no @throws`] : []),
  ];
}
