/** Forms (URL Standard, "application/x-www-form-urlencoded"), and query strings, which have the same syntax. */
import { type Budget, spend } from "../budget.ts";
import { FieldsealError } from "../errors.ts";
import { type Finding, type FoundBy, findWhole } from "../find/finding.ts";
import type { Rule, Use } from "../rule/rule.ts";
import {
  countSteps,
  type FieldName,
  type FieldPattern,
  matchesFieldName,
  readFieldName,
  splitFieldName,
} from "../selector/field-name.ts";
import { decodeAgain, readPercent } from "../text/percent.ts";
import { nameNode, type TextNode } from "../text/text-node.ts";
import type { Codec, FormatReading } from "./codec.ts";

/** `fields` selects values by their names. */
export const form: Codec = {
  read: (source, { rules, budget }) => readForm(source, { rules, budget, usesOf: (rule) => rule.fields }),
};

interface Pair {
  readonly name: TextNode;
  readonly end: number;
  /** `undefined` without an equals sign, because there is no place for a value. */
  readonly readValue: (() => TextNode) | undefined;
}

/** The names to look for in a form. */
export interface FormContext {
  readonly rules: readonly Rule[];
  readonly budget: Budget;
  /** The patterns of a rule for these names. */
  readonly usesOf: (rule: Rule) => readonly Use<FieldPattern>[];
}

/**
 * Reads a form or a query string. Throws `body_malformed`, `too_complex`, or `body_ambiguous` if some parser would find
 * a selected name elsewhere.
 */
export function readForm(source: string, { rules, budget, usesOf }: FormContext): FormatReading {
  const valid = isDecodable(source);
  const pairs = [...splitPairs(source, "&")].map(([start, end]) => readPair(source, start, end, valid));
  const uses = rules.flatMap((rule) => usesOf(rule).map((use) => ({ rule, ...use })));
  return {
    findings: uses.length === 0 ? [] : findPairs(source, pairs, uses, budget),
    nodes: function* () {
      for (const { name, readValue } of pairs) {
        yield name;
        if (readValue !== undefined) yield readValue();
      }
    },
  };
}

function findPairs(
  source: string,
  pairs: readonly Pair[],
  uses: readonly (FoundBy & Use<FieldPattern>)[],
  budget: Budget,
): readonly Finding[] {
  const named = pairs.flatMap(({ name, readValue }) =>
    readValue === undefined ? [] : [{ name: readFieldName(...spellingsOf(name)), readValue }],
  );
  const doubtful = [...findSemicolons(source), ...findBrackets(source, pairs)];
  const steps = [...named, ...doubtful].reduce((sum, { name }) => sum + countSteps(name), 0);
  const findings: Finding[] = [];
  for (const { use, ...by } of uses) {
    spend(budget, steps);
    const doubt = doubtful.find(({ name }) => matchesFieldName(use, name));
    if (doubt !== undefined) throw new FieldsealError("body_ambiguous", { offset: doubt.offset });
    for (const { name, readValue } of named) {
      if (matchesFieldName(use, name)) findings.push(findWhole(readValue(), by));
    }
  }
  return findings;
}

/** A name in all its readings: URLSearchParams drops a question mark at the start, and some parsers decode twice. */
function spellingsOf({ start, text }: TextNode): readonly string[] {
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

/** True if all escapes are well-formed and decode to UTF-8. The engine checks this faster than `readPercent`. */
function isDecodable(source: string): boolean {
  try {
    decodeURIComponent(source);
    return true;
  } catch {
    return false;
  }
}

function readPair(source: string, start: number, end: number, valid: boolean): Pair {
  const equals = source.slice(start, end).indexOf("=");
  const nameEnd = equals < 0 ? end : start + equals;
  const name = readPercent(source, start, nameEnd, true);
  // Some parsers end a name at a NUL or any control character.
  if (/[\u0000-\u001f\u007f]/.test(name.text)) throw new FieldsealError("body_ambiguous", { offset: start });
  const readValue = (): TextNode =>
    nameNode(readPercent(source, nameEnd + 1, end, true), (level) => splitFieldName(name.text).at(-1 - level));
  if (equals >= 0 && !valid) readValue();
  return { name, end, readValue: equals < 0 ? undefined : readValue };
}

/** A name that only some parsers find. */
interface Doubt {
  readonly name: FieldName;
  readonly offset: number;
}

/** Names for parsers that also split at `;` (HTML 4.01, appendix B.2.2). */
function findSemicolons(source: string): readonly Doubt[] {
  if (!source.includes(";")) return [];
  return [...splitPairs(source, "&")].flatMap(([offset, end]) =>
    source
      .slice(offset, end)
      .split(";")
      .slice(1)
      .map((piece) => {
        const [name = ""] = piece.split("=", 1);
        return { name: readFieldName(readPercent(name, 0, name.length, true).text), offset };
      }),
  );
}

const bracketPattern = /(?:\]|%5d)=/gi;

/** Names for parsers that look for `]=` before `=`, such as qs. */
function findBrackets(source: string, pairs: readonly Pair[]): readonly Doubt[] {
  if (!/\]|%5d/i.test(source)) return [];
  return pairs.flatMap(({ name, end }) => {
    const pair = source.slice(name.start, end);
    const equals = pair.indexOf("=");
    bracketPattern.lastIndex = equals + 1;
    const found = bracketPattern.exec(pair);
    if (found === null) return [];
    const nameEnd = name.start + found.index + found[0].length - 1;
    return [{ name: readFieldName(readPercent(source, name.start, nameEnd, true).text), offset: name.start }];
  });
}
