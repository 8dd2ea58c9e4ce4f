/** What runtimes start threads with. */
import { host } from "./host.ts";

/** Node's Worker, as far as it is used. */
export interface NodeWorker {
  postMessage(message: object, transfer?: readonly ArrayBuffer[]): void;
  on(event: "message", listener: (message: never) => void): void;
  on(event: "error" | "exit", listener: (reason: unknown) => void): void;
  ref(): void;
  unref(): void;
  terminate(): Promise<unknown>;
}

/** What both ends of a channel to a thread listen with in Node. */
export interface NodePort {
  postMessage(message: object, transfer?: readonly ArrayBuffer[]): void;
  on(event: "message", listener: (message: never) => void): void;
}

export interface NodeThreads {
  readonly Worker: new (
    source: string | URL,
    options: { eval?: boolean; type?: "module"; execArgv: readonly string[]; name: string },
  ) => NodeWorker;
  readonly parentPort: NodePort | null;
}

interface NodeProcess {
  getBuiltinModule?(name: string): unknown;
  readonly versions?: { readonly node?: string };
}

const nodeProcess = () => (globalThis as { process?: NodeProcess }).process;

export const hasNodeThreads = (): boolean => nodeProcess()?.versions?.node !== undefined;

/** Node's module, which Bun and Deno have too; undefined in browsers. */
export async function nodeThreads(): Promise<NodeThreads | undefined> {
  if (!hasNodeThreads()) return undefined;
  const name = "node:worker_threads";
  // Node before 20.16 has no getBuiltinModule; bundlers must not look for the module
  const found =
    nodeProcess()!.getBuiltinModule?.(name) ?? (await import(/* @vite-ignore */ /* webpackIgnore: true */ name));
  return found as NodeThreads;
}

/** Whether there are threads at all. */
export function startsThreads(): boolean {
  // workerd may have a process as well
  if (host().name === "workerd") return false;
  return hasNodeThreads() || typeof (globalThis as { Worker?: unknown }).Worker === "function";
}
