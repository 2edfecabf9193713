/** Requests of HAR files (HTTP Archive 1.2), as browsers save them. */
import { isRecord } from "../../../core/config/config-value.ts";
import { type SentRequest, targetOf } from "./sent-request.ts";

/**
 * The request of an entry, with the address that it names; `undefined` where it has no method or no URL. Its body is
 * text, or base64 where it says so; browsers leave the text out of forms at times.
 */
export function parseHarRequest(request: Readonly<Record<string, unknown>>, address: string): SentRequest | undefined {
  const { method, postData, cookies } = request;
  if (typeof method !== "string" || !URL.canParse(address)) return undefined;
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
