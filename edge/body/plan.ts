/**
 * Plans a request's body in steps: undo its codings, choose a format, decode its text, read it, plan it. If a step
 * fails, the rules say what happens: refuse the body, scan it as text, or let it through.
 */
import type { Budget } from "../../core/budget.ts";
import { measureEncryption, type Plan } from "../../core/encrypt/encrypt-text.ts";
import { type ErrorCode, FieldsealError } from "../../core/errors.ts";
import type { Policy } from "../../core/policy/policy.ts";
import type { Format } from "../../core/rule/formats.ts";
import type { Rule } from "../../core/rule/rule.ts";
import { readsBodies } from "../../core/rule/scope.ts";
import type { ContentCoding } from "../../core/text/content-coding.ts";
import { type EdgeRequest, headerValues, readBodyBytes } from "../event.ts";
import { requireNoMarkers, requireWholeTokens } from "../markers.ts";
import { planText, type RequestText } from "../plan-text.ts";
import { chooseFormat, chooseScan, type FormatChoice } from "./choose-format.ts";
import { type DecodedBody, decodeBody, type UndecodedBody } from "./decode.ts";
import { decodeText } from "./decode-text.ts";
import { readText } from "./read.ts";

/** CloudFront answers 502 to a replaced body of over 1 MB. It does not say whether 1 MB is 1,000,000 bytes or more. */
const cloudFrontBodyBytes = 1_000_000;

/** The findings of a body, and how to write it. */
export interface BodyPlan {
  readonly plan: Plan;
  readonly format: Format;
  /** The codings to apply again, in order. */
  readonly codings: readonly ContentCoding[];
  /** The most bytes of the body with its tokens and its codings. */
  readonly maxBodyBytes: number;
  /** The error that kept the body from being read in its format, if its rules let it through anyway. */
  readonly unreadable: ErrorCode | undefined;
}

/** The errors about which a rule's `unreadable` decides: the body is complete, and cannot be read. */
const unreadableCodes: ReadonlySet<ErrorCode> = new Set<ErrorCode>([
  "body_malformed",
  "body_ambiguous",
  "body_not_utf8",
  "content_type_missing",
  "content_type_unsupported",
  "charset_unsupported",
  "content_coding_unsupported",
  "content_coding_malformed",
  "part_unreadable",
]);

/**
 * Plans what rules protect in a body; `undefined` if the request has no body, or no rule looks into bodies. Throws the
 * error that keeps the body from being read, unless every rule that looks into it lets such bodies through. Always
 * throws `decoded_too_large`, `body_too_large`, `value_not_direct`, `value_too_long`, and the errors of `planText`.
 */
export function planBody(
  { body, headers }: EdgeRequest,
  rules: readonly Rule[],
  policy: Policy,
  budget: Budget,
): BodyPlan | undefined {
  if (body === undefined) return undefined;
  const bytes = readBodyBytes(body);
  const decoded = decodeBody(bytes, headerValues(headers, "content-encoding"), policy.limits.decoded);
  const received: ReceivedBody = { bytes, decoded, contentTypes: headerValues(headers, "content-type") };
  const looking = rules.filter(readsBodies);
  if (looking.length === 0) {
    requireNoMarkersIn(received, rules, policy);
    return undefined;
  }
  try {
    return planInFormat(received, looking, policy, budget);
  } catch (error) {
    if (!(error instanceof FieldsealError) || !unreadableCodes.has(error.code)) throw error;
    if (looking.some(({ unreadable }) => unreadable === "refuse")) throw error;
    return { ...planUnreadable(received, error, looking, policy, budget), unreadable: error.code };
  }
}

interface ReceivedBody {
  /** As CloudFront gives them, with their codings. */
  readonly bytes: Buffer;
  readonly decoded: DecodedBody | UndecodedBody;
  readonly contentTypes: readonly string[];
}

/**
 * Checks a body that no rule looks into. Throws `marker_in_input` if it holds a marker that must not come in, and the
 * error of codings that its bytes do not fit. Checks the bytes as they came if a coding is unknown.
 */
function requireNoMarkersIn({ bytes, decoded }: ReceivedBody, rules: readonly Rule[], { recipients }: Policy): void {
  if (decoded.kind === "broken") throw decoded.error;
  const source = (decoded.kind === "decoded" ? decoded.bytes : bytes).toString("latin1");
  const requireAllowed = acceptTokens(rules) ? requireWholeTokens : requireNoMarkers;
  requireAllowed(source, recipients);
}

/** If there are several reasons to refuse a body, the viewer gets the first in the order of these lines. */
function planInFormat(
  { decoded, contentTypes }: ReceivedBody,
  looking: readonly Rule[],
  policy: Policy,
  budget: Budget,
): BodyPlan {
  if (decoded.kind === "unknown-coding") throw decoded.error;
  const choice = chooseFormat(contentTypes, looking);
  if (decoded.kind !== "decoded") throw decoded.error;
  // Undoing codings measures only what is behind a coding.
  if (decoded.bytes.length > policy.limits.decoded) throw new FieldsealError("decoded_too_large");
  return planChoice(choice, decoded, decodeText(decoded.bytes, choice), policy, budget);
}

/**
 * Plans a body that cannot be read in its format: as text for the rules that scan, or as it came if no rule scans.
 * Throws `decoded_too_large`, and `error`, the error of its format, if it is not UTF-8 text either.
 */
function planUnreadable(
  { bytes, decoded, contentTypes }: ReceivedBody,
  error: FieldsealError,
  looking: readonly Rule[],
  policy: Policy,
  budget: Budget,
): BodyPlan {
  const choice = chooseScan(contentTypes, looking);
  if (choice.rules.length === 0) {
    return planChoice(choice, { codings: [], bytes }, bytes.toString("latin1"), policy, budget);
  }
  if (decoded.kind !== "decoded") throw decoded.error.code === "decoded_too_large" ? decoded.error : error;
  let source: string;
  try {
    source = decodeText(decoded.bytes, choice);
  } catch {
    throw error;
  }
  return planChoice(choice, decoded, source, policy, budget);
}

function planChoice(
  choice: FormatChoice,
  { bytes, codings }: Pick<DecodedBody, "codings" | "bytes">,
  source: string,
  policy: Policy,
  budget: Budget,
): BodyPlan {
  const { format, rules } = choice;
  const text: RequestText = {
    source,
    place: "body",
    rules,
    acceptTokens: acceptTokens(rules),
    read: () => readText(source, choice, policy, budget),
  };
  const plan = planText(text, policy, budget);
  const { maxBodyBytes = cloudFrontBodyBytes } = policy;
  // Before it makes the tokens, which takes time. Only the written body shows its size behind a coding.
  const byteCount = plan.findings.length === 0 ? 0 : measureEncryption(plan, bytes.length);
  if (codings.length === 0 && byteCount > maxBodyBytes) throw new FieldsealError("body_too_large");
  return { plan, format, codings, maxBodyBytes, unreadable: undefined };
}

function acceptTokens(rules: readonly Rule[]): boolean {
  return rules.length > 0 && rules.every(({ tokens }) => tokens === "accept");
}
