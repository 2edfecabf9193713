/** Protects a document as the edge function protects a body: in chunks if its format has records, else as a whole. */
import { type Plan, writeEncryption } from "../../core/encrypt/encrypt-text.ts";
import { createTokenWriter, type TokenWriter } from "../../core/encrypt/token-writer.ts";
import { FieldsealError } from "../../core/errors.ts";
import { type Finding, textValue } from "../../core/find/finding.ts";
import { findRules, type Policy } from "../../core/policy/policy.ts";
import { fileTable } from "../../core/rule/formats.ts";
import { cutChunks, decodeUtf8, type RecordKind, readFirstRecord } from "../../core/text/record-chunks.ts";
import { readWhole } from "../../decryptor/byte-stream.ts";
import type { BodyPlan } from "../../edge/body/plan.ts";
import { writeBody } from "../../edge/body/write.ts";
import type { RequestBody } from "../../edge/event.ts";
import { methodsOf } from "../../edge/method.ts";
import { planProtection } from "../../edge/protection.ts";
import type { DocumentType } from "./document-type.ts";
import { readSentRequest } from "./samples/sent-request.ts";
import { shiftOffset } from "./shifted-offset.ts";

/** A document to protect. */
export interface Document {
  readonly type: DocumentType;
  readonly method: string;
  /** Path and query of the request, which choose the rules. */
  readonly path: string;
  readonly bytes: AsyncIterable<Buffer>;
}

/** A protected chunk of a document. */
export interface ProtectedChunk {
  readonly bytes: Buffer;
  /** The number of tokens in it. */
  readonly tokens: number;
}

/**
 * The document with tokens, in chunks. Throws the errors with which the edge function refuses a body, with offsets from
 * the document's beginning, and `request_invalid` if no rule reads such bodies. CloudFront's limits do not apply.
 */
export async function* protectDocument(policy: Policy, document: Document): AsyncGenerator<ProtectedChunk> {
  const most = Number.POSITIVE_INFINITY;
  const roomy: Policy = {
    ...policy,
    maxBodyBytes: most,
    limits: { ...policy.limits, fields: most, work: most, decoded: most },
  };
  const planChunk = (body: RequestBody): BodyPlan => planDocument(roomy, document, body);
  // One content key serves the whole document, as it serves one request.
  const seal = createTokenWriter();
  const { records } = fileTable[document.type.format];
  if (records === undefined) {
    const bytes = await readWhole(document.bytes);
    if (bytes.length === 0) return;
    const plan = planChunk({ inputTruncated: false, encoding: "base64", data: bytes.toString("base64") });
    yield { bytes: writeBody(plan, seal), tokens: plan.plan.findings.length };
    return;
  }
  const planText: PlanText = (text) => planChunk({ inputTruncated: false, encoding: "text", data: text }).plan;
  const text = decodeUtf8(document.bytes);
  yield* records === "text" ? protectLines(text, planText, seal) : protectRecords(text, records, planText, seal);
}

type PlanText = (text: string) => Plan;

function planDocument(policy: Policy, { method, path, type }: Document, body: RequestBody): BodyPlan {
  const head = readSentRequest({
    method,
    target: path,
    headers: [["Content-Type", type.contentType]],
    body: Buffer.alloc(0),
  });
  const request = { ...head, body };
  const plan = planProtection(policy, findRules(policy, request.uri, methodsOf(request)), request)?.body;
  if (plan === undefined) {
    throw new FieldsealError("request_invalid", {
      reason: `The policy has no enforced rule that reads the body of ${method} ${path}.`,
    });
  }
  // The edge would let this body pass unread. Here, the user asked to protect it.
  if (plan.unreadable !== undefined) throw new FieldsealError(plan.unreadable);
  return plan;
}

/** The most characters of a record. */
const longestRecord = 1 << 27;

/** Records mean the same in any chunk. In CSV, the header line is read before each chunk. */
async function* protectRecords(
  text: AsyncIterable<string>,
  records: RecordKind,
  planText: PlanText,
  seal: TokenWriter,
): AsyncGenerator<ProtectedChunk> {
  let offset = 0;
  for await (const chunk of cutChunks(text, { records, longest: longestRecord, headerOf })) {
    const { before } = chunk;
    const plan = planAt(offset - before.length, () => planText(before + chunk.text));
    yield writeWindow(plan, { before: before.length, after: 0 }, seal);
    offset += chunk.text.length;
  }
}

/** The header line of CSV; `undefined` if the chunk has only empty lines. */
function headerOf(chunk: string): string | undefined {
  const first = readFirstRecord(chunk);
  return /[^\ufeff\r\n]/.test(first) ? first : undefined;
}

/** Characters behind a chunk of text that are read with it, since a value can go on in the next line. */
const lookahead = 1 << 16;

/** Characters before a chunk that are read with it, since they can be the context of a value. */
const lookbehind = 1 << 10;

async function* protectLines(
  text: AsyncIterable<string>,
  planText: PlanText,
  seal: TokenWriter,
): AsyncGenerator<ProtectedChunk> {
  let before = "";
  let offset = 0;
  // Characters of the next chunk that a token of this one already replaced.
  let ahead = 0;
  for await (const chunk of cutChunks(text, { records: "lines", longest: longestRecord, lookahead })) {
    const own = chunk.text.slice(ahead);
    if (own === "") {
      ahead -= chunk.text.length;
      continue;
    }
    const window = before + own + chunk.ahead;
    const plan = planAt(offset - before.length, () => planText(window));
    const end = before.length + own.length;
    const crossing = plan.findings.find((finding) => finding.start < end && finding.end > end);
    const cut = crossing === undefined ? end : crossing.end;
    yield writeWindow(plan, { before: before.length, after: window.length - cut }, seal);
    ahead = cut - end;
    offset += cut - before.length;
    before = trimStart(window.slice(Math.max(0, cut - lookbehind), cut));
  }
}

/** The text without the second half of a surrogate pair at its beginning, whose first half was cut off. */
function trimStart(text: string): string {
  return /^[\udc00-\udfff]/.test(text) ? text.slice(1) : text;
}

function planAt(offset: number, plan: () => Plan): Plan {
  try {
    return plan();
  } catch (error) {
    throw shiftOffset(error, offset);
  }
}

/** The rest of a value that begins in an earlier chunk, which did not show it as a value. */
function clip({ source }: Plan, finding: Finding, start: number): Finding {
  return finding.start >= start ? finding : { ...finding, start, value: textValue(source.slice(start, finding.end)) };
}

/** The output for a chunk, without the characters `before` and `after` it, which are only read. */
function writeWindow(
  plan: Plan,
  { before, after }: { readonly before: number; readonly after: number },
  seal: TokenWriter,
): ProtectedChunk {
  const end = plan.source.length - after;
  const findings = plan.findings.flatMap((finding) =>
    finding.end <= before || finding.start >= end ? [] : [clip(plan, finding, before)],
  );
  const output = writeEncryption({ ...plan, findings }, seal);
  return { bytes: Buffer.from(output.slice(before, output.length - after), "utf8"), tokens: findings.length };
}
