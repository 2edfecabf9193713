/** CreateKey, and imported keys. */
import { createPrivateKey, createPublicKey, generateKeyPairSync } from "node:crypto";
import {
  CreateKeyCommand,
  type CreateKeyCommandInput,
  GetPublicKeyCommand,
  type KeySpec,
  type KeyUsageType,
  ListKeysCommand,
} from "@aws-sdk/client-kms";
import { afterEach, beforeEach, describe, expect, test } from "@jest/globals";
import { type KmsWithClient, openKms, refusalOf } from "../../support/local-kms.ts";
import { nextPrivateKeyPem } from "../../support/rsa-keys.ts";

const keyId = "1234abcd-12ab-34cd-56ef-1234567890ab";
const keyArn = `arn:aws:kms:eu-central-1:111122223333:key/${keyId}`;
const start = Date.UTC(2026, 0, 1);
const privateKeyPem = nextPrivateKeyPem(2048);

let now: number;
let opened: KmsWithClient;

beforeEach(async () => {
  now = start;
  opened = await openKms({ clock: () => now });
  opened.kms.importKey({ keyId, privateKeyPem, description: "for people" });
});

afterEach(() => opened.close());

describe("CreateKey", () => {
  test.each<[KeySpec, number]>([
    ["RSA_2048", 294],
    ["RSA_3072", 422],
    ["RSA_4096", 550],
  ])("makes a key of %s, whose public half has %i bytes of DER", async (KeySpec, bytes) => {
    const { client } = opened;
    const { KeyMetadata } = await client.send(new CreateKeyCommand({ KeySpec, KeyUsage: "ENCRYPT_DECRYPT" }));
    const { PublicKey = new Uint8Array() } = await client.send(new GetPublicKeyCommand({ KeyId: KeyMetadata?.KeyId }));
    expect(KeyMetadata?.KeySpec).toBe(KeySpec);
    expect(PublicKey.length).toBe(bytes);
    const publicKey = createPublicKey({ key: Buffer.from(PublicKey), format: "der", type: "spki" });
    expect(publicKey.asymmetricKeyDetails).toEqual({
      modulusLength: Number(KeySpec.slice(4)),
      publicExponent: 65537n,
    });
  });

  test("answers with the metadata of the real service", async () => {
    const command = new CreateKeyCommand({
      KeySpec: "RSA_2048",
      KeyUsage: "ENCRYPT_DECRYPT",
      Description: "ключ",
      Origin: "AWS_KMS",
      MultiRegion: false,
      Policy: "{}",
      Tags: [{ TagKey: "a", TagValue: "b" }],
    });
    const { KeyMetadata } = await opened.client.send(command);
    const id = KeyMetadata?.KeyId;
    expect(id).toMatch(/^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/);
    expect(KeyMetadata).toEqual({
      AWSAccountId: "111122223333",
      KeyId: id,
      Arn: `arn:aws:kms:eu-central-1:111122223333:key/${id}`,
      CreationDate: new Date(start),
      Enabled: true,
      Description: "ключ",
      KeyUsage: "ENCRYPT_DECRYPT",
      KeyState: "Enabled",
      Origin: "AWS_KMS",
      KeyManager: "CUSTOMER",
      CustomerMasterKeySpec: "RSA_2048",
      KeySpec: "RSA_2048",
      EncryptionAlgorithms: ["RSAES_OAEP_SHA_1", "RSAES_OAEP_SHA_256"],
      MultiRegion: false,
    });
  });

  test("accepts the deprecated name of KeySpec", async () => {
    const command = new CreateKeyCommand({ CustomerMasterKeySpec: "RSA_2048", KeyUsage: "ENCRYPT_DECRYPT" });
    expect((await opened.client.send(command)).KeyMetadata?.KeySpec).toBe("RSA_2048");
  });

  const rsa = { KeySpec: "RSA_2048", KeyUsage: "ENCRYPT_DECRYPT" } as const;
  test.each<[string, CreateKeyCommandInput, string, string]>([
    ["a symmetric key", {}, "UnsupportedOperationException", "SYMMETRIC_DEFAULT"],
    ["an elliptic key", { ...rsa, KeySpec: "ECC_NIST_P256" }, "UnsupportedOperationException", "ECC_NIST_P256"],
    ["a signing key", { ...rsa, KeyUsage: "SIGN_VERIFY" }, "UnsupportedOperationException", "SIGN_VERIFY"],
    ["another origin", { ...rsa, Origin: "AWS_CLOUDHSM" }, "UnsupportedOperationException", "AWS_CLOUDHSM"],
    [
      "an HMAC key from outside",
      { KeySpec: "HMAC_256", KeyUsage: "GENERATE_VERIFY_MAC", Origin: "EXTERNAL" },
      "UnsupportedOperationException",
      "EXTERNAL",
    ],
    ["a multi-Region key", { ...rsa, MultiRegion: true }, "UnsupportedOperationException", "Multi-Region"],
    ["a key store", { ...rsa, CustomKeyStoreId: "cks-1" }, "UnsupportedOperationException", "CustomKeyStoreId"],
    ["an external key", { ...rsa, XksKeyId: "x" }, "UnsupportedOperationException", "XksKeyId"],
    ["no usage", { KeySpec: "RSA_2048" }, "ValidationException", "You must specify a KeyUsage value"],
    [
      "a usage that no RSA key has",
      { ...rsa, KeyUsage: "KEY_AGREEMENT" },
      "ValidationException",
      "KeyUsage KEY_AGREEMENT is not compatible with KeySpec RSA_2048",
    ],
    ["an unknown spec", { ...rsa, KeySpec: "RSA_1" as KeySpec }, "ValidationException", "Value 'RSA_1' at 'keySpec'"],
    ["an unknown usage", { ...rsa, KeyUsage: "X" as KeyUsageType }, "ValidationException", "Value 'X' at 'keyUsage'"],
    ["two specs", { ...rsa, CustomerMasterKeySpec: "RSA_2048" }, "ValidationException", "You cannot specify KeySpec"],
    [
      "a long description",
      { ...rsa, Description: "x".repeat(8193) },
      "ValidationException",
      "Value at 'description' failed to satisfy constraint: Member must have length less than or equal to 8192",
    ],
  ])("refuses %s", async (_, input, name, message) => {
    const refusal = await refusalOf(opened.client.send(new CreateKeyCommand(input)));
    expect(refusal).toEqual({ name, message: expect.stringContaining(message), status: 400 });
    expect((await opened.client.send(new ListKeysCommand())).Keys).toHaveLength(1);
  });
});

describe("importing a key", () => {
  const newId = "abcdefab-0000-4000-8000-000000000001";
  const rsaKey = createPrivateKey(nextPrivateKeyPem(2048));
  const { privateKey: ellipticKey } = generateKeyPairSync("ec", { namedCurve: "P-256" });

  test("accepts PKCS#1", async () => {
    const pem = rsaKey.export({ type: "pkcs1", format: "pem" }).toString();
    const KeyId = opened.kms.importKey({ keyId: newId, privateKeyPem: pem });
    const { PublicKey = new Uint8Array() } = await opened.client.send(new GetPublicKeyCommand({ KeyId }));
    expect(Buffer.from(PublicKey)).toEqual(createPublicKey(rsaKey).export({ type: "spki", format: "der" }));
  });

  test.each([
    ["an id in use", keyId, privateKeyPem, `${keyArn} already exists.`],
    ["an id that is not a UUID", "people", privateKeyPem, "A key id must be a UUID in lower case."],
    ["an id in upper case", newId.toUpperCase(), privateKeyPem, "A key id must be a UUID in lower case."],
    ["text that is not PEM", newId, "secret", "The private key must be in PEM and not encrypted."],
    [
      "an encrypted key",
      newId,
      rsaKey.export({ type: "pkcs8", format: "pem", cipher: "aes-256-cbc", passphrase: "x" }).toString(),
      "The private key must be in PEM and not encrypted.",
    ],
    [
      "an elliptic key",
      newId,
      ellipticKey.export({ type: "pkcs8", format: "pem" }).toString(),
      "The private key must be an RSA key of 2048, 3072 or 4096 bits.",
    ],
    ["a short key", newId, nextPrivateKeyPem(1024), "The private key must be an RSA key of 2048, 3072 or 4096 bits."],
  ])("refuses %s", (_, id, pem, message) => {
    expect(() => opened.kms.importKey({ keyId: id, privateKeyPem: pem })).toThrow(new Error(message));
  });
});
