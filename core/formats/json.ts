/** JSON (RFC 8259). */
import { spend } from "../budget.ts";
import { FieldsealError } from "../errors.ts";
import { type Finding, findWhole, jsonValue, liftFinding } from "../find/finding.ts";
import type { JsonSelection, Rule } from "../rule/rule.ts";
import { matchesTreeField } from "../selector/field-name.ts";
import type { Target } from "../selector/select.ts";
import {
  decodeString,
  endOf,
  type JsonDocument,
  kindOf,
  literalOf,
  nameEndOf,
  nameOf,
  nameStartOf,
  parentOf,
  parseJson,
  startOf,
} from "../text/json-document.ts";
import { asIs, liftNode, type NameAt, type TextNode } from "../text/text-node.ts";
import type { Codec, ReadContext } from "./codec.ts";

/** JSONPath and `fields` select values; jsonpath-plus also selects names of members. */
export const json: Codec = {
  read: (source, context) => {
    const document = parseJson(source, context.depth);
    return {
      findings: context.rules.flatMap((rule) => [
        ...findSelected(document, rule.json, rule, context),
        ...findFields(document, rule, context),
      ]),
      nodes: () => nodesOf(document, context),
    };
  },
};

function findSelected(document: JsonDocument, selection: JsonSelection, rule: Rule, context: ReadContext): Finding[] {
  const { select, selectors, inside } = selection;
  const findings = select(document, context.budget).map((target) =>
    readFinding(document, rule, { ...target, selector: selectors[target.selector] ?? 0 }),
  );
  for (const { outer, selection: further } of inside) {
    for (const { node } of outer(document, context.budget)) {
      findings.push(...findInside(document, node, further, rule, context));
    }
  }
  return findings;
}

function readFinding(document: JsonDocument, rule: Rule, { node, part, selector }: Target): Finding {
  const start = part === "name" ? nameStartOf(document, node) : startOf(document, node);
  const end = part === "name" ? nameEndOf(document, node) : endOf(document, node);
  return { start, end, rule, selector, value: jsonValue(document.text.slice(start, end)), encode: encodeString };
}

/**
 * Finds values in the JSON text of a string. Throws `body_malformed` for other values, except null, which holds
 * nothing.
 */
function findInside(
  document: JsonDocument,
  node: number,
  selection: JsonSelection,
  rule: Rule,
  context: ReadContext,
): Finding[] {
  const offset = startOf(document, node);
  if (kindOf(document, node) === "null") return [];
  if (kindOf(document, node) !== "string") throw new FieldsealError("body_malformed", { rule: rule.name, offset });
  const textNode = readString(document.text, offset, endOf(document, node), "value");
  const found = findSelected(parseInner(textNode, context.depth), selection, rule, context);
  // A restored value is written in canonical JSON.
  if (!isCanonical(textNode)) return found.map((finding) => findWhole(textNode, finding));
  return found.map((finding) => liftFinding(document.text, textNode, finding));
}

function parseInner(textNode: TextNode, depth: number): JsonDocument {
  try {
    return parseJson(textNode.text, depth);
  } catch (error) {
    // Offsets in the inner text would mislead.
    if (error instanceof FieldsealError) throw new FieldsealError(error.code, { offset: textNode.start });
    throw error;
  }
}

/** Finds values of members that a rule selects by name. */
function findFields(document: JsonDocument, rule: Rule, { budget }: ReadContext): Finding[] {
  const findings: Finding[] = [];
  if (rule.fields.length === 0) return findings;
  spend(budget, document.size * rule.fields.length);
  for (let node = 0; node < document.size; node++) {
    if (nameStartOf(document, node) < 0) continue;
    const nameAt = namesOf(document, node);
    for (const { use, selector } of rule.fields) {
      if (matchesTreeField(use, nameAt)) findings.push(readFinding(document, rule, { node, part: "value", selector }));
    }
  }
  return findings;
}

/**
 * The names of the members around a value, its own first. Items of lists have no names. Fast for levels in ascending
 * order.
 */
function namesOf(document: JsonDocument, node: number): NameAt {
  let [level, at] = [0, node];
  return (wanted) => {
    if (wanted < level) [level, at] = [0, node];
    for (; at >= 0; at = parentOf(document, at)) {
      if (nameStartOf(document, at) >= 0 && level++ === wanted) break;
    }
    level = wanted;
    return at < 0 ? undefined : nameOf(document, at);
  };
}

/** How many levels of JSON texts in strings are read: a log line holds an event that holds a body. */
const nestedLevels = 2;

function nodesOf(document: JsonDocument, context: ReadContext, level = 0): Iterable<TextNode> {
  const nodes = readNodes(document, context, level);
  return context.refineJson?.(document, nodes) ?? nodes;
}

function* readNodes(document: JsonDocument, context: ReadContext, level: number): Generator<TextNode> {
  const { text } = document;
  /** Items of a list share their names. */
  let [list, ofItems] = [-1, namesOf(document, -1)];
  for (let node = 0; node < document.size; node++) {
    const nameStart = nameStartOf(document, node);
    const parent = parentOf(document, node);
    if (nameStart >= 0) {
      yield { ...readString(text, nameStart, nameEndOf(document, node), "name"), nameAt: namesOf(document, parent) };
    }
    const kind = kindOf(document, node);
    if (kind !== "number" && kind !== "string") continue;
    const nameAt: NameAt = parent === list ? ofItems : namesOf(document, node);
    if (nameStart < 0) [list, ofItems] = [parent, nameAt];
    if (kind === "number") {
      yield { ...readNumber(document, node), nameAt };
      continue;
    }
    const textNode: TextNode = { ...readString(text, startOf(document, node), endOf(document, node), "value"), nameAt };
    const inner = level < nestedLevels ? parseNested(textNode, context.depth) : undefined;
    if (inner === undefined) yield textNode;
    else for (const nested of nodesOf(inner, context, level + 1)) yield liftNode(nested, textNode);
  }
}

/** Parses the JSON text of a string; `undefined` for other strings, and for strings that are not in canonical JSON. */
function parseNested(textNode: TextNode, depth: number): JsonDocument | undefined {
  if (!/^[ \t\r\n]*[[{]/.test(textNode.text) || !isCanonical(textNode)) return undefined;
  try {
    return parseJson(textNode.text, depth);
  } catch {
    return undefined;
  }
}

function isCanonical({ text, literal }: TextNode): boolean {
  return literal?.json === JSON.stringify(text);
}

/** Reads a string literal as a node. The span includes its quotes. */
export function readString(source: string, start: number, end: number, part: "name" | "value"): TextNode {
  const json = source.slice(start, end);
  const text = decodeString(json);
  const offsets = json.includes("\\") ? mapOffsets(json) : undefined;
  return {
    start: start + 1,
    end: end - 1,
    text,
    at: (offset) => start + (offsets === undefined ? offset + 1 : (offsets[offset] ?? json.length - 1)),
    encode: escapeCharacters,
    literal: { start, end, json, restore: part === "value" ? asIs : restoreName },
    divisible: true,
  };
}

function readNumber(document: JsonDocument, node: number): TextNode {
  const [start, end, json] = [startOf(document, node), endOf(document, node), literalOf(document, node)];
  const literal = { start, end, json, restore: asIs };
  // A number is replaced as a whole, so offsets within it do not matter.
  return {
    start,
    end,
    text: spellNumber(json),
    at: (offset) => start + Math.min(offset, end - start),
    encode: escapeCharacters,
    literal,
    divisible: false,
  };
}

const mostZeros = 30;

/** The digits of a whole number with a fraction or an exponent: `4.2e3` gives 4200. Other numbers stay unchanged. */
function spellNumber(json: string): string {
  const [, whole = "", fraction = "", exponent = "0"] =
    /^-?([0-9]+)(?:\.([0-9]+))?(?:[eE]([+-]?[0-9]{1,3}))?$/.exec(json) ?? [];
  if (fraction === "" && exponent === "0") return json;
  const digits = whole + fraction;
  const point = whole.length + Number(exponent);
  if (point <= 0 || point > digits.length + mostZeros || !/^0*$/.test(digits.slice(point))) return json;
  return digits.slice(0, point).padEnd(point, "0");
}

/** Writes a token as a whole value or name. No character of a token needs an escape. */
function encodeString(token: string): string {
  return `"${token}"`;
}

/** A name must be a string, even if the token holds another value. */
function restoreName(value: string): string {
  return value.startsWith('"') ? value : JSON.stringify(value);
}

function escapeCharacters(characters: string): string {
  return JSON.stringify(characters).slice(1, -1);
}

/** The offset in a string literal of each decoded character. */
function mapOffsets(literal: string): readonly number[] {
  const offsets: number[] = [];
  for (let at = 1; at < literal.length - 1; at += literal[at] !== "\\" ? 1 : literal[at + 1] === "u" ? 6 : 2) {
    offsets.push(at);
  }
  return offsets;
}
