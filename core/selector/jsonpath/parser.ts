/** Parses JSONPath queries, exactly by the grammar and typing rules of RFC 9535. */
import { Cursor, parseInteger, parseStringLiteral } from "./cursor.ts";
import { parseFilter } from "./filter-parser.ts";
import type { Query, Segment, Selector } from "./syntax.ts";

const namePattern = /[A-Za-z_\u0080-\uffff][A-Za-z0-9_\u0080-\uffff]*/y;

/**
 * Parses a query. Throws `policy_invalid` with offset and reason if the text is not a valid, well-typed query, or holds
 * a literal pattern for `match` or `search` that is not an I-Regexp (RFC 9485), which would silently match nothing.
 * `offsets` receives the offsets of selectors and tests.
 */
export function parseQuery(text: string, offsets?: Map<object, number>): Query {
  const cursor = new Cursor(text, offsets);
  const query = parseRootQuery(cursor);
  if (!cursor.atEnd()) throw cursor.refuse("expected a segment or the end of the selector");
  return query;
}

function parseRootQuery(cursor: Cursor): Query {
  cursor.require("$");
  return { segments: parseSegments(cursor) };
}

function parseSegments(cursor: Cursor): Segment[] {
  const segments: Segment[] = [];
  for (;;) {
    const before = cursor.at;
    cursor.skipSpace();
    const segment = parseSegment(cursor);
    if (segment === undefined) {
      cursor.at = before;
      return segments;
    }
    segments.push(segment);
  }
}

function parseSegment(cursor: Cursor): Segment | undefined {
  if (cursor.peek("[")) return { selectors: parseBracketed(cursor) };
  if (cursor.take("..")) {
    if (cursor.peek("[")) return { descendant: true, selectors: parseBracketed(cursor) };
    return { descendant: true, selectors: [parseShorthand(cursor)] };
  }
  if (cursor.take(".")) return { selectors: [parseShorthand(cursor)] };
  return undefined;
}

function parseShorthand(cursor: Cursor): Selector {
  if (cursor.take("*")) return { kind: "wildcard" };
  const from = cursor.at;
  const name = cursor.takeMatch(namePattern);
  if (name === undefined) throw cursor.refuse("expected a member name or *");
  if (!name.isWellFormed()) throw cursor.refuse("a member name holds half of a surrogate pair", from);
  return { kind: "name", name };
}

function parseBracketed(cursor: Cursor): Selector[] {
  cursor.require("[");
  const selectors: Selector[] = [];
  do {
    cursor.skipSpace();
    selectors.push(cursor.note(cursor.at, parseSelector(cursor)));
    cursor.skipSpace();
  } while (cursor.take(","));
  cursor.require("]");
  return selectors;
}

function parseSelector(cursor: Cursor): Selector {
  if (cursor.take("*")) return { kind: "wildcard" };
  if (cursor.peek('"') || cursor.peek("'")) return { kind: "name", name: parseStringLiteral(cursor) };
  if (cursor.take("?")) {
    cursor.skipSpace();
    return { kind: "filter", test: parseFilter(cursor, () => parseSegments(cursor)) };
  }
  return parseIndexOrSlice(cursor);
}

function parseIndexOrSlice(cursor: Cursor): Selector {
  const start = parseInteger(cursor);
  const afterStart = cursor.at;
  cursor.skipSpace();
  if (!cursor.take(":")) {
    cursor.at = afterStart;
    if (start === undefined) throw cursor.refuse("expected a name in quotes, an index, a slice, * or ?");
    return { kind: "index", index: start };
  }
  cursor.skipSpace();
  const end = parseInteger(cursor);
  const afterEnd = cursor.at;
  cursor.skipSpace();
  let step: number | undefined;
  if (cursor.take(":")) {
    cursor.skipSpace();
    step = parseInteger(cursor);
  } else {
    cursor.at = afterEnd;
  }
  return {
    kind: "slice",
    ...(start === undefined ? {} : { start }),
    ...(end === undefined ? {} : { end }),
    step: step ?? 1,
  };
}
