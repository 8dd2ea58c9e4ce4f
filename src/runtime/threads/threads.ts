import * as layout from "../../../assembly/threads/layout.ts";
import { decode } from "../embedded/decode.ts";
import type { Engine, Helpers, LoadedModule } from "../engine.ts";
import { binary } from "../generated/threads.ts";
import type { Block, Heap } from "../heap.ts";
import type { Part } from "./messages.ts";
import { starter, type Thread } from "./worker.ts";

/** What assembly/threads/run.ts exports. */
export interface Together {
  runTogether(control: number, program: number, from: number, to: number): number;
  runItemsTogether(control: number, instruction: number, begin: number, end: number): number;
  /** settings, for tests: see there */
  readonly patience: WebAssembly.Global<"i64">;
  readonly worth: WebAssembly.Global<"i32">;
}

/** What {@link Team.add} gives an engine. The last two are for tests. */
export interface TeamHelpers extends Helpers {
  readonly control: number;
  readonly together: Together;
}

/** A thread besides the calling one. */
interface Helper {
  readonly thread: Thread;
  /** address of its line */
  readonly line: number;
  workspace: Block | undefined;
}

/** The threads that help with every program in a shared memory. */
export class Team {
  readonly #heap: Heap;
  readonly #together: WebAssembly.Module;
  /** address of what is shared */
  readonly #control: number;
  readonly #count: number;
  readonly #helpers: Helper[] = [];
  readonly #parts: Part[] = [];
  readonly #engines = new Map<Engine, Helpers>();
  readonly #faults: string[] = [];
  /** bytes that each helper's workspace has, or that memory did not suffice for */
  #scratch = 0;

  private constructor(heap: Heap, count: number) {
    this.#heap = heap;
    this.#together = new WebAssembly.Module(decode(binary));
    this.#count = count;
    // never freed: a thread that is told to end may look into it a little longer
    const { offset, bytes: size } = heap.allocate("configure", layout.HELPERS_AT + count * layout.LINE_BYTES);
    heap.u8.fill(0, offset, offset + size);
    this.#control = offset;
  }

  /**
   * Starts threads, which take part when they are ready.
   *
   * @param count how many, besides the calling one
   * @param engines those that there are; others are to be added
   */
  static async start(heap: Heap, count: number, engines: Iterable<Engine>): Promise<Team> {
    const start = await starter();
    const team = new Team(heap, count);
    for (const engine of engines) team.add(engine);
    for (let i = 0; i < count; ++i) team.#start(start, i);
    return team;
  }

  /** Threads that take part now, the calling one among them. */
  get count(): number {
    const { i32 } = this.#heap;
    let count = 1;
    for (const { line } of this.#helpers) count += i32[(line + layout.STATE) / 4]!;
    return count;
  }

  /** Why threads have ended, or could not start. */
  get faults(): readonly string[] {
    return this.#faults;
  }

  has(engine: Engine): boolean {
    return this.#engines.has(engine);
  }

  /** Makes the threads help with an engine's programs. */
  add(engine: Engine): void {
    const number = this.#engines.size;
    const control = this.#control;
    const send = (loaded: LoadedModule) => {
      const part = partOf(number, engine, loaded);
      this.#parts.push(part);
      for (const { thread } of this.#helpers) thread.post(part);
    };
    for (const loaded of engine.modules) send(loaded);
    const instance = new WebAssembly.Instance(this.#together, engine.imports);
    const together = instance.exports as unknown as Together;
    const ready = (scratch: number): boolean => {
      const threads = this.count;
      if (threads === 1) return false;
      if (scratch > this.#scratch) this.#reserve(scratch);
      const words = this.#heap.i32;
      words[(control + layout.THREADS_AT) / 4] = threads;
      words[(control + layout.ENGINE_AT) / 4] = number;
      words[(control + layout.VERSION_AT) / 4] = this.#parts.length;
      words[(control + layout.SCRATCH_AT) / 4] = scratch;
      return true;
    };
    const check = (result: number) => {
      if (result === 0) return;
      // whoever has them may still write there
      for (const helper of this.#helpers) helper.workspace = undefined;
      this.end();
      throw new Error(
        "convwasm: a thread that took part in this run has ended in the middle of it; later runs take one thread " +
          `(configure({ threads }) starts others)${this.#faults.map((fault) => `: ${fault}`).join("")}`,
      );
    };
    const helpers: TeamHelpers = {
      run(program, from, to, scratch) {
        if (!ready(scratch)) return false;
        check(together.runTogether(control, program, from, to));
        return true;
      },
      runItems(instruction, begin, end, scratch) {
        if (!ready(scratch)) return false;
        check(together.runItemsTogether(control, instruction, begin, end));
        return true;
      },
      loaded: send,
      control,
      together,
    };
    this.#engines.set(engine, helpers);
    engine.helpers = helpers;
  }

  /** Whether as many take part, or will, as were asked for. */
  get whole(): boolean {
    return this.#helpers.length === this.#count;
  }

  /** Ends all threads and frees what they held. */
  end(): void {
    for (const { thread } of this.#helpers) thread.end();
    for (const helper of [...this.#helpers]) this.#remove(helper);
    for (const [engine, helpers] of this.#engines) if (engine.helpers === helpers) engine.helpers = undefined;
  }

  #start(start: Awaited<ReturnType<typeof starter>>, index: number): void {
    const line = this.#control + layout.HELPERS_AT + index * layout.LINE_BYTES;
    const thread = start((fault) => {
      this.#faults.push(fault);
      if (this.#helpers.includes(helper)) this.#remove(helper);
    });
    const helper: Helper = { thread, line, workspace: undefined };
    this.#helpers.push(helper);
    thread.post({
      memory: this.#heap.memory,
      control: this.#control,
      line,
      together: this.#together,
      parts: this.#parts,
    });
  }

  #remove(helper: Helper): void {
    this.#helpers.splice(this.#helpers.indexOf(helper), 1);
    if (helper.workspace !== undefined) this.#heap.free(helper.workspace);
  }

  /** Gives each helper a workspace. One without a sufficient one leaves steps to the others. */
  #reserve(scratch: number): void {
    this.#scratch = scratch;
    for (const helper of this.#helpers) {
      if (helper.workspace !== undefined) this.#heap.free(helper.workspace);
      helper.workspace = undefined;
      let given: Pick<Block, "offset" | "bytes"> = { offset: 0, bytes: 0 };
      try {
        given = helper.workspace = this.#heap.allocate("configure", scratch);
      } catch (error) {
        if (!(error instanceof RangeError)) throw error;
      }
      const words = this.#heap.i32;
      words[(helper.line + layout.WORKSPACE) / 4] = given.offset;
      words[(helper.line + layout.WORKSPACE_BYTES) / 4] = given.bytes;
    }
  }
}

const partOf = (number: number, engine: Engine, { module, compiled, globals }: LoadedModule): Part => ({
  engine: number,
  name: module.name,
  base: module.base,
  kernels: module.kernels,
  module: compiled,
  // the first module is loaded before its globals are set
  globals:
    module.name === "kernels"
      ? { pairedLoads: engine.exports.pairedLoads.value, wideVectors: engine.exports.wideVectors.value }
      : globals,
});
