/** The Region in which a reader's keys are used: KMS takes a key in the key's own Region only. */

import type { Reader } from "../core/decrypt/reader/reader.ts";
import { FieldsealError } from "../core/errors.ts";
import { regionOf } from "../core/token/key-arn.ts";

/** `undefined` for a reader that uses no key. Throws `reader_invalid` where its keys are in several Regions. */
export function keyRegionOf({ name, recipients, pseudonymKeyArn }: Reader): string | undefined {
  const keyArns = [
    ...recipients.flatMap(({ mayOpen, keyArn }) => (mayOpen ? [keyArn] : [])),
    ...(pseudonymKeyArn === undefined ? [] : [pseudonymKeyArn]),
  ];
  const regions = [...new Set(keyArns.map(regionOf))];
  if (regions.length <= 1) return regions[0];
  throw new FieldsealError("reader_invalid", {
    reason: `Reader ${name} uses keys in ${regions.join(" and ")}. Make one reader for each Region.`,
  });
}
