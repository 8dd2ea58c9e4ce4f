/** What a Pool's workers have in common: one Session each, one call at a time. */
import type { InputShapes } from "../../graph/compile.ts";
import type { Result, Session, SessionInput } from "../../graph/session.ts";
// configure would bring along what starts threads
import { limitMemory, useBuild } from "../../runtime/runtime.ts";
import { hasNodeThreads, nodeThreads } from "../../runtime/workers.ts";
import { Tensor } from "../../tensor.ts";
import { buffersOf, type FromWorker, type Sent, type SentValues, sentError, type ToWorker } from "../messages.ts";

type Post = (message: FromWorker, transfer?: ArrayBuffer[]) => void;
type Loader = (model: Uint8Array<ArrayBuffer>, inputShape: InputShapes | undefined) => Session<Result>;

let session: Session<Result>;
/** the call that is being computed, if it has been given up */
let cancelled: number | undefined;

/** Begins to listen. */
export function serve(load: Loader): void {
  if (hasNodeThreads()) {
    nodeThreads().then((threads) => {
      const port = threads!.parentPort!;
      const post: Post = (answer, transfer) => port.postMessage(answer, transfer);
      port.on("message", (message: ToWorker) => receive(message, load, post));
    });
    return;
  }
  const scope = globalThis as unknown as Worker;
  const post: Post = (answer, transfer = []) => scope.postMessage(answer, transfer);
  scope.onmessage = ({ data }: MessageEvent<ToWorker>) => receive(data, load, post);
}

function receive(message: ToWorker, load: Loader, post: Post): void {
  if ("model" in message) {
    const { model, inputShape, build, maxMemory } = message;
    try {
      useBuild(build);
      limitMemory(maxMemory);
      session = load(model, inputShape);
      post({ loaded: true });
    } catch (error) {
      post({ refused: sentError(error) });
    }
  } else if ("cancel" in message) cancelled = message.cancel;
  else answer(message.call, message.input, post);
}

async function answer(call: number, input: SentValues, post: Post): Promise<void> {
  const signal = {
    throwIfAborted() {
      if (cancelled === call) throw new Error("Pool.run: the call was given up");
    },
  };
  try {
    const given = ("one" in input ? input.one : input.named) as SessionInput;
    // in slices, so that the message that gives the call up is heard
    const result = sent(await session.runAsync(given, { signal }));
    post({ call, result }, buffersOf(result));
  } catch (error) {
    const { kind, message } = sentError(error);
    post({ call, error: { kind, message: message.replace(/^Session\.\w+:/, "Pool.run:") } });
  }
}

function sent(result: Result): SentValues {
  const one = ({ data, shape, dtype }: Tensor<never>): Sent => ({ data, shape, dtype });
  if (result instanceof Tensor) return { one: one(result as Tensor<never>) };
  const named = Object.entries(result).map(([name, tensor]) => [name, one(tensor as Tensor<never>)]);
  return { named: Object.fromEntries(named) };
}
