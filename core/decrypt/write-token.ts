/** Writes a token for another one, in the spelling that its place has. */
import type { Span } from "../text/edit.ts";
import type { PlacedToken } from "./token-document.ts";
import { createCharacterDecoder } from "./tokens/character-decoder.ts";
import { escapeCharacters, escapeVisibly } from "./tokens/escape-characters.ts";
import { mostLayers } from "./tokens/escape-layers.ts";

/**
 * What is written for a token: another one in the spelling of the old one, since by that a reader tells how a value is
 * written there. As `writeDocument` takes it.
 */
export function writeToken(
  { site, document }: Pick<PlacedToken, "site"> & { readonly document: Pick<PlacedToken["document"], "source"> },
  token: string,
): string {
  const { node, part, literal } = site;
  const { source } = document;
  const encode: CharacterEncoding = {
    briefly: (characters) => escapeCharacters(characters, site.token.layers),
    visibly: (character) => escapeVisibly(character, site.token.layers),
  };
  if (literal === undefined && !node.divisible) return spellAs(node.text, part, token, encode);
  const span = { start: node.at(part.start), end: node.at(part.end) };
  const spelt = spellAs(source, span, token, {
    briefly: (characters) => node.encode(encode.briefly(characters)),
    visibly: (character) => node.encode(encode.visibly(character)),
  });
  return literal === undefined
    ? spelt
    : source.slice(literal.start, span.start) + spelt + source.slice(span.end, literal.end);
}

/** How characters are spelt in a place: as it demands, or with every layer showing. */
interface CharacterEncoding {
  readonly briefly: (characters: string) => string;
  readonly visibly: (character: string) => string;
}

/** Those of a token and of the codecs around it. */
const allLayers = mostLayers + 2;

/**
 * A token in the spelling of a span of a text. No character shows a layer that the old token did not,
 * and together they show all that it did.
 */
function spellAs(text: string, { start, end }: Span, token: string, { briefly, visibly }: CharacterEncoding): string {
  const old = text.slice(start, end);
  const wrap = (characters: string): string =>
    old.includes("\n") ? wrapAs(old, start - text.lastIndexOf("\n", start - 1) - 1, characters) : characters;
  if (!/[\\%&]/.test(old)) return wrap(briefly(token));
  const spellings = new Map<string, string>();
  let layers = 0;
  for (const { value, spelling, layers: own } of readCharacters(old)) {
    if (own === 0 || value === "\n" || value === "\r") continue;
    layers |= own;
    if (!spellings.has(value)) spellings.set(value, spelling);
  }
  const encode = (character: string): string => {
    const candidates = [briefly(character), visibly(character), escapeVisibly(character, layers)];
    return candidates.find((candidate) => (layersIn(candidate) & ~layers) === 0) ?? briefly(character);
  };
  const [first = "", ...others] = Array.from(token, (character) => spellings.get(character) ?? encode(character));
  const spelt = first + others.join("");
  if (layers === 0) return wrap(spelt);
  const missing = layers & ~layersIn(spelt);
  if (missing === 0) return spelt;
  // None of the characters that showed it are in this token.
  const shown = [visibly(token[0] ?? ""), escapeVisibly(token[0] ?? "", missing)].map(
    (character) => character + others.join(""),
  );
  return shown.find((candidate) => (layers & ~layersIn(candidate)) === 0) ?? spelt;
}

function layersIn(text: string): number {
  return [...readCharacters(text)].reduce((layers, character) => layers | character.layers, 0);
}

function* readCharacters(
  text: string,
): Generator<{ readonly value: string; readonly spelling: string; readonly layers: number }> {
  const read = createCharacterDecoder(text);
  for (let at = 0; at < text.length; ) {
    const { value, end, layers } = read(at, allLayers);
    yield { value, spelling: text.slice(at, end), layers };
    at = end;
  }
}

/**
 * A token in lines that are as wide as those of the one it replaces, which begins at a column. Where all of its lines
 * end with `=`, the text is quoted-printable (RFC 2045, section 6.7).
 */
function wrapAs(old: string, column: number, token: string): string {
  const breaks = [...old.matchAll(/(=?)(\r?\n[ \t]*)/g)];
  const [first] = breaks;
  if (first === undefined) return token;
  const [, , end = ""] = first;
  const isQuoted = breaks.every(([, soft]) => soft === "=");
  const units = (isQuoted ? token.replaceAll("=", "=3D") : token).match(/=3D|[^]/g) ?? [];
  const width = column + first.index;
  const indent = end.replace(/^\r?\n/, "").length;
  let at = column;
  let wrapped = "";
  for (const unit of units) {
    if (at + unit.length > width && at > indent) {
      wrapped += (isQuoted ? "=" : "") + end;
      at = indent;
    }
    wrapped += unit;
    at += unit.length;
  }
  return wrapped;
}
