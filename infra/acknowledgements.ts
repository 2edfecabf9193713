/** Reads the warnings that a stage acknowledges, each with a reason. */
import { isRecord } from "../core/config/config-value.ts";
import { suggest } from "../core/config/did-you-mean.ts";
import { FieldsealError } from "../core/errors.ts";
import { warningRules } from "./finding.ts";

/** The name of a warning, such as `Fieldseal::OriginNotPrivate`, and the reason to accept it. */
export interface Acknowledgement {
  readonly id: string;
  readonly reason: string;
}

const warnings = warningRules.map((rule) => `Fieldseal::${rule}`);

/**
 * Reads context `acknowledge`: an object of reasons by the names of warnings, or its JSON text. Throws `policy_invalid`
 * for anything else, for a reason of fewer than 20 characters, and for an unknown warning of Fieldseal.
 */
export function parseAcknowledgements(value: unknown): readonly Acknowledgement[] {
  const refuse = (place: string, reason = "Expected a reason of 20 characters or more."): FieldsealError =>
    new FieldsealError("policy_invalid", { place: `context acknowledge${place}`, reason });
  const reasons = typeof value === "string" ? fromCommandLine(value) : (value ?? {});
  if (!isRecord(reasons)) throw refuse("", "Expected an object with a reason for the name of each warning.");
  return Object.entries(reasons).map(([id, reason]) => {
    if (id.startsWith("Fieldseal::") && !warnings.includes(id))
      throw refuse(
        ` ${id}`,
        `Unknown warning.${suggest(id, warnings)} Only warnings can be acknowledged: ${warnings.join(", ")}.`,
      );
    if (typeof reason !== "string" || reason.length < 20) throw refuse(` ${id}`);
    return { id, reason };
  });
}

/** The JSON value of a text from the command line; `undefined` for other text. */
function fromCommandLine(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
