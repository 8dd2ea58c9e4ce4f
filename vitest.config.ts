import { fileURLToPath } from "node:url";
import { defineConfig } from "vitest/config";

type Build = "simd" | "relaxed" | "wide";

const source = (path: string) => fileURLToPath(new URL(`src/${path}`, import.meta.url));

// these drive a browser and workerd
const driven = [
  "test/image/browser.test.ts",
  "test/fetch.browser.test.ts",
  "test/examples/playground.test.ts",
  "test/examples/worker.test.ts",
];

// what does not depend on the build: the commands, the examples, and how long planning may take
const once = ["test/cli/**/*.test.ts", "test/examples/*.test.ts", "test/graph/budget.test.ts"];
// these measure the memory of their process, or start threads, and so want one each
const alone = [
  "test/graph/session.test.ts",
  "test/networks/memory.test.ts",
  "test/pool/pool.test.ts",
  "test/runtime/memory.test.ts",
  "test/threads/threads.test.ts",
];

const suite = (name: string, build: Build, include: readonly string[], without: readonly string[] = []) => ({
  resolve: {
    alias: {
      "convwasm/onnx": source("onnx/index.ts"),
      "convwasm/optim": source("optim/index.ts"),
      "convwasm/image": source("image/index.ts"),
      convwasm: source("index.ts"),
    },
  },
  test: {
    name,
    include: [...include],
    exclude: ["test/package/**", "**/node_modules/**", ...driven, ...without],
    setupFiles: ["test/support/setup.ts"],
    env: { CONVWASM_BUILD: build },
    // one process for all files: starting and importing would take twice the time of the tests
    isolate: include === alone,
    // five seconds, vitest's default, say more of a busy machine than of the code
    testTimeout: 60_000,
  },
});

const onBuild = (build: Build) => [
  suite(build, build, ["test/**/*.test.ts"], [...once, ...alone]),
  suite(`${build}-alone`, build, alone),
];

// kernels that assert, among guards: `npm run test:debug`
const debug = suite("debug", "simd", [
  "test/**/*.canaries.test.ts",
  "test/operators/{argmax,determinant,recurrent}.test.ts",
]);
debug.test.setupFiles.unshift("test/support/debug-kernels.ts");

// what computes, in a process that pairs vectors: `npm run test:wide`; the planner is tested for the other builds, since
// pairs move some of its choices
const computing = ["conv", "functional", "graph", "networks", "nn", "operators"].map(
  (room) => `test/${room}/**/*.test.ts`,
);

const published = {
  test: { name: "package", include: ["test/package/*.test.ts"], testTimeout: 60_000, hookTimeout: 60_000 },
};
// a page on a busy machine may take many times a second, vitest's default
const examples = {
  test: {
    name: "examples",
    include: driven,
    testTimeout: 60_000,
    hookTimeout: 60_000,
    expect: { poll: { timeout: 30_000 } },
  },
};

export default defineConfig({
  test: {
    projects: [
      ...onBuild("simd"),
      ...onBuild("relaxed"),
      suite("once", "relaxed", once),
      suite("wide", "wide", computing, [...once, ...alone, "test/conv/planner.test.ts"]),
      debug,
      published,
      examples,
    ],
  },
});
