/** Markers in a text, escaped or with the end of a line in them. */
import type { DecodeCharacter } from "./character-decoder.ts";
import { backslashesIn } from "./escape-layers.ts";
import { skipLineBreak } from "./line-breaks.ts";

/** A marker that was found: where it ends, and what it is escaped in. */
export interface MarkerMatch {
  readonly end: number;
  readonly layers: number;
}

/** With what the end of a line within a marker can begin, which spares others the look for one. */
const lineBreakStarts: ReadonlySet<string> = new Set("\r\n\t =\\");

/** A marker at an offset of a text, after at most so many layers are undone; `undefined` where there is none. */
export function matchMarker(
  text: string,
  decode: DecodeCharacter,
  at: number,
  marker: string,
  mostLayers: number,
): MarkerMatch | undefined {
  if (text.startsWith(marker, at)) return { end: at + marker.length, layers: 0 };
  let end = at;
  let layers = 0;
  let backslashes = 0;
  for (let index = 0; index < marker.length; index++) {
    let character = decode(end, mostLayers);
    if (index > 0 && lineBreakStarts.has(character.value)) {
      character = decode(skipLineBreak(decode, end, mostLayers) ?? end, mostLayers);
    }
    if (character.value !== marker[index]) return undefined;
    ({ end } = character);
    // A backslash that is by chance before a marker is no escape: its last character would have one too.
    if (index === 0) backslashes = backslashesIn(character.layers);
    else if (index === marker.length - 1 && backslashes !== backslashesIn(character.layers)) return undefined;
    layers |= character.layers;
  }
  return { end, layers };
}
