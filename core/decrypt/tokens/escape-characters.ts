/** Characters, escaped in the layers that a token was escaped in: the mirror image of character-decoder.ts. */
import { encodePercent } from "../../text/percent.ts";
import { type EscapeKind, escapeKinds, hasEscape, mostLayers } from "./escape-layers.ts";

/**
 * Characters in layers of escapes, the innermost first. Where one layer shows several kinds, all of them are used: JSON
 * within markup within a URL. A kind leaves characters that need no escape in it.
 */
export function escapeCharacters(characters: string, layers: number): string {
  let escaped = characters;
  for (let layer = mostLayers; layer >= 0; layer--) {
    if (hasEscape(layers, escapeKinds.backslash, layer)) escaped = escapePunctuation(escaped);
    else if (hasEscape(layers, escapeKinds.json, layer)) escaped = escapeJson(escaped);
    if (hasEscape(layers, escapeKinds.entity, layer)) escaped = escapeMarkup(escaped);
    if (hasEscape(layers, escapeKinds.percent, layer)) escaped = encodePercent(escaped);
  }
  return escaped;
}

/** How each kind escapes a character that needs no escape, in the order in which `escapeCharacters` uses the kinds. */
const escapesOfOne: readonly { readonly kind: EscapeKind; readonly escapeOne: (code: number) => string }[] = [
  { kind: escapeKinds.backslash, escapeOne: (code) => `\\${String.fromCharCode(code)}` },
  { kind: escapeKinds.json, escapeOne: (code) => `\\u${code.toString(16).padStart(4, "0")}` },
  { kind: escapeKinds.entity, escapeOne: (code) => `&#${code};` },
  { kind: escapeKinds.percent, escapeOne: (code) => `%${code.toString(16).padStart(2, "0").toUpperCase()}` },
];

/**
 * A token's first character in the layers that another token was escaped in, each of which shows, even where the
 * character needs no escape in it: from these escapes a decryptor learns what is around the token.
 */
export function escapeVisibly(character: string, layers: number): string {
  let escaped = character;
  for (let layer = mostLayers - 1; layer >= 0; layer--) {
    const isBackslashed = hasEscape(layers, escapeKinds.backslash, layer);
    for (const { kind, escapeOne } of escapesOfOne) {
      if (!hasEscape(layers, kind, layer) || (kind === escapeKinds.json && isBackslashed)) continue;
      const natural = escapeCharacters(escaped, kind);
      escaped = natural === escaped ? escapeOne(escaped.charCodeAt(0)) + escaped.slice(1) : natural;
    }
  }
  return escaped;
}

function escapeJson(characters: string): string {
  return JSON.stringify(characters).slice(1, -1);
}

function escapePunctuation(characters: string): string {
  return characters.replace(/[!-/:-@[-`{-~]/g, "\\$&").replace(/[\u0000-\u001f]/g, escapeJson);
}

/** Characters in text and in quoted attributes of HTML and XML. */
function escapeMarkup(characters: string): string {
  return characters.replace(/[&<>"'\t\r\n]/g, (character) => `&#${character.charCodeAt(0)};`);
}
