import { configure } from "../../src/index.ts";

configure({ build: process.env.CONVWASM_BUILD as "simd" | "relaxed" });
