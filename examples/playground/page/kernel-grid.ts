import { type Kernel, parseValue } from "./kernels.ts";
import { divergingColour } from "./paint.ts";

/** Larger kernels are drawn without numbers, which would be too small to read. */
const MOST_CELLS = 9;

/**
 * A heat map of the kernel whose numbers can be edited. One stop of the Tab key; arrows, Home and End move inside it.
 */
export class KernelGrid {
  readonly #place: HTMLElement;
  readonly #onChange: (kernel: Kernel) => void;
  readonly #onFault: (message: string) => void;
  #kernel: Kernel = { size: 0, values: [] };
  #cells: HTMLInputElement[] = [];

  constructor(place: HTMLElement, onChange: (kernel: Kernel) => void, onFault: (message: string) => void) {
    this.#place = place;
    this.#onChange = onChange;
    this.#onFault = onFault;
  }

  show(kernel: Kernel): void {
    const sameCells = kernel.size === this.#kernel.size;
    this.#kernel = kernel;
    if (kernel.size > MOST_CELLS) {
      this.#cells = [];
      this.#place.replaceChildren(heatMap(kernel));
      return;
    }
    if (!sameCells) this.#build(kernel.size);
    const reach = reachOf(kernel);
    for (const [i, cell] of this.#cells.entries()) {
      const value = kernel.values[i]!;
      const [red, green, blue] = divergingColour(value / reach).map(Math.round) as [number, number, number];
      cell.style.backgroundColor = `rgb(${red} ${green} ${blue})`;
      cell.style.color = 0.299 * red + 0.587 * green + 0.114 * blue > 140 ? "#111" : "#fff";
      cell.removeAttribute("aria-invalid");
      cell.value = document.activeElement === cell ? String(value) : short(value);
    }
  }

  #build(size: number): void {
    const table = document.createElement("table");
    table.className = `cells up-to-${[3, 5, 7, 9].find((most) => size <= most)}`;
    table.setAttribute("role", "grid");
    table.setAttribute("aria-label", "Kernel, editable");
    this.#cells = [];
    for (let y = 0; y < size; y++) {
      const row = table.insertRow();
      for (let x = 0; x < size; x++) {
        const cell = document.createElement("input");
        cell.type = "text";
        cell.inputMode = "text";
        cell.autocomplete = "off";
        cell.tabIndex = x + y === 0 ? 0 : -1;
        cell.setAttribute("aria-label", `row ${y + 1}, column ${x + 1}`);
        this.#listen(cell, this.#cells.length);
        this.#cells.push(cell);
        const place = row.insertCell();
        place.setAttribute("role", "gridcell");
        place.append(cell);
      }
    }
    this.#place.replaceChildren(table);
  }

  #listen(cell: HTMLInputElement, index: number): void {
    cell.addEventListener("focus", () => {
      for (const each of this.#cells) each.tabIndex = each === cell ? 0 : -1;
      cell.value = String(this.#kernel.values[index]);
      cell.select();
    });
    cell.addEventListener("blur", () => {
      cell.value = short(this.#kernel.values[index]!);
      cell.removeAttribute("aria-invalid");
    });
    cell.addEventListener("change", () => this.#edit(cell, index));
    cell.addEventListener("keydown", (event) => {
      const { size } = this.#kernel;
      const [y, x] = [Math.floor(index / size), index % size];
      const to: Record<string, number> = {
        ArrowLeft: x > 0 ? index - 1 : index,
        ArrowRight: x < size - 1 ? index + 1 : index,
        ArrowUp: y > 0 ? index - size : index,
        ArrowDown: y < size - 1 ? index + size : index,
        Home: index - x,
        End: index - x + size - 1,
        Enter: index,
      };
      const next = event.ctrlKey || event.metaKey || event.altKey ? undefined : to[event.key];
      if (next === undefined) return;
      event.preventDefault();
      if (cell.value !== String(this.#kernel.values[index]) && !this.#edit(cell, index)) return;
      this.#cells[next]!.focus();
      this.#cells[next]!.select();
    });
  }

  /** @returns whether the text is a number */
  #edit(cell: HTMLInputElement, index: number): boolean {
    try {
      const value = parseValue(cell.value);
      if (value !== this.#kernel.values[index]) {
        this.#onChange({ ...this.#kernel, values: this.#kernel.values.with(index, value) });
      }
      return true;
    } catch (error) {
      cell.setAttribute("aria-invalid", "true");
      this.#onFault((error as Error).message);
      return false;
    }
  }
}

const reachOf = ({ values }: Kernel) => Math.max(...values.map(Math.abs)) || 1;

/** Few digits, as a cell has room for; the whole number shows while it is edited. */
function short(value: number): string {
  if (Number.isInteger(value) && Math.abs(value) < 1000) return String(value).replace("-", "−");
  const magnitude = Math.abs(value);
  if (magnitude !== 0 && (magnitude < 0.005 || magnitude >= 1000)) return value.toExponential(0).replaceAll("-", "−");
  return value
    .toFixed(magnitude < 10 ? 2 : 0)
    .replace(/^(-?)0\./, "$1.")
    .replace("-", "−");
}

function heatMap(kernel: Kernel): HTMLCanvasElement {
  const canvas = document.createElement("canvas");
  canvas.className = "heat";
  canvas.width = canvas.height = kernel.size;
  canvas.setAttribute("role", "img");
  canvas.setAttribute(
    "aria-label",
    `Heat map of the ${kernel.size} by ${kernel.size} kernel; edit its numbers as text`,
  );
  const context = canvas.getContext("2d")!;
  const image = context.createImageData(kernel.size, kernel.size);
  const reach = reachOf(kernel);
  for (const [i, value] of kernel.values.entries()) image.data.set([...divergingColour(value / reach), 255], 4 * i);
  context.putImageData(image, 0, 0);
  return canvas;
}
