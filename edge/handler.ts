/** The Lambda@Edge origin-request function: protects a request, or refuses it. */
import { encryptJsonBody, type EncryptedBody } from "../core/encrypt-body.ts";
import { type ErrorCode, FieldsealError } from "../core/errors.ts";
import { holdsMarker } from "../core/marker.ts";
import { isJson, isUtf8, parseMediaType } from "../core/media-type.ts";
import { findRules, type Policy, type Rule } from "../core/policy.ts";
import { type EdgeRequest, type GeneratedResponse, headerValues, parseEvent, readText, writeRequest } from "./event.ts";
import { replaceDigests } from "./integrity.ts";
import { createProblem } from "./problem.ts";

/** What CloudFront takes from the function: a request to forward, or a response for the viewer. */
export type EdgeResult = Readonly<Record<string, unknown>> | GeneratedResponse;

/**
 * The function for a policy. It never throws or rejects: whatever goes wrong is a refusal. `log` gets one line a request,
 * without any value of it.
 */
export function createHandler(policy: Policy, log: (line: string) => void): (event: unknown) => Promise<EdgeResult> {
  const write = (line: string): void => {
    try {
      log(line);
    } catch {
      // A log that fails changes nothing of what becomes of the request.
    }
  };
  return async (event) => {
    let request: EdgeRequest | undefined;
    let rules: readonly Rule[] = [];
    try {
      request = parseEvent(event);
      rules = findRules(policy, request.uri, methodsOf(request));
      const { result, outcome, body } = protect(policy, rules, request);
      write(formatLine(request, rules, { outcome, ...(body === undefined ? {} : countMatches(body)) }));
      return result;
    } catch (error) {
      const code: ErrorCode = error instanceof FieldsealError ? error.code : "internal_error";
      const facts = error instanceof FieldsealError ? error.facts : {};
      write(formatLine(request, rules, { outcome: "refused", code, ...facts }));
      return createProblem(code, request?.requestId, corsOriginOf(policy, request));
    }
  };
}

interface Protection {
  readonly result: EdgeResult;
  readonly outcome: "passed" | "unchanged" | "protected";
  readonly body?: EncryptedBody;
}

function protect(policy: Policy, rules: readonly Rule[], request: EdgeRequest): Protection {
  if (rules.length === 0) {
    if (policy.otherwise === "refuse") throw new FieldsealError("path_not_allowed");
    return { result: request.original, outcome: "passed" };
  }
  if (request.body?.inputTruncated === true) throw new FieldsealError("body_truncated");
  requireNoMarkers(policy, request);
  if (request.body === undefined) return { result: request.original, outcome: "unchanged" };
  requireJson(request);
  const body = encryptJsonBody(readText(request.body), rules, policy);
  if (body.tokens === 0) return { result: request.original, outcome: "unchanged", body };
  const bytes = Buffer.from(body.text, "utf8");
  return { result: writeRequest(request, replaceDigests(request.headers, bytes), bytes), outcome: "protected", body };
}

/** Throws `marker_in_input` where anything but the body holds a marker; the body is looked at when it is read. */
function requireNoMarkers({ recipients }: Policy, { uri, querystring, headers }: EdgeRequest): void {
  const fields = Object.entries(headers).flatMap(([name, values]) => [name, ...values.map(({ value }) => value)]);
  for (const text of [uri, querystring, ...fields]) {
    if (holdsMarker(text, recipients)) throw new FieldsealError("marker_in_input");
  }
}

function requireJson({ headers }: EdgeRequest): void {
  const codings = headerValues(headers, "content-encoding");
  if (codings.some((coding) => coding.trim().toLowerCase() !== "identity")) {
    throw new FieldsealError("content_coding_unsupported");
  }
  const [contentType, ...repeated] = headerValues(headers, "content-type");
  if (contentType === undefined || repeated.length > 0) throw new FieldsealError("content_type_missing");
  const mediaType = parseMediaType(contentType);
  if (mediaType === undefined) throw new FieldsealError("content_type_missing");
  if (!isJson(mediaType)) throw new FieldsealError("content_type_unsupported");
  if (!isUtf8(mediaType)) throw new FieldsealError("charset_unsupported");
}

const methodOverrides = ["x-http-method-override", "x-http-method", "x-method-override"] as const;

/** The request's method, and those that frameworks would treat it as. */
function methodsOf({ method, headers }: EdgeRequest): readonly string[] {
  const overrides = methodOverrides.flatMap((name) => headerValues(headers, name));
  return [method, ...overrides.map((override) => override.trim().toUpperCase())];
}

function corsOriginOf({ corsOrigins }: Policy, request: EdgeRequest | undefined): string | undefined {
  return headerValues(request?.headers ?? {}, "origin").find((origin) => corsOrigins.has(origin));
}

function countMatches({ matches, tokens }: EncryptedBody): Readonly<Record<string, unknown>> {
  return { tokens, matches: Object.fromEntries([...matches].map(([{ name }, counts]) => [name, counts])) };
}

function formatLine(
  request: EdgeRequest | undefined,
  rules: readonly Rule[],
  facts: Readonly<Record<string, unknown>>,
): string {
  return JSON.stringify({ requestId: request?.requestId, rules: rules.map(({ name }) => name), ...facts });
}
