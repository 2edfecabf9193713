/** Reads the text of a JSONPath query, exactly as the grammar and the typing rules of RFC 9535 have it. */

import { Cursor, parseInteger, parseStringLiteral } from "./cursor.ts";
import { compileRegexp } from "./i-regexp.ts";
import type { Comparable, Operator, Query, Segment, Selector, Test } from "./syntax.ts";

/** Filters and function calls nested deeper than this are refused: nobody writes them, and parsing is recursive. */
const maxNesting = 64;

const namePattern = /[A-Za-z_\u0080-\uffff][A-Za-z0-9_\u0080-\uffff]*/y;
const numberPattern = /-?(?:0|[1-9][0-9]*)(?:\.[0-9]+)?(?:[eE][+-]?[0-9]+)?/y;
const functionPattern = /[a-z][a-z_0-9]*(?=\()/y;
const operatorPattern = /==|!=|<=|>=|<|>/y;

const operators: ReadonlySet<string> = new Set<Operator>(["==", "!=", "<", "<=", ">", ">="]);

/** What an expression of a filter turned out to be, before its place tells what it may be. */
type Expression =
  | { readonly type: "query"; readonly query: Query }
  | { readonly type: "value"; readonly value: Comparable }
  | { readonly type: "logical"; readonly test: Test };

/**
 * The query that a selector's text writes. Throws `policy_invalid` with the offset and the reason where the text
 * is not a valid, well-typed query, or holds a literal pattern for `match` or `search` that is not an I-Regexp
 * (RFC 9485): such a pattern would silently match nothing. `offsets` gets the offsets of selectors and comparisons.
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
    return { kind: "filter", test: parseLogical(cursor) };
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

function parseLogical(cursor: Cursor): Test {
  if (++cursor.nesting > maxNesting) throw cursor.refuse("filters are nested too deeply");
  const test = parseOr(cursor);
  cursor.nesting--;
  return test;
}

function parseOr(cursor: Cursor): Test {
  const from = cursor.at;
  const tests = [parseAnd(cursor)];
  while (takeAfterSpace(cursor, "||")) tests.push(parseAnd(cursor));
  const [only] = tests;
  return only !== undefined && tests.length === 1 ? only : cursor.note(from, { kind: "or", tests });
}

function parseAnd(cursor: Cursor): Test {
  const from = cursor.at;
  const tests = [parseBasic(cursor)];
  while (takeAfterSpace(cursor, "&&")) tests.push(parseBasic(cursor));
  const [only] = tests;
  return only !== undefined && tests.length === 1 ? only : cursor.note(from, { kind: "and", tests });
}

/** Takes an operator with the blanks around it, or leaves the place as it was. */
function takeAfterSpace(cursor: Cursor, operator: string): boolean {
  const before = cursor.at;
  cursor.skipSpace();
  if (!cursor.take(operator)) {
    cursor.at = before;
    return false;
  }
  cursor.skipSpace();
  return true;
}

function parseBasic(cursor: Cursor): Test {
  const start = cursor.at;
  if (cursor.take("!")) {
    cursor.skipSpace();
    if (cursor.peek("(")) return cursor.note(start, { kind: "not", test: parseParenthesized(cursor) });
    const from = cursor.at;
    return cursor.note(start, { kind: "not", test: requireTest(cursor, parseExpression(cursor), from) });
  }
  if (cursor.peek("(")) return parseParenthesized(cursor);
  const from = cursor.at;
  const left = parseExpression(cursor);
  const beforeOperator = cursor.at;
  cursor.skipSpace();
  const operator = cursor.takeMatch(operatorPattern);
  if (!isOperator(operator)) {
    cursor.at = beforeOperator;
    return requireTest(cursor, left, from);
  }
  cursor.skipSpace();
  const rightFrom = cursor.at;
  const right = parseExpression(cursor);
  return cursor.note(from, {
    kind: "compare",
    operator,
    left: requireComparable(cursor, left, from),
    right: requireComparable(cursor, right, rightFrom),
  });
}

function isOperator(text: string | undefined): text is Operator {
  return text !== undefined && operators.has(text);
}

function parseParenthesized(cursor: Cursor): Test {
  cursor.require("(");
  cursor.skipSpace();
  const test = parseLogical(cursor);
  cursor.skipSpace();
  cursor.require(")");
  return test;
}

/** RFC 9535, section 2.4.3: what may be a test alone. */
function requireTest(cursor: Cursor, expression: Expression, from: number): Test {
  if (expression.type === "logical") return expression.test;
  if (expression.type === "query") return cursor.note(from, { kind: "exists", query: expression.query });
  throw cursor.refuse("a literal or the value of a function must be compared with something", from);
}

/** RFC 9535, section 2.4.3: what may be a side of a comparison, or a parameter of ValueType. */
function requireComparable(cursor: Cursor, expression: Expression, from: number): Comparable {
  if (expression.type === "value") return expression.value;
  if (expression.type === "logical") throw cursor.refuse("match and search give no value here", from);
  if (isSingular(expression.query)) return { kind: "singular", query: expression.query };
  throw cursor.refuse("a query that may select several nodes has no single value here", from);
}

function isSingular({ segments }: Query): boolean {
  return segments.every(({ descendant, selectors }) => {
    const [only] = selectors;
    return !descendant && selectors.length === 1 && (only?.kind === "name" || only?.kind === "index");
  });
}

function parseExpression(cursor: Cursor): Expression {
  const from = cursor.at;
  if (cursor.peek("$")) return { type: "query", query: parseRootQuery(cursor) };
  if (cursor.take("@")) return { type: "query", query: { root: "current", segments: parseSegments(cursor) } };
  if (cursor.peek('"') || cursor.peek("'")) {
    return { type: "value", value: { kind: "literal", value: parseStringLiteral(cursor) } };
  }
  const name = cursor.takeMatch(functionPattern);
  if (name !== undefined) return parseFunction(cursor, name, from);
  const number = cursor.takeMatch(numberPattern);
  if (number !== undefined) return { type: "value", value: readNumber(number) };
  for (const [word, value] of [
    ["true", true],
    ["false", false],
    ["null", null],
  ] as const) {
    if (cursor.take(word)) return { type: "value", value: { kind: "literal", value } };
  }
  throw cursor.refuse("expected a query, a literal or a function");
}

function readNumber(text: string): Comparable {
  const value = Number(text);
  return Number.isFinite(value) ? { kind: "literal", value } : { kind: "number", text };
}

interface Argument {
  readonly expression: Expression;
  readonly from: number;
}

/** The five functions of RFC 9535, section 2.4, with their types. */
function parseFunction(cursor: Cursor, name: string, from: number): Expression {
  switch (name) {
    case "length": {
      const [value] = parseArguments(cursor, name, 1, from);
      return { type: "value", value: { kind: "length", of: requireValueArgument(cursor, value, from) } };
    }
    case "count":
    case "value": {
      const [nodes] = parseArguments(cursor, name, 1, from);
      if (nodes?.expression.type !== "query") throw cursor.refuse(`${name} takes a query`, nodes?.from ?? from);
      return { type: "value", value: { kind: name, query: nodes.expression.query } };
    }
    case "match":
    case "search": {
      const [first, second] = parseArguments(cursor, name, 2, from);
      const subject = requireValueArgument(cursor, first, from);
      const pattern = requireValueArgument(cursor, second, from);
      requirePattern(cursor, pattern, second?.from ?? from);
      return { type: "logical", test: cursor.note(from, { kind: name, subject, pattern }) };
    }
    default:
      throw cursor.refuse(`there is no function ${name}; there are length, count, match, search and value`, from);
  }
}

function requirePattern(cursor: Cursor, pattern: Comparable, from: number): void {
  if (pattern.kind !== "literal" || typeof pattern.value !== "string") return;
  if (typeof compileRegexp(pattern.value) !== "object") {
    throw cursor.refuse("the pattern is not an I-Regexp (RFC 9485), or is too large, and would match nothing", from);
  }
}

function requireValueArgument(cursor: Cursor, argument: Argument | undefined, from: number): Comparable {
  if (argument === undefined) throw cursor.refuse("a parameter is missing", from);
  return requireComparable(cursor, argument.expression, argument.from);
}

function parseArguments(cursor: Cursor, name: string, count: number, from: number): Argument[] {
  if (++cursor.nesting > maxNesting) throw cursor.refuse("functions are nested too deeply");
  cursor.require("(");
  const found: Argument[] = [];
  cursor.skipSpace();
  if (!cursor.peek(")")) {
    do {
      cursor.skipSpace();
      const argumentFrom = cursor.at;
      found.push({ expression: parseExpression(cursor), from: argumentFrom });
      cursor.skipSpace();
    } while (cursor.take(","));
  }
  if (!cursor.take(")")) throw cursor.refuse(`expected "," or ")"; a logical expression is no parameter of ${name}`);
  if (found.length !== count) throw cursor.refuse(`${name} takes ${count} parameter${count === 1 ? "" : "s"}`, from);
  cursor.nesting--;
  return found;
}
