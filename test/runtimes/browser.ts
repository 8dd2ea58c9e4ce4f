/** Chromium and Firefox, on pages of a server that runs as long as it is asked. */
import { readFileSync } from "node:fs";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { extname, join, normalize } from "node:path";
import { findChromium, findFirefox, load } from "./install.ts";
import { parseReport, type Report, STARTS, type Target } from "./report.ts";

/** The part of playwright-core that is called. */
interface Playwright {
  readonly chromium: { launch(options: { executablePath: string; args: string[] }): Promise<Browser> };
}
/** The part of puppeteer-core that is called: playwright-core drives a Firefox of its own only, this one Debian's by WebDriver BiDi. */
interface Puppeteer {
  launch(options: { browser: "firefox"; executablePath: string; headless: true }): Promise<{
    version(): Promise<string>;
    createBrowserContext(): Promise<Context>;
    close(): Promise<void>;
  }>;
}
interface Context {
  newPage(): Promise<Page>;
  close(): Promise<void>;
}
interface Browser {
  version(): string;
  newContext(): Promise<Context>;
  close(): Promise<void>;
}
type Launch = () => Promise<Browser>;
interface Page {
  on(event: "console", listener: (message: { text(): string }) => void): void;
  on(event: "pageerror", listener: (error: Error) => void): void;
  goto(url: string): Promise<unknown>;
}

const LIMIT_MS = 120_000;
const TYPES: Readonly<Record<string, string>> = {
  ".html": "text/html",
  ".js": "text/javascript",
  ".mjs": "text/javascript",
};

interface Site {
  /** folder whose files are served; MODULE names a page of its own, a script of that type */
  readonly folder: string;
  /** headers of each answer, beside the type */
  readonly headers?: Readonly<Record<string, string>>;
}

const launchChromium: Launch = async () => {
  const { chromium } = await load<Playwright>("playwright-core");
  // root has no sandbox
  return chromium.launch({ executablePath: findChromium(), args: ["--no-sandbox"] });
};

const launchFirefox: Launch = async () => {
  const { launch } = await load<Puppeteer>("puppeteer-core");
  const browser = await launch({ browser: "firefox", executablePath: findFirefox(), headless: true });
  const version = (await browser.version()).replace(/^firefox\//i, "");
  return {
    version: () => version,
    newContext: () => browser.createBrowserContext(),
    close: () => browser.close(),
  };
};

async function withBrowser<T>(launch: Launch, use: (browser: Browser) => Promise<T>): Promise<T> {
  const browser = await launch();
  try {
    return await use(browser);
  } finally {
    await browser.close();
  }
}

export const chromiumVersion = () => withBrowser(launchChromium, async (browser) => browser.version());

/** Serves a site while `use` runs. A name without a page of its own gets one that loads the module of that name. */
async function withServer<T>({ folder, headers = {} }: Site, use: (url: string) => Promise<T>): Promise<T> {
  const server = createServer((request, response) => {
    const path = normalize(new URL(request.url!, "http://localhost").pathname);
    response.setHeader("content-type", TYPES[extname(path)] ?? "application/octet-stream");
    for (const [name, value] of Object.entries(headers)) response.setHeader(name, value);
    try {
      response.end(contentOf(folder, path));
    } catch {
      response.writeHead(404).end();
    }
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  try {
    return await use(`http://127.0.0.1:${(server.address() as AddressInfo).port}/`);
  } finally {
    server.closeAllConnections();
    server.close();
  }
}

const page = (script: string) => `<!doctype html><meta charset="utf-8"><script type="module" src="${script}"></script>`;

function contentOf(folder: string, path: string): Buffer | string {
  if (path.startsWith("/page/")) return page(path.replace("/page/", "/").replace(".html", ".mjs"));
  const content = readFileSync(join(folder, path));
  // the one thing that a browser without a bundler cannot know is where the package lies
  if (extname(path) !== ".mjs") return content;
  return content
    .toString()
    .replaceAll('"convwasm"', '"/node_modules/convwasm/dist/esm/index.js"')
    .replaceAll('"convwasm/pool"', '"/node_modules/convwasm/dist/esm/pool.js"');
}

/** What a page reports, from a browser profile of its own. */
async function visit(browser: Browser, url: string): Promise<string> {
  const context = await browser.newContext();
  try {
    const page = await context.newPage();
    const reported = new Promise<string>((resolve, reject) => {
      const errors: string[] = [];
      setTimeout(() => reject(new Error(`${url} reported nothing: ${errors.join("; ")}`)), LIMIT_MS).unref();
      page.on("pageerror", (error) => reject(error));
      page.on("console", (message) => {
        if (message.text().startsWith("REPORT")) resolve(message.text());
        else errors.push(message.text());
      });
    });
    await Promise.all([page.goto(url), reported]);
    return await reported;
  } finally {
    await context.close();
  }
}

/** Visits the pages of a site: one reports, the other only starts. */
export const runPages = (site: Site, main: string, cold?: string, launch: Launch = launchChromium): Promise<Report> =>
  withBrowser(launch, (browser) =>
    withServer(site, async (url) => {
      const report = parseReport(await visit(browser, url + main));
      if (cold === undefined) return report;
      const starts: number[] = [];
      for (let i = 0; i < STARTS; ++i) {
        starts.push(parseReport<{ coldStart: number }>(await visit(browser, url + cold)).coldStart);
      }
      return { ...report, coldStart: Math.min(...starts) };
    }),
  );

const NOT_ISOLATED = /^threads need a page that is isolated from other origins/;
/** What isolates a page from other origins: without it, it shares no memory. */
export const ISOLATION = {
  "cross-origin-opener-policy": "same-origin",
  "cross-origin-embedder-policy": "require-corp",
};
const STRICT = "default-src 'self'; script-src 'self' 'wasm-unsafe-eval'";

const target = (
  name: string,
  site: Omit<Site, "folder">,
  missing: Pick<Target, "oneThread" | "noWorkers"> = {},
): Target => ({
  name,
  ...missing,
  version: chromiumVersion,
  run: (folder) => runPages({ folder, ...site }, "page/main.html", "page/cold.html"),
});

const firefox: Target = {
  name: "firefox",
  oneThread: NOT_ISOLATED,
  version: () => withBrowser(launchFirefox, async (browser) => browser.version()),
  run: (folder) => runPages({ folder }, "page/main.html", "page/cold.html", launchFirefox),
};

export const browserTargets: readonly Target[] = [
  firefox,
  target("chromium", {}, { oneThread: NOT_ISOLATED }),
  target("chromium-csp", { headers: { "content-security-policy": STRICT } }, { oneThread: NOT_ISOLATED }),
  target("chromium-isolated", { headers: ISOLATION }),
  target("chromium-isolated-document", {
    headers: { "document-isolation-policy": "isolate-and-require-corp" },
  }),
  target("chromium-isolated-csp", { headers: { ...ISOLATION, "content-security-policy": STRICT } }),
  target(
    "chromium-csp-no-workers",
    { headers: { ...ISOLATION, "content-security-policy": `${STRICT}; worker-src 'none'` } },
    {
      oneThread: /the page may load no worker \(Content-Security-Policy: worker-src 'self' blob:\)/,
      noWorkers:
        /a worker could not be started: its script was not loaded \(Content-Security-Policy: worker-src 'self'\)/,
    },
  ),
  {
    name: "chromium-csp-refused",
    version: chromiumVersion,
    run: (folder) => {
      const headers = { "content-security-policy": "default-src 'self'; script-src 'self'" };
      return runPages({ folder, headers }, "page/forbidden.html");
    },
  },
];
