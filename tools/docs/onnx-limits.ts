/** What the translators of operators refuse, for docs/onnx-operators.md. */
export const LIMITS: Readonly<Record<string, string>> = {
  If: "on data, both branches must give the same shapes",
  Loop: "the number of rounds must be known when compiling, 65536 at most",
  Scan: "from opset 9 on",
};
