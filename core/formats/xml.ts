/** XML 1.0 and SOAP: text of elements and values of attributes, by local names. */
import { spend } from "../budget.ts";
import { FieldsealError } from "../errors.ts";
import { type Finding, type FoundBy, findWhole } from "../find/finding.ts";
import type { Rule } from "../rule/rule.ts";
import { matchesTreeField } from "../selector/field-name.ts";
import { matchesWildcard } from "../selector/wildcard.ts";
import { advanceXmlPath, isXmlPathEnd, type XmlPathState, xmlPathStart } from "../selector/xml-path.ts";
import { type NameAt, nameNode, plainNode, type TextNode } from "../text/text-node.ts";
import { parseXml, type XmlAttribute, type XmlDocument, type XmlPiece } from "../text/xml-document.ts";
import { isInterrupted, isText, readAttribute, readPiece, readRun } from "../text/xml-text.ts";
import type { Codec, ReadContext } from "./codec.ts";

/** `xml` and `fields` select the text of elements, including all elements in them, and values of attributes. */
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
 * The local names of an attribute, if given, its element and the elements around it. Fast for levels in ascending
 * order.
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

/**
 * True if an element or attribute is selected. Called for each element in document order, and then for its attributes.
 */
type Selects = (index: number, name: string, attribute: string | undefined) => boolean;

function findSelected(document: XmlDocument, by: FoundBy, selects: Selects): Finding[] {
  const findings: Finding[] = [];
  /** The first element after the last selected one: elements within that one are already found. */
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

/** The index of the first element after an element and its descendants. */
function endOf({ elements }: XmlDocument, index: number): number {
  let end = index + 1;
  while ((elements[end]?.parent ?? -1) >= index) end++;
  return end;
}

/** All text of the elements from `index` to `end`, and the attributes of all but the first. */
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

/** A comment cannot hold two dashes, an instruction cannot hold its own end, and neither has an escape for them. */
function refuse(): never {
  throw new FieldsealError("value_unwritable");
}
