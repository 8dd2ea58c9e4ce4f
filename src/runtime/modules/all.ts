import type { KernelModule } from "../modules.ts";
import { KERNELS } from "./kernels.ts";
import { NUMBERS } from "./numbers.ts";
import { OPERATORS } from "./operators.ts";
import { PIXELS } from "./pixels.ts";
import { QUANTISED } from "./quantised.ts";
import { RECURRENT } from "./recurrent.ts";
import { TENSORS } from "./tensors.ts";
import { VISION } from "./vision.ts";

/** Every module, for what does not know which kernels it will meet. Whoever knows imports a module by itself. */
export const MODULES: readonly KernelModule[] = [
  KERNELS,
  OPERATORS,
  TENSORS,
  RECURRENT,
  NUMBERS,
  VISION,
  PIXELS,
  QUANTISED,
];
