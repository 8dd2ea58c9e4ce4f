import { Engine } from "./engine.ts";
import { accepts } from "./features.ts";
import { Heap } from "./heap.ts";
import { host } from "./host.ts";

/** The version of Node whose V8 pairs vectors well: Node 22 knows the flag, but only gets slower. */
const LEAST_NODE = 24;
const FLAG = "--experimental-wasm-revectorize";
/** Optimised code, in which alone there are pairs, takes some 10 ms to come; longer on a busy machine. */
const PATIENCE_MS = 500;

interface NodeProcess {
  readonly arch: string;
  readonly execArgv: readonly string[];
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly versions: Readonly<Record<string, string>>;
  getBuiltinModule(name: "node:v8"): { setFlagsFromString(flags: string): void };
}

/** Whether this module has told Node to pair vectors. */
let told = false;

/**
 * Whether the engine makes one operation of 256 bits of two on neighbouring vectors, as V8's revectorizer does.
 *
 * @param fresh whether no kernels have been compiled: only then Node is told to pair vectors
 * @returns why it does not; undefined if it does
 */
export function whyNotWide(fresh: boolean): string | undefined {
  if (!accepts("relaxed")) return "the runtime lacks relaxed SIMD";
  const { name } = host();
  if (name === "Bun" || name === "workerd") return `${name} does not pair vectors`;
  if (name === "Node") {
    const process = (globalThis as unknown as { process: NodeProcess }).process;
    const started = switchesOf(process).includes(FLAG);
    const fault =
      nodeFault(process, started) ?? (fresh || told || started ? undefined : "the kernels had been compiled before");
    if (fault !== undefined) return fault;
    // the pages of an Electron are other processes than the one that tells
    if (!started && !told && process.versions.electron === undefined) {
      process.getBuiltinModule("node:v8").setFlagsFromString(FLAG);
      told = true;
    }
  }
  return pairsVectors() ? undefined : `no pairs were seen: it takes V8 with ${FLAG} and a processor with AVX2`;
}

const switchesOf = ({ execArgv, env }: NodeProcess) => [...execArgv, ...(env.NODE_OPTIONS ?? "").split(/\s+/)];

/** Why this Node cannot be told to pair vectors. */
function nodeFault(process: NodeProcess, started: boolean): string | undefined {
  const { arch, versions } = process;
  if (arch !== "x64") return `V8 pairs vectors on x86-64, and this processor is ${arch}`;
  if (Number.parseInt(versions.node!, 10) < LEAST_NODE) {
    return `Node pairs vectors from version ${LEAST_NODE} on, and this is ${versions.node}`;
  }
  // V8 ends the process when a frozen flag is changed
  const frozen = switchesOf(process).some((each) => /^--freeze[-_]flags[-_]after[-_]init/.test(each));
  return frozen && !started ? "--freeze-flags-after-init forbids to switch it on" : undefined;
}

const PAGE = 65536;

/**
 * Lets gemm6x16 store its rows across the end of a memory of its own, until it has been optimised. V8 reports a trap in a pair
 * of stores at its first one, whichever of them was out of bounds; not paired, the second one has an address in the code of
 * its own. This is quicker than to measure times, and not disturbed by other processes.
 */
function pairsVectors(): boolean {
  const { exports } = new Engine("wide", new Heap(), "gemm6x16");
  const begin = performance.now();
  while (performance.now() - begin < PATIENCE_MS) {
    for (let call = 0; call < 20; ++call) exports.gemm6x16(512, 0, 0, 0, 0, 32, PAGE / 2, 64, 1);
    const [first, second] = [PAGE, PAGE - 16].map((c) => trapAt(() => exports.gemm6x16(0, 0, 0, 0, 0, 32, c, 0, 1)));
    if (first !== undefined && first === second) return true;
  }
  return false;
}

/** The place in the code where a function traps; undefined if the engine does not tell. */
function trapAt(run: () => void): string | undefined {
  const { stackTraceLimit } = Error as { stackTraceLimit?: number };
  // where Error is frozen, traces are longer
  Reflect.set(Error, "stackTraceLimit", 1);
  try {
    run();
  } catch (error) {
    return /wasm-function\[\d+\]:0x[0-9a-f]+/.exec(String((error as Error).stack))?.[0];
  } finally {
    Reflect.set(Error, "stackTraceLimit", stackTraceLimit);
  }
  return undefined;
}
