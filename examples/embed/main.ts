/**
 * Saves a compiled network to build/embed/program.bin, and runs the bytes with nothing but the kernels and
 * AssemblyScript's loader.
 *
 *     npm run embed
 */
import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { compile, configure } from "convwasm";
import { classifier, ring, SHAPE } from "./network.ts";
import { openProgram } from "./program.ts";

configure({ build: "relaxed" });
const picture = ring();
using session = compile(classifier(), SHAPE);
const expected = session.run(picture).data;

const kernels = readFileSync(fileURLToPath(import.meta.resolve("convwasm/kernels-relaxed.wasm")));
const saved = session.save();
const folder = new URL("../../build/embed/", import.meta.url);
mkdirSync(folder, { recursive: true });
writeFileSync(new URL("program.bin", folder), saved);

const program = openProgram(kernels, saved);
const [scores] = program.run(picture.data);

const same = scores!.every((score, i) => score === expected[i]);
console.log(`${saved.length} bytes of program, ${kernels.length} bytes of kernels`);
console.log(`scores ${Array.from(scores!, (score) => score.toFixed(4)).join(" ")}`);
console.log(same ? "the same bits as the Session's" : "not what the Session gives");
if (!same) process.exitCode = 1;
