/**
 * A Cloudflare Worker that enlarges a photo to twice its width and height: POST a PNG or JPEG, get a PNG.
 */
import { configure, memory } from "convwasm";
import { encode } from "fast-png";
import weights from "../../node_modules/@upscalerjs/default-model/models/group1-shard1of1.bin";
import description from "../../node_modules/@upscalerjs/default-model/models/model.json" with { type: "json" };
import { parseModel, type TfjsModel } from "../upscale/model.ts";
import { type Image, upscale } from "../upscale/tiles.ts";
import { decodeJpeg, isJpeg } from "./jpeg.ts";
import { MAX_BYTES, MAX_LINEAR_MEMORY, RequestError, TILE_SIZE } from "./limits.ts";
import { decodePng, isPng } from "./png.ts";

configure({ maxMemory: MAX_LINEAR_MEMORY });
const model = parseModel(description as unknown as TfjsModel, new Uint8Array(weights));

const FORMATS: Readonly<Record<string, { is: (bytes: Uint8Array) => boolean; decode: typeof decodePng }>> = {
  "image/png": { is: isPng, decode: decodePng },
  "image/jpeg": { is: isJpeg, decode: decodeJpeg },
};

export default {
  async fetch(request: Request): Promise<Response> {
    try {
      const image = await readImage(request);
      const result = upscale(model, image, { tileSize: TILE_SIZE });
      return new Response(encodePng(result), {
        headers: { "content-type": "image/png", "x-linear-memory": String(memory().bytes) },
      });
    } catch (error) {
      if (!(error instanceof RequestError)) {
        console.error(error);
        return Response.json({ error: "the image could not be enlarged" }, { status: 500 });
      }
      const headers = error.status === 405 ? { allow: "POST" } : undefined;
      return Response.json({ error: error.message }, { status: error.status, ...(headers && { headers }) });
    }
  },
};

async function readImage(request: Request): Promise<Image> {
  const { pathname } = new URL(request.url);
  if (pathname !== "/") throw new RequestError(404, `there is nothing at ${pathname}: POST a photo to /`);
  if (request.method !== "POST") throw new RequestError(405, `expected POST with a photo, got ${request.method}`);
  const type = (request.headers.get("content-type") ?? "").split(";")[0]!.trim().toLowerCase();
  const format = Object.hasOwn(FORMATS, type) ? FORMATS[type] : undefined;
  if (format === undefined) {
    throw new RequestError(415, `expected content-type image/png or image/jpeg, got ${type || "none"}`);
  }
  const bytes = await readBody(request);
  if (bytes.length === 0) throw new RequestError(400, "the body is empty");
  if (!format.is(bytes)) throw new RequestError(400, `the body is not ${type}`);
  return format.decode(bytes);
}

/** Reads no more than is allowed, whatever content-length says. */
async function readBody(request: Request): Promise<Uint8Array<ArrayBuffer>> {
  const tooLarge = () => new RequestError(413, `the body has more than ${MAX_BYTES} bytes`);
  if (Number(request.headers.get("content-length")) > MAX_BYTES) throw tooLarge();
  const parts: Uint8Array<ArrayBuffer>[] = [];
  let length = 0;
  for await (const part of request.body ?? []) {
    length += part.length;
    if (length > MAX_BYTES) throw tooLarge();
    parts.push(part);
  }
  return new Blob(parts).bytes();
}

function encodePng({ data, width, height }: Image): Uint8Array<ArrayBuffer> {
  return encode({ data, width, height, channels: 3, depth: 8 }) as Uint8Array<ArrayBuffer>;
}
