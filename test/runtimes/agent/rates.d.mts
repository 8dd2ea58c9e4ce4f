import type { Rates } from "../report.ts";

export function measure(
  all: Readonly<Record<keyof Rates, { readonly flops: number }>>,
  time: (name: string, count: number) => Promise<number>,
  roundMs: number,
): Promise<Rates>;
