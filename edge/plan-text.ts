/** Plans one text of a request, in any part of the request. */
import type { Budget } from "../core/budget.ts";
import { type Plan, planEncryption } from "../core/encrypt/encrypt-text.ts";
import type { FormatReading } from "../core/formats/codec.ts";
import type { Policy } from "../core/policy/policy.ts";
import type { RequestPart, Rule } from "../core/rule/rule.ts";
import { detectsIn } from "../core/rule/scope.ts";

/** A text of a request, and the rules that look into it. */
export interface RequestText {
  readonly source: string;
  /** The part of the request, as rules name it. */
  readonly place: RequestPart;
  /** The rules that look into it. */
  readonly rules: readonly Rule[];
  /** True if the client may send whole tokens. */
  readonly acceptTokens: boolean;
  /** Reads the text, after the check for markers. */
  readonly read: () => FormatReading;
}

/** Plans one text. Throws `marker_in_input`, `rule_conflict`, `too_complex`, and the errors of `read`. */
export function planText(
  { source, place, rules, acceptTokens, read }: RequestText,
  { detect, recipients }: Policy,
  budget: Budget,
): Plan {
  const detecting = rules.filter((rule) => detectsIn(rule, place));
  return planEncryption(source, read, { detecting, detect, acceptTokens, recipients, budget });
}
