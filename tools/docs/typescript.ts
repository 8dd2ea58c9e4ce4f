/** TypeDoc needs TypeScript's JavaScript API, which version 7 does not have: it gets that of version 6. */
import { registerHooks } from "node:module";

const withApi = import.meta.resolve("@typescript/typescript6");

registerHooks({
  resolve: (specifier, context, next) =>
    specifier === "typescript" ? { url: withApi, shortCircuit: true } : next(specifier, context),
});
