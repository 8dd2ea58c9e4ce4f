/**
 * Whether two builds of the same sources are the same package: copies the sources to another folder, builds and packs there too,
 * and compares the bytes. Linux only: node_modules is linked, file by file.
 *
 * npm run test:reproducible
 */
import { execFileSync } from "node:child_process";
import { createHash } from "node:crypto";
import { cpSync, mkdtempSync, readFileSync, rmSync } from "node:fs";
import { join } from "node:path";
import { ROOT } from "../support/node.ts";

const run = (cwd: string, command: string, ...args: string[]): string =>
  execFileSync(command, args, { cwd, encoding: "utf8", stdio: ["ignore", "pipe", "inherit"] });

/** The hash of the package that a folder makes. */
function packed(folder: string, into: string): string {
  run(folder, "npm", "run", "build", "--silent");
  const [{ filename }] = JSON.parse(
    run(folder, "npm", "pack", "--json", "--ignore-scripts", "--pack-destination", into),
  );
  return createHash("sha512")
    .update(readFileSync(join(into, filename)))
    .digest("hex");
}

// beside the sources: links do not reach other file systems
const other = mkdtempSync(join(ROOT, "../convwasm-"));
try {
  const files = run(ROOT, "git", "ls-files", "-z", "--cached", "--others", "--exclude-standard").split("\0");
  for (const file of files) if (file !== "") cpSync(join(ROOT, file), join(other, "a folder", file));
  run(ROOT, "cp", "-al", "node_modules", join(other, "a folder"));
  const hashes = [packed(ROOT, other), packed(join(other, "a folder"), other)];
  if (hashes[0] !== hashes[1]) throw new Error("two builds of the same sources differ");
  console.log(`two builds are the same package: sha512 ${hashes[0]}`);
} finally {
  rmSync(other, { recursive: true, force: true });
}
