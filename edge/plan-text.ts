/** The plan for one text of a request, whichever part of the request it is. */
import type { Budget } from "../core/budget.ts";
import { type Plan, planEncryption } from "../core/encrypt/encrypt-text.ts";
import type { FormatReading } from "../core/formats/codec.ts";
import type { Policy } from "../core/policy/policy.ts";
import type { RequestPart, Rule } from "../core/rule/rule.ts";
import { detectsIn } from "../core/rule/scope.ts";

/** A text of a request, and what is looked for in it. */
export interface RequestText {
  readonly source: string;
  /** The part of the request that it is, as rules name it. */
  readonly place: RequestPart;
  /** The rules that look into it. */
  readonly rules: readonly Rule[];
  /** Whether whole tokens may come in from the client. */
  readonly acceptTokens: boolean;
  /** Reads it, once it is known that it holds no markers that it must not hold. */
  readonly read: () => FormatReading;
}

/**
 * Finds what rules protect in a text. Throws `marker_in_input`, `rule_conflict`, `too_complex`, and what `read` throws.
 */
export function planText(
  { source, place, rules, acceptTokens, read }: RequestText,
  { detect, recipients }: Policy,
  budget: Budget,
): Plan {
  const detecting = rules.filter((rule) => detectsIn(rule, place));
  return planEncryption(source, read, { detecting, detect, acceptTokens, recipients, budget });
}
