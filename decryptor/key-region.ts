/** The Region of a reader's keys: KMS uses a key only in the key's own Region. */
import type { Reader } from "../core/decrypt/reader/reader.ts";
import { FieldsealError } from "../core/errors.ts";
import { regionOf } from "../core/token/key-arn.ts";

/** The one Region of all keys of a reader; `undefined` if it uses no key. Throws `reader_invalid` for several. */
export function keyRegionOf({ name, recipients, pseudonymKeyArn }: Reader): string | undefined {
  const keyArns = [
    ...recipients.flatMap(({ mayOpen, keyArn }) => (mayOpen ? [keyArn] : [])),
    ...(pseudonymKeyArn === undefined ? [] : [pseudonymKeyArn]),
  ];
  const regions = [...new Set(keyArns.map(regionOf))];
  if (regions.length <= 1) return regions[0];
  throw new FieldsealError("reader_invalid", {
    reason:
      `Reader ${name} uses keys in ${regions.join(" and ")}; expected one Region. ` +
      "Make one reader for each Region.",
  });
}
