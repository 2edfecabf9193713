/** NDJSON and JSON Lines: one JSON text a line. Blank lines are ignored; selectors apply to each line by itself. */
import { FieldsealError } from "../errors.ts";
import { liftFinding } from "../find/finding.ts";
import { liftNode, plainNode, type TextNode } from "../text/text-node.ts";
import type { Codec, FormatReading } from "./codec.ts";
import { json } from "./json.ts";

/** Findings and offsets of errors refer to the whole body. */
export const ndjson: Codec = {
  read: (source, context) => {
    const lines = splitLines(source).map((line): { readonly line: TextNode; readonly reading: FormatReading } => {
      try {
        return { line, reading: json.read(line.text, context) };
      } catch (error) {
        if (!(error instanceof FieldsealError)) throw error;
        const { offset, ...facts } = error.facts;
        throw new FieldsealError(error.code, { ...facts, offset: line.start + (offset ?? 0) });
      }
    });
    return {
      findings: lines.flatMap(({ line, reading }) =>
        reading.findings.map((finding) => liftFinding(source, line, finding)),
      ),
      nodes: function* () {
        for (const { line, reading } of lines) for (const node of reading.nodes()) yield keepLine(liftNode(node, line));
      },
    };
  },
};

/** Lines end in LF or CR LF. Some parsers read a CR alone as a space, others as a line end. */
function splitLines(source: string): TextNode[] {
  const lines: TextNode[] = [];
  for (let start = source.startsWith("\ufeff") ? 1 : 0; start < source.length; ) {
    const newline = source.indexOf("\n", start);
    const end = newline < 0 ? source.length : newline;
    const line = plainNode(source, start, source[end - 1] === "\r" && end > start ? end - 1 : end);
    if (line.text.includes("\r")) throw new FieldsealError("body_ambiguous", { offset: start });
    if (line.text.trim() !== "") lines.push(line);
    start = end + 1;
  }
  return lines;
}

/** A node in one line: line breaks between the parts of a restored value become spaces. */
export function keepLine(node: TextNode): TextNode {
  const { literal } = node;
  if (literal === undefined) return node;
  return { ...node, literal: { ...literal, restore: (json) => literal.restore(json.replace(/[\r\n]/g, " ")) } };
}
