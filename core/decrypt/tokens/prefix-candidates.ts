/**
 * Where prefixes may begin in a text, however they are spelt: found by patterns that look at the first character and at
 * what may go on with it, since each place has to be read character by character. They find too much rather than too
 * little.
 */

import type { Markers } from "../../token/marker.ts";
import { namesOf, spelledLayers } from "./escape-layers.ts";

/** Of so many layers of JSON as are read. */
const mostBackslashes = 1 << spelledLayers;

/** What a percent sign of a percent sign becomes, and so on. */
const percents = `(?:25){0,${spelledLayers + 2}}`;

/** A percent sign before digits, which may be spelt in turn, by percent signs before digits of theirs. */
const percentSigns = `(?:%${percents}){1,${spelledLayers}}`;
const spelledDigit = "3[0-9]|[46][1-6]";

/** Gives the places where a prefix may begin, in ascending order, and then -1. */
export type Candidates = () => number;

/** Looks through a text for the prefixes of these recipients. */
export function createCandidates(text: string, recipients: readonly Markers[]): Candidates {
  const pattern = candidatesOf(recipients, text);
  let from = 0;
  return () => {
    if (pattern === undefined) return -1;
    pattern.lastIndex = from;
    const index = pattern.exec(text)?.index ?? -1;
    // One may begin within another.
    from = index < 0 ? text.length : index + 1;
    if (text[index] !== "\\") return index;
    let run = 1;
    while (text[index - run] === "\\") run++;
    // Each layer halves the backslashes: those that belong to this escape are the lowest bit of their number.
    return index + 1 - (run & -run);
  };
}

const openers = ["\\", "%", "&"] as const;

/** What goes on behind each opener that is spelt itself. */
type Behind = Readonly<Record<(typeof openers)[number], string>>;

/** What there can be in a text: prefixes that begin as they are, and what opens spellings. */
interface Beginnings {
  readonly firsts: readonly string[];
  readonly patterns: Map<string, RegExp>;
}

const known = new WeakMap<readonly Markers[], Beginnings>();

/** Finds where prefixes may begin, in what a text may hold; `undefined` where it holds nothing of that. */
function candidatesOf(recipients: readonly Markers[], text: string): RegExp | undefined {
  let beginnings = known.get(recipients);
  if (beginnings === undefined) {
    beginnings = { firsts: charactersAt(0, recipients), patterns: new Map() };
    known.set(recipients, beginnings);
  }
  let parts = "";
  for (const first of beginnings.firsts) if (text.includes(first)) parts = "#";
  for (const opener of openers) if (text.includes(opener)) parts += opener;
  if (parts === "") return undefined;
  let pattern = beginnings.patterns.get(parts);
  if (pattern === undefined) {
    const { firsts } = beginnings;
    const seconds = charactersAt(1, recipients);
    const follow = `(?=${anyOf([...seconds.map(quote), ...goingOn(seconds)])})`;
    const behind = behindOpeners(firsts, follow);
    const prefixes = recipients.map(({ prefix }) => prefix);
    pattern = new RegExp(
      [...parts]
        .map((part) => (part === "#" ? startsOf(prefixes) : spellingsOf(part, firsts, follow, behind)))
        .join("|"),
      "gi",
    );
    beginnings.patterns.set(parts, pattern);
  }
  return pattern;
}

function charactersAt(index: number, recipients: readonly Markers[]): readonly string[] {
  return [...new Set(recipients.map(({ prefix }) => prefix.charAt(index)))];
}

/**
 * Prefixes as they are, up to their ends or to where a spelling or the end of a line begins, which behind more than the
 * first is rare.
 */
function startsOf(prefixes: readonly string[], isFirst = true): string {
  const firsts = [...new Set(prefixes.map((prefix) => prefix.charAt(0)))];
  return anyOf(
    firsts.map((first) => {
      const rests = prefixes
        .filter((prefix) => prefix.startsWith(first) && prefix !== first)
        .map((prefix) => prefix.slice(1));
      if (rests.length === 0) return quote(first);
      const nexts = [...new Set(rests.map((rest) => rest.charAt(0)))];
      return quote(first) + anyOf([startsOf(rests, false), ...(isFirst ? goingOn(nexts) : ["[\\\\%&=\\r\\n]"])]);
    }),
  );
}

/**
 * One of these characters in some spelling, or the end of a line before one. What is spelt in a spelling itself may be
 * anything.
 */
function goingOn(characters: readonly string[]): readonly string[] {
  const wanted = [...new Set([...characters, "\r", "\n", "="])];
  const names = [...wanted, ...openers].flatMap(namesOf);
  const behind = {
    "\\": "",
    "%": `(?=${percents}${anyOf([...[...wanted, "&", "\\"].map(hex), "[0-9a-f]?[\\\\%&]"])})`,
    "&": `(?=${anyOf(["[#\\\\%&]", ...names])})`,
  };
  return [
    `=?[\\r\\n][ \\t\\r\\n]*${anyOf([...characters.map(quote), "[\\\\%&]"])}`,
    "=[\\\\%&]",
    "(?:\\\\(?:[ux][0-9a-f]{0,4})?|%[0-9a-f]?|&[#0-9a-z]{0,16})[\\\\%&]",
    ...openers.map((opener) => spellingsOf(opener, wanted, "", behind)),
  ];
}

/**
 * Spellings that an opener begins: of characters, before what follows them, and of openers, before what follows each.
 */
function spellingsOf(opener: string, characters: readonly string[], follow: string, behind: Behind): string {
  const coded = (codeOf: (character: string) => string): string =>
    anyOf([`${anyOf(characters.map(codeOf))}${follow}`, ...openers.map((opened) => codeOf(opened) + behind[opened])]);
  switch (opener) {
    case "\\":
      return `\\\\${anyOf([`(?:u00|x)${coded(hex)}`, `${anyOf(characters.map(shortEscape))}${follow}`])}`;
    case "%":
      return `%${coded(hex)}`;
    default:
      return `&${anyOf([
        `#0{0,9}${coded((character) => `${character.charCodeAt(0)};`)}`,
        `#x0{0,9}${coded((character) => `${character.charCodeAt(0).toString(16)};`)}`,
        `${anyOf(characters.flatMap(namesOf))};${follow}`,
        ...openers.flatMap((opened) => namesOf(opened).map((name) => `${name};${behind[opened]}`)),
      ])}`;
  }
}

/**
 * What goes on behind an opener that is spelt itself, up to these characters, in the spellings that are usual there;
 * others may be anything.
 */
function behindOpeners(characters: readonly string[], follow: string): Behind {
  const codes = characters.map(hex);
  const own = characters.flatMap(namesOf);
  const names = anyOf([...own, ...openers.flatMap(namesOf)]);
  const percentOf = (all: readonly string[]): string => `${percentSigns}${anyOf([...all, spelledDigit, "[\\\\&]"])}`;
  const entity = `&(?:[#\\\\%&]|${names})`;
  const digit = (digits: string): string => anyOf([`[${digits}\\\\&]`, percentOf([])]);
  const backslash = `(?=(?:\\\\|%${percents}5c){0,${mostBackslashes}}${anyOf([`u${digit("0")}`, `x${digit("0-7")}`, entity, ...characters.map(quote), percentOf(["75", "78", "26", ...codes])])})`;
  const named = anyOf([
    "[#\\\\ux]",
    entity,
    names,
    ...codes,
    ...characters.map(quote),
    percentOf(["23", "26", "5c", "75", "78", ...codes]),
  ]);
  const ampersand = `(?=${anyOf(["[#\\\\]", entity, ...own.map((name) => `${name}[;\\\\%&]`), `${names}${anyOf([`(?:;|%${percents}3b)${named}`, "\\\\", "&#", percentOf([])])}`, percentOf(["23", "26", "5c", "[67][0-9a-f]"])])})`;
  return {
    "\\": backslash,
    "%": `(?=${percents}${anyOf([`${anyOf(codes)}${follow}`, `5c${backslash}`, `26${ampersand}`, "[0-9a-f]?[\\\\&]", percentOf(["26", "5c"])])})`,
    "&": ampersand,
  };
}

function anyOf(alternatives: readonly string[]): string {
  return `(?:${alternatives.join("|")})`;
}

function quote(character: string): string {
  return `\\x${hex(character)}`;
}

function hex(character: string): string {
  return character.charCodeAt(0).toString(16).padStart(2, "0");
}

/** What stands behind a backslash for a character, also for the end of a line that is no character. */
function shortEscape(character: string): string {
  return character === "\n" ? "[n\\r\\n]" : character === "\r" ? "r" : quote(character);
}
