import { mkdir, readFile } from "node:fs/promises";
import { join, parse } from "node:path";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";
import cliProgress from "cli-progress";
import { runtime } from "convwasm";
import sharp from "sharp";
import { loadModel } from "./load.ts";
import { type Image, type Progress, upscale } from "./tiles.ts";

const usage = `Usage: npm run demo -- [photo] [--out directory]

Enlarges a PNG or JPEG photo to twice its width and height with a small neural network, and writes
  <photo>-2x.png                 the result
  <photo>-2x-beside-nearest.png  the photo with its pixels doubled, beside the result

  photo       a sample picture by default
  -o, --out   where to write (default: build)
  -h, --help  this text
`;

const sample = new URL("../../node_modules/@upscalerjs/default-model/assets/fixture.png", import.meta.url);
const gap = 8;

/** A mistake in what was asked for: reported in one line, without a stack. */
class InputError extends Error {}

try {
  await main();
} catch (error) {
  if (!(error instanceof InputError)) throw error;
  console.error(`upscale: ${error.message}`);
  process.exitCode = 1;
}

async function main(): Promise<void> {
  const { photo, out, help } = readArguments();
  if (help) return console.log(usage.trimEnd());
  const image = await readImage(photo);
  await mkdir(out, { recursive: true }).catch((error) => fail(`cannot write to ${out}`, error));

  const { result, milliseconds, work } = enlarge(image);
  const enlarged = join(out, `${parse(photo).name}-2x.png`);
  const beside = join(out, `${parse(photo).name}-2x-beside-nearest.png`);
  await toSharp(result)
    .toFile(enlarged)
    .catch((error) => fail(`cannot write ${enlarged}`, error));
  await writeBesideNearest(beside, image, result);

  const { build, reason } = runtime();
  const gigaflops = work.total / work.milliseconds / 1e6;
  console.log(`${image.width}x${image.height} to ${result.width}x${result.height} in ${seconds(milliseconds)} s`);
  console.log(
    `network: ${giga(work.total)} GFLOP in ${seconds(work.milliseconds)} s, ${gigaflops.toFixed(1)} GFLOPS` +
      (work.tiles > 1 ? `, ${work.tiles} tiles` : ""),
  );
  console.log(`kernels: ${build} (${reason})`);
  console.log(`wrote ${enlarged}\nwrote ${beside}`);
}

function readArguments(): { photo: string; out: string; help: boolean } {
  try {
    const { values, positionals } = parseArgs({
      allowPositionals: true,
      options: {
        out: { type: "string", short: "o", default: "build" },
        help: { type: "boolean", short: "h", default: false },
      },
    });
    if (positionals.length > 1) throw new InputError(`expected one photo, got ${positionals.length} (see --help)`);
    return { photo: positionals[0] ?? fileURLToPath(sample), ...values };
  } catch (error) {
    if (error instanceof InputError) throw error;
    throw new InputError(`${(error as Error).message.split(". ")[0]} (see --help)`);
  }
}

async function readImage(path: string): Promise<Image> {
  const bytes = await readFile(path).catch((error) => fail(`cannot read ${path}`, error));
  try {
    const decoded = sharp(bytes).autoOrient().flatten({ background: "white" }).toColourspace("srgb").raw();
    const { data, info } = await decoded.toBuffer({ resolveWithObject: true });
    return { data, width: info.width, height: info.height };
  } catch (error) {
    return fail(`${path} is not an image that can be read`, error);
  }
}

function fail(message: string, error: unknown): never {
  const { code, message: detail } = error as NodeJS.ErrnoException;
  const reasons: Record<string, string> = {
    ENOENT: "no such file or directory",
    EISDIR: "it is a directory",
    EEXIST: "it is a file",
    ENOTDIR: "part of the path is a file",
    EACCES: "permission denied",
  };
  throw new InputError(`${message}: ${reasons[code ?? ""] ?? detail.trim().split("\n")[0]}`);
}

function enlarge(image: Image): { result: Image; milliseconds: number; work: Progress } {
  // Ctrl-C should stop at once, which a handler waiting for its turn would not, and leave the terminal as it was
  const bar = new cliProgress.SingleBar({
    format: "upscaling [{bar}] {percentage}% | {gigaflop} GFLOP | tile {tile}/{tiles}",
    barsize: 28,
    linewrap: true,
    gracefulExit: false,
  });
  const start = performance.now();
  let work: Progress | undefined;
  try {
    const result = upscale(loadModel(), image, {
      onProgress(progress) {
        const payload = { ...progress, gigaflop: `${giga(progress.done)}/${giga(progress.total)}` };
        if (work) bar.update(progress.done, payload);
        else bar.start(progress.total, progress.done, payload);
        work = progress;
      },
    });
    return { result, milliseconds: performance.now() - start, work: work! };
  } finally {
    bar.stop();
  }
}

function toSharp({ data, width, height }: Image) {
  return sharp(data, { raw: { width, height, channels: 3 } }).png();
}

async function writeBesideNearest(path: string, image: Image, result: Image): Promise<void> {
  const { width, height } = result;
  const nearest = await toSharp(image).resize(width, height, { kernel: "nearest", fit: "fill" }).toBuffer();
  await sharp({ create: { width: 2 * width + gap, height, channels: 3, background: "white" } })
    .composite([
      { input: nearest, left: 0, top: 0 },
      { input: await toSharp(result).toBuffer(), left: width + gap, top: 0 },
    ])
    .png()
    .toFile(path)
    .catch((error) => fail(`cannot write ${path}`, error));
}

function giga(flops: number): string {
  return (flops / 1e9).toFixed(1);
}

function seconds(milliseconds: number): string {
  return (milliseconds / 1000).toFixed(2);
}
