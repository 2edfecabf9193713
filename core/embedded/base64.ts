/** Base64 in texts (RFC 4648): where it is, how it is spelt, and other content in the same spelling. */
import type { Span } from "../text/edit.ts";
import { encodePercent } from "../text/percent.ts";
import { digitsOf, findLines } from "./base64-lines.ts";

/** Base64 in a text, and how it is spelt there. */
export interface Base64 extends Span {
  /** The digits without escapes, ends of lines and padding. */
  readonly digits: string;
  readonly alphabet: "base64" | "base64url";
  readonly padded: boolean;
  /** Whether `+`, `/` and `=` are percent-encoded. */
  readonly percent: boolean;
  /** Digits of each line but the last; 0 for a single line. */
  readonly width: number;
  /** What is between two lines, as it is in the text. */
  readonly separator: string;
}

/** A form makes a space of each `+`. */
const spacedPattern = /^(?=.{120})[A-Za-z0-9+/]* [A-Za-z0-9+/ ]*={0,2}$/;
const paddingPattern = /(?:=|%3d){0,2}/iy;
/** A digit in an escape that is not undone here. */
const escapedDigit = "\\\\+(?:/|u002[bf])|%25(?:25)*2[bf]|&(?:amp;)*(?:#(?:x0*2[bf]|0*4[37])|plus|sol);";
const beginsWithEscape = new RegExp(`^(?:${escapedDigit})`, "i");
const endsWithEscape = new RegExp(`(?:${escapedDigit})$`, "i");
/** Before base64 in JWTs (RFC 7515) and queries, which have the URL alphabet. */
const beforeUrl = /(?:\.|[?&][A-Za-z0-9_.-]{1,64}=)$/;

/**
 * Base64 of gzip or of what may be text, in order: a whole text, a line, lines of equal width, or a run of 120 digits
 * or more between other characters; in either alphabet, also percent-encoded once. Base64 that begins or goes on in
 * another spelling is left out as a whole, since other content for a part of it would break the rest.
 */
export function* findBase64(text: string): Generator<Base64> {
  if (spacedPattern.test(text)) {
    const digits = text.replaceAll(" ", "+").replace(/=+$/, "");
    const padded = text.length % 4 === 0;
    yield { start: 0, end: text.length, digits, alphabet: "base64", padded, percent: false, width: 0, separator: "" };
  }
  const { decoded, at } = readPercents(text);
  for (const lines of findLines(decoded)) {
    const start = at(lines.start);
    const firstEnd = lines.start + lines.width;
    const separator = text.slice(at(firstEnd), at(firstEnd + lines.separator.length));
    const digitsEnd = at(lines.end);
    const before = text.slice(Math.max(0, start - 80), start);
    if (endsWithEscape.test(before) || beginsWithEscape.test(text.slice(digitsEnd, digitsEnd + 80))) continue;
    paddingPattern.lastIndex = digitsEnd;
    const padding = paddingPattern.exec(text)?.[0] ?? "";
    const end = digitsEnd + padding.length;
    const digits = digitsOf(decoded, lines);
    const isUrl = !/[+/]/.test(digits) && (/[-_]/.test(digits) || beforeUrl.test(before) || text[digitsEnd] === ".");
    yield {
      start,
      end,
      digits,
      alphabet: isUrl || /[-_]/.test(digits) ? "base64url" : "base64",
      // Digits that need no padding do not tell. More decoders ask for it than refuse it, but not those of URLs.
      padded: padding !== "" || (!isUrl && digits.length % 4 === 0),
      percent: text.slice(start, end).includes("%"),
      width: separator === "" ? 0 : lines.width,
      separator,
    };
  }
}

/** A text without the percent-encoding of base64, and where its characters are; `at` takes offsets in order. */
function readPercents(text: string): { readonly decoded: string; readonly at: (offset: number) => number } {
  const escapes: number[] = [];
  const decoded = text.replace(/%(2[bf]|0[ad])/gi, (_, hex: string, offset: number) => {
    escapes.push(offset - 2 * escapes.length);
    return String.fromCharCode(Number.parseInt(hex, 16));
  });
  let passed = 0;
  const at = (offset: number): number => {
    while ((escapes[passed] ?? Infinity) < offset) passed++;
    return offset + 2 * passed;
  };
  return { decoded, at };
}

/** Other content in the spelling of some base64: its alphabet, padding, lines and percent-encoding. */
export function formatBase64(content: Buffer, { alphabet, padded, percent, width, separator }: Base64): string {
  const digits = content.toString(alphabet).replace(/=+$/, "");
  const base64 = padded ? digits + "=".repeat((4 - (digits.length % 4)) % 4) : digits;
  const lines = width === 0 ? [base64] : (base64.match(new RegExp(`.{1,${width}}`, "g")) ?? []);
  return lines.map((line) => (percent ? encodePercent(line) : line)).join(separator);
}

/** Escapes of digits and of ends of lines, as JSON, forms and XML make them, with 16 digits behind them. */
const escapedDigits: readonly { readonly opener: string; readonly pattern: RegExp }[] = Object.entries({
  "\\": "\\\\(?:[/nrt]|u00..)",
  "%": "%(?:2[BFbf5]|5[Cc]|0[ADad])",
  "&": "&(?:amp;)*#x?[0-9A-Fa-f]+;",
}).map(([opener, escape]) => ({
  opener,
  // A quantifier in place of the repetition takes five times as long.
  pattern: new RegExp(`${escape}[ \\t\\r\\n]*${"[A-Za-z0-9+/_-]".repeat(16)}`),
}));

/**
 * True if `holds` accepts the digits of any base64 in a text, or in what JSON, forms and XML in it decode to. Cheaper
 * than `findBase64`. Linear in the text.
 */
export function someBase64(text: string, holds: (digits: string) => boolean): boolean {
  const isEscaped = escapedDigits.some(({ opener, pattern }) => text.includes(opener) && pattern.test(text));
  const decoded = isEscaped ? readEscapes(text) : text;
  return findLines(decoded).some((lines) => holds(digitsOf(decoded, lines)));
}

const shortEscapes: Readonly<Record<string, string>> = { "/": "/", n: "\n", r: "\r", t: "\t" };

/** Undoes these escapes, also in several levels. */
function readEscapes(text: string): string {
  return text
    .replace(/%(?:25)+/g, "%")
    .replace(/&(?:amp;)+/g, "&")
    .replace(/%(2[BFbf]|5[Cc]|0[ADad])|&#(?:x0*(2[BFbf]|[ADad])|0*(43|47|10|13));/g, (_, percent, hex, decimal) =>
      String.fromCharCode(decimal === undefined ? Number.parseInt(percent ?? hex, 16) : Number(decimal)),
    )
    .replace(/(?<!\\)\\+(?:u00([0-9A-Fa-f]{2})|([/nrt]))/g, (_, hex, short) =>
      hex === undefined ? (shortEscapes[short] ?? "") : String.fromCharCode(Number.parseInt(hex, 16)),
    );
}
