import { randomUUID } from "node:crypto";
import type { FastifyInstance, FastifyReply } from "fastify";
import type { Build } from "../../index.ts";
import { version as ownVersion } from "../version.ts";
import { Metrics } from "./metrics.ts";
import { Models, type Served } from "./models.ts";
import { DATATYPES, encodeInfer, type Port, parseInfer, Refusal } from "./protocol.ts";
import { Queue, type QueueOptions } from "./queue.ts";
import { Workers } from "./workers.ts";

export interface ServerOptions extends QueueOptions {
  /** file or folder */
  readonly models: string;
  readonly workers: number;
  readonly build: Build | undefined;
  /** most bytes of a request's body */
  readonly body: number;
  /** of the log: trace, debug, info, warn, error, fatal, silent */
  readonly log: string;
  /** milliseconds from one look at the files to the next */
  readonly poll: number;
}

export interface Server {
  readonly app: FastifyInstance;
  /** Loads and warms the models; the server is ready afterwards. */
  start(): Promise<void>;
  /** Models that are served. */
  count(): number;
  /** Takes no more connections, answers what it has accepted, and ends the threads. */
  close(): Promise<void>;
}

/** Packages that serve needs, which its users install beside: nothing else of this package does. */
export interface Packages {
  readonly fastify: Pick<typeof import("fastify"), "fastify">;
  readonly client: typeof import("prom-client");
}

const REQUEST_ID = /^[\x21-\x7e]{1,128}$/;
const JSON_LENGTH = "inference-header-content-length";
/** Slower bodies are refused by Node, with 408. */
const BODY_MS = 30_000;

export function newServer({ fastify, client }: Packages, options: ServerOptions): Server {
  const app = fastify.fastify({
    logger: { level: options.log },
    bodyLimit: options.body,
    requestTimeout: BODY_MS,
    genReqId: ({ headers }) => {
      const given = headers["x-request-id"];
      return typeof given === "string" && REQUEST_ID.test(given) ? given : randomUUID();
    },
    // what arrives on a connection that there is already is answered, too
    return503OnClosing: false,
    forceCloseConnections: "idle",
    routerOptions: { maxParamLength: 500 },
  });
  let isReady = false;
  let isEnding = false;
  let timer: ReturnType<typeof setInterval> | undefined;

  const workers: Workers = new Workers(
    options.workers,
    options.build,
    () => queue.next(),
    (error) => {
      metrics.lost();
      app.log.error(error, "a thread has ended; another takes its place");
    },
  );
  const queue = new Queue(workers, options, {
    onBatch: (model, _, entries, waited, ms) => metrics.computed(model, entries, waited, ms),
  });
  const metrics = new Metrics(client, () => queue.length);
  const models = new Models(options.models, workers, {
    onLoaded({ name, version, batches }, replaced) {
      metrics.loaded(name, version, "loaded");
      app.log.info({ model: name, version, batches }, replaced ? "reloaded" : "loaded");
    },
    onFailed(name, version, error) {
      metrics.loaded(name, version, "failed");
      app.log.error({ model: name, version, err: error }, "cannot be loaded");
    },
    onGone: ({ name, version }) => app.log.info({ model: name, version }, "gone"),
  });

  // bodies are read by parseInfer
  app.removeAllContentTypeParsers();
  app.addContentTypeParser("*", { parseAs: "buffer" }, (_, body, done) => done(null, body));
  app.addHook("onSend", async (request, reply) => {
    reply.header("x-request-id", request.id);
    if (isEnding) reply.header("connection", "close");
  });
  app.addHook("onResponse", async ({ routeOptions, method }, reply) => {
    metrics.answered(routeOptions.url ?? "unknown", method, reply.statusCode, reply.elapsedTime);
  });
  app.setNotFoundHandler((request, reply) =>
    answer(reply, 404, `there is no ${request.method} ${request.url.slice(0, 200)}`),
  );
  app.setErrorHandler((error: Error & { statusCode?: number }, request, reply) => {
    const status = error instanceof Refusal ? error.status : (error.statusCode ?? 500);
    if (status >= 500) request.log.error(error);
    if (status === 429) reply.header("retry-after", "1");
    return answer(reply, status, status >= 500 ? "an error of the server, which its log tells" : error.message);
  });
  const answer = (reply: FastifyReply, status: number, error: string) => reply.code(status).send({ error });

  const modelOf = (params: unknown): Served => {
    const { name, version } = params as { readonly name: string; readonly version?: string };
    const model = models.get(name, version);
    if (model !== undefined) return model;
    throw new Refusal(
      404,
      `there is no model ${JSON.stringify(name)}${version === undefined ? "" : ` of version ${JSON.stringify(version)}`}`,
    );
  };
  const tensorOf = ({ name, dtype, shape }: Port) => ({
    name,
    datatype: DATATYPES[dtype],
    // -1 is a length that is open
    shape: (shape ?? []).map((length) => (typeof length === "number" ? length : -1)),
  });

  app.get("/v2/health/live", async () => ({ live: true }));
  app.get("/v2/health/ready", async (_, reply) => {
    const ready = isReady && !isEnding;
    return reply.code(ready ? 200 : 503).send({ ready });
  });
  const server = { name: "convwasm", version: ownVersion, extensions: ["binary_tensor_data"] };
  for (const path of ["/v2", "/v2/"]) app.get(path, async () => server);
  app.get("/v2/models", async () => ({ models: models.all().map(({ name, version }) => ({ name, version })) }));
  for (const path of ["/v2/models/:name", "/v2/models/:name/versions/:version"]) {
    app.get(path, async ({ params }) => {
      const { name, inputs, outputs } = modelOf(params);
      return {
        name,
        versions: models.versions(name),
        platform: "onnx_convwasm",
        inputs: inputs.map(tensorOf),
        outputs: outputs.map(tensorOf),
      };
    });
    app.get(`${path}/ready`, async ({ params }) => {
      const { name } = modelOf(params);
      return { name, ready: true };
    });
    app.post(`${path}/infer`, async (request, reply) => {
      const model = modelOf(request.params);
      if (!(request.body instanceof Uint8Array)) throw new Refusal(400, "the request has no body");
      const given = request.headers[JSON_LENGTH];
      const parsed = parseInfer(request.body, typeof given === "string" ? given : undefined, model.inputs);
      const { body, jsonBytes } = encodeInfer(model, parsed, await queue.run(model, parsed.inputs));
      if (jsonBytes === undefined) return reply.type("application/json").send(body);
      return reply.type("application/octet-stream").header(JSON_LENGTH, jsonBytes).send(body);
    });
  }
  app.get("/metrics", async (_, reply) => reply.type(metrics.contentType).send(await metrics.text()));

  return {
    app,
    async start() {
      await models.refresh();
      isReady = true;
      const look = () => models.refresh().catch((error: unknown) => app.log.error(error));
      timer = setInterval(look, options.poll);
    },
    count: () => models.all().length,
    async close() {
      isEnding = true;
      clearInterval(timer);
      await app.close();
      await workers.end();
    },
  };
}
