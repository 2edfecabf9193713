/**
 * Texts that stand in leaves: JSON and XML as a whole, and JSON behind something else, as in logs. So no value can
 * change them.
 */

import { labelsOfFragment } from "../decrypt/reader/expected-label.ts";
import { indexLabels, locateLabels } from "../decrypt/reader/labelled-spans.ts";
import type { Reader } from "../decrypt/reader/reader.ts";
import { mayHoldTokens } from "../decrypt/tokens/find-tokens.ts";
import { FieldsealError } from "../errors.ts";
import type { ReadContext } from "../formats/codec.ts";
import { readString } from "../formats/json.ts";
import { keepLine } from "../formats/ndjson.ts";
import { allCodecs, formatsByBeginning } from "../formats/table.ts";
import type { Format } from "../rule/formats.ts";
import { decodeString } from "../text/json-document.ts";
import { plainText } from "../text/media-type.ts";
import { liftNode, type NameAt, plainNode, type TextNode } from "../text/text-node.ts";
import { mayHoldEnvelopes } from "./gzip-base64.ts";
import { findJsonFragments, type JsonFragment, type MemberName } from "./json-fragments.ts";
import { findCountedStrings, formatCounted } from "./php-strings.ts";

/** Each level of quoting doubles the backslashes of the one within, so that no text has more. */
const mostLevels = 32;

/** Leaves, with those of the texts within them in the place of any that hold such. */
export function* expandNodes(nodes: Iterable<TextNode>, reader: Reader, level = 0): Generator<TextNode> {
  for (const node of nodes) {
    const inner =
      level < mostLevels && node.divisible && mayHoldText(node.text, reader) ? readInner(node, reader) : undefined;
    if (inner === undefined) yield node;
    else for (const each of expandNodes(inner, reader, level + 1)) yield liftNode(each, node);
  }
}

/** Whether a text may hold another one that matters: cheap for those that cannot, which most nodes are. */
function mayHoldText(text: string, reader: Reader): boolean {
  return /[[{"<]/.test(text) && mayHoldAny(text, reader);
}

function mayHoldAny(text: string, { recipients }: Reader): boolean {
  return mayHoldTokens(text, recipients) || mayHoldEnvelopes(text, recipients);
}

/** The leaves of the text in a node; `undefined` where it is no more than characters. */
function readInner({ text, literal }: TextNode, reader: Reader): Iterable<TextNode> | undefined {
  for (const { format, begins } of formatsByBeginning) {
    // A quoted text is a JSON text where JSON stands around it, and elsewhere just that.
    if (!begins.test(text) || (literal === undefined && /^\ufeff?[ \t\r\n]*"/.test(text))) continue;
    const nodes = readWhole(text, format, reader);
    if (!(nodes instanceof FieldsealError)) return nodes;
  }
  return readCounted(text, reader) ?? readFragments(text, reader);
}

/** The leaves of a text with counted strings that may hold tokens. */
function readCounted(text: string, reader: Reader): readonly TextNode[] | undefined {
  const nodes: TextNode[] = [];
  let done = 0;
  for (const { start, contentStart, end } of findCountedStrings(text)) {
    const content = text.slice(contentStart, end);
    if (!content.isWellFormed() || !mayHoldAny(content, reader)) continue;
    nodes.push(plainNode(text, done, start));
    nodes.push({ start, end, text: content, at: () => start, encode: formatCounted, divisible: false, isText: true });
    done = end;
  }
  return nodes.length === 0 ? undefined : [...nodes, plainNode(text, done, text.length)];
}

/** The leaves of a text that is of a format as a whole; where it is not, why. */
export function readWhole(text: string, format: Format, reader: Reader): Iterable<TextNode> | FieldsealError {
  try {
    const reading = allCodecs[format].read(text, {
      rules: [],
      budget: { remaining: Number.POSITIVE_INFINITY },
      depth: reader.limits.depth,
      mediaType: plainText,
      findCodec: () => undefined,
      ...labelJson(reader),
    });
    return reading.nodes();
  } catch (error) {
    if (error instanceof FieldsealError) return error;
    throw error;
  }
}

/** Gives the leaves of each JSON text the labels that a reader's JSONPath has for their places in it. */
export function labelJson({ expectedLabels }: Reader): Pick<ReadContext, "refineJson"> {
  if (expectedLabels.selected.length === 0) return {};
  return {
    refineJson: function* (document, nodes) {
      const labelsAt = indexLabels(locateLabels(expectedLabels, document));
      for (const node of nodes) {
        const labels = labelsAt(node);
        yield labels.length === 0 ? node : { ...node, labels: [...labels, ...(node.labels ?? [])] };
      }
    },
  };
}

/** The JSON texts in a text that may hold tokens. */
function findFragments(text: string, reader: Reader): readonly JsonFragment[] {
  return findJsonFragments(text, reader.limits.depth).filter(({ start, end }) =>
    mayHoldAny(text.slice(start, end), reader),
  );
}

/**
 * A node of JSON that broke off, of which no path is known, with the labels that its names have at the end of paths.
 */
function labelFragment(node: TextNode, reader: Reader): TextNode {
  const { nameAt, labels = [] } = node;
  if (nameAt === undefined || reader.expectedLabels.selected.length === 0 || !mayHoldAny(node.text, reader))
    return node;
  return { ...node, labels: [...labels, ...labelsOfFragment(reader.expectedLabels, nameAt)] };
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

function nameOfMember(text: string, { start, end }: MemberName): string {
  try {
    return decodeString(text.slice(start, end));
  } catch {
    return text.slice(start + 1, end - 1);
  }
}

function readFragments(text: string, reader: Reader): readonly TextNode[] | undefined {
  const fragments = findFragments(text, reader);
  if (fragments.length === 0) return undefined;
  const nodes: TextNode[] = [];
  const known = new Map<MemberName, string>();
  const nameOf = (member: MemberName): string => {
    const name = known.get(member) ?? nameOfMember(text, member);
    known.set(member, name);
    return name;
  };
  let done = 0;
  for (const { kind, start, end, member, isPart } of fragments) {
    nodes.push(plainNode(text, done, start));
    const host = placeInMember(plainNode(text, start, end), member, nameOf);
    const own =
      kind === "text"
        ? readWhole(host.text, "json", reader)
        : [readString(host.text, 0, end - start, kind === "name" ? "name" : "value")];
    if (own instanceof FieldsealError) throw own;
    for (const node of own) {
      const lifted = keepLine(liftNode(node, host));
      nodes.push(isPart ? labelFragment(lifted, reader) : lifted);
    }
    done = end;
  }
  nodes.push(plainNode(text, done, text.length));
  return nodes;
}
