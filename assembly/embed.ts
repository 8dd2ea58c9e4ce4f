/**
 * Makes the compiled kernels importable: writes src/runtime/generated, where the builds are strings and the ABI of
 * assembly/ (the order of the parameters, the register tiles) is TypeScript.
 */
import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { differenceOf } from "../src/runtime/difference.ts";

const root = new URL("../", import.meta.url);
const read = (path: string) => readFileSync(new URL(path, root));
const generated = new URL("src/runtime/generated/", root);
const head = "// Made from assembly/ by assembly/embed.ts. Do not edit.\n";

mkdirSync(generated, { recursive: true });
/** Writes a module whose one export is a binary. */
function embed(name: string, binary: Uint8Array): void {
  const base64 = Buffer.from(binary).toString("base64");
  writeFileSync(new URL(`${name}.ts`, generated), `${head}export const ${name}: string =\n  "${base64}";\n`);
}

// nine tenths of the builds are the same; the whole one is that of most engines, which so have nothing to put together
const relaxed = read("build/kernels-relaxed.wasm");
embed("relaxed", relaxed);
embed("simdDifference", differenceOf(relaxed, read("build/kernels.wasm")));

const params = read("assembly/params.ts").toString();
const blocks = [...params.matchAll(/^export class (\w+) \{\n(.*?)^\}$/gms)].map(([, name, body]) => ({
  name: name!.toUpperCase(),
  fields: [...body!.matchAll(/^ {2}(\w+): (?:usize|i32|f32);$/gm)].map((match) => match[1]),
}));
const constants = [
  ...read("assembly/blocking.ts")
    .toString()
    .matchAll(/^export const (\w+): (?:i32|usize) = (\d+);$/gm),
];
/** The codes that a file of assembly/ lists in a namespace. */
const codesOf = (path: string) => [
  ...read(path)
    .toString()
    .matchAll(/^ {2}export const (\w+): i32 = (\d+);$/gm),
];
const codes = {
  ACTIVATION: codesOf("assembly/epilogue.ts"),
  BINARY: codesOf("assembly/ops/broadcast.ts"),
  REDUCTION: codesOf("assembly/ops/reduce.ts"),
};
const empty = (each: { readonly length: number }) => each.length === 0;
if (blocks.some(({ fields }) => empty(fields)) || Object.values(codes).some(empty) || empty(constants))
  throw new Error("embed: found no fields, codes or constants in assembly/");
writeFileSync(
  new URL("abi.ts", generated),
  [
    head,
    "/** Index of each 32-bit field in the parameter blocks that kernels take. */",
    ...blocks.flatMap(({ name, fields }) => [
      `export const ${name} = {`,
      ...fields.map((field, index) => `  ${field}: ${index},`),
      "} as const;",
      `export const ${name}_BYTES = ${fields.length * 4};`,
    ]),
    "/** Codes that kernels take. */",
    ...Object.entries(codes).flatMap(([namespace, each]) => [
      `export const ${namespace} = {`,
      ...each.map(([, name, value]) => `  ${name}: ${value},`),
      "} as const;",
    ]),
    ...constants.map(([, name, value]) => `export const ${name} = ${value};`),
    "",
  ].join("\n"),
);
