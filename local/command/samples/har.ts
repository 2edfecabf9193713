/** Requests of HAR files (HTTP Archive 1.2), which browsers save. */
import { isRecord } from "../../../core/config/config-value.ts";
import { type SentRequest, targetOf } from "./sent-request.ts";

/**
 * The request of an entry; `undefined` if it has no method or no absolute URL. Its body is `postData.text`, as text or
 * base64, or the form fields in `postData.params`, since browsers sometimes leave out the text of a form.
 */
export function parseHarRequest(request: Readonly<Record<string, unknown>>): SentRequest | undefined {
  const { method, url, postData } = request;
  if (typeof method !== "string" || typeof url !== "string" || !URL.canParse(url)) return undefined;
  // Browsers list HTTP/2's pseudo-header fields, such as `:method`, with the others.
  const headers = readPairs(request["headers"]).filter(([header]) => !header.startsWith(":"));
  const { mimeType } = isRecord(postData) ? postData : {};
  const hasType = headers.some(([header]) => header.toLowerCase() === "content-type");
  if (typeof mimeType === "string" && mimeType !== "" && !hasType) headers.push(["Content-Type", mimeType]);
  return {
    method,
    target: targetOf(url),
    headers,
    body: isRecord(postData) ? readPostData(postData) : Buffer.alloc(0),
  };
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
