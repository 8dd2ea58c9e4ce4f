/** The package as its users get it: packed, and installed into an empty project. */
import { execFileSync } from "node:child_process";
import { mkdtempSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { checkBuilt } from "../support/built.ts";
import { ROOT } from "../support/node.ts";

export interface Installed {
  /** the .tgz */
  readonly tarball: string;
  /** folder of a project of type "module" that depends on nothing else */
  readonly project: string;
  /** folder of the installed package */
  readonly folder: string;
  /** paths of the package's files within it, in order */
  readonly files: readonly string[];
  remove(): void;
}

const npm = (cwd: string, ...args: string[]) =>
  execFileSync("npm", [...args, "--ignore-scripts", "--loglevel=error"], { cwd, encoding: "utf8" }).trim();

/**
 * Packs what `npm run build` made, into a folder.
 *
 * @throws Error where the build is older than the source
 */
export function pack(folder: string): string {
  checkBuilt();
  return join(folder, npm(ROOT, "pack", "--pack-destination", folder));
}

/** @param packed the tarball, if there is one already */
export function installTarball(packed?: string): Installed {
  const project = mkdtempSync(join(tmpdir(), "convwasm-"));
  const tarball = packed ?? pack(project);
  writeFileSync(join(project, "package.json"), JSON.stringify({ private: true, type: "module" }));
  npm(project, "install", "--offline", "--no-audit", "--no-fund", tarball);
  const folder = join(project, "node_modules/convwasm");
  const files = readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name).slice(folder.length + 1));
  const remove = () => rmSync(project, { recursive: true, force: true });
  return { tarball, project, folder, files: files.sort(), remove };
}
