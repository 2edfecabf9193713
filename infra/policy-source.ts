/** Reads a policy file: its text, its value, and the line and column of every place in it. */
import { readFileSync } from "node:fs";
import { type Issue, placeOf } from "../core/config/issue.ts";
import { type ErrorCode, FieldsealError } from "../core/errors.ts";
import {
  endOf,
  type JsonDocument,
  kindOf,
  nameOf,
  nameStartOf,
  nextOf,
  parentOf,
  parseJson,
  startOf,
} from "../core/text/json-document.ts";

/** The text of a file in UTF-8. Throws an error with `code` if the file cannot be read. */
export function readText(file: string, code: ErrorCode): string {
  try {
    return readFileSync(file, "utf8");
  } catch {
    throw new FieldsealError(code, { reason: `Cannot read the file ${file}.` });
  }
}

/** The deepest nesting of a policy. */
const maxDepth = 100;

/** A line and a column of a text, counted from 1. The column counts UTF-16 code units. */
export interface Position {
  readonly line: number;
  readonly column: number;
}

/** An issue with its line and column in the policy file. */
export interface LocatedIssue extends Issue, Position {}

/** A policy's text after parsing. */
export interface PolicySource {
  /** The JSON value; `undefined` if the text is not JSON. */
  readonly value: unknown;
  /** One error if the text is not JSON, and one for each repeated member. */
  readonly issues: readonly Issue[];
  /** Finds the line and column of an issue. */
  readonly locate: (issue: Issue) => LocatedIssue;
}

/** Reads a policy's text. Does not throw: `JSON.parse` alone would keep the last of two members with one name. */
export function readPolicySource(text: string): PolicySource {
  let document;
  try {
    document = parseJson(text, maxDepth);
  } catch (error) {
    if (!(error instanceof FieldsealError)) throw error;
    const offset = error.facts.offset ?? 0;
    const { line, column } = positionOf(text, offset);
    const reason = `The text is not JSON at line ${line}, column ${column}.${explain(text, offset)}`;
    const issue: Issue = { severity: "error", code: "policy_invalid", place: "$", reason };
    return { value: undefined, issues: [issue], locate: (other) => ({ ...other, line, column }) };
  }
  const spans = mapSpans(document);
  const locate = (issue: Issue): LocatedIssue => ({ ...issue, ...positionOf(text, offsetOf(issue, spans, text)) });
  return { value: JSON.parse(text.replace(/^\ufeff/, "")), issues: findRepeatedNames(document, spans), locate };
}

/** The usual mistake at the offset where a text stops being JSON, as a sentence. */
function explain(text: string, offset: number): string {
  const rest = text.slice(offset);
  if (rest.trim() === "") return " The text ends too early.";
  if (/^\/[/*]/.test(rest)) return " JSON has no comments: remove it.";
  if (rest.startsWith("'")) return ' Put strings in double quotes: "…".';
  if (/^[}\]]/.test(rest) && text.slice(0, offset).trimEnd().endsWith(",")) return " Remove the comma before it.";
  if (rest.startsWith('"') || rest.startsWith("{")) return " A comma may be missing before it.";
  return "";
}

/** The span of a value in the text. */
interface SourceSpan {
  readonly node: number;
  /** The offset of the member's name, or of the value if it has no name. */
  readonly nameStart: number;
  readonly start: number;
  readonly end: number;
}

/** The spans of all values by their places. For a repeated member, the span of the first one. */
function mapSpans(document: JsonDocument): ReadonlyMap<string, SourceSpan> {
  const byNode: string[] = [];
  const counts = new Map<number, number>();
  const spans = new Map<string, SourceSpan>();
  for (let node = 0; node < document.size; node++) {
    const parent = parentOf(document, node);
    const start = startOf(document, node);
    const nameStart = nameStartOf(document, node);
    const index = counts.get(parent) ?? 0;
    counts.set(parent, index + 1);
    const place = parent < 0 ? "$" : placeOf(byNode[parent] ?? "$", nameStart < 0 ? index : nameOf(document, node));
    byNode.push(place);
    if (!spans.has(place))
      spans.set(place, { node, nameStart: nameStart < 0 ? start : nameStart, start, end: endOf(document, node) });
  }
  return spans;
}

function findRepeatedNames(document: JsonDocument, spans: ReadonlyMap<string, SourceSpan>): readonly Issue[] {
  const issues: Issue[] = [];
  const placesByNode = new Map([...spans].map(([place, { node }]) => [node, place]));
  for (let node = 0; node < document.size; node++) {
    if (kindOf(document, node) !== "object") continue;
    const names = new Set<string>();
    for (let child = node + 1; child < nextOf(document, node); child = nextOf(document, child)) {
      const name = nameOf(document, child);
      if (names.has(name)) {
        const place = placeOf(placesByNode.get(node) ?? "$", name);
        issues.push({
          severity: "error",
          code: "policy_invalid",
          place,
          reason: `The object has the setting ${JSON.stringify(name)} twice. Remove one.`,
          atName: true,
        });
      }
      names.add(name);
    }
  }
  return issues;
}

/** The offset of an issue: of its place, or of the nearest place around it that the file has. */
function offsetOf({ place, offset, atName }: Issue, spans: ReadonlyMap<string, SourceSpan>, text: string): number {
  const found = spans.get(place);
  if (found === undefined)
    return place === "$"
      ? 0
      : offsetOf({ severity: "error", code: "policy_invalid", reason: "", place: enclosing(place) }, spans, text);
  if (atName === true) return found.nameStart;
  return offset === undefined ? found.start : offsetInString(text.slice(found.start, found.end), offset) + found.start;
}

function enclosing(place: string): string {
  return /^(.*?)(?:\.[$\w]+|\[[^\]]*\])$/s.exec(place)?.[1] ?? "$";
}

/** The offset in a string's literal of a character of the string. */
function offsetInString(literal: string, offset: number): number {
  const spellings =
    literal
      .slice(1, -1)
      .match(/\\u[0-9a-fA-F]{4}|\\.|[^\\]/gsu)
      ?.flatMap((spelling) =>
        spelling.startsWith("\\") ? [spelling] : [...spelling].flatMap((character) => character.split("")),
      ) ?? [];
  return 1 + spellings.slice(0, offset).reduce((length, spelling) => length + spelling.length, 0);
}

function positionOf(text: string, offset: number): Position {
  const before = text.slice(0, offset).split("\n");
  return { line: before.length, column: (before.at(-1) ?? "").length + 1 };
}
