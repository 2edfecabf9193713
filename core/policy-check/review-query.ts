/** Finds JSONPath queries that can never match, and parts of them without effect. For builds only. */
import type { Comparable, Operator, Query, Selector, Test } from "../selector/jsonpath/syntax.ts";

/** A part of a query that gives the same result for every body. */
export interface Flaw {
  readonly reason: string;
  /** The selector or test that causes it. */
  readonly node: object;
}

/** The flaws of a query. */
export interface QueryReview {
  /** Why the query can never match. */
  readonly never: Flaw | undefined;
  /** Parts without effect, in a query that can match. */
  readonly idle: readonly Flaw[];
}

/** The result of a test for every body; `undefined` if it depends on the body. */
type Verdict = "never" | "always" | undefined;

/** Records a flaw and returns its verdict. */
type Note = (node: object, reason: string, verdict?: Verdict) => Verdict;

/** Finds the flaws of a query. */
export function reviewQuery(query: Query): QueryReview {
  const flaws: (Flaw & { readonly verdict: Verdict })[] = [];
  const isDead = judgeQuery(query, (node, reason, verdict) => {
    flaws.push({ node, reason, verdict });
    return verdict;
  });
  return isDead
    ? { never: flaws.find(({ verdict }) => verdict === "never"), idle: [] }
    : { never: undefined, idle: flaws };
}

/** True if all selectors of some segment select nothing. */
function judgeQuery({ segments }: Query, note: Note): boolean {
  let isDead = false;
  for (const { selectors } of segments) {
    const texts = selectors.map((selector) => JSON.stringify(selector));
    selectors.forEach((selector, index) => {
      if (texts.indexOf(texts[index] ?? "") < index)
        note(selector, "the same selector occurs twice in one pair of brackets");
    });
    const living = selectors.filter((selector) => judgeSelector(selector, note) !== "never");
    isDead ||= living.length === 0;
  }
  return isDead;
}

function judgeSelector(selector: Selector, note: Note): Verdict {
  if (selector.kind === "filter") return judgeTest(selector.test, note);
  if (selector.kind !== "slice" || !isEmptySlice(selector)) return undefined;
  return note(
    selector,
    selector.step === 0 ? "a slice with step 0 selects nothing" : "this slice is always empty",
    "never",
  );
}

type Slice = Extract<Selector, { readonly kind: "slice" }>;

/**
 * Whether a slice is empty changes only at lengths near its bounds, and near their sum if they count from both ends.
 */
function isEmptySlice(slice: Slice): boolean {
  const { start = 0, end = 0, step } = slice;
  if (step === 0) return true;
  const bounds = [Math.abs(start), Math.abs(end), Math.abs(start) + Math.abs(end)];
  return bounds.every((bound) => [-1, 0, 1, 2].every((more) => !selectsAny(slice, bound + more)));
}

/** RFC 9535, section 2.3.4.2.2. */
function selectsAny({ start, end, step }: Slice, length: number): boolean {
  if (length <= 0) return false;
  const normalize = (at: number): number => (at >= 0 ? at : length + at);
  const clamp = (at: number, low: number, high: number): number => Math.min(Math.max(at, low), high);
  const from = normalize(start ?? (step > 0 ? 0 : length - 1));
  const to = normalize(end ?? (step > 0 ? length : -length - 1));
  return step > 0
    ? clamp(from, 0, length) < clamp(to, 0, length)
    : clamp(to, -1, length - 1) < clamp(from, -1, length - 1);
}

function judgeTest(test: Test, note: Note): Verdict {
  switch (test.kind) {
    case "or": {
      const verdicts = judgeEach(test, note);
      if (verdicts.includes("always")) return "always";
      return verdicts.every((verdict) => verdict === "never") ? "never" : undefined;
    }
    case "and": {
      const verdicts = judgeEach(test, note);
      if (verdicts.includes("never")) return "never";
      const contradiction = findContradiction(test);
      if (contradiction !== undefined)
        return note(contradiction, "no value satisfies both this comparison and another one in the same &&", "never");
      return verdicts.every((verdict) => verdict === "always") ? "always" : undefined;
    }
    case "not": {
      const verdict = judgeTest(test.test, note);
      if (verdict === undefined) return undefined;
      return verdict === "never" ? "always" : note(test, "this condition is never true", "never");
    }
    case "exists":
      // `@` alone exists wherever a filter looks.
      if (test.query.root === "current" && test.query.segments.length === 0) return "always";
      return judgeQuery(test.query, note) ? "never" : undefined;
    case "compare":
      return judgeComparison(test, note);
    default:
      return judgeMatch(test, note);
  }
}

type Several = Extract<Test, { readonly tests: readonly Test[] }>;

function judgeEach({ kind, tests }: Several, note: Note): readonly Verdict[] {
  const texts = tests.map((test) => JSON.stringify(test));
  tests.forEach((test, index) => {
    if (texts.indexOf(texts[index] ?? "") < index)
      note(test, `the same test occurs twice in one ${kind === "and" ? "&&" : "||"}`);
  });
  return tests.map((test) => judgeTest(test, note));
}

type Match = Extract<Test, { readonly kind: "match" | "search" }>;

function judgeMatch(test: Match, note: Note): Verdict {
  const { kind, subject, pattern } = test;
  judgeValues([subject, pattern], note);
  const isText = (value: Comparable): boolean => value.kind === "literal" && typeof value.value === "string";
  for (const value of [subject, pattern]) {
    if (
      value.kind === "length" ||
      value.kind === "count" ||
      value.kind === "number" ||
      (value.kind === "literal" && !isText(value))
    ) {
      return note(test, `${kind} compares strings, and this is not a string`, "never");
    }
  }
  if (isText(subject) && isText(pattern)) note(test, "both sides of this comparison are literals");
  return undefined;
}

/** Records the flaws of queries within values. */
function judgeValues(values: readonly Comparable[], note: Note): void {
  for (const value of values) {
    if (value.kind === "length") judgeValues([value.of], note);
    else if (value.kind !== "literal" && value.kind !== "number") judgeQuery(value.query, note);
  }
}

type Comparison = Extract<Test, { readonly kind: "compare" }>;

function judgeComparison(test: Comparison, note: Note): Verdict {
  const { operator, left, right } = test;
  judgeValues([left, right], note);
  if (left.kind === "literal" && right.kind === "literal") {
    const verdict = holds(operator, left.value, right.value) ? "always" : "never";
    return note(test, `both sides of this comparison are literals: it is ${verdict} true`, verdict);
  }
  if (JSON.stringify(left) === JSON.stringify(right)) {
    const verdict = operator.endsWith("=") && operator !== "!=" ? "always" : "never";
    return note(test, `both sides of this comparison are the same: it is ${verdict} true`, verdict);
  }
  const oriented = orient(test);
  if (oriented === undefined) return undefined;
  const { value } = oriented;
  if ((operator === "<" || operator === ">") && typeof value !== "number" && typeof value !== "string") {
    return note(test, `no value is less or greater than ${String(value)}`, "never");
  }
  return judgeCount(test, oriented, note);
}

interface Oriented {
  readonly subject: Exclude<Comparable, { readonly kind: "literal" }>;
  readonly operator: Operator;
  readonly value: Literal;
}

type Literal = string | number | boolean | null;

const mirrored: Readonly<Record<Operator, Operator>> = {
  "==": "==",
  "!=": "!=",
  "<": ">",
  ">": "<",
  "<=": ">=",
  ">=": "<=",
};

/** Puts the literal of a comparison on the right; `undefined` without a literal. */
function orient({ operator, left, right }: Comparison): Oriented | undefined {
  if (right.kind === "literal" && left.kind !== "literal") return { subject: left, operator, value: right.value };
  if (left.kind === "literal" && right.kind !== "literal")
    return { subject: right, operator: mirrored[operator], value: left.value };
  return undefined;
}

/** `length` and `count` give whole numbers from 0; `count` of at most one node gives 0 or 1. */
function judgeCount(test: Comparison, { subject, operator, value }: Oriented, note: Note): Verdict {
  if (subject.kind !== "length" && subject.kind !== "count") return undefined;
  const most = subject.kind === "count" && isSingular(subject.query) ? 1 : Number.MAX_SAFE_INTEGER;
  const outcomes = typeof value === "number" ? outcomesUpTo(most, operator, value) : [operator === "!="];
  const [only] = outcomes;
  // `length` gives nothing for a value without a length, so a comparison that is always true tests for a length.
  if (outcomes.length > 1 || only === undefined || (only && subject.kind === "length")) return undefined;
  const verdict = only ? "always" : "never";
  return note(
    test,
    `${subject.kind} gives a whole number from 0${most === 1 ? " to 1" : ""}: this is ${verdict} true`,
    verdict,
  );
}

function isSingular({ segments }: Query): boolean {
  return segments.every(
    ({ descendant, selectors: [only, ...others] }) =>
      !descendant && others.length === 0 && (only?.kind === "name" || only?.kind === "index"),
  );
}

/** The possible results of comparing the whole numbers from 0 to `most` with another number. */
function outcomesUpTo(most: number, operator: Operator, value: number): readonly boolean[] {
  const around = [0, 1, Math.floor(value), Math.floor(value) + 1, Math.ceil(value) - 1, most];
  const samples = around.filter((sample) => sample >= 0 && sample <= most);
  return [...new Set(samples.map((sample) => holds(operator, sample, value)))];
}

/** The second of two comparisons that compare one value with literals and that no value satisfies both. */
function findContradiction({ tests }: Several): object | undefined {
  const compared = tests.flatMap((test) => {
    const oriented = test.kind === "compare" ? orient(test) : undefined;
    return oriented === undefined ? [] : [{ ...oriented, key: JSON.stringify(oriented.subject), test }];
  });
  return compared.find((one, index) =>
    compared.slice(0, index).some((other) => other.key === one.key && excludes(other, one)),
  )?.test;
}

function excludes(a: Oriented, b: Oriented): boolean {
  if (a.operator === "==") return !holds(b.operator, a.value, b.value);
  if (b.operator === "==") return excludes(b, a);
  if (typeof a.value !== "number" || typeof b.value !== "number") return false;
  const [low, high] = a.operator.startsWith(">") ? [a, b] : [b, a];
  if (!low.operator.startsWith(">") || !high.operator.startsWith("<")) return false;
  const isStrict = low.operator === ">" || high.operator === "<";
  return isStrict ? Number(low.value) >= Number(high.value) : Number(low.value) > Number(high.value);
}

/** Compares two literals (RFC 9535, section 2.3.5.2.2). */
function holds(operator: Operator, left: Literal, right: Literal): boolean {
  if (operator === "!=") return left !== right;
  if (left === right) return operator.endsWith("=");
  if (typeof left !== typeof right || (typeof left !== "number" && typeof left !== "string") || right === null)
    return false;
  return operator.startsWith("<") ? left < right : operator.startsWith(">") && left > right;
}
