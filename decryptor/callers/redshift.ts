/**
 * A Lambda UDF of Amazon Redshift: batches of rows, with one argument a row.
 * Source: Amazon Redshift Database Developer Guide, "Creating a scalar Lambda UDF".
 */
import { type Caller, invalid, openTexts, requireLasting, textOf } from "./caller.ts";

/** Gives one result a row; a null stays null. A failed batch fails the query. */
export const redshift: Caller = {
  name: "redshift",
  shape: "a Redshift Lambda UDF's batch: external_function, arguments and num_records",
  recognizes: (event) => typeof event["external_function"] === "string" && Array.isArray(event["arguments"]),
  handle: openTexts((event, { onFailure }) => {
    const rows = event["arguments"] as readonly unknown[];
    if (event["num_records"] !== rows.length) throw invalid("num_records is not the number of rows.");
    const values = rows.map(readArgument);
    return {
      texts: values.flatMap((value) =>
        value === null ? [] : [{ body: Buffer.from(value, "utf8"), contentType: undefined, onFailure }],
      ),
      answer: (results) => {
        const left = [...results];
        const opened = values.map((value, index) =>
          value === null ? null : textOf(requireLasting(left.shift(), `arguments[${index}]`)),
        );
        return { success: true, num_records: opened.length, results: opened };
      },
    };
  }),
  // Redshift shows the message to the client.
  refuse: (error) => ({ success: false, error_msg: `${error.code}: ${error.message}` }),
};

/** A row is a list of arguments, or, for a function of one argument, the argument alone. */
function readArgument(row: unknown): string | null {
  const [value, ...others] = Array.isArray(row) ? (row as readonly unknown[]) : [row];
  if (others.length > 0) throw invalid("The function takes one argument.");
  if (value === null || value === undefined) return null;
  if (typeof value !== "string" || !value.isWellFormed()) throw invalid("The argument is neither null nor a VARCHAR.");
  return value;
}
