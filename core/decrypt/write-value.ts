/** Writes a restored value for its token, so that it changes nothing around it. */
import { FieldsealError } from "../errors.ts";
import { decodeString } from "../text/json-document.ts";
import { type OpenedValue, readUtf8 } from "./open-tokens.ts";
import type { Reader } from "./reader/reader.ts";
import { isWhole, type PlacedToken } from "./token-document.ts";
import { escapeCharacters } from "./tokens/escape-characters.ts";
import { countLayers } from "./tokens/escape-layers.ts";

/**
 * What is written for a token: a JSON value for the whole of a JSON string, the bytes of a file for the whole of a
 * part, and elsewhere characters, as `writeDocument` takes them. Throws `value_unwritable` for what cannot be written
 * there, and `token_invalid` for a file that is not UTF-8 where only text can be.
 */
export function writeValue(
  { site, document }: Pick<PlacedToken, "site"> & { readonly document: Pick<PlacedToken["document"], "binary"> },
  value: OpenedValue,
  { csvFormulas }: Pick<Reader, "csvFormulas">,
): string {
  const { node, token, literal, format, layers, quotes } = site;
  if (literal !== undefined)
    return literal.restore(value.kind === "json" ? value.json : JSON.stringify(readUtf8(value.bytes)));
  if (value.kind === "bytes" && document.binary && isWhole(node, token))
    return node.encodeBytes?.(value.bytes) ?? node.encode(readUtf8(value.bytes));
  const characters = charactersOf(value);
  // Half of a surrogate pair has no UTF-8: where no JSON escape can be, another character would come back.
  if (!characters.isWellFormed() && (node.literal === undefined || layers !== 0))
    throw new FieldsealError("value_unwritable");
  const isCell = format === "csv" && token.start === 0;
  const guarded = isCell && csvFormulas === "escape" && isFormula(characters) ? `'${characters}` : characters;
  const spelt = quotes === undefined ? escapeCharacters(guarded, layers) : spellInQuotes(guarded, layers, quotes);
  return node.divisible ? node.encode(spelt) : spelt;
}

/** The characters of a JSON string whose quotes, and the token in it, are spelt in layers. */
function spellInQuotes(characters: string, layers: number, quotes: number): string {
  const escape = (text: string): string => JSON.stringify(text).slice(1, -1);
  const shown = countLayers(layers);
  const around = countLayers(quotes);
  const isMarkedUp = shown.percent > around.percent || shown.entity > around.entity;
  // What the token shows is what is around the string, and the string's own escapes, as a solidus of PHP's is.
  if (!isMarkedUp && shown.json <= around.json + 1) return escapeCharacters(escape(characters), quotes);
  if (isMarkedUp && quotes === 0) return escape(escapeCharacters(characters, layers));
  return escapeCharacters(shown.json > around.json ? characters : escape(characters), layers | quotes);
}

/** What spreadsheets take for a formula (OWASP, "CSV Injection"). */
function isFormula(characters: string): boolean {
  return /^[=+\-@\t\r\n\uff0b\uff0d\uff1d\uff20]/.test(characters);
}

/**
 * The characters that a restored value has in a text: those of a string or of a file, the literal of anything else.
 * Throws `token_invalid` for a file that is not UTF-8.
 */
export function charactersOf(value: OpenedValue): string {
  if (value.kind === "bytes") return readUtf8(value.bytes);
  return value.json.startsWith('"') ? decodeString(value.json) : value.json;
}
