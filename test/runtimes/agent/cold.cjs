import("./report.mjs").then(({ reportColdStart }) => {
  const begin = performance.now();
  reportColdStart(begin, require("convwasm"));
});
