/** Reads the recipients of a policy. */
import type { ConfigValue } from "../config/config-value.ts";
import { hasErrors, withPlace } from "../config/issue.ts";
import type { CompiledRecipient } from "../policy/policy.ts";
import { isKeyArn } from "../token/key-arn.ts";
import { describeMarker } from "../token/marker.ts";
import { createRecipient, type Recipient } from "../token/recipient.ts";
import { type Placed, requireDistinct } from "./distinct.ts";
import { recipientSettings } from "./settings.ts";

/** A recipient, as far as it is valid. */
export interface RecipientDraft {
  readonly item: ConfigValue;
  readonly compiled: CompiledRecipient;
  /** `undefined` if its key or ARN is not valid. */
  readonly recipient: Recipient | undefined;
}

/** Reads a recipient, and reports each mistake in it. `publicKeys` maps recipient ids to public keys in PEM. */
export function readRecipient(item: ConfigValue, publicKeys: ReadonlyMap<string, string>): RecipientDraft {
  const read = (name: (typeof recipientSettings)[number]): string => item.attempt(() => item.member(name).text()) ?? "";
  item.attempt(() => item.allow(...recipientSettings));
  const [id, keyArn, file, prefix, suffix] = [
    read("id"),
    read("keyArn"),
    read("publicKeyFile"),
    read("prefix"),
    read("suffix"),
  ];
  const publicKeyPem = publicKeys.get(id);
  const compiled = { id, keyArn, prefix, suffix, publicKeyPem: publicKeyPem ?? "" };
  if (keyArn !== "" && !isKeyArn(keyArn)) {
    item
      .member("keyArn")
      .report(
        "Expected the ARN of a KMS key (arn:aws:kms:…:key/…), not an alias: " +
          "KMS names the key by its ARN in every answer.",
      );
  }
  const isRead = !hasErrors(item.issues ?? [], item.place);
  if (
    publicKeyPem === undefined &&
    id !== "" &&
    file !== "" &&
    !hasErrors(item.issues ?? [], `${item.place}.publicKeyFile`)
  ) {
    item.report(`The public key of recipient ${JSON.stringify(id)} is missing.`);
  }
  if (publicKeyPem === undefined || !isRead) return { item, compiled, recipient: undefined };
  const recipient = item.attempt(() => withPlace(item.place, () => createRecipient(compiled, publicKeyPem)));
  return { item, compiled, recipient };
}

/** Reports recipients that share an id, a key or a marker with an earlier one, and malformed markers. */
export function requireDistinctRecipients(drafts: readonly RecipientDraft[]): void {
  const settings = (
    name: "id" | "keyArn" | "publicKeyFile",
    valueOf: (draft: RecipientDraft) => string,
  ): readonly Placed[] =>
    drafts.flatMap((draft) => {
      const at = draft.item.attempt(() => draft.item.optional(name));
      return at === undefined || valueOf(draft) === "" ? [] : [{ at, value: valueOf(draft) }];
    });
  requireDistinct(
    settings("id", ({ compiled }) => compiled.id),
    "id",
  );
  requireDistinct(
    settings("keyArn", ({ compiled }) => compiled.keyArn),
    "KMS key",
  );
  requireDistinct(
    settings("publicKeyFile", ({ recipient }) => recipient?.fingerprint ?? ""),
    "public key",
  );
  const markers: Placed[] = [];
  for (const { item, compiled } of drafts) {
    for (const name of ["prefix", "suffix"] as const) {
      const at = item.attempt(() => item.optional(name));
      if (at === undefined || compiled[name] === "") continue;
      const reason =
        describeMarker(
          compiled[name],
          markers.map(({ value }) => value),
        ) ?? describeContained(compiled[name], markers);
      if (reason === undefined) markers.push({ at, value: compiled[name] });
      else at.report(reason);
    }
  }
}

/** Why a marker that contains an earlier one is refused; `undefined` if it contains none. */
function describeContained(marker: string, earlier: readonly Placed[]): string | undefined {
  const inner = earlier.find(({ value }) => marker.includes(value));
  return inner === undefined
    ? undefined
    : `Marker ${JSON.stringify(marker)} must not contain marker ${JSON.stringify(inner.value)} of ${inner.at.place}.`;
}
