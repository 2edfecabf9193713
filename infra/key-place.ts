/** Refuses settings with which the key stack would make new keys beside the fetched ones. */
import { FieldsealError } from "../core/errors.ts";
import { regionOf } from "../core/token/key-arn.ts";
import type { RecipientDraft } from "./key-record.ts";

/**
 * Compares the keys of a policy with the account, the Region and the kind that the settings give. Throws
 * `policy_invalid` for a difference: keys do not move, and whether a key is multi-Region is chosen when it is made.
 */
export function requireSamePlace(
  drafts: readonly RecipientDraft[],
  {
    account,
    keyRegion,
    multiRegion,
  }: { readonly account: string | undefined; readonly keyRegion: string | undefined; readonly multiRegion: boolean },
): void {
  for (const { id, keyArn } of drafts) {
    if (keyArn === undefined) continue;
    const isReplicated = keyArn.includes(":key/mrk-");
    const owner = keyArn.split(":")[4] ?? "";
    if (account !== undefined && owner !== account) {
      throw refuse(
        "account",
        `The key of recipient ${id} is in the account ${owner}: the stack would make another one in ${account}.`,
      );
    }
    if (keyRegion !== undefined && regionOf(keyArn) !== keyRegion) {
      throw refuse(
        "keyRegion",
        `The key of recipient ${id} is in ${regionOf(keyArn)}, and keys do not move: ` +
          `the stack would make another one in ${keyRegion}.`,
      );
    }
    if (isReplicated !== multiRegion) {
      throw refuse(
        "multiRegion",
        `The key of recipient ${id} is ${isReplicated ? "a" : "no"} multi-Region key, which nothing can change: ` +
          `set multiRegion to ${isReplicated}.`,
      );
    }
  }
}

function refuse(name: string, reason: string): FieldsealError {
  return new FieldsealError("policy_invalid", { place: `context ${name}`, reason });
}
