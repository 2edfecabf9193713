/** Refuses settings that would make the key stack add new keys beside the fetched ones. */
import { regionOf } from "../core/token/key-arn.ts";
import { settingOf } from "./context.ts";
import type { RecipientDraft } from "./key-record.ts";

/**
 * Compares the keys of a policy with the account, the Region and the kind in the settings. Throws `policy_invalid` for
 * a difference: a key cannot move, or become multi-Region later. Skips keys that are not fetched yet.
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
      throw settingOf("account").refuse(
        `The key of recipient ${id} is in account ${owner}, and keys cannot move: ` +
          `the stack would make a new key in ${account}. Set account=${owner}.`,
      );
    }
    if (keyRegion !== undefined && regionOf(keyArn) !== keyRegion) {
      throw settingOf("keyRegion").refuse(
        `The key of recipient ${id} is in ${regionOf(keyArn)}, and keys cannot move: ` +
          `the stack would make a new key in ${keyRegion}. Set keyRegion=${regionOf(keyArn)}.`,
      );
    }
    if (isReplicated !== multiRegion) {
      throw settingOf("multiRegion").refuse(
        `The key of recipient ${id} is ${isReplicated ? "a" : "not a"} multi-Region key, and cannot change that. ` +
          `Set multiRegion=${isReplicated}.`,
      );
    }
  }
}
