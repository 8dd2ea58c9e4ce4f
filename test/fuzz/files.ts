/** Damaged files: each ends in a result, or in an error that says what is wrong, in bounded time, and nothing is kept. */
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { deflateSync, inflateSync } from "node:zlib";
import sharp from "sharp";
import { RequestError } from "../../examples/worker/limits.ts";
import { decodePng } from "../../examples/worker/png.ts";
import { Failure } from "../../src/cli/command.ts";
import { decodePicture } from "../../src/cli/run/picture.ts";
import { loadNpz } from "../../src/formats/npz.ts";
import type { Graph } from "../../src/graph/graph.ts";
import { compile, configure, memory, nn, relu } from "../../src/index.ts";
import { loadOnnx } from "../../src/onnx/index.ts";
import { engine } from "../../src/runtime/runtime.ts";
import { loadSafetensors } from "../../src/safetensors.ts";
import { loadSession } from "../../src/session/index.ts";
import { pngChunk } from "../cli/pictures.ts";
import { ONNX_CASES } from "../support/onnx-cases/index.ts";
import { changeField, MUTATIONS } from "../support/onnx-mutations.ts";
import { assembled, partsOf } from "../support/saved.ts";
import { Random } from "./random.ts";
import { begins, faultOf, type Round, type Target } from "./target.ts";

/** Of the processor, since others may have it as well. */
const MOST_MILLISECONDS = 2000;
/** Of linear memory: a file that needs more is refused. */
const MOST_BYTES = 2 ** 28;
/** What a picture may take, in MB; the command line's usual limit. */
const PICTURE_MEMORY = 512;

interface Format {
  readonly files: readonly Uint8Array[];
  /** @throws what says clearly what is wrong, by `isClear` */
  read(bytes: Uint8Array): void | Promise<void>;
  isClear(error: Error): boolean;
  /** changes what a file of this format holds, and leaves it whole otherwise */
  change?(bytes: Uint8Array, other: Uint8Array, random: Random): Uint8Array;
}

const mutations = Object.values(MUTATIONS);

/** A format as a target. */
function damaged({ files, read, isClear, change }: Format): Target {
  return {
    async round(seed): Promise<Round> {
      const random = new Random(seed);
      let bytes = random.pick(files);
      if (change !== undefined) {
        for (let i = random.below(5); i > 0; --i) bytes = change(bytes, random.pick(files), random);
      }
      if (change === undefined || random.below(4) === 0) {
        bytes = random.pick(mutations)(bytes, random.pick(files), random.below);
      }
      const { used } = memory();
      const begin = process.cpuUsage();
      let message: string | undefined;
      let end = "read";
      try {
        await read(bytes);
      } catch (error) {
        end = "refused";
        message = faultOf(error, isClear);
      }
      const { user, system } = process.cpuUsage(begin);
      const time = (user + system) / 1000;
      if (memory().used !== used) message ??= "memory is kept";
      if (time > MOST_MILLISECONDS) message ??= `it took ${Math.round(time)} ms`;
      return message === undefined ? end : { message, files: { "": bytes } };
    },
  };
}

const golden = (name: string): Uint8Array => new Uint8Array(readFileSync(join(import.meta.dirname, "../golden", name)));

function shapesOf(graph: Graph): Record<string, readonly number[]> {
  const lengths = (shape: Graph["inputs"][number]["shape"]) =>
    (shape ?? [1, 3, 5, 6]).map((n) => (typeof n === "number" ? n : 2));
  return Object.fromEntries(graph.inputs.map(({ name, shape }) => [name, lengths(shape)]));
}

/** Compiled for small shapes: what the library does with a file, not how long large ones take. */
export function onnx(): Target {
  configure({ maxMemory: MOST_BYTES });
  return damaged({
    files: ONNX_CASES.map(({ model }) => model),
    isClear: begins(/^(loadOnnx|compile)(: |\.)/),
    change: (bytes, other, random) => changeField(bytes, other, random.below),
    read(bytes) {
      const graph = loadOnnx(bytes);
      compile(graph, shapesOf(graph)).dispose();
    },
  });
}

export const safetensors = (): Target =>
  damaged({
    files: [golden("tensors.safetensors")],
    isClear: begins(/^loadSafetensors: /),
    read: (bytes) => void loadSafetensors(bytes),
  });

export const npz = (): Target =>
  damaged({
    files: [golden("stored.npz"), golden("deflated.npz")],
    isClear: begins(/^loadNpz: /),
    read: (bytes) => void loadNpz(bytes),
  });

/** Layers whose weights are packed in every way. */
function packing() {
  const layers = new nn.Sequential(
    new nn.Conv2d(8, 8, 5, { padding: 2, groups: 8, seed: 1 }),
    new nn.Conv2d(8, 24, 3, { padding: 1, seed: 2 }),
    new nn.Conv2d(24, 6, 1, { seed: 3 }),
    new nn.ConvTranspose2d(6, 4, 3, { stride: 2, seed: 4 }),
  );
  return compile(layers, [1, 8, 9, 9]);
}

/** Bytes before and after the place of a Session that must not change. */
const GUARD_BYTES = 65536;

/** Damaged as bytes, where the checksum is to tell, and in its parts with a checksum that fits: nothing is written elsewhere. */
export function session(): Target {
  using small = compile({ forward: (x) => relu(x) }, [4]);
  using linear = compile(new nn.Linear(30, 7, { seed: 5 }), [40, 30]);
  using packed = packing();
  const files = [small, linear, packed].flatMap((each) => [each.save(), each.save({ weights: "float16" })]);
  const { heap } = engine();
  return damaged({
    files,
    isClear: begins(/^loadSession: /),
    change: (bytes, _, random) => (random.below(2) === 0 ? bytes : changeSaved(bytes, random)),
    read(bytes) {
      const before = heap.allocate("fuzz", GUARD_BYTES);
      const room = heap.allocate("fuzz", 2 ** 20);
      const after = heap.allocate("fuzz", GUARD_BYTES);
      heap.free(room);
      const guards = () => [before, after].map(({ offset }) => heap.u8.subarray(offset, offset + GUARD_BYTES));
      for (const guard of guards()) guard.fill(0xa5);
      let refusal: unknown;
      try {
        loadSession(bytes).dispose();
      } catch (error) {
        refusal = error;
      }
      const isWhole = guards().every((guard) => guard.every((byte) => byte === 0xa5));
      for (const block of [before, after]) heap.free(block);
      if (!isWhole) throw new Error("a Session that is loaded writes elsewhere", { cause: refusal });
      if (refusal !== undefined) throw refusal;
    },
  });
}

/** Changes an operation, a word of data or a number of the header, if the file is whole enough to have them. */
function changeSaved(bytes: Uint8Array, random: Random): Uint8Array {
  const { header, operations, data } = partsOf(bytes);
  const values = [0, 1, 2 ** 31, 2 ** 32 - 4, header.heldBytes, header.stagedBytes, header.arenaBytes, data.length];
  const value = random.below(2) === 0 ? random.pick(values) : random.below(2 ** 32);
  const words = new Uint32Array(data.buffer, 0, data.length >> 2);
  const changed = { ...header } as Record<string, unknown>;
  switch (random.below(3)) {
    case 0:
      operations[random.below(operations.length)] = value;
      break;
    case 1:
      words[random.below(words.length)] = value;
      break;
    default:
      changed[random.pick(Object.keys(header))] = random.pick<unknown>([value, null, "x", [], {}, [null], [{}]]);
  }
  return assembled({ header: changed, operations, data });
}

/** Noise of few pixels. */
const noise = (channels: 1 | 2 | 3 | 4, seed: number) => {
  const random = new Random(seed);
  const [width, height] = [random.integer(1, 20), random.integer(1, 20)];
  const data = Uint8Array.from({ length: width * height * channels }, () => random.below(256));
  return sharp(data, { raw: { width, height, channels } });
};

/** PNG by the decoders of the command line and of the Worker. */
export async function png(): Promise<Target> {
  const files = await Promise.all(
    ([1, 2, 3, 4] as const).flatMap((channels) =>
      [
        noise(channels, channels).png(),
        noise(channels, 10 + channels).png({ palette: true }),
        noise(channels, 20 + channels).png({ progressive: true }),
        noise(channels, 30 + channels)
          .toColourspace("rgb16")
          .png(),
      ].map(async (image) => new Uint8Array(await image.toBuffer())),
    ),
  );
  return damaged({
    files,
    isClear: (error) => error instanceof Failure || error instanceof RequestError,
    change: changePng,
    async read(bytes) {
      // both, whatever the first says
      let refused: unknown;
      try {
        await decodePicture("a.png", signed(bytes), 3, PICTURE_MEMORY);
      } catch (error) {
        refused = error;
      }
      decodePng(new Uint8Array(bytes));
      if (refused !== undefined) throw refused;
    },
  });
}

const SIGNATURE = [0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a];

/** What the command line takes for a PNG. */
function signed(bytes: Uint8Array): Uint8Array {
  const copy = new Uint8Array(Math.max(bytes.length, SIGNATURE.length));
  copy.set(bytes);
  copy.set(SIGNATURE);
  return copy;
}

interface Chunk {
  readonly type: string;
  readonly data: Uint8Array;
}

/** The chunks of a file that may be damaged, as far as they can be read. */
function chunksOf(bytes: Uint8Array): Chunk[] {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const chunks: Chunk[] = [];
  for (let at = 8; at + 12 <= bytes.length; ) {
    const end = at + 12 + view.getUint32(at);
    if (end > bytes.length) break;
    chunks.push({
      type: String.fromCharCode(...bytes.subarray(at + 4, at + 8)),
      data: bytes.subarray(at + 8, end - 4),
    });
    at = end;
  }
  return chunks;
}

/** Changes one chunk, or the rows that it holds, and gives it the checksum that it should have. */
function changePng(bytes: Uint8Array, other: Uint8Array, random: Random): Uint8Array {
  const chunks = chunksOf(bytes);
  const others = chunksOf(other);
  if (chunks.length === 0 || others.length === 0) return bytes;
  const at = random.below(chunks.length);
  const chunk = chunks[at]!;
  const change = (data: Uint8Array, second: Uint8Array) =>
    data.length === 0 || second.length === 0 ? data : random.pick(mutations)(data, second, random.below);
  const way = random.below(6);
  if (way === 0) chunks.splice(at, 1);
  else if (way === 1) chunks.splice(at, 0, random.pick(others));
  else if (way === 2 && chunk.type === "IDAT") {
    const rows = inflated(chunk.data);
    chunks[at] = { ...chunk, data: new Uint8Array(deflateSync(change(rows, rows))) };
  } else chunks[at] = { ...chunk, data: change(chunk.data, random.pick(others).data) };
  return Uint8Array.from(
    Buffer.concat([Uint8Array.from(SIGNATURE), ...chunks.map(({ type, data }) => pngChunk(type, data))]),
  );
}

/** What a stream holds; nothing for one that is damaged. */
function inflated(data: Uint8Array): Uint8Array {
  try {
    return new Uint8Array(inflateSync(data, { maxOutputLength: 2 ** 20 }));
  } catch {
    return new Uint8Array();
  }
}

/** JPEG by the command line's decoder. */
export async function jpeg(): Promise<Target> {
  const files = await Promise.all(
    [1, 2, 3, 4, 5, 6].flatMap((seed) =>
      [
        noise(3, seed).jpeg(),
        noise(3, seed).jpeg({ progressive: true }),
        noise(1, seed).toColourspace("b-w").jpeg({ quality: 30 }),
        noise(3, seed).jpeg({ chromaSubsampling: "4:4:4" }).withMetadata({ orientation: seed }),
      ].map(async (image) => new Uint8Array(await image.toBuffer())),
    ),
  );
  return damaged({
    files,
    isClear: (error) => error instanceof Failure,
    async read(bytes) {
      await decodePicture("a.jpg", bytes, 3, PICTURE_MEMORY);
    },
  });
}
