/** JSON strings in text that was spelt once more, such as JSON in a URL or a log line that is cut off. */
import { createCharacterReader, type ReadCharacter, spelledLayers } from "./character-spelling.ts";
import type { Span } from "./edits.ts";

/** `\u0022` in three more layers. */
const longestSpelling = 48;

interface Found {
  readonly start: number;
  readonly layers: number;
}

/**
 * The layers that the quotes around a span are spelt in, where they are those of a JSON string: behind a colon, a comma or a
 * bracket. `undefined` where there are none, or where they stand for themselves, so that nobody can tell.
 */
export function layersOfQuotes(text: string, { start, end }: Span): number | undefined {
  if (!/^[\\%&]/.test(text.slice(end, end + 1))) return undefined;
  const read = createCharacterReader(text);
  const closing = read(end, spelledLayers);
  if (closing.value !== '"') return undefined;
  const opening = findBefore(read, start, /^"$/);
  if (opening === undefined || opening.layers !== closing.layers) return undefined;
  const blank = findBefore(read, opening.start, /^[ +]$/);
  return findBefore(read, blank?.start ?? opening.start, /^[:,[{]$/) && closing.layers;
}

/** The character that ends at an offset, in its longest spelling. */
function findBefore(read: ReadCharacter, end: number, wanted: RegExp): Found | undefined {
  for (let start = Math.max(0, end - longestSpelling); start < end; start++) {
    const character = read(start, spelledLayers);
    if (character.end === end && wanted.test(character.value)) return { start, layers: character.layers };
  }
  return undefined;
}
