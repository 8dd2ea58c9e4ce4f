/** What the matrix needs on a machine: its packages, and browsers. */
import { execFileSync } from "node:child_process";
import { accessSync, constants, readFileSync } from "node:fs";
import { delimiter, join } from "node:path";
import { fileURLToPath } from "node:url";

const HERE = fileURLToPath(new URL(".", import.meta.url));

/** Installs the packages of test/runtimes/package.json; quick where they are there. */
export function installPackages(): void {
  const quiet = ["--ignore-scripts", "--no-audit", "--no-fund", "--loglevel=error"];
  execFileSync("npm", ["install", ...quiet], { cwd: HERE, stdio: ["ignore", "ignore", "inherit"] });
}

/** Path of a file in the packages of the matrix. */
export const inPackages = (path: string): string => join(HERE, "node_modules", path);

export const versionOf = (name: string): string =>
  JSON.parse(readFileSync(inPackages(`${name}/package.json`), "utf8")).version;

/** Imports a package of the matrix. It may not be installed where types are checked, so users state what they call. */
export async function load<T>(name: string): Promise<T> {
  return (await import(name)) as T;
}

/** Chromium's executable, installed from Debian if there is none and this user may. @throws where there is none */
export const findChromium = (): string =>
  findBrowser("Chromium", "CHROMIUM", ["chromium", "chromium-browser", "google-chrome"], "chromium");

/** Firefox' executable, likewise. */
export const findFirefox = (): string => findBrowser("Firefox", "FIREFOX", ["firefox-esr", "firefox"], "firefox-esr");

function findBrowser(name: string, variable: string, executables: readonly string[], debian: string): string {
  const found = process.env[variable] ?? findExecutable(executables);
  if (found !== undefined) return found;
  if (findExecutable(["apt-get"]) === undefined || process.getuid?.() !== 0) {
    throw new Error(`no ${name}: install it (Debian: apt-get install ${debian}), or name one in ${variable}`);
  }
  console.error(`installing ${name} from Debian ...`);
  for (const args of [["update"], ["install", "-y", "--no-install-recommends", debian]]) {
    execFileSync("apt-get", ["-qq", ...args], {
      stdio: ["ignore", "ignore", "inherit"],
      env: { ...process.env, DEBIAN_FRONTEND: "noninteractive" },
    });
  }
  const installed = findExecutable(executables);
  if (installed === undefined) throw new Error(`apt-get installed no ${name}`);
  return installed;
}

function findExecutable(names: readonly string[]): string | undefined {
  const folders = (process.env.PATH ?? "").split(delimiter);
  const paths = names.flatMap((name) => folders.map((folder) => join(folder, name)));
  return paths.find((path) => {
    try {
      accessSync(path, constants.X_OK);
      return true;
    } catch {
      return false;
    }
  });
}
