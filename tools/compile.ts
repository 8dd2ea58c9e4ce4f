/** AssemblyScript's compiler, with the options of asconfig.json. */
import { existsSync, readFileSync } from "node:fs";
import { resolve } from "node:path";
import asc from "assemblyscript/asc";
import type { Transform } from "assemblyscript/transform";
import { type Abi, abiReader } from "./abi.ts";
import { entriesOf, type ModuleSource, ROOT } from "./modules.ts";

export interface Compiled {
  readonly binary: Uint8Array<ArrayBuffer>;
  readonly text: string;
  readonly abi: Abi;
}

/**
 * @param target a target of asconfig.json
 * @throws if asc refuses the source
 */
export async function compile(module: ModuleSource, target: string): Promise<Compiled> {
  let abi: Abi | undefined;
  const written = new Map<string, string | Uint8Array>();
  const entries = entriesOf(module);
  const flags = module.importTable ? ["--importTable"] : [];
  const outputs = ["--outFile", "binary", "--textFile", "text"];
  // asc takes a class as well as an instance, which its types do not say
  const readsAbi = abiReader(entries, (read) => (abi = read)) as unknown as Transform;
  const { error, stderr } = await asc.main([...entries, "--baseDir", ROOT, "--target", target, ...flags, ...outputs], {
    transforms: [readsAbi],
    ...(target === "debug" && { readFile: readWithAsserts }),
    writeFile: (name, content) => void written.set(name, content),
  });
  if (error !== null) throw new Error(`kernels: asc refuses the module ${module.name}:\n${stderr.toString()}`);
  const [binary, text] = ["binary", "text"].map((name) => written.get(name));
  return { binary: Uint8Array.from(binary as Uint8Array), text: text as string, abi: abi! };
}

const KERNEL = /^(export function \w+\((\w+): \w+, begin: i32, end: i32\): void \{)$/gm;

/**
 * A source, in which every kernel asserts that its parameter block is one and that its items are a range. On the line that it
 * has already, so that lines keep their numbers.
 *
 * @returns null for a file that does not exist, which asc looks for elsewhere
 */
function readWithAsserts(name: string, base: string): string | null {
  const path = resolve(base, name);
  if (!existsSync(path)) return null;
  return readFileSync(path, "utf8").replace(
    KERNEL,
    "$1 assert(changetype<usize>($2) != 0 && !(changetype<usize>($2) & 3) && begin >= 0 && begin <= end);",
  );
}
