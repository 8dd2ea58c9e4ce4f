/**
 * Runs a saved network with nothing but the kernels and AssemblyScript's own loader: no code of convwasm takes part.
 * `Session.save()` makes the bytes, docs/abi.md describes them. A program is code: open those that you trust.
 */
import { instantiateSync } from "@assemblyscript/loader";

/** An input or output: its place is an offset in the image, or in the arena. */
interface Port {
  readonly name: string;
  readonly dtype: string;
  readonly shape: readonly number[];
  readonly segment: "held" | "arena";
  readonly at: number;
}

/** The JSON at the beginning, as far as it is read here. */
interface Header {
  readonly build: string;
  readonly kernels: readonly string[];
  readonly heldBytes: number;
  readonly arenaBytes: number;
  readonly program: number;
  readonly calls: number;
  readonly pointers: { readonly held: number; readonly arena: number };
  readonly inputs: readonly Port[];
  readonly outputs: readonly Port[];
}

type Kernel = (params: number, begin: number, end: number) => void;

/** The loader's wrappers of exported functions: only `original`, the export itself, fits into a table. */
type Exports = { run(program: number, from: number, to: number): void } & Readonly<
  Record<string, { original: Kernel }>
>;

export interface Program {
  readonly inputs: readonly { readonly name: string; readonly shape: readonly number[] }[];
  readonly outputs: readonly { readonly name: string; readonly shape: readonly number[] }[];
  /** Takes the inputs' elements in order, and returns the outputs'. */
  run(...inputs: readonly Float32Array[]): Float32Array<ArrayBuffer>[];
}

const PAGE = 65536;
const LINE = 64;
const HEAD_BYTES = 16;
const INSTRUCTION_BYTES = 16;

const wholeLines = (bytes: number) => Math.ceil(bytes / LINE) * LINE;

/**
 * @param kernels `kernels-relaxed.wasm`, or `kernels.wasm` for a program that the simd build saved
 * @param saved the bytes of `Session.save()`
 */
export function openProgram(kernels: WebAssembly.Module | BufferSource, saved: Uint8Array): Program {
  // views of words need alignment
  const file = saved.slice();
  const headerBytes = new DataView(file.buffer).getUint32(HEAD_BYTES - 4, true);
  const json = new TextDecoder().decode(file.subarray(HEAD_BYTES, HEAD_BYTES + headerBytes));
  const header: Header = JSON.parse(json);
  const imageAt = wholeLines(HEAD_BYTES + headerBytes);
  const image = file.subarray(imageAt, imageAt + header.heldBytes);
  const heldWords = new Uint32Array(file.buffer, imageAt + header.heldBytes, header.pointers.held);
  const arenaWords = new Uint32Array(file.buffer, heldWords.byteOffset + heldWords.byteLength, header.pointers.arena);
  const ports = [...header.inputs, ...header.outputs];
  if (ports.some(({ dtype }) => dtype !== "float32"))
    throw new TypeError("openProgram: inputs and outputs must be float32");

  // memory: a line that no pointer but 0 reaches | image | arena
  const held = LINE;
  const arena = held + wholeLines(header.heldBytes);
  const memory = new WebAssembly.Memory({ initial: Math.ceil((arena + header.arenaBytes) / PAGE) });
  // entry 0 stays empty
  const table = new WebAssembly.Table({ element: "anyfunc", initial: 1 + header.kernels.length });
  const { exports } = instantiateSync<Exports>(kernels, { env: { memory, table } });
  for (const [i, name] of header.kernels.entries()) {
    const kernel = name.startsWith("kernels.") ? exports[name.slice("kernels.".length)] : undefined;
    if (kernel === undefined)
      throw new RangeError(`openProgram: the program calls ${name}, which is not in this module`);
    table.set(1 + i, kernel.original);
  }

  // addresses were offsets in their segments, and kernels indices in the list
  new Uint8Array(memory.buffer).set(image, held);
  const words = new Uint32Array(memory.buffer);
  for (const word of heldWords) words[held / 4 + word]! += held;
  for (const word of arenaWords) words[held / 4 + word]! += arena;
  const program = held + header.program;
  for (let i = 0; i < header.calls; ++i) words[(program + i * INSTRUCTION_BYTES) / 4]! += 1;

  const viewOf = ({ shape, segment, at }: Port) =>
    new Float32Array(
      memory.buffer,
      at + (segment === "held" ? held : arena),
      shape.reduce((count, length) => count * length, 1),
    );
  const inputs = header.inputs.map(viewOf);
  const outputs = header.outputs.map(viewOf);
  return {
    inputs: header.inputs,
    outputs: header.outputs,
    run(...given) {
      for (const [i, view] of inputs.entries()) {
        if (given[i]?.length !== view.length) {
          throw new RangeError(`run: input ${header.inputs[i]!.name} must have ${view.length} elements`);
        }
        view.set(given[i]);
      }
      exports.run(program, 0, header.calls);
      return outputs.map((view) => view.slice());
    },
  };
}
