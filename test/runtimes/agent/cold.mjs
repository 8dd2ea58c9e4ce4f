import { reportColdStart } from "./report.mjs";

const begin = performance.now();
import("convwasm").then((convwasm) => reportColdStart(begin, convwasm));
