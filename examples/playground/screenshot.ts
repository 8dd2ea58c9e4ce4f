/** Writes screenshot.png, as this directory holds it: `npx node examples/playground/screenshot.ts`, after `npm run build`. */
import { fileURLToPath } from "node:url";
import sharp from "sharp";
import { launchChromium } from "./chromium.ts";
import { buildSite, serveSite } from "./site.ts";

const target = fileURLToPath(new URL("screenshot.png", import.meta.url));

await buildSite();
await using stack = new AsyncDisposableStack();
const server = stack.adopt(await serveSite(4173), (each) => each.close());
const browser = stack.adopt(await launchChromium(), (each) => each.close());
const page = await browser.newPage({ viewport: { width: 1280, height: 1000 }, colorScheme: "light" });
await page.goto(server.resolvedUrls!.local[0]!);
await page.getByLabel("Channels").selectOption("grey");
await page.getByLabel("Padding mode").selectOption("replicate");
await page.getByText("1×1×384×512", { exact: true }).waitFor();
const height = await page.evaluate(() => document.documentElement.scrollHeight);
await page.setViewportSize({ width: 1280, height });
const shot = await page.screenshot({ animations: "disabled" });
// a palette takes a third of the bytes
await sharp(shot).png({ palette: true, effort: 10, dither: 0.6 }).toFile(target);
console.log(`wrote ${target}`);
