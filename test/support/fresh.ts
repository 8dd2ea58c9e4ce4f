import { vi } from "vitest";
import { BUILD } from "./build.ts";

/** The library with an engine of its own, which has no memory yet: what tests the limits needs a memory that is small. */
export async function freshLibrary(): Promise<
  typeof import("../../src/index.ts") & typeof import("../../src/onnx/index.ts")
> {
  vi.resetModules();
  const library = { ...(await import("../../src/index.ts")), ...(await import("../../src/onnx/index.ts")) };
  library.configure({ build: BUILD });
  return library;
}
