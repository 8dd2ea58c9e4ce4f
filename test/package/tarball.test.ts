import { execFileSync } from "node:child_process";
import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, describe, expect, it } from "vitest";
import { BINARIES, exportsOfPackage } from "../../tools/entries.ts";
import { ROOT } from "../support/node.ts";
import { installTarball } from "./tarball.ts";

const { tarball, project, folder, files, remove } = installTarball();
afterAll(remove);

const read = (path: string) => readFileSync(join(folder, path), "utf8");
const manifest = JSON.parse(read("package.json"));
/** The command line is for runtimes that have Node's modules. */
const COMMAND_LINE = "dist/cli/main.js";
const scripts = files.filter((path) => /\.c?js$/.test(path) && path !== COMMAND_LINE);
const declarations = files.filter((path) => /\.d\.c?ts$/.test(path));
const tool = (name: string) => join(ROOT, "node_modules/.bin", name);

/** Runs a tool to its end; what it printed if it failed. */
function complaint(command: string, args: readonly string[]): string | undefined {
  try {
    execFileSync(command, args, { cwd: project, encoding: "utf8", stdio: "pipe" });
    return undefined;
  } catch (error) {
    const { stdout, stderr } = error as { stdout: string; stderr: string };
    return stdout + stderr;
  }
}

describe("the packed files", () => {
  it("are the build, the licence and what there is to read", () => {
    const others = files.filter((path) => !path.startsWith("dist/"));
    for (const path of others)
      expect(path).toMatch(/^((CHANGELOG|README)\.md|LICENSE|package\.json|docs\/((guides|reference)\/)?[\w-]+\.md)$/);
    expect(others).toEqual(expect.arrayContaining(["CHANGELOG.md", "LICENSE", "README.md", "docs/abi.md"]));
    for (const path of files.filter((path) => path.startsWith("dist/"))) {
      expect(path).toMatch(
        /^dist\/(cli\/main\.js|esm\/[\w-]+(\.js|\.d\.ts)|cjs\/[\w-]+(\.cjs|\.d\.cts)|(workerd|edge-light)\/[\w-]+\.js|(kernels|operators|tensors|recurrent|numbers|vision|pixels|quantised)(-relaxed)?\.wasm|THIRD_PARTY_LICENSES)$/,
      );
    }
  });

  it("are exported as the lists of entries and modules say", () => {
    expect(manifest.exports).toEqual(exportsOfPackage());
  });

  it("hold everything that package.json points to, with types for every entry and condition", () => {
    for (const [name, entry] of Object.entries<string | Record<string, Record<string, string>>>(manifest.exports)) {
      if (typeof entry === "string") {
        expect(files).toContain(entry.slice(2));
        continue;
      }
      expect([name, Object.keys(entry)]).toEqual([name, ["workerd", "edge-light", "import", "require"]]);
      for (const condition of Object.values(entry)) {
        expect(Object.keys(condition)).toEqual(["types", "default"]);
        for (const path of Object.values(condition)) expect(files).toContain(path.slice(2));
      }
    }
    for (const path of [manifest.main, manifest.types, ...Object.values<string>(manifest.bin ?? {})]) {
      expect(files).toContain(path.replace("./", ""));
    }
  });

  it("need no other package and nothing of Node's, which the command line may use", () => {
    expect(manifest.dependencies ?? {}).toEqual({});
    // npm installs optional ones too, and links their commands into the scripts of whoever installs the package
    expect(manifest.optionalDependencies ?? {}).toEqual({});
    const specifiers = /(?:\bfrom\s*|\bimport\s*\(?\s*|\brequire\s*\(\s*)(["'])([^"'\n]+)\1/g;
    for (const path of [...scripts, COMMAND_LINE]) {
      for (const [, , name] of read(path).matchAll(specifiers)) {
        // the last two serve needs alone, whose users install them beside
        if (path === COMMAND_LINE && /^(node:.*|fastify|prom-client)$/.test(name!)) continue;
        expect([path, name]).toEqual([path, expect.stringMatching(/^\.\.?\/[\w-]+(\.c?js|\.wasm(\?module)?)$/)]);
        expect(existsSync(join(folder, path, "..", name!.replace("?module", "")))).toBe(true);
      }
    }
  });

  it("load nothing, but for the one place where models are fetched", () => {
    for (const path of scripts) {
      const places = [...read(path).matchAll(/\bfetch\s*\(/g)].length;
      expect([path, places]).toEqual([path, /\/library\.c?js$/.test(path) ? 1 : 0]);
    }
  });

  it("make no code of strings and wait for nothing, but for what starts threads", () => {
    for (const path of scripts.filter((path) => !/^dist\/\w+\/threads\./.test(path))) {
      for (const forbidden of [
        // modules have a method of that name, without arguments
        /\beval\s*\((?!\))/,
        /\bnew Function\b/,
        /\bblob:/,
        /["'`]data:/,
        /^await /m,
      ]) {
        expect([path, forbidden, forbidden.test(read(path))]).toEqual([path, forbidden, false]);
      }
    }
  });

  it("embed the kernels but where a runtime compiles modules only itself", () => {
    const holding = scripts.filter((path) => read(path).includes("0061736d")).map((path) => path.split("/")[1]);
    expect([...new Set(holding)].sort()).toEqual(["cjs", "esm"]);
  });

  it("hold the licences of the libraries that went into them", () => {
    const notices = read("dist/THIRD_PARTY_LICENSES");
    expect(notices).toMatch(/^assemblyscript \d+\.\d+\.\d+ \(Apache-2\.0\)$/m);
    expect(notices).toContain("TERMS AND CONDITIONS FOR USE, REPRODUCTION, AND DISTRIBUTION");
  });
});

describe("publint and attw", () => {
  it("publint finds nothing", () => {
    expect(complaint(tool("publint"), ["run", tarball, "--strict"])).toBeUndefined();
  });

  it("attw finds nothing, in any entry that is code", () => {
    const binaries = BINARIES.map((file) => `./${file}`);
    const args = [tarball, "--profile", "node16", "--exclude-entrypoints", ...binaries];
    expect(complaint(tool("attw"), args)).toBeUndefined();
  });
});

describe("the types", () => {
  const user = `import { compile, configure, conv2d, nn, runtime, Tensor } from "convwasm";
    import type { Session, TensorLike } from "convwasm";
    const ort: TensorLike = { data: new Float32Array(16), dims: [1, 1, 4, 4] };
    const y: Tensor = conv2d(ort, Tensor.ones([1, 1, 3, 3]), null, { padding: "same", paddingMode: "reflect" });
    const layer: nn.Conv2d = new nn.Conv2d(1, 2, [3, 3], { bias: false });
    using session: Session = compile(layer, y.shape, { activation: { clamp: [0, 6] } });
    export const z: Tensor = session.run(y);
    configure({ build: runtime().build });
    // @ts-expect-error: no such option
    conv2d(y, y, null, { pad: 1 });\n`;
  writeFileSync(join(project, "user.mts"), user);
  writeFileSync(join(project, "user.cts"), user);

  it.each(
    ["typescript/bin/tsc", "@typescript/typescript6/bin/tsc6"].flatMap((compiler) =>
      [
        ["node16", "node16"],
        ["nodenext", "nodenext"],
        ["preserve", "bundler"],
      ].map(([module, resolution]) => [compiler, module!, resolution!] as const),
    ),
  )(
    "compile by %s for --module %s --moduleResolution %s, as ESM and as CommonJS, without dom",
    (compiler, module, resolution) => {
      const options = ["--module", module, "--moduleResolution", resolution, "--target", "es2022", "--lib", "es2022"];
      const strict = ["--strict", "--skipLibCheck", "false", "--noEmit", "--exactOptionalPropertyTypes"];
      expect(
        complaint(join(ROOT, "node_modules", compiler), [...options, ...strict, "user.mts", "user.cts"]),
      ).toBeUndefined();
    },
  );

  it("name nothing but the public API", () => {
    expect(declarations.length).toBeGreaterThan(1);
    for (const path of declarations) {
      const code = read(path)
        .replaceAll(/\/\*[\s\S]*?\*\//g, "")
        .replaceAll(/^\/\/(?!\/).*/gm, "");
      for (const internal of [
        "WebAssembly",
        "Heap",
        "Engine",
        "KernelModule",
        "Block",
        "ConvStep",
        "ConvPlan",
        "ConvGeometry",
      ]) {
        expect([path, internal, new RegExp(`\\b${internal}\\b`).test(code)]).toEqual([path, internal, false]);
      }
    }
  });
});
