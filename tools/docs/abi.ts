/** What docs/abi.md takes from the source: kernels, functions and parameter blocks of all modules, as compiled, and codes. */
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { MODULES } from "../../src/runtime/modules/all.ts";
import type { Abi, Block } from "../abi.ts";
import { ROOT } from "../modules.ts";
import { table } from "./text.ts";

/** The text between two such lines is generated. */
const SECTION = /^<!-- made by npm run docs: (\w+) (\w+) -->\n[\s\S]*?^<!-- end -->$/gm;

const bases = Object.fromEntries(MODULES.map(({ name, base }) => [name, base]));

const TABLES: Readonly<Record<string, (abi: Abi, module: string) => string>> = {
  kernels: ({ kernels }, module) =>
    table(
      ["index", "kernel", "parameters", "what it computes"],
      kernels.map(({ name, params, doc }, i) => [`${bases[module]! + i}`, `\`${name}\``, `\`${params}\``, inCell(doc)]),
    ),
  functions: ({ functions, globals }) =>
    table(
      ["export", "what it does"],
      [
        ...functions.map(({ name, parameters, returns, doc }) => {
          const list = parameters.map((each) => `${each.name}: ${each.type}`).join(", ");
          return [`\`${name}(${list})${returns === "void" ? "" : `: ${returns}`}\``, inCell(doc)];
        }),
        ...globals.map(({ name, type, doc }) => [`\`${name}\``, `mutable global, ${type}. ${inCell(doc)}`.trimEnd()]),
      ],
    ),
  blocks: ({ blocks }) => blocks.map(blockText).join("\n\n"),
};

/** A constant of assembly/codes, with the comment before it. */
const CODE = /(?:^\/\*\* (.*) \*\/\n)?^export const (\w+): i32 = (\d+);$/gm;

/** The codes of a file of assembly/codes, in a sentence. */
function codesOf(file: string): string {
  const text = readFileSync(join(ROOT, `assembly/codes/${file}.ts`), "utf8");
  const codes = Array.from(text.matchAll(CODE), ([, doc, name, code]) => {
    const meaning = doc === undefined ? "" : ` (${doc})`;
    return `${code} ${name!.toLowerCase().replaceAll("_", " ")}${meaning}`;
  });
  return `${codes.join(", ")}.`;
}

/** @returns the document with its tables up to date */
export function withTables(document: string): string {
  const abis: Readonly<Record<string, Abi>> = JSON.parse(readFileSync(join(ROOT, "build/abi.json"), "utf8"));
  return document.replaceAll(SECTION, (section, of: string, kind: string) => {
    const [abi, tables] = [abis[of], TABLES[kind]];
    const known = kind === "codes" || (abi !== undefined && tables !== undefined);
    if (!known) throw new Error(`docs: docs/abi.md asks for ${of} ${kind}`);
    const text = kind === "codes" ? codesOf(of) : tables!(abi!, of);
    return [section.split("\n")[0], text, "<!-- end -->"].join("\n\n");
  });
}

function blockText({ name, bytes, fields, doc }: Block): string {
  const rows = fields.map((field) => [`${field.offset}`, `\`${field.name}\``, field.kind, inCell(field.doc)]);
  const lines = [`### ${name}`, ...(doc === "" ? [] : [doc]), `${bytes} bytes.`];
  return [...lines, table(["offset", "field", "type", "meaning"], rows)].join("\n\n");
}

/** The first paragraph of a comment and what it says about items, on one line. */
function inCell(doc: string): string {
  const text = doc.replaceAll(/\{@link (\w+)\}/g, "`$1`");
  const [first] = text.split(/\n\s*\n/);
  const [items] = text.match(/\bItems are [^.]*\./) ?? [""];
  const parts = first!.includes(items) ? [first!] : [first!, items];
  return parts
    .join(" ")
    .replaceAll(/\s*\n\s*/g, " ")
    .replace(/:(?= Items|$)/, ".");
}
