/** Optional white space of header fields (OWS: RFC 9110, section 5.6.3). */

/** Without spaces and tabs around it. A regular expression would take quadratic time for blanks in the middle. */
export function trimBlanks(text: string): string {
  const isBlank = (at: number): boolean => text[at] === " " || text[at] === "\t";
  let start = 0;
  let end = text.length;
  while (start < end && isBlank(start)) start++;
  while (end > start && isBlank(end - 1)) end--;
  return text.slice(start, end);
}
