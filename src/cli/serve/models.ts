import { readdirSync, readFileSync, statSync } from "node:fs";
import { basename, dirname, extname, join } from "node:path";
import { Failure } from "../command.ts";
import { attempt } from "../files.ts";
import type { Loaded, Preprocessing } from "./messages.ts";
import type { Workers } from "./workers.ts";

/** A version of a model in its folder. */
interface Found {
  readonly name: string;
  readonly version: string;
  readonly path: string;
  readonly preprocessing: string;
  /** changes with the files */
  readonly stamp: string;
}

/** A version of a model that threads hold. */
export interface Served extends Found, Loaded {
  readonly key: number;
  /** requests that have no answer yet */
  pending: number;
}

export interface ModelEvents {
  onLoaded(model: Served, replaced: boolean): void;
  onFailed(name: string, version: string, error: Error): void;
  onGone(model: Served): void;
}

const NAME = /^[A-Za-z0-9][A-Za-z0-9._-]*$/;
/** ONNX, and what `convwasm build` writes. */
const EXTENSIONS = [".onnx", ".cwm"];
const FIRST_VERSION = "1";

/**
 * The models of a file, or of a folder: NAME.onnx, or NAME/VERSION/model.onnx with whole numbers for versions; .cwm likewise. Beside each may
 * be a .json of the same name, which says how pictures become its input.
 * @throws Failure for a folder that cannot be read
 */
function find(path: string): readonly Found[] {
  return attempt(path, () => {
    if (statSync(path).isFile()) return [foundAt(nameOf(path), FIRST_VERSION, path)];
    return readdirSync(path).flatMap((entry) => {
      const inside = join(path, entry);
      if (!NAME.test(entry)) return [];
      if (EXTENSIONS.includes(extname(entry))) return [foundAt(nameOf(entry), FIRST_VERSION, inside)];
      if (!statSync(inside).isDirectory()) return [];
      const versions = readdirSync(inside).filter((version) => /^\d+$/.test(version));
      return versions.flatMap((version) => {
        const files = EXTENSIONS.map((extension) => join(inside, version, `model${extension}`));
        return files
          .filter(exists)
          .slice(0, 1)
          .map((file) => foundAt(entry, version, file));
      });
    });
  });
}

/** Without an extension that is known. */
const nameOf = (path: string): string =>
  EXTENSIONS.includes(extname(path)) ? basename(path, extname(path)) : basename(path);

const exists = (path: string): boolean => statSync(path, { throwIfNoEntry: false })?.isFile() === true;

function foundAt(name: string, version: string, path: string): Found {
  const preprocessing = join(dirname(path), `${nameOf(path)}.json`);
  const stamps = [path, preprocessing].map((each) => {
    const stat = statSync(each, { throwIfNoEntry: false, bigint: true });
    return stat === undefined ? "" : `${stat.mtimeNs}/${stat.size}/${stat.ino}`;
  });
  return { name, version, path, preprocessing, stamp: stamps.join() };
}

const isNumbers = (value: unknown): value is number[] =>
  Array.isArray(value) && value.every((each) => typeof each === "number" && Number.isFinite(each));
const isLength = (value: unknown) => Number.isInteger(value) && (value as number) >= 1 && (value as number) <= 65535;

/** @throws Failure for a file that says something else */
function readPreprocessing(path: string): Preprocessing | undefined {
  if (!exists(path)) return undefined;
  const refuse = (what: string) => new Failure(`${path}: ${what}`);
  let value: unknown;
  try {
    value = JSON.parse(readFileSync(path, "utf8"));
  } catch (error) {
    throw refuse((error as Error).message);
  }
  if (typeof value !== "object" || value === null || Array.isArray(value)) throw refuse("must be a JSON object");
  const { size, resize, mean, std, ...others } = value as Readonly<Record<string, unknown>>;
  const [unknown] = Object.keys(others);
  if (unknown !== undefined)
    throw refuse(`has the unknown member ${JSON.stringify(unknown)} (known: size, resize, mean, std)`);
  const isSize = isLength(size) || (isNumbers(size) && size.length === 2 && size.every(isLength));
  if (size !== undefined && !isSize) throw refuse("size must be a length, or [height, width]");
  if (resize !== undefined && !isLength(resize)) throw refuse("resize must be a length");
  if (mean !== undefined && !isNumbers(mean)) throw refuse("mean must be an array of numbers");
  if (std !== undefined && !(isNumbers(std) && !std.includes(0)))
    throw refuse("std must be an array of numbers other than 0");
  return { size, resize, mean, std } as Preprocessing;
}

/** The models that are served, and their files. */
export class Models {
  readonly #path: string;
  readonly #workers: Workers;
  readonly #events: ModelEvents;
  /** by name, then by version */
  readonly #served = new Map<string, Map<string, Served>>();
  /** stamps of files that could not be loaded: they are tried again when they change */
  readonly #failed = new Map<string, string>();
  #keys = 0;
  #scan: Promise<void> | undefined;

  constructor(path: string, workers: Workers, events: ModelEvents) {
    this.#path = path;
    this.#workers = workers;
    this.#events = events;
  }

  all(): readonly Served[] {
    return [...this.#served.values()].flatMap((versions) => [...versions.values()]);
  }

  /** Of a name, in ascending order. */
  versions(name: string): readonly string[] {
    return [...(this.#served.get(name)?.keys() ?? [])].sort((a, b) => Number(a) - Number(b));
  }

  /** Undefined for a name or version that is not there; without a version, the highest. */
  get(name: string, version?: string): Served | undefined {
    return this.#served.get(name)?.get(version ?? this.versions(name).at(-1) ?? "");
  }

  /**
   * Brings what is served up to date with the files. What has changed is loaded and warm before it takes the place of what was
   * there, which answers the requests that it got; what cannot be loaded leaves it in its place.
   */
  refresh(): Promise<void> {
    this.#scan ??= this.#refresh().finally(() => {
      this.#scan = undefined;
    });
    return this.#scan;
  }

  async #refresh(): Promise<void> {
    const found = find(this.#path);
    for (const each of found) {
      const { name, version, stamp } = each;
      const id = `${name}/${version}`;
      const before = this.#served.get(name)?.get(version);
      if (before?.stamp === stamp || this.#failed.get(id) === stamp) continue;
      try {
        const key = ++this.#keys;
        const preprocessing = readPreprocessing(each.preprocessing);
        const loaded = await this.#workers.load({ kind: "load", key, path: each.path, preprocessing });
        const served: Served = { ...each, ...loaded, key, pending: 0 };
        const versions = this.#served.get(name) ?? new Map<string, Served>();
        this.#served.set(name, versions.set(version, served));
        this.#failed.delete(id);
        this.#events.onLoaded(served, before !== undefined);
        if (before !== undefined) void this.#retire(before);
      } catch (error) {
        this.#failed.set(id, stamp);
        this.#events.onFailed(name, version, error as Error);
      }
    }
    for (const model of this.all()) {
      if (found.some(({ name, version }) => name === model.name && version === model.version)) continue;
      const versions = this.#served.get(model.name)!;
      versions.delete(model.version);
      if (versions.size === 0) this.#served.delete(model.name);
      this.#events.onGone(model);
      void this.#retire(model);
    }
  }

  /** Frees a model when its last request is answered. */
  async #retire(model: Served): Promise<void> {
    while (model.pending > 0) await new Promise((resolve) => setTimeout(resolve, 10));
    await this.#workers.unload(model.key);
  }
}
