/** The differences in how two policies treat one request. */
import type { Span } from "../../core/text/edit.ts";
import type { Explanation } from "./explanation.ts";
import type { Field, Taking } from "./field.ts";

/** One difference. `before` and `after` describe it in words. */
export interface Change {
  readonly kind: "lost" | "gained" | "recipient" | "token" | "refused" | "accepted" | "code";
  /** Where the field is; absent if the whole request changes. */
  readonly place?: Field["place"];
  readonly path?: string;
  readonly before: string;
  readonly after: string;
}

/**
 * The changes from one explanation of a request to another. A field is lost if one of its characters was in a token and
 * no longer is. A request is lost if it was refused, and now passes without protection.
 */
export function compareExplanations(before: Explanation, after: Explanation): readonly Change[] {
  if (before.refusal !== undefined || after.refusal !== undefined) return compareRefusals(before, after);
  const known = new Set(before.fields.map(identify));
  const fields = [...before.fields, ...after.fields.filter((field) => !known.has(identify(field)))];
  return fields.flatMap((field) => compareField(field, takingsIn(before, field), takingsIn(after, field)));
}

function compareRefusals(before: Explanation, after: Explanation): readonly Change[] {
  const words = { before: describeOutcome(before), after: describeOutcome(after) };
  if (before.refusal === undefined) return [{ kind: "refused", ...words }];
  if (after.refusal !== undefined)
    return before.refusal.code === after.refusal.code ? [] : [{ kind: "code", ...words }];
  return [
    { kind: "accepted", ...words },
    ...(after.outcome === "protected" ? [] : [{ kind: "lost" as const, ...words }]),
  ];
}

function describeOutcome({ outcome, refusal }: Explanation): string {
  return refusal === undefined ? outcome : `refused: ${refusal.code}`;
}

function identify({ source, start, end }: Field): string {
  return `${source} ${start} ${end}`;
}

/** The takings that share a character with a field's span, whichever fields they belong to. */
function takingsIn({ fields }: Explanation, { source, start, end }: Field): readonly Taking[] {
  return fields
    .filter((field) => field.source === source)
    .flatMap(({ takenBy }) => takenBy)
    .filter((taking) => (taking.start === start && taking.end === end) || (taking.start < end && start < taking.end));
}

function compareField(field: Field, before: readonly Taking[], after: readonly Taking[]): readonly Change[] {
  const { place, path } = field;
  const words = { place, path, before: describeTakings(before), after: describeTakings(after) };
  const lost = before.some((taking) => !isCovered(clip(taking, field), after));
  const gained = after.some((taking) => !isCovered(clip(taking, field), before));
  if (lost || gained) {
    return [
      ...(lost ? [{ kind: "lost" as const, ...words }] : []),
      ...(gained ? [{ kind: "gained" as const, ...words }] : []),
    ];
  }
  const list = (takings: readonly Taking[], key: "recipient" | "token"): string =>
    [...new Set(takings.map((taking) => taking[key]))].sort().join();
  return (["recipient", "token"] as const).flatMap((kind) =>
    list(before, kind) === list(after, kind) ? [] : [{ kind, ...words }],
  );
}

function clip({ start, end }: Span, field: Span): Span {
  return { start: Math.max(start, field.start), end: Math.min(end, field.end) };
}

function isCovered({ start, end }: Span, takings: readonly Taking[]): boolean {
  if (start === end) return takings.some((taking) => taking.start <= start && end <= taking.end);
  let at = start;
  for (const taking of [...takings].sort((a, b) => a.start - b.start)) {
    if (taking.start > at) return false;
    at = Math.max(at, taking.end);
    if (at >= end) return true;
  }
  return false;
}

function describeTakings(takings: readonly Taking[]): string {
  if (takings.length === 0) return "in clear";
  const words = takings.map(({ token, recipient, rule, by, selector, extent }) => {
    const where = extent === "part" ? "a part of it: " : "";
    return `${where}${token} token for ${recipient} (rule ${rule}, ${by} ${selector})`;
  });
  return [...new Set(words)].join("; ");
}
