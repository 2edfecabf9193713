/** The public keys under version control. Each PEM has a record of its KMS key, which a build checks. */
import { createHash, createPublicKey } from "node:crypto";
import { existsSync } from "node:fs";
import { dirname, resolve } from "node:path";
import { ConfigValue, isRecord } from "../core/config/config-value.ts";
import { FieldsealError } from "../core/errors.ts";
import { isKeyArn } from "../core/token/key-arn.ts";
import { createRecipient, recipientIdPattern } from "../core/token/recipient.ts";
import { showValue } from "./deployment.ts";
import { readPolicySource, readText } from "./policy-source.ts";
import { requireRsaPublicKey } from "./public-key.ts";
import { isSampleKey } from "./sample-key.ts";

/** The specs that a recipient's key can have (KMS API Reference, "CreateKey"). */
export const keySpecs = ["RSA_2048", "RSA_3072", "RSA_4096"] as const;
/** A spec of a recipient's key. */
export type KeySpec = (typeof keySpecs)[number];

/** The record that `fieldseal keys fetch` writes beside a PEM. */
export interface KeyRecord {
  readonly keyArn: string;
  /** SHA-256 of the SubjectPublicKeyInfo, in hex. */
  readonly fingerprint: string;
  readonly keySpec: KeySpec;
  readonly keyUsage: "ENCRYPT_DECRYPT";
  readonly encryptionAlgorithms: readonly string[];
  /** The day of the fetch in UTC: YYYY-MM-DD. */
  readonly fetched: string;
}

/** A recipient in a policy whose key may not be fetched yet. */
export interface RecipientDraft {
  readonly id: string;
  /** `undefined` until the key is fetched. */
  readonly keyArn: string | undefined;
  /** The absolute path of the PEM. */
  readonly publicKeyFile: string;
  /** The absolute path of its record. */
  readonly recordFile: string;
}

/**
 * The recipients of a policy file. Ignores everything else in it. Throws `policy_invalid`, also if two recipients share
 * a file: fetching one key would overwrite the other.
 */
export function readRecipientDrafts(policyFile: string): readonly RecipientDraft[] {
  const { value, issues } = readPolicySource(readText(policyFile, "policy_invalid"));
  const [mistake] = issues;
  if (mistake !== undefined)
    throw new FieldsealError("policy_invalid", { place: mistake.place, reason: mistake.reason });
  const recipients = new ConfigValue(value, "$").member("recipients").items(1);
  const owners = new Map<string, string>();
  const scope = (place: ConfigValue, what: string, name: string): void => {
    const owner = owners.get(`${what} ${name}`);
    if (owner !== undefined) throw place.refuse(`${owner} has the same ${what} ${name}. Give each its own.`);
    owners.set(`${what} ${name}`, place.place);
  };
  return recipients.map((item) => {
    const id = item.member("id").text();
    if (!recipientIdPattern.test(id)) throw item.member("id").refuse("Expected 1 to 32 characters of A-Z a-z 0-9 _ -.");
    const keyArn = item.optional("keyArn");
    if (keyArn !== undefined && !(typeof keyArn.value === "string" && isKeyArn(keyArn.value))) {
      throw keyArn.refuse(
        "Expected the ARN of a KMS key (arn:aws:kms:…:key/…), not an alias. Leave it out until you fetch the key.",
      );
    }
    const file = item.member("publicKeyFile");
    const publicKeyFile = resolve(dirname(resolve(policyFile)), file.text());
    const recordFile = publicKeyFile.replace(/(\.pem)?$/, ".json");
    scope(item, "id", id);
    scope(file, "file", publicKeyFile);
    scope(file, "file", recordFile);
    return { id, keyArn: keyArn?.text(), publicKeyFile, recordFile };
  });
}

/**
 * The records of a policy's recipients, after comparing each with its PEM and with the policy. If `demanded` is true,
 * it refuses missing records and the sample's keys; otherwise a missing record is `undefined`. Throws
 * `recipient_invalid`, which says what to do.
 */
export function requireKeyRecords(
  policyFile: string,
  { demanded }: { readonly demanded: boolean },
): readonly (KeyRecord | undefined)[] {
  return readRecipientDrafts(policyFile).map((draft) => {
    const refuse = refuserOf(draft.id);
    const fetchIt =
      "Deploy the keys (cdk deploy -c part=keys), then run: " +
      `npx fieldseal keys fetch ${policyFile} --stage STAGE --region REGION`;
    if (!existsSync(draft.publicKeyFile)) throw refuse(`its public key ${draft.publicKeyFile} is missing. ${fetchIt}`);
    if (!existsSync(draft.recordFile)) {
      if (!demanded) return undefined;
      throw refuse(`the record ${draft.recordFile} of its key is missing. ${fetchIt}`);
    }
    const record = parseKeyRecord(readJson(draft.recordFile), refuse);
    const pem = readText(draft.publicKeyFile, "recipient_invalid");
    requireRsaPublicKey(pem, new ConfigValue(pem, draft.publicKeyFile, "recipient_invalid"));
    if (draft.keyArn === undefined)
      throw refuse(`the policy does not name its KMS key (keyArn ${record.keyArn}). ${fetchIt}`);
    if (draft.keyArn !== record.keyArn) {
      throw refuse(
        `the policy and the record name different KMS keys (record: ${record.keyArn}). ` +
          "Fetch the policy's key, or undo the change.",
      );
    }
    if (fingerprintOf(pem) !== record.fingerprint) {
      throw refuse(
        "the fingerprints of its public key and of its record differ: somebody changed one by hand. Restore both.",
      );
    }
    if (demanded && isSampleKey(record.fingerprint)) {
      throw refuse(
        `its public key belongs to the sample or the test vectors, and no KMS key can open its tokens. ${fetchIt}`,
      );
    }
    const { modulusBytes } = createRecipient({ id: draft.id, keyArn: record.keyArn, prefix: "", suffix: "" }, pem);
    if (record.keySpec !== `RSA_${modulusBytes * 8}`)
      throw refuse(`its record says ${record.keySpec}, but its public key has ${modulusBytes * 8} bits. Restore both.`);
    return record;
  });
}

/**
 * The fingerprint and the record of a recipient's key on disk, without comparing them; `undefined` for a missing file.
 * Throws `recipient_invalid` for files that hold anything else, since no command may overwrite those.
 */
export function readCommittedKey({ publicKeyFile, recordFile }: RecipientDraft): {
  readonly fingerprint: string | undefined;
  readonly record: unknown;
} {
  const pem = existsSync(publicKeyFile) ? readText(publicKeyFile, "recipient_invalid") : undefined;
  if (pem !== undefined) requireRsaPublicKey(pem, new ConfigValue(pem, publicKeyFile, "recipient_invalid"));
  const record = existsSync(recordFile) ? readJson(recordFile) : undefined;
  if (record !== undefined && !(isRecord(record) && "fingerprint" in record)) {
    throw new FieldsealError("recipient_invalid", {
      reason: `The file ${recordFile} does not hold the record of a key. Move it, or choose another publicKeyFile.`,
    });
  }
  return { fingerprint: pem === undefined ? undefined : fingerprintOf(pem), record };
}

/** True if a recipient's file holds a public key of this repository, which is not a key of KMS. */
export function holdsSampleKey(draft: RecipientDraft): boolean {
  return isSampleKey(readCommittedKey(draft).fingerprint ?? "");
}

/** The record of a fetched key; `undefined` before the fetch. Throws `recipient_invalid`. */
export function readKeyRecord({ id, recordFile }: RecipientDraft): KeyRecord | undefined {
  return existsSync(recordFile) ? parseKeyRecord(readJson(recordFile), refuserOf(id)) : undefined;
}

function refuserOf(id: string): (reason: string) => FieldsealError {
  return (reason) => new FieldsealError("recipient_invalid", { reason: `Recipient ${JSON.stringify(id)}: ${reason}` });
}

/** Checks the JSON value of a record. Throws the error that `refuse` makes of a reason; it names the recipient. */
export function parseKeyRecord(value: unknown, refuse: (reason: string) => FieldsealError): KeyRecord {
  if (!isRecord(value)) throw refuse("the record of its key must be a JSON object.");
  const { keyArn, fingerprint, keySpec, keyUsage, encryptionAlgorithms, fetched } = value;
  if (typeof keyArn !== "string" || !isKeyArn(keyArn))
    throw refuse("the record of its key needs a keyArn, the ARN of a KMS key.");
  if (keyUsage !== "ENCRYPT_DECRYPT")
    throw refuse(`its KMS key has the usage ${showValue(keyUsage)}. Make a key with the usage ENCRYPT_DECRYPT.`);
  const spec = keySpecs.find((candidate) => candidate === keySpec);
  if (spec === undefined)
    throw refuse(`its KMS key has the spec ${showValue(keySpec)}; expected one of ${keySpecs.join(", ")}.`);
  if (!Array.isArray(encryptionAlgorithms) || !encryptionAlgorithms.includes("RSAES_OAEP_SHA_256")) {
    throw refuse("its KMS key does not support RSAES_OAEP_SHA_256, the algorithm of tokens.");
  }
  if (typeof fingerprint !== "string" || !/^[0-9a-f]{64}$/.test(fingerprint)) {
    throw refuse("the record of its key needs a fingerprint (SHA-256, 64 hexadecimal digits).");
  }
  if (typeof fetched !== "string" || !isDay(fetched))
    throw refuse("the record of its key needs a date in fetched (YYYY-MM-DD).");
  return {
    keyArn,
    fingerprint,
    keySpec: spec,
    keyUsage,
    encryptionAlgorithms: encryptionAlgorithms.map(showValue),
    fetched,
  };
}

function isDay(text: string): boolean {
  const time = /^\d{4}-\d\d-\d\d$/.test(text) ? Date.parse(`${text}T00:00:00Z`) : NaN;
  return !Number.isNaN(time) && new Date(time).toISOString().startsWith(text) && !text.startsWith("0000");
}

/** SHA-256 of a public key's SubjectPublicKeyInfo, in hex. */
export function fingerprintOf(publicKeyPem: string): string {
  return createHash("sha256")
    .update(createPublicKey(publicKeyPem).export({ type: "spki", format: "der" }))
    .digest("hex");
}

function readJson(file: string): unknown {
  const text = readText(file, "recipient_invalid");
  try {
    return JSON.parse(text.replace(/^\ufeff/, ""));
  } catch {
    throw new FieldsealError("recipient_invalid", { reason: `The file ${file} is not valid JSON.` });
  }
}
