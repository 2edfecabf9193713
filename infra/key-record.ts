/** The public keys under version control: each PEM has a record of its KMS key, which is checked before a build. */
import { createHash, createPublicKey } from "node:crypto";
import { existsSync, readFileSync } from "node:fs";
import { dirname, resolve } from "node:path";
import { ConfigValue, isRecord } from "../core/config/config-value.ts";
import { FieldsealError } from "../core/errors.ts";
import { isKeyArn } from "../core/token/key-arn.ts";
import { createRecipient, recipientIdPattern } from "../core/token/recipient.ts";
import { readPolicySource } from "./policy-source.ts";
import { requireRsaPublicKey } from "./public-key.ts";
import { isSampleKey } from "./sample-key.ts";

/** The specs that a recipient's key can have (KMS API Reference, "CreateKey"). */
export const keySpecs = ["RSA_2048", "RSA_3072", "RSA_4096"] as const;
/** A spec of a recipient's key. */
export type KeySpec = (typeof keySpecs)[number];

/** What `fieldseal keys fetch` writes beside a PEM. */
export interface KeyRecord {
  readonly keyArn: string;
  /** SHA-256 of the SubjectPublicKeyInfo, in hex. */
  readonly fingerprint: string;
  readonly keySpec: KeySpec;
  readonly keyUsage: "ENCRYPT_DECRYPT";
  readonly encryptionAlgorithms: readonly string[];
  /** The day on which the key was fetched, in UTC: YYYY-MM-DD. */
  readonly fetched: string;
}

/** What a policy says of a recipient whose key may not be fetched yet. */
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
 * The recipients of a policy file, whatever else is in it. Throws `policy_invalid`, also where two recipients share a
 * file: fetching the key of one would write over the key of the other.
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
    if (owner !== undefined) throw place.refuse(`The ${what} ${name} is that of ${owner} too.`);
    owners.set(`${what} ${name}`, place.place);
  };
  return recipients.map((item) => {
    const id = item.member("id").text();
    if (!recipientIdPattern.test(id)) throw item.member("id").refuse("An id has 1 to 32 of A-Z a-z 0-9 _ -.");
    const keyArn = item.optional("keyArn");
    if (keyArn !== undefined && !(typeof keyArn.value === "string" && isKeyArn(keyArn.value))) {
      throw keyArn.refuse(
        "keyArn is not the ARN of a KMS key (arn:aws:kms:…:key/…; not an alias). " +
          "Leave it out until the key is fetched.",
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
 * The records of a policy's recipients, each compared with its PEM and with the policy. Where `demanded` is false, a
 * missing record is `undefined`; where it is true, a missing record and the keys of the sample are refused. Throws
 * `recipient_invalid`, which says what to do.
 */
export function requireKeyRecords(
  policyFile: string,
  { demanded }: { readonly demanded: boolean },
): readonly (KeyRecord | undefined)[] {
  return readRecipientDrafts(policyFile).map((draft) => {
    const refuse = (reason: string): FieldsealError =>
      new FieldsealError("recipient_invalid", { reason: `Recipient ${JSON.stringify(draft.id)}: ${reason}` });
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
        `the policy names another KMS key than the record (${record.keyArn}). Fetch its key, or undo the change.`,
      );
    }
    if (fingerprintOf(pem) !== record.fingerprint) {
      throw refuse(
        `its public key has not the fingerprint of its record. One of the two was changed by hand: restore both.`,
      );
    }
    if (demanded && isSampleKey(record.fingerprint)) {
      throw refuse(
        `it has the sample's public key, or one of the test vectors', which no KMS key can open. ${fetchIt}`,
      );
    }
    const { modulusBytes } = createRecipient({ id: draft.id, keyArn: record.keyArn, prefix: "", suffix: "" }, pem);
    if (record.keySpec !== `RSA_${modulusBytes * 8}`)
      throw refuse(`its public key is no ${record.keySpec}, as its record says.`);
    return record;
  });
}

/**
 * The fingerprint and the record of a recipient's key as they are on disk, without comparing them. Throws
 * `recipient_invalid` for files that hold anything else, since nothing may write over those.
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
      reason: `The file ${recordFile} is no record of a key. Move it away, or choose another publicKeyFile.`,
    });
  }
  return { fingerprint: pem === undefined ? undefined : fingerprintOf(pem), record };
}

/** Whether a recipient's file holds a public key of this repository, which is no key of KMS. */
export function holdsSampleKey(draft: RecipientDraft): boolean {
  return isSampleKey(readCommittedKey(draft).fingerprint ?? "");
}

/** The record of a fetched key; `undefined` before the key is fetched. Throws `recipient_invalid`. */
export function readKeyRecord({ id, recordFile }: RecipientDraft): KeyRecord | undefined {
  if (!existsSync(recordFile)) return undefined;
  return parseKeyRecord(
    readJson(recordFile),
    (reason) => new FieldsealError("recipient_invalid", { reason: `Recipient ${JSON.stringify(id)}: ${reason}` }),
  );
}

/** Checks the JSON value of a record. Throws the error that `refuse`, which names the recipient, makes of a reason. */
export function parseKeyRecord(value: unknown, refuse: (reason: string) => FieldsealError): KeyRecord {
  if (!isRecord(value)) throw refuse("the record of its key is not a JSON object.");
  const { keyArn, fingerprint, keySpec, keyUsage, encryptionAlgorithms, fetched } = value;
  if (typeof keyArn !== "string" || !isKeyArn(keyArn)) throw refuse("the record of its key has no keyArn.");
  if (keyUsage !== "ENCRYPT_DECRYPT") {
    throw refuse(
      `its KMS key is for ${String(keyUsage)}, and cannot decrypt. Make one with the usage ENCRYPT_DECRYPT.`,
    );
  }
  const spec = keySpecs.find((candidate) => candidate === keySpec);
  if (spec === undefined)
    throw refuse(`its KMS key has the spec ${String(keySpec)}; tokens need ${keySpecs.join(", ")}.`);
  if (!Array.isArray(encryptionAlgorithms) || !encryptionAlgorithms.includes("RSAES_OAEP_SHA_256")) {
    throw refuse("its KMS key does not decrypt with RSAES_OAEP_SHA_256.");
  }
  if (typeof fingerprint !== "string" || !/^[0-9a-f]{64}$/.test(fingerprint)) {
    throw refuse("the record of its key has no fingerprint (SHA-256, 64 hexadecimal digits).");
  }
  if (typeof fetched !== "string" || !isDay(fetched)) throw refuse("the record of its key has no date (YYYY-MM-DD).");
  return {
    keyArn,
    fingerprint,
    keySpec: spec,
    keyUsage,
    encryptionAlgorithms: encryptionAlgorithms.map(String),
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
    throw new FieldsealError("recipient_invalid", { reason: `The file ${file} cannot be read as JSON.` });
  }
}

function readText(file: string, code: "policy_invalid" | "recipient_invalid"): string {
  try {
    return readFileSync(file, "utf8");
  } catch {
    throw new FieldsealError(code, { reason: `The file ${file} cannot be read.` });
  }
}
