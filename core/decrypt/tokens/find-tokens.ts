/** Tokens in a text, as other systems leave them: escaped, wrapped over lines, in another alphabet of base64. */
import { damagedLength } from "../../token/grammar.ts";
import type { Markers } from "../../token/marker.ts";
import { createCharacterDecoder, type DecodeCharacter } from "./character-decoder.ts";
import { mostLayers } from "./escape-layers.ts";
import { matchMarker } from "./match-marker.ts";
import { createCandidates } from "./prefix-candidates.ts";
import { readToken, type TokenRead } from "./read-token.ts";

/**
 * What is at a known prefix: a token, or a damaged one. Offsets are UTF-16, `end` is exclusive. `layers` tells what it
 * is escaped in, for `escapeCharacters`.
 */
export type FoundToken<R extends Markers> = TokenRead & { readonly start: number; readonly recipient: R };

/** Codecs undo a layer, JSON in strings another one. */
const layersWithCodecs = mostLayers + 2;

/** Whether a text may hold a token, as it is or after what a codec or `findTokens` undoes. Linear in the text. */
export function mayHoldTokens(text: string, recipients: readonly Markers[]): boolean {
  const decode = createCharacterDecoder(text);
  const next = createCandidates(text, recipients);
  for (let at = next(); at >= 0; at = next()) {
    for (const { prefix } of recipients)
      if (matchMarker(text, decode, at, prefix, layersWithCodecs) !== undefined) return true;
  }
  return false;
}

/** Characters of the shortest prefix, and of what makes it a damaged token. */
const shortestFound = 4 + damagedLength;

/**
 * Everything at the known prefixes of a text, in order and without overlaps: whole tokens, and tokens cut off or
 * damaged, where a prefix is followed by 16 or more characters of a payload. Linear in the text.
 */
export function findTokens<R extends Markers>(text: string, recipients: readonly R[]): readonly FoundToken<R>[] {
  const found: FoundToken<R>[] = [];
  if (text.length < shortestFound) return found;
  const decode = createCharacterDecoder(text);
  const next = createCandidates(text, recipients);
  let done = 0;
  for (let at = next(); at >= 0; at = next()) {
    const last = found.at(-1);
    const inSuffix = at < done && last?.kind === "token" && at > last.suffixStart;
    if (at < done && !inSuffix) continue;
    const token = readTokenOfAny(text, decode, at, recipients);
    if (token === undefined || (inSuffix && token.kind === "damaged")) continue;
    // What was taken for a suffix begins the next token: the one before it was cut off within its suffix.
    if (inSuffix) {
      const { start, recipient, layers } = last;
      found[found.length - 1] = { kind: "damaged", start, end: at, recipient, layers };
    }
    found.push(token);
    done = token.end;
  }
  return found;
}

function readTokenOfAny<R extends Markers>(
  text: string,
  decode: DecodeCharacter,
  start: number,
  recipients: readonly R[],
): FoundToken<R> | undefined {
  for (const recipient of recipients) {
    const prefix = matchMarker(text, decode, start, recipient.prefix, mostLayers);
    const token = prefix && readToken(text, decode, prefix, recipient.suffix);
    if (token !== undefined) return { ...token, start, recipient };
  }
  return undefined;
}
