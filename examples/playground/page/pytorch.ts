import type { Settings } from "./convolution.ts";
import type { Kernel } from "./kernels.ts";

/** Python that computes the same with PyTorch. */
export function pytorchLines(settings: Settings, height: number, width: number): string {
  const { kernel, copies, channels, stride, dilation, paddingMode } = settings;
  const { size } = kernel;
  const lines = ["import torch", "import torch.nn.functional as F", ""];
  lines.push(`# x: (1, ${channels === "grey" ? 1 : 3}, ${height}, ${width}), float32 from 0 to 1`);
  lines.push(`weight = torch.tensor(${tensorText(kernel)})[None, None]`);
  if (copies > 1) {
    const shape = `[${copies}, 1, ${size}, ${size}]`;
    lines.push(
      `turns = torch.arange(${copies}) * 2 * torch.pi / ${copies}`,
      "cos, sin, zero = turns.cos(), turns.sin(), 0 * turns",
      "turns = torch.stack([cos, -sin, zero, sin, cos, zero], 1).reshape(-1, 2, 3)",
      `grid = F.affine_grid(turns, ${shape}, align_corners=True)`,
      `weight = F.grid_sample(weight.expand(${shape}), grid, align_corners=True)`,
    );
  }
  if (channels === "each") lines.push("weight = weight.repeat(3, 1, 1, 1)");
  if (channels === "sum") lines.push("weight = weight.repeat(1, 3, 1, 1) / 3");

  const named: string[] = [];
  if (stride !== 1) named.push(`stride=${stride}`);
  if (paddingMode === "zeros") {
    if (settings.padding !== 0) named.push(`padding=${settings.padding === "same" ? '"same"' : settings.padding}`);
  } else {
    const [before, after] = paddingOf(settings);
    if (after > 0) lines.push(`x = F.pad(x, (${before}, ${after}, ${before}, ${after}), mode="${paddingMode}")`);
  }
  if (dilation !== 1) named.push(`dilation=${dilation}`);
  if (channels === "each") named.push("groups=3");
  lines.push(`y = F.conv2d(${["x", "weight", ...named].join(", ")})`);
  return lines.join("\n");
}

/** Before and after each axis; 'same' puts an odd value at the end. */
function paddingOf({ padding, kernel, dilation }: Settings): [number, number] {
  if (padding !== "same") return [padding, padding];
  const total = (kernel.size - 1) * dilation;
  return [Math.floor(total / 2), Math.ceil(total / 2)];
}

function tensorText({ size, values }: Kernel): string {
  // a whole number would make torch's tensor one of integers
  const number = (value: number) => (Number.isInteger(value) && Math.abs(value) < 1e21 ? `${value}.` : String(value));
  const rows = Array.from(
    { length: size },
    (_, y) =>
      `[${values
        .slice(y * size, (y + 1) * size)
        .map(number)
        .join(", ")}]`,
  );
  return size === 1 ? `[${rows[0]}]` : `[\n    ${rows.join(",\n    ")},\n]`;
}
