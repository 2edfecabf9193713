/** Scans literals and white space of JSON text (RFC 8259), by offsets of its code units. */
import { FieldsealError } from "../errors.ts";

/** The code unit of a quotation mark. */
export const quote = 0x22;
/** The code unit of a backslash. */
export const backslash = 0x5c;

/**
 * The UTF-16 code units of a text and a closing 0, which JSON cannot hold. Reading an array takes a third of the time
 * of reading a string.
 */
export function codeUnits(text: string): Uint16Array {
  const size = (text.length + 1) * 2;
  // A pooled buffer is cheap for many short texts, and begins at a multiple of 8 bytes.
  const bytes = size < 2_048 ? Buffer.allocUnsafe(size) : Buffer.allocUnsafeSlow(size);
  bytes.writeUInt16LE(0, bytes.write(text, "utf16le"));
  return new Uint16Array(bytes.buffer, bytes.byteOffset, text.length + 1);
}

/** A code unit; 0 after the end. */
export function unitAt(units: Uint16Array, at: number): number {
  return units[at] ?? 0;
}

/** The error for a text that is not JSON from an offset on. */
export function malformed(offset: number): FieldsealError {
  return new FieldsealError("body_malformed", { offset });
}

/** The offset of the first code unit that is not white space, at or after an offset. */
export function skipSpace(units: Uint16Array, from: number): number {
  let at = from;
  for (;;) {
    const code = unitAt(units, at);
    if (code > 0x20 || (code !== 0x20 && code !== 0x0a && code !== 0x0d && code !== 0x09)) return at;
    at++;
  }
}

/** The offset after the closing quote of the string literal that begins at an offset. Throws `body_malformed`. */
export function skipString(units: Uint16Array, from: number): number {
  let at = from + 1;
  for (;;) {
    const code = unitAt(units, at);
    if (code === quote) return at + 1;
    if (code === backslash) at = skipEscape(units, at);
    else if (code >= 0x20) at++;
    else throw malformed(at);
  }
}

function skipEscape(units: Uint16Array, from: number): number {
  switch (unitAt(units, from + 1)) {
    case quote:
    case backslash:
    case 0x2f:
    case 0x62:
    case 0x66:
    case 0x6e:
    case 0x72:
    case 0x74:
      return from + 2;
    case 0x75:
      for (let digit = from + 2; digit < from + 6; digit++) {
        if (!isHexDigit(unitAt(units, digit))) throw malformed(digit);
      }
      return from + 6;
    default:
      throw malformed(from + 1);
  }
}

const trueUnits = codeUnits("true").subarray(0, 4);
const falseUnits = codeUnits("false").subarray(0, 5);
const nullUnits = codeUnits("null").subarray(0, 4);

function spells(units: Uint16Array, from: number, word: Uint16Array): boolean {
  for (let index = 0; index < word.length; index++) if (units[from + index] !== word[index]) return false;
  return true;
}

/**
 * The offset after the number, `true`, `false` or `null` that begins at an offset with a code unit. Throws
 * `body_malformed`.
 */
export function skipPrimitive(units: Uint16Array, from: number, first: number): number {
  if (first < 0x66) return skipNumber(units, from);
  if (spells(units, from, trueUnits)) return from + 4;
  if (spells(units, from, falseUnits)) return from + 5;
  if (spells(units, from, nullUnits)) return from + 4;
  throw malformed(from);
}

function skipNumber(units: Uint16Array, from: number): number {
  let at = unitAt(units, from) === 0x2d ? from + 1 : from;
  at = unitAt(units, at) === 0x30 ? at + 1 : skipDigits(units, at);
  if (unitAt(units, at) === 0x2e) at = skipDigits(units, at + 1);
  const exponent = unitAt(units, at);
  if (exponent === 0x65 || exponent === 0x45) {
    const sign = unitAt(units, at + 1);
    at = skipDigits(units, sign === 0x2b || sign === 0x2d ? at + 2 : at + 1);
  }
  return at;
}

/** The offset after one or more digits. */
function skipDigits(units: Uint16Array, from: number): number {
  let at = from;
  while (isDigit(unitAt(units, at))) at++;
  if (at === from) throw malformed(at);
  return at;
}

function isDigit(code: number): boolean {
  return code >= 0x30 && code <= 0x39;
}

function isHexDigit(code: number): boolean {
  return isDigit(code) || (code >= 0x41 && code <= 0x46) || (code >= 0x61 && code <= 0x66);
}
