/** Reads the sample requests of a file: CloudFront origin-request events, a HAR file, or a raw HTTP/1.1 request. */
import { isRecord } from "../../../core/config/config-value.ts";
import { FieldsealError } from "../../../core/errors.ts";
import { type EdgeRequest, parseEvent } from "../../../edge/event.ts";
import { tryParseJson } from "../json-text.ts";
import { parseHarRequest } from "./har.ts";
import { longestRequestLine, MalformedHttp, parseHttpMessage, requestLine } from "./http-message.ts";
import { readSentRequest, type SentRequest } from "./sent-request.ts";

/** A request, and its name. */
export interface Sample {
  /** The file's name, with a number if the file holds several requests. */
  readonly name: string;
  readonly request: EdgeRequest;
}

/**
 * The requests of a file. Throws `request_invalid`, with the file's name but nothing of its content, if it holds none.
 */
export function readSamples(content: Buffer, name: string): readonly Sample[] {
  const requests = requestLine.test(content.toString("latin1", 0, longestRequestLine))
    ? [readSentRequest(readHttp(content, name))]
    : readDocuments(content.toString("utf8"), name).flatMap((document) => readDocument(document, name));
  if (requests.length === 0) throw refuse(name, "It holds no request.");
  return requests.map((request, index) => ({ name: requests.length === 1 ? name : `${name} (${index + 1})`, request }));
}

function refuse(name: string, reason: string): FieldsealError {
  return new FieldsealError("request_invalid", {
    reason: `${name}: ${reason} A sample is a CloudFront origin-request event, a HAR file, or a raw HTTP/1.1 request.`,
  });
}

/** The JSON values of a text: one, the items of a list, or one for each line. */
function readDocuments(text: string, name: string): readonly unknown[] {
  const whole = tryParseJson(withoutMark(text));
  if (whole !== undefined) return Array.isArray(whole) ? whole : [whole];
  return text
    .split("\n")
    .filter((line) => line.trim() !== "")
    .map((line) => {
      const document = tryParseJson(withoutMark(line));
      if (document === undefined) throw refuse(name, "It is neither JSON nor an HTTP request.");
      return document;
    });
}

function withoutMark(text: string): string {
  return text.replace(/^\ufeff/, "");
}

function readHttp(content: Buffer, name: string): SentRequest {
  try {
    return parseHttpMessage(content);
  } catch (error) {
    if (error instanceof MalformedHttp) throw refuse(name, error.message);
    throw error;
  }
}

function readDocument(document: unknown, name: string): readonly EdgeRequest[] {
  const { Records: records, log } = isRecord(document) ? document : {};
  if (Array.isArray(records)) return records.map((record: unknown) => readEvent({ Records: [record] }, name));
  const entries = isRecord(log) ? log["entries"] : undefined;
  if (Array.isArray(entries)) return entries.map((entry: unknown) => readEntry(entry, name));
  throw refuse(name, "Its JSON is neither an event nor HAR.");
}

function readEvent(event: unknown, name: string): EdgeRequest {
  try {
    return parseEvent(event);
  } catch {
    throw refuse(name, "CloudFront would not send this event.");
  }
}

function readEntry(entry: unknown, name: string): EdgeRequest {
  const request = isRecord(entry) ? entry["request"] : undefined;
  const sent = isRecord(request) ? parseHarRequest(request) : undefined;
  if (sent === undefined) throw refuse(name, "An entry has no request with a method and a URL.");
  return readSentRequest(sent);
}
