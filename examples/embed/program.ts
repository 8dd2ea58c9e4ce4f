/**
 * Runs a saved network with nothing but the kernels and AssemblyScript's own loader: no code of convwasm takes part.
 * `Session.save()` makes the bytes, docs/abi.md describes them. A program is code: open those that you trust.
 */
import { instantiateSync } from "@assemblyscript/loader";

/** An input or output: its place is an offset in the held memory, or in the arena. */
interface Port {
  readonly name: string;
  readonly dtype: string;
  readonly shape: readonly number[];
  readonly segment: "held" | "arena";
  readonly at: number;
}

/** The JSON at the beginning, as far as it is read here. */
interface Header {
  readonly kernels: readonly string[];
  readonly heldBytes: number;
  readonly stagedBytes: number;
  readonly arenaBytes: number;
  readonly program: number;
  readonly calls: number;
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
const HEAD_BYTES = 32;
const OPERATION_WORDS = 6;
const INSTRUCTION_BYTES = 16;

const wholeLines = (bytes: number) => Math.ceil(bytes / LINE) * LINE;

/**
 * @param kernels `kernels-relaxed.wasm`, or `kernels.wasm`: a program runs by either
 * @param saved the bytes of `Session.save()`
 */
export function openProgram(kernels: WebAssembly.Module | BufferSource, saved: Uint8Array): Program {
  // views of words need alignment
  const file = saved.slice();
  const [headerBytes, operationCount] = new Uint32Array(file.buffer, HEAD_BYTES - 8, 2) as unknown as [number, number];
  const json = new TextDecoder().decode(file.subarray(HEAD_BYTES, HEAD_BYTES + headerBytes));
  const header: Header = JSON.parse(json);
  const operationsAt = Math.ceil((HEAD_BYTES + headerBytes) / 8) * 8;
  const operations = new Uint32Array(file.buffer, operationsAt, operationCount * OPERATION_WORDS);
  const dataAt = operationsAt + operations.byteLength;
  const ports = [...header.inputs, ...header.outputs];
  if (ports.some(({ dtype }) => dtype !== "float32"))
    throw new TypeError("openProgram: inputs and outputs must be float32");

  // memory: a line that no pointer but 0 reaches | held | arena | staged
  const held = LINE;
  const arena = held + wholeLines(header.heldBytes);
  const staged = arena + wholeLines(header.arenaBytes);
  const memory = new WebAssembly.Memory({ initial: Math.ceil((staged + header.stagedBytes) / PAGE) });
  // entry 0 stays empty
  const table = new WebAssembly.Table({ element: "anyfunc", initial: 1 + header.kernels.length });
  const { exports } = instantiateSync<Exports>(kernels, { env: { memory, table } });
  const called = header.kernels.map((name) => {
    const kernel = name.startsWith("kernels.") ? exports[name.slice("kernels.".length)] : undefined;
    if (kernel === undefined)
      throw new RangeError(`openProgram: the program calls ${name}, which is not in this module`);
    return kernel.original;
  });
  for (const [i, kernel] of called.entries()) table.set(1 + i, kernel);

  // what is held is built by operations: data, addresses that were offsets, and kernels that pack the weights
  const [bytes, words] = [new Uint8Array(memory.buffer), new Uint32Array(memory.buffer)];
  const bases = [held, staged, arena];
  for (let i = 0; i < operations.length; i += OPERATION_WORDS) {
    const [code, segment, at, count, from, more] = operations.subarray(i, i + OPERATION_WORDS) as unknown as number[];
    const place = bases[segment!]! + at!;
    const data = dataAt + from!;
    if (code === 0) bytes.set(file.subarray(data, data + count!), place);
    else if (code === 1) new Float32Array(memory.buffer, place, count).set(new Float16Array(file.buffer, data, count));
    else if (code === 2) {
      for (const word of new Uint32Array(file.buffer, data, count)) words[place / 4 + word]! += bases[more!]!;
    } else called[more!]!(place, 0, count!);
  }
  // kernels were indices in the list
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
