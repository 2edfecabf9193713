/** Parses the filters of JSONPath queries, exactly by the grammar and typing rules of RFC 9535. */
import { type Cursor, parseStringLiteral } from "./cursor.ts";
import { compileRegexp } from "./i-regexp.ts";
import type { Comparable, Operator, Query, Segment, Test } from "./syntax.ts";

/** The deepest nesting of filters and function calls, because parsing is recursive. */
const maxNesting = 64;

const numberPattern = /-?(?:0|[1-9][0-9]*)(?:\.[0-9]+)?(?:[eE][+-]?[0-9]+)?/y;
const functionPattern = /[a-z][a-z_0-9]*(?=\()/y;
const operatorPattern = /==|!=|<=|>=|<|>/y;

const operators: ReadonlySet<string> = new Set<Operator>(["==", "!=", "<", "<=", ">", ">="]);

/** An expression of a filter, by its type. Where it occurs decides which types are valid. */
type Expression =
  | { readonly type: "query"; readonly query: Query }
  | { readonly type: "value"; readonly value: Comparable }
  | { readonly type: "logical"; readonly test: Test };

/** Parses a filter after its question mark. `parseSegments` parses the segments of a query in it. */
export function parseFilter(cursor: Cursor, parseSegments: () => readonly Segment[]): Test {
  return new FilterParser(cursor, parseSegments).parse();
}

class FilterParser {
  readonly #cursor: Cursor;
  readonly #parseSegments: () => readonly Segment[];

  constructor(cursor: Cursor, parseSegments: () => readonly Segment[]) {
    this.#cursor = cursor;
    this.#parseSegments = parseSegments;
  }

  parse(): Test {
    if (++this.#cursor.nesting > maxNesting) throw this.#cursor.refuse("filters are nested too deeply");
    const test = this.#parseOr();
    this.#cursor.nesting--;
    return test;
  }

  #parseOr(): Test {
    const from = this.#cursor.at;
    const tests = [this.#parseAnd()];
    while (this.#takeAfterSpace("||")) tests.push(this.#parseAnd());
    const [only] = tests;
    return only !== undefined && tests.length === 1 ? only : this.#cursor.note(from, { kind: "or", tests });
  }

  #parseAnd(): Test {
    const from = this.#cursor.at;
    const tests = [this.#parseBasic()];
    while (this.#takeAfterSpace("&&")) tests.push(this.#parseBasic());
    const [only] = tests;
    return only !== undefined && tests.length === 1 ? only : this.#cursor.note(from, { kind: "and", tests });
  }

  /** Takes an operator with the spaces around it, or leaves the position unchanged. */
  #takeAfterSpace(operator: string): boolean {
    const before = this.#cursor.at;
    this.#cursor.skipSpace();
    if (!this.#cursor.take(operator)) {
      this.#cursor.at = before;
      return false;
    }
    this.#cursor.skipSpace();
    return true;
  }

  #parseBasic(): Test {
    const start = this.#cursor.at;
    if (this.#cursor.take("!")) {
      this.#cursor.skipSpace();
      if (this.#cursor.peek("(")) return this.#cursor.note(start, { kind: "not", test: this.#parseParenthesized() });
      const from = this.#cursor.at;
      return this.#cursor.note(start, { kind: "not", test: this.#requireTest(this.#parseExpression(), from) });
    }
    if (this.#cursor.peek("(")) return this.#parseParenthesized();
    const from = this.#cursor.at;
    const left = this.#parseExpression();
    const beforeOperator = this.#cursor.at;
    this.#cursor.skipSpace();
    const operator = this.#cursor.takeMatch(operatorPattern);
    if (!isOperator(operator)) {
      this.#cursor.at = beforeOperator;
      return this.#requireTest(left, from);
    }
    this.#cursor.skipSpace();
    const rightFrom = this.#cursor.at;
    const right = this.#parseExpression();
    return this.#cursor.note(from, {
      kind: "compare",
      operator,
      left: this.#requireComparable(left, from),
      right: this.#requireComparable(right, rightFrom),
    });
  }

  #parseParenthesized(): Test {
    this.#cursor.require("(");
    this.#cursor.skipSpace();
    const test = this.parse();
    this.#cursor.skipSpace();
    this.#cursor.require(")");
    return test;
  }

  /** The test of an expression that stands alone (RFC 9535, section 2.4.3). */
  #requireTest(expression: Expression, from: number): Test {
    if (expression.type === "logical") return expression.test;
    if (expression.type === "query") return this.#cursor.note(from, { kind: "exists", query: expression.query });
    throw this.#cursor.refuse("expected a comparison: a literal or the value of a function is not a condition", from);
  }

  /** The value of a side of a comparison or of a parameter of ValueType (RFC 9535, section 2.4.3). */
  #requireComparable(expression: Expression, from: number): Comparable {
    if (expression.type === "value") return expression.value;
    if (expression.type === "logical")
      throw this.#cursor.refuse("expected a value: match and search give true or false", from);
    if (isSingular(expression.query)) return { kind: "singular", query: expression.query };
    throw this.#cursor.refuse("expected one value: this query may select several nodes", from);
  }

  #parseExpression(): Expression {
    const from = this.#cursor.at;
    if (this.#cursor.take("$")) return { type: "query", query: { segments: this.#parseSegments() } };
    if (this.#cursor.take("@")) return { type: "query", query: { root: "current", segments: this.#parseSegments() } };
    if (this.#cursor.peek('"') || this.#cursor.peek("'")) {
      return { type: "value", value: { kind: "literal", value: parseStringLiteral(this.#cursor) } };
    }
    const name = this.#cursor.takeMatch(functionPattern);
    if (name !== undefined) return this.#parseFunction(name, from);
    const number = this.#cursor.takeMatch(numberPattern);
    if (number !== undefined) return { type: "value", value: readNumber(number) };
    for (const [word, value] of [
      ["true", true],
      ["false", false],
      ["null", null],
    ] as const) {
      if (this.#cursor.take(word)) return { type: "value", value: { kind: "literal", value } };
    }
    throw this.#cursor.refuse("expected a query, a literal or a function");
  }

  /** The five functions of RFC 9535, section 2.4, with their types. */
  #parseFunction(name: string, from: number): Expression {
    switch (name) {
      case "length": {
        const [value] = this.#parseArguments(name, 1, from);
        return { type: "value", value: { kind: "length", of: this.#requireValueArgument(value, from) } };
      }
      case "count":
      case "value": {
        const [nodes] = this.#parseArguments(name, 1, from);
        if (nodes?.expression.type !== "query") throw this.#cursor.refuse(`${name} takes a query`, nodes?.from ?? from);
        return { type: "value", value: { kind: name, query: nodes.expression.query } };
      }
      case "match":
      case "search": {
        const [first, second] = this.#parseArguments(name, 2, from);
        const subject = this.#requireValueArgument(first, from);
        const pattern = this.#requireValueArgument(second, from);
        this.#requirePattern(pattern, second?.from ?? from);
        return { type: "logical", test: this.#cursor.note(from, { kind: name, subject, pattern }) };
      }
      default:
        throw this.#cursor.refuse(`unknown function ${name}; expected length, count, match, search or value`, from);
    }
  }

  #requirePattern(pattern: Comparable, from: number): void {
    if (pattern.kind !== "literal" || typeof pattern.value !== "string") return;
    if (typeof compileRegexp(pattern.value) !== "object") {
      throw this.#cursor.refuse(
        "the pattern is not an I-Regexp (RFC 9485) or is too large, so it would match nothing",
        from,
      );
    }
  }

  #requireValueArgument(argument: Argument | undefined, from: number): Comparable {
    if (argument === undefined) throw this.#cursor.refuse("a parameter is missing", from);
    return this.#requireComparable(argument.expression, argument.from);
  }

  #parseArguments(name: string, count: number, from: number): Argument[] {
    if (++this.#cursor.nesting > maxNesting) throw this.#cursor.refuse("functions are nested too deeply");
    this.#cursor.require("(");
    const found: Argument[] = [];
    this.#cursor.skipSpace();
    if (!this.#cursor.peek(")")) {
      do {
        this.#cursor.skipSpace();
        const argumentFrom = this.#cursor.at;
        found.push({ expression: this.#parseExpression(), from: argumentFrom });
        this.#cursor.skipSpace();
      } while (this.#cursor.take(","));
    }
    if (!this.#cursor.take(")"))
      throw this.#cursor.refuse(`expected "," or ")"; a parameter of ${name} cannot be a logical expression`);
    if (found.length !== count)
      throw this.#cursor.refuse(`${name} takes ${count} parameter${count === 1 ? "" : "s"}`, from);
    this.#cursor.nesting--;
    return found;
  }
}

function isOperator(text: string | undefined): text is Operator {
  return text !== undefined && operators.has(text);
}

function isSingular({ segments }: Query): boolean {
  return segments.every(({ descendant, selectors }) => {
    const [only] = selectors;
    return !descendant && selectors.length === 1 && (only?.kind === "name" || only?.kind === "index");
  });
}

function readNumber(text: string): Comparable {
  const value = Number(text);
  return Number.isFinite(value) ? { kind: "literal", value } : { kind: "number", text };
}

interface Argument {
  readonly expression: Expression;
  readonly from: number;
}
