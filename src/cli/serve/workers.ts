import { Worker } from "node:worker_threads";
import type { Build } from "../../index.ts";
import type { Answer, Load, Loaded, Request } from "./messages.ts";
import { Refusal, type Sent, type SentPictures } from "./protocol.ts";

/** In the package all of the command line is one file; workers begin there too. */
const MAIN = import.meta.url.endsWith(".ts") ? new URL("../main.ts", import.meta.url) : new URL(import.meta.url);

interface Waiting {
  resolve(value: unknown): void;
  reject(error: Error): void;
}

/** A thread, and what it was asked. It answers in the order of the questions. */
class Thread {
  readonly #worker = new Worker(MAIN, { execArgv: [] });
  readonly #waiting: Waiting[] = [];
  busy = false;

  constructor(onEnd: (error: Error) => void) {
    this.#worker.on("message", (answer: Answer) => {
      const { resolve, reject } = this.#waiting.shift()!;
      if ("value" in answer) resolve(answer.value);
      else reject(answer.refused ? new Refusal(400, answer.error) : new Error(answer.error));
    });
    const end = (error: Error) => {
      for (const { reject } of this.#waiting.splice(0)) reject(error);
      onEnd(error);
    };
    this.#worker.on("error", (error) => end(error as Error));
    this.#worker.on("exit", (code) => end(new Error(`a worker ended with code ${code}`)));
  }

  ask(request: Request): Promise<unknown> {
    return new Promise((resolve, reject) => {
      this.#waiting.push({ resolve, reject });
      this.#worker.postMessage(request);
    });
  }

  async end(): Promise<void> {
    this.#worker.removeAllListeners("exit");
    await this.#worker.terminate();
  }
}

/** Threads that each hold every model. */
export class Workers {
  readonly #threads = new Set<Thread>();
  readonly #models = new Map<number, Load>();
  readonly #build: Build | undefined;
  readonly #onFree: () => void;
  readonly #onLoss: (error: Error) => void;

  /**
   * @param onFree called when a thread has nothing to do
   * @param onLoss called with the reason when a thread has ended by itself; another takes its place
   */
  constructor(count: number, build: Build | undefined, onFree: () => void, onLoss: (error: Error) => void) {
    this.#build = build;
    this.#onFree = onFree;
    this.#onLoss = onLoss;
    for (let index = 0; index < count; ++index) this.#add();
  }

  /** Whether a thread has nothing to do. */
  get isFree(): boolean {
    return [...this.#threads].some(({ busy }) => !busy);
  }

  #add(): Thread {
    const thread = new Thread((error) => {
      if (!this.#threads.delete(thread)) return;
      this.#onLoss(error);
      const next = this.#add();
      next.busy = true;
      Promise.all([...this.#models.values()].map((load) => next.ask(load))).then(
        () => {
          next.busy = false;
          this.#onFree();
        },
        // its end is told by the thread that takes its place
        () => undefined,
      );
    });
    this.#threads.add(thread);
    void thread.ask({ kind: "configure", build: this.#build }).catch(() => undefined);
    return thread;
  }

  /** Every thread loads a model and runs it once. @throws Refusal for one that cannot be loaded */
  async load(load: Load): Promise<Loaded> {
    const answers = await Promise.allSettled([...this.#threads].map((thread) => thread.ask(load)));
    const failed = answers.find((answer) => answer.status === "rejected");
    if (failed !== undefined) {
      await this.unload(load.key);
      throw failed.reason;
    }
    this.#models.set(load.key, load);
    return (answers[0] as PromiseFulfilledResult<Loaded>).value;
  }

  async unload(key: number): Promise<void> {
    this.#models.delete(key);
    await Promise.allSettled([...this.#threads].map((thread) => thread.ask({ kind: "unload", key })));
  }

  /** @throws Refusal for inputs that the model cannot compute with; Error where a thread ends */
  async run(
    key: number,
    inputs: readonly ReadonlyMap<string, Sent | SentPictures>[],
  ): Promise<readonly ReadonlyMap<string, Sent>[]> {
    const thread = [...this.#threads].find(({ busy }) => !busy)!;
    thread.busy = true;
    try {
      return (await thread.ask({ kind: "run", key, inputs })) as readonly ReadonlyMap<string, Sent>[];
    } finally {
      thread.busy = false;
      this.#onFree();
    }
  }

  async end(): Promise<void> {
    const threads = [...this.#threads];
    this.#threads.clear();
    await Promise.all(threads.map((thread) => thread.end()));
  }
}
