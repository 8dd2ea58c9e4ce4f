/** The browser's cache, in Chromium. */
import { expect, it } from "vitest";
import type * as Onnx from "../src/onnx/index.ts";
import { encodeModel } from "./support/onnx.ts";
import { onPage } from "./support/page.ts";

const model = Buffer.from(
  encodeModel({ inputs: [{ name: "x", shape: [1, 3] }], nodes: [{ op: "Relu", inputs: ["x"] }] }),
);

it("keeps what was fetched where that is asked for, and nothing that is no model", async () => {
  const asked: string[] = [];
  const result = await onPage(
    { "/onnx.js": "library" },
    (page) =>
      page.evaluate(async () => {
        const { fetchOnnx } = (globalThis as unknown as { library: typeof Onnx }).library;
        const inputs: string[] = [];
        for (const cache of [true, true, "models", false]) {
          const graph = await fetchOnnx("relu.onnx", { cache });
          inputs.push(graph.inputs[0]!.name);
        }
        const progress: (number | undefined)[] = [];
        await fetchOnnx("relu.onnx", { cache: true, onProgress: ({ loaded, total }) => progress.push(loaded, total) });
        const complaint = await fetchOnnx("page.onnx", { cache: true }).catch((error: Error) => error.message);
        const kept = await (await caches.open("convwasm")).keys();
        return { inputs, complaint, kept: kept.map(({ url }) => new URL(url).pathname), progress };
      }),
    {
      "/relu.onnx": (route) => {
        asked.push("relu");
        return route.fulfill({ contentType: "application/octet-stream", body: model });
      },
      "/page.onnx": (route) => route.fulfill({ contentType: "text/html", body: "<!doctype html><title>App</title>" }),
    },
  );
  expect(result).toEqual({
    inputs: ["x", "x", "x", "x"],
    complaint: expect.stringContaining("is a page of HTML"),
    kept: ["/relu.onnx"],
    progress: [model.length, model.length],
  });
  expect(asked).toHaveLength(3);
});
