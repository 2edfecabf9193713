/** The fields of a request as `explain` shows them: each value, and what becomes a token in it. */
import { directTextOf } from "../../core/encrypt/token-writer.ts";
import type { Finding } from "../../core/find/finding.ts";
import type { Span } from "../../core/text/edit.ts";
import type { ListedValue } from "./json-values.ts";

/** The part of the request that a field is in. */
export type FieldPlace = "path" | "query" | "header" | "cookie" | "body";

/** A value of a request, or a name in which a detector found something. */
export interface Field extends ListedValue {
  readonly place: FieldPlace;
  /** Which text the span is in: the same for the same request under any policy. */
  readonly source: string;
  readonly takenBy: readonly Taking[];
  /** Why nothing takes it; also `undefined` if the request is refused before the search begins. */
  readonly clear: string | undefined;
}

/** What becomes a token in a field. */
export interface Taking extends Span {
  readonly rule: string;
  readonly selector: string;
  readonly by: "selector" | "detector";
  /** `whole`: all of the field becomes the token; `part`: a part of it; `within`: a token holds more than the field. */
  readonly extent: "whole" | "part" | "within";
  readonly recipient: string;
  readonly token: "direct" | "sealed";
  /** Other selectors and detectors that would take the field, or a part of it. */
  readonly also: readonly string[];
}

/** What a plan finds in a text: `findings` become tokens; `found` also has what other findings cover. */
export interface PlanFindings {
  readonly findings: readonly Finding[];
  readonly found: readonly Finding[];
}

/** A text of the request, and what a policy takes of it. */
export interface SourceText {
  readonly place: FieldPlace;
  readonly source: string;
  readonly text: string;
  readonly findings: PlanFindings;
}

/** Why a field stays in clear under the rules that cover the request. */
export const noReason = "no selector selects it and no detector matches it";

/**
 * The values that `list` gives as fields, each with what takes it. If `list` throws, the whole text is one field.
 * Findings outside of all fields follow as fields of their own.
 */
export function listFields(
  { place, source, text, findings }: SourceText,
  list: () => readonly ListedValue[],
): readonly Field[] {
  let listed: readonly ListedValue[];
  try {
    listed = list();
  } catch {
    listed = [{ path: "(cannot be read)", kind: "text", length: text.length, start: 0, end: text.length }];
  }
  const strays = findings.findings
    .filter((finding) => !listed.some((value) => overlaps(value, finding)))
    .map(({ start, end }) => ({
      path: "(name or text between fields)",
      kind: "name",
      length: end - start,
      start,
      end,
    }));
  return [...listed, ...strays].map((value) => {
    const takenBy = describeTakings(value, findings);
    return { place, source, ...value, takenBy, clear: takenBy.length > 0 ? undefined : noReason };
  });
}

/** True if two spans share a character, or begin at the same one. */
export function overlaps(a: Span, b: Span): boolean {
  return a.start === b.start || (a.start < b.end && b.start < a.end);
}

function describeTakings(field: Span, { findings, found }: PlanFindings): readonly Taking[] {
  const here = found.filter((finding) => overlaps(finding, field));
  return findings
    .filter((finding) => overlaps(finding, field))
    .map((finding) => {
      const { rule, selector, start, end } = finding;
      const others = here.filter((other) => other.rule !== rule || other.selector !== selector);
      return {
        start: Math.max(start, field.start),
        end: Math.min(end, field.end),
        rule: rule.name,
        selector: selectorOf(finding),
        by: byOf(finding),
        extent: extentOf(field, finding),
        recipient: rule.recipient.id,
        token: tokenOf(finding),
        also: [...new Set(others.map((other) => `${other.rule.name}: ${byOf(other)} ${selectorOf(other)}`))],
      };
    });
}

function selectorOf({ rule, selector }: Finding): string {
  return rule.selectors[selector]?.text ?? "";
}

function byOf({ rule, selector }: Finding): Taking["by"] {
  return rule.detectors.some((detector) => detector.selector === selector) ? "detector" : "selector";
}

/** A finding of a JSON string begins at the quote, and its field behind it. */
function extentOf(field: Span, { start, end }: Span): Taking["extent"] {
  if (start > field.start || end < field.end) return "part";
  return start < field.start - 1 || end > field.end + 1 ? "within" : "whole";
}

/** A value that a direct token cannot carry is refused later; until then it counts as direct. */
function tokenOf(finding: Finding): Taking["token"] {
  try {
    return directTextOf(finding) === undefined ? "sealed" : "direct";
  } catch {
    return "direct";
  }
}
