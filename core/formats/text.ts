/** Plain text, of any format that has no codec of its own: one node. */
import { plainNode } from "../text/text-node.ts";
import type { Codec } from "./codec.ts";

/** Finds nothing by selectors. */
export const text: Codec = {
  read: (source) => ({
    findings: [],
    nodes: () => [plainNode(source, 0, source.length)],
  }),
};
