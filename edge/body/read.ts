/** Step 4 of a body: finds what rules select in its text, and the nodes for their detectors. */
import type { Budget } from "../../core/budget.ts";
import { FieldsealError } from "../../core/errors.ts";
import type { FormatReading } from "../../core/formats/codec.ts";
import { findPartCodec } from "../../core/formats/media-types.ts";
import type { Policy } from "../../core/policy/policy.ts";
import { isOneToken } from "../../core/token/grammar.ts";
import type { FormatChoice } from "./choose-format.ts";

/**
 * Reads a body's text in its format; reads nothing without rules. Throws `content_type_unsupported` for a format
 * without a codec, and the errors of the codec.
 */
export function readText(
  source: string,
  { format, mediaType, rules }: FormatChoice,
  { codecs, limits, recipients }: Policy,
  budget: Budget,
): FormatReading {
  if (rules.length === 0) return { findings: [], nodes: () => [] };
  const codec = codecs[format];
  if (codec === undefined) throw new FieldsealError("content_type_unsupported");
  return codec.read(source, {
    rules,
    budget,
    depth: limits.depth,
    mediaType,
    findCodec: (part) => findPartCodec(part, codecs),
    tokens: { isWhole: (text) => isOneToken(text, recipients), mayHold: () => true },
  });
}
