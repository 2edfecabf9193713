/** Reads texts with one codec, for tests of formats: what is found, which texts there are, which errors. */
import { FieldsealError } from "../../core/errors.ts";
import type { FormatReading, ReadContext } from "../../core/formats/codec.ts";
import { findPartCodec } from "../../core/formats/media-types.ts";
import { allCodecs } from "../../core/formats/table.ts";
import { type Format, formatTable } from "../../core/rule/formats.ts";
import { applyEdits } from "../../core/text/edit.ts";
import { parseMediaType } from "../../core/text/media-type.ts";
import { makePolicy } from "./edge.ts";

export interface CodecInput {
  /** A rule as a policy writes it; absent, to read nodes only. */
  readonly rule?: object | undefined;
  readonly contentType?: string;
  readonly context?: Partial<ReadContext>;
}

/** What a format's codec reads in a source. */
export function readSource(format: Format, source: string, input: CodecInput = {}): FormatReading {
  const mediaType = parseMediaType(input.contentType ?? formatTable[format].mediaTypes[0]);
  if (mediaType === undefined) throw new TypeError("the content type is malformed");
  return allCodecs[format].read(source, {
    rules: input.rule === undefined ? [] : makePolicy([input.rule]).rules,
    budget: { remaining: 1_000_000 },
    depth: 10,
    mediaType,
    findCodec: (part) => findPartCodec(part, allCodecs),
    ...input.context,
  });
}

/** The source with what a rule finds replaced by a text; the error's code and offset where it is refused. */
export function replaceFound(format: Format, source: string, input: CodecInput, text = "T"): string {
  return describeError(() => {
    const findings = [...readSource(format, source, input).findings].sort((a, b) => a.start - b.start);
    return applyEdits(
      source,
      findings.map(({ start, end, encode }) => ({ start, end, replacement: encode(text) })),
    );
  });
}

/** The texts that a format's codec finds in a source; the error's code and offset where it is refused. */
export function listTexts(format: Format, source: string, input: CodecInput = {}): readonly string[] | string {
  return describeError(() => [...readSource(format, source, input).nodes()].map(({ text }) => text));
}

/** What is given, or `code@offset` for what is thrown; without an offset, the code. */
export function describeError<T>(give: () => T): T | string {
  try {
    return give();
  } catch (error) {
    if (!(error instanceof FieldsealError)) throw error;
    return error.facts.offset === undefined ? error.code : `${error.code}@${error.facts.offset}`;
  }
}
