/** Plain text, of any format that has no codec of its own: one leaf. */
import { plainLeaf } from "../text/text-node.ts";
import type { Codec } from "./codec.ts";

export const text: Codec = {
  read: (source) => ({
    findings: [],
    leaves: () => [plainLeaf(source, 0, source.length, (characters) => characters)],
  }),
};
