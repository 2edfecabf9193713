/** The audit lines of decryptors. */
import { isRecord } from "../../../core/config/config-value.ts";
import { createFinder } from "./find-entries.ts";

const between = "[^A-Za-z0-9]|amp|apos|quot|#x?[0-9A-Fa-f]{2,3}|%(?:25)*[0-9A-Fa-f]{2}|u00[0-9A-Fa-f]{2}";
/**
 * A line that a tool wrote anew: on several lines, in another order, with entities, percent-encoded, or not as JSON.
 */
const rewritten = new RegExp(`audit(?:${between}){1,60}fieldseal(?![\\w-])`);
/** A line's beginning in base64, at each of the three offsets that it can have there. */
const encoded = [0, 1, 2].map((shift) =>
  Buffer.from(`${"-".repeat(shift)}"audit":"fieldseal"`)
    .toString("base64")
    .slice(shift === 0 ? 0 : 4, 24),
);
/** Compressed data, or text that is not UTF-8: it may hold anything. */
const binary = /[\0\ufffd]/;

/** Finds the audit lines in a text. Each has an object `recipients`; nothing else of it is checked. */
export const findAuditEntries = createFinder({
  first: "audit",
  value: '"fieldseal"',
  accepts: ({ recipients }) => isRecord(recipients),
  countTraces: (text, isEscaped) =>
    [!isEscaped && rewritten.test(text), encoded.some((each) => text.includes(each)), binary.test(text)].filter(Boolean)
      .length,
});
