/** What a policy does with one request and why, by the very plans that the edge function makes. It holds no value. */

import { detectors } from "../../core/detectors/table.ts";
import { createTokenWriter, directTextOf } from "../../core/encrypt/token-writer.ts";
import { describeCode, type ErrorCode, FieldsealError } from "../../core/errors.ts";
import type { Finding } from "../../core/find/finding.ts";
import type { Codec } from "../../core/formats/codec.ts";
import { findPartCodec, formatOf } from "../../core/formats/media-types.ts";
import { listContents } from "../../core/formats/multipart/codec.ts";
import { allCodecs } from "../../core/formats/table.ts";
import { findRules, type Policy } from "../../core/policy/policy.ts";
import type { Format } from "../../core/rule/formats.ts";
import { isProtectableHeader } from "../../core/rule/headers.ts";
import type { Rule } from "../../core/rule/rule.ts";
import { showName, showPath } from "../../core/selector/shown-name.ts";
import { parseContentCodings, undoCodings } from "../../core/text/content-coding.ts";
import type { Span } from "../../core/text/edit.ts";
import {
  endOf,
  type JsonDocument,
  kindOf,
  nameOf,
  nameStartOf,
  nextOf,
  parentOf,
  parseJson,
  startOf,
} from "../../core/text/json-document.ts";
import { type MediaType, parseMediaType } from "../../core/text/media-type.ts";
import type { TextNode } from "../../core/text/text-node.ts";
import { type EdgeRequest, headerValues, readBodyBytes } from "../../edge/event.ts";
import { type HeadPart, listHead } from "../../edge/head/list.ts";
import type { HeadPlan } from "../../edge/head/plan.ts";
import { methodsOf } from "../../edge/method.ts";
import { statusOf } from "../../edge/problem.ts";
import { type ProtectionPlan, planProtection, writeProtection } from "../../edge/protection.ts";

/** What becomes of one request. */
export interface Explanation {
  readonly outcome: "passed" | "unchanged" | "protected" | "refused";
  /** The rules that cover the request. */
  readonly rules: readonly string[];
  readonly refusal: Refusal | undefined;
  /** Why the body was let through without being read in its format. */
  readonly unreadable: ErrorCode | undefined;
  readonly fields: readonly Field[];
}

/** Why the edge function refuses a request. */
export interface Refusal {
  readonly code: ErrorCode;
  readonly status: number;
  readonly reason: string;
  readonly rule: string | undefined;
  readonly offset: number | undefined;
}

/** The part of the request that a field is in. */
export type FieldPlace = "path" | "query" | "header" | "cookie" | "body";

/** A part of a request that has a value, or a name in which something was found. */
export interface Field extends Span {
  readonly place: FieldPlace;
  /** Which text the span is in: the same for the same request under any policy. */
  readonly source: string;
  /** Names that look like values are asterisks. */
  readonly path: string;
  readonly kind: string;
  /** Characters, bytes of what is no text; `undefined` where the length would tell the value. */
  readonly length: number | undefined;
  readonly takenBy: readonly Taking[];
  /** Why nothing takes it; `undefined` too where the request is refused before anything is found in it. */
  readonly clear: string | undefined;
}

/** What becomes a token in a field. */
export interface Taking extends Span {
  readonly rule: string;
  readonly selector: string;
  readonly by: "selector" | "detector";
  /** Whether all of the field becomes the token, or a part of it, or it goes into the token of what it stands in. */
  readonly extent: "whole" | "part" | "within";
  readonly recipient: string;
  readonly token: "direct" | "sealed";
  /** Others that would have taken it, or a part of it. */
  readonly also: readonly string[];
}

/** What becomes of a request under a policy. It does not throw for what the edge function refuses. */
export function explainRequest(policy: Policy, request: EdgeRequest): Explanation {
  let rules: readonly Rule[] = [];
  let plan: ProtectionPlan | undefined;
  let outcome: Explanation["outcome"] = "passed";
  let refusal: Refusal | undefined;
  try {
    rules = findRules(policy, request.uri, methodsOf(request));
    plan = planProtection(policy, rules, request);
    if (plan !== undefined) outcome = writeProtection(plan, createTokenWriter()).outcome;
  } catch (error) {
    outcome = "refused";
    refusal = describeRefusal(error);
  }
  const fields = [...listHeadFields(request, plan), ...listBodyFields(request, plan)];
  return {
    outcome,
    rules: rules.map(({ name }) => name),
    refusal,
    unreadable: plan?.body?.unreadable,
    fields:
      plan === undefined
        ? fields.map((field) => ({ ...field, clear: refusal === undefined ? uncovered : undefined }))
        : fields,
  };
}

const uncovered = "no rule covers the request";

function describeRefusal(error: unknown): Refusal {
  const { code, facts } = error instanceof FieldsealError ? error : new FieldsealError("internal_error");
  return { code, status: statusOf(code), reason: describeCode(code), rule: facts.rule, offset: facts.offset };
}

/** All fields of the parts other than the body, read as the function reads them. */
function listHeadFields(request: EdgeRequest, plan: ProtectionPlan | undefined): readonly Field[] {
  const parts = [...listHead(request, [], { remaining: Number.POSITIVE_INFINITY })].map(({ part, source, read }) => {
    const place = placeOf(part);
    const key = keyOf(part);
    const text: SourceText = { place, source: key, text: source, findings: findingsOf(plan?.head, part) };
    return {
      part,
      fields: listFields(text, () =>
        [...read().nodes()].filter(isValue).map((textNode) => readNode(textNode, pathIn(part, source, textNode))),
      ),
    };
  });
  const listed = new Set(parts.map(({ part }) => (part.kind === "header" ? part.name : "")));
  const others = Object.entries(request.headers).filter(([name]) => !listed.has(name));
  return [
    ...parts.flatMap(({ fields }) => fields),
    ...others.flatMap(([name, values]) => values.map(({ value }, index) => describeFixed(name, value, index))),
  ];
}

function describeFixed(name: string, value: string, index: number): Field {
  return {
    place: "header",
    source: `header ${name} ${index}`,
    path: showName(name, looksSensitive),
    start: 0,
    end: value.length,
    kind: "text",
    length: value.length,
    takenBy: [],
    clear: isProtectableHeader(name) ? noReason : "no rule can protect this header field",
  };
}

function placeOf(part: HeadPart): FieldPlace {
  if (part.kind === "header") return part.name === "cookie" ? "cookie" : "header";
  return part.kind === "uri" ? "path" : "query";
}

function keyOf(part: HeadPart): string {
  return part.kind === "header" ? `header ${part.name} ${part.index}` : part.kind;
}

function findingsOf(head: readonly HeadPlan[] | undefined, part: HeadPart): PlanFindings {
  const own = head?.find((each) => keyOf(each.part) === keyOf(part));
  return own?.plan ?? { findings: [], found: [] };
}

/** Names alone are no fields: every value has the name of what it stands in. */
function isValue(textNode: TextNode): boolean {
  return textNode.nameAt !== undefined;
}

function pathIn(part: HeadPart, source: string, textNode: TextNode): string {
  if (part.kind === "uri") return `segment ${source.slice(1, textNode.start).split("/").length}`;
  return textNode.nameAt === undefined ? "" : showPath(textNode.nameAt, looksSensitive);
}

interface PlanFindings {
  readonly findings: readonly Finding[];
  readonly found: readonly Finding[];
}

/** A text of the request, and what a policy takes of it. */
interface SourceText {
  readonly place: FieldPlace;
  readonly source: string;
  readonly text: string;
  readonly findings: PlanFindings;
}

type Listed = Pick<Field, "path" | "kind" | "length"> & Span;

/**
 * Fields with what takes them; where the text cannot be read, the whole of it as one. What is found in no field comes
 * after them.
 */
function listFields({ place, source, text, findings }: SourceText, read: () => readonly Listed[]): readonly Field[] {
  let listed: readonly Listed[];
  try {
    listed = read();
  } catch {
    listed = [{ path: "(cannot be read)", kind: "text", length: text.length, start: 0, end: text.length }];
  }
  const names = findings.findings.filter((finding) => !listed.some((field) => overlaps(field, finding)));
  const strays = names.map(describeStray);
  return [...listed, ...strays].map((field) => {
    const takenBy = describeTakings(field, findings);
    return { place, source, ...field, takenBy, clear: takenBy.length > 0 ? undefined : noReason };
  });
}

const noReason = "no selector names it and no detector finds anything in it";

/** What was found in a member's name or in a comment. */
function describeStray({ start, end }: Finding): Listed {
  return { path: "(name or text between fields)", kind: "name", length: end - start, start, end };
}

function overlaps(a: Span, b: Span): boolean {
  return a.start === b.start || (a.start < b.end && b.start < a.end);
}

function describeTakings(field: Span, { findings, found }: PlanFindings): readonly Taking[] {
  return overlapping(findings, field).map((finding) => {
    const { rule, selector, start, end } = finding;
    const others = overlapping(found, field).filter((other) => other.rule !== rule || other.selector !== selector);
    return {
      start: Math.max(start, field.start),
      end: Math.min(end, field.end),
      rule: rule.name,
      selector: rule.selectors[selector]?.text ?? "",
      by: byOf(finding),
      extent: extentOf(field, finding),
      recipient: rule.recipient.id,
      token: tokenOf(finding),
      also: [
        ...new Set(
          others.map(
            (other) => `${other.rule.name}: ${byOf(other)} ${other.rule.selectors[other.selector]?.text ?? ""}`,
          ),
        ),
      ],
    };
  });
}

function overlapping(findings: readonly Finding[], field: Span): readonly Finding[] {
  return findings.filter((finding) => overlaps(finding, field));
}

function byOf({ rule, selector }: Finding): Taking["by"] {
  return rule.detectors.some((detector) => detector.selector === selector) ? "detector" : "selector";
}

/** Findings of JSON strings begin at the quotes. */
function extentOf(field: Span, { start, end }: Span): Taking["extent"] {
  if (start > field.start || end < field.end) return "part";
  return start < field.start - 1 || end > field.end + 1 ? "within" : "whole";
}

function tokenOf(finding: Finding): Taking["token"] {
  try {
    return directTextOf(finding) === undefined ? "sealed" : "direct";
  } catch {
    return "direct";
  }
}

function looksSensitive(name: string): boolean {
  return detectors.some(({ find }) => find(name, { remaining: Number.POSITIVE_INFINITY }).length > 0);
}

function readNode(textNode: TextNode, path: string): Listed {
  const { start, end } = textNode.literal ?? textNode;
  return {
    path,
    kind: textNode.literal?.json.startsWith('"') === false ? "number" : "text",
    length: textNode.text.length,
    start,
    end,
  };
}

/** The fields of the body: as the plan reads it, or, where no rule looks into it, by its content type. */
function listBodyFields(request: EdgeRequest, plan: ProtectionPlan | undefined): readonly Field[] {
  const { body } = request;
  if (body === undefined) return [];
  if (plan?.body !== undefined) {
    const { format, unreadable } = plan.body;
    const { source, nodes } = plan.body.plan;
    const text: SourceText = { place: "body", source: "body", text: source, findings: plan.body.plan };
    return listFields(text, () => {
      if (unreadable !== undefined && format === "text") return [opaque(source)];
      return readBody(format, source, nodes, contentTypeOf(request));
    });
  }
  return listUncovered(request, readBodyBytes(body));
}

function opaque(text: string): Listed {
  return { path: "(the whole body)", kind: "text", length: text.length, start: 0, end: text.length };
}

function contentTypeOf({ headers }: EdgeRequest): MediaType | undefined {
  const [contentType = ""] = headerValues(headers, "content-type");
  return parseMediaType(contentType);
}

/** A body that no rule looks into, or that could not be understood. */
function listUncovered(request: EdgeRequest, bytes: Buffer): readonly Field[] {
  const { headers } = request;
  const mediaType = contentTypeOf(request);
  let text = bytes.toString("latin1");
  const read = (): readonly Listed[] => {
    const format = mediaType === undefined ? undefined : formatOf(mediaType);
    if (mediaType === undefined || format === undefined) return [opaque(text)];
    const decoded = undoCodings(bytes, parseContentCodings(headerValues(headers, "content-encoding")), 50_000_000);
    text = decoded.toString(format === "multipart" ? "latin1" : "utf8");
    const codec: Codec = allCodecs[format];
    const { nodes } = codec.read(text, {
      rules: [],
      budget: { remaining: Number.POSITIVE_INFINITY },
      depth: 4_000,
      mediaType,
      findCodec: (part) => findPartCodec(part, allCodecs),
    });
    return readBody(format, text, nodes, mediaType);
  };
  return listFields({ place: "body", source: "body", text, findings: { findings: [], found: [] } }, read);
}

function readBody(
  format: Format,
  source: string,
  nodes: () => Iterable<TextNode>,
  mediaType: MediaType | undefined,
): readonly Listed[] {
  if (format === "json") return readNodes(parseJson(source, 4_000), 0);
  if (format === "ndjson") return readLines(source);
  if (format === "text") return [opaque(source)];
  const listed = [...nodes()]
    .filter(isValue)
    .map((textNode) =>
      readNode(textNode, textNode.nameAt === undefined ? "" : showPath(textNode.nameAt, looksSensitive)),
    );
  if (format !== "multipart" || mediaType === undefined) return listed;
  // Parts that are no text, and those that nobody looks into, have no leaves.
  const others = listContents(source, mediaType).filter((part) => !listed.some((field) => overlaps(field, part)));
  return [
    ...listed,
    ...others.map(({ name, start, end }) => ({
      path: showName(name, looksSensitive),
      kind: "part",
      length: end - start,
      start,
      end,
    })),
  ].sort((a, b) => a.start - b.start);
}

function readLines(source: string): readonly Listed[] {
  const listed: Listed[] = [];
  let start = source.startsWith("\ufeff") ? 1 : 0;
  for (const line of source.slice(start).split("\n")) {
    if (line.trim() !== "") listed.push(...readNodes(parseJson(line.replace(/\r$/, ""), 4_000), start));
    start += line.length + 1;
  }
  return listed;
}

/** Every value of a JSON text that is no container, and every empty container. */
function readNodes(document: JsonDocument, offset: number): readonly Listed[] {
  const listed: Listed[] = [];
  const paths: string[] = [];
  const counts: number[] = [];
  for (let node = 0; node < document.size; node++) {
    const parent = parentOf(document, node);
    const position = parent < 0 ? 0 : (counts[parent] ?? 0);
    if (parent >= 0) counts[parent] = position + 1;
    const path = parent < 0 ? "$" : (paths[parent] ?? "$") + stepTo(document, node, position);
    paths[node] = path;
    const kind = kindOf(document, node);
    const container = kind === "object" || kind === "array";
    if (container && nextOf(document, node) > node + 1) continue;
    const [start, end] = [startOf(document, node), endOf(document, node)];
    listed.push({
      path,
      kind: container ? `empty ${kind}` : kind,
      length: lengthOf(kind, document.text.slice(start, end)),
      start: start + offset,
      end: end + offset,
    });
  }
  return listed;
}

function stepTo(document: JsonDocument, node: number, position: number): string {
  if (nameStartOf(document, node) < 0) return `[${position}]`;
  const name = showName(nameOf(document, node), looksSensitive);
  return /^[\p{L}_*][\p{L}\p{M}_0-9]*$/u.test(name) ? `.${name}` : `['${name}']`;
}

/** `true` and `false` differ in length. */
function lengthOf(kind: string, literal: string): number | undefined {
  if (kind === "object" || kind === "array") return 0;
  if (kind === "string") return String(JSON.parse(literal)).length;
  return kind === "number" ? literal.length : undefined;
}
