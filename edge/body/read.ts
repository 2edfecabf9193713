/** The fourth step of a body: what rules select in its text, and the nodes that their detectors look into. */
import type { Budget } from "../../core/budget.ts";
import { FieldsealError } from "../../core/errors.ts";
import type { FormatReading } from "../../core/formats/codec.ts";
import { findPartCodec } from "../../core/formats/media-types.ts";
import type { Policy } from "../../core/policy/policy.ts";
import { isOneToken } from "../../core/token/grammar.ts";
import type { FormatChoice } from "./choose-format.ts";

/**
 * Reads a body's text in its format; for no rules nothing of it. Throws `content_type_unsupported` for a format without
 * a codec, and what the codec throws.
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
