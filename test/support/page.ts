/** Pages that have the built package, in Chromium. */
import { readFileSync } from "node:fs";
import { join } from "node:path";
import type { Page, Route } from "playwright-core";
import { launchChromium } from "../../examples/playground/chromium.ts";
import { ROOT } from "./node.ts";

const ORIGIN = "http://localhost:4999";

/**
 * @param globals names of global objects for entries of the package, such as "/image.js"
 * @param answers for other addresses of the page's site
 * @returns what `use` returns
 */
export async function onPage<T>(
  globals: Readonly<Record<string, string>>,
  use: (page: Page) => Promise<T>,
  answers: Readonly<Record<string, (route: Route) => Promise<void>>> = {},
): Promise<T> {
  const imports = Object.entries(globals).map(
    ([entry, name]) => `import * as ${name} from "${entry}"; globalThis.${name} = ${name};`,
  );
  const body = `<!doctype html><script type="module">${imports.join("\n")}</script>`;
  const browser = await launchChromium();
  try {
    const page = await browser.newPage();
    // nothing listens
    await page.route(`${ORIGIN}/**`, (route) => {
      const { pathname } = new URL(route.request().url());
      const answer = answers[pathname];
      if (answer !== undefined) return answer(route);
      if (pathname === "/") return route.fulfill({ contentType: "text/html", body });
      return route.fulfill({ contentType: "text/javascript", body: readFileSync(join(ROOT, "dist/esm", pathname)) });
    });
    await page.goto(ORIGIN);
    return await use(page);
  } finally {
    await browser.close();
  }
}
