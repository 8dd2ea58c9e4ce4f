/** What must hold of every module that is published. */
import type { Abi } from "./abi.ts";
import type { Compiled } from "./compile.ts";
import type { ModuleSource } from "./modules.ts";

/**
 * Sections that a module must not have: the host owns the table and the memory. A start function is allowed: it sets the
 * globals that assembly/math.ts uses as constants.
 */
const FORBIDDEN = new Map([
  [9, "elements for the table"],
  [11, "data"],
]);

/**
 * @param before the modules whose exports this one may import
 * @throws Error for a module that holds data or elements, imports what is not provided or exports what is not in its ABI
 */
export function checkModule(module: ModuleSource, { binary, abi }: Compiled, before: ReadonlyMap<string, Abi>): void {
  const refuse = (fault: string) => {
    throw new Error(`kernels: the module ${module.name} ${fault}`);
  };
  for (const id of sectionsOf(binary)) if (FORBIDDEN.has(id)) refuse(`has ${FORBIDDEN.get(id)}`);
  const compiled = new WebAssembly.Module(binary);
  const names = namesOf(abi);
  const exported = WebAssembly.Module.exports(compiled).map(({ name }) => name);
  if (exported.toSorted().join() !== names.toSorted().join())
    refuse(`exports ${exported.toSorted().join(", ")} instead of ${names.toSorted().join(", ")}`);
  const provided = new Set(["env.memory", ...(module.importTable ? ["env.table"] : [])]);
  for (const [name, other] of before) for (const each of namesOf(other)) provided.add(`${name}.${each}`);
  for (const each of WebAssembly.Module.imports(compiled)) {
    const name = `${each.module}.${each.name}`;
    if (!provided.has(name)) refuse(`imports ${name}, which no module provides`);
  }
}

const namesOf = ({ kernels, functions, globals }: Abi): string[] =>
  [...kernels, ...functions, ...globals].map(({ name }) => name);

/** The numbers of the sections of a module, in their order. */
function* sectionsOf(binary: Uint8Array): Generator<number> {
  for (let at = 8; at < binary.length; ) {
    yield binary[at++]!;
    let length = 0;
    for (let shift = 0; ; shift += 7) {
      const byte = binary[at++]!;
      length |= (byte & 127) << shift;
      if (byte < 128) break;
    }
    at += length;
  }
}
