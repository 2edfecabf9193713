/**
 * Base64 in texts (RFC 4648): where it is, how it is spelt there, and how other content is written instead.
 */

import type { Span } from "../text/edit.ts";
import { encodePercent } from "../text/percent.ts";
import { shortestBase64 } from "./base64-characters.ts";
import { endOfEscape, escapeOpener, percentsIn, readEscapes } from "./base64-escapes.ts";
import { digitsOf, groupLines } from "./base64-lines.ts";
import { findRuns, type Run, readEscapedRun } from "./base64-runs.ts";

/** Base64 in a text, and how it is spelt. */
export interface Base64 extends Span {
  /** It without escapes and padding. */
  readonly digits: string;
  /** How often its `+`, `/` and `=` are percent-encoded. */
  readonly percents: number;
  readonly alphabet: "base64" | "base64url";
  readonly padded: boolean;
  /** Characters of the first line and of the others, and what ends one; 0 where there is one line only. */
  readonly firstWidth: number;
  readonly width: number;
  readonly separator: string;
}

/** A form makes a space of each `+`. */
const spacedPattern = /^[A-Za-z0-9+/ ]+={0,2}$/;

/**
 * Base64 in a text: on one line, or over lines of one width, which may be indented. With blanks it may be all of the
 * text, or what is between them; with escapes it is what they spell, or what is between them; with the characters of a
 * path it may begin and end at one.
 */
export function* findBase64(text: string): Generator<Base64> {
  if (text.length >= shortestBase64 && text.includes(" ") && spacedPattern.test(text)) {
    const digits = text.replaceAll(" ", "+").replace(/=+$/, "");
    yield {
      start: 0,
      end: text.length,
      digits,
      percents: 0,
      alphabet: "base64",
      padded: text.length % 4 === 0,
      firstWidth: 0,
      width: 0,
      separator: "",
    };
  }
  for (const { start, end } of findRuns(text, endOfEscape)) {
    const run = text.slice(start, end);
    if (!escapeOpener.test(run)) {
      yield* readRun(text, { digits: run, percents: 0, at: (index) => start + index });
      continue;
    }
    const between = findRuns(run).flatMap((plain) => [
      ...readRun(text, {
        digits: run.slice(plain.start, plain.end),
        percents: 0,
        at: (index) => start + plain.start + index,
      }),
    ]);
    yield* [...readRun(text, readEscapedRun(run, start)), ...between].sort((a, b) => a.start - b.start);
  }
}

const paddingPattern = /(?:=|%(?:25){0,8}3d){0,2}/iy;
/** In mails another `=` ends a line. */
const quotedPaddingPattern = /(?:=3d){0,2}/iy;
/** Where lines were wrapped behind other text, padding may be on a line of its own. */
const wrappedPadding = /=?\r?\n={1,2}(?![^\r\n])|={0,2}/y;

/** Before base64 in paths, queries and JWTs (RFC 7515), which have the URL alphabet. */
const beforeUrl = /(?:[/._-]|[?&][A-Za-z0-9_.-]{1,64}=)$/;

function* readRun(text: string, { digits: run, percents, at }: Run): Generator<Base64> {
  for (const group of groupLines(run, text[at(run.length)])) {
    const { start, end, firstWidth, width, secondStart } = group;
    const spelt = digitsOf(run, group);
    const isLine = secondStart < 0;
    const separator = isLine ? "" : text.slice(at(start + firstWidth), at(secondStart));
    const isWrapped = !isLine && firstWidth < width;
    const pattern = isQuotedPrintable(separator) ? quotedPaddingPattern : isWrapped ? wrappedPadding : paddingPattern;
    pattern.lastIndex = at(end);
    const padding = pattern.exec(text)?.[0] ?? "";
    const isUrl =
      !/[+/]/.test(spelt) &&
      (/[-_]/.test(spelt) ||
        beforeUrl.test(text.slice(Math.max(0, at(start) - 80), at(start))) ||
        /[/.]/.test(text.charAt(at(end))));
    // Where none was needed, nobody can tell; and more decoders ask for it than refuse it, but not of those of URLs.
    const isFull = !isUrl && spelt.length % 4 === 0;
    yield {
      start: at(start),
      end: at(end) + padding.length,
      digits: spelt,
      percents: Math.max(percents, percentsIn(padding)),
      alphabet: isUrl || /[-_]/.test(spelt) ? "base64url" : "base64",
      padded: padding !== "" || isFull,
      firstWidth: isLine ? 0 : firstWidth,
      width: isLine ? 0 : width,
      separator,
    };
  }
}

/** The text of base64 with another content, in the same alphabet, with the same padding, lines and percent-encoding. */
export function formatBase64(
  content: Buffer,
  { alphabet, padded, firstWidth, width, separator, percents }: Base64,
): string {
  const digits = content.toString(alphabet).replace(/=+$/, "");
  const base64 = padded ? digits + "=".repeat((4 - (digits.length % 4)) % 4) : digits;
  const lines: string[] = [];
  for (let at = 0; at < base64.length; ) {
    const end = width === 0 ? base64.length : at === 0 ? firstWidth : at + width;
    const line = encodePercents(base64.slice(at, end), percents);
    lines.push(isQuotedPrintable(separator) ? line.replaceAll("=", "=3D") : line);
    at = end;
  }
  return lines.join(separator);
}

/** Ends of lines of mails that are none of what they wrap (RFC 2045, section 6.7). */
function isQuotedPrintable(separator: string): boolean {
  return separator.startsWith("=");
}

function encodePercents(line: string, percents: number): string {
  let encoded = line;
  for (let round = 0; round < percents; round++) encoded = encodePercent(encoded);
  return encoded;
}

/**
 * Whether any base64 in a text has digits of which something holds: this is cheaper than where it is and how it is
 * spelt.
 */
export function someBase64(text: string, holds: (digits: string) => boolean): boolean {
  for (const { start, end } of findRuns(text, endOfEscape)) {
    const run = text.slice(start, end);
    const spelt = escapeOpener.test(run) ? readEscapes(run) : run;
    for (const group of groupLines(spelt, text[end])) if (holds(digitsOf(spelt, group))) return true;
  }
  return false;
}
