/** Names of fields for logs and messages. A name that looks like a value becomes an asterisk. */
import type { NameAt } from "../text/text-node.ts";

const longestName = 40;
const longestWord = 24;

/** Letters and characters that join words; the last character may be a digit, as in `line_2`. */
const namePattern = /^[\p{L}_$][\p{L}\p{M}_$:-]*[0-9]?$/u;

/** Words with fewer letters on average are probably a code: `aGVsbG9Xb3J`. */
const fewestLetters = 2.5;

/** True if a name consists of words. */
export function isWordLike(name: string): boolean {
  if (name.length > longestName || !namePattern.test(name)) return false;
  const words = name
    .replace(/(\p{Ll})(\p{Lu})/gu, "$1 $2")
    .replace(/(\p{Lu})(\p{Lu}\p{Ll})/gu, "$1 $2")
    .split(/[ _$:-]+/)
    .filter((word) => word !== "");
  if (words.some((word) => word.length > longestWord)) return false;
  const letters = words.reduce((sum, word) => sum + word.length, 0);
  return words.length < 4 || letters / words.length >= fewestLetters;
}

/** True if a name may hold a sensitive value. */
export type LooksSensitive = (name: string) => boolean;

/** A name, or `*` if it could be a value: clients also use identifiers and addresses as names. */
export function showName(name: string, looksSensitive: LooksSensitive): string {
  return isWordLike(name) && !looksSensitive(name) ? name : "*";
}

/** The most levels of a path. Outer levels are left out. */
const mostLevels = 8;

/** The names of a field and of the fields around it, outermost first, joined by dots. */
export function showPath(nameAt: NameAt, looksSensitive: LooksSensitive): string {
  const names: string[] = [];
  for (let level = 0; level < mostLevels; level++) {
    const name = nameAt(level);
    if (name === undefined) return names.join(".");
    names.unshift(showName(name, looksSensitive));
  }
  return nameAt(mostLevels) === undefined ? names.join(".") : `….${names.join(".")}`;
}
