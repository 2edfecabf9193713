/**
 * Escapes that JSON, forms and XML make of characters of base64 and of the ends of its lines, also in several levels,
 * one in the other.
 */
import { endsLine, isBetween, isBlank, mostBlanks, opensEscape, skipBlanks } from "./base64-characters.ts";

/** A backslash, and what percent-encodes, as JSON and forms within others have them. */
const backslashes = "(?:\\\\|%(?:25){0,8}5c){1,64}";
const percent = "%(?:25){0,8}";

/** A character of base64 or of the end of a line, and what JSON, forms and XML write for it. */
interface EscapedCharacter {
  readonly character: string;
  readonly hex: string;
  /** What JSON has behind a backslash, and XML between an ampersand and a semicolon. */
  readonly json: readonly string[];
  readonly xml: readonly string[];
}

const escapedCharacters: readonly EscapedCharacter[] = [
  { character: "+", hex: "2b", json: [], xml: ["plus", "#0{0,5}43"] },
  { character: "/", hex: "2f", json: ["/", `${percent}2f`], xml: ["sol", "#0{0,5}47"] },
  { character: "\n", hex: "0a", json: ["n"], xml: ["newline", "#0{0,5}10"] },
  { character: "\r", hex: "0d", json: ["r"], xml: ["#0{0,5}13"] },
];

/** The escapes of these characters, also in several levels. */
function escapesOf(characters: readonly EscapedCharacter[]): string {
  const hex = characters.map((each) => each.hex).join("|");
  const json = characters.flatMap((each) => each.json).map((escape) => `|${escape}`);
  const xml = characters.flatMap((each) => each.xml).join("|");
  const codes = characters.map((each) => each.hex.replace(/^0/, "")).join("|");
  return [
    `${backslashes}(?:u00(?:${hex})${json.join("")})`,
    `${percent}(?:${hex})`,
    `&(?:amp;){0,8}(?:#x0{0,5}(?:${codes})|${xml});`,
  ].join("|");
}

const escapePatterns = escapedCharacters.map((each) => ({
  character: each.character,
  pattern: new RegExp(escapesOf([each]), "gi"),
}));
const oneEscape = new RegExp(escapesOf(escapedCharacters), "iy");
/** What an escape begins with. */
export const escapeOpener = /[\\%&]/;
const tabEscapes = new RegExp(`${backslashes}t`, "g");
const tabEscape = new RegExp(tabEscapes.source, "y");
const newlineEscape = `(?:${escapesOf(escapedCharacters.filter(({ json }) => json.includes("n")))})`;
const oneNewlineEscape = new RegExp(`^${newlineEscape}$`, "i");
/** Up to the first digit behind the blanks, or to the last character of a tab's escape. */
const indentedEscape = new RegExp(`${newlineEscape}(?:[ \\t]|\\\\{1,64}t){0,${mostBlanks}}\\\\{0,64}$`, "i");

/** A text with these characters and with tabs for their escapes. */
export function readEscapes(text: string): string {
  let read = text.replace(tabEscapes, "\t");
  for (const { character, pattern } of escapePatterns) read = read.replace(pattern, character);
  return read;
}

/** How often the first percent sign of an escape is percent-encoded, itself included; 0 where there is none. */
export function percentsIn(escape: string): number {
  const [encoded] = /%(?:25)*/.exec(escape) ?? [];
  return encoded === undefined ? 0 : (encoded.length + 1) / 2;
}

/**
 * Where an escape ends that begins at an offset, or the end of a line with blanks; -1 where none does that base64 may
 * hold.
 */
export function endOfEscape(text: string, at: number): number {
  const code = text.charCodeAt(at);
  if (isBlank(code) && endsLine(text.charCodeAt(at - 1))) return skipBlanks(text, at);
  if (isBetween(code)) {
    const end = endOfBreak(text, at);
    if (end >= 0) return end;
  }
  if (!opensEscape(code)) return -1;
  const end = endOfMatch(oneEscape, text, at);
  const next = text.charCodeAt(end);
  return end >= 0 && (isBlank(next) || next === 0x5c) && oneNewlineEscape.test(text.slice(at, end))
    ? skipIndentation(text, end)
    : end;
}

/**
 * The end of a line with the blanks around it, and with what says before it that the line goes on: `=` in mails, a
 * backslash elsewhere.
 */
function endOfBreak(text: string, at: number): number {
  let end = skipBlanks(text, isBlank(text.charCodeAt(at)) ? at : at + 1);
  if (!endsLine(text.charCodeAt(end))) return -1;
  end += text.startsWith("\r\n", end) ? 2 : 1;
  return skipBlanks(text, end);
}

/** Blanks and tabs, as they are or behind backslashes. */
function skipIndentation(text: string, at: number): number {
  let end = at;
  for (let next = at; next >= 0 && next - at < 2 * mostBlanks; next = endOfMatch(tabEscape, text, end))
    end = skipBlanks(text, next);
  return end;
}

function endOfMatch(pattern: RegExp, text: string, at: number): number {
  pattern.lastIndex = at;
  return pattern.test(text) ? pattern.lastIndex : -1;
}

const longestReference = 64;

/** Where what `endOfEscape` reads begins, if it ends at an offset; -1 where none can. */
export function beforeEscape(text: string, end: number): number {
  let at = end;
  while (at > 0 && end - at < mostBlanks && isBlank(text.charCodeAt(at - 1))) at--;
  if (endsLine(text.charCodeAt(end))) {
    if (text[at - 1] === "=" || text[at - 1] === "\\") return at - 1;
    if (at < end) return at;
  } else if (at < end && endsLine(text.charCodeAt(at - 1))) {
    return at;
  } else if (at < end || (text[end - 1] === "\\" && text[end] === "t")) {
    // The end of the line may be an escape.
    if (at < end && text.startsWith("\\n", at - 2)) return startOfBackslashes(text, at - 2);
    if (at < end && !endsAsEscape(text, at)) return -1;
    const from = Math.max(0, end - 2 * longestReference);
    const start = text.slice(from, end).search(indentedEscape);
    return start < 0 ? -1 : from + start;
  }
  if (text[end - 1] !== ";") return end - 1;
  const start = text.slice(Math.max(0, end - longestReference), end).search(/&(?:amp;)*#?[0-9a-z]+;$/i);
  return start < 0 ? end - 1 : Math.max(0, end - longestReference) + start;
}

function startOfBackslashes(text: string, last: number): number {
  let start = last;
  while (last - start < longestReference && text[start - 1] === "\\") start--;
  return start;
}

/** As the escapes of the ends of lines do, and those of tabs behind them: `\\t`, `%0a`, `&#10;`. */
function endsAsEscape(text: string, end: number): boolean {
  switch (text.charCodeAt(end - 1)) {
    case 0x74:
      return text[end - 2] === "\\";
    case 0x61:
    case 0x41:
      return text[end - 2] === "0";
    default:
      return text[end - 1] === ";";
  }
}

const anyEscape = new RegExp(`${backslashes}(?:u[0-9a-f]{4}|${percent}[0-9a-f]{2}|.)|${percent}[0-9a-f]{2}`, "iy");

/** Behind an escape of something else, of a quote before base64; or behind the character there. */
export function endOfAnyEscape(text: string, at: number): number {
  if (!opensEscape(text.charCodeAt(at))) return at + 1;
  anyEscape.lastIndex = at;
  anyEscape.test(text);
  return Math.max(anyEscape.lastIndex, at + 1);
}
