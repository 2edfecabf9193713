/** The calls to KMS of `keys fetch` and `keys verify`, through the SDK. */
import { DecryptCommand, GetPublicKeyCommand } from "@aws-sdk/client-kms";
import { type ErrorCode, FieldsealError } from "../../../core/errors.ts";
import { formatPublicKeyPem } from "../../public-key-pem.ts";
import { createKmsClient } from "./client.ts";

/** The answer to GetPublicKey. Its texts come from KMS, unchecked. */
export interface KmsPublicKey {
  readonly keyArn: string;
  readonly publicKeyPem: string;
  readonly keySpec: string;
  readonly keyUsage: string;
  readonly encryptionAlgorithms: readonly string[];
}

/** Whether KMS lets the caller do something. */
export type Permission = "allowed" | "denied";

/** KMS in one Region. Its methods reject with a FieldsealError that names the key and the error of KMS. */
export interface KeyService {
  readonly getPublicKey: (keyId: string) => Promise<KmsPublicKey>;
  readonly decrypt: (keyArn: string, ciphertext: Uint8Array) => Promise<Uint8Array>;
  /** Whether the caller may decrypt with an algorithm. KMS says so in a dry run, which decrypts nothing. */
  readonly mayDecrypt: (keyArn: string, algorithm: "RSAES_OAEP_SHA_256" | "RSAES_OAEP_SHA_1") => Promise<Permission>;
  readonly close: () => void;
}

const codes: Readonly<Record<string, ErrorCode>> = {
  AccessDeniedException: "kms_denied",
  CredentialsProviderError: "kms_denied",
  DisabledException: "kms_key_unusable",
  KMSInvalidStateException: "kms_key_unusable",
  InvalidKeyUsageException: "kms_key_unusable",
  NotFoundException: "kms_key_unusable",
  UnsupportedOperationException: "kms_key_unusable",
  InvalidCiphertextException: "token_invalid",
  ThrottlingException: "kms_throttled",
};

/** Opens KMS in a Region, as `createKmsClient` finds it. */
export function openKeyService(region: string): KeyService {
  const client = createKmsClient(region);
  return {
    getPublicKey: async (keyId) => {
      const key = await ask(keyId, () => client.send(new GetPublicKeyCommand({ KeyId: keyId })));
      return {
        keyArn: key.KeyId ?? "",
        // An endpoint that is not AWS KMS can answer with anything.
        publicKeyPem: formatPublicKeyPem(ArrayBuffer.isView(key.PublicKey) ? key.PublicKey : new Uint8Array()),
        keySpec: key.KeySpec ?? "none",
        keyUsage: key.KeyUsage ?? "no usage",
        encryptionAlgorithms: key.EncryptionAlgorithms ?? [],
      };
    },
    decrypt: async (keyArn, ciphertext) => {
      const command = new DecryptCommand({
        KeyId: keyArn,
        CiphertextBlob: ciphertext,
        EncryptionAlgorithm: "RSAES_OAEP_SHA_256",
      });
      const { KeyId, Plaintext } = await ask(keyArn, () => client.send(command));
      if (KeyId !== keyArn || Plaintext === undefined)
        throw new FieldsealError("kms_key_mismatch", { reason: `The request was for ${keyArn}.` });
      return Plaintext;
    },
    mayDecrypt: async (keyArn, algorithm) => {
      const command = new DecryptCommand({
        KeyId: keyArn,
        EncryptionAlgorithm: algorithm,
        DryRun: true,
        DryRunModifiers: ["IGNORE_CIPHERTEXT"],
        CiphertextBlob: undefined,
      });
      try {
        await client.send(command);
      } catch (error) {
        const name = nameOf(error);
        if (name === "DryRunOperationException") return "allowed";
        if (name === "AccessDeniedException") return "denied";
        throw translate(keyArn, error);
      }
      throw new FieldsealError("kms_unavailable", {
        reason: `KMS carried out a dry run on ${keyArn} as a real call.`,
      });
    },
    close: () => client.destroy(),
  };
}

async function ask<T>(keyId: string, call: () => Promise<T>): Promise<T> {
  try {
    return await call();
  } catch (error) {
    throw translate(keyId, error);
  }
}

function translate(keyId: string, error: unknown): FieldsealError {
  const name = nameOf(error);
  const code = Object.hasOwn(codes, name) ? (codes[name] ?? "kms_unavailable") : "kms_unavailable";
  const { code: cause }: Readonly<Record<string, unknown>> = Object(error);
  // A network error has a code and no name of its own.
  if (name === "Error" || name === "AggregateError")
    return new FieldsealError(code, {
      reason: `Cannot reach KMS for ${keyId}${typeof cause === "string" ? `: ${cause}` : ""}.`,
    });
  if (name === "CredentialsProviderError")
    return new FieldsealError(code, { reason: `Found no AWS credentials for ${keyId}. Set AWS_PROFILE, or log in.` });
  return new FieldsealError(code, { reason: `KMS answered ${name} for ${keyId}.` });
}

function nameOf(error: unknown): string {
  return error instanceof Error ? error.name : "an unknown error";
}
