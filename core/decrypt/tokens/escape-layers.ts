/**
 * Characters as other systems spell them: escapes of JSON and JavaScript, backslashes before signs, percent-encoding,
 * entities of XML and HTML, one inside the other. Reads single characters through several such layers, and spells
 * characters in them again.
 */
import { encodePercent } from "../../text/percent.ts";

/** A character of a text, however it is spelt there. */
export interface SpelledCharacter {
  readonly value: string;
  /** Where its spelling ends. */
  readonly end: number;
  /** What it is spelt in, to be combined with those of its neighbours by `|`; 0 where it stands for itself. */
  readonly layers: number;
}

/** In one layer of the text the kinds of spelling are the bits of four; the outermost layer is the lowest. */
const jsonBit = 1;
const percentBit = 2;
const entityBit = 4;
const backslashBit = 8;
const bitsOfLayer = 4;

/** A body in a parameter of a URL in a JSON text in a log line, each spelt by somebody who did not know the next. */
export const spelledLayers = 5;

/** Signs of tokens before which Markdown, Java's properties and regular expressions put a backslash. */
const escapedSigns: ReadonlySet<string> = new Set("#~!*+=._-");

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

/** Names that HTML has for the characters of tokens and of their spellings (HTML, section 13.5). */
const entities: Readonly<Record<string, string>> = {
  amp: "&",
  ast: "*",
  bsol: "\\",
  dash: "-",
  equals: "=",
  excl: "!",
  hyphen: "-",
  lowbar: "_",
  midast: "*",
  newline: "\n",
  num: "#",
  percnt: "%",
  period: ".",
  plus: "+",
  quot: '"',
  sol: "/",
  tab: "\t",
  underbar: "_",
};

/** The names of a character in HTML, in small letters. */
export function namesOf(character: string): readonly string[] {
  return Object.entries(entities).flatMap(([name, value]) => (value === character ? [name] : []));
}

/** Gives the character that begins at an offset of a text, read through so many layers of spelling. */
export type ReadCharacter = (at: number, layers: number) => SpelledCharacter;

/** So many places are kept: enough for what stands around one. */
const mostKept = 1_024;

/**
 * What stands at a place after each layer, as far as it was asked for: the last one for all further layers where it is
 * final.
 */
interface FormatReading {
  readonly steps: SpelledCharacter[];
  final: boolean;
}

/** Reads a text. What was read is kept for a while, since each layer asks the one below it again. */
export function createCharacterReader(text: string): ReadCharacter {
  const kept = new Map<number, FormatReading>();
  const begin = (at: number, first: SpelledCharacter): FormatReading => {
    const reading = { steps: [first], final: false };
    if (kept.size >= mostKept) kept.clear();
    kept.set(at, reading);
    return reading;
  };
  const read: ReadCharacter = (at, layers) => {
    const first: SpelledCharacter = { value: text[at] ?? "", end: at + 1, layers: 0 };
    if (layers === 0 || !opensSpelling(first.value)) return first;
    const reading = kept.get(at) ?? begin(at, first);
    const { steps } = reading;
    let character = steps.at(-1) ?? first;
    while (!reading.final && steps.length <= layers) {
      const decoded = goesOn(text, character) ? decode(read, character, steps.length - 1) : undefined;
      if (decoded === undefined) {
        reading.final = true;
      } else {
        character = decoded;
        steps.push(decoded);
      }
    }
    return steps[Math.min(layers, steps.length - 1)] ?? first;
  };
  return read;
}

type Opener = "\\" | "%" | "&";

/**
 * What may stand behind an opener, up to where a spelling in it opens: anything else makes it a character like others
 * in every layer.
 */
const onward: Readonly<Record<Opener, RegExp>> = {
  "\\": /[ux"/\\bfnrt#~!*+=._%&-]/y,
  "%": /[0-9A-Fa-f]?[0-9A-Fa-f\\%&]/y,
  "&": /[#0-9A-Za-z]{0,16}[;\\%&]/y,
};

function goesOn(text: string, { value, end }: SpelledCharacter): boolean {
  if (!opensSpelling(value)) return false;
  const pattern = onward[value];
  pattern.lastIndex = end;
  return pattern.test(text);
}

function opensSpelling(value: string): value is Opener {
  return value === "\\" || value === "%" || value === "&";
}

/**
 * The character whose spelling another one opens; that one itself where it opens none as yet, since what stands behind
 * it is spelt, and `undefined` where it opens none in any layer. `layer` is how many are undone already.
 */
function decode(read: ReadCharacter, opener: SpelledCharacter, layer: number): SpelledCharacter | undefined {
  switch (opener.value) {
    case "\\":
      return decodeEscape(read, opener, layer);
    case "%":
      return decodeDigits(read, opener, { from: opener.end, layers: opener.layers, layer, count: 2, bit: percentBit });
    case "&":
      return decodeEntity(read, opener, layer);
    default:
      return undefined;
  }
}

function decodeEscape(read: ReadCharacter, opener: SpelledCharacter, layer: number): SpelledCharacter | undefined {
  const next = read(opener.end, layer);
  const layers = opener.layers | next.layers;
  if (next.value === "u") return decodeDigits(read, opener, { from: next.end, layers, layer, count: 4, bit: jsonBit });
  if (next.value === "x") return decodeDigits(read, opener, { from: next.end, layers, layer, count: 2, bit: jsonBit });
  if (escapedSigns.has(next.value))
    return { value: next.value, end: next.end, layers: layers | bitOf(backslashBit, layer) };
  const value = shortEscapes.get(next.value);
  if (value !== undefined) return { value, end: next.end, layers: layers | bitOf(jsonBit, layer) };
  return opensSpelling(next.value) ? opener : undefined;
}

interface Digits {
  readonly from: number;
  /** What stands before them is spelt in. */
  readonly layers: number;
  readonly layer: number;
  readonly count: number;
  readonly bit: number;
}

/** ASCII alone: nothing else stands in a token. */
function decodeDigits(
  read: ReadCharacter,
  opener: SpelledCharacter,
  { from, layer, count, bit, ...before }: Digits,
): SpelledCharacter | undefined {
  let { layers } = before;
  let end = from;
  let code = 0;
  for (let index = 0; index < count; index++) {
    const digit = read(end, layer);
    const value = hexDigits.get(digit.value);
    if (value === undefined) return opensSpelling(digit.value) ? opener : undefined;
    code = code * 16 + value;
    end = digit.end;
    layers |= digit.layers;
  }
  return code >= 0x80 ? undefined : { value: String.fromCharCode(code), end, layers: layers | bitOf(bit, layer) };
}

const hexDigits: ReadonlyMap<string, number> = new Map(
  [..."0123456789abcdefABCDEF"].map((digit) => [digit, Number.parseInt(digit, 16)]),
);

/** Longer than any name above, and than any number with a few zeros before it. */
const longestEntity = 16;

function decodeEntity(read: ReadCharacter, opener: SpelledCharacter, layer: number): SpelledCharacter | undefined {
  let { end, layers } = opener;
  let name = "";
  for (;;) {
    const next = read(end, layer);
    end = next.end;
    layers |= next.layers;
    if (next.value === ";") break;
    if (opensSpelling(next.value)) return opener;
    if (!entityCharacters.has(next.value) || name.length === longestEntity) return undefined;
    name += next.value;
  }
  const value = characterOf(name);
  return value === undefined ? undefined : { value, end, layers: layers | bitOf(entityBit, layer) };
}

const entityCharacters: ReadonlySet<string> = new Set(
  "#0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz",
);

function characterOf(name: string): string | undefined {
  const [, hex, decimal] = /^#(?:[xX]([0-9A-Fa-f]+)|([0-9]+))$/.exec(name) ?? [];
  if (hex === undefined && decimal === undefined) {
    const key = name.toLowerCase();
    return Object.hasOwn(entities, key) ? entities[key] : undefined;
  }
  const code = hex === undefined ? Number(decimal) : Number.parseInt(hex, 16);
  return code < 0x80 ? String.fromCharCode(code) : undefined;
}

function bitOf(bit: number, layer: number): number {
  return bit << (layer * bitsOfLayer);
}

/**
 * Characters in the layers that a token was spelt in, the innermost first. Where one layer showed several kinds,
 * all are used, a JSON text inside of markup inside of a URL.
 */
export function spell(characters: string, layers: number): string {
  let spelled = characters;
  for (let layer = spelledLayers; layer >= 0; layer--) {
    if ((layers & bitOf(backslashBit, layer)) !== 0) spelled = escapeSigns(spelled);
    else if ((layers & bitOf(jsonBit, layer)) !== 0) spelled = JSON.stringify(spelled).slice(1, -1);
    if ((layers & bitOf(entityBit, layer)) !== 0) spelled = escapeMarkup(spelled);
    if ((layers & bitOf(percentBit, layer)) !== 0) spelled = encodePercent(spelled);
  }
  return spelled;
}

/** The kinds of escapes at an offset whose parts have to agree, such as both ends of a marker. */
export function backslashesIn(layers: number): number {
  let bits = 0;
  for (let layer = 0; layer < spelledLayers; layer++) bits |= layers & bitOf(backslashBit, layer);
  return bits;
}

/** How many layers of each kind there are. */
export function countLayers(layers: number): Readonly<Record<"json" | "percent" | "entity", number>> {
  const count = (bit: number): number =>
    Array.from({ length: spelledLayers + 1 }, (_, layer) => layers & bitOf(bit, layer)).filter((bits) => bits !== 0)
      .length;
  return { json: count(jsonBit), percent: count(percentBit), entity: count(entityBit) };
}

/** Layers of JSON in layers of markup; `undefined` where they are more than `spell` knows. */
export function nestLayers(entities: number, json: number): number | undefined {
  if (entities + json > spelledLayers) return undefined;
  let layers = 0;
  for (let layer = 0; layer < entities + json; layer++) layers |= bitOf(layer < entities ? entityBit : jsonBit, layer);
  return layers;
}

function escapeSigns(characters: string): string {
  return characters
    .replace(/[!-/:-@[-`{-~]/g, "\\$&")
    .replace(/[\u0000-\u001f]/g, (control) => JSON.stringify(control).slice(1, -1));
}

/** The layers of what stands in markup, which is one around the others unless it shows itself. */
export function placeInMarkup(layers: number): number {
  return (layers & entityBit) !== 0 ? layers : (layers << bitsOfLayer) | entityBit;
}

/**
 * A token's first character in the layers that another token was spelt in, each of which shows, also where the
 * character need not be spelt in it: whoever reads the token learns by it what stands around.
 */
export function spellVisibly(character: string, layers: number): string {
  let spelled = character;
  for (let layer = spelledLayers - 1; layer >= 0; layer--) {
    const isBackslashed = (layers & bitOf(backslashBit, layer)) !== 0;
    for (const { bit, spellOne } of visibleSpellings) {
      if ((layers & bitOf(bit, layer)) === 0 || (bit === jsonBit && isBackslashed)) continue;
      const natural = spell(spelled, bit);
      spelled = natural === spelled ? spellOne(spelled.charCodeAt(0)) + spelled.slice(1) : natural;
    }
  }
  return spelled;
}

/** In the order in which `spell` uses them. */
const visibleSpellings: readonly { readonly bit: number; readonly spellOne: (code: number) => string }[] = [
  { bit: backslashBit, spellOne: (code) => `\\${String.fromCharCode(code)}` },
  { bit: jsonBit, spellOne: (code) => `\\u${code.toString(16).padStart(4, "0")}` },
  { bit: entityBit, spellOne: (code) => `&#${code};` },
  { bit: percentBit, spellOne: (code) => `%${code.toString(16).padStart(2, "0").toUpperCase()}` },
];

/** Characters in text and in quoted attributes of HTML and XML. */
function escapeMarkup(characters: string): string {
  return characters.replace(/[&<>"'\t\r\n]/g, (character) => `&#${character.charCodeAt(0)};`);
}
