import { describe, expect, it } from "vitest";
import { exitCode, findBlocks, findSlowness } from "../../src/cli/doctor/diagnosis.ts";
import { type Facts, gatherFacts, type WebAssemblyFacts } from "../../src/cli/doctor/facts.ts";
import { describe as describeReport } from "../../src/cli/doctor/report.ts";
import { bestOf, type Speed } from "../../src/cli/doctor/speed.ts";
import { configure, memory, runtime } from "../../src/index.ts";
import { BUILD } from "../support/build.ts";

const HEALTHY: Facts = {
  name: "Node",
  version: "26.0.0",
  platform: "linux",
  architecture: "x64",
  cpu: "some processor",
  cores: 2,
  machineMemory: 2 ** 33,
  webassembly: { present: true, refusal: null, builds: { simd: true, relaxed: true }, threads: true, growsTo: 2 ** 32 },
  oneThread: null,
  automaticThreads: 2,
  codeFromStrings: true,
  switches: [],
};
const SPEED: Speed = {
  build: "relaxed",
  rounds: 21,
  microkernels: { gemm6x8: 47, gemm6x8paired: 40, gemm6x16: 30 },
  layers: [{ name: "3x3", algorithm: "winograd", ms: 2, gflops: 100 }],
};
const CHOSEN = {
  build: "relaxed",
  reason: "",
  microkernel: "gemm6x8",
  microkernelReason: "",
  threads: 1,
  threadsReason: "",
} as const;

const factsOf = (webassembly: Partial<WebAssemblyFacts>, others: Partial<Facts> = {}): Facts => ({
  ...HEALTHY,
  ...others,
  webassembly: { ...HEALTHY.webassembly, ...webassembly },
});
const speedOf = (gemm6x8: number, gemm6x8paired: number) => ({
  ...SPEED,
  microkernels: { gemm6x8, gemm6x8paired, gemm6x16: 30 },
});

describe("doctor's diagnosis", () => {
  it("finds nothing where there is nothing", () => {
    expect(findBlocks(HEALTHY)).toEqual([]);
    expect(findSlowness(HEALTHY, CHOSEN, SPEED)).toEqual([]);
    expect(exitCode([])).toBe(0);
  });

  it.each([
    ["no WebAssembly", factsOf({ present: false }), /no WebAssembly/, /switched off/],
    ["--jitless", factsOf({ present: false }, { switches: ["--jitless"] }), /no WebAssembly/, /without --jitless/],
    ["a policy", factsOf({ refusal: "blocked by CSP" }), /blocked by CSP/, /policy/],
    ["no SIMD", factsOf({ builds: { simd: false, relaxed: false } }), /no SIMD/, /newer Node/],
  ])("calls %s a block", (_, facts, problem, remedy) => {
    const findings = findBlocks(facts);
    expect(findings).toEqual([
      { severity: "blocked", problem: expect.stringMatching(problem), remedy: expect.stringMatching(remedy) },
    ]);
    expect(exitCode(findings)).toBe(2);
  });

  it("calls the simd build alone slow", () => {
    const findings = findSlowness(factsOf({ builds: { simd: true, relaxed: false } }), CHOSEN, SPEED);
    expect(findings.map(({ severity }) => severity)).toEqual(["slow"]);
    expect(exitCode(findings)).toBe(1);
  });

  it("calls a micro-kernel slow where the other is clearly faster, whichever is in use", () => {
    expect(findSlowness(HEALTHY, CHOSEN, speedOf(40, 45))).toEqual([]);
    expect(findSlowness(HEALTHY, CHOSEN, speedOf(40, 47))).toHaveLength(1);
    const paired = { ...CHOSEN, microkernel: "gemm6x8paired" } as const;
    expect(findSlowness(HEALTHY, paired, speedOf(47, 40))).toHaveLength(1);
    expect(findSlowness(HEALTHY, paired, speedOf(40, 47))).toEqual([]);
  });
});

describe("two measurements", () => {
  it("count by the better of each figure", () => {
    const [layer] = SPEED.layers;
    const slow = { ...speedOf(20, 45), layers: [{ ...layer!, ms: 1, gflops: 200 }] };
    expect(bestOf(SPEED, slow)).toEqual({ ...speedOf(47, 45), rounds: 42, layers: slow.layers });
  });
});

describe("doctor's report", () => {
  const report = (facts: Facts) => ({
    convwasm: "1.2.3",
    facts,
    runtime: CHOSEN,
    speed: SPEED,
    memory: { bytes: 3 * 2 ** 20, used: 0, limit: 2 ** 32 - 65536 },
    pageHeader: "Content-Security-Policy: ...",
    findings: findSlowness(facts, CHOSEN, SPEED),
    exitCode: 0,
  });

  it("says what a runtime was not allowed to report", () => {
    const text = describeReport(report(factsOf({}, { cpu: null, machineMemory: null })));
    expect(text).toContain("not known (Deno: --allow-sys), 2 cores, not known (Deno: --allow-sys)");
  });

  it("gives sizes in units that people read", () => {
    const text = describeReport(report(HEALTHY));
    expect(text).toContain("some processor, 2 cores, 8 GB");
    expect(text).toContain("3 MB held, 0 bytes in use, limit 4 GB");
  });
});

describe("the facts", () => {
  it("are those of this process, and gathering them leaves the engine in order", () => {
    try {
      const { name, webassembly, codeFromStrings } = gatherFacts();
      expect({ name, codeFromStrings }).toEqual({ name: "Node", codeFromStrings: true });
      expect(webassembly).toMatchObject({ present: true, refusal: null, builds: { simd: true, relaxed: true } });
      expect(webassembly.growsTo % 65536).toBe(0);
      expect(webassembly.growsTo).toBeGreaterThan(memory().bytes);
      expect(runtime().build).toBe("relaxed");
    } finally {
      configure({ build: BUILD });
    }
  });
});
