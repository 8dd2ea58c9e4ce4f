/** Requests to the Worker of examples/worker in workerd: each gets an answer that says what is wrong, and it lives on. */

import { once } from "node:events";
import { connect } from "node:net";
import sharp from "sharp";
import { RETRY_SECONDS } from "../../examples/worker/limits.ts";
import { serveWorker } from "../../examples/worker/server.ts";
import { MUTATIONS } from "../support/onnx-mutations.ts";
import { Random } from "./random.ts";
import type { Round, Target } from "./target.ts";

/** In which an answer must come; clients that send nothing more are given up by then, too. */
const MOST_MILLISECONDS = 15_000;
/** What it answers to requests that are wrong. 501 and 505 are workerd's own. */
const REFUSALS = [400, 404, 405, 408, 413, 414, 415, 417, 422, 431, 501, 503, 505];

const mutations = Object.values(MUTATIONS);

const METHODS = ["GET", "PUT", "HEAD", "OPTIONS", "DELETE", "TRACE", "BREW", "post", ""];
const PATHS = ["/", "/x", "/%", "//", "/?a=b", "*", "http://other/", `/${"a".repeat(9000)}`, "/\u0000"];
const HEADERS = [
  "content-type: image/png",
  "content-type: image/jpeg",
  "content-type: image/jpeg; charset=x",
  "content-type: __proto__",
  "content-type: constructor",
  "content-type:",
  "content-encoding: gzip",
  "content-length: 0",
  "content-length: 99999999999",
  "content-length: -1",
  "content-length: 1e3",
  "transfer-encoding: chunked",
  "expect: 100-continue",
  "connection: upgrade",
  "upgrade: websocket",
  `x-long: ${"b".repeat(20_000)}`,
  "x-\u0001: a",
  "no colon",
];

/** @returns the head of the answer; "" if the connection ends without one */
async function exchange(url: URL, request: Uint8Array): Promise<string> {
  const socket = connect(Number(url.port), url.hostname);
  const timer = setTimeout(() => socket.destroy(new Error("no answer in time")), MOST_MILLISECONDS);
  try {
    let answer = "";
    socket.setEncoding("latin1");
    socket.on("data", (part: string) => {
      answer += part.slice(0, 1000);
      if (answer.includes("\r\n\r\n")) socket.destroy();
    });
    await once(socket, "connect");
    socket.end(request);
    await once(socket, "close");
    return answer.split("\r\n\r\n")[0]!;
  } catch (error) {
    // it may close the connection of a request that is none
    if (["ECONNRESET", "EPIPE"].includes((error as NodeJS.ErrnoException).code ?? "")) return "";
    throw error;
  } finally {
    clearTimeout(timer);
    socket.destroy();
  }
}

export async function http(): Promise<Target> {
  const { url, close } = await serveWorker(0);
  const pictures = await Promise.all(
    (["png", "jpeg"] as const).map(async (type) => {
      const image = sharp({ create: { width: 9, height: 7, channels: 3, background: "red" } });
      return { type, bytes: new Uint8Array(await image.toFormat(type).toBuffer()) };
    }),
  );
  return {
    close,
    async round(seed): Promise<Round> {
      const random = new Random(seed);
      const { type, bytes } = random.pick(pictures);
      const body = random.chance(0.7)
        ? random.pick(mutations)(bytes, random.pick(pictures).bytes, random.below)
        : bytes;
      const method = random.chance(0.8) ? "POST" : random.pick(METHODS);
      const path = random.chance(0.85) ? "/" : random.pick(PATHS);
      const lines = [
        `host: ${url.host}`,
        `content-type: image/${type}`,
        `content-length: ${body.length}`,
        "connection: close",
      ];
      for (let i = random.below(3); i > 0; --i) lines[random.below(lines.length + 1)] = random.pick(HEADERS);
      const version = random.chance(0.97) ? "HTTP/1.1" : random.pick(["HTTP/1.0", "HTTP/9.9", "HTTP", ""]);
      const head = new TextEncoder().encode(`${method} ${path} ${version}\r\n${lines.join("\r\n")}\r\n\r\n`);
      let request = new Uint8Array(Buffer.concat([head, body]));
      if (random.chance(0.1)) request = new Uint8Array(random.pick(mutations)(request, request, random.below));
      const files = { ".http": request };
      try {
        const answer = await exchange(url, request);
        const status = Number(/^HTTP\/1\.[01] (\d{3}) /.exec(answer)?.[1] ?? 0);
        if (status === 503) await new Promise((resolve) => setTimeout(resolve, 1000 * RETRY_SECONDS));
        if (status === 200 || status === 0 || REFUSALS.includes(status))
          return status === 0 ? "closed" : String(status);
        // workerd's own, for a head that it does not understand: the Worker's are JSON
        if (status === 500 && !/^content-type: application\/json/im.test(answer)) return "500";
        return { message: `the answer is ${JSON.stringify(answer)}`, files };
      } catch (error) {
        return { message: (error as Error).message, files };
      }
    },
  };
}
