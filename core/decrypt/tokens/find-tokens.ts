/**
 * Tokens in the spellings that other systems leave them in: with escapes, percent-encoding or entities, wrapped over
 * lines, without padding, in the other base64 alphabet, with spaces for plus signs.
 */

import { damagedLength, type Payload, parsePayload } from "../../token/grammar.ts";
import type { Markers } from "../../token/marker.ts";
import { backslashesIn, createCharacterReader, type ReadCharacter, spelledLayers } from "./escape-layers.ts";
import { createCandidates } from "./prefix-candidates.ts";

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
    for (const { prefix } of recipients)
      if (matchMarker(text, read, at, prefix, layersWithCodecs) !== undefined) return true;
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
    if (inSuffix)
      found.splice(-1, 1, {
        kind: "damaged",
        start: last.start,
        end: at,
        recipient: last.recipient,
        layers: last.layers,
      });
    found.push(token);
    done = token.end;
  }
  return found;
}

function readTokenOfAny<R extends Markers>(
  text: string,
  read: ReadCharacter,
  at: number,
  recipients: readonly R[],
): FoundToken<R> | undefined {
  for (const recipient of recipients) {
    const prefix = matchMarker(text, read, at, recipient.prefix, spelledLayers);
    const token = prefix && readToken(text, read, at, prefix, recipient);
    if (token !== undefined) return token;
  }
  return undefined;
}

/** A prefix of 4 characters and what makes it a damaged token. */
const shortestFound = 4 + damagedLength;

interface Matched {
  readonly end: number;
  readonly layers: number;
}

/** A marker at an offset, in any spelling, perhaps with the end of a line in it. */
function matchMarker(
  text: string,
  read: ReadCharacter,
  at: number,
  marker: string,
  depth: number,
): Matched | undefined {
  if (text.startsWith(marker, at)) return { end: at + marker.length, layers: 0 };
  let end = at;
  let layers = 0;
  let backslashes = 0;
  for (let index = 0; index < marker.length; index++) {
    let character = read(end, depth);
    if (index > 0 && endsLines.has(character.value)) character = read(skipBreak(read, end, depth) ?? end, depth);
    if (character.value !== marker[index]) return undefined;
    ({ end } = character);
    // A backslash that happens to stand before a marker is none of an escape.
    if (index === 0) backslashes = backslashesIn(character.layers);
    else if (index === marker.length - 1 && backslashes !== backslashesIn(character.layers)) return undefined;
    layers |= character.layers;
  }
  return { end, layers };
}

/** What the end of a line within a token begins with. */
const endsLines: ReadonlySet<string> = new Set("\r\n\t =\\");

/** Blanks around the end of a line: indentation, and what the editors of mails leave. */
const mostBlanks = 64;

/**
 * Where the text goes on after the end of a line, or of two; `undefined` where no line ends. An equals sign before it
 * is that of quoted-printable (RFC 2045, section 6.7), a backslash that of shells and Java's properties.
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

function readToken<R extends Markers>(
  text: string,
  read: ReadCharacter,
  start: number,
  prefix: Matched,
  recipient: R,
): FoundToken<R> | undefined {
  rawPayload.lastIndex = prefix.end;
  const run = rawPayload.exec(text)?.[0] ?? "";
  const end = prefix.end + run.length;
  if (text.startsWith(recipient.suffix, end)) {
    const payload = parsePayload(run) ?? parsePayload(normalise(run));
    if (payload !== undefined) {
      return {
        kind: "token",
        start,
        end: end + recipient.suffix.length,
        recipient,
        layers: prefix.layers,
        payload,
        suffixStart: end,
      };
    }
  }
  return readMangled(text, read, start, { ...prefix, end }, run, recipient);
}

/**
 * Reads on where the plain characters of a payload end without a suffix, or with one and nothing well formed before it.
 */
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
    return {
      kind: "token",
      start,
      end: suffix.end,
      recipient,
      layers: layers | suffix.layers,
      payload,
      suffixStart: end,
    };
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

/**
 * The payload in the alphabet and with the padding that its kind has. Mails spell the sign of the padding (RFC 2045,
 * section 6.7).
 */
function normalise(payload: string): string {
  const bare = payload.replaceAll("=3D", "=").replace(/={1,4}$/, "");
  if (bare.includes(".")) return bare.replaceAll("+", "-").replaceAll("/", "_");
  return bare.replaceAll("-", "+").replaceAll("_", "/") + "=".repeat((4 - (bare.length % 4)) % 4);
}
