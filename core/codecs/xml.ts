/** XML (1.0) and SOAP: text of elements and values of attributes, by local names. */
import { spend } from "../budget.ts";
import { FieldsealError } from "../errors.ts";
import { matchesTreeField } from "../field-name.ts";
import { type Finding, findLeaf, type FoundBy } from "../finding.ts";
import { type Leaf, plainLeaf, spelledLeaf } from "../leaf.ts";
import type { Rule } from "../rule.ts";
import { matchesXmlPath, type XmlPath } from "../selector/xml-path.ts";
import { parseXml, type XmlAttribute, type XmlDocument, type XmlPiece, type XmlRun } from "../xml/document.ts";
import { matchesWildcard } from "../wildcard.ts";
import type { Codec, ReadContext } from "./codec.ts";

export const xml: Codec = {
  read: (source, context) => {
    const document = parseXml(source, context.depth);
    const names = readNames(document);
    return {
      findings: context.rules.flatMap((rule) => findInXml(document, names, rule, context)),
      leaves: () => leavesOf(document),
    };
  },
};

/** Local names from the root to each element. */
type Names = readonly (readonly string[])[];

function readNames({ elements }: XmlDocument): Names {
  const names: string[][] = [];
  for (const { name, parent } of elements) names.push([...(names[parent] ?? []), localName(name)]);
  return names;
}

function localName(name: string): string {
  return name.slice(name.indexOf(":") + 1);
}

function findInXml(document: XmlDocument, names: Names, rule: Rule, { budget }: ReadContext): Finding[] {
  const findings: Finding[] = [];
  for (const [index, element] of document.elements.entries()) {
    const path = names[index] ?? [];
    spend(budget, (rule.xml.length + rule.fields.length) * (path.length + element.attributes.length));
    for (const { selector, selects } of usesAt(rule, path)) {
      const by = { rule, selector };
      if (selects(undefined)) findings.push(...findInElement(document, index, by));
      for (const attribute of element.attributes) {
        if (!isNamespace(attribute) && selects(localName(attribute.name))) findings.push(findAttribute(document, attribute, by));
      }
    }
  }
  return findings;
}

interface UseAt {
  readonly selector: number;
  /** Whether the element's text is selected, or its attribute of this local name. */
  readonly selects: (attribute: string | undefined) => boolean;
}

function* usesAt({ xml: paths, fields }: Rule, names: readonly string[]): Generator<UseAt> {
  for (const { use, selector } of paths) {
    if (!matchesXmlPath(use, names)) continue;
    yield { selector, selects: (attribute) => matchesAttribute(use, attribute) };
  }
  for (const { use, selector } of fields) {
    yield {
      selector,
      selects: (attribute) => {
        const all = attribute === undefined ? names : [...names, attribute];
        return matchesTreeField(use, (level) => all.at(-1 - level));
      },
    };
  }
}

function matchesAttribute({ attribute: pattern }: XmlPath, attribute: string | undefined): boolean {
  if (pattern === undefined || attribute === undefined) return pattern === attribute;
  return matchesWildcard(pattern, attribute);
}

/** All text in an element, at any depth, and the attributes of the elements in it. */
function findInElement(document: XmlDocument, index: number, by: FoundBy): Finding[] {
  const findings: Finding[] = [];
  const within = new Set([index]);
  for (let at = index; at < document.elements.length; at++) {
    const element = document.elements[at];
    if (element === undefined || (at !== index && !within.has(element.parent))) break;
    within.add(at);
    for (const run of element.runs) {
      const leaf = readRun(document.source, run);
      if (leaf === undefined || leaf.text.trim() === "") continue;
      if (isInterrupted(document.source, run)) throw new FieldsealError("body_ambiguous", { rule: by.rule.name, offset: leaf.start });
      findings.push(findLeaf(leaf, by));
    }
    if (at === index) continue;
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
  return findLeaf(readAttribute(source, attribute), by);
}

function isNamespace({ name }: XmlAttribute): boolean {
  return name === "xmlns" || name.startsWith("xmlns:");
}

function* leavesOf({ source, elements, outside }: XmlDocument): Generator<Leaf> {
  const comment = ({ start, end }: XmlPiece): Leaf => plainLeaf(source, start, end, refuse);
  for (const piece of outside) yield comment(piece);
  for (const { attributes, runs } of elements) {
    for (const attribute of attributes) if (!isNamespace(attribute)) yield readAttribute(source, attribute);
    for (const run of runs) {
      for (const piece of run.pieces) if (!isText(piece.kind)) yield comment(piece);
      const leaf = readRun(source, run);
      if (leaf !== undefined && !isInterrupted(source, run)) yield leaf;
      else for (const piece of run.pieces) if (isText(piece.kind)) yield readPiece(source, piece);
    }
  }
}

/** A comment cannot hold two dashes and an instruction not its own end, and neither has a way to spell them. */
function refuse(): never {
  throw new FieldsealError("body_ambiguous");
}

/** The text of a run as one leaf; `undefined` where it has none. */
function readRun(source: string, { pieces }: XmlRun): Leaf | undefined {
  const texts = pieces.filter(({ kind }) => isText(kind));
  const [first] = texts;
  const last = texts.at(-1);
  if (first === undefined || last === undefined) return undefined;
  if (first === last) return readPiece(source, first);
  const leaves = texts.map((piece) => readPiece(source, piece));
  const text = leaves.map((leaf) => leaf.text).join("");
  const { outerStart: start } = first;
  const { outerEnd: end } = last;
  return { start, end, text, at: (offset) => (offset === 0 ? start : end), encode: escapeText, divisible: false };
}

function readPiece(source: string, { kind, start, end }: XmlPiece): Leaf {
  if (kind === "cdata") return decode(source, start, end, false, (characters) => characters.replaceAll("]]>", "]]]]><![CDATA[>"));
  return decode(source, start, end, true, escapeText);
}

function readAttribute(source: string, { start, end, quote }: XmlAttribute): Leaf {
  return decode(source, start, end, true, (characters) => escapeAttribute(characters, quote));
}

const pattern = /&(?:(amp|lt|gt|quot|apos)|#([0-9]+)|#x([0-9A-Fa-f]+));|\r\n?/g;
const entities: Readonly<Record<string, string>> = { amp: "&", lt: "<", gt: ">", quot: '"', apos: "'" };

/** The characters of a span: references resolved, line ends as LF (XML 1.0, section 2.11). */
function decode(source: string, start: number, end: number, references: boolean, encode: (characters: string) => string): Leaf {
  const spelling = source.slice(start, end);
  if (!/[&\r]/.test(spelling)) return plainLeaf(source, start, end, encode);
  let text = "";
  let done = 0;
  const offsets: number[] = [];
  const copy = (to: number): void => {
    for (let at = done; at < to; at++) offsets.push(start + at);
    text += spelling.slice(done, to);
    done = to;
  };
  for (const { 0: match, 1: entity, 2: decimal, 3: hex, index } of spelling.matchAll(pattern)) {
    if (match.startsWith("&") && !references) continue;
    copy(index);
    const code = hex === undefined ? Number(decimal) : Number.parseInt(hex, 16);
    const characters = match.startsWith("\r") ? "\n" : entity === undefined ? String.fromCodePoint(code) : (entities[entity] ?? "");
    for (let unit = 0; unit < characters.length; unit++) offsets.push(start + index);
    text += characters;
    done = index + match.length;
  }
  copy(spelling.length);
  offsets.push(end);
  return spelledLeaf(text, offsets, encode);
}

function escapeText(characters: string): string {
  return characters.replaceAll("&", "&amp;").replaceAll("<", "&lt;").replaceAll(">", "&gt;").replaceAll("\r", "&#13;");
}

function escapeAttribute(characters: string, quote: '"' | "'"): string {
  const escaped = escapeText(characters).replaceAll("\n", "&#10;").replaceAll("\t", "&#9;");
  return quote === '"' ? escaped.replaceAll('"', "&quot;") : escaped.replaceAll("'", "&apos;");
}
