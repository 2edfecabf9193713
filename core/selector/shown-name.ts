/** Names of fields as a log or a message may tell them: a name that looks like a value is an asterisk. */
import type { NameAt } from "../text/text-node.ts";

const longestName = 40;
const longestWord = 24;

/** Letters, with what joins words; one digit may end it, as in `line_2`. */
const namePattern = /^[\p{L}_$][\p{L}\p{M}_$:-]*[0-9]?$/u;

/** Shorter words than these on average are the letters of a code: `aGVsbG9Xb3J`. */
const fewestLetters = 2.5;

/** Whether a name is made of words. */
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

/** Says whether something finds a sensitive value in a name. */
export type LooksSensitive = (name: string) => boolean;

/** A name, or `*` where it could be a value: client software makes names of identifiers and addresses too. */
export function showName(name: string, looksSensitive: LooksSensitive): string {
  return isWordLike(name) && !looksSensitive(name) ? name : "*";
}

/** More levels of a path than these are left out, the outer ones. */
const mostLevels = 8;

/** The names of a field and of what it is in, outermost first, with dots between them. */
export function showPath(nameAt: NameAt, looksSensitive: LooksSensitive): string {
  const names: string[] = [];
  for (let level = 0; level < mostLevels; level++) {
    const name = nameAt(level);
    if (name === undefined) return names.join(".");
    names.unshift(showName(name, looksSensitive));
  }
  return nameAt(mostLevels) === undefined ? names.join(".") : `….${names.join(".")}`;
}
