/** Elements of HTML and XML in a text that is neither as a whole, such as a message in a line of a log. */
import type { Span } from "../../text/edit.ts";

/** Characters that are looked at before and behind a span: longer tags, and tags further away, are not seen. */
const nearby = 2_048;

const blank = "[ \\t\\r\\n]";
const blanks = `${blank}{0,64}`;
const name = "[A-Za-z_][\\w:.-]*";
const attributeName = `${blank}{1,64}[\\w:.@-]+`;
const attributes = `(?:${attributeName}(?:${blanks}=${blanks}(?:"[^"<>]*"|'[^'<>]*'))?)*`;
const behindTag = new RegExp(`^<(?:${name}${attributes}${blanks}/?|/${name}${blanks}|!--[^<>]*--)>[^<>]*$`);
const inAttribute = new RegExp(`^<${name}${attributes}${attributeName}${blanks}=${blanks}(?:"[^"<>]*|'[^'<>]*)$`);
const beforeTag = /^[^<>]*<(?:[A-Za-z_/]|!--|!\[CDATA\[)/;

/** Whether a span of a text is content of an element, between two tags, or within the quotes of an attribute. */
export function isInMarkup(text: string, { start, end }: Span): boolean {
  const before = text.slice(Math.max(0, start - nearby), start);
  const open = before.lastIndexOf("<");
  if (open < 0) return false;
  const tag = before.slice(open);
  return tag.includes(">")
    ? behindTag.test(tag) && beforeTag.test(text.slice(end, end + nearby))
    : inAttribute.test(tag);
}
