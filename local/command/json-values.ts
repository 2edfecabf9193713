/** The values of a JSON or NDJSON text, as `explain` lists them: where each is, its path, its kind and its length. */
import { detectors } from "../../core/detectors/table.ts";
import { showName } from "../../core/selector/shown-name.ts";
import type { Span } from "../../core/text/edit.ts";
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
} from "../../core/text/json-document.ts";

/** A value, and where it is in its text. */
export interface ListedValue extends Span {
  /** Names that look like values are asterisks. */
  readonly path: string;
  /** Such as `string`, `number` or `empty object`. */
  readonly kind: string;
  /** Characters, or bytes of binary data; `undefined` if the length would tell the value. */
  readonly length: number | undefined;
}

/** True if a detector finds something in a name. */
export function looksSensitive(name: string): boolean {
  return detectors.some(({ find }) => find(name, { remaining: Number.POSITIVE_INFINITY }).length > 0);
}

/** The highest limit on depth that a policy can set. */
export const deepest = 4_000;

/** The values of all lines of an NDJSON text. Throws what `parseJson` throws. */
export function listLines(source: string): readonly ListedValue[] {
  const listed: ListedValue[] = [];
  let start = source.startsWith("\ufeff") ? 1 : 0;
  for (const line of source.slice(start).split("\n")) {
    if (line.trim() !== "") listed.push(...listValues(line.replace(/\r$/, ""), start));
    start += line.length + 1;
  }
  return listed;
}

/**
 * Every value of a JSON text except containers that hold others. `offset` is where the text begins in the body. Throws
 * what `parseJson` throws.
 */
export function listValues(text: string, offset = 0): readonly ListedValue[] {
  const document = parseJson(text, deepest);
  const listed: ListedValue[] = [];
  const paths: string[] = [];
  const counts: number[] = [];
  for (let node = 0; node < document.size; node++) {
    const parent = parentOf(document, node);
    const position = parent < 0 ? 0 : (counts[parent] ?? 0);
    if (parent >= 0) counts[parent] = position + 1;
    const path = parent < 0 ? "$" : (paths[parent] ?? "$") + stepTo(document, node, position);
    paths[node] = path;
    const kind = kindOf(document, node);
    const container = kind === "object" || kind === "array";
    if (container && nextOf(document, node) > node + 1) continue;
    const [start, end] = [startOf(document, node), endOf(document, node)];
    listed.push({
      path,
      kind: container ? `empty ${kind}` : kind,
      length: lengthOf(kind, text.slice(start, end)),
      start: start + offset,
      end: end + offset,
    });
  }
  return listed;
}

function stepTo(document: JsonDocument, node: number, position: number): string {
  if (nameStartOf(document, node) < 0) return `[${position}]`;
  const name = showName(nameOf(document, node), looksSensitive);
  return /^[\p{L}_*][\p{L}\p{M}_0-9]*$/u.test(name) ? `.${name}` : `['${name}']`;
}

/** `true` and `false` differ in length. */
function lengthOf(kind: string, literal: string): number | undefined {
  if (kind === "object" || kind === "array") return 0;
  if (kind === "string") return String(JSON.parse(literal)).length;
  return kind === "number" ? literal.length : undefined;
}
