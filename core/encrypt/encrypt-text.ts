/** Protects a text: plans which of its values become tokens, measures what they come to, and writes them. */
import type { Budget } from "../budget.ts";
import { findInNodes, type TextDocument } from "../embedded/text-document.ts";
import { FieldsealError } from "../errors.ts";
import type { Detect } from "../find/detection.ts";
import { type Finding, resolveFindings } from "../find/finding.ts";
import type { FormatReading } from "../formats/codec.ts";
import type { Rule } from "../rule/rule.ts";
import { applyEdits, type Edit, type Span } from "../text/edit.ts";
import { formatToken, scanTokens } from "../token/grammar.ts";
import { countMarkers, holdsMarker, longestMarker } from "../token/marker.ts";
import type { Recipient } from "../token/recipient.ts";
import { measurePayload, type TokenWriter } from "./token-writer.ts";

/** What will be replaced in one source: a body, a query string, a header field. */
export interface Plan extends TextDocument {
  /** In order, without overlaps. */
  readonly findings: readonly Finding[];
  /** Everything that was found, also what is inside of something else that was. */
  readonly found: readonly Finding[];
  readonly recipients: readonly Recipient[];
  /** Tokens that clients may send, which stay as they are. */
  readonly accepted: readonly Span[];
}

/** What a plan needs to know of the rules and of the request. */
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
  const { findings: selected, nodes } = read();
  const document: TextDocument = { source, nodes };
  const accepted = markerFound ? findAcceptedTokens(document, recipients) : [];
  const found = [...selected, ...detect(source, nodes(), detecting, budget)];
  const acceptedStarts = new Set(accepted.map(({ start }) => start));
  const findings = resolveFindings(found).filter(({ start }) => !acceptedStarts.has(start));
  return { source, nodes, findings, found, recipients, accepted };
}

/**
 * The nodes that are, as a whole, one token of a known recipient. Throws `marker_in_input` where the source holds a
 * marker anywhere else.
 */
function findAcceptedTokens(document: TextDocument, recipients: readonly Recipient[]): readonly Span[] {
  const accepted = findInNodes(document, (node) => (isToken(node.text, recipients) ? [node.literal ?? node] : []));
  const rest = applyEdits(
    document.source,
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

/** Throws `too_many_fields` where plans together have more findings than that. */
export function requireFewFields(plans: readonly Plan[], most: number): void {
  if (plans.reduce((sum, { findings }) => sum + findings.length, 0) > most) throw new FieldsealError("too_many_fields");
}

/**
 * The source with its tokens. Throws `marker_in_input` unless the result holds markers of exactly the tokens that were
 * written or accepted: the neighbours of a token could have joined with it into another marker.
 */
export function writeEncryption(plan: Plan, writeToken: TokenWriter): string {
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
  return applyTokens(plan, writeToken);
}

/**
 * Whether tokens could make markers with what is around them: a marker begins and ends with one of `# ~ ! *`, which
 * the source would have to hold in some spelling, unless two tokens have nothing but a marker's characters between
 * them.
 */
function mayJoin({ source, findings }: Plan): boolean {
  if (/[#~!*%&\\]/.test(source)) return true;
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

function applyTokens({ source, findings }: Plan, writeToken: TokenWriter): string {
  const edits = findings.map((finding): Edit => {
    const token = formatToken(finding.rule.recipient, writeToken(finding));
    return { start: finding.start, end: finding.end, replacement: finding.encode(token) };
  });
  return applyEdits(source, edits);
}
