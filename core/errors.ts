/**
 * The error class of the project, its codes, and the sentence of each code. Messages never hold a value of a request.
 */

const meanings = {
  // Building a policy or configuring a reader: these may quote the configuration, never a request.
  policy_invalid: "The policy is not valid.",
  recipient_invalid: "A recipient is not valid.",

  // At the edge.
  body_truncated: "The body is larger than CloudFront passes to a function.",
  body_too_large: "The protected body would be larger than CloudFront accepts.",
  body_malformed: "The body is not well-formed.",
  body_ambiguous: "Different parsers would read the body differently.",
  content_coding_malformed: "The body's content coding is malformed.",
  decoded_too_large: "The decoded body is larger than allowed.",
  part_unreadable: "A part of the body has a format that cannot be inspected.",
  field_missing: "A required field is missing.",
  url_too_long: "The protected URL would be longer than CloudFront accepts.",
  headers_too_large: "The protected header fields would be larger than CloudFront accepts.",
  websocket_refused: "WebSocket messages cannot be protected.",
  body_not_utf8: "The body is not valid UTF-8.",
  content_type_missing: "A body on this path needs exactly one well-formed Content-Type.",
  content_type_unsupported: "This path does not accept the body's media type.",
  charset_unsupported: "This path does not accept the body's charset.",
  content_coding_unsupported: "This path does not accept the body's content coding.",
  too_deep: "The body is nested too deeply.",
  too_complex: "The body needs more work than the policy allows.",
  too_many_fields: "The body holds more protected fields than the policy allows.",
  duplicate_member: "An object that a selector reads has two members with the same name.",
  marker_in_input: "The request holds a reserved marker.",
  value_not_direct: "A protected value is not a string that a direct token can carry.",
  value_too_long: "A protected value is longer than a direct token can carry.",
  rule_conflict: "Two rules protect overlapping values for different recipients.",
  selector_failed: "A selector could not be evaluated on the body.",
  path_ambiguous: "Different servers would read the path differently.",
  path_not_allowed: "No rule covers this path.",
  internal_error: "The request could not be processed.",

  // In the decryptor and at the edge.
  value_unwritable: "A value or its token cannot be written in this place.",
} as const;

/** Codes of the decryptor only. Their sentences are made of their names, to keep the bundle of the edge small. */
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

/** All codes. Callers rely on them, so a code never changes its name or meaning. */
export type ErrorCode = keyof typeof meanings | DecryptorCode;

/** Facts about an error that hold no value of a request. */
export interface ErrorFacts {
  /** A JSON path in a configuration, or numbers in an event. Never a name from a request. */
  readonly place?: string;
  /** Why a configuration is refused. May quote the configuration. */
  readonly reason?: string;
  /** In UTF-16 code units, in the text that was read. */
  readonly offset?: number;
  /** The name of a rule. */
  readonly rule?: string;
}

/** Every expected failure. `name` is the code, so that callers of a Lambda function can tell failures apart. */
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

/** The sentence of a code. It is the same for every request. */
export function describeCode(code: ErrorCode): string {
  return Object.hasOwn(meanings, code)
    ? meanings[code as keyof typeof meanings]
    : `${code[0]?.toUpperCase() ?? ""}${code.slice(1).replaceAll("_", " ")}.`;
}

/** Returns the result of `work`, or the FieldsealError that it throws. Other errors pass. */
export function resultOf<T>(work: () => T): T | FieldsealError {
  try {
    return work();
  } catch (error) {
    if (error instanceof FieldsealError) return error;
    throw error;
  }
}
