import { parseArgs } from "node:util";
import cliProgress from "cli-progress";
import { configure, runtime } from "convwasm";
import { chartOf } from "./chart.ts";
import { CLASSES, drawDigits, SIZE } from "./data.ts";
import { classifier } from "./model.ts";
import { accuracy, stepsPerEpoch, train } from "./training.ts";

const usage = `Usage: npm run train -- [--samples number] [--epochs number]

Trains a small convolutional network to read handwritten digits, which it draws itself, and prints how many it reads
right among digits that it was not trained with. After npm run build.

  -s, --samples   how many digits to train with (default: 6000)
  -e, --epochs    how often each is seen (default: 3)
  -h, --help      this text
`;

const HELD_BACK = 1000;
const FILTERS = [8, 16, 32] as const;

/** A mistake in what was asked for: reported in one line, without a stack. */
class InputError extends Error {}

try {
  main();
} catch (error) {
  if (!(error instanceof InputError)) throw error;
  console.error(`train: ${error.message}`);
  process.exitCode = 1;
}

function main(): void {
  const options = readArguments();
  if (!options) {
    console.log(usage.trimEnd());
    return;
  }
  const { samples, epochs } = options;
  // so that every machine with this Node prints the same losses: the relaxed kernels round as the processor does
  configure({ build: "simd" });

  const digits = drawDigits(samples, 1);
  const network = classifier(SIZE, CLASSES, FILTERS, 1);
  const start = performance.now();
  const steps = epochs * stepsPerEpoch(samples);
  const bar = new cliProgress.SingleBar({
    format: "training [{bar}] {percentage}% | step {value}/{total} | loss {loss}",
    barsize: 28,
    linewrap: true,
    gracefulExit: false,
  });
  bar.start(steps, 0, { loss: "-" });
  let losses: number[];
  try {
    losses = train(network, digits, {
      epochs,
      onStep: (step, loss) => bar.update(step, { loss: loss.toFixed(3) }),
    });
  } finally {
    bar.stop();
  }
  const seconds = (performance.now() - start) / 1000;

  console.log(chartOf(losses).replace(/ +$/gm, "").trimEnd());
  console.log(`\n${epochs} x ${samples} digits in ${seconds.toFixed(1)} s, kernels: ${runtime().build}`);
  const share = accuracy(network, drawDigits(HELD_BACK, 2));
  console.log(`accuracy on ${HELD_BACK} held-back digits: ${(100 * share).toFixed(1)} %`);
}

function readArguments(): { samples: number; epochs: number } | undefined {
  try {
    const { values } = parseArgs({
      options: {
        samples: { type: "string", short: "s", default: "6000" },
        epochs: { type: "string", short: "e", default: "3" },
        help: { type: "boolean", short: "h", default: false },
      },
    });
    if (values.help) return undefined;
    return { samples: readCount("--samples", values.samples), epochs: readCount("--epochs", values.epochs) };
  } catch (error) {
    if (error instanceof InputError) throw error;
    throw new InputError(`${(error as Error).message.split(". ")[0]} (see --help)`);
  }
}

function readCount(name: string, value: string): number {
  const count = Number(value);
  if (!(Number.isInteger(count) && count >= 1 && count <= 1e6)) {
    throw new InputError(`${name} must be a whole number from 1 to 1000000, got ${value} (see --help)`);
  }
  return count;
}
