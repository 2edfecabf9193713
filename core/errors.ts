/**
 * The one error class, its closed set of codes, and what each code says. No message ever holds a value of a request.
 */

const meanings = {
  // When a policy is built or a reader is configured: these quote the configuration, never a request.
  policy_invalid: "The policy is not valid.",
  recipient_invalid: "A recipient is not valid.",

  // At the edge.
  body_truncated: "The body is larger than CloudFront shows to a function.",
  body_too_large: "The protected body would be larger than CloudFront accepts.",
  body_malformed: "The body is not well-formed.",
  body_ambiguous: "The body is written in a way that readers understand differently.",
  content_coding_malformed: "The body's content coding cannot be undone.",
  decoded_too_large: "The body is larger than allowed once its content coding is undone.",
  part_unreadable: "A part of the body is of a kind that cannot be looked into.",
  field_missing: "A required field is missing.",
  url_too_long: "The protected URL would be longer than CloudFront accepts.",
  headers_too_large: "The protected header fields would be larger than CloudFront accepts.",
  websocket_refused: "A WebSocket's messages cannot be protected.",
  body_not_utf8: "The body is not valid UTF-8.",
  content_type_missing: "A body on this path needs exactly one well-formed Content-Type.",
  content_type_unsupported: "The body's media type is not one that this path accepts.",
  charset_unsupported: "The body's charset is not one that this path accepts.",
  content_coding_unsupported: "The body has a content coding that this path does not accept.",
  too_deep: "The body is nested too deeply.",
  too_complex: "The body needs more work than the policy allows.",
  too_many_fields: "The body holds more protected fields than the policy allows.",
  duplicate_member: "An object that a selector reads has two members of one name.",
  marker_in_input: "The request holds a reserved marker.",
  value_not_direct: "A protected value is not a string that a direct token can carry.",
  value_too_long: "A protected value is longer than a direct token can carry.",
  rule_conflict: "Two rules protect overlapping values for different recipients.",
  selector_failed: "A selector could not be evaluated over the body.",
  path_ambiguous: "The path is spelt in a way that servers read differently.",
  path_not_allowed: "No rule covers this path.",
  internal_error: "The request could not be processed.",

  // In the decryptor and at the edge.
  value_unwritable: "A restored value cannot be written in its place.",
} as const;

/** In the decryptor: the names say what these mean, and the bundle of the edge has no sentences that it never needs. */
type DecryptorCode =
  | "reader_invalid"
  | "request_invalid"
  | "unknown_event"
  | "token_damaged"
  | "token_invalid"
  | "label_mismatch"
  | "too_many_pseudonyms"
  | "destination_invalid"
  | "object_unavailable"
  | "object_store_unavailable"
  | "out_of_time"
  | "response_too_large"
  | "too_many_tokens"
  | "kms_throttled"
  | "kms_unavailable"
  | "kms_denied"
  | "kms_key_unusable"
  | "kms_key_mismatch";

/** All codes. Callers rely on them: a code keeps its name and its meaning. */
export type ErrorCode = keyof typeof meanings | DecryptorCode;

/** Facts that are safe to tell: places, names and reasons from a configuration, offsets in a text. */
export interface ErrorFacts {
  /** Where in a configuration, as a JSON path, or where in an event, by numbers. Never names from a request. */
  readonly place?: string;
  /** Why a configuration was refused: may quote it. */
  readonly reason?: string;
  /** UTF-16 offset in the text that was read. */
  readonly offset?: number;
  /** The name of a rule. */
  readonly rule?: string;
}

/** Every failure that this project foresees. `name` is the code, so that callers of a Lambda can tell them apart. */
export class FieldsealError extends Error {
  readonly code: ErrorCode;
  readonly facts: ErrorFacts;

  constructor(code: ErrorCode, facts: ErrorFacts = {}) {
    super(formatMessage(code, facts));
    this.name = code;
    this.code = code;
    this.facts = facts;
  }
}

function formatMessage(code: ErrorCode, { place, reason, offset, rule }: ErrorFacts): string {
  const where = [
    place === undefined ? undefined : `at ${place}`,
    rule === undefined ? undefined : `rule ${rule}`,
    offset === undefined ? undefined : `offset ${offset}`,
  ].filter((part) => part !== undefined);
  const meaning = describeCode(code);
  const head = where.length === 0 ? meaning : `${meaning} (${where.join(", ")})`;
  return reason === undefined ? head : `${head} ${reason}`;
}

/** The sentence for a code, the same for every request. */
export function describeCode(code: ErrorCode): string {
  return Object.hasOwn(meanings, code)
    ? meanings[code as keyof typeof meanings]
    : `${code[0]?.toUpperCase() ?? ""}${code.slice(1).replaceAll("_", " ")}.`;
}

/** What some work gives, or the FieldsealError that it throws. Throws every other error. */
export function resultOf<T>(work: () => T): T | FieldsealError {
  try {
    return work();
  } catch (error) {
    if (error instanceof FieldsealError) return error;
    throw error;
  }
}
