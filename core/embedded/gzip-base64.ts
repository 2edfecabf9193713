/**
 * What streams, log services and mails put around texts: gzip (RFC 1952) and base64 (RFC 4648), as in records of
 * CloudWatch Logs.
 */
import { isUtf8 } from "node:buffer";
import { mayHoldTokens } from "../decrypt/tokens/find-tokens.ts";
import { FieldsealError } from "../errors.ts";
import { type ContentCoding, isGzip, parseContentCodings } from "../text/content-coding.ts";
import type { Span } from "../text/edit.ts";
import type { Markers } from "../token/marker.ts";
import { findBase64, formatBase64, someBase64 } from "./base64.ts";

export interface Envelope {
  /** What is in it: UTF-8, or gzip once more. */
  readonly content: Buffer;
  readonly wrap: (content: Buffer) => Buffer;
}

/** Bytes that gzip may still unfold to in a call, over all envelopes. */
export interface UnfoldingBudget {
  left: number;
}

const [gzip] = parseContentCodings(["gzip"]) as readonly [ContentCoding];

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

/** An envelope, or why it cannot be opened: it was cut off, as a token can be. */
export interface FoundEnvelope extends Span {
  readonly envelope: Envelope | FieldsealError;
}

/**
 * Where base64 of gzip, or of text that may hold tokens of these recipients, stands in a text outside of its tokens, in
 * order. Throws `decoded_too_large`.
 */
export function findEnvelopes(
  text: string,
  tokens: readonly Span[],
  recipients: readonly Markers[],
  budget: UnfoldingBudget,
): readonly FoundEnvelope[] {
  const found: FoundEnvelope[] = [];
  let ahead = 0;
  for (const base64 of findBase64(text)) {
    const { start, end } = base64;
    while ((tokens[ahead]?.end ?? Infinity) <= start) ahead++;
    if ((tokens[ahead]?.start ?? Infinity) < end || start < (found.at(-1)?.end ?? 0)) continue;
    const bytes = Buffer.from(base64.digits, "base64");
    const outer: Envelope = { content: bytes, wrap: (content) => Buffer.from(formatBase64(content, base64), "latin1") };
    if (isGzip(bytes)) {
      const inner = attemptGzip(bytes, budget);
      if (inner instanceof FieldsealError) found.push({ start, end, envelope: inner });
      else if (isGzip(inner.content) || isUtf8(inner.content))
        found.push({ start, end, envelope: nestEnvelope(outer, inner) });
    } else if (holdsText(bytes, recipients)) {
      found.push({ start, end, envelope: outer });
    }
  }
  return found;
}

function attemptGzip(bytes: Buffer, budget: UnfoldingBudget): Envelope | FieldsealError {
  try {
    return openGzip(bytes, budget);
  } catch (error) {
    if (error instanceof FieldsealError && error.code === "content_coding_malformed") return error;
    throw error;
  }
}

function holdsText(bytes: Buffer, recipients: readonly Markers[]): boolean {
  return isUtf8(bytes) && mayHoldAny(bytes.toString("latin1"), recipients);
}

function isContent(bytes: Buffer, recipients: readonly Markers[]): boolean {
  return isGzip(bytes) || holdsText(bytes, recipients);
}

function mayHoldAny(text: string, recipients: readonly Markers[]): boolean {
  return mayHoldTokens(text, recipients) || mayHoldEnvelopes(text, recipients);
}

/**
 * Whether a text may hold, somewhere in it and however it is escaped, what `findEnvelopes` finds. Linear in the text.
 */
export function mayHoldEnvelopes(text: string, recipients: readonly Markers[]): boolean {
  const batch = createBatch(text.length, recipients);
  return someBase64(text, batch.holds) || batch.holdsRest();
}

/** Contents of base64 that are looked into together, since most are small and hold nothing. */
interface Batch {
  /** Whether this one or any before it holds gzip or a text that may hold tokens. May put the answer off. */
  readonly holds: (base64: string) => boolean;
  /** The answers that were put off. */
  readonly holdsRest: () => boolean;
}

const batchBytes = 65_536;

/** No text that is looked for goes on behind it, or begins with it. */
const betweenContents = 0x01;

function createBatch(most: number, recipients: readonly Markers[]): Batch {
  let pool: Buffer | undefined;
  let ends: number[] = [];
  let used = 0;
  // One look gives the answer for all: a second one, at each level of base64 in base64, would double the work of the
  // level within.
  const holdsRest = (): boolean => {
    if (pool === undefined || used === 0) return false;
    const contents = pool.subarray(0, used);
    const texts = isUtf8(contents)
      ? [contents]
      : ends.map((end, index) => contents.subarray(ends[index - 1] ?? 0, end)).filter((content) => isUtf8(content));
    used = 0;
    ends = [];
    return mayHoldAny(texts.map((text) => text.toString("latin1")).join(""), recipients);
  };
  const holds = (base64: string): boolean => {
    const length = Math.ceil((base64.length * 3) / 4);
    if (length >= batchBytes) return isContent(Buffer.from(base64, "base64"), recipients);
    pool ??= Buffer.allocUnsafe(Math.min(batchBytes, most));
    const held = used + length >= pool.length && holdsRest();
    const end = used + pool.write(base64, used, "base64");
    if (held || isGzip(pool, used)) return true;
    pool[end] = betweenContents;
    used = end + 1;
    ends.push(used);
    return false;
  };
  return { holds, holdsRest };
}
