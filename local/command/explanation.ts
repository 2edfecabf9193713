/** What a policy does with one request and why, from the plans that the edge function makes. It holds no value. */
import { createTokenWriter } from "../../core/encrypt/token-writer.ts";
import { describeCode, type ErrorCode, FieldsealError } from "../../core/errors.ts";
import { findPartCodec, formatOf } from "../../core/formats/media-types.ts";
import { listContents } from "../../core/formats/multipart/codec.ts";
import { allCodecs } from "../../core/formats/table.ts";
import { findRules, type Policy } from "../../core/policy/policy.ts";
import { encodingOf, type Format } from "../../core/rule/formats.ts";
import { isProtectableHeader } from "../../core/rule/headers.ts";
import type { Rule } from "../../core/rule/rule.ts";
import { showName, showPath } from "../../core/selector/shown-name.ts";
import { parseContentCodings, undoCodings } from "../../core/text/content-coding.ts";
import { type MediaType, parseMediaType } from "../../core/text/media-type.ts";
import type { TextNode } from "../../core/text/text-node.ts";
import { type EdgeRequest, headerValues, readBodyBytes } from "../../edge/event.ts";
import { type HeadPart, listHead } from "../../edge/head/list.ts";
import { methodsOf } from "../../edge/method.ts";
import { statusOf } from "../../edge/problem.ts";
import { type ProtectionPlan, planProtection, writeProtection } from "../../edge/protection.ts";
import { type Field, type FieldPlace, listFields, noReason, overlaps } from "./field.ts";
import { deepest, type ListedValue, listLines, listValues, looksSensitive } from "./json-values.ts";

/** What becomes of one request. */
export interface Explanation {
  readonly outcome: "passed" | "unchanged" | "protected" | "refused";
  /** The names of the rules that cover the request. */
  readonly rules: readonly string[];
  readonly refusal: Refusal | undefined;
  /** Why the body passes without being read in its format. */
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

/** What becomes of a request under a policy. A refusal of the edge function is a result and does not throw. */
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
  const uncovered = refusal === undefined ? "no rule covers the request" : undefined;
  return {
    outcome,
    rules: rules.map(({ name }) => name),
    refusal,
    unreadable: plan?.body?.unreadable,
    fields: plan === undefined ? fields.map((field) => ({ ...field, clear: uncovered })) : fields,
  };
}

function describeRefusal(error: unknown): Refusal {
  const { code, facts } = error instanceof FieldsealError ? error : new FieldsealError("internal_error");
  return { code, status: statusOf(code), reason: describeCode(code), rule: facts.rule, offset: facts.offset };
}

/** All fields outside of the body, read as the edge function reads them. */
function listHeadFields(request: EdgeRequest, plan: ProtectionPlan | undefined): readonly Field[] {
  const parts = [...listHead(request, [], { remaining: Number.POSITIVE_INFINITY })];
  const fields = parts.flatMap(({ part, source, read }) => {
    const key = keyOf(part);
    const own = plan?.head?.find((each) => keyOf(each.part) === key);
    const text = { place: placeOf(part), source: key, text: source, findings: own?.plan ?? nothingFound };
    return listFields(text, () => listNodes(read().nodes(), (node) => pathIn(part, source, node)));
  });
  const listed = new Set(parts.map(({ part }) => (part.kind === "header" ? part.name : "")));
  const others = Object.entries(request.headers).filter(([name]) => !listed.has(name));
  return [
    ...fields,
    ...others.flatMap(([name, values]) => values.map(({ value }, index) => describeOther(name, value, index))),
  ];
}

const nothingFound = { findings: [], found: [] };

function describeOther(name: string, value: string, index: number): Field {
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

function pathIn(part: HeadPart, source: string, node: TextNode): string {
  return part.kind === "uri" ? `segment ${source.slice(1, node.start).split("/").length}` : pathOf(node);
}

function pathOf({ nameAt }: TextNode): string {
  return nameAt === undefined ? "" : showPath(nameAt, looksSensitive);
}

/** The nodes that are values. A node without a name is a name itself. */
function listNodes(nodes: Iterable<TextNode>, nameNode: (node: TextNode) => string): readonly ListedValue[] {
  return [...nodes]
    .filter((node) => node.nameAt !== undefined)
    .map((node) => {
      const { start, end } = node.literal ?? node;
      const kind = node.literal?.json.startsWith('"') === false ? "number" : "text";
      return { path: nameNode(node), kind, length: node.text.length, start, end };
    });
}

/** The fields of the body: read as the plan reads it, or by its content type if no rule looks into it. */
function listBodyFields(request: EdgeRequest, plan: ProtectionPlan | undefined): readonly Field[] {
  if (request.body === undefined) return [];
  const [contentType = ""] = headerValues(request.headers, "content-type");
  const mediaType = parseMediaType(contentType);
  if (plan?.body === undefined) return listUncovered(request, readBodyBytes(request.body), mediaType);
  const { format, unreadable, plan: findings } = plan.body;
  const { source, nodes } = findings;
  return listFields({ place: "body", source: "body", text: source, findings }, () =>
    unreadable !== undefined && format === "text" ? [opaque(source)] : readBody(format, source, nodes, mediaType),
  );
}

function opaque(text: string): ListedValue {
  return { path: "(the whole body)", kind: "text", length: text.length, start: 0, end: text.length };
}

/** A body that no rule looks into, or that the edge function refuses. */
function listUncovered(request: EdgeRequest, bytes: Buffer, mediaType: MediaType | undefined): readonly Field[] {
  let text = bytes.toString("latin1");
  const read = (): readonly ListedValue[] => {
    const format = mediaType === undefined ? undefined : formatOf(mediaType);
    if (mediaType === undefined || format === undefined) return [opaque(text)];
    const codings = parseContentCodings(headerValues(request.headers, "content-encoding"));
    text = undoCodings(bytes, codings, 50_000_000).toString(encodingOf(format));
    const { nodes } = allCodecs[format].read(text, {
      rules: [],
      budget: { remaining: Number.POSITIVE_INFINITY },
      depth: deepest,
      mediaType,
      findCodec: (part) => findPartCodec(part, allCodecs),
    });
    return readBody(format, text, nodes, mediaType);
  };
  return listFields({ place: "body", source: "body", text, findings: nothingFound }, read);
}

function readBody(
  format: Format,
  source: string,
  nodes: () => Iterable<TextNode>,
  mediaType: MediaType | undefined,
): readonly ListedValue[] {
  if (format === "json") return listValues(source);
  if (format === "ndjson") return listLines(source);
  if (format === "text") return [opaque(source)];
  const listed = listNodes(nodes(), pathOf);
  if (format !== "multipart" || mediaType === undefined) return listed;
  // Binary parts, and parts that no rule looks into, have no nodes.
  const others = listContents(source, mediaType)
    .filter((part) => !listed.some((value) => overlaps(value, part)))
    .map(({ name, start, end }) => {
      return { path: showName(name, looksSensitive), kind: "part", length: end - start, start, end };
    });
  return [...listed, ...others].sort((a, b) => a.start - b.start);
}
