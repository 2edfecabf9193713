/**
 * Texts within nodes: JSON and XML as a whole, JSON among other characters, as in logs, and PHP's counted
 * strings. They are read as what they are, so that no value that is written into them can change them.
 */
import { FieldsealError } from "../errors.ts";
import { readString } from "../formats/json.ts";
import { keepLine } from "../formats/ndjson.ts";
import { formatsByBeginning } from "../formats/table.ts";
import { decodeString } from "../text/json-document.ts";
import { liftNode, type NameAt, plainNode, type TextNode } from "../text/text-node.ts";
import { attemptNodes, type FormatOptions } from "./format-nodes.ts";
import { mayHold, type UnfoldingOptions } from "./gzip-base64.ts";
import { findJsonFragments, type JsonFragment, type MemberName } from "./json-fragments.ts";
import { findCountedStrings, formatCounted } from "./php-strings.ts";

/** What readers of texts within texts have to know. */
export interface EmbeddedOptions extends FormatOptions, UnfoldingOptions {}

/** Each level of quoting doubles the backslashes of the one within, so that no text has more. */
const mostLevels = 32;

/**
 * Nodes, with those of the texts within them, down to 32 levels, for each that holds a text that may matter. Throws
 * `too_deep` for nothing but JSON fragments. Linear in the nodes' texts at each level.
 */
export function* expandNodes(nodes: Iterable<TextNode>, options: EmbeddedOptions, level = 0): Generator<TextNode> {
  for (const node of nodes) {
    const inner =
      level < mostLevels && node.divisible && mayHoldText(node.text, options) ? readInner(node, options) : undefined;
    if (inner === undefined) yield node;
    else for (const each of expandNodes(inner, options, level + 1)) yield liftNode(each, node);
  }
}

/** Cheap for texts that cannot hold another one, which most nodes are. */
function mayHoldText(text: string, { mayMatter }: EmbeddedOptions): boolean {
  return /[[{"<]/.test(text) && mayHold(text, mayMatter);
}

/** The nodes of the text in a node; `undefined` where it is no more than characters. */
function readInner({ text, literal }: TextNode, options: EmbeddedOptions): Iterable<TextNode> | undefined {
  for (const { format, begins } of formatsByBeginning) {
    // A quoted text is a JSON text where JSON is around it, and elsewhere no more than characters.
    if (!begins.test(text) || (literal === undefined && /^\ufeff?[ \t\r\n]*"/.test(text))) continue;
    const nodes = attemptNodes(text, format, options);
    if (!(nodes instanceof FieldsealError)) return nodes();
  }
  return readCounted(text, options) ?? readFragments(text, options);
}

/** The nodes of a text with counted strings that may matter. */
function readCounted(text: string, { mayMatter }: EmbeddedOptions): readonly TextNode[] | undefined {
  const nodes: TextNode[] = [];
  let done = 0;
  for (const { start, contentStart, end } of findCountedStrings(text)) {
    const content = text.slice(contentStart, end);
    if (!content.isWellFormed() || !mayHold(content, mayMatter)) continue;
    nodes.push(plainNode(text, done, start));
    nodes.push({ start, end, text: content, at: () => start, encode: formatCounted, divisible: false, isText: true });
    done = end;
  }
  return nodes.length === 0 ? undefined : [...nodes, plainNode(text, done, text.length)];
}

/** The nodes of a text with fragments of JSON that may matter, and what is between them. */
function readFragments(text: string, options: EmbeddedOptions): readonly TextNode[] | undefined {
  const fragments = findJsonFragments(text, options.depth).filter(({ start, end }) =>
    mayHold(text.slice(start, end), options.mayMatter),
  );
  if (fragments.length === 0) return undefined;
  const nodes: TextNode[] = [];
  const nameOf = rememberNames(text);
  let done = 0;
  for (const fragment of fragments) {
    const { start, end, member } = fragment;
    nodes.push(plainNode(text, done, start));
    const host = placeInMember(plainNode(text, start, end), member, nameOf);
    for (const node of readFragment(host.text, fragment, options)) {
      const lifted = keepLine(liftNode(node, host));
      nodes.push(fragment.isPart ? annotatePart(lifted, options) : lifted);
    }
    done = end;
  }
  nodes.push(plainNode(text, done, text.length));
  return nodes;
}

function readFragment(text: string, { kind }: JsonFragment, options: EmbeddedOptions): Iterable<TextNode> {
  if (kind !== "text") return [readString(text, 0, text.length, kind === "name" ? "name" : "value")];
  const nodes = attemptNodes(text, "json", options);
  if (nodes instanceof FieldsealError) throw nodes;
  return nodes();
}

function annotatePart(node: TextNode, { annotate, mayMatter }: EmbeddedOptions): TextNode {
  const { nameAt, text } = node;
  if (annotate === undefined || nameAt === undefined || !mayHold(text, mayMatter)) return node;
  return annotate.fragment(node, nameAt);
}

/** A fragment of JSON in the members that are known to be around it. Fast where their names are asked for in order. */
function placeInMember(
  node: TextNode,
  member: MemberName | undefined,
  nameOf: (member: MemberName) => string,
): TextNode {
  if (member === undefined) return node;
  let [level, at]: [number, MemberName | undefined] = [0, member];
  const nameAt: NameAt = (wanted) => {
    if (wanted < level) [level, at] = [0, member];
    for (; at !== undefined && level < wanted; at = at.outer) level++;
    return at && nameOf(at);
  };
  return { ...node, nameAt };
}

/** The characters of the names in a text, each decoded once. */
function rememberNames(text: string): (member: MemberName) => string {
  const known = new Map<MemberName, string>();
  return (member) => {
    const name = known.get(member) ?? nameOfMember(text, member);
    known.set(member, name);
    return name;
  };
}

function nameOfMember(text: string, { start, end }: MemberName): string {
  try {
    return decodeString(text.slice(start, end));
  } catch {
    return text.slice(start + 1, end - 1);
  }
}
