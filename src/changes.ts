import type { TensorData } from "./dtype.ts";

/** How often each array was changed in place. */
const changes = /* @__PURE__ */ new WeakMap<object, number>();

/** Notes that an array has been changed, so that a gradient that needs what it held is refused: see autograd/variable.ts. */
export function noteChange(data: TensorData): void {
  changes.set(data, versionOf(data) + 1);
}

/** How often an array was changed. */
export const versionOf = (array: object): number => changes.get(array) ?? 0;
