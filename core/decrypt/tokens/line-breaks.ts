/** Ends of lines that mails, shells and editors put within a token. */
import type { DecodeCharacter } from "./character-decoder.ts";

/** Blanks around the end of a line: indentation, and what editors of mails leave. */
const mostBlanks = 64;

/**
 * Where a text goes on after the end of a line, or of two, with the blanks around them; `undefined` where no line ends
 * at the offset. The end may be escaped in at most so many layers. An equals sign before it is that of quoted-printable
 * (RFC 2045, section 6.7), a backslash that of shells and Java's properties.
 */
export function skipLineBreak(decode: DecodeCharacter, at: number, mostLayers: number): number | undefined {
  const first = decode(at, mostLayers);
  const isSoft = (first.value === "=" || first.value === "\\") && /^[\r\n]$/.test(decode(first.end, mostLayers).value);
  let end = isSoft ? first.end : at;
  let lineEnds = 0;
  for (let blanks = 0; blanks <= mostBlanks; blanks++) {
    const { value, end: next } = decode(end, mostLayers);
    if (value === "\n") lineEnds++;
    else if (value === "\r") lineEnds += decode(next, mostLayers).value === "\n" ? 0 : 1;
    else if (value !== " " && value !== "\t") break;
    if (lineEnds > 2) break;
    end = next;
  }
  return lineEnds === 0 ? undefined : end;
}
