/** Tests of the built package are worth nothing where the build is of another source. */
import { existsSync, globSync, statSync } from "node:fs";
import { join, relative } from "node:path";
import { fileURLToPath } from "node:url";

const ROOT = fileURLToPath(new URL("../../", import.meta.url));
const SOURCES = ["src/**/*.ts", "assembly/**/*.ts", "tools/*", "asconfig.json"];

let fault: string | undefined | null = null;

/** @throws Error where dist/ is missing, or older than a file of which it is made */
export function checkBuilt(): void {
  if (fault === null) fault = faultOfBuild();
  if (fault !== undefined) throw new Error(`${fault}: npm run build makes it`);
}

function faultOfBuild(): string | undefined {
  // written after everything else of dist/
  const last = join(ROOT, "dist/THIRD_PARTY_LICENSES");
  if (!existsSync(last)) return "there is no build in dist/";
  const built = statSync(last).mtimeMs;
  const newer = SOURCES.flatMap((pattern) => globSync(pattern, { cwd: ROOT }))
    .map((file) => join(ROOT, file))
    .find((file) => statSync(file).mtimeMs > built);
  return newer === undefined ? undefined : `dist/ is older than ${relative(ROOT, newer)}`;
}
