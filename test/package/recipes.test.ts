/** The programs of docs/recipes.md for browsers, as they stand there, in Chromium. */
import { cpSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import type { Page } from "playwright-core";
import { build } from "vite";
import { afterAll, beforeAll, expect, it } from "vitest";
import { launchChromium } from "../../examples/playground/chromium.ts";
import { fromPixels, resize, topk } from "../../src/image/index.ts";
import { compile } from "../../src/index.ts";
import { loadOnnx } from "../../src/onnx/index.ts";
import { blackPng } from "../cli/pictures.ts";
import { ROOT } from "../support/node.ts";
import { installTarball } from "./tarball.ts";

const { project, remove } = installTarball();
afterAll(remove);

const recipes = readFileSync(join(ROOT, "docs/recipes.md"), "utf8");
const block = (language: string) => new RegExp(`^\`\`\`${language}\n([\\s\\S]*?)^\`\`\`$`, "m").exec(recipes)![1]!;
const model = readFileSync(join(ROOT, "test/golden/from-pytorch/model.onnx"));
const photo = Buffer.from(blackPng(30, 20));
let expected: string;

beforeAll(() => {
  const session = compile(loadOnnx(model), [1, 3, 24, 24]);
  const pixels = resize({ width: 30, height: 20, data: new Uint8Array(1800) }, [24, 24]);
  const scores = session.run(fromPixels(pixels).unsqueeze(0));
  expected = `class ${topk(scores.reshape([-1]), 1).indices.data[0]}`;
});

/** What a page says in the end; `answer` gives the content of an address, and its type. */
async function said(answer: (url: URL) => readonly [body: Buffer | string, type: string]): Promise<string | null> {
  const browser = await launchChromium();
  try {
    const page: Page = await browser.newPage();
    const errors: string[] = [];
    page.on("pageerror", ({ message }) => errors.push(message));
    await page.route("**", (route) => {
      const [body, contentType] = answer(new URL(route.request().url()));
      return route.fulfill({ body, contentType, headers: { "access-control-allow-origin": "*" } });
    });
    await page.goto("http://localhost:4998/");
    await page.waitForFunction("document.querySelector('p').textContent.startsWith('class')", undefined, {
      timeout: 50_000,
    });
    expect(errors).toEqual([]);
    return await page.locator("p").textContent();
  } finally {
    await browser.close();
  }
}

const JAVASCRIPT = "text/javascript";
const beside = (path: string) => {
  if (path === "/model.onnx") return [model, "application/octet-stream"] as const;
  return path === "/photo.png" ? ([photo, "image/png"] as const) : undefined;
};

it("a page without a bundler", async () => {
  const html = block("html");
  const { version } = JSON.parse(readFileSync(join(ROOT, "package.json"), "utf8"));
  const cdn = `/npm/convwasm@${version}/`;
  expect(html).toContain(`https://cdn.jsdelivr.net${cdn}dist/esm/`);
  const page = await said(({ pathname }) => {
    if (pathname.startsWith(cdn)) {
      return [readFileSync(join(project, "node_modules/convwasm", pathname.slice(cdn.length))), JAVASCRIPT];
    }
    return beside(pathname) ?? [html, "text/html"];
  });
  expect(page).toBe(expected);
});

it("Vite", async () => {
  const site = join(project, "site");
  mkdirSync(join(site, "public"), { recursive: true });
  cpSync(join(ROOT, "test/golden/from-pytorch/model.onnx"), join(site, "public/model.onnx"));
  writeFileSync(join(site, "public/photo.png"), photo);
  writeFileSync(join(site, "main.js"), block("js"));
  const page = `<!doctype html><img src="/photo.png" alt="" /><p></p><script type="module" src="/main.js"></script>`;
  writeFileSync(join(site, "index.html"), page);
  await build({ root: site, logLevel: "error", configFile: false });
  const text = await said(({ pathname }) => {
    const found = beside(pathname);
    if (found !== undefined) return found;
    const file = pathname === "/" ? "/index.html" : pathname;
    return [readFileSync(join(site, "dist", file)), file.endsWith(".js") ? JAVASCRIPT : "text/html"];
  });
  expect(text).toBe(expected);
});
