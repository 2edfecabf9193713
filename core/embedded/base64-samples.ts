/** Tells base64 of a text or of gzip from what only looks like base64, by its first characters. */
import { isUtf8 } from "node:buffer";

/** Characters that tell base64 of a text or of gzip from any other: so many bytes are hardly ever UTF-8. */
export const sampled = 88;

/** So many bytes of which none is a control character that no text begins with, nor one that UTF-8 does not have. */
const sampledBytes = 16;

/** First digits of the base64 of such bytes; a CR may end a line. */
const firstDigits: Uint8Array = Uint8Array.from({ length: 128 }, (_, code) =>
  /[CDGI-Za-z0-9\r]/.test(String.fromCharCode(code)) ? 1 : 0,
);

/** Whether one line of base64 begins as that of bytes that a text begins with. */
export function beginsAsText(run: string, start: number): boolean {
  for (let at = start; at < start + sampledBytes * 4; at += 4) if (firstDigits[run.charCodeAt(at)] !== 1) return false;
  return true;
}

/** The first bytes of gzip, with those that have few values: more in a path looks like base64 than on a line. */
const gzipPattern = /^H4sI[A-H].{5}[AEIMQUYcgkosw048][ACE][A-D/_]/;

/** Whether base64 of a text or of gzip begins within a line. */
export function beginsAsPart(run: string, start: number): boolean {
  if (run.startsWith("H4sI", start)) return gzipPattern.test(run.slice(start, start + sampled));
  return beginsAsText(run, start) && isSampleOfText(run.slice(start, start + sampled));
}

/** Whether base64 is that of UTF-8, whose last character may be cut. */
export function isSampleOfText(base64: string): boolean {
  return isUtf8(withoutCut(Buffer.from(base64, "base64")));
}

/** UTF-8 without its last character, which may be cut. */
export function withoutCut(bytes: Buffer): Buffer {
  let last = bytes.length;
  while (last > bytes.length - 3 && isContinuation(bytes[last - 1])) last--;
  if (((bytes[last - 1] ?? 0) & 0xc0) === 0xc0) last--;
  return bytes.subarray(0, last);
}

/** Whether a byte is one of a UTF-8 character, and not the first. */
export function isContinuation(byte = 0): boolean {
  return (byte & 0xc0) === 0x80;
}
