/** Reads a detector of a rule, and its settings. For builds only. */
import type { ConfigValue } from "../config/config-value.ts";
import { withPlace } from "../config/issue.ts";
import { confidences } from "../detectors/detector.ts";
import type { CompiledDetectorUse } from "../detectors/detector-use.ts";
import { type FieldPattern, parseFieldPattern } from "../selector/field-name.ts";

/** Reads a detector's name alone, or `{ "detector": …, … }`. Throws `policy_invalid`, also for an unknown name. */
export function parseDetector(entry: ConfigValue, detectors: readonly string[]): CompiledDetectorUse {
  if (typeof entry.value !== "string")
    entry.allow("detector", "confidence", "allow", "context", "needsContext", "exempt");
  const settings = typeof entry.value === "string" ? undefined : entry;
  const name = settings === undefined ? entry : settings.member("detector");
  const texts = (setting: string): readonly string[] =>
    settings
      ?.optional(setting)
      ?.items(1)
      .map((item) => item.text()) ?? [];
  return {
    detector: name.reference("detector", detectors),
    confidence: settings?.optional("confidence")?.choice(...confidences) ?? "low",
    allow: texts("allow"),
    context: texts("context"),
    needsContext: settings?.optional("needsContext")?.flag() ?? false,
    exempt: settings === undefined ? [] : parseExempt(settings),
  };
}

/** Reads the names of fields that detectors ignore; empty without the setting. */
export function parseExempt(item: ConfigValue): readonly FieldPattern[] {
  return (item.optional("exempt")?.items(1) ?? []).map((name) =>
    withPlace(name.place, () => parseFieldPattern(name.text())),
  );
}
