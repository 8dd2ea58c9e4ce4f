import { fileURLToPath } from "node:url";
import { defineConfig } from "vitest/config";

const source = fileURLToPath(new URL("src/index.ts", import.meta.url));

// every suite runs on every build of the kernels, but for those of what is published
const onBuild = (build: "simd" | "relaxed") => ({
  resolve: { alias: { convwasm: source } },
  test: {
    name: build,
    include: ["test/*.test.ts"],
    setupFiles: ["test/setup.ts"],
    env: { CONVWASM_BUILD: build },
  },
});

const published = { test: { name: "package", include: ["test/package/*.test.ts"] } };
// those that drive the examples in a browser and in workerd
const examples = { test: { name: "examples", include: ["test/examples/*.test.ts"], testTimeout: 60_000 } };

export default defineConfig({
  test: { projects: [onBuild("simd"), onBuild("relaxed"), published, examples] },
});
