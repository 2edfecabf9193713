/** The log lines of the edge function. */
import { createFinder } from "./find-entries.ts";

/** Finds the edge function's lines in a text. Each has a text `outcome`, 1 as `requests` and a number `tokens`. */
export const findEdgeEntries = createFinder({
  first: "_aws",
  accepts: ({ outcome, requests, tokens }) =>
    typeof outcome === "string" && requests === 1 && typeof tokens === "number",
});
