import { describe, expect, it } from "vitest";
import { suggestion } from "../../src/cli/command.ts";
import { type Column, fittedTable, shortened } from "../../src/cli/inspect/fit.ts";

const NAMES = ["backbone.layer1.0.conv1", "backbone.layer4.2.conv3.with.a.long.name", "head"];
const COLUMNS: readonly Column[] = [
  { head: "step", cells: NAMES, least: 12 },
  { head: "kernel", cells: ["gemm: gemm6x8", "winograd: product", "-"], least: 8 },
  { head: "input", cells: ["1×64×56×56", "1×2048×7×7", "1×2048"], least: Number.POSITIVE_INFINITY, leaveOut: 1 },
  { head: "MFLOP", cells: ["231", "462", "4"] },
  { head: "workspace", cells: ["1.5 MB", "", ""], leaveOut: 0 },
  { head: "weights", cells: ["", "", ""], leaveOut: 2 },
];
const widthOf = (text: string) => Math.max(...text.split("\n").map(({ length }) => length));

describe("a table for a terminal", () => {
  it("has everything where nothing limits it, but for columns without content", () => {
    const { text, leftOut } = fittedTable(COLUMNS, undefined);
    expect(leftOut).toEqual([]);
    for (const name of NAMES) expect(text).toContain(name);
    expect(text).toContain("workspace");
    expect(text).not.toContain("weights");
  });

  it("shortens names first, then leaves columns out", () => {
    const wide = widthOf(fittedTable(COLUMNS, undefined).text);
    for (let width = wide; width >= 40; --width) {
      const { text, leftOut } = fittedTable(COLUMNS, width);
      expect(widthOf(text), String(width)).toBeLessThanOrEqual(width);
      // names are never shorter than they need to be
      if (width < wide && leftOut.length === 0) expect(widthOf(text)).toBe(width);
    }
    expect(fittedTable(COLUMNS, wide - 10)).toMatchObject({
      leftOut: [],
      text: expect.stringMatching(/backbone.la.*….*name/),
    });
    expect(fittedTable(COLUMNS, 59).leftOut).toEqual(["workspace"]);
    expect(fittedTable(COLUMNS, 40).leftOut).toEqual(["workspace", "input"]);
  });

  it("is as narrow as it can be where that is not narrow enough", () => {
    expect(fittedTable(COLUMNS, 10).leftOut).toEqual(["workspace", "input"]);
  });
});

it("shortens in the middle", () => {
  expect(shortened("abcdefghij", 10)).toBe("abcdefghij");
  expect(shortened("abcdefghij", 7)).toBe("abc…hij");
  expect(shortened("abcdefghij", 6)).toBe("abc…ij");
});

it("suggests what was perhaps meant", () => {
  expect(suggestion("tme", ["time", "shape"], "--")).toBe(" (did you mean --time?)");
  expect(suggestion("lab", ["labels", "size"], "--")).toBe(" (did you mean --labels?)");
  expect(suggestion("xyzzy", ["time", "shape"], "--")).toBe("");
});
