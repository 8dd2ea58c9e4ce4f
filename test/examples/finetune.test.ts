import { spawnSync } from "node:child_process";
import { manualSeed } from "convwasm";
import { describe, expect, it } from "vitest";
import { CHANNELS, featuresOf } from "../../examples/finetune/features.ts";
import { accuracy, newHead, tune } from "../../examples/finetune/training.ts";
import { CLASSES, drawDigits } from "../../examples/train/data.ts";
import { ROOT } from "../support/node.ts";

describe("examples/finetune", () => {
  it("teaches new last layers of a published network to read digits that they have not seen", () => {
    const [digits, others] = [drawDigits(400, 1), drawDigits(200, 2)];
    const [features, held] = [featuresOf(digits.images), featuresOf(others.images)];
    expect(features.shape).toEqual([400, CHANNELS, 2, 24]);
    manualSeed(1);
    const head = newHead(CLASSES);
    const before = accuracy(head, held, others.labels);
    const steps: number[] = [];
    const losses = tune(head, features, digits.labels, { epochs: 4, onStep: (step) => steps.push(step) });
    expect(steps).toEqual(Array.from({ length: 64 }, (_, i) => i + 1));
    expect(losses[0]).toBeGreaterThan(1.5);
    expect(Math.max(...losses.slice(-4))).toBeLessThan(1);
    expect(before).toBeLessThan(0.3);
    expect(accuracy(head, held, others.labels)).toBeGreaterThan(0.6);
  }, 120_000);

  it("refuses wrong numbers in one line", () => {
    const { status, stderr } = spawnSync(process.execPath, ["examples/finetune/main.ts", "--samples", "7"], {
      cwd: ROOT,
      encoding: "utf8",
    });
    expect(stderr).toBe("finetune: --samples must be a multiple of 10 from 10 to 100000, got 7 (see --help)\n");
    expect(status).toBe(1);
  });
});
