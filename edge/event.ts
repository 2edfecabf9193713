/**
 * The members of CloudFront's origin-request event that this function reads and writes.
 * Source: CloudFront Developer Guide, "Lambda\@Edge event structure".
 */
import { isRecord } from "../core/config/config-value.ts";
import { FieldsealError } from "../core/errors.ts";

/** One value of a header field. */
export interface Header {
  /** The field's name in the viewer's spelling. */
  readonly key?: string;
  readonly value: string;
}

/** Header fields by name in lower case. A repeated field has several entries. */
export type Headers = Readonly<Record<string, readonly Header[]>>;

/** A body as CloudFront shows it: up to 1 MB before base64 ("Restrictions on edge functions"). */
export interface RequestBody {
  /** True if CloudFront cut the body off. */
  readonly inputTruncated: boolean;
  readonly encoding: "base64" | "text";
  readonly data: string;
}

/** The request of an event. */
export interface EdgeRequest {
  readonly requestId: string | undefined;
  readonly method: string;
  readonly uri: string;
  readonly querystring: string;
  readonly headers: Headers;
  /** `undefined` without a body, and for an empty body that was not cut off. */
  readonly body: RequestBody | undefined;
  /** The request as it came. */
  readonly original: Readonly<Record<string, unknown>>;
}

/** A response that the function gives to the viewer instead of forwarding the request. */
export interface GeneratedResponse {
  readonly status: string;
  readonly statusDescription: string;
  readonly headers: Headers;
  readonly body: string;
}

/** Reads the request of an event. Throws `internal_error` for anything that CloudFront does not send. */
export function parseEvent(event: unknown): EdgeRequest {
  const records = isRecord(event) ? event["Records"] : undefined;
  const record: unknown = Array.isArray(records) ? records[0] : undefined;
  const cf = isRecord(record) ? record["cf"] : undefined;
  const original = isRecord(cf) ? cf["request"] : undefined;
  const config = isRecord(cf) ? cf["config"] : undefined;
  if (!isRecord(original)) throw unexpected();
  const { method, uri, querystring } = original;
  if (typeof method !== "string" || typeof uri !== "string") throw unexpected();
  if (querystring !== undefined && typeof querystring !== "string") throw unexpected();
  const requestId = isRecord(config) ? config["requestId"] : undefined;
  return {
    requestId: typeof requestId === "string" ? requestId : undefined,
    method,
    uri,
    querystring: querystring ?? "",
    headers: parseHeaders(original["headers"]),
    body: parseBody(original["body"]),
    original,
  };
}

function parseHeaders(headers: unknown): Headers {
  if (headers === undefined) return {};
  if (!isRecord(headers)) throw unexpected();
  const parsed = new Map<string, readonly Header[]>();
  for (const [name, entries] of Object.entries(headers)) {
    if (!Array.isArray(entries)) throw unexpected();
    const key = name.toLowerCase();
    parsed.set(key, [...(parsed.get(key) ?? []), ...entries.map(parseHeader)]);
  }
  return Object.fromEntries(parsed);
}

function parseHeader(entry: unknown): Header {
  if (!isRecord(entry)) throw unexpected();
  const { key, value } = entry;
  if (typeof value !== "string" || (key !== undefined && typeof key !== "string")) throw unexpected();
  return key === undefined ? { value } : { key, value };
}

function parseBody(body: unknown): RequestBody | undefined {
  if (body === undefined || body === null) return undefined;
  if (!isRecord(body)) throw unexpected();
  const { inputTruncated, encoding, data } = body;
  if (typeof data !== "string") throw unexpected();
  if (encoding !== undefined && encoding !== "base64" && encoding !== "text") throw unexpected();
  if (data === "" && inputTruncated !== true) return undefined;
  return { inputTruncated: inputTruncated === true, encoding: encoding ?? "base64", data };
}

function unexpected(): FieldsealError {
  return new FieldsealError("internal_error");
}

/**
 * The body's bytes, with its content codings. Throws `internal_error` for base64 that CloudFront does not write, and
 * `body_not_utf8` for text with a lone surrogate.
 */
export function readBodyBytes({ encoding, data }: RequestBody): Buffer {
  if (encoding === "text") {
    if (!data.isWellFormed()) throw new FieldsealError("body_not_utf8");
    return Buffer.from(data, "utf8");
  }
  const bytes = Buffer.from(data, "base64");
  const padding = data.endsWith("==") ? 2 : data.endsWith("=") ? 1 : 0;
  if (data.length % 4 !== 0 || bytes.length !== (data.length / 4) * 3 - padding) throw unexpected();
  return bytes;
}

/** The changed members of a request. Absent members stay as they came. */
export interface Changes {
  readonly uri?: string;
  readonly querystring?: string;
  readonly headers?: Headers;
  readonly body?: Buffer;
}

/** The request with changes. Without `action: "replace"`, CloudFront would silently send the old body. */
export function writeRequest(
  { original }: EdgeRequest,
  { body, ...changes }: Changes,
): Readonly<Record<string, unknown>> {
  const came = isRecord(original["body"]) ? original["body"] : {};
  return {
    ...original,
    ...changes,
    ...(body === undefined
      ? {}
      : { body: { ...came, action: "replace", encoding: "base64", data: body.toString("base64") } }),
  };
}

/** The values of a header field, in order. `name` is in lower case. */
export function headerValues(headers: Headers, name: string): readonly string[] {
  return Object.hasOwn(headers, name) ? (headers[name] ?? []).map(({ value }) => value) : [];
}
