import { checkOptions, show, wrongType, wrongValue } from "./check.ts";

/** How far a file has come. */
export interface FetchProgress {
  /** address of the file: a model may have weights in others */
  readonly url: string;
  /** bytes that have come */
  readonly loaded: number;
  /** bytes of all; undefined where the server does not say, or says it of compressed ones */
  readonly total: number | undefined;
}

/** Options of the functions that fetch a model. */
export interface FetchOptions {
  /** called with each piece that comes */
  onProgress?: (progress: FetchProgress) => void;
  /** ends the download */
  signal?: AbortSignal;
  /**
   * whether the file is kept in the browser's Cache API, or the name of the cache; default false. What is there is used without
   * asking the server: let the name of a file that changes have a version
   */
  cache?: boolean | string;
}

const OPTIONS = ["onProgress", "signal", "cache"] as const;
const DEFAULT_CACHE = "convwasm";

/** A copy of the options. @throws TypeError */
export function checkFetchOptions(where: string, options: FetchOptions | undefined): FetchOptions {
  const checked = checkOptions(where, options, OPTIONS);
  const { onProgress, signal, cache } = checked;
  if (onProgress !== undefined && typeof onProgress !== "function") {
    throw wrongType(where, `onProgress must be a function, got ${show(onProgress)}`);
  }
  if (signal !== undefined && !(typeof signal === "object" && "aborted" in signal)) {
    throw wrongType(where, `signal must be an AbortSignal, got ${show(signal)}`);
  }
  if (cache !== undefined && typeof cache !== "boolean" && typeof cache !== "string") {
    throw wrongType(where, `cache must be true, false or a name, got ${show(cache)}`);
  }
  return checked;
}

/** The address, relative to the page's where there is one. @throws TypeError, RangeError */
export function checkUrl(where: string, url: unknown): URL {
  if (typeof url !== "string" && !(url instanceof URL)) {
    throw wrongType(where, `url must be a string or a URL, got ${show(url)}`);
  }
  try {
    return new URL(url, (globalThis as { readonly location?: { readonly href: string } }).location?.href);
  } catch {
    throw wrongValue(where, `url must be an address, got ${show(String(url))}`);
  }
}

/**
 * The bytes of a file, checked as they begin to come.
 * @throws the signal's reason; Error where the server does not answer, or answers with another status than 200; RangeError for what
 *   is no model
 */
export async function fetchBytes(where: string, url: URL, options: FetchOptions): Promise<Uint8Array<ArrayBuffer>> {
  const { signal, cache: asked } = options;
  signal?.throwIfAborted();
  const cache = asked === undefined || asked === false ? undefined : await openCache(where, asked);
  const kept = await cache?.match(url);
  const response = kept ?? (await request(where, url, signal));
  const bytes = await read(where, url, response, options);
  if (kept === undefined && cache !== undefined) {
    const headers = { "content-type": response.headers.get("content-type") ?? "application/octet-stream" };
    await cache.put(url, new Response(bytes, { headers: { ...headers, "content-length": String(bytes.length) } }));
  }
  return bytes;
}

function openCache(where: string, asked: true | string): Promise<Cache> {
  const { caches } = globalThis as { readonly caches?: CacheStorage };
  if (caches === undefined) {
    throw wrongType(where, "cache needs the Cache API, which this runtime does not have, or only on pages from https");
  }
  return caches.open(asked === true ? DEFAULT_CACHE : asked);
}

async function request(where: string, url: URL, signal: AbortSignal | undefined): Promise<Response> {
  try {
    return await fetch(url, { signal: signal ?? null });
  } catch (cause) {
    signal?.throwIfAborted();
    throw new Error(`${where}: ${url} cannot be fetched: ${reasonOf(cause)}`, { cause });
  }
}

/** Node says what happened in the cause alone. */
function reasonOf(error: unknown): string {
  const { message, cause } = error as { readonly message?: string; readonly cause?: { readonly message?: string } };
  return [message, cause?.message].filter((each) => each).join(": ") || String(error);
}

/** Enough for recognising what came. */
const HEAD_BYTES = 64;
/** Room that a server's word alone is given. */
const MOST_BELIEVED = 2 ** 28;

async function read(
  where: string,
  url: URL,
  response: Response,
  { signal, onProgress }: FetchOptions,
): Promise<Uint8Array<ArrayBuffer>> {
  const total = lengthOf(response);
  const reader = (response.body ?? new Blob([]).stream()).getReader();
  let bytes = new Uint8Array(Math.min(total ?? 2 ** 16, MOST_BELIEVED));
  let loaded = 0;
  let checked = false;
  let isEnd = false;
  try {
    while (!isEnd) {
      const { done, value } = await reader.read().catch((cause: unknown) => {
        signal?.throwIfAborted();
        const of = total === undefined ? "" : ` of ${total}`;
        throw new Error(`${where}: ${url} broke off after ${loaded}${of} bytes: ${reasonOf(cause)}`, { cause });
      });
      isEnd = done;
      if (value !== undefined) {
        if (loaded + value.length > bytes.length) bytes = grown(bytes, loaded + value.length);
        bytes.set(value, loaded);
        loaded += value.length;
      }
      if (!checked && (isEnd || loaded >= HEAD_BYTES)) {
        checkContent(where, url, response, bytes.subarray(0, Math.min(loaded, HEAD_BYTES)));
        checked = true;
      }
      if (!isEnd) onProgress?.({ url: url.href, loaded, total });
    }
  } finally {
    // the rest is not wanted; of a stream that failed there is none
    if (!isEnd) void reader.cancel().catch(() => undefined);
  }
  if (total !== undefined && loaded !== total) {
    throw new Error(`${where}: ${url} ended after ${loaded} of ${total} bytes`);
  }
  return loaded === bytes.length ? bytes : bytes.slice(0, loaded);
}

function grown(bytes: Uint8Array, least: number): Uint8Array<ArrayBuffer> {
  const larger = new Uint8Array(Math.max(2 * bytes.length, least));
  larger.set(bytes);
  return larger;
}

/** Bytes that will come; undefined where the server does not say, or compresses on the way. */
function lengthOf({ headers }: Response): number | undefined {
  const length = headers.get("content-length");
  if (length === null || headers.get("content-encoding") !== null || !/^\d+$/.test(length)) return undefined;
  return Number(length);
}

/** What comes in place of a model, by its first bytes. */
// biome-ignore-start lint/suspicious/noControlCharactersInRegex: files begin with them
const IMPOSTORS: readonly (readonly [begin: RegExp, what: string])[] = [
  [/^\s*(<!doctype html|<html|<head|<body|<!--)/i, "a page of HTML: is the address right, and is the file deployed?"],
  [/^\s*<\?xml|^\s*<[a-z]/i, "XML, which storage services answer with"],
  [/^version https:\/\/git-lfs\.github\.com/, "a Git LFS pointer: the file itself was not pulled (git lfs pull)"],
  [/^\x1f\x8b/, "gzip: serve it with content-encoding: gzip, or unpack it"],
  [/^PK\x03\x04/, "a zip archive: unpack it"],
  [/^\s*[[{]\s*"/, "JSON"],
  [/^$/, "nothing"],
];
// biome-ignore-end lint/suspicious/noControlCharactersInRegex: files begin with them

/**
 * @param head the first bytes
 * @throws Error for a status other than 200; RangeError for content that is no model
 */
function checkContent(where: string, url: URL, response: Response, head: Uint8Array): void {
  const { status, statusText, headers } = response;
  const text = Array.from(head, (byte) => String.fromCharCode(byte)).join("");
  const type = headers.get("content-type") ?? "no content type";
  const from = response.url === "" || response.url === url.href ? `${url}` : `${url} (by way of ${response.url})`;
  const what = IMPOSTORS.find(([begin]) => begin.test(text))?.[1];
  const came = `status ${status}${statusText === "" ? "" : ` ${statusText}`}, ${type}, beginning with ${show(text)}`;
  if (status !== 200) throw new Error(`${where}: ${from} is not there: ${came}`);
  if (what !== undefined) throw wrongValue(where, `${from} is ${what} (${came})`);
}
