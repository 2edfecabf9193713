/** Acknowledged warnings: names that exist, and reasons worth reading. */
import { expect, test } from "@jest/globals";
import { parseAcknowledgements } from "../../infra/acknowledgements.ts";

test.each<readonly [unknown, number | RegExp]>([
  [undefined, 0],
  [{ "Fieldseal::OriginNotPrivate": "The origin demands a secret header field." }, 1],
  ['{"Fieldseal::OriginNotPrivate":"The origin demands a secret header field."}', 1],
  ["Fieldseal::OriginNotPrivate", /context acknowledge/],
  [["Fieldseal::OriginNotPrivate"], /context acknowledge/],
  [{ "Fieldseal::OriginNotPrivate": "fine" }, /context acknowledge Fieldseal::OriginNotPrivate/],
  [{ "AwsSolutions-CFR2": "The web ACL is that of the application." }, 1],
  [
    { "Fieldseal::OriginNotPrivat": "The origin demands a secret header field." },
    /Did you mean "Fieldseal::OriginNotPrivate"/,
  ],
  [{ "Fieldseal::BehaviourBypass": "The origin demands a secret header field." }, /Unknown warning.*Only warnings/],
  [{ "Fieldseal::OriginNotPrivate": true }, /context acknowledge Fieldseal::OriginNotPrivate/],
])("acknowledge: %j", (value, expected) => {
  if (typeof expected === "number") expect(parseAcknowledgements(value)).toHaveLength(expected);
  else expect(() => parseAcknowledgements(value)).toThrow(expected);
});
