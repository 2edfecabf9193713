/** Patterns, as the sources of regular expressions, for prefixes and for the escapes that their characters may have. */
import { entityNamesOf } from "./entity-names.ts";
import { mostLayers } from "./escape-layers.ts";

/** Characters with which escapes open. */
export const openers = ["\\", "%", "&"] as const;

/** Backslashes of JSON in so many layers. */
const mostBackslashes = 1 << mostLayers;

/** What follows a percent sign that is escaped, perhaps several times. */
const percents = `(?:25){0,${mostLayers + 2}}`;

/** A percent sign before digits; these may be escaped too, by percent signs before digits of theirs. */
const percentSigns = `(?:%${percents}){1,${mostLayers}}`;
const escapedDigit = "3[0-9]|[46][1-6]";

/** The pattern of what follows each opener. */
type Following = Readonly<Record<(typeof openers)[number], string>>;

/**
 * Prefixes without escapes, up to their ends, or to where an escape or the end of a line begins, which is rare behind
 * more than the first character.
 */
export function prefixPattern(prefixes: readonly string[], isFirst = true): string {
  return anyOf(
    firstsOf(prefixes).map((first) => {
      const rests = prefixes
        .filter((prefix) => prefix.startsWith(first) && prefix !== first)
        .map((prefix) => prefix.slice(1));
      if (rests.length === 0) return literal(first);
      const others = isFirst ? continuations(firstsOf(rests)) : ["[\\\\%&=\\r\\n]"];
      return literal(first) + anyOf([prefixPattern(rests, false), ...others]);
    }),
  );
}

/** Prefixes whose first character is escaped by what an opener opens, up to where the second may begin. */
export function escapedPrefixPattern(opener: (typeof openers)[number], prefixes: readonly string[]): string {
  const firsts = firstsOf(prefixes);
  const seconds = firstsOf(prefixes.map((prefix) => prefix.slice(1)));
  const follow = `(?=${anyOf([...seconds.map(literal), ...continuations(seconds)])})`;
  return escapes(opener, firsts, follow, followingEscapedOpeners(firsts, follow));
}

function firstsOf(texts: readonly string[]): readonly string[] {
  return [...new Set(texts.map((text) => text.charAt(0)))];
}

/**
 * One of these characters in an escape, or the end of a line before one. Where the escape is escaped in turn, any
 * character will do.
 */
function continuations(characters: readonly string[]): readonly string[] {
  const wanted = [...new Set([...characters, "\r", "\n", "="])];
  const names = [...wanted, ...openers].flatMap(entityNamesOf);
  const following: Following = {
    "\\": "",
    "%": `(?=${percents}${anyOf([...[...wanted, "&", "\\"].map(hexOf), "[0-9a-f]?[\\\\%&]"])})`,
    "&": `(?=${anyOf(["[#\\\\%&]", ...names])})`,
  };
  return [
    `=?[\\r\\n][ \\t\\r\\n]*${anyOf([...characters.map(literal), "[\\\\%&]"])}`,
    "=[\\\\%&]",
    "(?:\\\\(?:[ux][0-9a-f]{0,4})?|%[0-9a-f]?|&[#0-9a-z]{0,16})[\\\\%&]",
    ...openers.map((opener) => escapes(opener, wanted, "", following)),
  ];
}

/** Escapes that an opener opens: of these characters, before `follow`, and of openers, before what follows each. */
function escapes(
  opener: (typeof openers)[number],
  characters: readonly string[],
  follow: string,
  following: Following,
): string {
  const coded = (codeOf: (character: string) => string): string =>
    anyOf([
      `${anyOf(characters.map(codeOf))}${follow}`,
      ...openers.map((opened) => codeOf(opened) + following[opened]),
    ]);
  const ofOpener = {
    "\\": () => anyOf([`(?:u00|x)${coded(hexOf)}`, `${anyOf(characters.map(shortEscape))}${follow}`]),
    "%": () => coded(hexOf),
    "&": () =>
      anyOf([
        `#0{0,9}${coded((character) => `${character.charCodeAt(0)};`)}`,
        `#x0{0,9}${coded((character) => `${character.charCodeAt(0).toString(16)};`)}`,
        `${anyOf(characters.flatMap(entityNamesOf))};${follow}`,
        ...openers.flatMap((opened) => entityNamesOf(opened).map((name) => `${name};${following[opened]}`)),
      ]),
  };
  return (opener === "\\" ? "\\\\" : opener) + ofOpener[opener]();
}

/**
 * What follows an opener that is escaped itself, up to one of these characters, in the escapes that are usual there;
 * where these are escaped in turn, anything will do.
 */
function followingEscapedOpeners(characters: readonly string[], follow: string): Following {
  const codes = characters.map(hexOf);
  const literals = characters.map(literal);
  const ownNames = characters.flatMap(entityNamesOf);
  const names = anyOf([...ownNames, ...openers.flatMap(entityNamesOf)]);
  const percentOf = (all: readonly string[]): string => `${percentSigns}${anyOf([...all, escapedDigit, "[\\\\&]"])}`;
  const entity = `&(?:[#\\\\%&]|${names})`;
  const digitOf = (digits: string): string => anyOf([`[${digits}\\\\&]`, percentOf([])]);

  const moreBackslashes = `(?:\\\\|%${percents}5c){0,${mostBackslashes}}`;
  const unicode = `u${digitOf("0")}`;
  const hexadecimal = `x${digitOf("0-7")}`;
  const escaped = anyOf([unicode, hexadecimal, entity, ...literals, percentOf(["75", "78", "26", ...codes])]);
  const backslash = `(?=${moreBackslashes}${escaped})`;

  const inEntity = percentOf(["23", "26", "5c", "75", "78", ...codes]);
  const behindName = anyOf(["[#\\\\ux]", entity, names, ...codes, ...literals, inEntity]);
  const nameEnd = anyOf([`(?:;|%${percents}3b)${behindName}`, "\\\\", "&#", percentOf([])]);
  const ampersand = `(?=${anyOf([
    "[#\\\\]",
    entity,
    ...ownNames.map((name) => `${name}[;\\\\%&]`),
    `${names}${nameEnd}`,
    percentOf(["23", "26", "5c", "[67][0-9a-f]"]),
  ])})`;

  const code = `${anyOf(codes)}${follow}`;
  const digits = anyOf([code, `5c${backslash}`, `26${ampersand}`, "[0-9a-f]?[\\\\&]", percentOf(["26", "5c"])]);
  return { "\\": backslash, "%": `(?=${percents}${digits})`, "&": ampersand };
}

function anyOf(alternatives: readonly string[]): string {
  return `(?:${alternatives.join("|")})`;
}

/** The pattern of one character, which has no other meaning there. */
function literal(character: string): string {
  return `\\x${hexOf(character)}`;
}

function hexOf(character: string): string {
  return character.charCodeAt(0).toString(16).padStart(2, "0");
}

/** What follows a backslash for a character; for the end of a line also the line end itself, as in shells. */
function shortEscape(character: string): string {
  return character === "\n" ? "[n\\r\\n]" : character === "\r" ? "r" : literal(character);
}
