import { parseArgs } from "node:util";
import { MAX_PIXELS } from "./limits.ts";
import { serveWorker } from "./server.ts";

const usage = `Usage: npm run worker -- [--port number]

Serves the Worker to this machine by workerd, the runtime of Cloudflare's Workers. It enlarges photos of up to
${MAX_PIXELS} pixels to twice their width and height:

  curl --data-binary @photo.jpg -H 'content-type: image/jpeg' http://127.0.0.1:8787/ -o photo-2x.png

  -p, --port  where to serve (default: 8787; 0: any that is free)
  -h, --help  this text
`;

/** A mistake in what was asked for: reported in one line, without a stack. */
class InputError extends Error {}

try {
  await main();
} catch (error) {
  if (!(error instanceof InputError)) throw error;
  console.error(`worker: ${error.message}`);
  process.exitCode = 1;
}

async function main(): Promise<void> {
  const { port, help } = readArguments();
  if (help) return console.log(usage.trimEnd());
  const { url, close } = await serveWorker(port);
  console.log(`POST a PNG or JPEG to ${url}\nCtrl-C ends it`);
  for (const signal of ["SIGINT", "SIGTERM"]) process.once(signal, () => void close());
}

function readArguments(): { port: number; help: boolean } {
  try {
    const { values } = parseArgs({
      options: {
        port: { type: "string", short: "p", default: "8787" },
        help: { type: "boolean", short: "h", default: false },
      },
    });
    const port = Number(values.port);
    if (!/^\d+$/.test(values.port) || port > 65535) {
      throw new InputError(`--port must be a whole number up to 65535, got ${values.port}`);
    }
    return { help: values.help, port };
  } catch (error) {
    if (error instanceof InputError) throw error;
    throw new InputError(`${(error as Error).message.split(". ")[0]} (see --help)`);
  }
}
