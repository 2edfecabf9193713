/** The entry of the bundle that counts the edge's log lines. */
import { createCounter } from "./edge-lines.ts";

/** Takes batches of the edge's log lines. */
export const handler = createCounter(process.env["FIELDSEAL_NAMESPACE"] ?? "Fieldseal", (line) =>
  process.stdout.write(`${line}\n`),
);
