/** A text as the readers of its format get it: what protecting, restoring and rewrapping all work on. */
import type { TextNode } from "../text/text-node.ts";

/** A source and its nodes. Actions find places in the nodes and change the source by edits, and in no other way. */
export interface TextDocument {
  readonly source: string;
  /**
   * Every node of the source, names as well as values. Whoever reads the source decides whether a node that holds a
   * text of its own is one node, or the nodes of that text. Each call reads anew.
   */
  readonly nodes: () => Iterable<TextNode>;
}

/** What an action finds in the nodes of a document, node by node. */
export function findInNodes<Found>({ nodes }: TextDocument, find: (node: TextNode) => Iterable<Found>): Found[] {
  const all: Found[] = [];
  for (const node of nodes()) for (const found of find(node)) all.push(found);
  return all;
}
