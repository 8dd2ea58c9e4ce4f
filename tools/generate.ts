/** TypeScript for compiled modules: the ABI of a module, and its builds as strings. */
import { join } from "node:path";
import { build } from "esbuild";
import { type Abi, type Block, FIELD_KINDS, type Field } from "./abi.ts";
import { ROOT } from "./modules.ts";

const HEAD = "// Made from assembly/ by tools/kernels.ts. Do not edit.\n";

/** @returns a module whose one export is a binary */
export function binarySource(name: string, binary: Uint8Array): string {
  return `${HEAD}export const ${name}: string =\n  "${Buffer.from(binary).toString("hex")}";\n`;
}

/** @returns a module whose one export is what a thread runs, as the text of a script that imports nothing */
export async function scriptSource(): Promise<string> {
  const { outputFiles } = await build({
    entryPoints: [join(ROOT, "src/runtime/threads/thread.ts")],
    bundle: true,
    minify: true,
    // as other formats do not, it leaves `require` as it is, which Node has and a page's worker has not
    format: "cjs",
    platform: "node",
    banner: { js: "(() => {" },
    footer: { js: "})();" },
    target: "es2022",
    write: false,
  });
  return `export const script: string =\n  ${JSON.stringify(outputFiles[0]!.text.trim())};\n`;
}

/** @returns names, layouts and types of what a module exports */
export function abiSource({ kernels, blocks, functions, globals }: Abi): string {
  const signature = (parameters: readonly { name: string; type: string }[], returns: string) =>
    `(${parameters.map(({ name, type }) => `${name}: ${typeOf(type)}`).join(", ")}): ${typeOf(returns)}`;
  return [
    HEAD,
    "/** The kernels, in the order in which they stand in the function table. */",
    "export const NAMES = [",
    ...kernels.map(({ name }) => `  "${name}",`),
    "] as const;",
    "",
    ...blocks.flatMap(blockSource),
    "/** The parameter block of each kernel. */",
    "export interface Blocks {",
    ...kernels.flatMap(({ name, params, doc }) => [...comment(doc, "  "), `  readonly ${name}: typeof ${params};`]),
    "}",
    "",
    "/** The module's exports besides kernels. */",
    "export interface Exports {",
    ...functions.flatMap(({ name, parameters, returns, doc }) => [
      ...comment(doc, "  "),
      `  ${name}${signature(parameters, returns)};`,
    ]),
    ...globals.flatMap(({ name, type, doc }) => [
      ...comment(doc, "  "),
      `  readonly ${name}: WebAssembly.Global<"${GLOBAL_TYPES[type] ?? type}">;`,
    ]),
    "}",
    "",
  ].join("\n");
}

function blockSource({ name, bytes, fields, doc }: Block): string[] {
  return [
    ...comment(doc, ""),
    `export const ${name} = {`,
    `  bytes: ${bytes},`,
    "  fields: {",
    ...fields.flatMap((field) => [...comment(field.doc, "    "), `    ${field.name}: ${numberOf(field)},`]),
    "  },",
    "} as const;",
    "",
  ];
}

/** Offset and type in one number: offsets are multiples of 4. */
const numberOf = ({ offset, kind }: Field): number => offset | FIELD_KINDS.indexOf(kind);

function comment(doc: string, indent: string): string[] {
  const lines = doc.split("\n");
  if (doc === "") return [];
  if (lines.length === 1) return [`${indent}/** ${doc} */`];
  return [`${indent}/**`, ...lines.map((line) => `${indent} * ${line}`.trimEnd()), `${indent} */`];
}

/** AssemblyScript's types of globals that WebAssembly calls otherwise. */
const GLOBAL_TYPES: Readonly<Record<string, string>> = { bool: "i32", usize: "i32" };

/** The type by which JavaScript passes a value of AssemblyScript. */
function typeOf(type: string): string {
  if (type === "void") return type;
  if (type === "i64" || type === "u64") return "bigint";
  return "number";
}
