/** The three calls of a reader to KMS, and the check that each answer belongs to its request. */
import { isUint8Array } from "node:util/types";
import { DecryptCommand, GenerateMacCommand, type KMSClient, ReEncryptCommand } from "@aws-sdk/client-kms";
import type { DecryptRequest } from "../core/decrypt/open-tokens.ts";
import { type ErrorCode, FieldsealError } from "../core/errors.ts";

const algorithm = "RSAES_OAEP_SHA_256";

/** The bytes of KMS's answer, or the error in their place. */
export type KmsResult = Uint8Array | FieldsealError;

/** The result of one try, and the id under which CloudTrail lists the request. */
export interface KmsAnswer {
  readonly result: KmsResult;
  readonly requestId: string | undefined;
}

/** Makes one try of a call. Rejects with the SDK's error, or when the signal aborts. */
export type KmsCall = (options: { readonly abortSignal: AbortSignal }) => Promise<KmsAnswer>;

/** An RSA ciphertext that moves to another key. Its plaintext stays in KMS. */
export interface ReencryptRequest {
  readonly fromKeyArn: string;
  readonly toKeyArn: string;
  readonly ciphertext: Buffer;
}

/** Opens an RSA ciphertext (KMS API Reference, "Decrypt"). */
export function decryptCall(client: KMSClient, { keyArn, ciphertext }: DecryptRequest): KmsCall {
  const input = { KeyId: keyArn, CiphertextBlob: ciphertext, EncryptionAlgorithm: algorithm } as const;
  return async (options) => {
    const {
      KeyId,
      Plaintext,
      EncryptionAlgorithm = algorithm,
      $metadata,
    } = await client.send(new DecryptCommand(input), options);
    const isRight = KeyId === keyArn && EncryptionAlgorithm === algorithm;
    return { result: resultOf(isRight, KeyId, Plaintext, "token_invalid"), requestId: $metadata.requestId };
  };
}

/** Makes an HMAC-SHA-256 of a message (KMS API Reference, "GenerateMac"). */
export function authenticateCall(client: KMSClient, keyArn: string, message: Buffer): KmsCall {
  return async (options) => {
    const { KeyId, Mac, $metadata } = await client.send(
      new GenerateMacCommand({ KeyId: keyArn, Message: message, MacAlgorithm: "HMAC_SHA_256" }),
      options,
    );
    return { result: resultOf(KeyId === keyArn, KeyId, Mac), requestId: $metadata.requestId };
  };
}

/** Moves an RSA ciphertext to another key (KMS API Reference, "ReEncrypt"). */
export function reencryptCall(client: KMSClient, { fromKeyArn, toKeyArn, ciphertext }: ReencryptRequest): KmsCall {
  return async (options) => {
    const { SourceKeyId, KeyId, CiphertextBlob, $metadata } = await client.send(
      new ReEncryptCommand({
        CiphertextBlob: ciphertext,
        SourceKeyId: fromKeyArn,
        SourceEncryptionAlgorithm: algorithm,
        DestinationKeyId: toKeyArn,
        DestinationEncryptionAlgorithm: algorithm,
      }),
      options,
    );
    return {
      result: resultOf(SourceKeyId === fromKeyArn && KeyId === toKeyArn, KeyId, CiphertextBlob),
      requestId: $metadata.requestId,
    };
  };
}

/**
 * The bytes of an answer that names the right key. An answer without both key and bytes, or with bytes of another type,
 * comes from a proxy in front of KMS.
 */
function resultOf(isRight: boolean, keyId: unknown, bytes: unknown, missing: ErrorCode = "kms_unavailable"): KmsResult {
  if (keyId === undefined && bytes === undefined) return new FieldsealError("kms_unavailable");
  if (!isRight) return new FieldsealError("kms_key_mismatch");
  if (bytes === undefined) return new FieldsealError(missing);
  return isUint8Array(bytes) ? bytes : new FieldsealError("kms_unavailable");
}
