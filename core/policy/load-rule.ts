/** Loads a compiled rule with its recipient, selectors and detectors. */
import type { Detector } from "../detectors/detector.ts";
import { FieldsealError } from "../errors.ts";
import type { Detection } from "../find/detection.ts";
import type { CompiledRule, CompiledSelection, JsonSelection, Rule } from "../rule/rule.ts";
import type { CompiledSelectors, LoadSelectors, Select } from "../selector/select.ts";
import type { Recipient } from "../token/recipient.ts";

/** The code that a compiled rule refers to. */
export interface RuleModules {
  /** One for each dialect. The first that knows the dialect of a selector loads it. */
  readonly selectors: readonly LoadSelectors[];
  readonly detectors: readonly Detector[];
  /** Absent if no rule has detectors. */
  readonly detection?: Detection;
}

/** Loads a compiled rule. Throws `policy_invalid` if the rule refers to something that the bundle does not hold. */
export function loadRule(rule: CompiledRule, recipients: readonly Recipient[], modules: RuleModules): Rule {
  const recipient = recipients.find(({ id }) => id === rule.recipient);
  if (recipient === undefined) throw missing(`recipient ${rule.recipient}`);
  return {
    ...rule,
    methods: rule.methods === undefined ? undefined : new Set(rule.methods),
    recipient,
    json: loadSelection(rule.json, modules),
    detectors: rule.detectors.map(({ use, selector }) => {
      const detector = modules.detectors.find(({ name }) => name === use.detector);
      if (detector === undefined || modules.detection === undefined) throw missing(`detector ${use.detector}`);
      return { use: modules.detection.loadUse(use, detector), selector };
    }),
  };
}

function loadSelection({ select, selectors, inside }: CompiledSelection, modules: RuleModules): JsonSelection {
  return {
    select: loadSelectors(select, modules),
    selectors,
    inside: inside.map(({ outer, selection }) => ({
      outer: loadSelectors(outer, modules),
      selection: loadSelection(selection, modules),
    })),
  };
}

function loadSelectors(compiled: CompiledSelectors, { selectors }: RuleModules): Select {
  for (const load of selectors) {
    const select = load(compiled);
    if (select !== undefined) return select;
  }
  throw missing(`dialect ${compiled.dialect}`);
}

function missing(what: string): FieldsealError {
  return new FieldsealError("policy_invalid", { reason: `The bundle does not hold the ${what}.` });
}
