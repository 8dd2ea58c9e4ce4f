/** The same for workerd, whose clock stands still during a request: whoever asks measures. */
import * as convwasm from "convwasm";
import simd from "convwasm/kernels.wasm";
import relaxed from "convwasm/kernels-relaxed.wasm";
import * as pool from "convwasm/pool";
import { outputBits, SIMD_BITS } from "./bits.mjs";
import { tryPool } from "./pool.mjs";
import { contestants } from "./rates.mjs";
import { smoke } from "./smoke.mjs";
import { tryThreads } from "./threads.mjs";

let all;

async function answer([action, name, count]) {
  const { build, microkernel } = convwasm.runtime();
  if (action === "smoke") {
    const checks = smoke(convwasm, { outputBits, SIMD_BITS });
    return { build, microkernel, checks, ...(await tryThreads(convwasm)), ...(await tryPool(convwasm, pool)) };
  }
  all ??= contestants(convwasm, { simd, relaxed }[build]);
  if (action === "flops") return Object.fromEntries(Object.entries(all).map(([key, { flops }]) => [key, { flops }]));
  for (let i = 0; i < Number(count); ++i) all[name].run();
  return {};
}

export default {
  async fetch(request) {
    try {
      return Response.json(await answer(new URL(request.url).pathname.slice(1).split("/")));
    } catch (error) {
      return Response.json({ error: `${error.message}\n${error.stack}` });
    }
  },
};
