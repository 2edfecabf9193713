/** JSON strings in text that was escaped once more, such as JSON in a URL or in a log line that is cut off. */
import type { Span } from "../../text/edit.ts";
import { createCharacterDecoder, type DecodeCharacter } from "./character-decoder.ts";
import { mostLayers, nestLayers } from "./escape-layers.ts";

/**
 * The layers in which the quotes around a span are escaped, if they are those of a JSON string, behind a colon, a comma
 * or a bracket; 0 for quotes without escapes. `undefined` where there are no quotes, or where nobody can tell what they
 * belong to.
 */
export function layersOfQuotes(text: string, { start, end }: Span): number | undefined {
  if (!/^[\\%&]/.test(text.slice(end, end + 1))) return hasBareQuotes(text, { start, end }) ? 0 : undefined;
  const decode = createCharacterDecoder(text);
  const closing = decode(end, mostLayers);
  if (closing.value !== '"') return undefined;
  const opening = findBefore(decode, start, /^"$/);
  if (opening === undefined || opening.layers !== closing.layers) return undefined;
  const blank = findBefore(decode, opening.start, /^[ +]$/);
  const before = findBefore(decode, blank?.start ?? opening.start, /^[:,[{]$/);
  return before && (layersOfMarkedUpQuote(text.slice(end, closing.end)) ?? closing.layers);
}

/**
 * The layers of a quote with backslashes before it that was then escaped for markup. The decoder takes all backslashes
 * for one layer; but each level of JSON doubles them and adds one.
 */
function layersOfMarkedUpQuote(quote: string): number | undefined {
  const [, backslashes = "", ampersands = ""] = /^(\\+)&((?:amp;)*)(?:quot|#0*34|#x0*22);$/i.exec(quote) ?? [];
  const levels = Math.log2(backslashes.length + 1);
  return levels > 0 && Number.isInteger(levels) ? nestLayers(1 + ampersands.length / "amp;".length, levels) : undefined;
}

/** Characters that are looked at before and behind a span: blanks, and ends of lines where a text was wrapped. */
const nearby = 80;

/**
 * Whether a span fills a JSON string whose quotes are not escaped: the value of a member, its name, or the first of a
 * list. JSON that is cut off or wrapped over lines has such strings, and so has what only looks like JSON.
 */
function hasBareQuotes(text: string, { start, end }: Span): boolean {
  const behind = text.slice(end, end + nearby);
  if (!/^(?:=?\r?\n)?"/.test(behind)) return false;
  const before = text.slice(Math.max(0, start - nearby), start);
  if (/(?:"[ \t\r\n]*:|\[)[ \t\r\n]*"(?:=?\r?\n)?$/.test(before)) return true;
  return /[{,][ \t\r\n]*"(?:=?\r?\n)?$/.test(before) && /^(?:=?\r?\n)?"[ \t\r\n]*:/.test(behind);
}

interface CharacterBefore {
  readonly start: number;
  readonly layers: number;
}

/** Characters of the longest escape: `\u0022` in three more layers. */
const longestEscape = 48;

/** The character that ends at an offset, in its longest escape. */
function findBefore(decode: DecodeCharacter, end: number, wanted: RegExp): CharacterBefore | undefined {
  for (let start = Math.max(0, end - longestEscape); start < end; start++) {
    const character = decode(start, mostLayers);
    if (character.end === end && wanted.test(character.value)) return { start, layers: character.layers };
  }
  return undefined;
}
