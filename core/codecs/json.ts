/** JSON bodies (RFC 8259): where their sensitive values are, and how a token or a restored value stands in one. */
import type { Budget } from "../budget.ts";
import type { Finding } from "../finding.ts";
import {
  decodeString,
  endOf,
  type JsonDocument,
  literalOf,
  nameEndOf,
  nameStartOf,
  parseJson,
  startOf,
} from "../json/document.ts";
import type { Rule } from "../policy.ts";
import type { ReadableRecipient } from "../reader.ts";
import type { Target } from "../selector/dialect.ts";
import { scanTokens } from "../token.ts";
import { charactersOf, type Slot } from "./slot.ts";

/** What the rules' selectors find in a body. Throws what `Select` throws, with the name of the rule. */
export function findInJson(document: JsonDocument, rules: readonly Rule[], budget: Budget): Finding[] {
  const findings: Finding[] = [];
  for (const rule of rules) {
    for (const target of rule.select(document, budget)) findings.push(readFinding(document, rule, target));
  }
  return findings;
}

function readFinding(document: JsonDocument, rule: Rule, { node, part, selector }: Target): Finding {
  const start = part === "name" ? nameStartOf(document, node) : startOf(document, node);
  const end = part === "name" ? nameEndOf(document, node) : endOf(document, node);
  const json = part === "name" ? document.text.slice(start, end) : literalOf(document, node);
  return { start, end, rule, selector, json, text: readCanonicalString(json) };
}

/** The characters of a string literal that is spelt as `JSON.stringify` would spell it and well formed. */
function readCanonicalString(literal: string): string | undefined {
  if (!literal.startsWith('"')) return undefined;
  if (!literal.includes("\\")) return literal.slice(1, -1);
  const text = decodeString(literal);
  return text.isWellFormed() && JSON.stringify(text) === literal ? text : undefined;
}

/** A token in the place of a whole value or member name. No character of a token needs an escape. */
export function encodeJsonToken(token: string): string {
  return `"${token}"`;
}

/** Tokens in the strings and member names of a JSON text, however they are escaped. Throws what `parseJson` throws. */
export function locateInJson(text: string, recipients: readonly ReadableRecipient[], maxDepth: number): Slot[] {
  // No character of a marker has a short escape.
  if (!text.includes("\\u00") && !recipients.some(({ prefix }) => text.includes(prefix))) return [];
  const document = parseJson(text, maxDepth);
  const slots: Slot[] = [];
  for (let node = 0; node < document.size; node++) {
    const nameStart = nameStartOf(document, node);
    if (nameStart >= 0) locateInString(text, nameStart, nameEndOf(document, node), "name", recipients, slots);
    const start = startOf(document, node);
    if (text.startsWith('"', start)) locateInString(text, start, endOf(document, node), "value", recipients, slots);
  }
  return slots;
}

function locateInString(
  text: string,
  start: number,
  end: number,
  part: "name" | "value",
  recipients: readonly ReadableRecipient[],
  slots: Slot[],
): void {
  const literal = text.slice(start, end);
  const decoded = decodeString(literal);
  if (!recipients.some(({ prefix }) => decoded.includes(prefix))) return;
  const offsetOf = mapOffsets(literal);
  for (const token of scanTokens(decoded, recipients)) {
    if (token.kind === "token" && token.start === 0 && token.end === decoded.length) {
      slots.push({ token, start, end, encode: part === "value" ? (json) => json : encodeName });
    } else {
      slots.push({ token, start: start + offsetOf(token.start), end: start + offsetOf(token.end), encode: escapeCharacters });
    }
  }
}

/** A name keeps the spelling that it was sealed in. */
function encodeName(json: string): string {
  return json.startsWith('"') ? json : JSON.stringify(json);
}

function escapeCharacters(json: string): string {
  return JSON.stringify(charactersOf(json)).slice(1, -1);
}

/** Where each decoded character stands in a string literal. */
function mapOffsets(literal: string): (decoded: number) => number {
  if (!literal.includes("\\")) return (decoded) => decoded + 1;
  const offsets: number[] = [];
  let at = 1;
  for (; at < literal.length - 1; at += literal[at] !== "\\" ? 1 : literal[at + 1] === "u" ? 6 : 2) offsets.push(at);
  return (decoded) => offsets[decoded] ?? at;
}
