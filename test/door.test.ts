/// <reference lib="es2024.arraybuffer" />
/// <reference lib="es2024.sharedmemory" />
import { runInNewContext } from "node:vm";
import { Worker } from "node:worker_threads";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import * as library from "../src/index.ts";
import { compile, memory, relu, type Session, Tensor } from "../src/index.ts";
import { CALLS, GENERIC, type Given, given, WITHOUT_TENSORS } from "./support/calls.ts";

/*
 * What is checked is what is used: whatever an argument does while it is read, or another thread while it is copied, a call
 * ends in the result of what it was at one time or in a TypeError or RangeError, and memory of others stays as it is.
 * Functions are found by reflection, so that a new one cannot be forgotten.
 */

type Call = (...args: readonly unknown[]) => unknown;

const isClass = (value: unknown) => typeof value === "function" && /^class\b/.test(String(value));

/** Functions that need a row in test/support/calls.ts. */
const missing: string[] = [];

/** Every public function with the arguments that it is called with. */
function calls(): readonly (readonly [name: string, call: Call, args: () => readonly unknown[]])[] {
  const found: [string, Call, () => readonly unknown[]][] = [];
  for (const [name, value] of Object.entries<unknown>(library)) {
    if (typeof value !== "function" || isClass(value) || WITHOUT_TENSORS.includes(name) || name === "compile") continue;
    const rows =
      CALLS[name] ?? GENERIC.filter((args) => ends(() => (value as Call)(...args())) === undefined).slice(0, 1);
    if (rows.length === 0) missing.push(name);
    for (const args of rows) found.push([name, value as Call, args]);
  }
  found.push(["new Tensor", (data, shape) => new Tensor(data as Float32Array, shape as number[]), tensorArguments]);
  found.push([
    "Tensor.reshape",
    (x, shape) => new Tensor((x as Given).data, (x as Given).shape).reshape(shape as number[]),
    () => [given([4, 6]), [2, -1]],
  ]);
  found.push(["Tensor.zeros", (shape) => Tensor.zeros(shape as number[]), () => [[4, 6]]]);
  found.push([
    "compile, with weights",
    (weight, shape, x) => {
      using session = compile({ forward: (input) => library.conv2d(input, weight as Given) }, shape as number[]);
      return session.run(x as Given);
    },
    () => [given([4, 4, 3, 3]), [1, 4, 6, 6], given([1, 4, 6, 6])],
  ]);
  found.push(["Session.run", (x) => shared.run(x as Given), () => [given([16, 16])]]);
  found.push([
    "Session.run, with an output",
    (x, options) => shared.run(x as Given, options as never).data.slice(),
    () => [given([16, 16]), { output: Tensor.zeros([16, 16]) }],
  ]);
  return found;
}

const tensorArguments = () => [Tensor.rand([24], 1).data, [4, 6]];

function ends(call: () => unknown): unknown {
  try {
    call();
    return undefined;
  } catch (error) {
    return error;
  }
}

// a gap in linear memory that calls use, with a Session behind it whose weights are known
const constant = Tensor.full([4096], 1234.5);
let victim: Session;
let shared: Session;

beforeAll(() => {
  shared = compile({ forward: (x) => relu(x) }, [16, 16]);
  const gap = compile({ forward: (x) => relu(x) }, [200_000]);
  victim = compile({ forward: (x) => library.add(x, constant) }, [4096]);
  gap.dispose();
});

afterAll(() => {
  shared.dispose();
  victim.dispose();
  expect(memory().used).toBe(0);
});

const zeros = Tensor.zeros([4096]);

function expectUnharmed(what: string): void {
  const { data } = victim.run(zeros);
  if (!data.every((value) => value === 1234.5)) throw new Error(`${what}: another Session is corrupted`);
}

/** Calls with arguments that were tampered with: the result is `wanted`, or there is a clear error, and nothing else happens. */
function attack(what: string, call: () => unknown, wanted?: readonly unknown[]): void {
  const { used } = memory();
  let result: unknown;
  try {
    result = call();
  } catch (error) {
    if (!(error instanceof TypeError || error instanceof RangeError) || !/^\w[\w.]*: /.test(error.message)) {
      throw new Error(`${what} ends in another error: ${error}`, { cause: error });
    }
    result = undefined;
  }
  expect(memory().used, what).toBe(used);
  expectUnharmed(what);
  if (result !== undefined && wanted !== undefined) expect(wanted, what).toContainEqual(plain(result));
}

/** Results as values that compare: tensors in records too. */
const plain = (value: unknown): unknown =>
  value instanceof Tensor
    ? { shape: [...value.shape], data: Array.from(value.data as ArrayLike<number>) }
    : ArrayBuffer.isView(value)
      ? Array.from(value as unknown as ArrayLike<number>)
      : typeof value === "object" && value !== null
        ? Object.fromEntries(Object.entries(value).map(([key, each]) => [key, plain(each)]))
        : value;

const isGiven = (value: unknown): value is Given =>
  typeof value === "object" && value !== null && ArrayBuffer.isView((value as Given).data);

/** The arguments with each tensor, list and record in them replaced. */
function changed(
  value: unknown,
  change: {
    tensor?(tensor: Given): unknown;
    list?(list: readonly unknown[]): unknown;
    record?(record: object): unknown;
  },
): unknown {
  if (value instanceof Tensor) return value;
  if (isGiven(value)) {
    const shape = change.list?.(value.shape) ?? value.shape;
    return change.tensor?.({ data: value.data, shape: shape as number[] }) ?? { data: value.data, shape };
  }
  if (ArrayBuffer.isView(value)) return value;
  if (Array.isArray(value)) {
    const inner = value.map((each) => changed(each, change));
    return change.list?.(inner) ?? inner;
  }
  if (typeof value !== "object" || value === null) return value;
  const inner = Object.fromEntries(Object.entries(value).map(([key, each]) => [key, changed(each, change)]));
  return change.record?.(inner) ?? inner;
}

const argumentsWith = (args: readonly unknown[], change: Parameters<typeof changed>[1]) =>
  args.map((arg) => changed(arg, change));

const all = calls();
const named = all.map(([name, call, args], index) => [`${name} (${index})`, call, args] as const);

/** An object whose properties are read through `get`, which may do what it likes; the nth read is counted. */
function spied<T extends object>(target: T, onRead: (property: PropertyKey, value: unknown) => unknown): T {
  return new Proxy(target, { get: (at, property) => onRead(property, Reflect.get(at, property)) });
}

it("every public function has arguments in test/support/calls.ts to be tampered with", () => {
  expect(missing).toEqual([]);
});

// what is checked is the same on both builds
describe.skipIf(process.env.CONVWASM_BUILD === "simd")("whatever an argument does while it is read", () => {
  it.each(named)("%s uses what it has checked: lists that lie from the nth read on", (name, call, args) => {
    const honest = plain(call(...args()));
    for (const lie of [0, -1, 3, 50, 2 ** 31]) {
      for (let from = 1; from < 40; ++from) {
        let reads = 0;
        const list = (values: readonly unknown[]) =>
          spied([...values], (property, value) => {
            if (typeof property !== "string" || !/^\d+$/.test(property) || typeof value !== "number") return value;
            return ++reads > from ? lie : value;
          });
        attack(`${name}, read ${from} gives ${lie}`, () => call(...argumentsWith(args(), { list })));
        if (reads <= from) break;
      }
    }
    attack(name, () => call(...args()), [honest]);
  });

  it.each(named)("%s: buffers that grow, shrink or are detached while arguments are read", (name, call, args) => {
    const honest = plain(call(...args()));
    const ways: Record<string, (buffers: readonly ArrayBuffer[]) => void> = {
      grow: (buffers) => {
        for (const buffer of buffers) if (!buffer.detached) buffer.resize(buffer.maxByteLength);
      },
      shrink: (buffers) => {
        for (const buffer of buffers) if (!buffer.detached) buffer.resize(8);
      },
      detach: (buffers) => {
        for (const buffer of buffers) if (!buffer.detached) structuredClone(buffer, { transfer: [buffer] });
      },
    };
    for (const [way, act] of Object.entries(ways)) {
      for (let at = 1; at < 30; ++at) {
        let reads = 0;
        const buffers: ArrayBuffer[] = [];
        const trigger = <T extends object>(target: T) =>
          spied(target, (_, value) => {
            if (++reads === at) act(buffers);
            return value;
          });
        const tensor = ({ data, shape }: Given) => {
          const buffer = new ArrayBuffer(data.byteLength, { maxByteLength: 400_000 });
          buffers.push(buffer);
          const tracking = new Float32Array(buffer);
          tracking.set(data);
          return trigger({ data: tracking, shape: trigger([...shape]) });
        };
        attack(`${name}: ${way} at read ${at}`, () => call(...argumentsWith(args(), { tensor, record: trigger })), [
          honest,
        ]);
        if (reads < at) break;
      }
    }
  });

  it.each(named)("%s: getters that call the library", (name, call, args) => {
    const honest = plain(call(...args()));
    let depth = 0;
    const meddle = <T extends object>(target: T) =>
      spied(target, (_, value) => {
        if (depth > 0) return value;
        ++depth;
        try {
          call(...args());
          shared.run(Tensor.ones([16, 16]));
          compile({ forward: (x) => relu(x) }, [3000]).dispose();
          expect(() => relu({ data: new Float32Array(2), shape: [3] })).toThrow(RangeError);
        } finally {
          --depth;
        }
        return value;
      });
    attack(
      name,
      () =>
        call(
          ...argumentsWith(args(), {
            tensor: (tensor) => meddle({ ...tensor }),
            list: (list) => meddle([...list]),
            record: meddle,
          }),
        ),
      [honest],
    );
  });

  it.each(named)("%s: arrays of other realms, and ones with properties of their own", (name, call, args) => {
    const honest = plain(call(...args()));
    const foreign = ({ data, shape }: Given) => ({
      data: runInNewContext("Float32Array.from(values)", { values: Array.from(data) }),
      shape: runInNewContext("[...shape]", { shape }),
    });
    attack(`${name}: another realm`, () => call(...argumentsWith(args(), { tensor: foreign })), [honest]);
    for (const property of [
      "length",
      "byteLength",
      "byteOffset",
      "buffer",
      "slice",
      "subarray",
      "set",
      Symbol.toStringTag,
    ]) {
      const own = ({ data, shape }: Given) => {
        const longer = new Float32Array(data.length * 40);
        const lie = { length: data.length, byteLength: data.byteLength, buffer: new ArrayBuffer(8) } as Record<
          PropertyKey,
          unknown
        >;
        Object.defineProperty(longer, property, { value: lie[property] ?? (() => new Float32Array(1e5)) });
        return { data: longer, shape };
      };
      // it has too many elements, whatever it says
      attack(`${name}: own ${String(property)}`, () => call(...argumentsWith(args(), { tensor: own })));
    }
  });
});

describe.skipIf(process.env.CONVWASM_BUILD === "simd")("while another thread grows the memory of an argument", () => {
  const MOST = 400_000;
  it("every function copies what it has measured", { timeout: 60_000 }, async () => {
    const tries = all.flatMap((entry) =>
      argumentsHaveTensors(entry[2]()) ? Array.from({ length: 4 }, () => entry) : [],
    );
    const buffers = tries.map(([, , args]) => {
      const lengths: number[] = [];
      argumentsWith(args(), { tensor: ({ data }) => void lengths.push(data.byteLength) });
      return lengths.map((bytes) => new SharedArrayBuffer(bytes, { maxByteLength: MOST }));
    });
    const flag = new SharedArrayBuffer(8);
    const turn = new Int32Array(flag);
    const worker = new Worker(
      `const { workerData: { buffers, flag } } = require("node:worker_threads");
       const turn = new Int32Array(flag);
       for (let i = 0; i < buffers.length; ++i) {
         while (Atomics.load(turn, 0) < i + 1);
         const until = performance.now() + Math.random() * 0.05;
         while (performance.now() < until);
         for (const buffer of buffers[i]) buffer.grow(${MOST});
         Atomics.store(turn, 1, i + 1);
       }`,
      { eval: true, workerData: { buffers, flag } },
    );
    await new Promise((resolve) => worker.once("online", resolve));
    for (const [index, [name, call, args]] of tries.entries()) {
      let next = 0;
      const tensor = ({ data, shape }: Given) => {
        const growing = new Float32Array(buffers[index]![next++]!);
        growing.set(data.subarray(0, growing.length));
        return { data: growing, shape };
      };
      const racing = argumentsWith(args(), { tensor });
      Atomics.store(turn, 0, index + 1);
      for (let run = 0; run < 300 && Atomics.load(turn, 1) <= index; ++run) ends(() => call(...racing));
      while (Atomics.load(turn, 1) <= index);
      attack(`${name}, grown by another thread`, () => call(...racing));
    }
    await worker.terminate();
  });
});

function argumentsHaveTensors(args: readonly unknown[]): boolean {
  let has = false;
  argumentsWith(args, {
    tensor: () => {
      has = true;
    },
  });
  return has;
}
