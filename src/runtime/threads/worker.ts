import { script } from "../generated/threads.ts";
import { type NodeThreads, nodeThreads } from "../workers.ts";
import type { FromThread, ToThread } from "./messages.ts";

/** A thread that has been started, wherever it runs. */
export interface Thread {
  post(message: ToThread): void;
  end(): void;
}

/** What a thread reports: `fault` once at most, if it cannot go on, could not start, or has ended by itself. */
export type Listener = (fault: string) => void;

/**
 * Starts threads. In Node they run the script itself, and end with the process, which does not wait for them. In browsers they
 * run the script's file, which bundlers find, or, where there is none, or the page may not load it, the script from
 * memory.
 */
export async function starter(): Promise<(listener: Listener) => Thread> {
  const threads = await nodeThreads();
  return threads === undefined ? startInPage : (listener) => startInNode(threads, listener);
}

function startInNode({ Worker }: NodeThreads, listener: Listener): Thread {
  const worker = new Worker(script, { eval: true, execArgv: [], name: "convwasm" });
  let ended = false;
  const report = (fault: string) => {
    if (!ended) listener(fault);
    ended = true;
  };
  worker.on("message", ({ fault }: FromThread) => report(fault));
  worker.on("error", (error) => report(String(error)));
  worker.on("exit", () => report("it has ended"));
  worker.unref();
  return {
    post: (message) => worker.postMessage(message),
    end() {
      ended = true;
      worker.terminate();
    },
  };
}

function startInPage(listener: Listener): Thread {
  const sent: ToThread[] = [];
  let ended = false;
  let worker: Worker | undefined;
  const faults: string[] = [];
  const attempts = [
    () => new Worker(new URL("./thread.js", import.meta.url), { type: "module", name: "convwasm" }),
    () => new Worker(URL.createObjectURL(new Blob([script], { type: "text/javascript" })), { name: "convwasm" }),
  ];
  const attempt = () => {
    const next = attempts.shift();
    if (next === undefined) {
      listener(`the page may load no worker (Content-Security-Policy: worker-src 'self' blob:): ${faults.join("; ")}`);
      return;
    }
    try {
      worker = next();
    } catch (error) {
      faults.push(String(error));
      attempt();
      return;
    }
    worker.onerror = (event) => {
      event.preventDefault();
      worker!.terminate();
      faults.push(event.message || "its script was not loaded");
      if (!ended) attempt();
    };
    worker.onmessage = ({ data }: MessageEvent<FromThread>) => {
      if (!ended) listener(data.fault);
      ended = true;
    };
    // once more to one that takes the place of another
    for (const message of sent) worker.postMessage(message);
  };
  attempt();
  return {
    post(message) {
      sent.push(message);
      worker?.postMessage(message);
    },
    end() {
      ended = true;
      worker?.terminate();
    },
  };
}
