/** XML (1.0) and SOAP: text of elements and values of attributes, by local names. */
import { spend } from "../budget.ts";
import { FieldsealError } from "../errors.ts";
import { type Finding, type FoundBy, findWhole } from "../find/finding.ts";
import type { Rule } from "../rule/rule.ts";
import { matchesTreeField } from "../selector/field-name.ts";
import { matchesWildcard } from "../selector/wildcard.ts";
import { advanceXmlPath, isXmlPathEnd, type XmlPathState, xmlPathStart } from "../selector/xml-path.ts";
import { mappedNode, type NameAt, nameNode, plainNode, type TextNode } from "../text/text-node.ts";
import { parseXml, type XmlAttribute, type XmlDocument, type XmlPiece, type XmlRun } from "../text/xml-document.ts";
import type { Codec, ReadContext } from "./codec.ts";

/**
 * Selectors of `xml` and of `fields` find the text of elements, with all elements in them, and values of attributes.
 */
export const xml: Codec = {
  read: (source, context) => {
    const document = parseXml(source, context.depth);
    return {
      findings: context.rules.flatMap((rule) => findInXml(document, rule, context)),
      nodes: () => nodesOf(document),
    };
  },
};

function localName(name: string): string {
  return name.slice(name.indexOf(":") + 1);
}

function findInXml(document: XmlDocument, rule: Rule, { budget }: ReadContext): Finding[] {
  const { elements } = document;
  return [
    ...rule.xml.flatMap(({ use, selector }) => {
      spend(budget, elements.length);
      const states: XmlPathState[] = [];
      return findSelected(document, { rule, selector }, (index, name, attribute) => {
        if (attribute !== undefined)
          return (
            use.attribute !== undefined &&
            matchesWildcard(use.attribute, attribute) &&
            isXmlPathEnd(use, states[index] ?? 0)
          );
        states[index] = advanceXmlPath(use, states[elements[index]?.parent ?? -1] ?? xmlPathStart, name);
        return use.attribute === undefined && isXmlPathEnd(use, states[index] ?? 0);
      });
    }),
    ...rule.fields.flatMap(({ use, selector }) => {
      spend(budget, elements.length * use.components.length);
      return findSelected(document, { rule, selector }, (index, _, attribute) =>
        matchesTreeField(use, namesOf(document, index, attribute)),
      );
    }),
  ];
}

/**
 * The local names of an attribute, if there is one, of its element, and of those around it. Fast where they are asked
 * for in order.
 */
function namesOf({ elements }: XmlDocument, index: number, attribute?: string): NameAt {
  let [level, at] = [0, index];
  return (wanted) => {
    const above = attribute === undefined ? wanted : wanted - 1;
    if (above < 0) return attribute;
    if (above < level) [level, at] = [0, index];
    for (; level < above && at >= 0; level++) at = elements[at]?.parent ?? -1;
    const name = elements[at]?.name;
    return name === undefined ? undefined : localName(name);
  };
}

/** Called for each element in document order, and then for its attributes. */
type Selects = (index: number, name: string, attribute: string | undefined) => boolean;

function findSelected(document: XmlDocument, by: FoundBy, selects: Selects): Finding[] {
  const findings: Finding[] = [];
  /** The first element behind the one that was selected last: what lies within is found already. */
  let end = 0;
  for (const [index, { name, attributes }] of document.elements.entries()) {
    if (selects(index, localName(name), undefined) && index >= end) {
      end = endOf(document, index);
      findings.push(...findInElements(document, index, end, by));
    }
    for (const attribute of attributes) {
      if (!isNamespace(attribute) && selects(index, localName(name), localName(attribute.name))) {
        findings.push(findAttribute(document, attribute, by));
      }
    }
  }
  return findings;
}

/** The index of the first element behind an element and all that stand in it. */
function endOf({ elements }: XmlDocument, index: number): number {
  let end = index + 1;
  while ((elements[end]?.parent ?? -1) >= index) end++;
  return end;
}

/** All text in elements from one to another, and the attributes of all but the first. */
function findInElements(document: XmlDocument, index: number, end: number, by: FoundBy): Finding[] {
  const findings: Finding[] = [];
  for (const [at, element] of document.elements.slice(index, end).entries()) {
    for (const run of element.runs) {
      const textNode = readRun(document.source, run);
      if (textNode === undefined || textNode.text.trim() === "") continue;
      if (isInterrupted(document.source, run))
        throw new FieldsealError("body_ambiguous", { rule: by.rule.name, offset: textNode.start });
      findings.push(findWhole(textNode, by));
    }
    if (at === 0) continue;
    for (const attribute of element.attributes) {
      if (!isNamespace(attribute)) findings.push(findAttribute(document, attribute, by));
    }
  }
  return findings;
}

/** Whether a comment or an instruction stands in the run: to some readers the text ends there. */
function isInterrupted(source: string, { pieces }: XmlRun): boolean {
  if (pieces.every(({ kind }) => kind === "characters" || kind === "cdata")) return false;
  return pieces.some(({ kind, start, end }) => isText(kind) && source.slice(start, end).trim() !== "");
}

function isText(kind: XmlPiece["kind"]): boolean {
  return kind === "characters" || kind === "cdata";
}

function findAttribute({ source }: XmlDocument, attribute: XmlAttribute, by: FoundBy): Finding {
  return findWhole(readAttribute(source, attribute), by);
}

function isNamespace({ name }: XmlAttribute): boolean {
  return name === "xmlns" || name.startsWith("xmlns:");
}

function* nodesOf(document: XmlDocument): Generator<TextNode> {
  const { source, elements, outside } = document;
  const comment = ({ start, end }: XmlPiece): TextNode => plainNode(source, start, end, refuse);
  for (const piece of outside) yield comment(piece);
  for (const [index, { attributes, runs }] of elements.entries()) {
    const nameAt = namesOf(document, index);
    for (const attribute of attributes) {
      if (isNamespace(attribute)) continue;
      yield nameNode(readAttribute(source, attribute), namesOf(document, index, localName(attribute.name)));
    }
    for (const run of runs) {
      for (const piece of run.pieces) if (!isText(piece.kind)) yield nameNode(comment(piece), nameAt);
      const textNode = readRun(source, run);
      if (textNode !== undefined && !isInterrupted(source, run)) yield nameNode(textNode, nameAt);
      else for (const piece of run.pieces) if (isText(piece.kind)) yield nameNode(readPiece(source, piece), nameAt);
    }
  }
}

/** A comment cannot hold two dashes and an instruction not its own end, and neither has a way to spell them. */
function refuse(): never {
  throw new FieldsealError("value_unwritable");
}

/** The text of a run as one node; `undefined` where it has none. */
function readRun(source: string, { pieces }: XmlRun): TextNode | undefined {
  const texts = pieces.filter(({ kind }) => isText(kind));
  const [first] = texts;
  const last = texts.at(-1);
  if (first === undefined || last === undefined) return undefined;
  if (first === last) return readPiece(source, first);
  const nodes = texts.map((piece) => readPiece(source, piece));
  const text = nodes.map((textNode) => textNode.text).join("");
  const { outerStart: start } = first;
  const { outerEnd: end } = last;
  return { start, end, text, at: (offset) => (offset === 0 ? start : end), encode: escapeText, divisible: false };
}

function readPiece(source: string, { kind, start, end }: XmlPiece): TextNode {
  if (kind === "cdata")
    return decode(source, start, end, "cdata", (characters) =>
      // What a section cannot hold stands between two.
      requireCharacters(characters).replaceAll("]]>", "]]]]><![CDATA[>").replaceAll("\r", "]]>&#13;<![CDATA["),
    );
  return decode(source, start, end, "text", escapeText);
}

function readAttribute(source: string, { start, end, quote }: XmlAttribute): TextNode {
  return decode(source, start, end, "attribute", (characters) => escapeAttribute(characters, quote));
}

/** What is not read as it is spelt. */
const patterns = {
  cdata: /\r\n?/g,
  text: /&(?:(amp|lt|gt|quot|apos)|#([0-9]+)|#x([0-9A-Fa-f]+));|\r\n?/g,
  attribute: /&(?:(amp|lt|gt|quot|apos)|#([0-9]+)|#x([0-9A-Fa-f]+));|\r\n|[\r\n\t]/g,
} as const;
const entities: Readonly<Record<string, string>> = { amp: "&", lt: "<", gt: ">", quot: '"', apos: "'" };

/**
 * The characters of a span: references resolved, line ends as LF (XML 1.0, section 2.11), and in attributes line ends
 * and tabs as spaces (section 3.3.3).
 */
function decode(
  source: string,
  start: number,
  end: number,
  place: keyof typeof patterns,
  encode: (characters: string) => string,
): TextNode {
  const spelling = source.slice(start, end);
  if (!/[&\r\n\t]/.test(spelling)) return plainNode(source, start, end, encode);
  let text = "";
  let done = 0;
  const offsets: number[] = [];
  const copy = (to: number): void => {
    for (let at = done; at < to; at++) offsets.push(start + at);
    text += spelling.slice(done, to);
    done = to;
  };
  for (const { 0: match, 1: entity, 2: decimal, 3: hex, index } of spelling.matchAll(patterns[place])) {
    copy(index);
    const code = hex === undefined ? Number(decimal) : Number.parseInt(hex, 16);
    const blank = place === "attribute" ? " " : "\n";
    const characters = !match.startsWith("&")
      ? blank
      : entity === undefined
        ? String.fromCodePoint(code)
        : (entities[entity] ?? "");
    for (let unit = 0; unit < characters.length; unit++) offsets.push(start + index);
    text += characters;
    done = index + match.length;
  }
  copy(spelling.length);
  offsets.push(end);
  return mappedNode(text, offsets, encode);
}

/** Throws `value_unwritable` for characters that XML cannot hold in any spelling (XML 1.0, section 2.2). */
function requireCharacters(characters: string): string {
  if (/[^\t\n\r\u{20}-\u{D7FF}\u{E000}-\u{FFFD}\u{10000}-\u{10FFFF}]/u.test(characters)) {
    throw new FieldsealError("value_unwritable");
  }
  return characters;
}

function escapeText(characters: string): string {
  return requireCharacters(characters)
    .replaceAll("&", "&amp;")
    .replaceAll("<", "&lt;")
    .replaceAll(">", "&gt;")
    .replaceAll("\r", "&#13;");
}

function escapeAttribute(characters: string, quote: '"' | "'"): string {
  const escaped = escapeText(characters).replaceAll("\n", "&#10;").replaceAll("\t", "&#9;");
  return quote === '"' ? escaped.replaceAll('"', "&quot;") : escaped.replaceAll("'", "&apos;");
}
