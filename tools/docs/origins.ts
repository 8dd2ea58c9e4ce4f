import { type DeclarationReflection, ReflectionKind } from "typedoc";

/** Inherited members, and the public class or interface that describes each of them. */
export type Origins = ReadonlyMap<DeclarationReflection, DeclarationReflection>;

const MEMBERS = [ReflectionKind.Method, ReflectionKind.Property, ReflectionKind.Accessor];

/**
 * Members inherited from a class that is not public count as the class's own. TypeDoc does not say who declared what came through such a
 * class; the place in the source does.
 */
export function originsOf(owners: readonly DeclarationReflection[]): Origins {
  const all = owners.flatMap((owner) =>
    (owner.children ?? []).filter((child) => child.kindOf(MEMBERS)).map((child) => ({ owner, child })),
  );
  const declared = new Map(
    all.filter(({ child }) => child.inheritedFrom === undefined).map(({ owner, child }) => [placeOf(child), owner]),
  );
  const inherited = all.filter(({ child }) => child.inheritedFrom !== undefined && declared.has(placeOf(child)));
  return new Map(inherited.map(({ child }) => [child, declared.get(placeOf(child))!]));
}

const placeOf = ({ name, sources }: DeclarationReflection) =>
  sources?.map(({ fullFileName, line }) => `${fullFileName}:${line}:${name}`).join();
