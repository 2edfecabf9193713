/** Reads the text of a selector: spaces, integers, quoted names. */
import { FieldsealError } from "../../errors.ts";

/** RFC 9535, section 2.1: integers are those of I-JSON. */
const maxInteger = 2 ** 53 - 1;

const integerPattern = /0|-?[1-9][0-9]*/y;
const spacePattern = /[ \t\n\r]*/y;

/** A position in the text of a selector, which each read moves on. */
export class Cursor {
  at = 0;
  nesting = 0;
  readonly text: string;
  readonly offsets: Map<object, number> | undefined;

  constructor(text: string, offsets?: Map<object, number>) {
    this.text = text;
    this.offsets = offsets;
  }

  /** Records the offset at which something begins. */
  note<T extends object>(from: number, read: T): T {
    this.offsets?.set(read, from);
    return read;
  }

  atEnd(): boolean {
    return this.at === this.text.length;
  }

  peek(expected: string): boolean {
    return this.text.startsWith(expected, this.at);
  }

  take(expected: string): boolean {
    if (!this.peek(expected)) return false;
    this.at += expected.length;
    return true;
  }

  takeMatch(pattern: RegExp): string | undefined {
    pattern.lastIndex = this.at;
    const found = pattern.exec(this.text)?.[0];
    if (found !== undefined) this.at += found.length;
    return found;
  }

  require(expected: string): void {
    if (!this.take(expected)) throw this.refuse(`expected ${JSON.stringify(expected)}`);
  }

  skipSpace(): void {
    this.takeMatch(spacePattern);
  }

  refuse(reason: string, at = this.at): FieldsealError {
    return new FieldsealError("policy_invalid", {
      offset: at,
      reason: `Selector ${JSON.stringify(this.text)}: ${reason}.`,
    });
  }
}

/** Reads an integer without leading zeros or -0 (RFC 9535, section 2.3.3); `undefined` if the text has none here. */
export function parseInteger(cursor: Cursor): number | undefined {
  const from = cursor.at;
  const digits = cursor.takeMatch(integerPattern);
  if (digits === undefined) return undefined;
  const value = Number(digits);
  if (Math.abs(value) > maxInteger) throw cursor.refuse("an integer is beyond 2^53 - 1", from);
  return value;
}

/** Reads a quoted string, with the escapes of JSON and of its quote (RFC 9535, section 2.3.1.1). */
export function parseStringLiteral(cursor: Cursor): string {
  const from = cursor.at;
  const quote = cursor.take('"') ? '"' : "'";
  if (quote === "'") cursor.require("'");
  let value = "";
  for (;;) {
    const character = cursor.text.charAt(cursor.at);
    if (character === "") throw cursor.refuse("a string is not closed", from);
    if (character < " ") throw cursor.refuse("a control character must be escaped");
    if (character === quote) break;
    if (character === "\\") {
      value += parseEscape(cursor, quote);
    } else {
      value += character;
      cursor.at++;
    }
  }
  cursor.at++;
  if (!value.isWellFormed()) throw cursor.refuse("a string holds half of a surrogate pair", from);
  return value;
}

const simpleEscapes: Readonly<Record<string, string>> = {
  b: "\b",
  f: "\f",
  n: "\n",
  r: "\r",
  t: "\t",
  "/": "/",
  "\\": "\\",
};

const hexEscapePattern =
  /\\u(?:([dD][89abAB][0-9a-fA-F]{2})\\u([dD][c-fC-F][0-9a-fA-F]{2})|((?![dD][89a-fA-F])[0-9a-fA-F]{4}))/y;

function parseEscape(cursor: Cursor, quote: string): string {
  const letter = cursor.text.charAt(cursor.at + 1);
  const simple = letter === quote ? quote : Object.hasOwn(simpleEscapes, letter) ? simpleEscapes[letter] : undefined;
  if (simple !== undefined) {
    cursor.at += 2;
    return simple;
  }
  const hex = cursor.takeMatch(hexEscapePattern);
  if (hex === undefined) throw cursor.refuse("JSONPath does not have this escape");
  return hex.replace(/\\u(.{4})/g, (_, digits: string) => String.fromCharCode(Number.parseInt(digits, 16)));
}
