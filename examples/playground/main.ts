import { parseArgs } from "node:util";
import { buildSite, serveSite } from "./site.ts";

const usage = `Usage: npm run playground -- [--build] [--port number]

Builds a page to play with convolutions into build/playground and serves it to this machine.

  -b, --build  only build: the directory holds static files that any server may serve
  -p, --port   where to serve, or at the next port that is free (default: 4173)
  -h, --help   this text
`;

/** A mistake in what was asked for: reported in one line, without a stack. */
class InputError extends Error {}

try {
  await main();
} catch (error) {
  if (!(error instanceof InputError)) throw error;
  console.error(`playground: ${error.message}`);
  process.exitCode = 1;
}

async function main(): Promise<void> {
  const options = readArguments();
  if (options.help) return console.log(usage.trimEnd());
  const directory = await buildSite();
  if (options.build) return console.log(`wrote ${directory}`);
  const server = await serveSite(options.port);
  console.log(`serving ${directory} at ${server.resolvedUrls!.local[0]}\nCtrl-C ends it`);
}

function readArguments(): { build: boolean; port: number; help: boolean } {
  try {
    const { values } = parseArgs({
      options: {
        build: { type: "boolean", short: "b", default: false },
        port: { type: "string", short: "p", default: "4173" },
        help: { type: "boolean", short: "h", default: false },
      },
    });
    const port = Number(values.port);
    if (!/^\d+$/.test(values.port) || port < 1 || port > 65535) {
      throw new InputError(`--port must be a whole number from 1 to 65535, got ${values.port}`);
    }
    return { ...values, port };
  } catch (error) {
    if (error instanceof InputError) throw error;
    throw new InputError(`${(error as Error).message.split(". ")[0]} (see --help)`);
  }
}
