/** What the workers of a Pool of an ONNX file run. */
import { compile } from "../../graph/compile.ts";
import type { Result } from "../../graph/session.ts";
import { loadOnnx } from "../../onnx/index.ts";
import { serve } from "./serve.ts";

serve((model, inputShape) => compile<Result>(loadOnnx(model), inputShape));
