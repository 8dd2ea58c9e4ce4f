/** docs/onnx-operators.md: the translators, and what the golden cases show of each. */
import { TRANSLATORS } from "../../src/onnx/operators/index.ts";
import { shownOperators } from "./onnx-cases.ts";
import { LIMITS } from "./onnx-limits.ts";
import { table } from "./text.ts";

/** The whole page. */
export function operatorsPage(): string {
  const shown = [...shownOperators()].sort(([a], [b]) => (a < b ? -1 : 1));
  for (const name of Object.keys(LIMITS)) {
    if (!TRANSLATORS.has(name)) throw new Error(`docs: onnx-limits.ts names ${name}, which has no translator`);
  }
  const rows = shown.map(([name, { opsets, types, cases }]) => {
    const numbers = [...opsets].sort((a, b) => a - b);
    return [`\`${name}\``, `${cases}`, rangeText(numbers), [...types].sort().join(" "), LIMITS[name] ?? ""];
  });
  return `${INTRODUCTION}
${table(["operator", "cases", "opsets", "types", "limits"], rows)}
`;
}

const rangeText = (numbers: readonly number[]): string =>
  numbers.length < 2 ? numbers.join() : `${numbers[0]} to ${numbers.at(-1)}`;

const INTRODUCTION = `# ONNX operators

\`loadOnnx\` reads opsets 6 to 25 of these ${TRANSLATORS.size} operators. This page is made from the translators and from the golden
cases of the tests: models that onnxruntime ran, whose results this library has to give. It says in how many cases each
operator is, in which opsets, and of what types its first input was there; other opsets are translated by the same rules, and
ONNX's own tests of an operator run too, where Debian's \`libonnx-testdata\` is installed.

Floats are computed in float32: double and bfloat16 are converted as they are read; float16 stays in inputs and outputs, and
values are rounded to it where the file says so. int64, int32, uint8, int8 and bool are computed as they are; uint32 and
uint64 become int64, int16 and uint16 become int32. Strings, optional values that only a run knows, maps and training are not supported.
`;
