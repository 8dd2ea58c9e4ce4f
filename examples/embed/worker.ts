/** A Cloudflare Worker that has the kernels and a saved network, and no line of convwasm: POST a picture's float32 elements. */
import kernels from "convwasm/kernels-relaxed.wasm";
import saved from "../../build/embed/program.bin";
import { openProgram } from "./program.ts";

const program = openProgram(kernels, new Uint8Array(saved));

export default {
  async fetch(request: Request): Promise<Response> {
    const [scores] = program.run(new Float32Array(await request.arrayBuffer()));
    return new Response(scores);
  },
};
