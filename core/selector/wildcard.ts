/** Patterns for paths and names, in which `*` matches any number of characters. */

/** The literal parts between the asterisks; one part without an asterisk. */
export type Wildcard = readonly string[];

/** Parses a pattern. Every text is one, and an asterisk cannot be escaped. */
export function parseWildcard(text: string): Wildcard {
  return text.split("*");
}

/** True if a text matches a pattern. */
export function matchesWildcard(parts: Wildcard, text: string): boolean {
  const first = parts[0] ?? "";
  const last = parts.at(-1) ?? "";
  if (parts.length === 1) return text === first;
  const end = text.length - last.length;
  if (first.length > end || !text.startsWith(first) || !text.endsWith(last)) return false;
  let at = first.length;
  for (const part of parts.slice(1, -1)) {
    const found = text.indexOf(part, at);
    if (found < 0 || found + part.length > end) return false;
    at = found + part.length;
  }
  return true;
}
