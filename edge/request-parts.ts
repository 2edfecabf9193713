/** The parts of a request besides its body: path, query string, header fields, cookies. */
import type { Budget } from "../core/budget.ts";
import { type Plan, planEncryption, writeEncryption } from "../core/encrypt/encrypt-text.ts";
import type { TokenWriter } from "../core/encrypt/token-writer.ts";
import { FieldsealError } from "../core/errors.ts";
import { type Finding, findWhole } from "../core/find/finding.ts";
import type { FormatReading } from "../core/formats/codec.ts";
import { readForm } from "../core/formats/form.ts";
import type { Policy } from "../core/policy/policy.ts";
import { isPlainPath } from "../core/rule/route.ts";
import { detectsIn, isProtectableHeader, type Place, type Rule } from "../core/rule/rule.ts";
import { type FieldPattern, matchesField } from "../core/selector/field-name.ts";
import { matchesWildcard, type Wildcard } from "../core/selector/wildcard.ts";
import { decodeAgain, readPercent } from "../core/text/percent.ts";
import { nameNode, plainNode, type TextNode } from "../core/text/text-node.ts";
import type { Changes, EdgeRequest, Header, Headers } from "./event.ts";

/** A URL of 8,192 characters or more is refused by CloudFront ("Lambda@Edge event structure"). */
const maxUrlCharacters = 8_191;

/** CloudFront's quota on a request without its body ("Quotas on CloudFront"). */
const maxHeadBytes = 32_768;

export type Part =
  | { readonly kind: "uri" | "querystring" }
  | { readonly kind: "header"; readonly name: string; readonly index: number };

export interface PartPlan {
  readonly part: Part;
  readonly plan: Plan;
}

export interface PartSource {
  readonly part: Part;
  readonly source: string;
  readonly place: Place;
  readonly rules: readonly Rule[];
  readonly read: () => FormatReading;
}

/**
 * Finds what rules protect in the parts. Throws `path_ambiguous`, `marker_in_input`, and what the form reader throws.
 */
export function planParts(
  request: EdgeRequest,
  rules: readonly Rule[],
  policy: Policy,
  budget: Budget,
): readonly PartPlan[] {
  return [...listParts(request, rules, budget)]
    .filter((part) => part.rules.length > 0)
    .map(({ part, source, place, rules: using, read }) => {
      const detecting = using.filter((rule) => detectsIn(rule, place));
      const plan = planEncryption(source, read, {
        detecting,
        detect: policy.detect,
        acceptTokens: false,
        recipients: policy.recipients,
        budget,
      });
      // A direct token's alphabet has no place in a URL, and capacity is not what a header field is cut to.
      return {
        part,
        plan: { ...plan, findings: plan.findings.map((finding) => ({ ...finding, sealed: true as const })) },
      };
    });
}

/** Every part that can be protected, with the rules that look into it; none of it is read before `read` is called. */
export function* listParts(
  { uri, querystring, headers }: EdgeRequest,
  rules: readonly Rule[],
  budget: Budget,
): Generator<PartSource> {
  const using = (place: Place, names: (rule: Rule) => boolean): readonly Rule[] =>
    rules.filter((rule) => names(rule) || detectsIn(rule, place));
  const onPath = using("path", ({ segments }) => segments.length > 0);
  yield { part: { kind: "uri" }, source: uri, place: "path", rules: onPath, read: () => readPath(uri, onPath) };
  const onQuery = using("query", ({ query }) => query.length > 0);
  const readQuery = (): FormatReading =>
    readForm(querystring, { rules: onQuery, budget, usesOf: ({ query }) => query });
  yield { part: { kind: "querystring" }, source: querystring, place: "query", rules: onQuery, read: readQuery };
  for (const [name, values] of Object.entries(headers)) {
    for (const [index, { value: source }] of values.entries()) {
      const part: Part = { kind: "header", name, index };
      if (name === "cookie") {
        const onCookies = using("cookies", ({ cookies }) => cookies.length > 0);
        yield { part, source, place: "cookies", rules: onCookies, read: () => readCookies(source, onCookies) };
      } else if (isProtectableHeader(name)) {
        const onHeader = using("headers", (rule) => rule.headers.some(({ use }) => matchesHeader(use, name)));
        yield { part, source, place: "headers", rules: onHeader, read: () => readHeader(name, source, onHeader) };
      }
    }
  }
}

/** Segments of a path that has one reading only: elsewhere their numbers would be a guess. */
function readPath(uri: string, rules: readonly Rule[]): FormatReading {
  if (!isPlainPath(uri)) throw new FieldsealError("path_ambiguous");
  const nodes: TextNode[] = [];
  for (let start = 1; start <= uri.length; ) {
    const slash = uri.indexOf("/", start);
    const end = slash < 0 ? uri.length : slash;
    nodes.push(readPercent(uri, start, end, false));
    start = end + 1;
  }
  const findings = rules.flatMap((rule) =>
    rule.segments.flatMap(({ use, selector }) => {
      const node = nodes[use];
      return node === undefined || node.text === "" ? [] : [findWhole(node, { rule, selector })];
    }),
  );
  // What a segment holds is said by those before it: `/ssn/078-05-1120`.
  const named = nodes.map((node, index) => nameNode(node, (level) => nodes[index - 1 - level]?.text));
  return { findings, nodes: () => named };
}

const identity = (characters: string): string => characters;

function readHeader(name: string, value: string, rules: readonly Rule[]): FormatReading {
  const node = plainNode(value, 0, value.length, identity);
  const findings = rules.flatMap((rule) =>
    rule.headers.flatMap(({ use, selector }) =>
      matchesHeader(use, name) ? [findWhole(node, { rule, selector })] : [],
    ),
  );
  return { findings, nodes: () => [nameNode(node, (level) => (level === 0 ? name : undefined))] };
}

/** In the environment of CGI and its heirs (RFC 3875, section 4.1.18) underscores and dashes are the same. */
function matchesHeader(pattern: Wildcard, name: string): boolean {
  return matchesWildcard(pattern, name) || matchesWildcard(pattern, name.replaceAll("_", "-"));
}

/** Cookies (RFC 6265, section 4.2.1). A value is protected as it stands, since its encoding is its owner's affair. */
function readCookies(source: string, rules: readonly Rule[]): FormatReading {
  const findings: Finding[] = [];
  const nodes: TextNode[] = [];
  for (const { name, node } of splitCookies(source)) {
    nodes.push(nameNode(readCookieText(source, node), (level) => (level === 0 ? name.text : undefined)));
    // Some servers undo escapes in the name.
    const names = [name.text, readCookieText(source, name).text];
    for (const rule of rules) {
      for (const { use, selector } of rule.cookies) {
        const selected = names.some((text) => matchesField(use, text));
        requireOneCookie(source.slice(selected ? node.start : name.start, node.end), use);
        if (!selected) continue;
        if (isOpenQuote(node)) throw new FieldsealError("body_ambiguous", { rule: rule.name });
        findings.push(findWhole(node, { rule, selector }));
      }
    }
  }
  return { findings, nodes: () => nodes };
}

/**
 * Whether readers of quoted strings (RFC 2109, section 4.1) would take what follows the semicolon for a part of the
 * value.
 */
function isOpenQuote({ text }: TextNode): boolean {
  return text.replace(/\\./g, "").split('"').length % 2 === 0;
}

/**
 * Throws where a reader that ends cookies at commas (RFC 2109), quotes or blanks, as Python's does, would find another
 * selected one.
 */
function requireOneCookie(cookie: string, pattern: FieldPattern): void {
  for (const piece of cookie.split("=").slice(0, -1)) {
    const word = piece.split(/[\s,"]/).findLast((part) => part !== "");
    if (word !== undefined && matchesField(pattern, decodeAgain(word))) throw new FieldsealError("body_ambiguous");
  }
}

function* splitCookies(source: string): Generator<{ readonly name: TextNode; readonly node: TextNode }> {
  for (let start = 0; start < source.length; ) {
    const semicolon = source.indexOf(";", start);
    const end = semicolon < 0 ? source.length : semicolon;
    const equals = source.indexOf("=", start);
    if (equals >= 0 && equals < end)
      yield { name: trimNode(source, start, equals), node: trimNode(source, equals + 1, end) };
    start = end + 1;
  }
}

function trimNode(source: string, from: number, to: number): TextNode {
  let [start, end] = [from, to];
  while (start < end && /[ \t]/.test(source[start] ?? "")) start++;
  while (end > start && /[ \t]/.test(source[end - 1] ?? "")) end--;
  return plainNode(source, start, end, identity);
}

/** Many applications percent-encode what they put into cookies. */
function readCookieText(source: string, node: TextNode): TextNode {
  try {
    return readPercent(source, node.start, node.end, false);
  } catch {
    return node;
  }
}

/** The parts with their tokens. Throws `url_too_long` or `headers_too_large`. */
export function writeParts(
  { uri, querystring, headers }: EdgeRequest,
  plans: readonly PartPlan[],
  seal: TokenWriter,
): Changes {
  let changes: { uri?: string; querystring?: string; headers?: Headers } = {};
  for (const { part, plan } of plans) {
    if (plan.findings.length === 0) continue;
    const text = writeEncryption(plan, seal);
    changes =
      part.kind === "header"
        ? { ...changes, headers: replaceHeader(changes.headers ?? headers, part.name, part.index, text) }
        : { ...changes, [part.kind]: text };
  }
  requireRoom(changes.uri ?? uri, changes.querystring ?? querystring, changes.headers ?? headers, changes);
  return changes;
}

function replaceHeader(headers: Headers, name: string, index: number, value: string): Headers {
  const values = (headers[name] ?? []).map((entry, at): Header => (at === index ? { ...entry, value } : entry));
  return { ...headers, [name]: values };
}

/** What came in was within CloudFront's limits: only what was changed can be beyond them. */
function requireRoom(uri: string, querystring: string, headers: Headers, changes: Changes): void {
  const url = uri.length + querystring.length + (querystring === "" ? 0 : 1);
  const urlChanged = changes.uri !== undefined || changes.querystring !== undefined;
  if (urlChanged && url > maxUrlCharacters) throw new FieldsealError("url_too_long");
  const fields = Object.entries(headers).flatMap(([name, values]) =>
    values.map(({ value }) => name.length + value.length + 4),
  );
  const head = fields.reduce((sum, length) => sum + length, url);
  if ((urlChanged || changes.headers !== undefined) && head > maxHeadBytes)
    throw new FieldsealError("headers_too_large");
}
