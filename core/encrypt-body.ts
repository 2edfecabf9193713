/** Replaces the sensitive values of a body by tokens. */
import { Buffer } from "node:buffer";
import { encodeJsonToken, findInJson } from "./codecs/json.ts";
import { applyEdits, type Edit } from "./edits.ts";
import { FieldsealError } from "./errors.ts";
import { type Finding, resolveFindings } from "./finding.ts";
import { decodeString, endOf, type JsonDocument, literalOf, parseJson, startOf } from "./json/document.ts";
import { holdsMarker } from "./marker.ts";
import type { Limits, Policy, Rule } from "./policy.ts";
import type { Recipient } from "./recipient.ts";
import { type ContentKey, createContentKey, measureSealedJson, sealJson } from "./sealing.ts";
import { formatToken, scanTokens } from "./token.ts";

/** CloudFront answers 502 to a replaced body of over 1 MB, a number that it does not define further. */
export const maxBodyOctets = 1_000_000;

/** Where the token begins in its JSON string. */
const tokenOffset = 1;

export interface EncryptedBody {
  /** The body with its tokens; the very text that came in where nothing was found. */
  readonly text: string;
  /** How many values each selector found, by rule name and then by the selector's index. */
  readonly matches: ReadonlyMap<Rule, readonly number[]>;
  /** How many tokens were written. */
  readonly tokens: number;
}

/**
 * A JSON body with every value that the rules select replaced by a token, and every other character as it was.
 * Throws `marker_in_input`, `body_malformed`, `too_deep`, `too_complex`, `too_many_fields`, `duplicate_member`,
 * `selector_failed`, `rule_conflict`, `value_not_direct`, `value_too_long` or `body_too_large`, all of them before any
 * value is encrypted.
 */
export function encryptJsonBody(text: string, rules: readonly Rule[], policy: Policy): EncryptedBody {
  const { recipients, limits } = policy;
  const markerFound = holdsMarker(text, recipients);
  if (markerFound && !rules.every(({ tokens }) => tokens === "accept")) throw new FieldsealError("marker_in_input");
  const document = parseJson(text, limits.depth);
  const accepted = markerFound ? findAcceptedTokens(document, recipients) : [];
  const found = findInJson(document, rules, { remaining: limits.work });
  const acceptedStarts = new Set(accepted.map(({ start }) => start));
  const findings = resolveFindings(found).filter(({ start }) => !acceptedStarts.has(start));
  const matches = countMatches(rules, found);
  if (findings.length === 0) return { text, matches, tokens: 0 };
  requireRoom(text, findings, limits);
  const edits = encryptFindings(findings);
  const output = applyEdits(text, edits);
  requireExactTokens(output, keepOutside(edits, accepted), recipients);
  return { text: output, matches, tokens: edits.length };
}

function countMatches(rules: readonly Rule[], findings: readonly Finding[]): ReadonlyMap<Rule, readonly number[]> {
  const matches = new Map(rules.map((rule) => [rule, rule.selectors.map(() => 0)]));
  for (const { rule, selector } of findings) {
    const counts = matches.get(rule);
    if (counts !== undefined) counts[selector] = (counts[selector] ?? 0) + 1;
  }
  return matches;
}

/**
 * The strings that are, as a whole, one token of a known recipient, as edits that leave them as they are. Throws
 * `marker_in_input` where the body holds a marker anywhere else.
 */
function findAcceptedTokens(document: JsonDocument, recipients: readonly Recipient[]): readonly Edit[] {
  const accepted: Edit[] = [];
  for (let node = 0; node < document.size; node++) {
    const literal = literalOf(document, node);
    if (!literal.startsWith('"') || !recipients.some(({ prefix }) => literal.startsWith(prefix, 1))) continue;
    if (!isToken(decodeString(literal), recipients)) continue;
    accepted.push({ start: startOf(document, node), end: endOf(document, node), replacement: literal });
  }
  const rest = applyEdits(document.text, accepted.map(({ start, end }) => ({ start, end, replacement: '""' })));
  if (holdsMarker(rest, recipients)) throw new FieldsealError("marker_in_input");
  return accepted;
}

function isToken(text: string, recipients: readonly Recipient[]): boolean {
  const [token] = scanTokens(text, recipients);
  if (token?.kind !== "token" || token.start !== 0 || token.end !== text.length) return false;
  const { payload, recipient } = token;
  const ciphertext = payload.kind === "direct" ? payload.ciphertext : payload.wrappedKey;
  return ciphertext.length === recipient.modulusOctets;
}

/** Whether a finding gets a direct token. Throws `value_not_direct` or `value_too_long` where it must and cannot. */
function isDirect({ rule, text, start }: Finding): boolean {
  if (rule.token === "sealed") return false;
  const octets = text === undefined ? 0 : Buffer.byteLength(text, "utf8");
  if (octets > 0 && octets <= rule.recipient.capacity) return true;
  if (rule.token === "auto") return false;
  throw new FieldsealError(octets === 0 ? "value_not_direct" : "value_too_long", { rule: rule.name, offset: start });
}

/** Throws where the tokens would be too many, or the body too large: before the time for making them is spent. */
function requireRoom(text: string, findings: readonly Finding[], limits: Limits): void {
  if (findings.length > limits.fields) throw new FieldsealError("too_many_fields");
  let octets = Buffer.byteLength(text, "utf8");
  for (const finding of findings) {
    const { recipient, label } = finding.rule;
    const literalOctets = Buffer.byteLength(finding.json, "utf8");
    const payload = isDirect(finding)
      ? 4 * Math.ceil(recipient.modulusOctets / 3)
      : measureSealedJson(recipient, label, literalOctets);
    octets += encodeJsonToken(formatToken(recipient, "")).length + payload - literalOctets;
  }
  if (octets > maxBodyOctets) throw new FieldsealError("body_too_large");
}

function encryptFindings(findings: readonly Finding[]): readonly Edit[] {
  const contentKeys = new Map<Recipient, ContentKey>();
  const contentKeyOf = ({ recipient, contentKey }: Rule): ContentKey => {
    if (contentKey === "field") return createContentKey(recipient);
    const known = contentKeys.get(recipient) ?? createContentKey(recipient);
    contentKeys.set(recipient, known);
    return known;
  };
  return findings.map((finding) => {
    const { start, end, rule, json, text } = finding;
    const payload =
      text !== undefined && isDirect(finding)
        ? rule.recipient.encrypt(Buffer.from(text, "utf8")).toString("base64")
        : sealJson(contentKeyOf(rule), rule.label, json);
    return { start, end, replacement: encodeJsonToken(formatToken(rule.recipient, payload)) };
  });
}

/** The edits, and those of the accepted tokens that none of them replaces. */
function keepOutside(edits: readonly Edit[], accepted: readonly Edit[]): readonly Edit[] {
  if (accepted.length === 0) return edits;
  const merged = [...edits, ...accepted].sort((a, b) => a.start - b.start || b.end - a.end);
  let end = 0;
  return merged.filter((edit) => {
    const outside = edit.start >= end;
    if (outside) end = edit.end;
    return outside;
  });
}

/**
 * Throws unless the output holds markers of exactly the tokens that were written or accepted, at their places: the
 * neighbours of a token could have joined with it into another marker.
 */
function requireExactTokens(output: string, edits: readonly Edit[], recipients: readonly Recipient[]): void {
  const places = new Set<number>();
  let shift = 0;
  for (const { start, end, replacement } of edits) {
    places.add(start + shift + tokenOffset);
    shift += replacement.length - (end - start);
  }
  for (const { prefix } of recipients) {
    for (let at = output.indexOf(prefix); at >= 0; at = output.indexOf(prefix, at + 1)) {
      if (!places.delete(at)) throw new FieldsealError("marker_in_input");
    }
  }
  if (places.size > 0) throw new FieldsealError("marker_in_input");
}
