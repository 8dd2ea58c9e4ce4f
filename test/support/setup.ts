import { type Build, configure, runtime } from "../../src/index.ts";

configure({ build: process.env.CONVWASM_BUILD as Build });

const { build, reason } = runtime();
if (build !== process.env.CONVWASM_BUILD)
  throw new Error(`the ${process.env.CONVWASM_BUILD} build cannot be tested here: ${reason}`);
