/**
 * A Cloudflare Worker that enlarges a photo to twice its width and height: POST a PNG or JPEG, get a PNG.
 */
import { configure, memory } from "convwasm";
import weights from "../../node_modules/@upscalerjs/default-model/models/group1-shard1of1.bin";
import description from "../../node_modules/@upscalerjs/default-model/models/model.json" with { type: "json" };
import { parseModel, type TfjsModel } from "../upscale/model.ts";
import type { Image } from "../upscale/tiles.ts";
import { encodeRows, free } from "./chunks.ts";
import { checkPlaces, enlarge, inTurn, POLL_MILLISECONDS, stay } from "./enlarge.ts";
import { decodeJpeg, isJpeg } from "./jpeg.ts";
import { type Lease, Leases } from "./leases.ts";
import {
  MAX_BYTES_LEAVING,
  MAX_LINEAR_MEMORY,
  MAX_REQUESTS,
  RequestError,
  SILENT_SECONDS,
  TRANSFER_SECONDS,
} from "./limits.ts";
import { decodePng, isPng } from "./png.ts";
import { discardBody, readBody, sendBody } from "./transfer.ts";

configure({ maxMemory: MAX_LINEAR_MEMORY });
const model = parseModel(description as unknown as TfjsModel, new Uint8Array(weights));

interface Format {
  is(bytes: Uint8Array): boolean;
  decode(bytes: Uint8Array<ArrayBuffer>): Image | Promise<Image>;
}

const FORMATS: Readonly<Record<string, Format>> = {
  "image/png": { is: isPng, decode: decodePng },
  "image/jpeg": { is: isJpeg, decode: decodeJpeg },
};

const requests = new Leases(MAX_REQUESTS);
const leaving = new Leases(MAX_BYTES_LEAVING);

export default {
  async fetch(request: Request, _: unknown, context: ExecutionContext): Promise<Response> {
    const answer = respond(request, context);
    // continues after the client has gone, to return what it holds
    context.waitUntil(answer);
    return answer;
  },
};

async function respond(request: Request, context: ExecutionContext): Promise<Response> {
  try {
    const format = checkRequest(request);
    using lease = requests.take(1, TRANSFER_SECONDS + SILENT_SECONDS);
    if (lease === undefined) throw new RequestError(503, "there are too many requests: try again in a few seconds");
    checkPlaces();
    const image = await readImage(request, format);
    lease[Symbol.dispose]();
    return await inTurn((turn) => enlarged(image, turn, context));
  } catch (error) {
    await discardBody(request);
    if (error instanceof RequestError) {
      return Response.json({ error: error.message }, { status: error.status, headers: error.headers });
    }
    console.error(error);
    return Response.json({ error: "the image could not be enlarged" }, { status: 500 });
  }
}

function checkRequest({ url, method, headers }: Request): { type: string } & Format {
  const { pathname } = new URL(url);
  if (pathname !== "/") throw new RequestError(404, `there is nothing at ${pathname}: POST a photo to /`);
  if (method !== "POST") throw new RequestError(405, `expected POST with a photo, got ${method}`);
  const coding = headers.get("content-encoding");
  if (coding !== null) throw new RequestError(415, `expected no content-encoding, got ${coding}`);
  const type = (headers.get("content-type") ?? "").split(";")[0]!.trim().toLowerCase();
  const format = Object.hasOwn(FORMATS, type) ? FORMATS[type] : undefined;
  if (format === undefined) {
    throw new RequestError(415, `expected content-type image/png or image/jpeg, got ${type || "none"}`);
  }
  return { type, ...format };
}

async function readImage(request: Request, { type, is, decode }: { type: string } & Format): Promise<Image> {
  const bytes = await readBody(request);
  try {
    if (bytes.length === 0) throw new RequestError(400, "the body is empty");
    if (!is(bytes)) throw new RequestError(415, `the body is not ${type}`);
    return await decode(bytes);
  } finally {
    free(bytes);
  }
}

/** Begins when there is room for the result: slow clients hold up the others for a few seconds. */
async function enlarged(image: Image, turn: Lease, context: ExecutionContext): Promise<Response> {
  // every row has one more byte, and so has every block that cannot be compressed
  const bytes = 1.01 * 14 * image.width * image.height + 1024;
  let lease = leaving.take(bytes, 2 * TRANSFER_SECONDS);
  while (lease === undefined) {
    await stay(turn, POLL_MILLISECONDS);
    lease = leaving.take(bytes, 2 * TRANSFER_SECONDS);
  }
  try {
    const { data, width, height } = await enlarge(model, image, turn);
    free(image.data);
    const png = encodeRows(new Uint8Array(data.buffer, 0, data.length), width, height);
    const length = png.reduce((sum, part) => sum + part.length, 0);
    lease.grow(length);
    lease.extend(TRANSFER_SECONDS + SILENT_SECONDS);
    const { readable, writable } = new FixedLengthStream(length);
    context.waitUntil(sendBody(png, writable, lease));
    return new Response(readable, {
      headers: { "content-type": "image/png", "x-linear-memory": String(memory().bytes) },
    });
  } catch (error) {
    lease[Symbol.dispose]();
    throw error;
  }
}
