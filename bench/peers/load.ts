import { readFileSync } from "node:fs";

/**
 * Imports a package of bench/peers, which resolve only from there. They may not be installed where types are checked,
 * so every user declares the part that it calls.
 */
export const load = (name: string): Promise<unknown> => import(name);

/** @throws if it is not installed */
export function peerVersion(name: string): string {
  return JSON.parse(readFileSync(new URL(`node_modules/${name}/package.json`, import.meta.url), "utf8")).version;
}
