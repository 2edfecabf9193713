/** What Lambda calls with batches of the edge's log lines. */
import { createCounter } from "./edge-lines.ts";

export const handler = createCounter(process.env["FIELDSEAL_NAMESPACE"] ?? "Fieldseal", (line) =>
  process.stdout.write(`${line}\n`),
);
