/**
 * Sample requests: origin-request events, entries of a HAR file, raw HTTP/1.1 requests, or a request put together from
 * options.
 */

import { isRecord } from "../../core/config/config-value.ts";
import { FieldsealError } from "../../core/errors.ts";
import { type EdgeRequest, parseEvent } from "../../edge/event.ts";
import { writeEvent } from "../cloudfront/event.ts";

export interface Sample {
  /** Where it comes from: the file's name, and its number where the file holds several. */
  readonly name: string;
  readonly request: EdgeRequest;
}

/** A request as a client sends it. */
export interface SentRequest {
  readonly method: string;
  /** Path and query. */
  readonly target: string;
  readonly headers: readonly (readonly [name: string, value: string])[];
  readonly body: Buffer;
}

/**
 * The event that CloudFront makes of a request, with what it hides from functions left out, read as the function reads
 * it.
 */
export function readSentRequest({ method, target, headers, body }: SentRequest): EdgeRequest {
  const event = writeEvent(
    { clientIp: "192.0.2.1", method, target, rawHeaders: headers.flat(), body },
    {
      requestId: "sample",
      distribution: {
        domainName: "d111111abcdef8.cloudfront.net",
        id: "EDFDVBD6EXAMPLE",
        origin: new URL("https://origin.example"),
      },
    },
  );
  return parseEvent(event);
}

/**
 * The requests of a file. Throws `request_invalid`, with the file's name and no content, for one that is none of the
 * kinds.
 */
export function readSamples(content: Buffer, name: string): readonly Sample[] {
  const requests = requestStart.test(content.toString("latin1", 0, 8_300))
    ? [readSentRequest(parseHttp(content, name))]
    : readDocuments(content.toString("utf8"), name).flatMap((document) => readDocument(document, name));
  if (requests.length === 0) throw refuse(name, "It holds no request.");
  return requests.map((request, index) => ({ name: requests.length === 1 ? name : `${name} (${index + 1})`, request }));
}

function refuse(name: string, reason: string): FieldsealError {
  return new FieldsealError("request_invalid", {
    reason: `${name}: ${reason} A sample is a CloudFront origin-request event, a HAR file, or a raw HTTP/1.1 request.`,
  });
}

/** One JSON text, or one a line. */
function readDocuments(text: string, name: string): readonly unknown[] {
  const whole = parseJson(text);
  if (whole !== undefined) return Array.isArray(whole) ? whole : [whole];
  return text
    .split("\n")
    .filter((line) => line.trim() !== "")
    .map((line) => {
      const document = parseJson(line);
      if (document === undefined) throw refuse(name, "It is neither JSON nor HTTP.");
      return document;
    });
}

/** `undefined` for what is no JSON: the parser's own message would quote it. */
function parseJson(text: string): unknown {
  try {
    return JSON.parse(text.replace(/^\ufeff/, ""));
  } catch {
    return undefined;
  }
}

function readDocument(document: unknown, name: string): readonly EdgeRequest[] {
  if (!isRecord(document)) throw refuse(name, "It is JSON of another kind.");
  const { Records: records, log, entries, request } = document;
  if (Array.isArray(records)) return records.map((record: unknown) => readEvent({ Records: [record] }, name));
  if (isRecord(log)) return readDocument(log, name);
  if (Array.isArray(entries)) return entries.flatMap((entry: unknown) => readDocument(entry, name));
  if (isRecord(request)) return readDocument(request, name);
  if (typeof document["url"] === "string") return [readSentRequest(parseHarRequest(document, document["url"], name))];
  if (typeof document["uri"] === "string") return [readEvent({ Records: [{ cf: { request: document } }] }, name)];
  throw refuse(name, "It is JSON of another kind.");
}

function readEvent(event: unknown, name: string): EdgeRequest {
  try {
    return parseEvent(event);
  } catch {
    throw refuse(name, "The event is not one that CloudFront would send.");
  }
}

/**
 * A request of HAR 1.2. Its body is text, or base64 where it says so; browsers leave the text out of forms at times.
 */
function parseHarRequest(request: Readonly<Record<string, unknown>>, address: string, name: string): SentRequest {
  const { method, postData, cookies } = request;
  if (typeof method !== "string" || !URL.canParse(address)) throw refuse(name, "A request has no method or no URL.");
  const headers = readPairs(request["headers"]).filter(([header]) => !header.startsWith(":"));
  const has = (header: string): boolean => headers.some(([each]) => each.toLowerCase() === header);
  const cookie = readPairs(cookies).map((pair) => pair.join("="));
  if (cookie.length > 0 && !has("cookie")) headers.push(["Cookie", cookie.join("; ")]);
  const body = isRecord(postData) ? readPostData(postData) : Buffer.alloc(0);
  const mimeType = isRecord(postData) ? postData["mimeType"] : undefined;
  if (typeof mimeType === "string" && mimeType !== "" && !has("content-type")) headers.push(["Content-Type", mimeType]);
  return { method, target: targetOf(address), headers, body };
}

function readPairs(list: unknown): [string, string][] {
  if (!Array.isArray(list)) return [];
  return list.flatMap((item: unknown) => {
    const { name, value } = isRecord(item) ? item : {};
    return typeof name === "string" && typeof value === "string" ? [[name, value] satisfies [string, string]] : [];
  });
}

function readPostData({ text, encoding, params }: Readonly<Record<string, unknown>>): Buffer {
  if (typeof text === "string" && (text !== "" || !Array.isArray(params))) {
    return Buffer.from(text, encoding === "base64" ? "base64" : "utf8");
  }
  return Buffer.from(new URLSearchParams(readPairs(params)).toString(), "utf8");
}

/** Path and query as they are spelt: `URL` would normalise the path. */
function targetOf(address: string): string {
  const target = address.replace(/^[a-z][a-z0-9+.-]*:\/\/[^/?#]*/i, "").replace(/#.*$/s, "");
  return target.startsWith("/") ? target : `/${target}`;
}

const requestStart = /^[!#$%&'*+.^_`|~0-9A-Za-z-]+ \S+ HTTP\/1\.[01]\r?\n/;

/** A request of HTTP/1.1 (RFC 9112). Lines may end in LF alone, as editors save them. */
function parseHttp(content: Buffer, name: string): SentRequest {
  const text = content.toString("latin1");
  const blank = /\r?\n\r?\n/.exec(text);
  const head = blank === null ? text : text.slice(0, blank.index);
  const [start = "", ...lines] = head.replace(/\r?\n$/, "").split(/\r?\n/);
  const [method = "", target = ""] = start.split(" ");
  const headers = lines.map((line): readonly [string, string] => {
    const [, header, value] = /^([!#$%&'*+.^_`|~0-9A-Za-z-]+):[ \t]*(.*?)[ \t]*$/.exec(line) ?? [];
    if (header === undefined || value === undefined) throw refuse(name, "A line of its head is no header field.");
    return [header, value];
  });
  const sent = blank === null ? Buffer.alloc(0) : content.subarray(blank.index + blank[0].length);
  return { method, target: targetOf(target), headers, body: readHttpBody(sent, headers, name) };
}

function readHttpBody(sent: Buffer, headers: SentRequest["headers"], name: string): Buffer {
  const valueOf = (header: string): string | undefined => headers.find(([each]) => each.toLowerCase() === header)?.[1];
  if (valueOf("transfer-encoding")?.toLowerCase() === "chunked") return joinChunks(sent, name);
  const length = Number(valueOf("content-length") ?? sent.length);
  // Editors add a line's end, and people edit bodies and not their lengths: what is there in excess of one line's end
  // counts.
  return /^\r?\n$/.test(sent.toString("latin1", length, length + 3)) ? sent.subarray(0, length) : sent;
}

/** The chunked transfer coding (RFC 9112, section 7.1). */
function joinChunks(sent: Buffer, name: string): Buffer {
  const chunks: Buffer[] = [];
  for (let at = 0; ; ) {
    const line = /^([0-9a-f]{1,8})[^\r\n]*\r?\n/i.exec(sent.toString("latin1", at, at + 1_000));
    if (line === null) throw refuse(name, "Its chunks cannot be read.");
    const length = Number.parseInt(line[1] ?? "", 16);
    if (length === 0) return Buffer.concat(chunks);
    const start = at + line[0].length;
    chunks.push(sent.subarray(start, start + length));
    at = start + length + (/^\r?\n/.exec(sent.toString("latin1", start + length, start + length + 2))?.[0].length ?? 0);
  }
}
