/** Reads the text of a JSONPath query, exactly as the grammar and the typing rules of RFC 9535 have it. */

import { parseInteger, parseStringLiteral, Reader } from "./cursor.ts";
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
 * The query that a selector's text stands for. Throws `policy_invalid` with the offset and the reason where the text
 * is not a valid, well-typed query, or holds a literal pattern for `match` or `search` that is not an I-Regexp
 * (RFC 9485): such a pattern would silently match nothing. `places` gets the offsets of selectors and comparisons.
 */
export function parseQuery(text: string, places?: Map<object, number>): Query {
  const reader = new Reader(text, places);
  const query = parseRootQuery(reader);
  if (!reader.atEnd()) throw reader.refuse("expected a segment or the end of the selector");
  return query;
}

function parseRootQuery(reader: Reader): Query {
  reader.require("$");
  return { segments: parseSegments(reader) };
}

function parseSegments(reader: Reader): Segment[] {
  const segments: Segment[] = [];
  for (;;) {
    const before = reader.at;
    reader.skipSpace();
    const segment = parseSegment(reader);
    if (segment === undefined) {
      reader.at = before;
      return segments;
    }
    segments.push(segment);
  }
}

function parseSegment(reader: Reader): Segment | undefined {
  if (reader.peek("[")) return { selectors: parseBracketed(reader) };
  if (reader.take("..")) {
    if (reader.peek("[")) return { descendant: true, selectors: parseBracketed(reader) };
    return { descendant: true, selectors: [parseShorthand(reader)] };
  }
  if (reader.take(".")) return { selectors: [parseShorthand(reader)] };
  return undefined;
}

function parseShorthand(reader: Reader): Selector {
  if (reader.take("*")) return { kind: "wildcard" };
  const from = reader.at;
  const name = reader.takeMatch(namePattern);
  if (name === undefined) throw reader.refuse("expected a member name or *");
  if (!name.isWellFormed()) throw reader.refuse("a member name holds half of a surrogate pair", from);
  return { kind: "name", name };
}

function parseBracketed(reader: Reader): Selector[] {
  reader.require("[");
  const selectors: Selector[] = [];
  do {
    reader.skipSpace();
    selectors.push(reader.note(reader.at, parseSelector(reader)));
    reader.skipSpace();
  } while (reader.take(","));
  reader.require("]");
  return selectors;
}

function parseSelector(reader: Reader): Selector {
  if (reader.take("*")) return { kind: "wildcard" };
  if (reader.peek('"') || reader.peek("'")) return { kind: "name", name: parseStringLiteral(reader) };
  if (reader.take("?")) {
    reader.skipSpace();
    return { kind: "filter", test: parseLogical(reader) };
  }
  return parseIndexOrSlice(reader);
}

function parseIndexOrSlice(reader: Reader): Selector {
  const start = parseInteger(reader);
  const afterStart = reader.at;
  reader.skipSpace();
  if (!reader.take(":")) {
    reader.at = afterStart;
    if (start === undefined) throw reader.refuse("expected a name in quotes, an index, a slice, * or ?");
    return { kind: "index", index: start };
  }
  reader.skipSpace();
  const end = parseInteger(reader);
  const afterEnd = reader.at;
  reader.skipSpace();
  let step: number | undefined;
  if (reader.take(":")) {
    reader.skipSpace();
    step = parseInteger(reader);
  } else {
    reader.at = afterEnd;
  }
  return {
    kind: "slice",
    ...(start === undefined ? {} : { start }),
    ...(end === undefined ? {} : { end }),
    step: step ?? 1,
  };
}

function parseLogical(reader: Reader): Test {
  if (++reader.nesting > maxNesting) throw reader.refuse("filters are nested too deeply");
  const test = parseOr(reader);
  reader.nesting--;
  return test;
}

function parseOr(reader: Reader): Test {
  const from = reader.at;
  const tests = [parseAnd(reader)];
  while (takeAfterSpace(reader, "||")) tests.push(parseAnd(reader));
  const [only] = tests;
  return only !== undefined && tests.length === 1 ? only : reader.note(from, { kind: "or", tests });
}

function parseAnd(reader: Reader): Test {
  const from = reader.at;
  const tests = [parseBasic(reader)];
  while (takeAfterSpace(reader, "&&")) tests.push(parseBasic(reader));
  const [only] = tests;
  return only !== undefined && tests.length === 1 ? only : reader.note(from, { kind: "and", tests });
}

/** Takes an operator with the blanks around it, or leaves the place as it was. */
function takeAfterSpace(reader: Reader, operator: string): boolean {
  const before = reader.at;
  reader.skipSpace();
  if (!reader.take(operator)) {
    reader.at = before;
    return false;
  }
  reader.skipSpace();
  return true;
}

function parseBasic(reader: Reader): Test {
  const start = reader.at;
  if (reader.take("!")) {
    reader.skipSpace();
    if (reader.peek("(")) return reader.note(start, { kind: "not", test: parseParenthesized(reader) });
    const from = reader.at;
    return reader.note(start, { kind: "not", test: requireTest(reader, parseExpression(reader), from) });
  }
  if (reader.peek("(")) return parseParenthesized(reader);
  const from = reader.at;
  const left = parseExpression(reader);
  const beforeOperator = reader.at;
  reader.skipSpace();
  const operator = reader.takeMatch(operatorPattern);
  if (!isOperator(operator)) {
    reader.at = beforeOperator;
    return requireTest(reader, left, from);
  }
  reader.skipSpace();
  const rightFrom = reader.at;
  const right = parseExpression(reader);
  return reader.note(from, {
    kind: "compare",
    operator,
    left: requireComparable(reader, left, from),
    right: requireComparable(reader, right, rightFrom),
  });
}

function isOperator(text: string | undefined): text is Operator {
  return text !== undefined && operators.has(text);
}

function parseParenthesized(reader: Reader): Test {
  reader.require("(");
  reader.skipSpace();
  const test = parseLogical(reader);
  reader.skipSpace();
  reader.require(")");
  return test;
}

/** RFC 9535, section 2.4.3: what may stand alone as a test. */
function requireTest(reader: Reader, expression: Expression, from: number): Test {
  switch (expression.type) {
    case "logical":
      return expression.test;
    case "query":
      return reader.note(from, { kind: "exists", query: expression.query });
    case "value":
      throw reader.refuse("a literal or the value of a function must be compared with something", from);
  }
}

/** RFC 9535, section 2.4.3: what may stand on a side of a comparison, or as a parameter of ValueType. */
function requireComparable(reader: Reader, expression: Expression, from: number): Comparable {
  switch (expression.type) {
    case "value":
      return expression.value;
    case "query":
      if (!isSingular(expression.query)) {
        throw reader.refuse("a query that may select several nodes has no single value here", from);
      }
      return { kind: "singular", query: expression.query };
    case "logical":
      throw reader.refuse("match and search give no value here", from);
  }
}

function isSingular({ segments }: Query): boolean {
  return segments.every(({ descendant, selectors }) => {
    const [only] = selectors;
    return !descendant && selectors.length === 1 && (only?.kind === "name" || only?.kind === "index");
  });
}

function parseExpression(reader: Reader): Expression {
  const from = reader.at;
  if (reader.peek("$")) return { type: "query", query: parseRootQuery(reader) };
  if (reader.take("@")) return { type: "query", query: { root: "current", segments: parseSegments(reader) } };
  if (reader.peek('"') || reader.peek("'")) {
    return { type: "value", value: { kind: "literal", value: parseStringLiteral(reader) } };
  }
  const name = reader.takeMatch(functionPattern);
  if (name !== undefined) return parseFunction(reader, name, from);
  const number = reader.takeMatch(numberPattern);
  if (number !== undefined) return { type: "value", value: readNumber(number) };
  for (const [word, value] of [
    ["true", true],
    ["false", false],
    ["null", null],
  ] as const) {
    if (reader.take(word)) return { type: "value", value: { kind: "literal", value } };
  }
  throw reader.refuse("expected a query, a literal or a function");
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
function parseFunction(reader: Reader, name: string, from: number): Expression {
  switch (name) {
    case "length": {
      const [value] = parseArguments(reader, name, 1, from);
      return { type: "value", value: { kind: "length", of: requireValueArgument(reader, value, from) } };
    }
    case "count":
    case "value": {
      const [nodes] = parseArguments(reader, name, 1, from);
      if (nodes?.expression.type !== "query") throw reader.refuse(`${name} takes a query`, nodes?.from ?? from);
      return { type: "value", value: { kind: name, query: nodes.expression.query } };
    }
    case "match":
    case "search": {
      const [first, second] = parseArguments(reader, name, 2, from);
      const subject = requireValueArgument(reader, first, from);
      const pattern = requireValueArgument(reader, second, from);
      requirePattern(reader, pattern, second?.from ?? from);
      return { type: "logical", test: reader.note(from, { kind: name, subject, pattern }) };
    }
    default:
      throw reader.refuse(`there is no function ${name}; there are length, count, match, search and value`, from);
  }
}

function requirePattern(reader: Reader, pattern: Comparable, from: number): void {
  if (pattern.kind !== "literal" || typeof pattern.value !== "string") return;
  if (typeof compileRegexp(pattern.value) !== "object") {
    throw reader.refuse("the pattern is not an I-Regexp (RFC 9485), or is too large, and would match nothing", from);
  }
}

function requireValueArgument(reader: Reader, argument: Argument | undefined, from: number): Comparable {
  if (argument === undefined) throw reader.refuse("a parameter is missing", from);
  return requireComparable(reader, argument.expression, argument.from);
}

function parseArguments(reader: Reader, name: string, count: number, from: number): Argument[] {
  if (++reader.nesting > maxNesting) throw reader.refuse("functions are nested too deeply");
  reader.require("(");
  const found: Argument[] = [];
  reader.skipSpace();
  if (!reader.peek(")")) {
    do {
      reader.skipSpace();
      const argumentFrom = reader.at;
      found.push({ expression: parseExpression(reader), from: argumentFrom });
      reader.skipSpace();
    } while (reader.take(","));
  }
  if (!reader.take(")")) throw reader.refuse(`expected "," or ")"; a logical expression is no parameter of ${name}`);
  if (found.length !== count) throw reader.refuse(`${name} takes ${count} parameter${count === 1 ? "" : "s"}`, from);
  reader.nesting--;
  return found;
}
