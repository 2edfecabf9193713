/**
 * A Lambda UDF of Amazon Redshift: batches of rows with one argument each.
 * Source: Amazon Redshift Database Developer Guide, "Creating a scalar Lambda UDF".
 */
import { type Caller, invalid, openTexts, requireLasting, textOf } from "./caller.ts";

/** Answers with one result for each row. A null stays null. A failed batch fails the query. */
export const redshift: Caller = {
  name: "redshift",
  shape: "a batch of a Redshift Lambda UDF (external_function, arguments, num_records)",
  recognizes: (event) => typeof event["external_function"] === "string" && Array.isArray(event["arguments"]),
  handle: openTexts((event, { onFailure }) => {
    const rows = event["arguments"] as readonly unknown[];
    if (event["num_records"] !== rows.length) throw invalid("num_records must be the number of rows in arguments.");
    const values = rows.map(readArgument);
    return {
      texts: values.map((value) =>
        value === null ? undefined : { body: Buffer.from(value, "utf8"), contentType: undefined, onFailure },
      ),
      answer: (results) => {
        const opened = results.map((result, index) =>
          values[index] === null ? null : textOf(requireLasting(result, `arguments[${index}]`)),
        );
        return { success: true, num_records: opened.length, results: opened };
      },
    };
  }),
  // Redshift shows the message to the client.
  refuse: (error) => ({ success: false, error_msg: `${error.code}: ${error.message}` }),
};

/** A row is a list of arguments. For a function of one argument, it may also be that argument. */
function readArgument(row: unknown): string | null {
  const [value, ...others] = Array.isArray(row) ? (row as readonly unknown[]) : [row];
  if (others.length > 0) throw invalid("Expected one argument in each row.");
  if (value === null || value === undefined) return null;
  if (typeof value !== "string" || !value.isWellFormed())
    throw invalid("Each argument must be null or a VARCHAR without lone surrogates.");
  return value;
}
