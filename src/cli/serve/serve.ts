import { availableParallelism } from "node:os";
import process from "node:process";
import {
  type Command,
  EXIT,
  EXIT_FAILED,
  exitCodes,
  Failure,
  parseCommand,
  UsageError,
  wholeNumber,
} from "../command.ts";
import { messageOf } from "../files.ts";
import { checkBuild } from "../model.ts";
import { print } from "../output.ts";
import { newServer, type Packages } from "./server.ts";

const HELP = `Usage: convwasm serve model.onnx|folder [options]

Serves models by the Open Inference Protocol, version 2, over HTTP: /v2/models/NAME/infer and its kin, with the extension for
binary tensors. A folder holds NAME.onnx, or NAME/VERSION/model.onnx. Needs the packages fastify and prom-client beside:
npm install convwasm fastify prom-client.

Options:
      --host 127.0.0.1    the address to listen at; 0.0.0.0 is all of them
      --port 8000         0 takes a free one
      --workers n         threads, each with every model (default: as many as there are cores)
      --batch 8           the most entries that are computed together, of models whose first axis is open; 1: none
      --delay 2           milliseconds that a request may wait for others while a thread is free
      --queue 256         requests that may wait; one more is refused, with 429
      --timeout 30000     milliseconds after which a request without a result is refused, with 408
      --body 64           MB that the body of a request may have; a larger one is refused, with 413
      --poll 2000         milliseconds from one look at the files to the next: what has changed is loaded again
      --build simd|relaxed|wide   the kernels to use
      --log info          least level of the log: trace, debug, info, warn, error, fatal, silent
  -h, --help              print this

Pictures: an input of datatype BYTES takes PNGs and JPEGs where a file NAME.json beside NAME.onnx says how they are prepared, as
{ "size": 224, "resize": 256, "mean": [0.485, 0.456, 0.406], "std": [0.229, 0.224, 0.225] }; each member may be left out. In JSON
they are in base64.

GET /v2/health/live and /v2/health/ready are for orchestrators, /metrics for Prometheus. The log is JSON, one object a line.
SIGTERM ends the server when all that was accepted is answered.

${exitCodes({ [EXIT_FAILED]: "no model can be served, or the address is not free" })}`;

const LEVELS = ["trace", "debug", "info", "warn", "error", "fatal", "silent"];
const MB = 2 ** 20;
const MOST_PORT = 65535;

export const serve: Command = {
  name: "serve",
  summary: "serve ONNX files over HTTP: Open Inference Protocol, batches, threads, metrics",
  help: HELP,
  async run(args) {
    const { values, positionals } = parseCommand(args, {
      host: { type: "string", default: "127.0.0.1" },
      port: { type: "string", default: "8000" },
      workers: { type: "string", default: String(availableParallelism()) },
      batch: { type: "string", default: "8" },
      delay: { type: "string", default: "2" },
      queue: { type: "string", default: "256" },
      timeout: { type: "string", default: "30000" },
      body: { type: "string", default: "64" },
      poll: { type: "string", default: "2000" },
      build: { type: "string" },
      log: { type: "string", default: "info" },
    });
    if (values.help) {
      await print(HELP);
      return EXIT.fine;
    }
    if (positionals.length !== 1) {
      throw new UsageError(`serve takes one ONNX file or folder, got ${positionals.join(" ") || "none"}`);
    }
    if (!LEVELS.includes(values.log))
      throw new UsageError(`--log must be one of ${LEVELS.join(", ")}, got ${values.log}`);
    const port = wholeNumber("--port", values.port, 0);
    if (port > MOST_PORT) throw new UsageError(`--port must be at most ${MOST_PORT}, got ${port}`);
    const options = {
      models: positionals[0]!,
      workers: wholeNumber("--workers", values.workers, 1),
      batch: wholeNumber("--batch", values.batch, 1),
      delay: wholeNumber("--delay", values.delay, 0),
      length: wholeNumber("--queue", values.queue, 1),
      timeout: wholeNumber("--timeout", values.timeout, 1),
      body: wholeNumber("--body", values.body, 1) * MB,
      poll: wholeNumber("--poll", values.poll, 10),
      build: checkBuild(values.build),
      log: values.log,
    };
    const server = newServer(await packages(), options);
    const ended = new Promise<void>((resolve) => {
      for (const signal of ["SIGTERM", "SIGINT"] as const) process.once(signal, () => resolve());
    });
    try {
      // first: an orchestrator asks whether it is ready
      await server.app.listen({ host: values.host, port });
      await server.start();
      if (server.count() === 0) throw new Failure(`${options.models}: there is no model that can be served`);
      await ended;
      return EXIT.fine;
    } catch (error) {
      if (!(error instanceof Error && "syscall" in error)) throw error;
      throw new Failure(`${values.host}:${port}: ${messageOf(error)}`);
    } finally {
      await server.close();
    }
  },
};

/** They are no dependencies of this package, of which most users serve nothing. */
async function packages(): Promise<Packages> {
  try {
    const [fastify, client] = await Promise.all([import("fastify"), import("prom-client")]);
    return { fastify, client };
  } catch (error) {
    if ((error as { code?: string }).code !== "ERR_MODULE_NOT_FOUND") throw error;
    throw new Failure("serve needs two packages beside this one: npm install fastify prom-client");
  }
}
