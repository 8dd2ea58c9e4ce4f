/** A module of kernels by itself: functions that it imports from another do nothing. */
export function instantiate(
  module: WebAssembly.Module,
  memory = new WebAssembly.Memory({ initial: 1 }),
  table = new WebAssembly.Table({ element: "anyfunc", initial: 1 }),
): WebAssembly.Exports {
  const imports = WebAssembly.Module.imports(module).filter(({ module }) => module !== "env");
  const kernels = Object.fromEntries(
    imports.map(({ name, kind }) => [
      name,
      kind === "global" ? new WebAssembly.Global({ value: "i32", mutable: true }, 0) : () => {},
    ]),
  );
  return new WebAssembly.Instance(module, { env: { memory, table }, kernels }).exports;
}
