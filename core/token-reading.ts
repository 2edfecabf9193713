/**
 * Finds tokens as systems leave them: in text that is spelt once more than its format says (JSON in a log line, a URL in a
 * text), wrapped at the end of lines, with base64 in the URL alphabet or without padding.
 */
import { type Leaf, liftLeaf, liftSpan, plainLeaf, spelledLeaf } from "./leaf.ts";
import { holdsMarker, type Markers } from "./marker.ts";
import { parseMangledPayload, type ScannedToken, scanTokens } from "./token.ts";

/** A token in one reading of a leaf; the token's offsets are those of the reading's text. */
export interface LocatedToken<R extends Markers> {
  /** The leaf that was read. */
  readonly host: Leaf;
  /** A reading of it. Its places are the host's, or those of the host's text where the host cannot be divided. */
  readonly reading: Leaf;
  readonly token: ScannedToken<R>;
}

/**
 * The tokens of a leaf in all of its readings, and the places where a prefix is followed by what can be no token in any of
 * them. In order and without overlaps. Linear in the text.
 */
export function locateTokens<R extends Markers>(host: Leaf, recipients: readonly R[]): readonly LocatedToken<R>[] {
  if (!holdsMarker(host.text, recipients) && !holdsBrokenMarker(host.text, recipients)) return [];
  const base = host.divisible ? host : plainLeaf(host.text, 0, host.text.length, (characters) => characters);
  const literal = host.literal;
  const whole = host.divisible || literal === undefined ? base : { ...base, literal };
  const located = [...readSpellings(whole, recipients, 0)].flatMap((reading) =>
    [...scanTokens(reading.text, recipients, parseMangledPayload)].map((token) => ({ host, reading, token, span: liftSpan(token, reading) })),
  );
  // Tokens before what is none; where readings agree, the plainest comes first, since the sort is stable.
  const kept = keepApart(located.filter(({ token }) => token.kind === "token"), []);
  return keepApart(located.filter(({ token }) => token.kind === "damaged"), kept).sort((a, b) => a.span.start - b.span.start);
}

interface Placed {
  readonly span: { readonly start: number; readonly end: number };
}

/** Those of the candidates that overlap nothing that was kept before them, with the latter. */
function keepApart<T extends Placed>(candidates: readonly T[], before: readonly T[]): T[] {
  const taken = [...before].sort((a, b) => a.span.start - b.span.start);
  const kept = [...before];
  let next = 0;
  let end = -1;
  for (const candidate of [...candidates].sort((a, b) => a.span.start - b.span.start)) {
    while ((taken[next]?.span.end ?? Number.POSITIVE_INFINITY) <= candidate.span.start) next++;
    const blocker = taken[next];
    if (candidate.span.start < end || (blocker !== undefined && blocker.span.start < candidate.span.end)) continue;
    kept.push(candidate);
    end = candidate.span.end;
  }
  return kept;
}

/** Decodings beyond those of the format that are followed: a JSON text in a JSON text in a log line. */
const spellingRounds = 2;

function* readSpellings(leaf: Leaf, recipients: readonly Markers[], round: number): Generator<Leaf> {
  yield leaf;
  if (holdsBrokenMarker(leaf.text, recipients)) yield unwrapLines(leaf, recipients);
  if (round === spellingRounds) return;
  for (const { mark, pattern, decode, encode } of spellings) {
    if (!leaf.text.includes(mark)) continue;
    const decoded = decodeLeaf(leaf.text, pattern, decode, encode);
    if (decoded === undefined || !holdsMarker(decoded.text, recipients)) continue;
    yield* readSpellings(liftLeaf(decoded, leaf), recipients, round + 1);
  }
}

interface Spelling {
  /** Without it nothing is spelt in this way. */
  readonly mark: string;
  /** One spelt character. */
  readonly pattern: RegExp;
  /** `undefined` for what stands for itself after all. */
  readonly decode: (spelt: string) => string | undefined;
  readonly encode: (characters: string) => string;
}

const simpleEscapes: Readonly<Record<string, string>> = { b: "\b", f: "\f", n: "\n", r: "\r", t: "\t" };
const entities: Readonly<Record<string, string>> = { amp: "&", apos: "'", gt: ">", lt: "<", quot: '"', num: "#", plus: "+", sol: "/", equals: "=", ast: "*", excl: "!", period: ".", lowbar: "_" };

const spellings: readonly Spelling[] = [
  {
    mark: "\\",
    pattern: /\\(?:u[0-9A-Fa-f]{4}|["\\/bfnrt])/g,
    decode: (spelt) => (spelt[1] === "u" ? String.fromCharCode(Number.parseInt(spelt.slice(2), 16)) : (simpleEscapes[spelt[1] ?? ""] ?? spelt[1])),
    encode: (characters) => JSON.stringify(characters).slice(1, -1),
  },
  {
    mark: "%",
    // Tokens are ASCII: what else is encoded can stay as it is.
    pattern: /%[0-7][0-9A-Fa-f]/g,
    decode: (spelt) => String.fromCharCode(Number.parseInt(spelt.slice(1), 16)),
    encode: (characters) => encodeURIComponent(characters.toWellFormed()),
  },
  {
    mark: "&",
    pattern: /&(?:#[0-9]{1,7}|#[xX][0-9A-Fa-f]{1,6}|[A-Za-z]{2,8});/g,
    decode: (spelt) => {
      const name = spelt.slice(1, -1);
      if (!name.startsWith("#")) return Object.hasOwn(entities, name) ? entities[name] : undefined;
      const code = Number.parseInt(name.replace(/^#[xX]?/, ""), /^#[xX]/.test(name) ? 16 : 10);
      return code <= 0x10ffff ? String.fromCodePoint(code) : undefined;
    },
    encode: (characters) => characters.replace(/[&<>"'\r]/g, (character) => `&#${character.charCodeAt(0)};`),
  },
];

/** A text after one decoding; `undefined` where nothing in it is spelt in that way. */
function decodeLeaf(text: string, pattern: RegExp, decode: Spelling["decode"], encode: Spelling["encode"]): Leaf | undefined {
  const offsets: number[] = [];
  let decoded = "";
  let done = 0;
  const copy = (to: number): void => {
    decoded += text.slice(done, to);
    for (; done < to; done++) offsets.push(done);
  };
  for (const { 0: spelt, index } of text.matchAll(pattern)) {
    const characters = decode(spelt);
    if (characters === undefined) continue;
    copy(index);
    decoded += characters;
    for (let unit = 0; unit < characters.length; unit++) offsets.push(index);
    done = index + spelt.length;
  }
  if (done === 0) return undefined;
  copy(text.length);
  offsets.push(text.length);
  return spelledLeaf(decoded, offsets, encode);
}

/** Ends of lines, with what mail programs leave before them (RFC 2045, section 6.7) and what indents the next line. */
const wrapPattern = /=?\r?\n[ \t]{0,8}/g;

/** A text without the ends of lines that may stand in tokens. A value that fills it is still the whole of the leaf. */
function unwrapLines(leaf: Leaf, recipients: readonly Markers[]): Leaf {
  const { text } = leaf;
  const offsets: number[] = [];
  let unwrapped = "";
  let done = 0;
  const copy = (to: number): void => {
    unwrapped += text.slice(done, to);
    for (; done < to; done++) offsets.push(done);
  };
  for (const { 0: wrap, index } of text.matchAll(wrapPattern)) {
    copy(index);
    const end = index + wrap.length;
    // Between two tokens, and around them, an end of line is the text's own.
    const outside = recipients.some(({ prefix, suffix }) => unwrapped.endsWith(suffix) || beginsWith(text, end, brokenPatternOf(prefix)));
    // The sign may be a payload's padding, which matters to nobody.
    if (outside) copy(end);
    else done = end;
  }
  copy(text.length);
  offsets.push(text.length);
  const lifted = liftLeaf(spelledLeaf(unwrapped, offsets, (characters) => characters), leaf);
  return leaf.literal === undefined ? lifted : { ...lifted, literal: leaf.literal };
}

function beginsWith(text: string, at: number, pattern: RegExp): boolean {
  return pattern.exec(text.slice(at, at + longestBrokenMarker))?.index === 0;
}

/** Of sixteen characters with a wrap between each two of them. */
const longestBrokenMarker = 200;

/** Whether a text has several lines and a prefix that an end of line may stand in. */
export function holdsBrokenMarker(text: string, recipients: readonly Markers[]): boolean {
  return text.includes("\n") && recipients.some(({ prefix }) => brokenPatternOf(prefix).test(text));
}

/** One for each prefix that was asked for: there are no more than recipients. */
const brokenPatterns = new Map<string, RegExp>();

function brokenPatternOf(prefix: string): RegExp {
  const known = brokenPatterns.get(prefix);
  if (known !== undefined) return known;
  const pattern = new RegExp([...prefix].map((character) => character.replace(/[.*]/, "\\$&")).join("(?:=?\\r?\\n[ \\t]{0,8})?"));
  brokenPatterns.set(prefix, pattern);
  return pattern;
}
