import { readFileSync } from "node:fs";

/** An output of a model as onnxruntime computes it: see golden/generate_onnx.ts. */
export interface Golden {
  /** onnxruntime's name of the type: float32, float16, int64, bool ... */
  readonly type: string;
  readonly shape: readonly number[];
  /** text where JSON has no number: NaN, infinities, int64 beyond 2^53 */
  readonly data: readonly (number | string)[];
}

/** The results of a family of cases, by name. */
export function readGolden(family: string): Readonly<Record<string, readonly Golden[]>> {
  return JSON.parse(readFileSync(new URL(`../golden/onnx/${family}.json`, import.meta.url), "utf8"));
}

/** A value as the files have it. */
export function goldenNumber(value: number | bigint): number | string {
  if (typeof value === "bigint") return Number.isSafeInteger(Number(value)) ? Number(value) : String(value);
  return Number.isFinite(value) ? Number(value.toPrecision(9)) : String(value);
}
