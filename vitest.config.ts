import { fileURLToPath } from "node:url";
import { defineConfig } from "vitest/config";

const source = fileURLToPath(new URL("src/index.ts", import.meta.url));

// every suite runs on every build of the kernels
const onBuild = (build: "simd" | "relaxed") => ({
  resolve: { alias: { convwasm: source } },
  test: {
    name: build,
    include: ["test/**/*.test.ts"],
    setupFiles: ["test/setup.ts"],
    env: { CONVWASM_BUILD: build },
  },
});

export default defineConfig({
  test: { projects: [onBuild("simd"), onBuild("relaxed")] },
});
