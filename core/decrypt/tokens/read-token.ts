/** What follows a prefix: the payload and the suffix of a token, or what is left of them. */
import { damagedLength, type Payload, parsePayload } from "../../token/grammar.ts";
import type { DecodeCharacter } from "./character-decoder.ts";
import { mostLayers } from "./escape-layers.ts";
import { skipLineBreak } from "./line-breaks.ts";
import { parseMangledPayload } from "./mangled-payload.ts";
import { type MarkerMatch, matchMarker } from "./match-marker.ts";

/** A token behind a prefix. `end` is exclusive; `layers` tells what the token is escaped in, its prefix too. */
export type TokenRead =
  | {
      readonly kind: "token";
      readonly end: number;
      readonly layers: number;
      readonly payload: Payload;
      /** Where its suffix begins. */
      readonly suffixStart: number;
    }
  | { readonly kind: "damaged"; readonly end: number; readonly layers: number };

const plainPayload = /[A-Za-z0-9+/=._-]*/y;

/** The characters of a payload at an offset that are neither escaped nor wrapped; "" where there are none. */
function readPlain(text: string, at: number): string {
  plainPayload.lastIndex = at;
  return plainPayload.exec(text)?.[0] ?? "";
}

/**
 * Reads the token behind a prefix that was matched; `undefined` where too few characters of a payload follow it.
 */
export function readToken(
  text: string,
  decode: DecodeCharacter,
  prefix: MarkerMatch,
  suffix: string,
): TokenRead | undefined {
  const plain = readPlain(text, prefix.end);
  const end = prefix.end + plain.length;
  if (text.startsWith(suffix, end)) {
    const payload = parsePayload(plain) ?? parseMangledPayload(plain, false);
    if (payload !== undefined) {
      return { kind: "token", end: end + suffix.length, layers: prefix.layers, payload, suffixStart: end };
    }
  }
  // No suffix follows the plain characters, or one with nothing well-formed before it.
  const run = readRun(text, decode, prefix, plain);
  const closing = matchMarker(text, decode, run.end, suffix, mostLayers);
  const payload = closing && parseMangledPayload(run.characters, run.hasSpaces);
  if (closing !== undefined && payload !== undefined) {
    return { kind: "token", end: closing.end, layers: run.layers | closing.layers, payload, suffixStart: run.end };
  }
  return run.damagedEnd < 0 ? undefined : { kind: "damaged", end: run.damagedEnd, layers: run.layers };
}

/** The characters behind a prefix that can be those of a payload. */
interface Run {
  end: number;
  /** What the prefix and the characters are escaped in. */
  layers: number;
  /** As they are decoded, and a line feed for the end of a line. */
  characters: string;
  /** How many characters there are, ends of lines not counted. */
  length: number;
  /** How many of them there are since the last space or end of a line. */
  segment: number;
  hasDots: boolean;
  hasSpaces: boolean;
  /** Behind the last characters that can only be those of a token; -1 where there are none. */
  damagedEnd: number;
}

function readRun(text: string, decode: DecodeCharacter, prefix: MarkerMatch, plain: string): Run {
  const run: Run = {
    end: prefix.end,
    layers: prefix.layers,
    characters: "",
    length: 0,
    segment: 0,
    hasDots: false,
    hasSpaces: false,
    damagedEnd: -1,
  };
  addPlain(run, plain);
  while (readLine(run, text, decode) || readCharacter(run, decode));
  return run;
}

function addPlain(run: Run, plain: string): void {
  run.characters += plain;
  run.end += plain.length;
  run.length += plain.length;
  run.segment = plain.length;
  run.hasDots ||= plain.includes(".");
  if (run.segment >= damagedLength) run.damagedEnd = run.end;
}

/** Reads on over the end of a line. Tells whether plain characters follow it. */
function readLine(run: Run, text: string, decode: DecodeCharacter): boolean {
  const next = skipLineBreak(decode, run.end, mostLayers);
  if (next === undefined) return false;
  run.end = next;
  run.characters += "\n";
  run.segment = 0;
  const plain = readPlain(text, next);
  if (plain === "") return false;
  addPlain(run, plain);
  return true;
}

/** Words of a language are shorter. */
const damagedWord = 2 * damagedLength;

/** Characters of the longest direct payload: a form makes spaces of the plus signs of one. */
const longestDirect = 684;

const payloadCharacter = /^[A-Za-z0-9+/=._-]$/;

/** Reads on over one character, escaped or not. Tells whether it can be one of a payload. */
function readCharacter(run: Run, decode: DecodeCharacter): boolean {
  const { value, end, layers } = decode(run.end, mostLayers);
  const isSpace = value === " " && (run.length <= longestDirect || run.hasDots);
  if (!isSpace && !payloadCharacter.test(value)) return false;
  run.characters += value;
  run.end = end;
  run.length++;
  if (isSpace) {
    run.hasSpaces = true;
    run.segment = 0;
    return true;
  }
  run.hasDots ||= value === ".";
  run.layers |= layers;
  run.segment++;
  if (run.segment >= (run.hasSpaces ? damagedWord : damagedLength)) run.damagedEnd = end;
  return true;
}
