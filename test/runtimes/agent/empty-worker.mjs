export default {
  fetch: () => Response.json([1, 8, 16, 16]),
};
