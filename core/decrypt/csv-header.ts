/** The header line of a CSV text, for chunks of the text that are read without the line. */
import { mayHold } from "../embedded/gzip-base64.ts";
import { FieldsealError, resultOf } from "../errors.ts";
import { readCells } from "../formats/csv.ts";
import { applyEdits } from "../text/edit.ts";
import { readFirstRecord } from "../text/record-chunks.ts";
import type { Markers } from "../token/marker.ts";
import { mayHoldTokens } from "./tokens/find-tokens.ts";

/**
 * The first line of a CSV text, to go before chunks of it: with its delimiter and the names of its columns, and without
 * what may be a token, since that is dealt with already. Ends with a line's end. As it is where it is malformed, for
 * the parser of the chunks to refuse; `undefined` where there are empty lines only.
 */
export function nameColumns(source: string, recipients: readonly Markers[]): string | undefined {
  const header = readFirstRecord(source);
  if (!/[^\ufeff\r\n]/.test(header)) return undefined;
  const cells = resultOf(() => readCells(header)[0] ?? []);
  const tokens =
    cells instanceof FieldsealError
      ? []
      : cells.filter(({ text }) => mayHold(text, (part) => mayHoldTokens(part, recipients)));
  const named = applyEdits(
    header,
    tokens.map(({ start, end }) => ({ start, end, replacement: "x" })),
  );
  return named.endsWith("\n") ? named : `${named}\n`;
}
