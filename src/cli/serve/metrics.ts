import type { Served } from "./models.ts";

type Client = typeof import("prom-client");

/** What GET /metrics tells, in Prometheus' format. */
export class Metrics {
  readonly #registry: InstanceType<Client["Registry"]>;
  readonly #requests;
  readonly #seconds;
  readonly #computing;
  readonly #waiting;
  readonly #entries;
  readonly #loads;
  readonly #losses;

  /** @param depth how many requests wait now */
  constructor(client: Client, depth: () => number) {
    const registers = [new client.Registry()];
    const buckets = [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30];
    const model = ["model", "version"] as const;
    this.#registry = registers[0]!;
    client.collectDefaultMetrics({ register: this.#registry });
    // gauges by the names of counters
    for (const what of ["handles", "requests", "resources"]) {
      this.#registry.removeSingleMetric(`nodejs_active_${what}_total`);
    }
    const counter = <const L extends string>(name: string, help: string, labelNames: readonly L[]) =>
      new client.Counter<L>({ name, help, labelNames: [...labelNames], registers });
    const seconds = <const L extends string>(name: string, help: string, labelNames: readonly L[]) =>
      new client.Histogram<L>({ name, help, labelNames: [...labelNames], buckets, registers });
    this.#requests = counter("convwasm_http_requests_total", "Requests that were answered", [
      "route",
      "method",
      "status",
    ]);
    this.#seconds = seconds("convwasm_http_request_seconds", "From a request to the end of its answer", ["route"]);
    this.#computing = seconds("convwasm_inference_seconds", "Computing of one batch", model);
    this.#waiting = seconds("convwasm_queue_seconds", "Waiting of a request for a thread and for its batch", model);
    this.#entries = new client.Histogram({
      name: "convwasm_batch_entries",
      help: "Entries that were computed together",
      labelNames: [...model],
      buckets: [1, 2, 4, 8, 16, 32, 64],
      registers,
    });
    this.#loads = counter("convwasm_model_loads_total", "Versions of models that were loaded, or could not be", [
      ...model,
      "result",
    ]);
    this.#losses = counter("convwasm_worker_losses_total", "Threads that ended by themselves", []);
    new client.Gauge({
      name: "convwasm_queue_length",
      help: "Requests that wait for a thread",
      registers,
      collect() {
        this.set(depth());
      },
    });
  }

  get contentType(): string {
    return this.#registry.contentType;
  }

  text(): Promise<string> {
    return this.#registry.metrics();
  }

  answered(route: string, method: string, status: number, ms: number): void {
    this.#requests.inc({ route, method, status });
    this.#seconds.observe({ route }, ms / 1000);
  }

  computed({ name, version }: Served, entries: number, waited: readonly number[], ms: number): void {
    const labels = { model: name, version };
    this.#computing.observe(labels, ms / 1000);
    this.#entries.observe(labels, entries);
    for (const each of waited) this.#waiting.observe(labels, each / 1000);
  }

  loaded(model: string, version: string, result: "loaded" | "failed"): void {
    this.#loads.inc({ model, version, result });
  }

  lost(): void {
    this.#losses.inc();
  }
}
