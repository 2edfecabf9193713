/** Multipart forms (RFC 7578): values by the names of parts, and values within parts of a known format. */
import { FieldsealError } from "../../errors.ts";
import { type Finding, type FoundBy, findWhole, jsonValue, liftFinding } from "../../find/finding.ts";
import type { Rule } from "../../rule/rule.ts";
import { detectsIn } from "../../rule/scope.ts";
import { matchesFieldName, splitFieldName } from "../../selector/field-name.ts";
import type { MediaType } from "../../text/media-type.ts";
import { asIs, liftNode, nameNode, type TextNode } from "../../text/text-node.ts";
import type { Codec } from "../codec.ts";
import { readDisposition, readFields } from "./header.ts";
import { requireBoundary, splitParts } from "./parts.ts";
import { isExempt, type Part, readPart } from "./read-part.ts";

/**
 * `fields` selects whole parts by name; JSONPath and `xml` look into parts of these formats. The source has one
 * character for each byte.
 */
export const multipart: Codec = {
  read: (source, context) => {
    const boundary = requireBoundary(context.mediaType);
    const { parts: rawParts, outside } = splitParts(source, boundary);
    const parts = rawParts.map((part) => readPart(source, part, boundary, context));
    const looking = context.rules.filter((rule) => detectsIn(rule, "body"));
    return {
      findings: context.rules.flatMap((rule) =>
        parts.flatMap((part) => findInPart(source, part, rule, `--${boundary}`)),
      ),
      nodes: function* () {
        yield* outside;
        for (const { header, name, content, reading } of parts) {
          yield* header();
          if (content === undefined || (looking.length > 0 && looking.every((rule) => isExempt(rule, name)))) continue;
          const named = nameNode(content, (level) => splitFieldName(name.text).at(-1 - level));
          if (reading === undefined) yield named;
          else for (const node of reading.nodes()) yield liftNode(node, named);
        }
      },
    };
  },
};

/** The contents of all parts, also of those that are not text. Throws as reading does. */
export function listContents(
  source: string,
  mediaType: MediaType,
): readonly { readonly name: string; readonly start: number; readonly end: number }[] {
  return splitParts(source, requireBoundary(mediaType)).parts.map(({ start, contentStart, end }) => {
    const disposition = readFields(source.slice(start, contentStart - 4), start).get("content-disposition") ?? "";
    return { name: readDisposition(disposition, start).name.text, start: contentStart, end };
  });
}

function findInPart(source: string, part: Part, rule: Rule, delimiter: string): Finding[] {
  const { name, content, reading } = part;
  const named = rule.fields.filter(({ use }) => matchesFieldName(use, part.fieldName));
  const findings = named.map(({ selector }) => findContent(source, part, { rule, selector }));
  if (reading !== undefined && content !== undefined) {
    const own = reading.findings.filter((finding) => finding.rule === rule);
    findings.push(...own.map((finding) => liftFinding(source, content, finding)));
  }
  for (const { start, end } of findings) {
    // No parser could restore such a value.
    if (source.slice(start, end).includes(delimiter))
      throw new FieldsealError("body_ambiguous", { rule: rule.name, offset: start });
  }
  const looksInside = detectsIn(rule, "body") && findings.length === 0;
  if (looksInside && content === undefined && !isExempt(rule, name))
    throw new FieldsealError("part_unreadable", { rule: rule.name });
  return findings;
}

/**
 * Makes a finding of the whole content of a part: JSON as its value, other text as a string, anything else as bytes.
 */
function findContent(source: string, { start, end, file, content, format }: Part, by: FoundBy): Finding {
  if (content !== undefined && !file) return format === "json" ? findJson(content, by) : findWhole(content, by);
  const bytes = Buffer.from(source.slice(start, end), "latin1");
  return { ...by, start, end, value: { kind: "bytes", bytes }, encode: asIs };
}

/** Makes a finding of the one value of a JSON text. Its token is written as a string. */
function findJson(content: TextNode, by: FoundBy): Finding {
  const { text, at, encode } = content;
  const [blanks = ""] = /^\ufeff?[ \t\r\n]*/.exec(text) ?? [];
  const json = text.slice(blanks.length).replace(/[ \t\r\n]+$/, "");
  const span = { start: at(blanks.length), end: at(blanks.length + json.length) };
  return { ...by, ...span, value: jsonValue(json), encode: (token) => encode(JSON.stringify(token)) };
}
