/** The counter of the edge's log lines as Lambda runs it. */
import { createCounter } from "./edge-lines.ts";

/** What Lambda calls with batches of the edge's log lines. */
export const handler = createCounter(process.env["FIELDSEAL_NAMESPACE"] ?? "Fieldseal", (line) =>
  process.stdout.write(`${line}\n`),
);
