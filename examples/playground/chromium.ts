import { existsSync } from "node:fs";
import { type Browser, chromium } from "playwright-core";

/** Debian's, unless CHROMIUM names another. */
const executablePath = process.env.CHROMIUM ?? "/usr/bin/chromium";

/** @throws Error that says how to install it where there is no Chromium */
export function launchChromium(...args: string[]): Promise<Browser> {
  if (!existsSync(executablePath)) {
    throw new Error(`no Chromium at ${executablePath}: apt-get install chromium, or name one by CHROMIUM`);
  }
  return chromium.launch({ executablePath, args });
}
