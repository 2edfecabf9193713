/** Imports of key material, wrapped as in PKCS #11 and RFC 5649. */
import {
  constants,
  createCipheriv,
  createPrivateKey,
  createPublicKey,
  type KeyObject,
  publicEncrypt,
  randomBytes,
} from "node:crypto";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import {
  CancelKeyDeletionCommand,
  CreateKeyCommand,
  DecryptCommand,
  DeleteImportedKeyMaterialCommand,
  DescribeKeyCommand,
  EnableKeyCommand,
  GetParametersForImportCommand,
  type GetParametersForImportCommandInput,
  GetPublicKeyCommand,
  ImportKeyMaterialCommand,
  type ImportKeyMaterialCommandInput,
  ListKeysCommand,
  ScheduleKeyDeletionCommand,
} from "@aws-sdk/client-kms";
import { afterAll, beforeAll, beforeEach, describe, expect, test } from "@jest/globals";
import { startKms } from "../../../local/kms/server.ts";
import { clientOf, type KmsWithClient, openKms, refusalOf } from "../../support/local-kms.ts";
import { nextPrivateKeyPem } from "../../support/rsa-keys.ts";

const own = createPrivateKey(nextPrivateKeyPem(2048));
const other = createPrivateKey(nextPrivateKeyPem(2048));
const longer = createPrivateKey(nextPrivateKeyPem(3072));
const oaepHash = { RSA_AES_KEY_WRAP_SHA_1: "sha1", RSA_AES_KEY_WRAP_SHA_256: "sha256" } as const;
type Algorithm = keyof typeof oaepHash;

let local: KmsWithClient;
let now = Date.UTC(2026, 0, 1);
let keyArn: string;
beforeAll(async () => {
  local = await openKms({ clock: () => now });
});
afterAll(() => local.close());
beforeEach(async () => {
  keyArn = await makeKey("EXTERNAL");
});

async function makeKey(Origin: "EXTERNAL" | "AWS_KMS"): Promise<string> {
  const { KeyMetadata } = await local.client.send(
    new CreateKeyCommand({ KeySpec: "RSA_2048", KeyUsage: "ENCRYPT_DECRYPT", Origin }),
  );
  return String(KeyMetadata?.Arn);
}

const describeKey = async () => (await local.client.send(new DescribeKeyCommand({ KeyId: keyArn }))).KeyMetadata;

function wrap(material: KeyObject, wrappingKey: Uint8Array, algorithm: Algorithm): Buffer {
  const aesKey = randomBytes(32);
  const cipher = createCipheriv("id-aes256-wrap-pad", aesKey, Buffer.from("a65959a6", "hex"));
  const wrapped = Buffer.concat([cipher.update(material.export({ type: "pkcs8", format: "der" })), cipher.final()]);
  const key = createPublicKey({ key: Buffer.from(wrappingKey), format: "der", type: "spki" });
  return Buffer.concat([
    publicEncrypt({ key, padding: constants.RSA_PKCS1_OAEP_PADDING, oaepHash: oaepHash[algorithm] }, aesKey),
    wrapped,
  ]);
}

interface Import {
  readonly material?: KeyObject;
  readonly algorithm?: Algorithm;
  readonly parameters?: Partial<GetParametersForImportCommandInput>;
  readonly input?: Partial<ImportKeyMaterialCommandInput>;
}

async function importMaterial({
  material = own,
  algorithm = "RSA_AES_KEY_WRAP_SHA_256",
  parameters,
  input,
}: Import = {}): Promise<void> {
  const { ImportToken, PublicKey = new Uint8Array() } = await local.client.send(
    new GetParametersForImportCommand({
      KeyId: keyArn,
      WrappingAlgorithm: algorithm,
      WrappingKeySpec: "RSA_2048",
      ...parameters,
    }),
  );
  const EncryptedKeyMaterial = wrap(material, PublicKey, algorithm);
  await local.client.send(
    new ImportKeyMaterialCommand({
      KeyId: keyArn,
      ImportToken,
      EncryptedKeyMaterial,
      ExpirationModel: "KEY_MATERIAL_DOES_NOT_EXPIRE",
      ...input,
    }),
  );
}

describe.each<Algorithm>(["RSA_AES_KEY_WRAP_SHA_1", "RSA_AES_KEY_WRAP_SHA_256"])("%s", (algorithm) => {
  test("a key waits for its material, and then opens what is encrypted for it", async () => {
    expect(await describeKey()).toMatchObject({ KeyState: "PendingImport", Enabled: false, Origin: "EXTERNAL" });
    expect((await refusalOf(local.client.send(new GetPublicKeyCommand({ KeyId: keyArn })))).name).toBe(
      "KMSInvalidStateException",
    );
    await importMaterial({ algorithm });
    expect(await describeKey()).toMatchObject({
      KeyState: "Enabled",
      Origin: "EXTERNAL",
      ExpirationModel: "KEY_MATERIAL_DOES_NOT_EXPIRE",
    });
    const CiphertextBlob = publicEncrypt({ key: createPublicKey(own), oaepHash: "sha256" }, Buffer.from("value"));
    const { Plaintext } = await local.client.send(
      new DecryptCommand({ KeyId: keyArn, CiphertextBlob, EncryptionAlgorithm: "RSAES_OAEP_SHA_256" }),
    );
    expect(Buffer.from(Plaintext ?? []).toString()).toBe("value");
  });
});

test("after a deletion, only the same material can be imported", async () => {
  await importMaterial();
  await local.client.send(new DeleteImportedKeyMaterialCommand({ KeyId: keyArn }));
  expect(await describeKey()).toMatchObject({ KeyState: "PendingImport" });
  expect((await refusalOf(importMaterial({ material: other }))).name).toBe("IncorrectKeyMaterialException");
  await importMaterial();
  expect(await describeKey()).toMatchObject({ KeyState: "Enabled" });
});

test("a cancelled deletion before the import leaves the key pending import", async () => {
  await local.client.send(new ScheduleKeyDeletionCommand({ KeyId: keyArn }));
  await local.client.send(new CancelKeyDeletionCommand({ KeyId: keyArn }));
  expect(await describeKey()).toMatchObject({ KeyState: "PendingImport" });
});

describe("refusals", () => {
  test.each<{ readonly why: string; readonly name: string; readonly change: Import }>([
    { why: "material of another size", name: "IncorrectKeyMaterialException", change: { material: longer } },
    {
      why: "another token",
      name: "InvalidImportTokenException",
      change: { input: { ImportToken: Buffer.from("token") } },
    },
    {
      why: "mangled material",
      name: "InvalidCiphertextException",
      change: { input: { EncryptedKeyMaterial: Buffer.alloc(1_500) } },
    },
    {
      why: "material that expires",
      name: "UnsupportedOperationException",
      change: { input: { ExpirationModel: "KEY_MATERIAL_EXPIRES" } },
    },
    {
      why: "a wrapping that is too short",
      name: "ValidationException",
      change: { parameters: { WrappingAlgorithm: "RSAES_OAEP_SHA_256" } },
    },
    { why: "an unknown wrapping key", name: "ValidationException", change: { parameters: { WrappingKeySpec: "SM2" } } },
  ])("$why", async ({ name, change }) => {
    expect((await refusalOf(importMaterial(change))).name).toBe(name);
    expect(await describeKey()).toMatchObject({ KeyState: "PendingImport" });
  });

  test("a token of another key is refused", async () => {
    const { ImportToken } = await local.client.send(
      new GetParametersForImportCommand({
        KeyId: keyArn,
        WrappingAlgorithm: "RSA_AES_KEY_WRAP_SHA_256",
        WrappingKeySpec: "RSA_2048",
      }),
    );
    keyArn = await makeKey("EXTERNAL");
    expect((await refusalOf(importMaterial({ input: { ImportToken } }))).name).toBe("InvalidImportTokenException");
  });

  test("an expired token is refused", async () => {
    const { ImportToken } = await local.client.send(
      new GetParametersForImportCommand({
        KeyId: keyArn,
        WrappingAlgorithm: "RSA_AES_KEY_WRAP_SHA_256",
        WrappingKeySpec: "RSA_2048",
      }),
    );
    now += 2 * 86_400_000;
    expect((await refusalOf(importMaterial({ input: { ImportToken } }))).name).toBe("ExpiredImportTokenException");
  });

  test("a key of KMS takes no material, and a key without material cannot be enabled", async () => {
    expect((await refusalOf(local.client.send(new EnableKeyCommand({ KeyId: keyArn })))).name).toBe(
      "KMSInvalidStateException",
    );
    keyArn = await makeKey("AWS_KMS");
    expect((await refusalOf(importMaterial())).name).toBe("UnsupportedOperationException");
  });
});

test("a file of the previous version keeps its keys", async () => {
  const folder = mkdtempSync(join(tmpdir(), "fieldseal-kms-"));
  const databaseFile = join(folder, "kms.sqlite");
  const first = await startKms({ port: 0, databaseFile });
  const arn = first.importKey({
    keyId: "00000000-0000-4000-8000-000000000001",
    privateKeyPem: own.export({ type: "pkcs8", format: "pem" }).toString(),
  });
  await first.close();
  const database = new DatabaseSync(databaseFile);
  database.exec(
    "ALTER TABLE keys DROP COLUMN material_digest; ALTER TABLE keys DROP COLUMN origin; PRAGMA user_version = 1;",
  );
  database.close();
  const second = await startKms({ port: 0, databaseFile });
  const client = clientOf(second, "eu-central-1");
  try {
    expect((await client.send(new ListKeysCommand())).Keys).toMatchObject([{ KeyArn: arn }]);
    expect((await client.send(new GetPublicKeyCommand({ KeyId: arn }))).KeySpec).toBe("RSA_2048");
  } finally {
    client.destroy();
    await second.close();
    rmSync(folder, { recursive: true });
  }
});
