/** JSON strings in text that was spelt once more, such as JSON in a URL or a log line that is cut off. */

import type { Span } from "../../text/edit.ts";
import { createCharacterReader, nestLayers, type ReadCharacter, spelledLayers } from "./escape-layers.ts";

/** `\u0022` in three more layers. */
const longestSpelling = 48;

interface Found {
  readonly start: number;
  readonly layers: number;
}

/**
 * The layers that the quotes around a span are spelt in, where they are those of a JSON string: behind a colon, a comma
 * or a bracket. `undefined` where there are none, or where they stand for themselves and nobody can tell what they
 * belong to.
 */
export function layersOfQuotes(text: string, { start, end }: Span): number | undefined {
  if (!/^[\\%&]/.test(text.slice(end, end + 1))) return hasBareQuotes(text, { start, end }) ? 0 : undefined;
  const read = createCharacterReader(text);
  const closing = read(end, spelledLayers);
  if (closing.value !== '"') return undefined;
  const opening = findBefore(read, start, /^"$/);
  if (opening === undefined || opening.layers !== closing.layers) return undefined;
  const blank = findBefore(read, opening.start, /^[ +]$/);
  return (
    findBefore(read, blank?.start ?? opening.start, /^[:,[{]$/) &&
    (readMarkedUp(text.slice(end, closing.end)) ?? closing.layers)
  );
}

/** A quote with backslashes before it that markup was put around: each level of JSON doubles them and adds one. */
function readMarkedUp(quote: string): number | undefined {
  const [, backslashes = "", ampersands = ""] = /^(\\+)&((?:amp;)*)(?:quot|#0*34|#x0*22);$/i.exec(quote) ?? [];
  const levels = Math.log2(backslashes.length + 1);
  return levels > 0 && Number.isInteger(levels) ? nestLayers(1 + ampersands.length / "amp;".length, levels) : undefined;
}

/** So much is looked at before and behind a span: blanks, and ends of lines where a text was wrapped. */
const nearby = 80;

/**
 * Whether a span stands in a JSON string of its own whose quotes are spelt as themselves: the value of a member, its
 * name, or the first of a list. JSON that is cut off or wrapped over lines has such, and so has what only looks like
 * JSON.
 */
function hasBareQuotes(text: string, { start, end }: Span): boolean {
  const behind = text.slice(end, end + nearby);
  if (!/^(?:=?\r?\n)?"/.test(behind)) return false;
  const before = text.slice(Math.max(0, start - nearby), start);
  if (/(?:"[ \t\r\n]*:|\[)[ \t\r\n]*"(?:=?\r?\n)?$/.test(before)) return true;
  return /[{,][ \t\r\n]*"(?:=?\r?\n)?$/.test(before) && /^(?:=?\r?\n)?"[ \t\r\n]*:/.test(behind);
}

/** The character that ends at an offset, in its longest spelling. */
function findBefore(read: ReadCharacter, end: number, wanted: RegExp): Found | undefined {
  for (let start = Math.max(0, end - longestSpelling); start < end; start++) {
    const character = read(start, spelledLayers);
    if (character.end === end && wanted.test(character.value)) return { start, layers: character.layers };
  }
  return undefined;
}
