import type { Build } from "../../src/index.ts";

/** The build of the kernels that the tests run on: see vitest.config.ts. */
export const BUILD = process.env.CONVWASM_BUILD as Build;
