/** What runs inside a runtime that has a clock and a console: one line that begins with REPORT says the rest. */
import { outputBits, SIMD_BITS } from "./bits.mjs";
import { moduleOf } from "./kernels.mjs";
import { tryPool } from "./pool.mjs";
import { contestants, measure } from "./rates.mjs";
import { smoke, smokeForbidden } from "./smoke.mjs";
import { tryThreads } from "./threads.mjs";

const print = (report) => console.log(`REPORT${JSON.stringify(report)}`);

async function printResult(make) {
  try {
    print(await make());
  } catch (error) {
    print({ error: `${error.message}\n${error.stack}` });
  }
}

export const report = (convwasm, pool) =>
  printResult(async () => {
    const { build, microkernel } = convwasm.runtime();
    const checks = smoke(convwasm, { outputBits, SIMD_BITS });
    const all = contestants(convwasm, moduleOf(build));
    const time = (name, count) => {
      const begin = performance.now();
      for (let i = 0; i < count; ++i) all[name].run();
      return performance.now() - begin;
    };
    // a page's clock may go in steps of 0.1 ms
    const rates = await measure(all, time, 4);
    return { build, microkernel, checks, rates, ...(await tryThreads(convwasm)), ...(await tryPool(convwasm, pool)) };
  });

export const reportRefusal = (convwasm) => printResult(() => ({ checks: smokeForbidden(convwasm) }));

/** @param begin performance.now() before the package was loaded */
export const reportColdStart = (begin, { conv2d, Tensor }) =>
  printResult(() => {
    conv2d(Tensor.ones([1, 8, 16, 16]), Tensor.ones([8, 8, 3, 3]), null, { padding: 1 });
    return { coldStart: performance.now() - begin };
  });
