/**
 * Functions against their references: the property tests, which draw calls at random, run kernels among guards and make what fails
 * smaller, with another seed and more cases in each round.
 */
import { execFile } from "node:child_process";
import { globSync } from "node:fs";
import { promisify } from "node:util";
import type { Build } from "../../src/index.ts";
import { ROOT } from "../support/node.ts";
import type { Round, Target } from "./target.ts";

const files = [
  "test/functional/*.property.test.ts",
  "test/operators/*.property.test.ts",
  "test/operators/{argmax,determinant,recurrent,row-moments}.test.ts",
  "test/conv/live-taps.test.ts",
].flatMap((pattern) => globSync(pattern, { cwd: ROOT }));
/** How many times as many cases as in `npm test`. */
const FACTOR = "5";

export const calls = (build: Build): Target => ({
  async round(seed): Promise<Round> {
    const env = { ...process.env, FUZZ_SEED: String(seed), FUZZ_FACTOR: FACTOR };
    const vitest = ["node_modules/vitest/vitest.mjs", "run", "--project", build, "--testTimeout", "1000000"];
    try {
      await promisify(execFile)(process.execPath, [...vitest, "--reporter", "dot", ...files], {
        cwd: ROOT,
        env,
        maxBuffer: 2 ** 28,
      });
      return "passed";
    } catch (error) {
      const { stdout, stderr } = error as { stdout: string; stderr: string };
      return {
        message: `a property test fails with FUZZ_SEED=${seed}\n${stderr.slice(-3000)}`,
        files: { ".txt": stdout + stderr },
      };
    }
  },
});
