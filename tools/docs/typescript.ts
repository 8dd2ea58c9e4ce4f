/** TypeDoc needs TypeScript's JavaScript API, which version 7 has not: it gets version 6's. */
import { registerHooks } from "node:module";

const withApi = import.meta.resolve("@typescript/typescript6");

registerHooks({
  resolve: (specifier, context, next) =>
    specifier === "typescript" ? { url: withApi, shortCircuit: true } : next(specifier, context),
});
