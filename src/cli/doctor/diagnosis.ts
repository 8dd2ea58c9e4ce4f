import type { Microkernel } from "../../runtime/host.ts";
import type { RuntimeInfo } from "../../runtime/runtime.ts";
import { EXIT } from "../command.ts";
import type { Facts } from "./facts.ts";
import type { Speed } from "./speed.ts";

export interface Finding {
  /** 'blocked': nothing can be computed; 'slow': results are right, but could come faster */
  readonly severity: "blocked" | "slow";
  readonly problem: string;
  readonly remedy: string;
}

export const EXIT_SLOW = 1;
export const EXIT_BLOCKED = 2;

/** Other processes can cause smaller differences between two equal micro-kernels. */
const CLEARLY_FASTER = 1.15;

/** @returns problems of the kernels, if any */
export function findBlocks({ name, webassembly, switches }: Facts): Finding[] {
  const blocked = (problem: string, remedy: string): Finding[] => [{ severity: "blocked", problem, remedy }];
  if (!webassembly.present) {
    return blocked(
      "there is no WebAssembly here",
      switches.some((each) => each.includes("jitless"))
        ? "start the runtime without --jitless, which removes it"
        : "it was switched off when the runtime was built or started (V8 removes it with --jitless)",
    );
  }
  if (webassembly.refusal !== null) {
    return blocked(
      `this runtime does not let WebAssembly be compiled: ${webassembly.refusal}`,
      "allow it where the runtime's policy is set",
    );
  }
  if (!webassembly.builds.simd && !webassembly.builds.relaxed) {
    return blocked(
      "WebAssembly has no SIMD here",
      `use a newer ${name}, or a processor that has SSE 4.1 or NEON: engines switch SIMD off without them`,
    );
  }
  return [];
}

export function findSlowness({ name, webassembly }: Facts, { microkernel }: RuntimeInfo, speed: Speed): Finding[] {
  const findings: Finding[] = [];
  if (!webassembly.builds.relaxed) {
    findings.push({
      severity: "slow",
      problem: "without relaxed SIMD there is no fused multiply-add: only the simd build runs",
      remedy: name === "Node" ? "use Node 22 or later" : `use a newer ${name}, or Node 22 or later`,
    });
  }
  const chosen = speed.microkernels[microkernel];
  for (const [other, gflops] of fasterMicrokernels(microkernel, speed)) {
    findings.push({
      severity: "slow",
      problem: `${other} is faster here (${gflops.toFixed(1)} GFLOPS) than ${microkernel} (${chosen.toFixed(1)}), which is used in ${name}`,
      remedy:
        other === "gemm6x16"
          ? 'this V8 pairs vectors: configure({ build: "wide" }), or CONVWASM_BUILD=wide for the commands'
          : "run doctor again on a quiet machine; if it stays so, please report it with the output of doctor --json",
    });
  }
  return findings;
}

/** @returns the micro-kernels that are clearly faster than the one in use, with their GFLOPS */
export function fasterMicrokernels(used: Microkernel, { microkernels }: Speed): [name: string, gflops: number][] {
  return Object.entries(microkernels).filter(([, gflops]) => gflops > microkernels[used] * CLEARLY_FASTER);
}

export function exitCode(findings: readonly Finding[]): number {
  if (findings.some(({ severity }) => severity === "blocked")) return EXIT_BLOCKED;
  return findings.length > 0 ? EXIT_SLOW : EXIT.fine;
}
