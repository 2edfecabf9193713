/** Refusals for the viewer: problem details (RFC 9457) with a code and without values. */
import { describeCode, type ErrorCode } from "../core/errors.ts";
import type { GeneratedResponse } from "./event.ts";

const statuses: Readonly<Partial<Record<ErrorCode, number>>> = {
  body_truncated: 413,
  body_too_large: 413,
  body_malformed: 400,
  body_ambiguous: 400,
  content_coding_malformed: 400,
  decoded_too_large: 413,
  part_unreadable: 415,
  value_unwritable: 400,
  field_missing: 400,
  url_too_long: 414,
  headers_too_large: 431,
  websocket_refused: 400,
  body_not_utf8: 400,
  content_type_missing: 415,
  content_type_unsupported: 415,
  charset_unsupported: 415,
  content_coding_unsupported: 415,
  too_deep: 400,
  too_complex: 400,
  too_many_fields: 400,
  duplicate_member: 400,
  marker_in_input: 400,
  value_not_direct: 400,
  value_too_long: 400,
  rule_conflict: 400,
  selector_failed: 400,
  path_ambiguous: 400,
  path_not_allowed: 403,
};

const titles: Readonly<Record<number, string>> = {
  400: "Bad Request",
  403: "Forbidden",
  413: "Content Too Large",
  414: "URI Too Long",
  415: "Unsupported Media Type",
  431: "Request Header Fields Too Large",
  500: "Internal Server Error",
};

/** The HTTP status of a refusal; 500 for a code that is not about the request. */
export function statusOf(code: ErrorCode): number {
  return statuses[code] ?? 500;
}

/**
 * The response to a refused request. `corsOrigin` is the request's own origin if the policy names it: without the CORS
 * headers, a script cannot tell a refusal from a failed connection.
 */
export function createProblem(
  code: ErrorCode,
  requestId: string | undefined,
  corsOrigin: string | undefined,
): GeneratedResponse {
  const status = statusOf(code);
  const title = titles[status] ?? "Error";
  const problem = {
    type: "about:blank",
    title,
    status,
    code,
    detail: describeCode(status === 500 ? "internal_error" : code),
    requestId,
  };
  return {
    status: String(status),
    statusDescription: title,
    headers: {
      "content-type": [{ key: "Content-Type", value: "application/problem+json" }],
      "cache-control": [{ key: "Cache-Control", value: "no-store" }],
      ...(corsOrigin === undefined
        ? {}
        : {
            "access-control-allow-origin": [{ key: "Access-Control-Allow-Origin", value: corsOrigin }],
            vary: [{ key: "Vary", value: "Origin" }],
          }),
    },
    body: JSON.stringify(problem),
  };
}
