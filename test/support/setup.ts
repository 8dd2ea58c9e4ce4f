import { type Build, configure, runtime } from "../../src/index.ts";
import { ADDRESS_SPACE } from "../../src/runtime/heap.ts";

const wanted = process.env.CONVWASM_BUILD as Build;

// the limit may be what the file before has left, since they share a process
configure({ build: wanted, maxMemory: ADDRESS_SPACE });

const { build, reason } = runtime();
// pairs of vectors are asked for, not relied on: where there are none, whoever asks for them gets the relaxed build
if (build !== wanted && !(wanted === "wide" && build === "relaxed"))
  throw new Error(`the ${wanted} build cannot be tested here: ${reason}`);
