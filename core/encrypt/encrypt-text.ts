/** Replaces the sensitive values of a source by tokens: a body, a query string, a header field. */
import { Buffer } from "node:buffer";
import { randomBytes } from "node:crypto";
import type { Budget } from "../budget.ts";
import { FieldsealError } from "../errors.ts";
import type { Detect } from "../find/detection.ts";
import { type Finding, resolveFindings } from "../find/finding.ts";
import type { FormatReading } from "../formats/codec.ts";
import type { Limits } from "../policy/policy.ts";
import type { Rule } from "../rule/rule.ts";
import { applyEdits, type Edit, type Span } from "../text/edit.ts";
import type { TextNode } from "../text/text-node.ts";
import { formatToken, scanTokens } from "../token/grammar.ts";
import { countMarkers, holdsMarker, longestMarker } from "../token/marker.ts";
import type { Recipient } from "../token/recipient.ts";
import {
  type ContentKey,
  createContentKey,
  measureSealedBytes,
  measureSealedJson,
  sealBytes,
  sealJson,
} from "../token/sealed-content.ts";

/** What will be replaced in one source. */
export interface Plan {
  readonly source: string;
  /** In order, without overlaps. */
  readonly findings: readonly Finding[];
  /** Everything that was found, also what stands inside of something else that was. */
  readonly found: readonly Finding[];
  readonly recipients: readonly Recipient[];
  /** Tokens that clients may send, which stay as they are. */
  readonly accepted: readonly Span[];
  /** Every piece of text in the source. */
  readonly nodes: () => Iterable<TextNode>;
}

export interface PlanContext {
  /** Whose detectors look into the source. */
  readonly detecting: readonly Rule[];
  readonly detect: Detect;
  /** Whether whole tokens may come in from the client. */
  readonly acceptTokens: boolean;
  readonly recipients: readonly Recipient[];
  readonly budget: Budget;
}

/**
 * Finds what rules protect in a source. `read` is asked for its contents after the markers were looked for. Throws
 * `marker_in_input`, `rule_conflict`, `too_complex`, and whatever the format's reader throws.
 */
export function planEncryption(source: string, read: () => FormatReading, context: PlanContext): Plan {
  const { detecting, detect, acceptTokens, recipients, budget } = context;
  const markerFound = holdsMarker(source, recipients);
  if (markerFound && !acceptTokens) throw new FieldsealError("marker_in_input");
  const reading = read();
  const accepted = markerFound ? findAcceptedTokens(source, reading.nodes(), recipients) : [];
  const found = [...reading.findings, ...detect(source, reading.nodes(), detecting, budget)];
  const acceptedStarts = new Set(accepted.map(({ start }) => start));
  const findings = resolveFindings(found).filter(({ start }) => !acceptedStarts.has(start));
  return { source, findings, found, recipients, accepted, nodes: reading.nodes };
}

/**
 * The leaves that are, as a whole, one token of a known recipient. Throws `marker_in_input` where the source holds a
 * marker anywhere else.
 */
function findAcceptedTokens(
  source: string,
  nodes: Iterable<TextNode>,
  recipients: readonly Recipient[],
): readonly Span[] {
  const accepted: Span[] = [];
  for (const node of nodes) {
    if (isToken(node.text, recipients)) accepted.push(node.literal ?? node);
  }
  const rest = applyEdits(
    source,
    accepted.map(({ start, end }) => ({ start, end, replacement: "" })),
  );
  if (holdsMarker(rest, recipients)) throw new FieldsealError("marker_in_input");
  return accepted;
}

/** Whether a text is, as a whole, one token that a recipient's key could open. */
export function isToken(text: string, recipients: readonly Recipient[]): boolean {
  if (!recipients.some(({ prefix }) => text.startsWith(prefix))) return false;
  const [token] = scanTokens(text, recipients);
  if (token?.kind !== "token" || token.start !== 0 || token.end !== text.length) return false;
  const { payload, recipient } = token;
  const ciphertext = payload.kind === "direct" ? payload.ciphertext : payload.wrappedKey;
  return ciphertext.length === recipient.modulusBytes;
}

/**
 * Whether a finding gets a direct token, and not a sealed one. Throws `value_not_direct` or `value_too_long` where it
 * must and cannot.
 */
export function isDirect({ rule, value, start, sealed }: Finding): boolean {
  if (sealed === true || rule.token === "sealed") return false;
  const byteCount = value.kind === "bytes" || value.text === undefined ? 0 : Buffer.byteLength(value.text, "utf8");
  if (byteCount > 0 && byteCount <= rule.recipient.capacity) return true;
  if (rule.token === "auto") return false;
  throw new FieldsealError(byteCount === 0 ? "value_not_direct" : "value_too_long", { rule: rule.name, offset: start });
}

/**
 * Bytes that a source will have with its tokens, or fewer where a token's own characters need escapes. Throws
 * `value_not_direct` or `value_too_long`. It is known before the time for making the tokens is spent.
 */
export function measureEncryption({ source, findings }: Plan, byteCount = Buffer.byteLength(source, "utf8")): number {
  let measured = byteCount;
  for (const finding of findings) {
    const { recipient } = finding.rule;
    const replaced = Buffer.byteLength(source.slice(finding.start, finding.end), "utf8");
    measured += finding.encode(formatToken(recipient, "")).length + measurePayload(finding) - replaced;
  }
  return measured;
}

function measurePayload(finding: Finding): number {
  const { value, rule } = finding;
  const { recipient, label } = rule;
  if (isDirect(finding)) return 4 * Math.ceil(recipient.modulusBytes / 3);
  return value.kind === "bytes"
    ? measureSealedBytes(recipient, label, value.bytes.length)
    : measureSealedJson(recipient, label, Buffer.byteLength(value.json, "utf8"));
}

/** Throws `too_many_fields`. */
export function requireFewFields(plans: readonly Plan[], { fields }: Limits): void {
  if (plans.reduce((sum, { findings }) => sum + findings.length, 0) > fields)
    throw new FieldsealError("too_many_fields");
}

/** Makes the payloads of tokens, with one content key for each recipient unless a rule wants one for each field. */
export type TokenWriter = (finding: Finding) => string;

/** For one request: content keys live no longer. */
export function createTokenWriter(): TokenWriter {
  const contentKeys = new Map<Recipient, ContentKey>();
  const contentKeyOf = ({ recipient, contentKey }: Rule): ContentKey => {
    if (contentKey === "field") return createContentKey(recipient);
    const known = contentKeys.get(recipient) ?? createContentKey(recipient);
    contentKeys.set(recipient, known);
    return known;
  };
  return (finding) => {
    const { rule, value } = finding;
    if (value.kind === "bytes") {
      isDirect(finding);
      return sealBytes(contentKeyOf(rule), rule.label, value.bytes);
    }
    return value.text !== undefined && isDirect(finding)
      ? rule.recipient.encrypt(Buffer.from(value.text, "utf8")).toString("base64")
      : sealJson(contentKeyOf(rule), rule.label, value.json);
  };
}

/**
 * Stand-ins for payloads, of the same length and as hard to compress: to see what a request would come to, at little
 * cost.
 */
export function createDryTokenWriter(): TokenWriter {
  return (finding) => {
    const characters = measurePayload(finding);
    const text = randomBytes(characters).toString(isDirect(finding) ? "base64" : "base64url");
    return text.slice(0, characters);
  };
}

/**
 * The source with its tokens. Throws `marker_in_input` unless the result holds markers of exactly the tokens that were
 * written or accepted: the neighbours of a token could have joined with it into another marker.
 */
export function writeEncryption(plan: Plan, seal: TokenWriter): string {
  const { findings, accepted, recipients } = plan;
  const kept = accepted.filter(
    (span) => !findings.some(({ start, end }) => start <= span.start && span.end <= end),
  ).length;
  if (
    mayJoin(plan) &&
    countMarkers(
      applyTokens(plan, () => outlinePayload),
      recipients,
    ) >
      2 * (findings.length + kept)
  ) {
    throw new FieldsealError("marker_in_input");
  }
  return applyTokens(plan, seal);
}

/**
 * Whether tokens could make markers with what stands around them: a marker begins and ends with one of `# ~ ! *`, which
 * the source would have to hold in some spelling, unless two tokens have nothing but a marker's characters between
 * them.
 */
function mayJoin({ source, findings, accepted }: Plan): boolean {
  if (accepted.length > 0 || /[#~!*%&\\]/.test(source)) return true;
  return findings.some(({ start }, index) => {
    const before = findings[index - 1];
    return before !== undefined && /^[\w.-]{0,14}$/.test(source.slice(before.end, start));
  });
}

/**
 * Stands for every payload when markers are counted: no payload holds a character that a marker begins or ends with,
 * and none is shorter than a marker.
 */
const outlinePayload = "A".repeat(longestMarker);

function applyTokens({ source, findings }: Plan, seal: TokenWriter): string {
  const edits = findings.map((finding): Edit => {
    const token = formatToken(finding.rule.recipient, seal(finding));
    return { start: finding.start, end: finding.end, replacement: finding.encode(token) };
  });
  return applyEdits(source, edits);
}
