/**
 * External functions of Snowflake, which call through API Gateway with batches of numbered rows.
 * Source: Snowflake documentation, "Remote service input and output data formats".
 */
import type { EncryptedText } from "../../core/decrypt/decrypt-texts.ts";
import type { Reader } from "../../core/decrypt/reader/reader.ts";
import {
  decodeString,
  hasName,
  type JsonDocument,
  kindOf,
  literalOf,
  nextOf,
  parseJson,
} from "../../core/text/json-document.ts";
import { type Call, invalid, requireLasting, textOf } from "./caller.ts";

/** True if a request comes from Snowflake. `headers` has names in lower case. */
export function isSnowflake(headers: ReadonlyMap<string, string>): boolean {
  return headers.has("sf-external-function-format");
}

/**
 * Reads the rows of a request. Restores strings as texts, and objects and lists (VARIANT) as JSON. Everything else, row
 * numbers too, keeps its spelling. Throws `request_invalid` unless the body is a batch of rows with one argument each.
 */
export function parseSnowflake(body: Buffer, { onFailure, limits }: Reader): Call {
  const rows = readRows(body, limits.depth);
  return {
    texts: rows.map(({ text }) => (text === undefined ? undefined : { ...text, onFailure })),
    answer: (results) => {
      const data = rows.map(({ number, literal, text }, index) => {
        if (text === undefined) return `[${number},${literal}]`;
        const restored = textOf(requireLasting(results[index], `data[${index}]`));
        return `[${number},${text.contentType === undefined ? JSON.stringify(restored) : restored}]`;
      });
      return {
        statusCode: 200,
        headers: { "content-type": "application/json", "cache-control": "no-store" },
        body: `{"data":[${data.join(",")}]}`,
        isBase64Encoded: false,
      };
    },
  };
}

interface Row {
  /** Its number in the request's spelling. */
  readonly number: string;
  /** Its argument in the request's spelling. */
  readonly literal: string;
  /** `undefined` if the argument cannot hold a token. */
  readonly text: Omit<EncryptedText, "onFailure"> | undefined;
}

function readRows(body: Buffer, depth: number): readonly Row[] {
  const document = parseBody(body, depth);
  const data = childrenOf(document, 0).filter(
    (node) => kindOf(document, 0) === "object" && hasName(document, node, "data"),
  );
  const [list] = data;
  if (list === undefined || data.length > 1 || kindOf(document, list) !== "array")
    throw invalid("data must be a list of rows.");
  return childrenOf(document, list).map((row) => readRow(document, row));
}

function parseBody(body: Buffer, depth: number): JsonDocument {
  const text = body.toString("utf8");
  if (!Buffer.from(text, "utf8").equals(body)) throw invalid("The body must be UTF-8.");
  try {
    return parseJson(text, depth);
  } catch {
    throw invalid("The body must be JSON.");
  }
}

function childrenOf(document: JsonDocument, node: number): number[] {
  const children: number[] = [];
  for (let child = node + 1; child < nextOf(document, node); child = nextOf(document, child)) children.push(child);
  return children;
}

function readRow(document: JsonDocument, row: number): Row {
  const [number, argument, ...others] = kindOf(document, row) === "array" ? childrenOf(document, row) : [];
  if (number === undefined || argument === undefined || others.length > 0 || kindOf(document, number) !== "number") {
    throw invalid("Each row must hold its number and one argument.");
  }
  const literal = literalOf(document, argument);
  return { number: literalOf(document, number), literal, text: readArgument(kindOf(document, argument), literal) };
}

function readArgument(kind: ReturnType<typeof kindOf>, literal: string): Row["text"] {
  if (kind === "object" || kind === "array")
    return { body: Buffer.from(literal, "utf8"), contentType: "application/json" };
  if (kind !== "string") return undefined;
  const text = decodeString(literal);
  if (!text.isWellFormed()) throw invalid("The argument must not hold lone surrogates.");
  return { body: Buffer.from(text, "utf8"), contentType: undefined };
}
