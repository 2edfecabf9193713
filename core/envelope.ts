/** What streams and log services put around texts: gzip (RFC 1952) and base64, as in records of CloudWatch Logs and Kinesis. */
import { isUtf8 } from "node:buffer";
import { type ContentCoding, parseContentCodings } from "./content-coding.ts";
import { mayHoldTokens } from "./mangled-token.ts";
import type { Markers } from "./marker.ts";

export interface Envelope {
  /** What is in it: UTF-8. */
  readonly content: Buffer;
  readonly wrap: (content: Buffer) => Buffer;
}

const [gzip] = parseContentCodings(["gzip"]) as readonly [ContentCoding];

export function isGzip(bytes: Buffer): boolean {
  return bytes[0] === 0x1f && bytes[1] === 0x8b && bytes[2] === 8;
}

/** What gzip holds, up to a limit of octets. Throws `content_coding_malformed` or `decoded_too_large`. */
export function openGzip(bytes: Buffer, limit: number): Envelope {
  return { content: gzip.decode(bytes, limit), wrap: gzip.encode };
}

/** No token is shorter than this once it is in base64: the ciphertext alone has 256 octets, which nothing compresses. */
const shortestBase64 = 340;

const base64Pattern = /^[A-Za-z0-9+/]+={0,2}$/;

/**
 * A text that is base64 of gzip, or of a text that may hold tokens of these recipients; `undefined` for any other. Throws
 * `decoded_too_large`.
 */
export function openBase64(text: string, recipients: readonly Markers[], limit: number): Envelope | undefined {
  if (text.length < shortestBase64) return undefined;
  const [end = ""] = /\r?\n/.exec(text) ?? [];
  const bare = end === "" ? text : text.replace(/\r?\n/g, "");
  if (!base64Pattern.test(bare)) return undefined;
  const bytes = Buffer.from(bare, "base64");
  const width = end === "" ? 0 : text.indexOf(end);
  const write = (content: Buffer): Buffer => Buffer.from(wrapLines(content.toString("base64"), width, end), "latin1");
  if (isGzip(bytes)) {
    const inner = openGzip(bytes, limit);
    return isUtf8(inner.content) ? { content: inner.content, wrap: (content) => write(inner.wrap(content)) } : undefined;
  }
  if (!isUtf8(bytes)) return undefined;
  const content = bytes.toString("latin1");
  return mayHoldTokens(content, recipients) || mayHoldEnvelopes(content, recipients) ? { content: bytes, wrap: write } : undefined;
}

/** In lines as wide as the first one was; 0 for none. */
function wrapLines(base64: string, width: number, end: string): string {
  if (width === 0) return base64;
  const lines: string[] = [];
  for (let at = 0; at < base64.length; at += width) lines.push(base64.slice(at, at + width));
  return lines.join(end);
}

/** Whether a text may hold, somewhere in it, what `openBase64` opens. Linear in the text, and mostly far less. */
export function mayHoldEnvelopes(text: string, recipients: readonly Markers[]): boolean {
  for (let at = shortestBase64 - 1; at < text.length; at += shortestBase64) {
    if (!isBase64(text.charCodeAt(at))) continue;
    let start = at;
    while (start > 0 && isBase64(text.charCodeAt(start - 1))) start--;
    let end = at + 1;
    while (end < text.length && isBase64(text.charCodeAt(end))) end++;
    at = Math.max(at, end - 1);
    if (end - start < shortestBase64) continue;
    // A solidus may be escaped, and so may the ends of lines.
    const run = text.slice(start, end).replace(/\\[nr]|[\\\r\n]/g, "");
    if (run.includes("H4sI")) return true;
    const content = Buffer.from(run, "base64").toString("latin1");
    if (mayHoldTokens(content, recipients) || mayHoldEnvelopes(content, recipients)) return true;
  }
  return false;
}

function isBase64(code: number): boolean {
  return (code >= 0x61 && code <= 0x7a) || (code >= 0x41 && code <= 0x5a) || (code >= 0x2f && code <= 0x39) || code === 0x2b || code === 0x5c || code === 0x0a || code === 0x0d;
}
