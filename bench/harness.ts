export { type Contestant, median, race, type Timing } from "../src/cli/race.ts";

export function geometricMean(values: readonly number[]): number {
  return Math.exp(values.reduce((sum, value) => sum + Math.log(value), 0) / values.length);
}

/** The seed of a text (FNV-1a). */
export function seedOf(text: string): number {
  let hash = 0x811c9dc5;
  for (const character of text) hash = Math.imul(hash ^ character.codePointAt(0)!, 0x01000193);
  return hash >>> 1;
}

/** Load averages up to here are caused by starting the benchmark itself. */
const QUIET_LOAD = 0.5;

export function warnOfLoad(load: number): void {
  if (load > QUIET_LOAD) console.error(`load ${load.toFixed(2)}: another process is busy: figures will be low`);
}
