import { describe } from "vitest";
import { configure } from "../../src/index.ts";
import { refuses, wrong } from "../support/refusals.ts";

describe("configure", () => {
  refuses("an unknown option", TypeError, /^configure: .*option.*"memory".*maxMemory/, () =>
    configure(wrong({ memory: 2 ** 20 })),
  );
  refuses("an unknown build", RangeError, /^configure: .*build.*"scalar"/, () => configure(wrong({ build: "scalar" })));
  refuses("a number as build", TypeError, /^configure: .*build.*1/, () => configure(wrong({ build: 1 })));
  refuses("a string as maxMemory", TypeError, /^configure: .*maxMemory.*"1"/, () =>
    configure(wrong({ maxMemory: "1" })),
  );
  for (const value of [0, -1, 1.5, Number.NaN, Number.POSITIVE_INFINITY]) {
    refuses(`maxMemory ${value}`, RangeError, /^configure: .*maxMemory/, () => configure({ maxMemory: value }));
  }
});
