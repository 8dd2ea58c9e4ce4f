import * as convwasm from "convwasm";
import { report } from "./report.mjs";

report(convwasm);
