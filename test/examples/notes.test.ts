import { readdirSync, readFileSync } from "node:fs";
import { format } from "node:util";
import { afterEach, describe, expect, it, vi } from "vitest";

const golden: { cases: { name: string; printed: string }[] } = JSON.parse(
  readFileSync(new URL("../golden/notes.json", import.meta.url), "utf8"),
);

afterEach(() => vi.restoreAllMocks());

describe("examples/notes print what their Python originals print", () => {
  it.each(golden.cases.map(({ name, printed }) => [name, printed] as const))("%s", async (name, printed) => {
    const lines: string[] = [];
    vi.spyOn(console, "log").mockImplementation((...words) => void lines.push(`${format(...words)}\n`));
    await import(`../../examples/notes/${name}.ts`);
    expect(lines.join("")).toBe(printed);
  });

  it("all of them", () => {
    const scripts = readdirSync(new URL("../../examples/notes/", import.meta.url)).filter((name) =>
      name.endsWith(".ts"),
    );
    expect(scripts).toEqual(golden.cases.map(({ name }) => `${name}.ts`).sort());
  });
});
