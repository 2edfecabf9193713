/** Plain text, and formats without a codec of their own: one node. */
import { plainNode } from "../text/text-node.ts";
import type { Codec } from "./codec.ts";

/** Selectors find nothing in text. */
export const text: Codec = {
  read: (source) => ({
    findings: [],
    nodes: () => [plainNode(source, 0, source.length)],
  }),
};
