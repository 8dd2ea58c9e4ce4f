/** What a helping thread runs: a script of its own, made by tools/kernels.ts, which imports nothing. */
import { LOST_AT, STATE, TAKEN } from "../../../assembly/threads/layout.ts";
import type { FromThread, Part, ToThread } from "./messages.ts";

/** Ways to the thread that started this one: a worker's global scope, or Node's parentPort. */
interface Port {
  postMessage(message: FromThread): void;
  onmessage?: (event: { data: ToThread }) => void;
  on?(event: "message", listener: (data: ToThread) => void): void;
}

/** Modules of one engine. */
interface Kernels {
  readonly table: WebAssembly.Table;
  first?: WebAssembly.Exports;
  help?: (control: number, line: number, engine: number, version: number) => number;
}

// Node gives a script that it evaluates `require`; in a page's worker there is none
declare const require: ((name: string) => { parentPort: Port | null }) | undefined;
// where a page's bundler does not look for the module
const [name] = ["node:worker_threads"] as const;
const port = (typeof require === "function" ? require(name).parentPort : globalThis) as unknown as Port;

let memory: WebAssembly.Memory;
let control = 0;
let line = 0;
let together: WebAssembly.Module;
/** messages with modules so far */
let version = 0;
let current = 0;
const engines: Kernels[] = [];

function receive(message: ToThread): void {
  try {
    if ("memory" in message) ({ memory, control, line, together } = message);
    for (const part of "parts" in message ? message.parts : [message]) load(part);
    help();
  } catch (error) {
    const words = new Int32Array(memory.buffer);
    Atomics.store(words, (line + STATE) / 4, 0);
    // the caller waits for what this thread has taken
    Atomics.add(words, control / 4 + LOST_AT / 4, words[(line + TAKEN) / 4]!);
    port.postMessage({ fault: String(error) });
  }
}

function load({ engine, name, base, kernels, module, globals }: Part): void {
  engines[engine] ??= { table: new WebAssembly.Table({ element: "anyfunc", initial: 1 }) };
  const own = engines[engine];
  const imports = { env: { memory, table: own.table }, kernels: own.first ?? {} } as WebAssembly.Imports;
  const { exports } = new WebAssembly.Instance(module, imports);
  const end = base + kernels.length;
  if (end > own.table.length) own.table.grow(end - own.table.length);
  for (const [i, kernel] of kernels.entries()) own.table.set(base + i, exports[kernel]);
  for (const global in globals) (exports[global] as WebAssembly.Global).value = globals[global]!;
  if (name === "kernels") {
    own.first = exports;
    const instance = new WebAssembly.Instance(together, { ...imports, kernels: exports } as WebAssembly.Imports);
    own.help = instance.exports.help as NonNullable<Kernels["help"]>;
  }
  ++version;
}

/** Helps until there are modules to load: then the event loop brings the message. */
function help(): void {
  Atomics.store(new Int32Array(memory.buffer), (line + STATE) / 4, 1);
  // there is none yet if threads were asked for before anything was computed
  for (let next = current; engines[next]?.help !== undefined; ) {
    current = next;
    next = engines[current]!.help!(control, line, current, version);
  }
}

if (typeof port.on === "function") port.on("message", receive);
else port.onmessage = ({ data }) => receive(data);
