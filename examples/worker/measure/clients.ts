/** Clients of all kinds; each gives the statuses that it was answered with, "closed" where it had no answer. */
import { connect } from "node:net";
import { setTimeout as wait } from "node:timers/promises";
import { RETRY_SECONDS } from "../limits.ts";
import type { Type } from "./bombs.ts";

export interface Photo {
  type: Type;
  body: Buffer;
}

export async function post(url: URL, { type, body }: Photo): Promise<{ status: number; retryAfter: number }> {
  const response = await fetch(url, { method: "POST", body: body as BodyInit, headers: { "content-type": type } });
  await response.arrayBuffer();
  return { status: response.status, retryAfter: Number(response.headers.get("retry-after")) };
}

/** Where the answer came, and the connection was closed, while the body was still being sent, TCP may lose the answer. */
function whereReset(error: Error): { status: number; retryAfter: number } {
  const { code } = (error.cause ?? {}) as NodeJS.ErrnoException;
  if (code !== "ECONNRESET" && code !== "EPIPE" && code !== "UND_ERR_SOCKET") throw error;
  return { status: 503, retryAfter: RETRY_SECONDS };
}

/** Comes again as often as it is asked to; gives how often it has come. */
export async function postPatiently(url: URL, photo: Photo): Promise<number> {
  for (let tries = 1; ; tries++) {
    const { status, retryAfter } = await post(url, photo).catch(whereReset);
    if (status === 200) return tries;
    if (status !== 503 || retryAfter === 0) throw new Error(`a photo was answered with ${status}`);
    await wait(1000 * retryAfter);
  }
}

/** Sends `first` bytes at once, then one every `milliseconds`, until it is answered. */
export function sendSlowly(url: URL, { type, body }: Photo, first: number, milliseconds: number): Promise<string> {
  const socket = connect(Number(url.port), url.hostname);
  socket.write(`${requestHead(url, type, body.length)}`);
  socket.write(body.subarray(0, first));
  let sent = first;
  const timer = setInterval(() => {
    if (socket.writable && sent < body.length) socket.write(body.subarray(sent, ++sent));
  }, milliseconds);
  return new Promise((resolve) => {
    let answer = "";
    socket.on("data", (part) => {
      answer += part.toString("latin1");
      if (answer.includes("\r\n\r\n")) socket.destroy();
    });
    socket.on("error", () => {});
    socket.on("close", () => {
      clearInterval(timer);
      resolve(answer.split(" ")[1] ?? "closed");
    });
  });
}

/** Sends a photo, and takes nothing of the answer but its first bytes, for so long. */
export async function takeSlowly(url: URL, { type, body }: Photo, milliseconds: number): Promise<string> {
  const socket = connect({ port: Number(url.port), host: url.hostname, onread: undefined });
  socket.on("error", () => {});
  socket.write(requestHead(url, type, body.length));
  socket.write(body);
  const answer = await new Promise<string>((resolve) => {
    socket.once("data", (part) => {
      socket.pause();
      resolve(part.toString("latin1"));
    });
    socket.once("close", () => resolve(""));
  });
  await wait(milliseconds);
  socket.destroy();
  return answer.split(" ")[1] ?? "closed";
}

const requestHead = ({ host }: URL, type: Type, length: number) =>
  `POST / HTTP/1.1\r\nHost: ${host}\r\nContent-Type: ${type}\r\nContent-Length: ${length}\r\n\r\n`;

/** How many there are of each. */
export function count(values: readonly (string | number)[]): string {
  const counts = new Map<string | number, number>();
  for (const value of values) counts.set(value, (counts.get(value) ?? 0) + 1);
  return [...counts].map(([value, times]) => `${times} x ${value}`).join(", ");
}
