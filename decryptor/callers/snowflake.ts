/**
 * Snowflake external functions, which call through API Gateway: rows with their numbers, one result a row.
 * Source: Snowflake documentation, "Remote service input and output data formats".
 */
import type { Reader } from "../../core/reader.ts";
import { isRecord } from "../../core/shape.ts";
import { type Call, invalid, requireText } from "./caller.ts";

export function isSnowflake(headers: ReadonlyMap<string, string>): boolean {
  return headers.has("sf-external-function-format");
}

/** Throws `request_invalid` for a body that is no batch of rows with one argument. */
export function parseSnowflake(body: Buffer, { onFailure }: Reader): Call {
  const rows = readRows(body).map(readRow);
  return {
    texts: rows.flatMap(({ value }) => (value === null ? [] : [{ body: Buffer.from(value, "utf8"), contentType: undefined, onFailure }])),
    answer: (results) => {
      const left = [...results];
      const data = rows.map(({ row, value }) => [row, value === null ? null : requireText(left.shift())]);
      return { statusCode: 200, headers: { "content-type": "application/json", "cache-control": "no-store" }, body: JSON.stringify({ data }), isBase64Encoded: false };
    },
  };
}

function readRows(body: Buffer): readonly unknown[] {
  let value: unknown;
  try {
    value = JSON.parse(body.toString("utf8"));
  } catch {
    throw invalid("The body is not JSON.");
  }
  const data = isRecord(value) ? value["data"] : undefined;
  if (!Array.isArray(data)) throw invalid("data is not a list of rows.");
  return data;
}

function readRow(row: unknown): { readonly row: number; readonly value: string | null } {
  const [number, value, ...others] = Array.isArray(row) ? (row as readonly unknown[]) : [];
  if (typeof number !== "number" || others.length > 0) throw invalid("A row is its number and one argument.");
  if (value !== null && (typeof value !== "string" || !value.isWellFormed())) throw invalid("The argument is neither null nor a string.");
  return { row: number, value };
}
