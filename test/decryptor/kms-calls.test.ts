/** Answers of KMS: bytes only from an answer that names the key it was asked for. */
import { KMSClient } from "@aws-sdk/client-kms";
import { expect, test } from "@jest/globals";
import { FieldsealError } from "../../core/errors.ts";
import { authenticateCall, decryptCall, type KmsCall, reencryptCall } from "../../decryptor/kms-calls.ts";

const keyArn = "arn:aws:kms:eu-central-1:111122223333:key/00000000-0000-4000-8000-000000000001";
const other = keyArn.replace(/1$/, "2");
const bytes = new Uint8Array([1, 2, 3]);
const ciphertext = Buffer.from("ciphertext");

/** A client that gives this answer to anything. */
function clientWith(answer: object): KMSClient {
  const send = async (): Promise<object> => ({ $metadata: { requestId: "id" }, ...answer });
  return Object.assign(new KMSClient({ region: "eu-central-1" }), { send });
}

async function resultOf(call: KmsCall): Promise<unknown> {
  const { result, requestId } = await call({ abortSignal: new AbortController().signal });
  expect(requestId).toBe("id");
  return result instanceof FieldsealError ? result.code : result;
}

test.each<readonly [answer: object, result: unknown, why: string]>([
  [{ KeyId: keyArn, Plaintext: bytes }, bytes, "right"],
  [{ KeyId: keyArn, Plaintext: bytes, EncryptionAlgorithm: "RSAES_OAEP_SHA_256" }, bytes, "right, with the algorithm"],
  [{ KeyId: other, Plaintext: bytes }, "kms_key_mismatch", "another key"],
  [
    { KeyId: keyArn, Plaintext: bytes, EncryptionAlgorithm: "RSAES_OAEP_SHA_1" },
    "kms_key_mismatch",
    "another algorithm",
  ],
  [{ KeyId: keyArn }, "token_invalid", "no plaintext"],
  [{ Plaintext: bytes }, "kms_key_mismatch", "no key"],
  [{}, "kms_unavailable", "nothing: not an answer of KMS"],
  [{ KeyId: keyArn, Plaintext: "AQID" }, "kms_unavailable", "bytes that are none"],
])("Decrypt: %j gives %p (%s)", async (answer, expected) => {
  expect(await resultOf(decryptCall(clientWith(answer), { keyArn, ciphertext, holds: "value" }))).toEqual(expected);
});

test.each<readonly [answer: object, result: unknown, why: string]>([
  [{ KeyId: keyArn, Mac: bytes }, bytes, "right"],
  [{ KeyId: other, Mac: bytes }, "kms_key_mismatch", "another key"],
  [{ KeyId: keyArn }, "kms_unavailable", "no MAC"],
])("GenerateMac: %j gives %p (%s)", async (answer, expected) => {
  expect(await resultOf(authenticateCall(clientWith(answer), keyArn, Buffer.from("message")))).toEqual(expected);
});

test.each<readonly [answer: object, result: unknown, why: string]>([
  [{ SourceKeyId: keyArn, KeyId: other, CiphertextBlob: bytes }, bytes, "right"],
  [{ SourceKeyId: other, KeyId: other, CiphertextBlob: bytes }, "kms_key_mismatch", "from another key"],
  [{ SourceKeyId: keyArn, KeyId: keyArn, CiphertextBlob: bytes }, "kms_key_mismatch", "to another key"],
  [{ SourceKeyId: keyArn, KeyId: other }, "kms_unavailable", "no ciphertext"],
])("ReEncrypt: %j gives %p (%s)", async (answer, expected) => {
  const request = { fromKeyArn: keyArn, toKeyArn: other, ciphertext };
  expect(await resultOf(reencryptCall(clientWith(answer), request))).toEqual(expected);
});
