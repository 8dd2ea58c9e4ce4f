/**
 * How close whole convolutions by im2col come to the micro-kernel that computes them, in every build that runs here.
 * All of them, micro-kernels included, take turns, so that builds can be compared with each other.
 *
 * npm run bench:matrix-product [-- --build wide]
 */
import { parseArgs } from "node:util";
import { type Build, configure, runtime } from "convwasm";
import { ourEngine, type PreparedByUs } from "./engines/ours.ts";
import { type Roof, roofOf } from "./engines/roof.ts";
import { race } from "./harness.ts";
import { describeShape, type Layer, readLayers } from "./layers.ts";
import { type EngineResult, engineResult } from "./results.ts";
import { milliseconds, newTable, percent } from "./table.ts";
import { layerData, plainSumDifference } from "./verify.ts";

/** The same work twice: many positions of few channels, and the opposite. */
const LAYERS = ["resnet-50/layer1.0.conv2", "resnet-50/layer3.1.conv2"];
const ROUNDS = 41;

export interface MatrixProduct {
  readonly microkernel: string;
  readonly builds: readonly {
    readonly build: Build;
    readonly roofGflops: number;
    readonly layers: readonly (Pick<Layer, "name" | "shape"> & EngineResult)[];
  }[];
}

/** One build's contestants, ready to run. */
interface Side {
  readonly build: Build;
  readonly roof: Roof;
  readonly entrants: readonly PreparedByUs[];
}

/** Leaves the runtime configured for `build`. */
export async function measureMatrixProduct(build: "auto" | Build): Promise<MatrixProduct> {
  const layers = readLayers(LAYERS);
  const sides: Side[] = [];
  try {
    // asked for first: vectors are paired in what is compiled afterwards, which also makes the relaxed build faster
    configure({ build });
    const wide = runtime().build === "wide";
    configure({ build: "auto" });
    const ordinary: readonly Build[] = runtime().build === "relaxed" ? ["simd", "relaxed"] : ["simd"];
    const builds: readonly Build[] = wide ? [...ordinary, "wide"] : ordinary;
    for (const each of builds) sides.push(prepareSide(each, layers));
    const timings = await race(
      sides.flatMap(({ roof, entrants }) => [
        { run: () => roof.run(), sink: () => 0 },
        ...entrants.map((entrant) => ({ run: () => entrant.run(), sink: () => entrant.output()[0]! })),
      ]),
      ROUNDS,
    );
    return {
      microkernel: runtime().microkernel,
      builds: sides.map(({ build, roof }) => {
        const [alone, ...own] = timings.splice(0, 1 + layers.length);
        const roofGflops = roof.flops / alone!.ms / 1e6;
        return {
          build,
          roofGflops,
          layers: layers.map(({ name, shape, flops }, index) => ({
            name,
            shape,
            ...engineResult(flops, own[index]!, roofGflops),
          })),
        };
      }),
    };
  } finally {
    for (const { entrants } of sides) for (const entrant of entrants) entrant.dispose();
    configure({ build });
  }
}

/** @throws if a result is wrong */
function prepareSide(build: Build, layers: readonly Layer[]): Side {
  configure({ build });
  const ours = ourEngine("im2col");
  const entrants = layers.map((layer) => {
    const data = layerData(layer);
    const entrant = ours.prepare(layer, data);
    entrant.run();
    const fault = plainSumDifference(layer, data, entrant.output());
    if (fault !== undefined) throw new Error(`matrix product: ${build} build on ${layer.name}: ${fault}`);
    return entrant;
  });
  return { build, roof: roofOf(build), entrants };
}

export function describeMatrixProduct({ builds }: MatrixProduct): string {
  const table = newTable(["matrix product", "build", "ms", "GFLOPS", "micro-kernel\nalone", "of it"], 2);
  for (const { build, roofGflops, layers } of builds) {
    for (const { shape, ms, gflops, ofRoof } of layers) {
      table.push([
        describeShape(shape),
        build,
        milliseconds(ms),
        gflops.toFixed(1),
        roofGflops.toFixed(1),
        percent(ofRoof),
      ]);
    }
  }
  return table.toString();
}

if (import.meta.main) {
  const { values } = parseArgs({ options: { build: { type: "string", default: "auto" } } });
  console.log(describeMatrixProduct(await measureMatrixProduct(values.build as "auto" | Build)));
}
