const convwasm = require("convwasm");

import("./report.mjs").then(({ report }) => report(convwasm));
