/** AssemblyScript's compiler, with the options of asconfig.json. */
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
    writeFile: (name, content) => void written.set(name, content),
  });
  if (error !== null) throw new Error(`kernels: asc refuses the module ${module.name}:\n${stderr.toString()}`);
  const [binary, text] = ["binary", "text"].map((name) => written.get(name));
  return { binary: Uint8Array.from(binary as Uint8Array), text: text as string, abi: abi! };
}
