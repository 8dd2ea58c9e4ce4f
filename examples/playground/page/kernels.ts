import { Tensor } from "convwasm";

/** A square kernel, row by row. */
export interface Kernel {
  size: number;
  values: readonly number[];
}

/** How an output is best looked at: as an image, or with its signs. */
export type View = "clipped" | "signed";

export interface Preset {
  label: string;
  view: View;
  /** the values of the kernel at row y and column x, of any size from 1 */
  make: (size: number, seed: number) => number[];
}

export const SIZES = [1, 2, 3, 4, 5, 6, 7, 9, 11, 15, 21, 31];
export const COPIES = [1, 4, 8, 16];

const square = (size: number, value: (y: number, x: number) => number) =>
  Array.from({ length: size * size }, (_, i) => value(Math.floor(i / size), i % size));

/** So that the magnitudes sum to `strength`: outputs of all sizes are alike. */
function scaled(values: number[], strength: number): number[] {
  const sum = values.reduce((total, value) => total + Math.abs(value), 0);
  return sum === 0 ? values : values.map((value) => (value * strength) / sum);
}

function binomials(n: number): number[] {
  let row = [1];
  for (let i = 1; i < n; i++) row = [1, ...row.slice(1).map((value, j) => value + row[j]!), 1];
  return row;
}

const identity = (size: number) => {
  const middle = Math.floor(size / 2);
  return square(size, (y, x) => (y === middle && x === middle ? 1 : 0));
};

const gaussian = (size: number) => {
  const row = binomials(size);
  return scaled(
    square(size, (y, x) => row[y]! * row[x]!),
    1,
  );
};

/** Sobel's: a binomial along the edge, the differences of a shorter one across it. */
const sobel = (size: number) => {
  const along = binomials(size);
  const shorter = size > 1 ? binomials(size - 1) : [];
  const across = along.map((_, i) => (shorter[i - 1] ?? 0) - (shorter[i] ?? 0));
  return scaled(
    square(size, (y, x) => along[y]! * across[x]!),
    8,
  );
};

const emboss = (size: number) => {
  const middle = (size - 1) / 2;
  const slope = scaled(
    square(size, (y, x) => y + x - 2 * middle),
    8,
  );
  return identity(size).map((value, i) => value + slope[i]!);
};

const edges = (size: number) => {
  const centre = identity(size);
  return scaled(
    centre.map((value) => size * size * value - 1),
    16,
  );
};

/** A wave under a bell, without its mean: an even area gives zero. */
const gabor = (size: number) => {
  const middle = (size - 1) / 2;
  const wave = square(size, (y, x) => {
    const [u, v] = [(x - middle) / size, (y - middle) / size];
    return Math.exp(-12 * (u * u + 0.5 * v * v)) * Math.cos(3 * Math.PI * u);
  });
  const mean = wave.reduce((sum, value) => sum + value, 0) / wave.length;
  return scaled(
    wave.map((value) => value - mean),
    4,
  );
};

export const PRESETS: Readonly<Record<string, Preset>> = {
  identity: { label: "Identity", view: "clipped", make: identity },
  box: { label: "Box blur", view: "clipped", make: (size) => square(size, () => 1 / (size * size)) },
  gaussian: { label: "Gaussian blur", view: "clipped", make: gaussian },
  motion: { label: "Motion blur", view: "clipped", make: (size) => square(size, (y, x) => (y === x ? 1 / size : 0)) },
  sharpen: {
    label: "Sharpen",
    view: "clipped",
    make: (size) => {
      const blurred = gaussian(size);
      return identity(size).map((value, i) => 3 * value - 2 * blurred[i]!);
    },
  },
  edges: { label: "Edges", view: "signed", make: edges },
  sobel: { label: "Sobel", view: "signed", make: sobel },
  emboss: { label: "Emboss", view: "clipped", make: emboss },
  gabor: { label: "Gabor", view: "signed", make: gabor },
  random: {
    label: "Random",
    view: "signed",
    make: (size, seed) => scaled([...Tensor.randn([size * size], seed).data], 4),
  },
};

/** A preset's kernel, in decimals that can be read and written without loss. */
export function presetKernel(name: string, size: number, seed: number): Kernel {
  const values = PRESETS[name]!.make(size, seed).map((value) => Number(value.toFixed(6)) + 0);
  return { size, values };
}

/** Grown by zeros or cropped, around the middle. */
export function resized(kernel: Kernel, size: number): Kernel {
  const shift = Math.floor(size / 2) - Math.floor(kernel.size / 2);
  const inside = (index: number) => index >= 0 && index < kernel.size;
  return {
    size,
    values: square(size, (y, x) =>
      inside(y - shift) && inside(x - shift) ? kernel.values[(y - shift) * kernel.size + x - shift]! : 0,
    ),
  };
}

/** The kernel and `copies - 1` more, turned in equal steps: (copies, 1, size, size). */
export function turnedCopies({ size, values }: Kernel, copies: number): Tensor {
  const turned = Array.from({ length: copies }, (_, copy) => turn(values, size, (2 * Math.PI * copy) / copies));
  return new Tensor(Float32Array.from(turned.flat()), [copies, 1, size, size]);
}

/** Turned about its middle, bilinear, zeros outside: torch's affine_grid and grid_sample with align_corners. */
function turn(values: readonly number[], size: number, angle: number): readonly number[] {
  if (angle === 0) return values;
  const [cos, sin] = [Math.cos(angle), Math.sin(angle)];
  const middle = (size - 1) / 2;
  const at = (y: number, x: number) => (y < 0 || x < 0 || y >= size || x >= size ? 0 : values[y * size + x]!);
  return square(size, (row, column) => {
    const x = cos * (column - middle) - sin * (row - middle) + middle;
    const y = sin * (column - middle) + cos * (row - middle) + middle;
    const [top, left] = [Math.floor(y), Math.floor(x)];
    const [down, right] = [y - top, x - left];
    return (
      (1 - down) * ((1 - right) * at(top, left) + right * at(top, left + 1)) +
      down * ((1 - right) * at(top + 1, left) + right * at(top + 1, left + 1))
    );
  });
}

/** Rows of numbers, as they are typed or pasted: brackets, commas and blanks all separate. */
export function parseKernel(text: string): Kernel {
  const rows = text
    .split(/\n|\]/)
    .map((line) => line.split(/[\s,;[\]()]+/).filter((word) => word !== ""))
    .filter((words) => words.length > 0);
  const size = rows.length;
  if (size === 0) throw new RangeError("The kernel needs at least one number.");
  if (size > SIZES.at(-1)!) throw new RangeError(`The kernel may have up to ${SIZES.at(-1)} rows, this has ${size}.`);
  const other = rows.findIndex((words) => words.length !== size);
  if (other >= 0) {
    throw new RangeError(
      `The kernel must be square: it has ${size} rows, but row ${other + 1} has ${rows[other]!.length} numbers.`,
    );
  }
  return { size, values: rows.flat().map(parseValue) };
}

/** A finite number, as it is typed. */
export function parseValue(word: string): number {
  const value = Number(word.trim().replace("−", "-").replace(",", "."));
  if (word.trim() === "" || !Number.isFinite(Math.fround(value))) {
    throw new RangeError(`“${word}” is not a number that a kernel can hold.`);
  }
  return value;
}

export function kernelText({ size, values }: Kernel): string {
  return Array.from({ length: size }, (_, y) => values.slice(y * size, (y + 1) * size).join(" ")).join("\n");
}
