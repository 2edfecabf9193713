/** Reads cookies (RFC 6265, section 4.2.1). */
import { FieldsealError } from "../../core/errors.ts";
import { type Finding, findWhole } from "../../core/find/finding.ts";
import type { FormatReading } from "../../core/formats/codec.ts";
import type { Rule } from "../../core/rule/rule.ts";
import { type FieldPattern, matchesField } from "../../core/selector/field-name.ts";
import { decodeAgain, readPercent } from "../../core/text/percent.ts";
import { asIs, nameNode, plainNode, type TextNode } from "../../core/text/text-node.ts";

/**
 * Reads the cookies of one header field. Protects a value in its own spelling, since only the application knows its
 * encoding. Throws `body_ambiguous` if other parsers would find a selected cookie elsewhere.
 */
export function readCookies(source: string, rules: readonly Rule[]): FormatReading {
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

/** True if parsers of quoted strings (RFC 2109, section 4.1) would go on reading the value after the semicolon. */
function isOpenQuote({ text }: TextNode): boolean {
  return text.replace(/\\./g, "").split('"').length % 2 === 0;
}

/**
 * Throws `body_ambiguous` if a parser that ends cookies at commas (RFC 2109), quotes or blanks, as Python's does, would
 * find another selected cookie.
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
  return plainNode(source, start, end, asIs);
}

/** Many applications percent-encode the values of cookies. */
function readCookieText(source: string, node: TextNode): TextNode {
  try {
    return readPercent(source, node.start, node.end, false);
  } catch {
    return node;
  }
}
