import { parseArgs } from "node:util";
import { serveWorker } from "../server.ts";
import { runAll } from "./loads.ts";
import { ResidentMemory } from "./memory.ts";

const usage = `Usage: npm run worker:memory -- [--clients number] [--photos number]

Serves the Worker by workerd, attacks it, and prints how far the resident memory of the whole of workerd rises above what
it was before the first request (Linux counts both: VmRSS and VmHWM in /proc/PID/status).

  --clients  that are slow (default: 200)
  --photos   that come at once (default: 48)
  --unfolded megabytes that each bomb unfolds to (default: 1000)
  -h, --help this text
`;

const { values } = parseArgs({
  options: {
    clients: { type: "string", default: "200" },
    photos: { type: "string", default: "48" },
    unfolded: { type: "string", default: "1000" },
    help: { type: "boolean", short: "h", default: false },
  },
});
if (values.help) console.log(usage.trimEnd());
else await main();

async function main(): Promise<void> {
  const { url, close } = await serveWorker(0);
  try {
    const memory = new ResidentMemory();
    console.log(`idle: ${megabytes(memory.idle)} MB`);
    let most = 0;
    const sizes = {
      clients: Number(values.clients),
      photos: Number(values.photos),
      unfolded: 1e6 * Number(values.unfolded),
      side: 512,
    };
    for await (const { name, answers, seconds, peak } of runAll(url, memory, sizes)) {
      most = Math.max(most, peak);
      console.log(`${name}: ${answers}; ${seconds.toFixed(1)} s; at most ${megabytes(peak)} MB above idle`);
    }
    console.log(`at most ${megabytes(most)} MB above idle`);
    if (most > 128e6) process.exitCode = 1;
  } finally {
    await close();
  }
}

function megabytes(bytes: number): number {
  return Math.round(bytes / 1e6);
}
