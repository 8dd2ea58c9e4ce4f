import { parseArgs } from "node:util";
import { manualSeed } from "convwasm";
import { chartOf } from "../train/chart.ts";
import { CLASSES, drawDigits } from "../train/data.ts";
import { featuresOf } from "./features.ts";
import { accuracy, newHead, tune } from "./training.ts";

const usage = `Usage: npm run finetune -- [--samples number] [--epochs number]

Puts new last layers on a published network, a classifier of the direction of text, trains them to read handwritten digits, which it
draws itself, and prints how many it reads right among digits that they were not trained with. After npm run build.

  -s, --samples   how many digits to train with, a multiple of ten (default: 1000)
  -e, --epochs    how often each is seen (default: 8)
  -h, --help      this text
`;

const HELD_BACK = 500;
const SEED = 1;

/** A mistake in what was asked for: reported in one line, without a stack. */
class InputError extends Error {}

try {
  main();
} catch (error) {
  if (!(error instanceof InputError)) throw error;
  console.error(`finetune: ${error.message}`);
  process.exitCode = 1;
}

function main(): void {
  const options = readArguments();
  if (options === undefined) {
    console.log(usage.trimEnd());
    return;
  }
  const [digits, others] = [drawDigits(options.samples, 1), drawDigits(HELD_BACK, 2)];
  const start = performance.now();
  const [features, held] = [featuresOf(digits.images), featuresOf(others.images)];
  const between = performance.now();
  manualSeed(SEED);
  const head = newHead(CLASSES);
  const losses = tune(head, features, digits.labels, { epochs: options.epochs, seed: SEED });
  const end = performance.now();

  console.log(chartOf(losses).replace(/ +$/gm, "").trimEnd());
  const seconds = (from: number, to: number) => `${((to - from) / 1000).toFixed(1)} s`;
  console.log(`\npublished layers: ${seconds(start, between)}, new layers: ${seconds(between, end)}`);
  const share = accuracy(head, held, others.labels);
  console.log(`accuracy on ${HELD_BACK} held-back digits: ${(100 * share).toFixed(1)} %`);
}

function readArguments(): { samples: number; epochs: number } | undefined {
  try {
    const { values } = parseArgs({
      options: {
        samples: { type: "string", short: "s", default: "1000" },
        epochs: { type: "string", short: "e", default: "8" },
        help: { type: "boolean", short: "h", default: false },
      },
    });
    if (values.help) return undefined;
    return { samples: readCount("--samples", values.samples, 10), epochs: readCount("--epochs", values.epochs, 1) };
  } catch (error) {
    if (error instanceof InputError) throw error;
    throw new InputError(`${(error as Error).message.split(". ")[0]} (see --help)`);
  }
}

/** @param step what the number must be a multiple of */
function readCount(name: string, value: string, step: number): number {
  const count = Number(value);
  if (Number.isInteger(count / step) && count >= 1 && count <= 1e5) return count;
  const kind = step === 1 ? "a whole number" : `a multiple of ${step}`;
  throw new InputError(`${name} must be ${kind} from ${Math.max(step, 1)} to 100000, got ${value} (see --help)`);
}
