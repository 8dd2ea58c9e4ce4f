/** Pictures, names and shapes from strangers: a sentence and an exit code, in a bounded memory. */
import { spawnSync } from "node:child_process";
import { existsSync, mkdtempSync, openSync, readFileSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { deflateSync } from "node:zlib";
import sharp from "sharp";
import { afterAll, describe, expect, it, vi } from "vitest";
import { escaped } from "../../src/cli/format.ts";
import { decodePicture } from "../../src/cli/run/picture.ts";
import { centerBox, resizedPixels, shorterTo } from "../../src/image/resize.ts";
import { ROOT } from "../support/node.ts";
import { encodeModel, type TestModel } from "../support/onnx.ts";
import { blackPng, heldJpeg, png, pngChunk } from "./pictures.ts";

vi.setConfig({ testTimeout: 30_000 });

const folder = mkdtempSync(join(tmpdir(), "convwasm-hostile-"));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

function file(name: string, content: Uint8Array): string {
  writeFileSync(join(folder, name), content);
  return name;
}
const write = (name: string, model: TestModel) => file(name, encodeModel(model));
const read = (name: string) => new Float32Array(new Uint8Array(readFileSync(join(folder, name))).buffer);

function convwasm(args: readonly string[], stdout?: number) {
  const { status, ...printed } = spawnSync(process.execPath, [join(ROOT, "src/cli/main.ts"), ...args], {
    cwd: folder,
    encoding: "utf8",
    stdio: ["ignore", stdout ?? "pipe", "pipe"],
  });
  return { status, stdout: printed.stdout, stderr: printed.stderr };
}

const decode = (bytes: Uint8Array, memory = 512) => decodePicture("a", bytes, 3, memory);
const ONE = { width: 1, height: 1 };
const PIXEL = Uint8Array.of(0, 10, 20, 30);
const RELU = write("relu.onnx", {
  inputs: [{ name: "x", shape: [1, 3, "h", "w"] }],
  nodes: [{ op: "Relu", inputs: ["x"] }],
});

describe("pictures", () => {
  it("without pixels are refused", async () => {
    await expect(decode(blackPng(0, 0))).rejects.toThrow("a picture of 0x0 has no pixels");
    await expect(decode(blackPng(3, 0))).rejects.toThrow("a picture of 3x0 has no pixels");
  });

  it("that inflate to more than their pixels are refused at once", async () => {
    const bomb = png(ONE, new Uint8Array(2 ** 26));
    expect(bomb.length).toBeLessThan(70_000);
    const before = process.memoryUsage().arrayBuffers;
    await expect(decode(bomb)).rejects.toThrow("its data is more than its pixels");
    expect(process.memoryUsage().arrayBuffers - before).toBeLessThan(2 ** 23);
  });

  it("may have profiles and texts, which are not inflated", async () => {
    const bomb = deflateSync(new Uint8Array(2 ** 26));
    const named = Uint8Array.from([...new TextEncoder().encode("name"), 0, 0, ...bomb]);
    const { data } = await decode(png(ONE, PIXEL, pngChunk("iCCP", named), pngChunk("zTXt", named)));
    expect([...data]).toEqual([10, 20, 30]);
  });

  it("that are damaged are refused", async () => {
    const damaged = png(ONE, PIXEL);
    damaged[16 + 3] = 2;
    await expect(decode(damaged)).rejects.toThrow("the checksum of the chunk IHDR is wrong");
    await expect(decode(png(ONE, Uint8Array.of(5, 1, 2, 3)))).rejects.toThrow("the file is damaged");
    await expect(decode(png({ ...ONE, colour: 7 }, PIXEL))).rejects.toThrow("the file is damaged");
    await expect(decode(png({ ...ONE, colour: 3 }, Uint8Array.of(0, 0)))).rejects.toThrow("the file has no palette");
    const palette = pngChunk("PLTE", Uint8Array.of(1, 2, 3));
    await expect(decode(png({ ...ONE, colour: 3 }, Uint8Array.of(0, 1), palette))).rejects.toThrow(
      "not in the palette",
    );
    await expect(decode(png({ width: 1, height: 2 }, PIXEL))).rejects.toThrow("the file is cut off");
  });

  it("that are too large are refused by what they declare", async () => {
    await expect(decode(png({ width: 8001, height: 8000 }, PIXEL))).rejects.toThrow(
      "8001x8000 is more than 64 megapixels",
    );
    await expect(decode(png({ width: 65536, height: 1 }, PIXEL))).rejects.toThrow("longer than 65535 pixels");
    await expect(decode(png({ width: 8000, height: 8000 }, PIXEL), 256)).rejects.toThrow(
      "needs 312 MB, and 256 are allowed",
    );
    const jpeg = new Uint8Array(
      await sharp({ create: { width: 8, height: 8, channels: 3, background: "red" } })
        .jpeg()
        .toBuffer(),
    );
    const frame = jpeg.findIndex((byte, at) => byte === 0xff && jpeg[at + 1] === 0xc0);
    new DataView(jpeg.buffer).setUint16(frame + 5, 7000);
    new DataView(jpeg.buffer).setUint16(frame + 7, 7000);
    await expect(decode(jpeg)).rejects.toThrow(/7000x7000 needs \d+ MB, and 512 are allowed \(--memory\)/);
    jpeg.fill(0, frame + 5, frame + 9);
    await expect(decode(jpeg)).rejects.toThrow("0x0 has no pixels");
  });

  it("are not passed over any number of times", async () => {
    const jpeg = new Uint8Array(
      await sharp({ create: { width: 8, height: 8, channels: 3, background: "red" } })
        .jpeg()
        .toBuffer(),
    );
    const scan = jpeg.findIndex((byte, at) => byte === 0xff && jpeg[at + 1] === 0xda);
    const often = Uint8Array.from([
      ...jpeg.subarray(0, scan),
      ...Array(101)
        .fill([...jpeg.subarray(scan, -2)])
        .flat(),
      0xff,
      0xd9,
    ]);
    await expect(decode(often)).rejects.toThrow("more than 100 times");
  });

  it("that are thin are resized where the centre needs it alone", () => {
    const thin = { width: 1, height: 60_000, channels: 3 as const, data: new Uint8Array(180_000).fill(7) };
    // the whole would have 60000 * 256 * 256 pixels
    const square = (picture: typeof thin) => {
      const sides = shorterTo(256, Infinity, picture.height, picture.width);
      return resizedPixels("test", picture, sides, centerBox(...sides, 224, 224));
    };
    const { width, height, data } = square(thin);
    expect([width, height, data[0], data.at(-1)]).toEqual([224, 224, 7, 7]);
    const wide = { ...thin, width: 60_000, height: 1 };
    expect(square(wide).data.every((value) => value === 7)).toBe(true);
    expect(resizedPixels("test", thin, [20, 30]).data.every((value) => value === 7)).toBe(true);
  });

  it("of models that declare any size are not made", () => {
    const { status, stderr } = convwasm([
      "run",
      RELU,
      "--shape",
      "1,3,100000,100000",
      "--input",
      file("a.png", png(ONE, PIXEL)),
    ]);
    expect([status, stderr]).toEqual([
      1,
      "convwasm: a.png: the model takes no such input: a picture of 100000x100000 is more than 64 megapixels\n",
    ]);
  });

  it.each([1, 2, 3, 4, 5, 6, 7, 8])("are turned by Exif's orientation %d", async (orientation) => {
    const bytes = Uint8Array.from({ length: 24 * 16 * 3 }, (_, at) => ((at / 3) % 24) * 8 + ((at / 72) >> 1) * 3);
    const jpeg = await sharp(bytes, { raw: { width: 24, height: 16, channels: 3 } })
      .jpeg({ quality: 100 })
      .toBuffer();
    for (const isLittle of [false, true]) {
      const held = heldJpeg(jpeg, orientation, isLittle);
      const { data: expected, info } = await sharp(held).rotate().raw().toBuffer({ resolveWithObject: true });
      const { width, height, data } = await decode(held);
      expect([width, height]).toEqual([info.width, info.height]);
      expect(Math.max(...data.map((value, at) => Math.abs(value - expected[at]!)))).toBeLessThanOrEqual(6);
    }
  });
});

describe("names", () => {
  const evil = "red\u001b[31m\u0007\nconvwasm: fine\u009b2J\u202e";
  const model = write("evil.onnx", {
    inputs: [{ name: `in${evil}`, shape: [`n${evil}`, 2] }],
    nodes: [{ op: "Relu", inputs: [`in${evil}`], outputs: [`out${evil}`], name: `node${evil}` }],
    outputs: [`out${evil}`],
  });
  file("two.bin", new Uint8Array(8));

  it("are shown without what commands a terminal", () => {
    expect(escaped(evil)).toBe("red\\x1b[31m\\x07\\nconvwasm: fine\\x9b2J\\u202e");
    expect(escaped("a\nb\u001b", { lines: true })).toBe("a\nb\\x1b");
  });

  it.each([
    [["inspect", model]],
    [["inspect", model, "--json"]],
    [["run", model, "--input", "two.bin"]],
    [["run", model, "--input", "two.bin", "--json"]],
    [["run", model, "--input", "none\u001b[2J.bin"]],
    [["run", model]],
    [["run", model, "--input", "two.bin", "--shape", "1,3"]],
    [["bench", model, "--rounds", "1"]],
    [["evil\u001b[2J"]],
  ])("do not reach the terminal: %j", (args) => {
    const { stdout, stderr } = convwasm(args);
    // biome-ignore lint/suspicious/noControlCharactersInRegex: these are what must not be printed
    expect(stdout + stderr).not.toMatch(/[\u0000-\u0009\u000b-\u001f\u007f-\u009f\u202e]/);
    expect(stdout + stderr).not.toMatch(/^convwasm: fine/m);
    if (args.includes("--json"))
      expect(stdout).toContain(JSON.stringify(`out${evil}`).replace("\u009b", "\\u009b").replace("\u202e", "\\u202e"));
  });

  it("with = in them are distinguished, the longest first", () => {
    const two = write("two.onnx", {
      inputs: [{ name: "x", shape: [1, 2] }],
      nodes: [
        { op: "Relu", inputs: ["x"], outputs: ["a"] },
        { op: "Neg", inputs: ["x"], outputs: ["a=b"] },
      ],
      outputs: ["a", "a=b"],
    });
    file("x.bin", new Uint8Array(Float32Array.of(1, 2).buffer));
    const { status, stderr } = convwasm([
      "run",
      two,
      "--input",
      "x.bin",
      "--output",
      "a=b=o.bin",
      "--output",
      "a=p.bin",
    ]);
    expect([status, stderr]).toEqual([0, ""]);
    expect([...read("o.bin")]).toEqual([-1, -2]);
    expect([...read("p.bin")]).toEqual([1, 2]);
  });
});

describe("shapes", () => {
  it.each([["bench"], ["inspect", "--time"]])("beyond memory end %s with a sentence", (command, ...options) => {
    const { status, stderr } = convwasm([command, RELU, "--shape", "1,3,100000,100000", ...options]);
    expect([status, stderr]).toEqual([
      1,
      "convwasm: relu.onnx: for these shapes the network needs 111.8 GB of memory, more than 4 GB\n",
    ]);
  });

  it("beyond numbers do so too", () => {
    const shape = "1,3,99999999999999999999,1";
    for (const args of [
      ["bench", RELU],
      ["inspect", RELU],
      ["run", RELU, "--input", "two.bin"],
    ]) {
      const { status, stderr } = convwasm([...args, "--shape", shape]);
      expect([status === 1 || status === 64, stderr.split("\n").length]).toEqual([true, status === 1 ? 2 : 3]);
      expect(stderr).toMatch(/^convwasm: /);
    }
  });
});

describe.skipIf(!existsSync("/dev/full"))("a full disk", () => {
  it("is an error for outputs and for what is printed", () => {
    symlinkSync("/dev/full", join(folder, "full.npy"));
    const run = ["run", RELU, "--input", "x2.bin", "--shape", "1,3,1,1"];
    file("x2.bin", new Uint8Array(12));
    expect(convwasm([...run, "--output", "full.npy"])).toEqual({
      status: 1,
      stdout: "",
      stderr: "convwasm: full.npy: no space left on device\n",
    });
    const full = openSync("/dev/full", "w");
    for (const args of [run, [...run, "--json"], ["inspect", RELU, "--shape", "1,3,1,1"], ["--help"]]) {
      const { status, stderr } = convwasm(args, full);
      expect([status, stderr]).toEqual([1, "convwasm: standard output: no space left on device\n"]);
    }
  });
});
