/** Settings that would have the key stack make new keys beside those that were fetched. */
import { FieldsealError } from "../core/errors.ts";
import { regionOf } from "../core/token/key-arn.ts";
import type { RecipientDraft } from "./key-record.ts";

/**
 * Compares the keys that a policy names with where, and of what kind, the key stack is told to make them. Throws
 * `policy_invalid`: keys do not move, and a key is for several Regions from its birth or never.
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
        `The key of recipient ${id} is in ${regionOf(keyArn)}, and keys do not move: the stack would make another one in ${keyRegion}.`,
      );
    }
    if (isReplicated !== multiRegion) {
      throw refuse(
        "multiRegion",
        `The key of recipient ${id} is ${isReplicated ? "a" : "no"} multi-Region key, which nothing can change: set multiRegion to ${isReplicated}.`,
      );
    }
  }
}

function refuse(name: string, reason: string): FieldsealError {
  return new FieldsealError("policy_invalid", { place: `context ${name}`, reason });
}
