/** What streams, log services and mails put around texts: gzip (RFC 1952) and base64 (RFC 4648), as in records of CloudWatch Logs. */
import { isUtf8 } from "node:buffer";
import { type ContentCoding, parseContentCodings } from "./content-coding.ts";
import type { Span } from "./edits.ts";
import { FieldsealError } from "./errors.ts";
import { mayHoldTokens } from "./mangled-token.ts";
import type { Markers } from "./marker.ts";

export interface Envelope {
  /** What is in it: UTF-8, or gzip once more. */
  readonly content: Buffer;
  readonly wrap: (content: Buffer) => Buffer;
}

/** Octets that gzip may still unfold to in a call, over all envelopes. */
export interface UnfoldingBudget {
  left: number;
}

const [gzip] = parseContentCodings(["gzip"]) as readonly [ContentCoding];

export function isGzip(bytes: Buffer): boolean {
  return bytes[0] === 0x1f && bytes[1] === 0x8b && bytes[2] === 8;
}

/** What gzip holds. Throws `content_coding_malformed`, or `decoded_too_large` where the budget is exhausted. */
export function openGzip(bytes: Buffer, budget: UnfoldingBudget): Envelope {
  // zlib takes no limit of 0.
  if (budget.left < 1) throw new FieldsealError("decoded_too_large");
  const content = gzip.decode(bytes, budget.left);
  budget.left -= content.length;
  return { content, wrap: gzip.encode };
}

/** One envelope in another. */
export function nestEnvelope(outer: Envelope, inner: Envelope | undefined): Envelope {
  return inner === undefined ? outer : { ...inner, wrap: (content) => outer.wrap(inner.wrap(content)) };
}

/** Shorter ones hold no token, and nothing that is worth telling of one that was cut off. */
const shortestBase64 = 120;

/** How base64 is spelt. */
interface Base64Style {
  readonly alphabet: "base64" | "base64url";
  readonly padded: boolean;
  /** Characters of a line, and what ends one; 0 where there is one line only. */
  readonly width: number;
  readonly end: string;
}

export interface FoundEnvelope extends Span {
  readonly envelope: Envelope;
}

/**
 * Where base64 of gzip, or of text that may hold tokens of these recipients, stands in a text outside of its tokens, in order. Throws
 * `content_coding_malformed` and `decoded_too_large`.
 */
export function findEnvelopes(text: string, tokens: readonly Span[], recipients: readonly Markers[], budget: UnfoldingBudget): readonly FoundEnvelope[] {
  const found: FoundEnvelope[] = [];
  let ahead = 0;
  for (const { start, end, style } of findBase64(text)) {
    while ((tokens[ahead]?.end ?? Infinity) <= start) ahead++;
    if ((tokens[ahead]?.start ?? Infinity) < end || start < (found.at(-1)?.end ?? 0)) continue;
    const bytes = Buffer.from(text.slice(start, end).replaceAll(" ", "+"), "base64");
    const outer: Envelope = { content: bytes, wrap: (content) => Buffer.from(formatBase64(content, style), "latin1") };
    if (isGzip(bytes)) {
      const inner = openGzip(bytes, budget);
      if (isGzip(inner.content) || isUtf8(inner.content)) found.push({ start, end, envelope: nestEnvelope(outer, inner) });
    } else if (isUtf8(bytes) && holdsText(bytes, recipients)) {
      found.push({ start, end, envelope: outer });
    }
  }
  return found;
}

function holdsText(bytes: Buffer, recipients: readonly Markers[]): boolean {
  const text = bytes.toString("latin1");
  return mayHoldTokens(text, recipients) || mayHoldEnvelopes(text, recipients);
}

/** A form makes spaces of plus signs. */
const spacedPattern = /^[A-Za-z0-9+/ ]+={0,2}$/;

/** Base64 in a text: on one line, or over lines of one width. With blanks it may be all of the text, or what stands between them. */
function* findBase64(text: string): Generator<Span & { readonly style: Base64Style }> {
  if (text.length >= shortestBase64 && text.includes(" ") && spacedPattern.test(text)) {
    yield { start: 0, end: text.length, style: { alphabet: "base64", padded: text.length % 4 === 0, width: 0, end: "" } };
  }
  for (const run of findRuns(text, isBase64)) {
    for (const { start, end, width, separator } of groupLines(text, run)) {
      if (end - start < shortestBase64) continue;
      const spelt = text.slice(start, end);
      const alphabet = /[-_]/.test(spelt) ? "base64url" : "base64";
      const padding = text[end] !== "=" ? 0 : text[end + 1] === "=" ? 2 : 1;
      // Where none was needed, nobody can tell; and more decoders ask for it than refuse it.
      const isFull = spelt.replace(/[\r\n]/g, "").length % 4 === 0;
      yield { start, end: end + padding, style: { alphabet, padded: padding > 0 || isFull, width: end - start > width ? width : 0, end: separator } };
    }
  }
}

interface LineGroup extends Span {
  readonly width: number;
  /** What ends the first line. */
  readonly separator: string;
}

/**
 * Lines that are as wide as the first one, each group with a shorter one at its end; wide ones are each a record of its own.
 * Delimiters of mails are in none.
 */
function* groupLines(text: string, run: Span): Generator<LineGroup> {
  let group: LineGroup | undefined;
  let closed = false;
  for (let at = run.start; at < run.end; ) {
    const newline = text.indexOf("\n", at);
    const next = newline < 0 || newline >= run.end ? run.end : newline + 1;
    const line = text.slice(at, next).replace(/\r?\n$/, "");
    const width = line.startsWith("--") ? 0 : line.length;
    const end = at + line.length;
    if (group !== undefined && !closed && width > 0 && width <= group.width && group.width < shortestBase64) {
      closed = width < group.width;
      group = { ...group, end };
    } else {
      if (group !== undefined) yield group;
      group = width === 0 ? undefined : { start: at, end, width, separator: text.slice(end, next) };
      closed = false;
    }
    at = next;
  }
  if (group !== undefined) yield group;
}

function formatBase64(content: Buffer, { alphabet, padded, width, end }: Base64Style): string {
  const digits = content.toString(alphabet).replace(/=+$/, "");
  const base64 = padded ? digits + "=".repeat((4 - (digits.length % 4)) % 4) : digits;
  if (width === 0) return base64;
  const lines: string[] = [];
  for (let at = 0; at < base64.length; at += width) lines.push(base64.slice(at, at + width));
  return lines.join(end);
}

/** Whether a text may hold, somewhere in it and however it is escaped, what `findEnvelopes` finds. Linear in the text. */
export function mayHoldEnvelopes(text: string, recipients: readonly Markers[]): boolean {
  for (const { start, end } of findRuns(text, isSpeltBase64)) {
    const run = text.slice(start, end).replace(spellingPattern, readSpelling);
    for (const base64 of findBase64(run)) {
      const bytes = Buffer.from(run.slice(base64.start, base64.end).replaceAll(" ", "+"), "base64");
      if (isGzip(bytes) || (isUtf8(bytes) && holdsText(bytes, recipients))) return true;
    }
  }
  return false;
}

/** What JSON and forms make of the signs of base64, and of the ends of its lines. */
const spellingPattern = /\\u00(2b|2f|0a|0d)|%(2b|2f|0a|0d)|\\(.)/gi;

function readSpelling(_: string, json: string | undefined, percent: string | undefined, escaped = ""): string {
  const hex = json ?? percent;
  if (hex !== undefined) return String.fromCharCode(Number.parseInt(hex, 16));
  return escaped === "n" ? "\n" : escaped === "r" ? "\r" : escaped;
}

/** Runs of characters that are long enough. Looks at few characters of a text that has none. */
function* findRuns(text: string, belongs: (code: number) => boolean): Generator<Span> {
  for (let at = shortestBase64 - 1; at < text.length; at += shortestBase64) {
    if (!belongs(text.charCodeAt(at))) continue;
    let start = at;
    while (start > 0 && belongs(text.charCodeAt(start - 1))) start--;
    let end = at + 1;
    while (end < text.length && belongs(text.charCodeAt(end))) end++;
    at = Math.max(at, end - 1);
    if (end - start >= shortestBase64) yield { start, end };
  }
}

/** Characters of base64 in both alphabets, and of the ends of lines. */
function isBase64(code: number): boolean {
  return (code >= 0x61 && code <= 0x7a) || (code >= 0x41 && code <= 0x5a) || (code >= 0x2f && code <= 0x39) || code === 0x2b || code === 0x2d || code === 0x5f || code === 0x0a || code === 0x0d;
}

/** The same, and what they are escaped with. */
function isSpeltBase64(code: number): boolean {
  return isBase64(code) || code === 0x5c || code === 0x25;
}
