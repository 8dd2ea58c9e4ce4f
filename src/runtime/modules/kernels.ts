import { moduleOf } from "../embedded/kernels.ts";
import { NAMES } from "../generated/kernels.ts";
import type { KernelModule } from "../modules.ts";

/** Convolution, copies, and what runs programs. */
export const KERNELS: KernelModule<(typeof NAMES)[number]> = { name: "kernels", kernels: NAMES, base: 1, moduleOf };
