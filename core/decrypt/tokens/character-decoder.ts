/**
 * Single characters of a text, decoded through several layers of escapes: those of JSON and JavaScript, backslashes
 * before punctuation, percent-encoding, and entities of XML and HTML, one inside the other.
 */
import { characterOfEntity } from "./entity-names.ts";
import { type EscapeKind, escapeIn, escapeKinds } from "./escape-layers.ts";

/** A character of a text, however it is escaped there. */
export interface DecodedCharacter {
  /** One UTF-16 unit; empty at the end of the text. */
  readonly value: string;
  /** Where its escape ends. */
  readonly end: number;
  /** What it is escaped in (see escape-layers.ts). */
  readonly layers: number;
}

/** Gives the character that begins at an offset of a text, after at most so many layers are undone. */
export type DecodeCharacter = (at: number, layers: number) => DecodedCharacter;

/** A character after no layer, after one, after two, as far as it was asked for. */
interface Steps {
  readonly characters: DecodedCharacter[];
  /** Whether further layers leave it as the last step has it. */
  isFinal: boolean;
}

/** Offsets whose steps are kept: enough for what is around one. */
const mostKept = 1_024;

/** A decoder of one text. It keeps what it decoded for a while, since each layer asks the one below it again. */
export function createCharacterDecoder(text: string): DecodeCharacter {
  const kept = new Map<number, Steps>();
  const begin = (at: number, first: DecodedCharacter): Steps => {
    const steps = { characters: [first], isFinal: false };
    if (kept.size >= mostKept) kept.clear();
    kept.set(at, steps);
    return steps;
  };
  const decode: DecodeCharacter = (at, layers) => {
    const first: DecodedCharacter = { value: text[at] ?? "", end: at + 1, layers: 0 };
    if (layers === 0 || !isOpener(first.value)) return first;
    const steps = kept.get(at) ?? begin(at, first);
    const { characters } = steps;
    let character = characters.at(-1) ?? first;
    while (!steps.isFinal && characters.length <= layers) {
      const decoded = undoLayer(text, decode, character, characters.length - 1);
      if (decoded === undefined) {
        steps.isFinal = true;
      } else {
        character = decoded;
        characters.push(decoded);
      }
    }
    return characters[Math.min(layers, characters.length - 1)] ?? first;
  };
  return decode;
}

/** Characters with which escapes open. */
type Opener = "\\" | "%" | "&";

function isOpener(value: string): value is Opener {
  return value === "\\" || value === "%" || value === "&";
}

/**
 * What may follow an opener, up to where an escape opens that is a part of it. Before anything else it is a character
 * like others, in every layer.
 */
const following: Readonly<Record<Opener, RegExp>> = {
  "\\": /[ux"/\\bfnrt#~!*+=._%&-]/y,
  "%": /[0-9A-Fa-f]?[0-9A-Fa-f\\%&]/y,
  "&": /[#0-9A-Za-z]{0,16}[;\\%&]/y,
};

/**
 * The character of the escape that an opener opens in a layer; the opener itself where it opens none as yet, since what
 * follows it is escaped; `undefined` where it opens none in any layer. `layer` counts those that are undone already.
 */
type Undo = (decode: DecodeCharacter, opener: DecodedCharacter, layer: number) => DecodedCharacter | undefined;

const undoes: Readonly<Record<Opener, Undo>> = {
  "\\": undoBackslash,
  "%": (decode, opener, layer) =>
    undoDigits(decode, opener, layer, {
      from: opener.end,
      layers: opener.layers,
      count: 2,
      kind: escapeKinds.percent,
    }),
  "&": undoEntity,
};

function undoLayer(
  text: string,
  decode: DecodeCharacter,
  character: DecodedCharacter,
  layer: number,
): DecodedCharacter | undefined {
  if (!isOpener(character.value)) return undefined;
  const pattern = following[character.value];
  pattern.lastIndex = character.end;
  return pattern.test(text) ? undoes[character.value](decode, character, layer) : undefined;
}

/** Characters of tokens before which Markdown, Java's properties and regular expressions put a backslash. */
const punctuation: ReadonlySet<string> = new Set("#~!*+=._-");

const shortEscapes: ReadonlyMap<string, string> = new Map([
  ['"', '"'],
  ["/", "/"],
  ["\\", "\\"],
  ["b", "\b"],
  ["f", "\f"],
  ["n", "\n"],
  ["r", "\r"],
  ["t", "\t"],
]);

/** How many digits a code has behind these letters. */
const codeLengths: ReadonlyMap<string, number> = new Map([
  ["u", 4],
  ["x", 2],
]);

function undoBackslash(decode: DecodeCharacter, opener: DecodedCharacter, layer: number): DecodedCharacter | undefined {
  const { value, end, layers: own } = decode(opener.end, layer);
  const layers = opener.layers | own;
  const count = codeLengths.get(value);
  if (count !== undefined)
    return undoDigits(decode, opener, layer, { from: end, layers, count, kind: escapeKinds.json });
  if (punctuation.has(value)) return { value, end, layers: layers | escapeIn(escapeKinds.backslash, layer) };
  const character = shortEscapes.get(value);
  if (character !== undefined) return { value: character, end, layers: layers | escapeIn(escapeKinds.json, layer) };
  return isOpener(value) ? opener : undefined;
}

/** A character's code in hexadecimal digits. */
interface Digits {
  readonly from: number;
  /** What the characters before them are escaped in. */
  readonly layers: number;
  readonly count: number;
  readonly kind: EscapeKind;
}

const hexDigits: ReadonlyMap<string, number> = new Map(
  [..."0123456789abcdefABCDEF"].map((digit) => [digit, Number.parseInt(digit, 16)]),
);

/** ASCII alone: tokens have nothing else. */
function undoDigits(
  decode: DecodeCharacter,
  opener: DecodedCharacter,
  layer: number,
  { from, count, kind, layers: before }: Digits,
): DecodedCharacter | undefined {
  let layers = before;
  let end = from;
  let code = 0;
  for (let index = 0; index < count; index++) {
    const digit = decode(end, layer);
    const value = hexDigits.get(digit.value);
    if (value === undefined) return isOpener(digit.value) ? opener : undefined;
    code = code * 16 + value;
    end = digit.end;
    layers |= digit.layers;
  }
  return code >= 0x80 ? undefined : { value: String.fromCharCode(code), end, layers: layers | escapeIn(kind, layer) };
}

const entityCharacter = /^[#0-9A-Za-z]$/;

/** Longer than all names, and than all numbers with a few zeros before them. */
const longestEntity = 16;

function undoEntity(decode: DecodeCharacter, opener: DecodedCharacter, layer: number): DecodedCharacter | undefined {
  let { end, layers } = opener;
  let entity = "";
  for (;;) {
    const next = decode(end, layer);
    end = next.end;
    layers |= next.layers;
    if (next.value === ";") break;
    if (isOpener(next.value)) return opener;
    if (!entityCharacter.test(next.value) || entity.length === longestEntity) return undefined;
    entity += next.value;
  }
  const value = characterOfEntity(entity);
  return value === undefined ? undefined : { value, end, layers: layers | escapeIn(escapeKinds.entity, layer) };
}
