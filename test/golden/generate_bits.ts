/**
 * Writes bits.json and bits-onnx.json: hashes of the bits that the built package's simd kernels give for the cases of
 * test/support/bit-cases.ts. A change that is meant to keep every bit is made without running this again.
 *
 *     npm run build && npx node test/golden/generate_bits.ts
 */
import { writeFileSync } from "node:fs";
import { configure } from "convwasm";
import { bitsOf, GROUPS, onnx } from "../support/bit-cases.ts";

configure({ build: "simd" });
const groups: string[] = [];
for (const [group, casesOf] of Object.entries(GROUPS)) {
  const hashes = [...casesOf().values()].map(bitsOf);
  const refused = hashes.filter((hash) => hash === "refused").length;
  console.log(`${hashes.length} cases of ${group}, ${refused} of them refused`);
  const lines: string[] = [];
  for (let i = 0; i < hashes.length; i += 12) lines.push(JSON.stringify(hashes.slice(i, i + 12).join(" ")));
  groups.push(`"${group}": [\n${lines.join(",\n")}\n]`);
}
writeFileSync(new URL("bits.json", import.meta.url), `{\n${groups.join(",\n")}\n}\n`);
const models = [...onnx()].map(([name, call]) => `${JSON.stringify(name)}: ${JSON.stringify(bitsOf(call))}`);
writeFileSync(new URL("bits-onnx.json", import.meta.url), `{\n${models.join(",\n")}\n}\n`);
