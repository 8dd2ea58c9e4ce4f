/** Puts the debug build of the kernels, which asserts, in the place of the others. `npm run kernels:debug` writes it. */
import { readFileSync } from "node:fs";
import { MODULES } from "../../src/runtime/modules/all.ts";

for (const module of MODULES) {
  const file = new URL(`../../build/${module.name}-debug.wasm`, import.meta.url);
  Object.assign(module, { moduleOf: () => new WebAssembly.Module(readFileSync(file)) });
}
