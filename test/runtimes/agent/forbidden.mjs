import * as convwasm from "convwasm";
import { reportRefusal } from "./report.mjs";

reportRefusal(convwasm);
