import { fileURLToPath } from "node:url";
import { defineConfig } from "vitest/config";

const source = (path: string) => fileURLToPath(new URL(`src/${path}`, import.meta.url));

// these drive the examples in a browser and in workerd
const driven = ["test/examples/playground.test.ts", "test/examples/worker.test.ts"];

// every suite runs on every build of the kernels, but for those of what is published
const onBuild = (build: "simd" | "relaxed" | "wide", include = ["test/**/*.test.ts"], without: string[] = []) => ({
  resolve: { alias: { "convwasm/onnx": source("onnx/index.ts"), convwasm: source("index.ts") } },
  test: {
    name: build,
    include,
    exclude: ["test/package/**", "**/node_modules/**", ...driven, ...without],
    setupFiles: ["test/support/setup.ts"],
    // five seconds, vitest's default, say more of a busy machine than of the code
    testTimeout: 60_000,
    env: { CONVWASM_BUILD: build },
  },
});

// what computes, in a process that pairs vectors: `npm run test:wide`; the planner is tested for the other builds, since
// pairs move some of its choices
const computing = ["conv", "functional", "graph", "networks", "nn", "operators"].map(
  (room) => `test/${room}/**/*.test.ts`,
);

const published = { test: { name: "package", include: ["test/package/*.test.ts"], testTimeout: 60_000 } };
// a page on a busy machine may take many times a second, vitest's default
const examples = {
  test: { name: "examples", include: driven, testTimeout: 60_000, expect: { poll: { timeout: 30_000 } } },
};

export default defineConfig({
  test: {
    projects: [
      onBuild("simd"),
      onBuild("relaxed"),
      onBuild("wide", computing, ["test/conv/planner.test.ts"]),
      published,
      examples,
    ],
  },
});
