/** Forms (URL Standard, "application/x-www-form-urlencoded"), and query strings, which have the same syntax. */
import { FieldsealError } from "../errors.ts";
import { type FieldPattern, matchesField, splitFieldName } from "../field-name.ts";
import { type Finding, findLeaf } from "../finding.ts";
import { type Leaf, nameLeaf } from "../leaf.ts";
import { decodeAgain, readPercent } from "../percent.ts";
import type { Rule, Use } from "../rule.ts";
import type { Codec } from "./codec.ts";

export const form: Codec = {
  read: (source, { rules }) => readForm(source, rules, (rule) => rule.fields),
};

interface Pair {
  readonly name: Leaf;
  /** `undefined` where there is no equals sign: there is no place for a value either. */
  readonly value: Leaf | undefined;
}

/**
 * Reads a form or a query string. `usesOf` gives the rules' patterns for its names. Throws `body_malformed` or
 * `body_ambiguous` where readers would find other names than these.
 */
export function readForm(
  source: string,
  rules: readonly Rule[],
  usesOf: (rule: Rule) => readonly Use<FieldPattern>[],
): { readonly findings: readonly Finding[]; readonly leaves: () => Iterable<Leaf> } {
  const pairs = [...splitPairs(source, "&")].map(([start, end]) => readPair(source, start, end));
  const findings: Finding[] = [];
  for (const rule of rules) {
    for (const { use, selector } of usesOf(rule)) {
      requireOneReading(source, use);
      requireOneEquals(source, pairs, use);
      for (const { name, value } of pairs) {
        if (value !== undefined && namesOf(name).some((text) => matchesField(use, text))) findings.push(findLeaf(value, { rule, selector }));
      }
    }
  }
  return {
    findings,
    leaves: () => pairs.flatMap(({ name, value }) => (value === undefined ? [name] : [name, value])),
  };
}

/** A name, and what some readers make of it: URLSearchParams leaves out a question mark at the start, others decode twice. */
function namesOf({ start, text }: Leaf): readonly string[] {
  const names = [text];
  if (start === 0 && /^\ufeff?\?/.test(text)) names.push(text.replace(/^\ufeff?\?+/, ""));
  if (text.includes("%")) names.push(decodeAgain(text));
  return names;
}

function* splitPairs(source: string, separator: string): Generator<readonly [number, number]> {
  for (let start = 0; start <= source.length; ) {
    const found = source.indexOf(separator, start);
    const end = found < 0 ? source.length : found;
    if (end > start) yield [start, end];
    start = end + 1;
  }
}

function readPair(source: string, start: number, end: number): Pair {
  const equals = source.slice(start, end).indexOf("=");
  const nameEnd = equals < 0 ? end : start + equals;
  const name = readPercent(source, start, nameEnd, true);
  // Some readers end a name at a NUL, or at any control character.
  if (/[\u0000-\u001f\u007f]/.test(name.text)) throw new FieldsealError("body_ambiguous", { offset: start });
  return { name, value: equals < 0 ? undefined : nameLeaf(readPercent(source, nameEnd + 1, end, true), (level) => splitFieldName(name.text).at(-1 - level)) };
}

/** Throws where a reader that takes `;` for a separator too (HTML 4.01, appendix B.2.2) would find another selected field. */
function requireOneReading(source: string, pattern: FieldPattern): void {
  if (!source.includes(";")) return;
  for (const [start, end] of splitPairs(source, "&")) {
    const pieces = source.slice(start, end).split(";");
    for (const piece of pieces.slice(1)) {
      const [name = ""] = piece.split("=", 1);
      if (matchesField(pattern, readPercent(name, 0, name.length, true).text)) {
        throw new FieldsealError("body_ambiguous", { offset: start });
      }
    }
  }
}

/** Throws where a reader that looks for `]=` before it looks for `=`, as qs does, would find another selected field. */
function requireOneEquals(source: string, pairs: readonly Pair[], pattern: FieldPattern): void {
  for (const { name, value } of pairs) {
    if (value === undefined || !value.text.includes("]")) continue;
    const raw = source.slice(name.start, value.end);
    const bracket = /(?:\]|%5d)=/gi;
    bracket.lastIndex = value.start - name.start;
    const found = bracket.exec(raw);
    if (found === null) continue;
    const end = name.start + found.index + found[0].length - 1;
    if (matchesField(pattern, readPercent(source, name.start, end, true).text)) {
      throw new FieldsealError("body_ambiguous", { offset: name.start });
    }
  }
}
