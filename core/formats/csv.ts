/** Comma-separated values with a header line (RFC 4180). */
import { spend } from "../budget.ts";
import { FieldsealError } from "../errors.ts";
import { type Finding, findWhole } from "../find/finding.ts";
import { countSteps, type FieldName, matchesFieldName, readFieldName, splitFieldName } from "../selector/field-name.ts";
import { readFirstRecord } from "../text/record-chunks.ts";
import { mappedNode, nameNode, plainNode, type TextNode } from "../text/text-node.ts";
import type { Codec } from "./codec.ts";

/** `fields` selects cells by the names of their columns. Delimiters other than a comma only serve to read nodes. */
export const csv: Codec = {
  read: (source, { rules, budget, mediaType }) => {
    // Selecting columns by name needs certainty. To read every cell, the delimiter of the first line is good enough.
    const delimiter = rules.length > 0 ? "," : findDelimiter(source);
    const rows = readRows(source, delimiter);
    const uses = rules.flatMap((rule) => rule.fields.map((field) => ({ rule, ...field })));
    const findings: Finding[] = [];
    if (uses.length > 0 && rows.length > 0) {
      if (mediaType.parameters.get("header")?.toLowerCase() === "absent") throw new FieldsealError("body_ambiguous");
      const [header = [], ...records] = rows;
      // Some parsers skip blank lines and use the next line as the header.
      if (header.every(({ text }) => text.trim() === "")) throw new FieldsealError("body_ambiguous");
      requireDoubledQuotes(source, rows);
      requireOneKindOfLine(source);
      const names = header.map(({ text }) => readFieldName(text));
      const doubtful = readDoubtfulNames(header);
      const steps = [...names, ...doubtful].reduce((sum, name) => sum + countSteps(name), 0);
      for (const { rule, use, selector } of uses) {
        spend(budget, steps + records.length);
        if (doubtful.some((name) => matchesFieldName(use, name))) throw new FieldsealError("body_ambiguous");
        const columns = names.flatMap((name, index) => (matchesFieldName(use, name) ? [index] : []));
        for (const record of records) {
          for (const column of columns) {
            const cell = record[column];
            if (cell !== undefined) findings.push(findWhole(cell, { rule, selector }));
          }
        }
      }
    }
    return { findings, nodes: () => nameCells(rows) };
  },
};

/** All cells; those below the header carry the name of their column. */
function* nameCells([header = [], ...records]: readonly TextNode[][]): Generator<TextNode> {
  yield* header;
  const names = header.map(({ text }) => splitFieldName(text));
  for (const record of records) {
    for (const [column, cell] of record.entries()) yield nameNode(cell, (level) => names[column]?.at(-1 - level));
  }
}

/** The names of columns that a parser with another delimiter or quote would find within one column. */
function readDoubtfulNames(header: readonly TextNode[]): readonly FieldName[] {
  // Excel reads the delimiter from such a first line, and the header from the next.
  if (header[0]?.text.toLowerCase().startsWith("sep=") === true) throw new FieldsealError("body_ambiguous");
  return header.flatMap(({ text }) =>
    /[;\t|']/.test(text) ? text.split(/[;\t|']/).map((name) => readFieldName(name)) : [],
  );
}

/** Line ends for parsers that split text into lines by Unicode before they look for cells, as in Python. */
const unicodeLinePattern = /[\v\f\u001c-\u001e\u0085\u2028\u2029]/;

function requireOneKindOfLine(source: string): void {
  const found = unicodeLinePattern.exec(source);
  if (found !== null) throw new FieldsealError("body_ambiguous", { offset: found.index });
}

/** Throws if a parser that reads a backslash as an escape, as in PHP, would not see the end of a cell. */
function requireDoubledQuotes(source: string, rows: readonly (readonly TextNode[])[]): void {
  if (!source.includes('\\"')) return;
  for (const { start, end } of rows.flat()) {
    if (source[start - 1] === '"' && source.slice(start, end + 1).includes('\\"'))
      throw new FieldsealError("body_ambiguous", { offset: start });
  }
}

/** The delimiter of a CSV text: a comma, or if the first line has none, another common delimiter in it. */
function findDelimiter(source: string): string {
  const bare = readFirstRecord(source).replace(/"[^"]*"/g, "");
  const count = (delimiter: string): number => bare.split(delimiter).length;
  return [",", ";", "\t", "|"].find((delimiter) => count(delimiter) > 1) ?? ",";
}

/**
 * Reads the cells of a CSV text by row, without blank lines, by the delimiter of its first line. Throws
 * `body_malformed` if rows differ in length, because their columns are uncertain, and `body_ambiguous` for a line that
 * ends in CR alone.
 */
export function readCells(source: string): readonly (readonly TextNode[])[] {
  return readRows(source, findDelimiter(source));
}

function readRows(source: string, delimiter: string): TextNode[][] {
  const rows: TextNode[][] = [];
  let row: TextNode[] = [];
  let at = source.startsWith("\ufeff") ? 1 : 0;
  let rowStart = at;
  for (;;) {
    const { cell, next } = source[at] === '"' ? readQuoted(source, at, delimiter) : readPlain(source, at, delimiter);
    row.push(cell);
    at = next;
    if (source[at] === delimiter) {
      at++;
      continue;
    }
    const ended = at >= source.length;
    if (row.length > 1 || next > rowStart) {
      if (rows[0] !== undefined && row.length !== rows[0].length)
        throw new FieldsealError("body_malformed", { offset: rowStart });
      rows.push(row);
    }
    if (ended) return rows;
    at += source[at] === "\r" ? 2 : 1;
    if (at >= source.length) return rows;
    row = [];
    rowStart = at;
  }
}

interface Cell {
  readonly cell: TextNode;
  /** The offset of the delimiter, the line end or the end of the text. */
  readonly next: number;
}

const plainStops: Readonly<Record<string, RegExp>> = {
  ",": /[,"\r\n]/g,
  ";": /[;"\r\n]/g,
  "\t": /[\t"\r\n]/g,
  "|": /[|"\r\n]/g,
};

function readPlain(source: string, start: number, delimiter: string): Cell {
  const stop = plainStops[delimiter] ?? /(?:)/g;
  stop.lastIndex = start;
  const end = stop.exec(source)?.index ?? source.length;
  requireEnd(source, end, delimiter);
  const encode = (characters: string): string => encodePlain(characters, delimiter);
  return { cell: { ...plainNode(source, start, end, encode), divisible: false }, next: end };
}

function readQuoted(source: string, start: number, delimiter: string): Cell {
  let end = source.indexOf('"', start + 1);
  let doubled = 0;
  for (; end >= 0 && source[end + 1] === '"'; end = source.indexOf('"', end + 2)) doubled++;
  if (end < 0) throw new FieldsealError("body_malformed", { offset: start });
  requireEnd(source, end + 1, delimiter);
  const next = end + 1;
  if (doubled === 0) return { cell: plainNode(source, start + 1, end, doubleQuotes), next };
  const offsets = new Uint32Array(end - start - doubled);
  let at = start + 1;
  for (let index = 0; index < offsets.length; index++) {
    offsets[index] = at;
    at += source[at] === '"' && at < end ? 2 : 1;
  }
  return { cell: mappedNode(source.slice(start + 1, end).replaceAll('""', '"'), offsets, doubleQuotes), next };
}

/**
 * Throws unless a cell ends here: at a delimiter, CR LF, LF or the end. A quote in a plain cell, or text after a quoted
 * cell, is an error.
 */
function requireEnd(source: string, at: number, delimiter: string): void {
  const ends = at >= source.length || source[at] === delimiter || source[at] === "\n" || source.startsWith("\r\n", at);
  if (!ends) throw new FieldsealError(source[at] === "\r" ? "body_ambiguous" : "body_malformed", { offset: at });
}

function doubleQuotes(characters: string): string {
  return characters.replaceAll('"', '""');
}

function encodePlain(characters: string, delimiter: string): string {
  return characters.includes(delimiter) || /["\r\n]/.test(characters) ? `"${doubleQuotes(characters)}"` : characters;
}
