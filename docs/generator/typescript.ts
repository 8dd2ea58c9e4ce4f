/** TypeDoc needs TypeScript's JavaScript API, which version 7 has not: it gets the version 6 of this folder. */
import { registerHooks } from "node:module";

const own = import.meta.resolve("typescript");

registerHooks({
  resolve: (specifier, context, next) =>
    specifier === "typescript" ? { url: own, shortCircuit: true } : next(specifier, context),
});
