/** Base64 within a line, behind names of a path, or behind another character that base64 has too. */
import { isUtf8 } from "node:buffer";
import type { Span } from "../text/edit.ts";
import { shortestBase64 } from "./base64-characters.ts";
import { beginsAsPart, isContinuation, sampled, withoutCut } from "./base64-samples.ts";

/** What is between the names of a path, or between base64 and what else is before it. */
export const pathCharacter = /[/_-]/;

function isPathCharacter(code: number): boolean {
  return code === 0x2f || code === 0x5f || code === 0x2d;
}

/** As far as paths are looked at, and keys before an underscore. */
const longestPath = 128;

/** Names behind base64 in a path that are looked at are longer. */
const shortestPart = 8;

/** Where base64 begins behind a character of a path, in one line; -1 where none does. */
export function startOfPart(run: string, { start, end }: Span): number {
  const last = Math.min(start + longestPath, end - shortestBase64);
  for (let at = start; at < last; at++)
    if (isPathCharacter(run.charCodeAt(at)) && beginsAsPart(run, at + 1)) return at + 1;
  return -1;
}

/** Where base64 ends that begins at an offset of a line: before the solidus of a path, if that is none of its own. */
export function endOfPart(run: string, start: number, { end }: Span): number {
  if (!isPathCharacter(run.charCodeAt(start - 1))) return end;
  const part = run.slice(start, end);
  const slash = part.indexOf("/");
  if (slash < shortestBase64) return end;
  if (/[-_]/.test(part.slice(0, slash))) return start + slash;
  // So few characters may happen to be those of a text.
  if (run[start - 1] === "/" && !part.includes("+") && (part.length % 4 === 1 || part.length - slash <= shortestPart))
    return start + slash;
  if (part.startsWith("H4sI")) return end;
  const behind = Buffer.from(part.slice(slash - (slash % 4), slash + sampled), "base64");
  let first = 0;
  while (first < 3 && isContinuation(behind[first])) first++;
  return isUtf8(slash + sampled < part.length ? withoutCut(behind.subarray(first)) : behind.subarray(first))
    ? end
    : start + slash;
}
