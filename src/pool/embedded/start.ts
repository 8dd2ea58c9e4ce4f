import { type NodeThreads, nodeThreads } from "../../runtime/workers.ts";
import type { FromWorker, ToWorker } from "../messages.ts";

/** A worker, wherever it runs. */
export interface PoolWorker {
  post(message: ToWorker, transfer?: ArrayBuffer[]): void;
  /** Whether the process waits for it, where there is one. */
  hold(held: boolean): void;
  end(): Promise<unknown>;
}

export interface Listener {
  heard(message: FromWorker): void;
  /** It has ended by itself, or never began. */
  lost(reason: string): void;
}

/** The two kinds of models. */
export type Kind = "onnx" | "session";

export type Starter = (kind: Kind, listener: Listener) => PoolWorker;

/** Starts workers by Node's module, or as pages do. */
export const starter: (() => Promise<Starter>) | undefined = async () => {
  const threads = await nodeThreads();
  return threads === undefined ? startInPage : (kind, listener) => startInNode(threads, kind, listener);
};

/*
 * The workers' files and options stand in each call, as bundlers look for them: the type that pages need in Node's calls as well,
 * and a name for each, by which webpack tells them apart. tools/bundle.ts writes the names that the files have in the package.
 */

function startInNode({ Worker }: NodeThreads, kind: Kind, { heard, lost }: Listener): PoolWorker {
  const worker =
    kind === "onnx"
      ? new Worker(new URL("../workers/onnx.ts", import.meta.url), {
          type: "module",
          name: "convwasm-pool-onnx",
          execArgv: [],
        })
      : new Worker(new URL("../workers/session.ts", import.meta.url), {
          type: "module",
          name: "convwasm-pool-session",
          execArgv: [],
        });
  worker.on("message", heard);
  worker.on("error", (error) => lost(String(error)));
  worker.on("exit", () => lost("it has ended"));
  return {
    post: (message, transfer) => worker.postMessage(message, transfer),
    hold: (held) => (held ? worker.ref() : worker.unref()),
    end: () => worker.terminate(),
  };
}

function startInPage(kind: Kind, { heard, lost }: Listener): PoolWorker {
  const worker =
    kind === "onnx"
      ? new Worker(new URL("../workers/onnx.ts", import.meta.url), { type: "module", name: "convwasm-pool-onnx" })
      : new Worker(new URL("../workers/session.ts", import.meta.url), {
          type: "module",
          name: "convwasm-pool-session",
        });
  worker.onmessage = ({ data }: MessageEvent<FromWorker>) => heard(data);
  worker.onerror = (event) => {
    event.preventDefault();
    lost(event.message || "its script was not loaded (Content-Security-Policy: worker-src 'self')");
  };
  return {
    post: (message, transfer = []) => worker.postMessage(message, transfer),
    hold() {},
    end: async () => worker.terminate(),
  };
}
