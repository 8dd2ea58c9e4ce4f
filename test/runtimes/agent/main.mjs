import * as convwasm from "convwasm";
import * as pool from "convwasm/pool";
import { report } from "./report.mjs";

report(convwasm, pool);
