import { wrongValue } from "../check.ts";
import { type Algorithm, type ConvGeometry, flopsOf } from "./geometry.ts";
import { type LiveTaps, withoutDeadTaps } from "./live-taps.ts";
import type { Uses, Way, WayPlan } from "./way.ts";
import { WAYS } from "./ways.ts";

/**
 * Where weights come from: constants, which are put into any order; computed ones, which are read as they are or packed by a
 * kernel in each run; computed ones of a transposed convolution, of which a phase takes some taps, so that they are packed.
 */
export type WeightsKind = "constant" | "computed" | "phases";

/** How a convolution will be computed, and the memory for it. A pure function of the geometry: see {@link planConv}. */
export interface ConvPlan extends WayPlan {
  readonly way: Way;
  /** without the taps that only meet zeros */
  readonly geometry: ConvGeometry;
  /** where the remaining taps are in the weights; null if all remain */
  readonly live: LiveTaps | null;
  readonly algorithm: Exclude<Algorithm, "auto">;
  /** why this algorithm */
  readonly reason: string;
  readonly flops: number;
  /** expected time, for comparison only: see {@link Way.cost} */
  readonly cost: number;
}

/** The most that 'auto' spends: a dilated or strided band keeps rows that no tap reads, and could grow without bound. */
const AUTO_WORKSPACE_BYTES = 16 << 20;

/**
 * Chooses the algorithm and sizes its memory.
 *
 * @param uses whether the weights are packed for one call or for many
 * @throws RangeError for an algorithm that cannot serve the geometry
 */
export function planConv(
  where: string,
  geometry: ConvGeometry,
  algorithm: Algorithm,
  uses: Uses,
  weights: WeightsKind = "constant",
): ConvPlan {
  const { y, x } = geometry;
  if (y.length * x.length * 4 > 0x7fffffff) {
    throw wrongValue(where, `input has ${y.length} x ${x.length} values per channel, more than 2 GiB`);
  }
  // to ask for Winograd is to ask for transforms of the whole kernel
  const cropped = algorithm === "winograd" ? undefined : withoutDeadTaps(geometry);
  if (cropped === undefined) return choose(where, geometry, algorithm, uses, weights === "phases");
  const plan = choose(where, cropped.geometry, algorithm, uses, weights !== "constant");
  const reason = algorithm === "auto" ? `${plan.reason}, without the taps that only meet zeros` : plan.reason;
  return { ...plan, live: cropped.live, flops: flopsOf(geometry), reason };
}

/**
 * The plan for a kernel of which every outer tap counts.
 * @param packs whether only ways count that pack the weights
 */
function choose(where: string, g: ConvGeometry, algorithm: Algorithm, uses: Uses, packs: boolean): ConvPlan {
  if (algorithm !== "auto") {
    const [way, fault] = wayOf(g, algorithm, packs);
    if (fault !== undefined) throw wrongValue(where, `algorithm '${algorithm}' ${fault}`);
    return { ...planBy(way, g, uses), reason: "asked for" };
  }
  // the matrix product's workspace has a bound, so one plan is always left
  const plans = CHOICES.map((each) => wayOf(g, each, packs))
    .filter(([, fault]) => fault === undefined)
    .map(([way]) => planBy(way, g, uses))
    .filter(({ workspaceBytes }) => workspaceBytes <= AUTO_WORKSPACE_BYTES);
  const ruled = plans.find(({ way }) => way.rule);
  return ruled ?? plans.reduce((best, plan) => (plan.cost < best.cost ? plan : best));
}

/** The algorithms that 'auto' chooses from. */
const CHOICES = /* @__PURE__ */ choices();

function choices() {
  return [...new Set(WAYS.filter(({ onlyAsked }) => !onlyAsked).map(({ algorithm }) => algorithm))];
}

/** The first way of an algorithm that serves; if none does, the last one and the reason. */
function wayOf(
  g: ConvGeometry,
  algorithm: ConvPlan["algorithm"],
  packs: boolean,
): readonly [way: Way, fault: string | undefined] {
  const faultOf = (way: Way) =>
    way.serves(g) ?? (packs && way.plan(g).pack === null ? "needs weights that are constant" : undefined);
  const ways = WAYS.filter((way) => way.algorithm === algorithm);
  const serving = ways.find((way) => faultOf(way) === undefined);
  const way = serving ?? ways.at(-1)!;
  return [way, serving === undefined ? faultOf(way) : undefined];
}

/** The plan by a way that serves. */
export function planBy(way: Way, geometry: ConvGeometry, uses: Uses): ConvPlan {
  const plan = way.plan(geometry);
  const { algorithm, reason } = way;
  const cost = way.cost(geometry, plan, uses);
  return { ...plan, way, geometry, live: null, algorithm, reason, flops: flopsOf(geometry), cost };
}
