/** Elements of HTML and XML in text that is none as a whole, such as a message in the line of a log. */
import type { Span } from "../../text/edit.ts";

/** Longer tags, and texts further from theirs, are not told. */
const looked = 2_048;

const blanks = "[ \\t\\r\\n]{0,64}";
const name = "[A-Za-z_][\\w:.-]*";
const attributes = `(?:[ \\t\\r\\n]{1,64}[\\w:.@-]+(?:${blanks}=${blanks}(?:"[^"<>]*"|'[^'<>]*'))?)*`;
const behindTag = new RegExp(`^<(?:${name}${attributes}${blanks}/?|/${name}${blanks}|!--[^<>]*--)>[^<>]*$`);
const inAttribute = new RegExp(
  `^<${name}${attributes}[ \\t\\r\\n]{1,64}[\\w:.@-]+${blanks}=${blanks}(?:"[^"<>]*|'[^'<>]*)$`,
);
const beforeTag = /^[^<>]*<(?:[A-Za-z_/]|!--|!\[CDATA\[)/;

/** Whether a part of a text stands in the content of an element, between two tags, or in the quotes of an attribute. */
export function standsInMarkup(text: string, { start, end }: Span): boolean {
  const before = text.slice(Math.max(0, start - looked), start);
  const open = before.lastIndexOf("<");
  if (open < 0) return false;
  const tag = before.slice(open);
  return tag.includes(">")
    ? behindTag.test(tag) && beforeTag.test(text.slice(end, end + looked))
    : inAttribute.test(tag);
}
