/** The markers around tokens: what may be one, and whether a text holds one, escaped or not. */
import { FieldsealError } from "../errors.ts";

/** What each token of a recipient begins with, and what it ends with. */
export interface Markers {
  readonly prefix: string;
  readonly suffix: string;
}

/** Characters of the longest marker that there may be. */
export const longestMarker = 16;

const markerPattern = /^[#~!*][A-Za-z0-9#~!*._-]{2,14}[#~!*]$/;

/**
 * Checks the markers of all recipients of a policy or a reader together: 4 to 16 characters of
 * `A-Z a-z 0-9 # ~ ! * . _ -`, the first and the last one of `# ~ ! *`, and none containing another.
 * Throws `recipient_invalid`.
 */
export function requireMarkers(all: readonly Markers[]): void {
  const markers = all.flatMap(({ prefix, suffix }) => [prefix, suffix]);
  markers.forEach((marker, index) => {
    const reason = describeMarker(
      marker,
      markers.filter((_, at) => at !== index),
    );
    if (reason !== undefined) throw new FieldsealError("recipient_invalid", { reason });
  });
}

/** Why a marker cannot be used beside others, in words that quote them; `undefined` where it can. */
export function describeMarker(marker: string, others: readonly string[]): string | undefined {
  const text = JSON.stringify(marker);
  if (!markerPattern.test(marker)) {
    return `Marker ${text} must be 4 to 16 characters of A-Z a-z 0-9 # ~ ! * . _ -, the first and the last of # ~ ! *.`;
  }
  if (others.includes(marker)) return `Marker ${text} is used twice. Give each prefix and suffix its own.`;
  const outer = others.find((other) => other.includes(marker));
  if (outer !== undefined) return `Marker ${text} must not be part of marker ${JSON.stringify(outer)}.`;
  return undefined;
}

/** How many decodings a marker is followed through: a body in a parameter, a JSON text in a JSON string. */
const decodingRounds = 2;

const characterNames: Readonly<Record<string, string>> = {
  amp: "&",
  ast: "*",
  bsol: "\\",
  excl: "!",
  lowbar: "_",
  midast: "*",
  num: "#",
  percnt: "%",
  period: ".",
  underbar: "_",
};

/**
 * Escapes of ASCII characters: those of JSON and JavaScript, backslashes before punctuation, percent-encoding, and
 * entities of XML and HTML.
 */
const escapePattern = new RegExp(
  String.raw`\\(?:(?:u00|x)([0-7][0-9a-f])|(["\\/#~!*._-]))` +
    String.raw`|%([0-7][0-9a-f])` +
    `|&(?:#x0*([0-7]?[0-9a-f])|#0*([0-9]{1,3})|(${Object.keys(characterNames).join("|")}));`,
  "gi",
);

/**
 * Whether a text holds a marker of one of the recipients, raw or after up to two rounds of decoding JSON escapes,
 * percent-encoding and entities. Linear in the text.
 */
export function holdsMarker(text: string, recipients: readonly Markers[]): boolean {
  for (const decoded of decodeRounds(text)) {
    if (recipients.some(({ prefix, suffix }) => decoded.includes(prefix) || decoded.includes(suffix))) return true;
  }
  return false;
}

/** How many markers a text holds after the round of decoding that shows most, which may be none. They may overlap. */
export function countMarkers(text: string, recipients: readonly Markers[]): number {
  let most = 0;
  for (const decoded of decodeRounds(text)) {
    let count = 0;
    for (const marker of recipients.flatMap(({ prefix, suffix }) => [prefix, suffix])) {
      for (let at = decoded.indexOf(marker); at >= 0; at = decoded.indexOf(marker, at + 1)) count++;
    }
    most = Math.max(most, count);
  }
  return most;
}

/** A text as it is, and after each round of decoding. */
function* decodeRounds(text: string): Generator<string> {
  yield text;
  let decoded = text;
  for (let round = 0; round < decodingRounds && mayHoldEscapes(decoded); round++) {
    decoded = decoded.replace(escapePattern, decodeEscape);
    yield decoded;
  }
}

/**
 * Escapes of the first character of a marker, of the first and the last one of an escape, and of the digits in it:
 * without any of them decoding gives neither a marker nor another escape. Most escapes are of blanks and of letters
 * beyond ASCII, which these are not.
 */
const relevantPattern = /(?:%|\\u00|\\x)(?:2[1356a]|3[0-9b]|4[1-6]|5c|6[1-6]|75|7e)/i;

/** Whether decoding a text can make a marker of it. */
function mayHoldEscapes(text: string): boolean {
  if (text.includes("&") && text.includes(";")) return true;
  if (!text.includes("%") && !text.includes("\\")) return false;
  return /[#~!*]/.test(text) || relevantPattern.test(text);
}

function decodeEscape(
  escape: string,
  jsonHex: string | undefined,
  jsonEscaped: string | undefined,
  percentHex: string | undefined,
  entityHex: string | undefined,
  entityDecimal: string | undefined,
  entityName: string | undefined,
): string {
  if (jsonEscaped !== undefined) return jsonEscaped;
  const hex = jsonHex ?? percentHex ?? entityHex;
  if (hex !== undefined) return String.fromCharCode(Number.parseInt(hex, 16));
  if (entityDecimal !== undefined) return String.fromCharCode(Number(entityDecimal));
  return characterNames[(entityName ?? "").toLowerCase()] ?? escape;
}
