/** The characters that base64 (RFC 4648) has in a text, with those of its lines and of their escapes. */

/** Characters that base64 has at least: less holds no token, and nothing worth telling of one that was cut off. */
export const shortestBase64 = 120;

/** An indentation has no more blanks. */
export const mostBlanks = 64;

/** Whether a character code is that of a space or a tab. */
export function isBlank(code: number): boolean {
  return code === 0x20 || code === 0x09;
}

/** Whether a character may be between the digits of two lines: a blank, CR, `=` or a backslash. */
export function isBetween(code: number): boolean {
  return isBlank(code) || code === 0x0d || code === 0x3d || code === 0x5c;
}

/** Whether a character is LF or CR. */
export function endsLine(code: number): boolean {
  return code === 0x0a || code === 0x0d;
}

/** Whether an escape may begin with a character: `\`, `%` or `&`. */
export function opensEscape(code: number): boolean {
  return code === 0x5c || code === 0x25 || code === 0x26;
}

/** Behind the blanks that begin at an offset, 64 at most. */
export function skipBlanks(text: string, at: number): number {
  let end = at;
  while (end - at < mostBlanks && isBlank(text.charCodeAt(end))) end++;
  return end;
}

/** 1 for each character code of base64 in both alphabets, and of the ends of lines. */
const base64Codes: Uint8Array = Uint8Array.from({ length: 128 }, (_, code) =>
  /[A-Za-z0-9+/_\r\n-]/.test(String.fromCharCode(code)) ? 1 : 0,
);

/** These, and what else their escapes and the ends of their lines have. */
const speltCodes: Uint8Array = base64Codes.map((is, code) =>
  is === 1 || /[\\%&#; \t=]/.test(String.fromCharCode(code)) ? 1 : 0,
);

/** Whether a character is one of base64 in either alphabet, LF or CR. */
export function isBase64(code: number): boolean {
  return base64Codes[code] === 1;
}

/** Whether a character is one of these, or one that their escapes and the ends of their lines have. */
export function isSpelt(code: number): boolean {
  return speltCodes[code] === 1;
}
