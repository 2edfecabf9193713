/**
 * What becomes of a request's body, step by step: its codings are undone, a format is chosen, its text is decoded, read
 * and planned. A body that fails on the way is refused, scanned as text, or let through, as its rules say.
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

/** CloudFront answers 502 to a replaced body of over 1 MB, a number that it does not define further. */
const cloudFrontBodyBytes = 1_000_000;

/** What was found in a body, and how it goes back. */
export interface BodyPlan {
  readonly plan: Plan;
  readonly format: Format;
  /** The codings that were undone, in the order in which they are applied. */
  readonly codings: readonly ContentCoding[];
  /** Bytes that the body may have with its tokens and its codings. */
  readonly maxBodyBytes: number;
  /** Why the body was let through without being read in its format, where its rules allow that. */
  readonly unreadable: ErrorCode | undefined;
}

/** The errors that a rule's `unreadable` decides on: the body is there, whole, and cannot be understood. */
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
 * Finds what rules protect in a body; `undefined` where the request has none, or no rule looks into bodies. Throws what
 * keeps the body from being understood, unless every rule that looks into it lets that pass, and in any case
 * `decoded_too_large`, `body_too_large`, `value_not_direct`, `value_too_long`, and what `planText` throws.
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
  /** As CloudFront gives them. */
  readonly bytes: Buffer;
  readonly decoded: DecodedBody | UndecodedBody;
  readonly contentTypes: readonly string[];
}

/**
 * Throws `marker_in_input` where a body that no rule looks into holds a marker that may not come in, and what keeps its
 * codings from being undone. With a coding that is not known here, it is looked at as it came.
 */
function requireNoMarkersIn({ bytes, decoded }: ReceivedBody, rules: readonly Rule[], { recipients }: Policy): void {
  if (decoded.kind === "broken") throw decoded.error;
  const source = (decoded.kind === "decoded" ? decoded.bytes : bytes).toString("latin1");
  const requireAllowed = acceptTokens(rules) ? requireWholeTokens : requireNoMarkers;
  requireAllowed(source, recipients);
}

/** Of several reasons to refuse a body, the viewer gets the first in the order of these lines. */
function planInFormat(
  { decoded, contentTypes }: ReceivedBody,
  looking: readonly Rule[],
  policy: Policy,
  budget: Budget,
): BodyPlan {
  if (decoded.kind === "unknown-coding") throw decoded.error;
  const choice = chooseFormat(contentTypes, looking);
  if (decoded.kind !== "decoded") throw decoded.error;
  // What came without a coding was not measured when it was decoded.
  if (decoded.bytes.length > policy.limits.decoded) throw new FieldsealError("decoded_too_large");
  return planChoice(choice, decoded, decodeText(decoded.bytes, choice), policy, budget);
}

/**
 * A body that cannot be read in its format: as text for the rules that scan, or as it came where no rule does. Throws
 * `decoded_too_large`, and `error`, which kept it from being read in its format, where it is no text in UTF-8 either.
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
  // Before time is spent on making the tokens. What a coding makes of them is known only afterwards.
  const byteCount = plan.findings.length === 0 ? 0 : measureEncryption(plan, bytes.length);
  if (codings.length === 0 && byteCount > maxBodyBytes) throw new FieldsealError("body_too_large");
  return { plan, format, codings, maxBodyBytes, unreadable: undefined };
}

function acceptTokens(rules: readonly Rule[]): boolean {
  return rules.length > 0 && rules.every(({ tokens }) => tokens === "accept");
}
