/** The tables of docs/abi.md: kernels, functions and parameter blocks of both modules, as they were compiled. */
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { KERNELS } from "../../src/runtime/modules/kernels.ts";
import { OPERATORS } from "../../src/runtime/modules/operators.ts";
import type { Abi, Block } from "../abi.ts";
import { ROOT } from "../modules.ts";
import { table } from "./text.ts";

/** The text between two such lines is generated. */
const SECTION = /^<!-- made by npm run docs: (\w+) (\w+) -->\n[\s\S]*?^<!-- end -->$/gm;

const bases: Readonly<Record<string, number>> = { [KERNELS.name]: KERNELS.base, [OPERATORS.name]: OPERATORS.base };

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

/** @returns the document with its tables up to date */
export function withTables(document: string): string {
  const abis: Readonly<Record<string, Abi>> = JSON.parse(readFileSync(join(ROOT, "build/abi.json"), "utf8"));
  return document.replaceAll(SECTION, (section, module: string, kind: string) => {
    const abi = abis[module];
    const text = TABLES[kind];
    if (abi === undefined || text === undefined) throw new Error(`docs: docs/abi.md asks for ${module} ${kind}`);
    return [section.split("\n")[0], text(abi, module), "<!-- end -->"].join("\n\n");
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
