/**
 * Decides what CloudFront does with the result of an origin-request function: forward it, answer with it, or refuse it
 * (502). If AWS does not say whether a result is accepted, this simulator refuses it: better here than in production.
 */

import type { EventRequest, OriginRequestEvent } from "./event.ts";
import { findDisallowed, type HeaderEntry, type Headers, readOnlyHeaders } from "./headers.ts";
import { cloudFrontLimits, type Limits } from "./limits.ts";

/** The server that a request goes to. */
export interface Destination {
  readonly protocol: "http" | "https";
  readonly hostname: string;
  readonly port: number;
  /** How long the origin may be silent. */
  readonly readTimeoutSeconds: number;
}

/** A request as sent to the origin. */
export interface ForwardedRequest {
  readonly destination: Destination;
  readonly method: string;
  /** Origin path, uri and query string, as sent. */
  readonly target: string;
  readonly headers: Headers;
  /** Absent if the viewer's own body is sent: all of it, even if the function saw only a part. */
  readonly replacedBody?: Buffer;
}

/** A response that the function returned. */
export interface GeneratedResponse {
  readonly status: number;
  readonly statusDescription?: string;
  readonly headers: Headers;
  readonly body: Buffer;
}

/** What CloudFront does with a result. `reason` holds nothing of the request or the result. */
export type Outcome =
  | { readonly kind: "forward"; readonly request: ForwardedRequest }
  | { readonly kind: "respond"; readonly response: GeneratedResponse }
  | { readonly kind: "invalid"; readonly reason: string };

/** CloudFront refuses the result. The message holds nothing of the request or the result. */
class InvalidResult extends Error {}

type UnknownRecord = Readonly<Record<string, unknown>>;

/**
 * The outcome of a result, parsed from JSON, for the event that was sent. Rules and sources: "Lambda\@Edge event
 * structure", "Restrictions on all edge functions", "Generate HTTP responses in request triggers". Never throws.
 */
export function parseResult(event: OriginRequestEvent, result: unknown, limits: Limits = cloudFrontLimits): Outcome {
  try {
    const record = requireRecord(result, "the result is not an object");
    const isResponse = Object.hasOwn(record, "status");
    const isRequest = Object.hasOwn(record, "uri") || Object.hasOwn(record, "method");
    if (isResponse && isRequest) return { kind: "invalid", reason: "the result is a request and a response at once" };
    if (isResponse) return { kind: "respond", response: parseResponse(record, limits) };
    if (isRequest) return { kind: "forward", request: parseRequest(record, event.Records[0].cf.request, limits) };
    return { kind: "invalid", reason: "the result is neither a request nor a response" };
  } catch (error) {
    if (error instanceof InvalidResult) return { kind: "invalid", reason: error.message };
    throw error;
  }
}

function parseRequest(result: UnknownRecord, sent: EventRequest, limits: Limits): ForwardedRequest {
  requireThat(result["method"] === sent.method, "the method was changed");
  const headers = parseHeaders(result["headers"]);
  requireReadOnlyKept(headers, sent.headers);
  const { destination, path, customHeaders } = parseOrigin(result["origin"]);
  for (const name of Object.keys(customHeaders)) {
    requireThat(!Object.hasOwn(headers, name), "a header is in headers and in customHeaders");
  }
  const replacedBody = parseBody(result["body"], sent, limits);
  return {
    destination,
    method: sent.method,
    target: path + parseUrl(result, limits),
    headers: { ...headers, ...customHeaders },
    ...(replacedBody === undefined ? {} : { replacedBody }),
  };
}

function parseUrl({ uri, querystring }: UnknownRecord, { urlChars }: Limits): string {
  requireThat(typeof uri === "string" && uri.startsWith("/"), "the uri does not begin with a slash");
  requireThat(typeof querystring === "string", "the querystring is not a string");
  requireThat(uri.length + querystring.length < urlChars, `uri and querystring are ${urlChars} characters or longer`);
  requireThat(isPathText(uri), "the uri has a character that must be percent-encoded");
  requireThat(isQueryText(querystring), "the querystring has a character that must be percent-encoded");
  return querystring === "" ? uri : `${uri}?${querystring}`;
}

/** Without `action: "replace"`, every edit of the body is ignored, even a malformed one, as CloudFront does. */
function parseBody(value: unknown, sent: EventRequest, limits: Limits): Buffer | undefined {
  if (value === undefined) return undefined;
  const { action = "read-only", encoding = "base64", data } = requireRecord(value, "the body is not an object");
  requireThat(action === "read-only" || action === "replace", "the body's action is unknown");
  if (action === "read-only") return undefined;
  requireThat(sent.body !== undefined, "a body was given to a request of a method without one");
  requireThat(typeof data === "string", "the body's data is not a string");
  const limit = encoding === "text" ? limits.replacedTextBytes : limits.replacedBase64Chars;
  requireThat(Buffer.byteLength(data) <= limit, "the replaced body is too large");
  return decodeBody(data, encoding);
}

function decodeBody(text: string, encoding: unknown): Buffer {
  requireThat(encoding === "text" || encoding === "base64", "the encoding of a body is unknown");
  if (encoding === "text") return Buffer.from(text);
  const bytes = Buffer.from(text, "base64");
  requireThat(bytes.toString("base64") === text, "a body is not valid base64");
  return bytes;
}

function parseOrigin(value: unknown): { destination: Destination; path: string; customHeaders: Headers } {
  const { custom, s3 } = requireRecord(value, "the origin is missing");
  requireThat(s3 === undefined, "an S3 origin is not simulated");
  const origin = requireRecord(custom, "the custom origin is missing");
  const { domainName, path, port, protocol, readTimeout } = origin;
  requireThat(protocol === "http" || protocol === "https", "the origin's protocol is unknown");
  const isDomainName = typeof domainName === "string" && /^[\w.:[\]-]+$/.test(domainName);
  requireThat(isDomainName, "the origin's domain name is not valid");
  requireThat(isIntegerWithin(port, 1, 65_535), "the origin's port is not valid");
  requireThat(isIntegerWithin(readTimeout, 1, 120), "the origin's readTimeout is not within 1 to 120");
  const isPath = typeof path === "string" && /^(\/.*[^/])?$/.test(path) && isPathText(path);
  requireThat(isPath, "the origin's path is not valid");
  return {
    // Only URLs have brackets around an address. The socket does not.
    destination: { protocol, hostname: domainName.replace(/^\[|\]$/g, ""), port, readTimeoutSeconds: readTimeout },
    path,
    customHeaders: parseHeaders(origin["customHeaders"]),
  };
}

function parseResponse(result: UnknownRecord, limits: Limits): GeneratedResponse {
  const { status, statusDescription, headers: givenHeaders = {}, body = "", bodyEncoding = "text" } = result;
  const isStatus = typeof status === "string" && /^[2-5]\d\d$/.test(status);
  requireThat(isStatus, "the status is not a string from 200 to 599");
  const headers = parseHeaders(givenHeaders);
  requireReadOnlyKept(headers, {});
  const isLine = statusDescription === undefined || isHeaderText(statusDescription);
  requireThat(isLine, "the statusDescription is not a single line");
  requireThat(typeof body === "string", "the response's body is not a string");
  requireThat(
    countHeaderBytes(headers) + Buffer.byteLength(body) <= limits.responseBytes,
    "the response's headers and body are too large",
  );
  return {
    status: Number(status),
    ...(statusDescription === undefined ? {} : { statusDescription }),
    headers,
    body: decodeBody(body, bodyEncoding),
  };
}

/** Checks shape, names and values. A disallowed header was added, since the event never has one. */
function parseHeaders(value: unknown): Headers {
  const record = requireRecord(value, "the headers are not an object");
  const entries = Object.entries(record).map(([name, list]) => {
    requireThat(/^[!#$%&'*+.^_`|~0-9a-z-]+$/.test(name), "a header name is not a lower-case token");
    const barrier = findDisallowed(name);
    requireThat(barrier === undefined, `a header that is not allowed was added (${barrier})`);
    requireThat(Array.isArray(list) && list.length > 0, "a header is not a list with entries");
    return [name, list.map((entry: unknown) => parseHeaderEntry(name, entry))] as const;
  });
  return Object.fromEntries(entries);
}

function parseHeaderEntry(name: string, entry: unknown): HeaderEntry {
  const { key = name, value } = requireRecord(entry, "an entry of a header is not an object");
  requireThat(typeof key === "string" && key.toLowerCase() === name, "an entry's key is not its header's name");
  requireThat(isHeaderText(value), "an entry's value is not a header value");
  return { key, value };
}

function requireReadOnlyKept(headers: Headers, sent: Headers): void {
  for (const name of readOnlyHeaders) {
    const [before, after] = [sent[name], headers[name]].map((list) => list?.map((entry) => entry.value));
    requireThat(JSON.stringify(before) === JSON.stringify(after), `a read-only header was changed (${name})`);
  }
}

function countHeaderBytes(headers: Headers): number {
  let bytes = 0;
  for (const [name, list] of Object.entries(headers)) {
    for (const { value } of list) bytes += name.length + value.length;
  }
  return bytes;
}

/** True for text that HTTP can send as a header value: no line ends, and no character beyond one byte. */
function isHeaderText(value: unknown): value is string {
  return typeof value === "string" && /^[\t\x20-\x7e\x80-\xff]*$/.test(value);
}

/** True for printable ASCII without the delimiters of query and fragment. */
function isPathText(text: string): boolean {
  return /^[!"$->@-~]*$/.test(text);
}

/** True for printable ASCII without the delimiter of the fragment. */
function isQueryText(text: string): boolean {
  return /^[!"$-~]*$/.test(text);
}

function isIntegerWithin(value: unknown, least: number, most: number): value is number {
  return typeof value === "number" && Number.isInteger(value) && value >= least && value <= most;
}

function requireRecord(value: unknown, reason: string): UnknownRecord {
  requireThat(typeof value === "object" && value !== null && !Array.isArray(value), reason);
  return value as UnknownRecord;
}

function requireThat(condition: boolean, reason: string): asserts condition {
  if (!condition) throw new InvalidResult(reason);
}
