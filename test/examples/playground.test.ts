import { execFileSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { join } from "node:path";
import type { AxeResults } from "axe-core";
import { Tensor } from "convwasm";
import type { Browser, Page } from "playwright-core";
import sharp from "sharp";
import type { PreviewServer } from "vite";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { launchChromium } from "../../examples/playground/chromium.ts";
import { buildSite, serveSite } from "../../examples/playground/site.ts";
import { ROOT } from "../support/node.ts";
import { interrupt, startServing } from "./command.ts";
import { type Case, expectedPixels, type Pixels } from "./plain-convolution.ts";

let browser: Browser;
let server: PreviewServer;
let page: Page;
/** what the browser complains about: errors of scripts, and whatever a policy refused */
let complaints: string[];

beforeAll(async () => {
  await buildSite();
  server = await serveSite(4300);
  browser = await launchChromium("--use-fake-device-for-media-stream", "--use-fake-ui-for-media-stream");
});

afterAll(async () => {
  await browser?.close();
  await server?.close();
});

const urlOf = (served: PreviewServer) => served.resolvedUrls!.local[0]!;

async function open(options: Parameters<Browser["newPage"]>[0] = {}): Promise<Page> {
  const opened = await browser.newPage(options);
  opened.setDefaultTimeout(10_000);
  complaints = [];
  opened.on("console", (message) => message.type() === "error" && complaints.push(message.text()));
  opened.on("pageerror", (error) => complaints.push(error.message));
  await opened.goto(urlOf(server));
  await expect.poll(() => textOf(opened, "#output-shape")).toBe("1×3×384×512");
  return opened;
}

const textOf = (on: Page, selector: string) => on.locator(selector).textContent();
/** Until the page has done what was asked of it: it works once before each repaint. */
const idle = (on: Page) =>
  on.evaluate(() => new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(() => done(null)))));

function pixelsOf(on: Page, selector: string): Promise<Pixels> {
  return on.locator(selector).evaluate((canvas: HTMLCanvasElement) => {
    const { width, height } = canvas;
    return { width, height, data: [...canvas.getContext("2d")!.getImageData(0, 0, width, height).data] };
  });
}

async function choose(on: Page, { preset, size, channels, copies, stride, padding, dilation, ...rest }: Partial<Case>) {
  if (preset !== undefined) await on.getByRole("radio", { name: preset, exact: true }).check();
  if (size !== undefined) await on.getByLabel("Size").selectOption(String(size));
  if (copies !== undefined) await on.getByLabel("Filters").selectOption(String(copies));
  if (channels !== undefined) await on.getByLabel("Channels").selectOption(channels);
  if (stride !== undefined) await on.getByLabel("Stride").fill(String(stride));
  if (padding !== undefined) {
    await on
      .getByRole("combobox", { name: "Padding", exact: true })
      .selectOption(padding === "same" ? "same" : "number");
    if (padding !== "same") await on.getByLabel("Padding width").fill(String(padding));
  }
  if (dilation !== undefined) await on.getByLabel("Dilation").fill(String(dilation));
  if (rest.paddingMode !== undefined) await on.getByLabel("Padding mode").selectOption(rest.paddingMode);
  if (rest.algorithm !== undefined) await on.getByLabel("Algorithm").selectOption(rest.algorithm);
  if (rest.view !== undefined) {
    await on.getByRole("radio", { name: rest.view === "signed" ? "Signed map" : "Clipped to 0–1" }).check();
  }
  await idle(on);
}

const load = (name: string, buffer: Buffer, mimeType = "image/png") =>
  page.locator("#file").setInputFiles({ name, mimeType, buffer });

describe("the page", () => {
  let noise: Buffer;
  beforeAll(async () => {
    const random = Tensor.rand([74 * 101 * 3], 7).data;
    const data = Uint8Array.from(random, (value) => 256 * value);
    noise = await sharp(data, { raw: { width: 101, height: 74, channels: 3 } })
      .png()
      .toBuffer();
  });

  beforeEach(async () => {
    page = await open();
  });

  afterEach(async () => {
    expect(complaints).toEqual([]);
    await page.close();
  });

  const usual: Case = {
    preset: "Sharpen",
    size: 3,
    copies: 1,
    channels: "each",
    stride: 1,
    padding: "same",
    dilation: 1,
    paddingMode: "zeros",
    algorithm: "auto",
    view: "clipped",
  };
  it.each<Partial<Case>>([
    {},
    { preset: "Identity", size: 4 },
    { preset: "Gaussian blur", size: 7, channels: "grey", paddingMode: "reflect" },
    { preset: "Sobel", size: 5, channels: "sum", view: "signed", algorithm: "winograd" },
    { preset: "Sobel", view: "signed", stride: 2, padding: 1, paddingMode: "replicate" },
    { preset: "Edges", size: 6, channels: "grey", dilation: 3, paddingMode: "circular", view: "signed" },
    { preset: "Emboss", size: 5, padding: 0, algorithm: "im2col" },
    { preset: "Motion blur", size: 21, channels: "sum", stride: 3, padding: 7, algorithm: "direct" },
    { preset: "Random", size: 2, padding: 4, algorithm: "toeplitz", channels: "grey" },
    { preset: "Gabor", size: 5, copies: 4, channels: "grey", view: "signed", paddingMode: "replicate" },
    { preset: "Emboss", copies: 4, channels: "each", stride: 2, padding: 1 },
    { preset: "Box blur", size: 1, channels: "grey", view: "signed" },
  ])("shows what a plain sum gives: %j", async (changes) => {
    await load("noise.png", noise);
    await expect.poll(() => textOf(page, "#input-shape")).toBe("101 × 74");
    const settings = { ...usual, ...changes };
    await choose(page, settings);
    expect(await page.locator("#error").isVisible()).toBe(false);
    const kernel = (await page.locator("#kernel-text").inputValue()).trim().split(/\s+/).map(Number);
    expect(kernel).toHaveLength(settings.size ** 2);
    const reach = Number((await textOf(page, "#legend"))!.match(/\+(.*)|1$/)![1] ?? 1);
    const expected = expectedPixels(await pixelsOf(page, "#input"), kernel, settings, reach);
    const actual = await pixelsOf(page, "#output");
    expect([actual.width, actual.height]).toEqual([expected.width, expected.height]);
    let worst = 0;
    let beyond = 0;
    for (const [i, value] of expected.data.entries()) {
      worst = Math.max(worst, Math.abs(value - actual.data[i]!));
      if (i % 4 < 3 && (expected.magnitudes[i]! as number) > reach) beyond++;
    }
    // a value near a half rounds either way
    expect(worst).toBeLessThanOrEqual(1);
    if (settings.view === "signed") expect(beyond / expected.data.length).toBeLessThan(0.02);
  });

  it("shows the algorithm, and why", async () => {
    await choose(page, { preset: "Sobel", size: 3 });
    const facts = async () => (await textOf(page, "#facts"))!;
    expect(await facts()).toContain("Algorithmdirect, kernel convDepthwise");
    expect(await facts()).toContain("Whyone channel a group leaves a matrix product nothing to share");
    for (const [algorithm, kernel] of [
      ["direct", "convDepthwise(3x3)?"],
      ["im2col", "convGemm"],
      ["toeplitz", "convToeplitz"],
      ["winograd", "convWinograd"],
    ]) {
      await choose(page, { algorithm: algorithm! });
      expect(await facts()).toMatch(new RegExp(`Algorithm${algorithm}, kernel ${kernel}Whyasked forWeight3×1×3×3`));
    }
    await choose(page, { algorithm: "auto", copies: 16, channels: "sum", size: 1 });
    expect(await facts()).toContain("Whyexpected to be fastest: a matrix product over packed regions");
    await choose(page, { size: 5 });
    expect(await facts()).toContain("Algorithmdirect, kernel convDirect");
  });

  it("says which time it shows", async () => {
    expect(await textOf(page, "#facts")).toMatch(
      /^Time[\d.]+ ms, the median of \d+ warm runs?; the first run took [\d.]+ ms, compiling [\d.]+ ms\. Copies in and out count\./,
    );
  });

  it("writes the PyTorch that does the same, and copies it", async () => {
    const python = () => page.locator("#pytorch").inputValue();
    await choose(page, { preset: "Sobel", size: 3 });
    const weight = [
      "weight = torch.tensor([",
      "    [-1., 0., 1.],",
      "    [-2., 0., 2.],",
      "    [-1., 0., 1.],",
      "])[None, None]",
    ];
    const imports = ["import torch", "import torch.nn.functional as F", ""];
    const colour = [...imports, "# x: (1, 3, 384, 512), float32 from 0 to 1", ...weight];
    const each = [...colour, "weight = weight.repeat(3, 1, 1, 1)"];
    expect((await python()).split("\n")).toEqual([...each, 'y = F.conv2d(x, weight, padding="same", groups=3)']);
    await choose(page, { stride: 2, padding: 3, dilation: 2, channels: "sum" });
    expect((await python()).split("\n")).toEqual([
      ...colour,
      "weight = weight.repeat(1, 3, 1, 1) / 3",
      "y = F.conv2d(x, weight, stride=2, padding=3, dilation=2)",
    ]);
    await choose(page, { stride: 1, padding: "same", paddingMode: "reflect", size: 4, channels: "grey", dilation: 1 });
    expect((await python()).split("\n").slice(-2)).toEqual([
      'x = F.pad(x, (1, 2, 1, 2), mode="reflect")',
      "y = F.conv2d(x, weight)",
    ]);
    await page.context().grantPermissions(["clipboard-read", "clipboard-write"]);
    await page.getByRole("button", { name: "Copy" }).click();
    await page.getByText("Copied.").waitFor();
    expect(await page.evaluate(() => navigator.clipboard.readText())).toBe(await python());
  });

  it("takes numbers cell by cell, and as text", async () => {
    await choose(page, { preset: "Identity", size: 3 });
    const cell = (row: number, column: number) => page.getByLabel(`row ${row}, column ${column}`, { exact: true });
    await cell(1, 3).fill("-0.25");
    await cell(1, 3).press("Enter");
    await idle(page);
    const text = page.locator("#kernel-text");
    expect(await text.inputValue()).toBe("0 0 -0.25\n0 1 0\n0 0 0");
    expect(await page.getByRole("radio", { name: "Identity" }).isChecked()).toBe(false);
    expect(await page.locator("#pytorch").inputValue()).toContain("    [0., 0., -0.25],");

    await cell(2, 2).fill("much");
    await cell(2, 2).press("ArrowDown");
    expect(await textOf(page, "#error")).toBe("“much” is not a number that a kernel can hold.");
    expect(await cell(2, 2).getAttribute("aria-invalid")).toBe("true");
    expect(await text.inputValue()).toBe("0 0 -0.25\n0 1 0\n0 0 0");
    await cell(2, 2).fill("2");
    await cell(2, 2).press("ArrowDown");
    await idle(page);
    expect(await text.inputValue()).toBe("0 0 -0.25\n0 2 0\n0 0 0");
    expect(await page.locator("#error").isVisible()).toBe(false);

    await page.getByText("Numbers as text").click();
    await text.fill("[[0.5, 0], [0, -0.5]]");
    await text.blur();
    await idle(page);
    expect(await textOf(page, "#kernel-sum")).toBe("2×2, sum 0");
    await text.fill("1 2 3\n4 5 6");
    await text.blur();
    expect(await textOf(page, "#error")).toBe("The kernel must be square: it has 2 rows, but row 1 has 3 numbers.");
    expect(await textOf(page, "#kernel-sum")).toBe("2×2, sum 0");
    // grown around the middle
    await page.getByLabel("Size").selectOption("4");
    await idle(page);
    expect(await text.inputValue()).toBe("0 0 0 0\n0 0.5 0 0\n0 0 -0.5 0\n0 0 0 0");
  });

  it("makes other random numbers at each press", async () => {
    await choose(page, { preset: "Random", size: 3 });
    const first = await page.locator("#kernel-text").inputValue();
    await page.getByRole("radio", { name: "Random" }).click();
    await idle(page);
    expect(await page.locator("#kernel-text").inputValue()).not.toBe(first);
  });

  it("draws large kernels without numbers", async () => {
    await choose(page, { preset: "Gabor", size: 31 });
    expect(await page.getByRole("img", { name: "Heat map of the 31 by 31 kernel" }).isVisible()).toBe(true);
    expect(await textOf(page, "#output-shape")).toBe("1×3×384×512");
  });
});

describe("pictures", () => {
  beforeEach(async () => {
    page = await open();
  });

  afterEach(async () => {
    expect(complaints).toEqual([]);
    await page.close();
  });

  const plain = (width: number, height: number) =>
    sharp({ create: { width, height, channels: 3, background: "teal" } })
      .png()
      .toBuffer();

  it("are scaled down where they are huge, and that is said", async () => {
    await load("huge.png", await plain(8000, 6000));
    await expect.poll(() => textOf(page, "#picture-note")).toBe("huge.png: 8000 × 6000, scaled down to 640 × 480.");
    await idle(page);
    expect(await textOf(page, "#output-shape")).toBe("1×3×480×640");
  });

  it("may be a photo on its side, a strip, a single pixel", async () => {
    const sideways = await sharp(await plain(60, 40))
      .withMetadata({ orientation: 6 })
      .jpeg()
      .toBuffer();
    await load("sideways.jpg", sideways, "image/jpeg");
    await expect.poll(() => textOf(page, "#input-shape")).toBe("40 × 60");
    await load("strip.png", await plain(4000, 2));
    await expect.poll(() => textOf(page, "#input-shape")).toBe("640 × 1");
    await load("pixel.png", await plain(1, 1));
    await expect.poll(() => textOf(page, "#output-shape")).toBe("1×3×1×1");
  });

  it("that are none, or broken, leave everything as it was", async () => {
    const png = await plain(300, 200);
    for (const [name, bytes] of [
      ["words.png", Buffer.from("not a picture")],
      ["empty.png", Buffer.alloc(0)],
      ["cut.png", png.subarray(0, 40)],
      ["notes.txt", Buffer.from("hello")],
    ] as const) {
      await load(name, bytes);
      await expect.poll(() => textOf(page, "#error")).toBe(`${name} is not an image that this browser can read.`);
    }
    expect(await textOf(page, "#output-shape")).toBe("1×3×384×512");
    await load("good.png", png);
    await expect.poll(() => textOf(page, "#output-shape")).toBe("1×3×200×300");
    expect(await page.locator("#error").isVisible()).toBe(false);
  });

  it("may be dropped", async () => {
    const drop = async (data: string | undefined) => {
      const transfer = await page.evaluateHandle((base64) => {
        const made = new DataTransfer();
        const bytes = Uint8Array.from(atob(base64 ?? ""), (character) => character.charCodeAt(0));
        if (base64 === undefined) made.setData("text/plain", "words");
        else made.items.add(new File([bytes], "dropped.png", { type: "image/png" }));
        return made;
      }, data);
      await page.dispatchEvent("#input-figure", "dragover", { dataTransfer: transfer });
      expect(await page.locator("#input-figure.over").count()).toBe(1);
      await page.dispatchEvent("#input-figure", "drop", { dataTransfer: transfer });
      expect(await page.locator("#input-figure.over").count()).toBe(0);
    };
    await drop(undefined);
    expect(await textOf(page, "#error")).toBe("What was dropped is not a file.");
    await drop((await plain(30, 20)).toString("base64"));
    await expect.poll(() => textOf(page, "#output-shape")).toBe("1×3×20×30");
  });

  it("may come from the camera, frame by frame", async () => {
    const button = page.getByRole("button", { name: "Camera" });
    await button.click();
    await expect.poll(() => textOf(page, "#facts")).toMatch(/^Time[\d.]+ ms, the median of the last 30 frames\./);
    expect(await button.getAttribute("aria-pressed")).toBe("true");
    const shown = () => page.locator("#output").evaluate((canvas: HTMLCanvasElement) => canvas.toDataURL());
    const before = await shown();
    await expect.poll(shown).not.toBe(before);
    await choose(page, { preset: "Gaussian blur", stride: 2, padding: 1 });
    await expect.poll(() => textOf(page, "#output-shape")).toMatch(/^1×3×2\d\d×3\d\d$/);
    await button.click();
    expect(await button.getAttribute("aria-pressed")).toBe("false");
  });

  it("of a camera that is refused are not waited for", async () => {
    await page.evaluate(() => {
      navigator.mediaDevices.getUserMedia = () => Promise.reject(new DOMException("no", "NotAllowedError"));
    });
    await page.getByRole("button", { name: "Camera" }).click();
    await expect.poll(() => textOf(page, "#error")).toBe("No picture from the camera: permission was refused.");
  });

  it("and options that do not fit are answered by the library's message, and nothing breaks", async () => {
    await load("small.png", await plain(12, 8));
    await expect.poll(() => textOf(page, "#output-shape")).toBe("1×3×8×12");
    const refused = async (changes: Partial<Case>, message: string | RegExp) => {
      await choose(page, changes);
      await expect.poll(() => textOf(page, "#error")).toMatch(message);
      expect(await page.locator("#error").isVisible()).toBe(true);
      expect(await textOf(page, "#output-shape")).toBe("none with these settings");
      expect(await textOf(page, "#facts")).toBe("");
      expect(await page.locator("#pytorch").inputValue()).toBe("");
    };
    await refused({ size: 11, padding: 0 }, /kernel spans 11 values of height, but the padded input has only 8$/);
    await refused(
      { size: 3, padding: 8, paddingMode: "reflect" },
      /reflect padding must be smaller than the axis \(8\)/,
    );
    await refused({ paddingMode: "circular", padding: 13 }, /circular padding must be at most the axis \(8\)/);
    await refused({ paddingMode: "zeros", stride: 0, padding: 1 }, /stride must be a whole number from 1, got 0$/);
    await refused({ stride: 2, padding: "same" }, /padding 'same' needs stride 1, got stride \[2, 2\]$/);
    await refused({ algorithm: "winograd", padding: 1 }, /algorithm 'winograd' needs stride 1, got \[2, 2\]$/);
    await refused({ algorithm: "auto", stride: 1, padding: 90000 }, /memory/);
    await page.getByLabel("Dilation").fill("");
    await refused({ padding: 1 }, /dilation must be a whole number from 1, got NaN$/);
    await choose(page, { dilation: 1 });
    expect(await page.locator("#error").isVisible()).toBe(false);
    expect(await textOf(page, "#output-shape")).toBe("1×3×8×12");
  });
});

describe("for everybody", () => {
  afterEach(async () => {
    expect(complaints).toEqual([]);
    await page.close();
  });

  const axe = readFileSync(createRequire(import.meta.url).resolve("axe-core/axe.min.js"), "utf8");
  const faults = async () => {
    await page.evaluate(axe);
    const results = (await page.evaluate("axe.run()")) as AxeResults;
    return results.violations.map(({ id, nodes }) => `${id}: ${nodes.map(({ html }) => html).join(" ")}`);
  };

  it.each(["light", "dark"] as const)("labels, roles and contrast hold, %s", async (colorScheme) => {
    page = await open({ colorScheme });
    await choose(page, { preset: "Gabor", size: 7 });
    expect(await faults()).toEqual([]);
    await page.getByText("Numbers as text").click();
    await choose(page, { stride: 0 });
    await page.locator("#error").waitFor();
    expect(await faults()).toEqual([]);
  });

  it("everything can be reached and used by the keyboard, in the order of the page", async () => {
    page = await open();
    const focused = () =>
      page.evaluate(() => {
        const at = document.activeElement!;
        const label = (at as HTMLInputElement).labels?.[0];
        // without the options of a select, which stands in its label
        const text = label?.querySelector("select, input[type=number]") ? label.firstChild : label;
        const outlined = at.closest(".button") ?? (at.matches(".choice input") ? at.nextElementSibling! : at);
        const { outlineStyle, outlineWidth } = getComputedStyle(outlined);
        const heading = document.getElementById(at.getAttribute("aria-labelledby") ?? "")?.textContent;
        const name = at.getAttribute("aria-label") ?? heading ?? text?.textContent ?? at.textContent ?? "";
        return { name: name.trim().split("\n")[0], outline: `${outlineStyle} ${outlineWidth}` };
      });
    const names: (string | undefined)[] = [];
    for (let stop = 0; stop < 17; stop++) {
      await page.keyboard.press("Tab");
      const { name, outline } = await focused();
      names.push(name);
      expect(outline, name).toBe("solid 3px");
    }
    expect(names).toEqual([
      "Choose a photo",
      "Camera",
      "Sample",
      "row 1, column 1",
      "Numbers as text",
      "Signed map",
      "Sobel",
      "Size",
      "Filters",
      "Channels",
      "Stride",
      "Padding",
      "Padding mode",
      "Dilation",
      "Algorithm",
      "The same in PyTorch",
      "Copy",
    ]);
    // back into the kernel and about in it
    await page.getByRole("button", { name: "Sample" }).focus();
    for (const key of ["Tab", "ArrowRight", "ArrowDown", "End"]) await page.keyboard.press(key);
    expect((await focused()).name).toBe("row 2, column 5");
    await page.keyboard.type("7");
    await page.keyboard.press("Home");
    await idle(page);
    expect((await focused()).name).toBe("row 2, column 1");
    expect((await page.locator("#kernel-text").inputValue()).split("\n")[1]).toMatch(/ 7$/);
    // on to the presets, and along them
    for (let stop = 0; stop < 3; stop++) await page.keyboard.press("Tab");
    await page.keyboard.press("Space");
    await page.keyboard.press("ArrowRight");
    await idle(page);
    expect((await focused()).name).toBe("Box blur");
    expect((await page.locator("#kernel-text").inputValue()).startsWith("0.04 0.04")).toBe(true);
  });

  it("a narrow phone shows it all without scrolling sideways", async () => {
    page = await open({ viewport: { width: 320, height: 640 }, hasTouch: true, isMobile: true });
    const overflow = () => page.evaluate(() => document.documentElement.scrollWidth - innerWidth);
    expect(await overflow()).toBeLessThanOrEqual(0);
    for (const changes of [{ size: 9 }, { size: 31 }, { preset: "Gabor", size: 7, copies: 16 }, { stride: 0 }]) {
      await choose(page, changes);
      expect(await overflow(), JSON.stringify(changes)).toBeLessThanOrEqual(0);
    }
    await page.getByText("Numbers as text").click();
    expect(await overflow()).toBeLessThanOrEqual(0);
    // room for a finger: WCAG 2.2 asks for 24 pixels, cells of the kernel may be a little less
    for (const control of await page.locator("button, select, .button, .choice span, .fields input").all()) {
      expect((await control.boundingBox())!.height).toBeGreaterThanOrEqual(24);
    }
  });

  it("nothing moves for those who ask for less motion", async () => {
    page = await open({ reducedMotion: "reduce" });
    const durations = () =>
      page
        .locator("button")
        .first()
        .evaluate((button) => getComputedStyle(button).transitionDuration);
    expect(await durations()).toBe("0s");
    await page.emulateMedia({ reducedMotion: "no-preference" });
    expect(await durations()).not.toBe("0s");
  });
});

describe("where the kernels cannot run", () => {
  const shownBy = async (opened: Browser, url: string) => {
    const fresh = await opened.newPage();
    fresh.setDefaultTimeout(10_000);
    await fresh.goto(url);
    const notice = await fresh.getByRole("alert").textContent();
    const others = await fresh.locator(".equation, #settings, .results").filter({ visible: true }).count();
    await fresh.close();
    return { notice, others };
  };

  it("the page says that a policy forbids WebAssembly", async () => {
    const strict = await serveSite(4300, { "Content-Security-Policy": "script-src 'self'; style-src 'self'" });
    try {
      const { notice, others } = await shownBy(browser, urlOf(strict));
      expect(notice).toMatch(
        /^This page may not compile WebAssembly: its Content-Security-Policy needs script-src 'wasm-unsafe-eval'\./,
      );
      expect(others).toBe(0);
    } finally {
      await strict.close();
    }
  });

  it.each([
    ["--jitless", "convwasm: this runtime has no WebAssembly, which the kernels need"],
    ["--no-enable-sse4-1", "convwasm: this runtime's WebAssembly has no SIMD, which the kernels need"],
  ])("the page says what is missing, with %s", async (flag, message) => {
    const lacking = await launchChromium(`--js-flags=${flag}`);
    try {
      const { notice, others } = await shownBy(lacking, urlOf(server));
      expect(notice).toContain(message);
      expect(others).toBe(0);
    } finally {
      await lacking.close();
    }
  });
});

describe("the command", () => {
  const command = (...args: string[]) =>
    execFileSync(process.execPath, ["examples/playground/main.ts", ...args], {
      cwd: ROOT,
      encoding: "utf8",
      stdio: "pipe",
    });

  it("leaves static files without anything inline", async () => {
    const [, directory] = command("--build").match(/^wrote (.*)\n$/)!;
    const html = readFileSync(join(directory!, "index.html"), "utf8");
    expect(html).not.toMatch(/<style|\sstyle=|\son\w+=|<script(?![^>]*\ssrc=)/);
  });

  it("serves them to this machine until it is interrupted", async () => {
    const { url, process } = await startServing("examples/playground/main.ts", "--port", "4400");
    expect(url).toMatch(/^http:\/\/127\.0\.0\.1:44\d\d\/$/);
    expect(await (await fetch(url)).text()).toContain("<h1>Convolution playground</h1>");
    await interrupt(process);
    await expect(fetch(url)).rejects.toThrow("fetch failed");
  });

  it("refuses what it does not know", () => {
    for (const args of [["--port", "x"], ["--port", "70000"], ["--zoom"]]) {
      expect(() => command(...args)).toThrow(/playground: /);
    }
  });
});
