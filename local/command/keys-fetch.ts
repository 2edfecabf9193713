/** `fieldseal keys fetch`: fetches the public keys of a policy's recipients from KMS, to commit them. */
import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { dirname } from "node:path";
import { isDeepStrictEqual, parseArgs } from "node:util";
import { ConfigValue, isRecord } from "../../core/config/config-value.ts";
import { FieldsealError } from "../../core/errors.ts";
import { applyEdits, type Edit } from "../../core/text/edit.ts";
import { endOf, hasName, literalOf, nextOf, parentOf, parseJson, startOf } from "../../core/text/json-document.ts";
import { isKeyArn, isRegion, regionOf } from "../../core/token/key-arn.ts";
import { createRecipient } from "../../core/token/recipient.ts";
import {
  fingerprintOf,
  holdsSampleKey,
  type KeyRecord,
  parseKeyRecord,
  type RecipientDraft,
  readCommittedKey,
  readRecipientDrafts,
} from "../../infra/key-record.ts";
import { requireRsaPublicKey } from "../../infra/public-key.ts";
import { requireOne } from "./arguments.ts";
import type { Command } from "./command.ts";
import { resolveArgument } from "./files/argument-path.ts";
import { type KmsPublicKey, openKeyService } from "./kms/key-service.ts";

/** The command `keys fetch`. */
export const keysFetch: Command = {
  name: "keys fetch",
  summary: "fetch the public keys of a policy's recipients from KMS, to commit them",
  help: `POLICY [--stage STAGE --region REGION] [--replace]

Calls KMS GetPublicKey for each recipient of the policy, with its keyArn or, if it has none yet, with the alias
alias/fieldseal-STAGE-ID in REGION. Checks usage, spec, algorithm, size and exponent with two implementations.
Writes the PEM to publicKeyFile, a record (.json) with fingerprint, key ARN and date beside it, and the key ARN into
the policy. Commit all three. If one key is refused, nothing is written.

  --replace   replace keys that were fetched before. A rotation does not need it: it adds a recipient.`,
  run: async (args, { write }) => {
    const { values, positionals } = parseArgs({
      args: [...args],
      allowPositionals: true,
      options: { stage: { type: "string" }, region: { type: "string" }, replace: { type: "boolean", default: false } },
    });
    const policyFile = resolveArgument(requireOne(positionals, "policy file"));
    const drafts = readRecipientDrafts(policyFile);
    const fetched: {
      readonly draft: RecipientDraft;
      readonly key: KmsPublicKey;
      readonly record: KeyRecord;
      readonly kept: boolean;
    }[] = [];
    for (const draft of drafts) {
      const key = await fetchKey(draft, values);
      const record = checkKey(draft, key);
      const kept = isKept(draft, record, values.replace);
      const shared = fetched.find(
        (other) => other.record.fingerprint === record.fingerprint || other.record.keyArn === record.keyArn,
      );
      if (shared !== undefined)
        throw refuse(draft, `recipient ${JSON.stringify(shared.draft.id)} has the same key. Each needs its own.`);
      fetched.push({ draft, key, record, kept });
    }
    for (const { draft, key, record, kept } of fetched) {
      if (kept) {
        write(`${draft.id}  unchanged  ${record.fingerprint}\n`);
        continue;
      }
      mkdirSync(dirname(draft.publicKeyFile), { recursive: true });
      writeFileSync(draft.publicKeyFile, key.publicKeyPem);
      writeFileSync(draft.recordFile, `${JSON.stringify(record, undefined, 2)}\n`);
      write(`${draft.id}  fetched    ${record.fingerprint}  ${record.keyArn}\n`);
    }
    const text = readFileSync(policyFile, "utf8");
    const edited = writeKeyArns(
      text,
      fetched.map(({ record }) => record.keyArn),
    );
    if (edited !== text) writeFileSync(policyFile, edited);
    return 0;
  },
};

function refuse(draft: RecipientDraft, reason: string): FieldsealError {
  return new FieldsealError("recipient_invalid", { reason: `Recipient ${JSON.stringify(draft.id)}: ${reason}` });
}

async function fetchKey(
  draft: RecipientDraft,
  { stage, region }: { readonly stage?: string | undefined; readonly region?: string | undefined },
): Promise<KmsPublicKey> {
  const { id, keyArn } = draft;
  if (keyArn === undefined && (stage === undefined || region === undefined)) {
    throw new TypeError(`Recipient ${JSON.stringify(id)} has no keyArn yet. Add --stage and --region.`);
  }
  if (region !== undefined && !isRegion(region))
    throw new TypeError(`--region must be an AWS Region, such as eu-central-1; got ${JSON.stringify(region)}.`);
  const kms = openKeyService(keyArn === undefined ? (region ?? "") : regionOf(keyArn));
  try {
    const key = await kms.getPublicKey(keyArn ?? `alias/fieldseal-${stage ?? ""}-${id}`);
    if (!isKeyArn(key.keyArn)) throw refuse(draft, "the answer of KMS has no key ARN.");
    if (keyArn === undefined && regionOf(key.keyArn) !== region)
      throw refuse(draft, `expected a key in ${region}, but KMS answered with one in ${regionOf(key.keyArn)}.`);
    if (keyArn !== undefined && key.keyArn !== keyArn)
      throw new FieldsealError("kms_key_mismatch", { reason: `The request was for ${keyArn}.` });
    return key;
  } finally {
    kms.close();
  }
}

function checkKey(
  draft: RecipientDraft,
  { keyArn, publicKeyPem, keySpec, keyUsage, encryptionAlgorithms }: KmsPublicKey,
): KeyRecord {
  const facts = { keyArn, keySpec, keyUsage, encryptionAlgorithms, fingerprint: "0".repeat(64), fetched: today() };
  // Usage and spec come first: for a key that is not RSA, they give the clearer reason.
  parseKeyRecord(facts, (reason) => refuse(draft, reason));
  requireRsaPublicKey(publicKeyPem, new ConfigValue(publicKeyPem, keyArn, "recipient_invalid"));
  const { modulusBytes } = createRecipient({ id: draft.id, keyArn, prefix: "", suffix: "" }, publicKeyPem);
  if (keySpec !== `RSA_${modulusBytes * 8}`)
    throw refuse(draft, `KMS says that its key is ${keySpec}, but the key has ${modulusBytes * 8} bits.`);
  return parseKeyRecord({ ...facts, fingerprint: fingerprintOf(publicKeyPem) }, (reason) => refuse(draft, reason));
}

/** True if exactly this key is committed. Throws `recipient_invalid` if another one is and `replace` is not set. */
function isKept(draft: RecipientDraft, record: KeyRecord, replace: boolean): boolean {
  const { fingerprint, record: known } = readCommittedKey(draft);
  if (holdsSampleKey(draft))
    throw refuse(
      draft,
      `${draft.publicKeyFile} holds the sample's public key, which stage sample needs.` +
        ` Set publicKeyFile to a new file, such as keys/prod-${draft.id}.pem.`,
    );
  if (fingerprint !== undefined && fingerprint !== record.fingerprint && !replace) {
    throw refuse(
      draft,
      "the public key in KMS is not the committed one." +
        " To rotate, add a recipient. To give up the old key, use --replace.",
    );
  }
  return (
    fingerprint === record.fingerprint &&
    isDeepStrictEqual(known, { ...record, fetched: isRecord(known) ? known["fetched"] : undefined })
  );
}

function today(): string {
  return new Date().toISOString().slice(0, 10);
}

/** The policy's text with the key ARNs of its recipients; all other characters stay. */
function writeKeyArns(text: string, keyArns: readonly string[]): string {
  const document = parseJson(text, 100);
  const children = (node: number): readonly number[] => {
    const found: number[] = [];
    for (let child = node + 1; child < nextOf(document, node); child = nextOf(document, child)) found.push(child);
    return found;
  };
  const list = children(0).find((node) => hasName(document, node, "recipients") && parentOf(document, node) === 0);
  const edits = (list === undefined ? [] : children(list)).flatMap((item, index): Edit[] => {
    const literal = JSON.stringify(keyArns[index] ?? "");
    const known = children(item).find((node) => hasName(document, node, "keyArn"));
    const id = children(item).find((node) => hasName(document, node, "id"));
    if (known !== undefined) {
      const same = literalOf(document, known) === literal;
      return same ? [] : [{ start: startOf(document, known), end: endOf(document, known), replacement: literal }];
    }
    if (id === undefined) return [];
    return [{ start: endOf(document, id), end: endOf(document, id), replacement: `, "keyArn": ${literal}` }];
  });
  return applyEdits(text, edits);
}
