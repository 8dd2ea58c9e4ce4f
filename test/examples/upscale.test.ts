import { execFile } from "node:child_process";
import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import sharp from "sharp";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { loadModel } from "../../examples/upscale/load.ts";
import { parseModel, type TfjsModel } from "../../examples/upscale/model.ts";
import { type Image, type Progress, splitAxis, upscale } from "../../examples/upscale/tiles.ts";

const packaged = (path: string) =>
  fileURLToPath(new URL(`../../node_modules/@upscalerjs/default-model/${path}`, import.meta.url));
const photo = packaged("assets/fixture.png");

async function readRgb(path: string): Promise<Image> {
  const { data, info } = await sharp(path).removeAlpha().raw().toBuffer({ resolveWithObject: true });
  return { data, width: info.width, height: info.height };
}

function peakSignalToNoise(actual: Image, expected: Image): number {
  let squares = 0;
  for (const [index, value] of expected.data.entries()) squares += (value - actual.data[index]!) ** 2;
  return 10 * Math.log10(255 ** 2 / (squares / expected.data.length));
}

describe("upscale", () => {
  const model = loadModel();

  it("gives the result that the model's authors published", async () => {
    const result = upscale(model, await readRgb(photo));
    const published = await readRgb(packaged("assets/samples/2x/result.png"));
    expect([result.width, result.height]).toEqual([published.width, published.height]);
    // 92.6 dB is as near as it gets: seven of 196608 values lie within 0.0001 of a half and round the other way
    expect(peakSignalToNoise(result, published)).toBeGreaterThan(60);
  });

  it("gives the same in tiles, and counts the work of all of them", async () => {
    const data = await sharp(photo)
      .removeAlpha()
      .extract({ left: 20, top: 30, width: 90, height: 50 })
      .raw()
      .toBuffer();
    const image = { data, width: 90, height: 50 };
    const whole = upscale(model, image);
    const seen: Progress[] = [];
    const tiled = upscale(model, image, { tileSize: 32, onProgress: (progress) => seen.push({ ...progress }) });
    const differences = whole.data.map((value, index) => Math.abs(value - tiled.data[index]!));
    // a value near a half may round differently where a kernel sums the edge of a window in another order
    expect(Math.max(...differences)).toBeLessThanOrEqual(1);
    expect(differences.filter((difference) => difference > 0).length).toBeLessThan(10);

    expect(model.layers.filter(({ kind }) => kind === "convolution")).toHaveLength(12);
    expect(seen.map(({ tile }) => tile)).toEqual([0, 1, 2, 3, 4, 5, 6]);
    expect(seen[0]).toMatchObject({ done: 0, tiles: 6 });
    expect(seen.at(-1)).toMatchObject({ done: seen[0]!.total, tile: 6 });
    for (let index = 1; index < seen.length; index++) expect(seen[index]!.done).toBeGreaterThan(seen[index - 1]!.done);
  });

  it("sees ten pixels to each side: nine of 3x3 and 5x5 kernels, and half of one after doubling", () => {
    expect(model.halo).toBe(10);
    expect(model.scale).toEqual([2, 2]);
  });
});

describe("splitAxis", () => {
  it("keeps every pixel once, in windows of one length that hold the margins", () => {
    for (const length of [1, 2, 31, 32, 33, 63, 64, 65, 100, 1000]) {
      for (const halo of [0, 1, 10, 40]) {
        const { window, tiles } = splitAxis(length, 32, halo);
        let next = 0;
        for (const { from, start, end } of tiles) {
          expect(start).toBe(next);
          expect(end - start).toBeGreaterThan(0);
          expect(end - start).toBeLessThanOrEqual(32);
          expect(from).toBeGreaterThanOrEqual(0);
          expect(from).toBeLessThanOrEqual(Math.max(0, start - halo));
          expect(from + window).toBeGreaterThanOrEqual(Math.min(length, end + halo));
          expect(from + window).toBeLessThanOrEqual(length);
          next = end;
        }
        expect(next).toBe(length);
        expect(window).toBeLessThanOrEqual(32 + 2 * halo);
      }
    }
  });
});

describe("parseModel", () => {
  async function parseChanged(change: (model: TfjsModel) => void, dropBytes = 0) {
    const model: TfjsModel = JSON.parse(await readFile(packaged("models/model.json"), "utf8"));
    const weights = await readFile(packaged("models/group1-shard1of1.bin"));
    change(model);
    return () => parseModel(model, weights.subarray(dropBytes));
  }
  const layerOf = (model: TfjsModel, name: string) =>
    model.modelTopology.model_config.config.layers.find((layer) => layer.name === name)!;

  it("rejects what it does not know", async () => {
    expect(
      await parseChanged((model) => {
        layerOf(model, "UPN1").class_name = "Conv2DTranspose";
      }),
    ).toThrow(
      'model: layer "UPN1" is of class Conv2DTranspose, ' +
        "but only InputLayer, Conv2D, Activation, Add, Concatenate and UpSampling2D are supported",
    );
    expect(
      await parseChanged((model) => {
        layerOf(model, "UPsample").config.interpolation = "bilinear";
      }),
    ).toThrow('model: layer "UPsample" has interpolation "bilinear" (expected "nearest")');
    expect(
      await parseChanged((model) => {
        layerOf(model, "UPN1").config.padding = "valid";
      }),
    ).toThrow('model: layer "UPN1" has padding "valid" (expected "same")');
  });

  it("rejects weights that do not fit", async () => {
    expect(await parseChanged(() => {}, 4)).toThrow("model: the weight files hold 888296 bytes (expected 888300)");
    expect(
      await parseChanged((model) => {
        model.weightsManifest[0]!.weights[0]!.name = "F_9/kernel";
      }),
    ).toThrow('model: weight "F_0/kernel" is missing');
  });
});

describe("the command", () => {
  let folder: string;
  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), "upscale-"));
  });
  afterAll(() => rm(folder, { recursive: true }));

  const command = fileURLToPath(new URL("../../examples/upscale/main.ts", import.meta.url));
  const run = (...args: string[]) =>
    new Promise<{ code: unknown; stdout: string; stderr: string }>((resolve) => {
      execFile(process.execPath, [command, "--out", folder, ...args], (error, stdout, stderr) =>
        resolve({ code: error?.code ?? 0, stdout, stderr }),
      );
    });

  it("says in one line what is wrong with the input", async () => {
    const missing = join(folder, "missing.png");
    const text = join(folder, "text.png");
    await writeFile(text, "not a picture\n");
    const [noFile, noImage, noOption] = await Promise.all([run(missing), run(text), run("--zoom")]);
    expect(noFile).toEqual({
      code: 1,
      stdout: "",
      stderr: `upscale: cannot read ${missing}: no such file or directory\n`,
    });
    expect(noImage).toMatchObject({ code: 1, stdout: "" });
    expect(noImage.stderr).toMatch(/^upscale: .*text\.png is not an image that can be read: [^\n]+\n$/);
    expect(noOption).toEqual({ code: 1, stdout: "", stderr: "upscale: Unknown option '--zoom' (see --help)\n" });
  });

  it("turns a photo as its camera was held, and draws no progress bar into a pipe", async () => {
    const turned = join(folder, "turned.jpg");
    await sharp(photo).resize(24, 16, { fit: "fill" }).greyscale().withMetadata({ orientation: 6 }).toFile(turned);
    const { code, stdout, stderr } = await run(turned);
    expect({ code, stderr }).toEqual({ code: 0, stderr: "" });
    expect(stdout).toMatch(/^16x24 to 32x48 in \d+\.\d\d s\nnetwork: .* GFLOPS\nkernels: .*\nwrote .*\nwrote .*\n$/);
    expect(await sharp(join(folder, "turned-2x.png")).metadata()).toMatchObject({ width: 32, height: 48, channels: 3 });
    const beside = await sharp(join(folder, "turned-2x-beside-nearest.png")).metadata();
    expect(beside).toMatchObject({ width: 72, height: 48 });
  });
});
