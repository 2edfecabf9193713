/** `fieldseal keys verify`: checks each embedded public key against its KMS key. */
import { randomBytes } from "node:crypto";
import { parseArgs } from "node:util";
import { FieldsealError } from "../../core/errors.ts";
import type { CompiledRecipient } from "../../core/policy/policy.ts";
import { regionOf } from "../../core/token/key-arn.ts";
import { createRecipient } from "../../core/token/recipient.ts";
import { fingerprintOf, requireKeyRecords } from "../../infra/key-record.ts";
import { readPolicyFile } from "../../infra/policy-file.ts";
import { requireOne } from "./arguments.ts";
import type { Command } from "./command.ts";
import { resolveArgument } from "./files/argument-path.ts";
import { type KeyService, openKeyService } from "./kms/key-service.ts";

/** The command `keys verify`. */
export const keysVerify: Command = {
  name: "keys verify",
  summary: "check each embedded public key against KMS, and the caller's permissions",
  help: `POLICY [--dry-run] [--strict]

Checks for each recipient that the record matches the PEM, that KMS GetPublicKey gives the same key, that KMS Decrypt
opens a random canary that was encrypted with the embedded key, and, by a dry run of KMS, that the caller may decrypt
with RSAES_OAEP_SHA_256. Exit code: 1 if a check fails.

  --dry-run   compare keys and permissions only; do not decrypt the canary
  --strict    also fail if a record is missing, or if the caller may decrypt with RSAES_OAEP_SHA_1`,
  run: async (args, { write, paint }) => {
    const { values, positionals } = parseArgs({
      args: [...args],
      allowPositionals: true,
      options: { "dry-run": { type: "boolean", default: false }, strict: { type: "boolean", default: false } },
    });
    const policyFile = resolveArgument(requireOne(positionals, "policy file"));
    const { recipients } = readPolicyFile(policyFile);
    requireKeyRecords(policyFile, { demanded: values.strict });
    let failed = false;
    for (const recipient of recipients) {
      const kms = openKeyService(regionOf(recipient.keyArn));
      const proofs = [
        ["public key", () => proveKey(kms, recipient)],
        ["permission", () => provePermission(kms, recipient)],
        ...(values["dry-run"] ? [] : [["canary", () => proveCanary(kms, recipient)] as const]),
        ["algorithm", () => proveAlgorithm(kms, recipient, values.strict)],
      ] as const;
      for (const [name, prove] of proofs) {
        const { holds, says } = await settle(prove);
        failed ||= !holds;
        write(`${recipient.id}  ${name.padEnd(10)}  ${holds ? paint.good("ok") : paint.bad("FAILED")}  ${says}\n`);
      }
      kms.close();
    }
    return failed ? 1 : 0;
  },
};

interface Proof {
  readonly holds: boolean;
  readonly says: string;
}

async function settle(prove: () => Promise<Proof>): Promise<Proof> {
  try {
    return await prove();
  } catch (error) {
    if (!(error instanceof FieldsealError)) throw error;
    return { holds: false, says: error.message };
  }
}

async function proveKey(kms: KeyService, { keyArn, publicKeyPem }: CompiledRecipient): Promise<Proof> {
  const key = await kms.getPublicKey(keyArn);
  const embedded = fingerprintOf(publicKeyPem);
  if (key.keyUsage !== "ENCRYPT_DECRYPT")
    return { holds: false, says: `the key usage is ${key.keyUsage}, not ENCRYPT_DECRYPT` };
  return key.keyArn === keyArn && fingerprintOf(key.publicKeyPem) === embedded
    ? { holds: true, says: embedded }
    : { holds: false, says: "the public key in KMS is not the embedded one" };
}

async function provePermission(kms: KeyService, { keyArn }: CompiledRecipient): Promise<Proof> {
  const permission = await kms.mayDecrypt(keyArn, "RSAES_OAEP_SHA_256");
  return { holds: permission === "allowed", says: `kms:Decrypt with RSAES_OAEP_SHA_256 is ${permission}` };
}

async function proveCanary(kms: KeyService, recipient: CompiledRecipient): Promise<Proof> {
  const canary = randomBytes(32);
  const { encrypt } = createRecipient(recipient, recipient.publicKeyPem);
  const opened = await kms.decrypt(recipient.keyArn, encrypt(canary));
  return canary.equals(opened)
    ? { holds: true, says: "encrypted here, decrypted by KMS" }
    : { holds: false, says: "KMS decrypted the canary to another value" };
}

async function proveAlgorithm(kms: KeyService, { keyArn }: CompiledRecipient, strict: boolean): Promise<Proof> {
  const permission = await kms.mayDecrypt(keyArn, "RSAES_OAEP_SHA_1");
  const says = `kms:Decrypt with RSAES_OAEP_SHA_1 is ${permission}`;
  return permission === "denied"
    ? { holds: true, says }
    : { holds: !strict, says: `${says}: the key policy does not deny it` };
}
