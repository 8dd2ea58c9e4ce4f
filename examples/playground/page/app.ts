import { configure, type PaddingMode, runtime, type Tensor } from "convwasm";
import { Camera } from "./camera.ts";
import { type Channels, Convolution, median, type Settings } from "./convolution.ts";
import { factsOf, milliseconds, shapeText, type Times } from "./facts.ts";
import { KernelGrid } from "./kernel-grid.ts";
import { COPIES, kernelText, PRESETS, parseKernel, presetKernel, resized, SIZES, type View } from "./kernels.ts";
import { divergingColour, paint } from "./paint.ts";
import { drawPicture, LONGEST, readPicture } from "./picture.ts";
import { pytorchLines } from "./pytorch.ts";
import { drawScene, SCENE } from "./scene.ts";

/** A mistake in a number of megabytes should not end the tab of a phone. */
const MAX_MEMORY = 256 << 20;
const FRAMES = 30;

const element = <T extends HTMLElement>(id: string) => document.getElementById(id) as T;
const choice = (id: string) => element<HTMLSelectElement>(id);
const field = (id: string) => element<HTMLInputElement>(id);
const say = (id: string, text: string) => {
  element(id).textContent = text;
};

const input = element<HTMLCanvasElement>("input");
const output = element<HTMLCanvasElement>("output");
const legend = document.createElement("canvas");

/** The preset that the kernel was made by, or none once its numbers were edited. */
let preset: string | undefined = "sobel";
let seed = 1;
let kernel = presetKernel(preset, 5, seed);
let convolution: Convolution | undefined;
let picture: Tensor | undefined;
let result: Tensor | undefined;
let frameTimes: number[] = [];
let scheduled = false;

const grid = new KernelGrid(
  element("kernel"),
  (edited) => {
    kernel = edited;
    preset = undefined;
    update();
  },
  showError,
);
const camera = new Camera(onFrame);

function settings(): Settings {
  return {
    kernel,
    copies: Number(choice("copies").value),
    channels: choice("channels").value as Channels,
    stride: field("stride").valueAsNumber,
    padding: choice("padding").value === "same" ? "same" : field("padding-number").valueAsNumber,
    dilation: field("dilation").valueAsNumber,
    paddingMode: choice("padding-mode").value as PaddingMode,
    algorithm: choice("algorithm").value as Settings["algorithm"],
  };
}

function view(): View {
  return document.querySelector<HTMLInputElement>("input[name=view]:checked")!.value as View;
}

/** Once before the next repaint, however many changes come before it. */
function update(): void {
  if (scheduled) return;
  scheduled = true;
  requestAnimationFrame(() => {
    scheduled = false;
    showControls();
    convolve();
  });
}

function showControls(): void {
  grid.show(kernel);
  const text = element<HTMLTextAreaElement>("kernel-text");
  if (document.activeElement !== text) text.value = kernelText(kernel);
  const sum = kernel.values.reduce((total, value) => total + value, 0);
  say("kernel-sum", `${kernel.size}×${kernel.size}, sum ${Number(sum.toFixed(3)) + 0}`);
  for (const radio of document.querySelectorAll<HTMLInputElement>("input[name=preset]")) {
    radio.checked = radio.value === preset;
  }
  const size = choice("size");
  if (![...size.options].some(({ value }) => value === String(kernel.size))) {
    size.add(new Option(`${kernel.size} × ${kernel.size}`, String(kernel.size)));
  }
  size.value = String(kernel.size);
  field("padding-number").disabled = choice("padding").value === "same";
  say("input-shape", `${input.width} × ${input.height}`);
}

function convolve(): void {
  const asked = settings();
  // before the next one is made: both together might not fit
  convolution?.dispose();
  convolution = undefined;
  frameTimes = [];
  try {
    convolution = new Convolution(asked, input.height, input.width);
    picture = readPicture(input, asked.channels);
    const measured = convolution.measure(picture);
    result = measured.output;
    showResult({ kind: "still", ...measured.timing });
  } catch (error) {
    showError((error as Error).message);
    element("output-figure").classList.add("stale");
    say("output-shape", "none with these settings");
    element("facts").replaceChildren();
    showPytorch("");
    say("status", "");
    return;
  }
  element("error").hidden = true;
  element("output-figure").classList.remove("stale");
  showPytorch(pytorchLines(asked, input.height, input.width));
  say("copied", "");
}

function onFrame(video: HTMLVideoElement): void {
  const before = `${input.width} ${input.height}`;
  drawPicture(input, video, video.videoWidth, video.videoHeight);
  if (`${input.width} ${input.height}` !== before) update();
  else if (convolution !== undefined && !scheduled) {
    picture = readPicture(input, choice("channels").value as Channels);
    const start = performance.now();
    result = convolution.run(picture);
    frameTimes = [...frameTimes.slice(1 - FRAMES), performance.now() - start];
    showResult({ kind: "frames", median: median(frameTimes), frames: frameTimes.length });
  }
}

function showResult(times: Times): void {
  const step = convolution!.explanation.steps[0]!;
  const facts = factsOf(step, times).flatMap(([term, fact]) => {
    const [dt, dd] = [document.createElement("dt"), document.createElement("dd")];
    dt.textContent = term;
    dd.textContent = fact;
    return [dt, dd];
  });
  element("facts").replaceChildren(...facts);
  say("output-shape", shapeText(step.outputShape));
  // frame by frame it would never stop talking
  if (times.kind === "still") {
    say("status", `${step.algorithm}, ${milliseconds(times.warm)}, output ${shapeText(step.outputShape)}`);
  }
  showOutput();
}

function showOutput(): void {
  if (result === undefined) return;
  const { reach, maps } = paint(output, result, choice("channels").value === "each", view());
  const ends = [document.createElement("span"), document.createElement("span")] as const;
  const signed = view() === "signed";
  ends[0].textContent = signed ? `−${reach}` : "0";
  ends[1].textContent = signed ? `+${reach}` : "1";
  const coloured = choice("channels").value === "each";
  drawLegend(signed, coloured);
  element("legend").replaceChildren(ends[0], legend, ends[1]);
  const what = maps === 1 ? "" : `, ${maps} maps side by side`;
  output.setAttribute("aria-label", `Output of the convolution, ${signed ? "signed" : "clipped to 0 to 1"}${what}`);
}

function drawLegend(signed: boolean, coloured: boolean): void {
  [legend.width, legend.height] = [256, 1];
  legend.setAttribute("aria-hidden", "true");
  const context = legend.getContext("2d")!;
  const image = context.createImageData(256, 1);
  for (let x = 0; x < 256; x++) {
    image.data.set(signed && !coloured ? divergingColour(x / 127.5 - 1) : [x, x, x], 4 * x);
    image.data[4 * x + 3] = 255;
  }
  context.putImageData(image, 0, 0);
}

function showPytorch(lines: string): void {
  const text = element<HTMLTextAreaElement>("pytorch");
  text.value = lines;
  text.rows = Math.min(lines.split("\n").length + 1, 14);
}

function showError(message: string): void {
  say("error", message);
  element("error").hidden = false;
}

async function openFile(file: File | undefined): Promise<void> {
  if (file === undefined) return;
  try {
    const image = await createImageBitmap(file);
    stopCamera();
    const { width, height } = image;
    const scaledDown = drawPicture(input, image, width, height);
    image.close();
    const note = `${file.name}: ${width} × ${height}`;
    say("picture-note", scaledDown ? `${note}, scaled down to ${input.width} × ${input.height}.` : `${note}.`);
    update();
  } catch {
    showError(`${file.name} is not an image that this browser can read.`);
  }
}

async function openSample(): Promise<void> {
  stopCamera();
  drawPicture(input, await createImageBitmap(drawScene()), SCENE.width, SCENE.height);
  say("picture-note", "Or drop a photo here. It stays on this device.");
  update();
}

async function toggleCamera(): Promise<void> {
  if (camera.running) return stopCamera();
  try {
    await camera.start();
    element("camera").setAttribute("aria-pressed", "true");
    say("picture-note", `The camera, at most ${LONGEST} to a side. Its pictures stay on this device.`);
  } catch (error) {
    showError((error as Error).message);
  }
}

function stopCamera(): void {
  camera.stop();
  element("camera").setAttribute("aria-pressed", "false");
}

async function copyPytorch(): Promise<void> {
  try {
    await navigator.clipboard.writeText(element<HTMLTextAreaElement>("pytorch").value);
    say("copied", "Copied.");
  } catch {
    element<HTMLTextAreaElement>("pytorch").select();
    say("copied", "The browser refused; it is selected now, copy it by hand.");
  }
}

function choosePreset(name: string): void {
  if (name === "random") seed++;
  preset = name;
  kernel = presetKernel(name, kernel.size, seed);
  document.querySelector<HTMLInputElement>(`input[name=view][value=${PRESETS[name]!.view}]`)!.checked = true;
  update();
}

function buildControls(): void {
  const labels = Object.entries(PRESETS).map(([name, { label }]) => {
    const [place, radio, text] = [
      document.createElement("label"),
      document.createElement("input"),
      document.createElement("span"),
    ];
    Object.assign(radio, { type: "radio", name: "preset", value: name });
    text.textContent = label;
    radio.addEventListener("change", () => choosePreset(name));
    // a radio already chosen reports no change, but pressing Random again means other numbers
    if (name === "random") radio.addEventListener("click", () => preset === "random" && choosePreset(name));
    place.append(radio, text);
    return place;
  });
  element("presets").append(...labels);
  for (const size of SIZES) choice("size").add(new Option(`${size} × ${size}`, String(size)));
  for (const copies of COPIES) choice("copies").add(new Option(copies === 1 ? "1" : `${copies} turned`, `${copies}`));
}

function listen(): void {
  choice("size").addEventListener("change", () => {
    const size = Number(choice("size").value);
    kernel = preset === undefined ? resized(kernel, size) : presetKernel(preset, size, seed);
  });
  element("settings").addEventListener(
    "input",
    ({ target }) => (target as HTMLInputElement).name !== "preset" && update(),
  );
  element("settings").addEventListener(
    "change",
    ({ target }) => (target as HTMLInputElement).name !== "preset" && update(),
  );
  element("settings").addEventListener("submit", (event) => event.preventDefault());
  for (const radio of document.querySelectorAll("input[name=view]")) radio.addEventListener("change", showOutput);
  element("kernel-text").addEventListener("change", () => {
    try {
      kernel = parseKernel(element<HTMLTextAreaElement>("kernel-text").value);
      preset = undefined;
      update();
    } catch (error) {
      showError((error as Error).message);
    }
  });
  field("file").addEventListener("change", () => {
    void openFile(field("file").files?.[0]);
    // so that the same file may be chosen again
    field("file").value = "";
  });
  element("camera").addEventListener("click", () => void toggleCamera());
  element("sample").addEventListener("click", () => void openSample());
  element("copy").addEventListener("click", () => void copyPytorch());

  const figure = element("input-figure");
  addEventListener("dragover", (event) => {
    event.preventDefault();
    figure.classList.add("over");
  });
  addEventListener("dragleave", (event) => {
    if (event.relatedTarget === null) figure.classList.remove("over");
  });
  addEventListener("drop", (event) => {
    event.preventDefault();
    figure.classList.remove("over");
    const file = event.dataTransfer?.files[0];
    if (file === undefined) showError("What was dropped is not a file.");
    else void openFile(file);
  });
}

/** What keeps the kernels from running here, or undefined. */
function obstacle(): string | undefined {
  try {
    runtime();
  } catch (error) {
    return (error as Error).message;
  }
  try {
    new WebAssembly.Module(Uint8Array.of(0, 0x61, 0x73, 0x6d, 1, 0, 0, 0));
  } catch (error) {
    const remedy = "its Content-Security-Policy needs script-src 'wasm-unsafe-eval'";
    return `This page may not compile WebAssembly: ${remedy}. (${(error as Error).message})`;
  }
  return undefined;
}

function start(): void {
  const reason = obstacle();
  if (reason !== undefined) {
    say("unsupported", reason);
    element("unsupported").hidden = false;
    say("runtime", "The kernels cannot run here.");
    for (const part of document.querySelectorAll<HTMLElement>(".equation, #settings, .results")) part.hidden = true;
    return;
  }
  configure({ maxMemory: MAX_MEMORY });
  const { build, reason: why } = runtime();
  say("runtime", `convwasm, ${build} kernels: ${why}`);
  buildControls();
  listen();
  document.querySelector<HTMLInputElement>(`input[name=view][value=${PRESETS[preset!]!.view}]`)!.checked = true;
  void openSample();
}

start();
