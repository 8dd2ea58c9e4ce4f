import { readFileSync } from "node:fs";

/**
 * Imports a package of bench/peers, from where alone they resolve. They may not be installed where types are checked,
 * so every user states the part that it calls.
 */
export const load = (name: string): Promise<unknown> => import(name);

/** @throws where it is not installed */
export function peerVersion(name: string): string {
  return JSON.parse(readFileSync(new URL(`node_modules/${name}/package.json`, import.meta.url), "utf8")).version;
}
