/** Warnings of the checks at synth that a stage acknowledges, each with a reason. */
import { isRecord } from "../core/config/config-value.ts";
import { suggest } from "../core/config/did-you-mean.ts";
import { FieldsealError } from "../core/errors.ts";
import { warningRules } from "./finding.ts";

/** The name of a warning, such as `Fieldseal::OriginNotPrivate`, and why it is right as it is. */
export interface Acknowledgement {
  readonly id: string;
  readonly reason: string;
}

const warnings = warningRules.map((rule) => `Fieldseal::${rule}`);

/**
 * Reads context `acknowledge`: an object of reasons by the names of warnings, or its JSON text. Throws `policy_invalid`
 * for anything else, for a reason of fewer than 20 characters, and for a warning of Fieldseal's that does not exist.
 */
export function parseAcknowledgements(value: unknown): readonly Acknowledgement[] {
  const refuse = (place: string, reason = "Give a reason worth reading by the name of each warning."): FieldsealError =>
    new FieldsealError("policy_invalid", { place: `context acknowledge${place}`, reason });
  const reasons = typeof value === "string" ? fromCommandLine(value) : (value ?? {});
  if (!isRecord(reasons)) throw refuse("");
  return Object.entries(reasons).map(([id, reason]) => {
    if (id.startsWith("Fieldseal::") && !warnings.includes(id))
      throw refuse(` ${id}`, `There is no such warning.${suggest(id, warnings)} Errors cannot be acknowledged.`);
    if (typeof reason !== "string" || reason.length < 20) throw refuse(` ${id}`);
    return { id, reason };
  });
}

/** The command line gives JSON as text; `undefined` for other text. */
function fromCommandLine(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
