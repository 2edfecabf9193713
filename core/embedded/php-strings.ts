/**
 * Strings that begin with the number of their bytes, `s:5:"value";`, as PHP's serialize writes them: where the
 * content changes, the number has to change too.
 */
import { isAscii } from "node:buffer";
import type { Span } from "../text/edit.ts";

/** From the first digit to the last character of the content. */
export interface CountedString extends Span {
  readonly contentStart: number;
}

const opening = /s:([0-9]{1,9}):"/g;

/** The counted strings in a text that are in no other one, in order. Linear in the text. */
export function findCountedStrings(text: string): readonly CountedString[] {
  const found: CountedString[] = [];
  let behind: ((start: number, byteCount: number) => number) | undefined;
  opening.lastIndex = 0;
  for (let match = opening.exec(text); match !== null; match = opening.exec(text)) {
    const [all, byteCount = ""] = match;
    const contentStart = match.index + all.length;
    behind ??= createMeasure(text);
    const end = behind(contentStart, Number(byteCount));
    if (text[end] !== '"' || text[end + 1] !== ";") continue;
    found.push({ start: match.index + 2, contentStart, end });
    opening.lastIndex = end + 2;
  }
  return found;
}

/** The number and the content of such a string, to replace those of another one. */
export function formatCounted(content: string): string {
  return `${Buffer.byteLength(content, "utf8")}:"${content}`;
}

/** Tells where bytes of UTF-8 end that begin at an offset, by their number; -1 for an end within a character. */
function createMeasure(text: string): (start: number, byteCount: number) => number {
  if (isAscii(Buffer.from(text, "utf8"))) return (start, byteCount) => start + byteCount;
  const before = new Uint32Array(text.length + 1);
  for (let at = 0; at < text.length; at++) before[at + 1] = (before[at] ?? 0) + bytesOf(text.charCodeAt(at));
  return (start, byteCount) => {
    const wanted = (before[start] ?? 0) + byteCount;
    let [low, high] = [start, text.length];
    while (low < high) {
      const middle = (low + high) >> 1;
      if ((before[middle] ?? 0) < wanted) low = middle + 1;
      else high = middle;
    }
    return before[low] === wanted ? low : -1;
  };
}

/** The first half of a surrogate pair counts none of its bytes, the second one all. */
function bytesOf(unit: number): number {
  if (unit < 0x80) return 1;
  if (unit < 0x800) return 2;
  if (unit >= 0xd800 && unit < 0xdc00) return 0;
  return unit >= 0xdc00 && unit < 0xe000 ? 4 : 3;
}
