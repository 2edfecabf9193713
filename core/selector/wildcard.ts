/** Texts with `*` for any number of characters: in paths and in names. */

/** The literal parts between the asterisks; one part where there are none. */
export type Wildcard = readonly string[];

/** Every text is one: an asterisk cannot be escaped. */
export function parseWildcard(text: string): Wildcard {
  return text.split("*");
}

/** Whether a text has the literal parts in their order, the first at its beginning and the last at its end. */
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
