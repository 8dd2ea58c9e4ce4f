const convwasm = require("convwasm");
const pool = require("convwasm/pool");

import("./report.mjs").then(({ report }) => report(convwasm, pool));
