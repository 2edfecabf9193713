/**
 * Tokens in the spellings that other systems leave them in: with escapes, percent-encoding or entities, wrapped over
 * lines, without padding, in the other base64 alphabet, with spaces for plus signs.
 */
import type { Markers } from "./marker.ts";
import { backslashesIn, createCharacterReader, type ReadCharacter, spelledLayers } from "./character-spelling.ts";
import { damagedLength, type Payload, parsePayload } from "./token.ts";

/** What stands at a known prefix. `end` is exclusive. */
export type FoundToken<R extends Markers> = {
  readonly start: number;
  readonly end: number;
  readonly recipient: R;
  /** What it is spelt in, for `spell`; 0 where its characters stand for themselves. */
  readonly layers: number;
} & (
  | {
      readonly kind: "token";
      readonly payload: Payload;
      /** Where its suffix begins. */
      readonly suffixStart: number;
    }
  | { readonly kind: "damaged" }
);

/** Codecs undo a layer, JSON in strings another one. */
const layersWithCodecs = spelledLayers + 2;

/** Whether a text may hold a token, raw or in any spelling that a codec or `findTokens` undoes. Linear in the text. */
export function mayHoldTokens(text: string, recipients: readonly Markers[]): boolean {
  const read = createCharacterReader(text);
  const next = createCandidates(text, recipients);
  for (let at = next(); at >= 0; at = next()) {
    for (const { prefix } of recipients) if (matchMarker(text, read, at, prefix, layersWithCodecs) !== undefined) return true;
  }
  return false;
}

/**
 * Everything at the known prefixes of a text, in order and without overlaps: whole tokens, and tokens cut off or
 * damaged, where a prefix is followed by 16 or more characters of a payload. Linear in the text.
 */
export function findTokens<R extends Markers>(text: string, recipients: readonly R[]): readonly FoundToken<R>[] {
  const found: FoundToken<R>[] = [];
  if (text.length < shortestFound) return found;
  const read = createCharacterReader(text);
  const next = createCandidates(text, recipients);
  let done = 0;
  for (let at = next(); at >= 0; at = next()) {
    const last = found.at(-1);
    const inSuffix = at < done && last?.kind === "token" && at > last.suffixStart;
    if (at < done && !inSuffix) continue;
    const token = readTokenOfAny(text, read, at, recipients);
    if (token === undefined || (inSuffix && token.kind === "damaged")) continue;
    // The suffix is the beginning of the token behind it: what it ended was cut off there.
    if (inSuffix) found.splice(-1, 1, { kind: "damaged", start: last.start, end: at, recipient: last.recipient, layers: last.layers });
    found.push(token);
    done = token.end;
  }
  return found;
}

function readTokenOfAny<R extends Markers>(text: string, read: ReadCharacter, at: number, recipients: readonly R[]): FoundToken<R> | undefined {
  for (const recipient of recipients) {
    const prefix = matchMarker(text, read, at, recipient.prefix, spelledLayers);
    const token = prefix && readToken(text, read, at, prefix, recipient);
    if (token !== undefined) return token;
  }
  return undefined;
}

/** A prefix of 4 characters and what makes it a damaged token. */
const shortestFound = 4 + damagedLength;

/** Gives the places where a prefix may begin, in ascending order, and then -1. */
type Candidates = () => number;

function createCandidates(text: string, recipients: readonly Markers[]): Candidates {
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

/** What a spelling or the end of a line begins with, also where mails and scripts mark it. */
const other = "[\\\\%&=\\r\\n]";

/** Names of the characters that markers begin with (HTML, section 13.5). */
const firstNames: Readonly<Record<string, string>> = { "#": "num", "!": "excl", "*": "ast|midast", "~": "" };

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
    beginnings = { firsts: [...new Set(recipients.map(({ prefix }) => prefix.charAt(0)))], patterns: new Map() };
    known.set(recipients, beginnings);
  }
  let parts = "";
  for (const first of beginnings.firsts) if (text.includes(first)) parts = "#";
  for (const opener of openers) if (text.includes(opener)) parts += opener;
  if (parts === "") return undefined;
  let pattern = beginnings.patterns.get(parts);
  if (pattern === undefined) {
    const prefixes = recipients.map(({ prefix }) => prefix);
    pattern = new RegExp([...parts].map((part) => (part === "#" ? startsOf(prefixes) : spellingsOf(part, prefixes))).join("|"), "gi");
    beginnings.patterns.set(parts, pattern);
  }
  return pattern;
}

/** Prefixes as they are, up to their ends or to where a spelling or the end of a line begins. */
function startsOf(prefixes: readonly string[]): string {
  return [...new Set(prefixes.map((prefix) => prefix.charAt(0)))]
    .map((first) => {
      const rests = prefixes.filter((prefix) => prefix.startsWith(first) && prefix !== first).map((prefix) => prefix.slice(1));
      return quote(first) + (rests.length === 0 ? "" : `(?:${startsOf(rests)}|${other})`);
    })
    .join("|");
}

function quote(character: string): string {
  return `\\x${character.charCodeAt(0).toString(16).padStart(2, "0")}`;
}

/** Of so many layers of JSON as are read. */
const mostBackslashes = 1 << spelledLayers;

/** Escapes, percent-encodings or entities of what prefixes begin with, and of what those spellings begin with. */
function spellingsOf(opener: string, prefixes: readonly string[]): string {
  const firsts = [...new Set(prefixes.map((prefix) => prefix.charAt(0)))];
  const seconds = prefixes.map((prefix) => quote(prefix.charAt(1)));
  const hex = (characters: readonly string[]): string => characters.map((character) => character.charCodeAt(0).toString(16)).join("|");
  const names = firsts.map((first) => firstNames[first] ?? "").filter((name) => name !== "");
  const onward = `(?=${seconds.join("|")}|${other})`;
  // What goes on behind each opener that is spelt itself: what it opens then, which may be spelt too.
  const behind = {
    "\\": `(?=(?:%5c){0,${mostBackslashes}}(?:u(?:[0\\\\&]|%30)|x(?:[2-7\\\\&]|%3[2-7])|[\\\\&]|${firsts.map(quote).join("|")}|%(?:75|78|25|26|${hex(firsts)})))`,
    "%": `(?=${hex([...firsts, ...openers])}|[\\\\&]|%(?!25)[2-7])`,
    "&": `(?=[#\\\\&]|(?:${[...names, "amp", "percnt", "bsol"].join("|")})[;%\\\\&]|%(?:23|25|[67][0-9a-f]))`,
  } as const;
  /** Firsts and openers by their codes in some spelling. */
  const coded = (spell: (character: string) => string, end = ""): string =>
    [...firsts.map((first) => `${spell(first)}${end}${onward}`), ...openers.map((opened) => `${spell(opened)}${end}${behind[opened]}`)].join("|");
  const hexOf = (character: string): string => hex([character]);
  switch (opener) {
    case "\\":
      return `\\\\(?:(?:u00|x)(?:${coded(hexOf)})|(?:${firsts.map(quote).join("|")})${onward})`;
    case "%":
      return `%(?:${coded(hexOf)})`;
    default:
      return (
        `&(?:#0{0,9}(?:${coded((character) => String(character.charCodeAt(0)), ";")})|#x0{0,9}(?:${coded(hexOf, ";")})` +
        `|${names.map((name) => `(?:${name});${onward}|`).join("")}bsol;${behind["\\"]}|percnt;${behind["%"]}|amp;${behind["&"]})`
      );
  }
}

interface Matched {
  readonly end: number;
  readonly layers: number;
}

/** A marker at an offset, in any spelling, perhaps with the end of a line in it. */
function matchMarker(text: string, read: ReadCharacter, at: number, marker: string, depth: number): Matched | undefined {
  if (text.startsWith(marker, at)) return { end: at + marker.length, layers: 0 };
  let end = at;
  let layers = 0;
  let backslashes = 0;
  for (let index = 0; index < marker.length; index++) {
    if (index > 0) end = skipBreak(read, end, depth) ?? end;
    const character = read(end, depth);
    if (character.value !== marker[index]) return undefined;
    ({ end } = character);
    // A backslash that happens to stand before a marker is none of an escape.
    if (index === 0) backslashes = backslashesIn(character.layers);
    else if (index === marker.length - 1 && backslashes !== backslashesIn(character.layers)) return undefined;
    layers |= character.layers;
  }
  return { end, layers };
}

/** Blanks around the end of a line: indentation, and what the editors of mails leave. */
const mostBlanks = 64;

/**
 * Where the text goes on after the end of a line, or of two; `undefined` where no line ends. An equals sign before it is that
 * of quoted-printable (RFC 2045, section 6.7), a backslash that of shells and Java's properties.
 */
function skipBreak(read: ReadCharacter, at: number, depth: number): number | undefined {
  const first = read(at, depth);
  const soft = (first.value === "=" || first.value === "\\") && /^[\r\n]$/.test(read(first.end, depth).value);
  let end = soft ? first.end : at;
  let ends = 0;
  for (let blanks = 0; blanks <= mostBlanks; blanks++) {
    const { value, end: next } = read(end, depth);
    if (value === "\n") ends++;
    else if (value === "\r") ends += read(next, depth).value === "\n" ? 0 : 1;
    else if (value !== " " && value !== "\t") break;
    if (ends > 2) break;
    end = next;
  }
  return ends === 0 ? undefined : end;
}

const rawPayload = /[A-Za-z0-9+/=._-]*/y;
const payloadCharacter = /^[A-Za-z0-9+/=._-]$/;

function readToken<R extends Markers>(text: string, read: ReadCharacter, start: number, prefix: Matched, recipient: R): FoundToken<R> | undefined {
  rawPayload.lastIndex = prefix.end;
  const run = rawPayload.exec(text)?.[0] ?? "";
  const end = prefix.end + run.length;
  if (text.startsWith(recipient.suffix, end)) {
    const payload = parsePayload(run) ?? parsePayload(normalise(run));
    if (payload !== undefined) {
      return { kind: "token", start, end: end + recipient.suffix.length, recipient, layers: prefix.layers, payload, suffixStart: end };
    }
  }
  return readMangled(text, read, start, { ...prefix, end }, run, recipient);
}

/** Reads on where the plain characters of a payload end without a suffix, or with one and nothing well formed before it. */
function readMangled<R extends Markers>(
  text: string,
  read: ReadCharacter,
  start: number,
  head: Matched,
  run: string,
  recipient: R,
): FoundToken<R> | undefined {
  let { end, layers } = head;
  const pieces = [run];
  let segment = run.length;
  let length = run.length;
  let sealed = run.includes(".");
  let spaces = false;
  /** Behind the last characters that can only be those of a token. */
  let damagedEnd = segment >= damagedLength ? end : -1;
  for (;;) {
    const afterBreak = skipBreak(read, end, spelledLayers);
    if (afterBreak !== undefined) {
      end = afterBreak;
      pieces.push("\n");
      segment = 0;
      rawPayload.lastIndex = end;
      const line = rawPayload.exec(text)?.[0] ?? "";
      if (line !== "") {
        pieces.push(line);
        end += line.length;
        segment = line.length;
        sealed ||= line.includes(".");
        length += line.length;
        if (segment >= damagedLength) damagedEnd = end;
        continue;
      }
    }
    const character = read(end, spelledLayers);
    const isSpace = character.value === " " && (length <= longestDirect || sealed);
    if (!isSpace && !payloadCharacter.test(character.value)) break;
    pieces.push(character.value);
    ({ end } = character);
    length++;
    sealed ||= character.value === ".";
    if (isSpace) {
      spaces = true;
      segment = 0;
    } else {
      layers |= character.layers;
      segment++;
      if (segment >= (spaces ? damagedWord : damagedLength)) damagedEnd = end;
    }
  }
  const suffix = matchMarker(text, read, end, recipient.suffix, spelledLayers);
  const payload = suffix === undefined ? undefined : readPayload(pieces.join("").replace(/=?\n/g, ""), spaces);
  if (suffix !== undefined && payload !== undefined) {
    return { kind: "token", start, end: suffix.end, recipient, layers: layers | suffix.layers, payload, suffixStart: end };
  }
  return damagedEnd < 0 ? undefined : { kind: "damaged", start, end: damagedEnd, recipient, layers };
}

/** Words of a language are shorter. */
const damagedWord = 2 * damagedLength;

/** Characters of the longest direct payload: what a form made a space of was a plus sign of one. */
const longestDirect = 684;

/** Spaces stand for plus signs, as in a form, or for the ends of lines that were joined. */
function readPayload(characters: string, spaces: boolean): Payload | undefined {
  if (!spaces) return parsePayload(normalise(characters));
  const trimmed = characters.trim();
  // A sealed payload has no plus signs.
  const pluses = trimmed.includes(".") ? undefined : parsePayload(normalise(trimmed.replaceAll(" ", "+")));
  return pluses ?? parsePayload(normalise(trimmed.replaceAll(" ", "")));
}

/** The payload in the alphabet and with the padding that its kind has. Mails spell the sign of the padding (RFC 2045, section 6.7). */
function normalise(payload: string): string {
  const bare = payload.replaceAll("=3D", "=").replace(/={1,4}$/, "");
  if (bare.includes(".")) return bare.replaceAll("+", "-").replaceAll("/", "_");
  return bare.replaceAll("-", "+").replaceAll("_", "/") + "=".repeat((4 - (bare.length % 4)) % 4);
}
