import { createRequire } from "node:module";
import { join, resolve } from "node:path";
import type { DType, TensorData } from "../../dtype.ts";
import { numbersOf } from "../../elements.ts";
import type { Engine, Inputs, Loaded } from "./engine.ts";

/** What is called of onnxruntime-common, which both runtimes share. */
export interface Ort {
  readonly Tensor: new (type: DType, data: TensorData, dims: readonly number[]) => OrtTensor;
  readonly InferenceSession: {
    create(model: Uint8Array, options: Record<string, unknown>): Promise<OrtSession>;
  };
  readonly env: {
    logLevel?: string;
    readonly wasm: { numThreads?: number };
    readonly versions: Readonly<Record<string, string>>;
  };
}

export interface OrtTensor {
  readonly type: string;
  readonly dims: readonly number[];
  /** of another kind for another type */
  readonly data: Float32Array;
}

interface OrtSession {
  readonly outputNames: readonly string[];
  /** the backend: not public, read only to check that it is the intended one */
  readonly handler?: object;
  run(feeds: Record<string, OrtTensor>): Promise<Record<string, OrtTensor>>;
  release(): Promise<void>;
}

/** What they say of a model as they load it, such as that an initializer is of no use, is no answer of this command's. */
const ERRORS = 3;

/**
 * One thread each, as our kernels have. In the order in which they must be loaded: both register in one onnxruntime-common,
 * where web, if it came first, would take the name "cpu" from the native one and answer for it.
 */
const OPTIONS = {
  /** native, with whatever instructions the processor has */
  "onnxruntime-node": {
    executionProviders: ["cpu"],
    graphOptimizationLevel: "all",
    executionMode: "sequential",
    intraOpNumThreads: 1,
    interOpNumThreads: 1,
    logSeverityLevel: ERRORS,
  },
  /** on its WebAssembly backend */
  "onnxruntime-web": { executionProviders: ["wasm"], graphOptimizationLevel: "all", logSeverityLevel: ERRORS },
} as const;

/** A comparison that would be false: not to be confused with a peer that merely cannot run a model. */
export class BackendMixup extends Error {}

export type PeerName = keyof typeof OPTIONS;
export const PEER_NAMES = Object.keys(OPTIONS) as PeerName[];

/** @returns those that are installed for the code of a folder, and the names of the others */
export function findPeers(folder: string): {
  readonly peers: readonly Engine[];
  readonly missing: readonly PeerName[];
} {
  /** by backend: see {@link checkOwn} */
  const handlers = new Map<unknown, PeerName>();
  const found = PEER_NAMES.map((name) => ({ name, peer: findPeer(name, folder, handlers) }));
  return {
    peers: found.flatMap(({ peer }) => peer ?? []),
    missing: found.filter(({ peer }) => peer === undefined).map(({ name }) => name),
  };
}

function findPeer(name: PeerName, folder: string, handlers: Map<unknown, PeerName>): Engine | undefined {
  const require = createRequire(join(resolve(folder), "index.js"));
  let path: string;
  try {
    path = require.resolve(name);
  } catch (error) {
    if ((error as { code?: unknown }).code === "MODULE_NOT_FOUND") return undefined;
    throw error;
  }
  const ort = require(path) as Ort;
  ort.env.logLevel = "error";
  if (name === "onnxruntime-web") ort.env.wasm.numThreads = 1;
  return {
    name,
    version: ort.env.versions[name === "onnxruntime-web" ? "web" : "node"]!,
    async load(model, inputs) {
      const session = await ort.InferenceSession.create(model, OPTIONS[name]);
      checkOwn(name, session, handlers);
      return loaded(ort, session, inputs);
    },
  };
}

/** @throws Error if one backend answers for both: its time would count as the other's */
function checkOwn(name: PeerName, { handler }: OrtSession, handlers: Map<unknown, PeerName>): void {
  const kind = handler?.constructor;
  if (kind === undefined) throw new BackendMixup(`bench: cannot determine which backend computes for ${name}`);
  const owner = handlers.get(kind) ?? name;
  if (owner !== name) throw new BackendMixup(`bench: the backend of ${owner} computes for ${name}`);
  handlers.set(kind, name);
}

function loaded(ort: Ort, session: OrtSession, inputs: Inputs): Loaded {
  const feeds = Object.fromEntries(
    Object.entries(inputs).map(([name, { dtype, data, shape }]) => [name, new ort.Tensor(dtype, data, shape)]),
  );
  let results: Record<string, OrtTensor> = {};
  return {
    async run() {
      results = await session.run(feeds);
    },
    outputs: () => new Map(Object.entries(results).map(([name, tensor]) => [name, numbers(tensor)])),
    dispose: () => session.release(),
  };
}

/** Its names of types are those of {@link DType}, and more of them. */
function numbers({ type, data }: OrtTensor): ArrayLike<number> {
  if (typeof data[0] === "bigint") return Float64Array.from(data as unknown as ArrayLike<bigint>, Number);
  return type === "float16" ? numbersOf(type, data) : data;
}
