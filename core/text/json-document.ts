/**
 * Reads JSON text (RFC 8259) into a flat table of values with their offsets, so that values can be replaced without
 * writing the rest anew. Accepts what `JSON.parse` accepts, and a leading BOM.
 */
import { FieldsealError } from "../errors.ts";
import {
  backslash,
  codeUnits,
  malformed,
  quote,
  skipPrimitive,
  skipSpace,
  skipString,
  unitAt,
} from "./json-scanner.ts";

/**
 * The values of one JSON text, numbered in document order; node 0 is the root. The children of a container follow it:
 * the first is `node + 1`, the next one after a child is `nextOf(child)`, up to `nextOf(node)`.
 */
export interface JsonDocument {
  readonly text: string;
  /** The number of values. */
  readonly size: number;
  /** Levels of nested containers: 0 for a scalar. */
  readonly depth: number;
  /** One row of `columns` integers for each node. Read it with the functions of this file. */
  readonly table: Int32Array;
  /** True if the text holds a backslash: otherwise no name or string has an escape. */
  readonly hasEscapes: boolean;
}

/** The kinds of JSON values (RFC 8259, section 3). */
export type JsonKind = "object" | "array" | "string" | "number" | "boolean" | "null";

const columns = 6;
const startColumn = 0;
const endColumn = 1;
const nextColumn = 2;
const parentColumn = 3;
const nameStartColumn = 4;
const nameEndColumn = 5;

const openBrace = 0x7b;
const closeBrace = 0x7d;
const openBracket = 0x5b;
const closeBracket = 0x5d;
const comma = 0x2c;
const colon = 0x3a;

/**
 * Parses a JSON text with at most `maxDepth` levels of containers. Throws `body_malformed` with an offset, or
 * `too_deep`.
 */
export function parseJson(text: string, maxDepth: number): JsonDocument {
  const units = codeUnits(text);
  let table = new Int32Array(columns * (8 + (text.length >> 4)));
  let size = 0;
  let container = -1;
  let inObject = false;
  let level = 0;
  let depth = 0;
  let nameStart = -1;
  let nameEnd = -1;
  let at = skipSpace(units, unitAt(units, 0) === 0xfeff ? 1 : 0);

  for (;;) {
    const row = size * columns;
    if (row === table.length) table = grow(table);
    table[row + startColumn] = at;
    table[row + parentColumn] = container;
    table[row + nameStartColumn] = nameStart;
    table[row + nameEndColumn] = nameEnd;
    size++;

    const first = unitAt(units, at);
    let closed = true;
    if (first === openBrace || first === openBracket) {
      if (++level > maxDepth) throw new FieldsealError("too_deep", { offset: at });
      if (level > depth) depth = level;
      container = size - 1;
      inObject = first === openBrace;
      at = skipSpace(units, at + 1);
      closed = unitAt(units, at) === (inObject ? closeBrace : closeBracket);
    } else {
      at = first === quote ? skipString(units, at) : skipPrimitive(units, at, first);
      table[row + endColumn] = at;
      table[row + nextColumn] = size;
      at = skipSpace(units, at);
    }

    // A value ended, or a container is empty: close containers up to one with another child.
    while (container >= 0) {
      if (!closed) break;
      const code = unitAt(units, at);
      if (code === comma) {
        at = skipSpace(units, at + 1);
        break;
      }
      if (code !== (inObject ? closeBrace : closeBracket)) throw malformed(at);
      at++;
      level--;
      const ended = container * columns;
      table[ended + endColumn] = at;
      table[ended + nextColumn] = size;
      container = table[ended + parentColumn] ?? -1;
      if (container < 0) break;
      inObject = unitAt(units, table[container * columns + startColumn] ?? 0) === openBrace;
      at = skipSpace(units, at);
    }
    if (container < 0) break;

    if (inObject) {
      if (unitAt(units, at) !== quote) throw malformed(at);
      nameStart = at;
      nameEnd = skipString(units, at);
      at = skipSpace(units, nameEnd);
      if (unitAt(units, at) !== colon) throw malformed(at);
      at = skipSpace(units, at + 1);
    } else {
      nameStart = -1;
      nameEnd = -1;
    }
  }

  at = skipSpace(units, at);
  if (at !== text.length) throw malformed(at);
  return { text, size, depth, table, hasEscapes: text.includes("\\") };
}

/** The offset of a value's first character. */
export function startOf({ table }: JsonDocument, node: number): number {
  return table[node * columns + startColumn] ?? -1;
}

/** The offset after a value's last character. */
export function endOf({ table }: JsonDocument, node: number): number {
  return table[node * columns + endColumn] ?? -1;
}

/** The first node after a node and all its descendants. */
export function nextOf({ table }: JsonDocument, node: number): number {
  return table[node * columns + nextColumn] ?? -1;
}

/** The object or array that holds a node; -1 for the root. */
export function parentOf({ table }: JsonDocument, node: number): number {
  return table[node * columns + parentColumn] ?? -1;
}

/** The offset of the opening quote of a member's name; -1 for array elements and the root. */
export function nameStartOf({ table }: JsonDocument, node: number): number {
  return table[node * columns + nameStartColumn] ?? -1;
}

/** The offset after the closing quote of a member's name; -1 for array elements and the root. */
export function nameEndOf({ table }: JsonDocument, node: number): number {
  return table[node * columns + nameEndColumn] ?? -1;
}

/** The kind of a value. */
export function kindOf(document: JsonDocument, node: number): JsonKind {
  switch (document.text.charCodeAt(startOf(document, node))) {
    case openBrace:
      return "object";
    case openBracket:
      return "array";
    case quote:
      return "string";
    case 0x74:
    case 0x66:
      return "boolean";
    case 0x6e:
      return "null";
    default:
      return "number";
  }
}

/** The source text of a value. */
export function literalOf(document: JsonDocument, node: number): string {
  return document.text.slice(startOf(document, node), endOf(document, node));
}

/** Decodes a valid string literal, with its quotes. */
export function decodeString(literal: string): string {
  if (!literal.includes("\\")) return literal.slice(1, -1);
  const value: unknown = JSON.parse(literal);
  return String(value);
}

/** The decoded name of a member. */
export function nameOf(document: JsonDocument, node: number): string {
  return decodeString(document.text.slice(nameStartOf(document, node), nameEndOf(document, node)));
}

/** True if a node is a member with this name, with or without escapes in the text. */
export function hasName(document: JsonDocument, node: number, name: string): boolean {
  const from = nameStartOf(document, node) + 1;
  const to = nameEndOf(document, node) - 1;
  const { text, hasEscapes } = document;
  // An escape is longer than its character, so a text of the same length has none.
  if (to - from <= name.length) return to - from === name.length && text.startsWith(name, from) && !name.includes("\\");
  return hasEscapes && holdsBackslash(text, from, to) && nameOf(document, node) === name;
}

function holdsBackslash(text: string, from: number, to: number): boolean {
  for (let at = from; at < to; at++) if (text.charCodeAt(at) === backslash) return true;
  return false;
}

function grow(table: Int32Array): Int32Array<ArrayBuffer> {
  const larger = new Int32Array(table.length * 2);
  larger.set(table);
  return larger;
}
