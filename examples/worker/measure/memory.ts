import { readdirSync, readFileSync, writeFileSync } from "node:fs";

/** Resident memory of the workerd that this process has started, as Linux counts it in /proc. */
export class ResidentMemory {
  readonly #pid = findWorkerd();
  /** in bytes, before the first request */
  readonly idle = this.#read("VmRSS");

  /** In bytes, now. */
  get now(): number {
    return this.#read("VmRSS");
  }

  /** The most, in bytes, since the last call of reset(): the kernel notes it, no peak is missed. */
  get peak(): number {
    return this.#read("VmHWM");
  }

  reset(): void {
    writeFileSync(`/proc/${this.#pid}/clear_refs`, "5");
  }

  #read(field: "VmRSS" | "VmHWM"): number {
    const status = readFileSync(`/proc/${this.#pid}/status`, "utf8");
    return 1024 * Number(status.match(new RegExp(`^${field}:\\s+(\\d+) kB$`, "m"))![1]);
  }
}

function findWorkerd(): string {
  for (const pid of readdirSync("/proc").filter((name) => /^\d+$/.test(name))) {
    try {
      const status = readFileSync(`/proc/${pid}/status`, "utf8");
      if (/^Name:\s+workerd$/m.test(status) && status.includes(`PPid:\t${process.pid}\n`)) return pid;
    } catch (error) {
      // a process that has ended meanwhile
      if (!["ENOENT", "ESRCH"].includes((error as NodeJS.ErrnoException).code!)) throw error;
    }
  }
  throw new Error("workerd does not run");
}
