/** What the workers of a Pool of a saved Session run: no parser, passes or planner. */
import type { Result } from "../../graph/session.ts";
import { loadSession } from "../../session/index.ts";
import { serve } from "./serve.ts";

serve((model) => loadSession<Result>(model));
