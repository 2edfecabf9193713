import { createPublicKey, generateKeyPairSync } from "node:crypto";
import { mkdtempSync, rmSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import {
  CancelKeyDeletionCommand,
  CreateAliasCommand,
  CreateKeyCommand,
  type CreateKeyCommandInput,
  DecryptCommand,
  DescribeKeyCommand,
  DisableKeyCommand,
  EnableKeyCommand,
  EncryptCommand,
  GetPublicKeyCommand,
  type KeySpec,
  type KeyUsageType,
  ListAliasesCommand,
  ListKeysCommand,
  ScheduleKeyDeletionCommand,
} from "@aws-sdk/client-kms";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from "@jest/globals";
import { startKms } from "../../../local/kms/server.ts";
import { clientOf, type KmsWithClient, openKms, refusalOf } from "../../support/local-kms.ts";

const keyId = "1234abcd-12ab-34cd-56ef-1234567890ab";
const keyArn = `arn:aws:kms:eu-central-1:111122223333:key/${keyId}`;
const absentId = "00000000-0000-4000-8000-000000000000";
const start = Date.UTC(2026, 0, 1);
const dayMs = 86_400_000;
const EncryptionAlgorithm = "RSAES_OAEP_SHA_256";

const privateKeyPem = newPrivateKeyPem(2048);

function newPrivateKeyPem(modulusLength: number): string {
  const { privateKey } = generateKeyPairSync("rsa", { modulusLength });
  return privateKey.export({ type: "pkcs8", format: "pem" }).toString();
}

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
  ])("makes an %s key, whose public half is %i bytes of DER", async (KeySpec, bytes) => {
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

  test("takes the deprecated name of KeySpec", async () => {
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

describe("naming a key", () => {
  beforeEach(() => opened.client.send(new CreateAliasCommand({ AliasName: "alias/people", TargetKeyId: keyId })));

  test.each([
    ["its id", keyId],
    ["its ARN", keyArn],
    ["an alias", "alias/people"],
    ["an alias ARN", "arn:aws:kms:eu-central-1:111122223333:alias/people"],
  ])("works by %s", async (_, KeyId) => {
    const { KeyMetadata } = await opened.client.send(new DescribeKeyCommand({ KeyId }));
    expect(KeyMetadata?.Arn).toBe(keyArn);
  });

  const absentArn = `arn:aws:kms:eu-central-1:111122223333:key/${absentId}`;
  const foreignArn = `arn:aws:kms:eu-central-1:444455556666:key/${keyId}`;
  test.each([
    ["an id that is not there", absentId, `Key '${absentArn}' does not exist`],
    ["an ARN that is not there", absentArn, `Key '${absentArn}' does not exist`],
    ["another account", foreignArn, `Key '${foreignArn}' does not exist`],
    ["another Region", `arn:aws:kms:us-east-1:111122223333:key/${keyId}`, "Invalid arn us-east-1"],
    ["another service", "arn:aws:s3:::bucket", "Invalid keyId 'arn:aws:s3:::bucket'"],
    ["no id at all", "people", "Invalid keyId 'people'"],
    ["an alias that is not there", "alias/x", "Alias arn:aws:kms:eu-central-1:111122223333:alias/x is not found."],
    [
      "an alias ARN that is not there",
      "arn:aws:kms:eu-central-1:111122223333:alias/x/y",
      "Alias arn:aws:kms:eu-central-1:111122223333:alias/x/y is not found.",
    ],
  ])("finds nothing by %s", async (_, KeyId, message) => {
    const refusal = await refusalOf(opened.client.send(new DescribeKeyCommand({ KeyId })));
    expect(refusal).toEqual({ name: "NotFoundException", message, status: 400 });
  });

  test("an empty, overlong or missing name is not valid", async () => {
    for (const KeyId of ["", "x".repeat(2049), undefined]) {
      const refusal = await refusalOf(opened.client.send(new DescribeKeyCommand({ KeyId })));
      expect(refusal).toMatchObject({ name: "ValidationException", message: expect.stringContaining("'keyId'") });
    }
  });

  test("those who manage a key must name the key itself", async () => {
    const { client } = opened;
    const name = { KeyId: "alias/people" };
    const calls = [
      client.send(new EnableKeyCommand(name)),
      client.send(new DisableKeyCommand(name)),
      client.send(new ScheduleKeyDeletionCommand(name)),
      client.send(new CancelKeyDeletionCommand(name)),
      client.send(new ListAliasesCommand(name)),
    ];
    for (const refusal of await Promise.all(calls.map(refusalOf))) {
      expect(refusal).toMatchObject({ name: "NotFoundException", message: "Invalid keyId 'alias/people'" });
    }
  });

  test("each Region has keys of its own, found by the credential scope of the signature", async () => {
    const { kms } = opened;
    const american = clientOf(kms, "us-east-1");
    const refusal = await refusalOf(american.send(new DescribeKeyCommand({ KeyId: keyId })));
    expect(refusal.message).toBe(`Key 'arn:aws:kms:us-east-1:111122223333:key/${keyId}' does not exist`);
    expect(kms.importKey({ keyId, privateKeyPem, region: "us-east-1" })).toBe(
      `arn:aws:kms:us-east-1:111122223333:key/${keyId}`,
    );
    const { KeyMetadata } = await american.send(new DescribeKeyCommand({ KeyId: keyId }));
    expect(KeyMetadata?.Arn).toBe(`arn:aws:kms:us-east-1:111122223333:key/${keyId}`);
    american.destroy();
  });

  test.each([
    ["cn-north-1", `arn:aws-cn:kms:cn-north-1:111122223333:key/${keyId}`],
    ["us-gov-west-1", `arn:aws-us-gov:kms:us-gov-west-1:111122223333:key/${keyId}`],
  ])("an ARN of %s names its partition", (region, arn) => {
    expect(opened.kms.importKey({ keyId, privateKeyPem, region })).toBe(arn);
  });
});

describe("the states of a key", () => {
  const enable = () => opened.client.send(new EnableKeyCommand({ KeyId: keyId }));
  const disable = () => opened.client.send(new DisableKeyCommand({ KeyId: keyId }));
  const cancel = () => opened.client.send(new CancelKeyDeletionCommand({ KeyId: keyId }));
  const schedule = (PendingWindowInDays?: number) =>
    opened.client.send(new ScheduleKeyDeletionCommand({ KeyId: keyId, PendingWindowInDays }));
  const readMetadata = async () =>
    (await opened.client.send(new DescribeKeyCommand({ KeyId: keyId }))).KeyMetadata ?? { KeyId: undefined };
  const readPublicKey = () => opened.client.send(new GetPublicKeyCommand({ KeyId: keyId }));

  test("a key is enabled at first, and may be enabled again", async () => {
    await enable();
    expect(await readMetadata()).toMatchObject({ Enabled: true, KeyState: "Enabled", Description: "for people" });
  });

  test("a disabled key is described but not used, until it is enabled", async () => {
    await disable();
    await disable();
    expect(await readMetadata()).toMatchObject({ Enabled: false, KeyState: "Disabled" });
    expect(await refusalOf(readPublicKey())).toEqual({
      name: "DisabledException",
      message: `${keyArn} is disabled.`,
      status: 400,
    });
    await enable();
    expect((await readPublicKey()).KeyId).toBe(keyArn);
  });

  test.each([
    [undefined, 30],
    [7, 7],
    [30, 30],
  ])("deletion scheduled with %p is due after %i days", async (days, expected) => {
    const answer = await schedule(days);
    const DeletionDate = new Date(start + expected * dayMs);
    expect(answer).toMatchObject({
      KeyId: keyArn,
      DeletionDate,
      KeyState: "PendingDeletion",
      PendingWindowInDays: expected,
    });
    expect(await readMetadata()).toMatchObject({ Enabled: false, KeyState: "PendingDeletion", DeletionDate });
  });

  test.each([
    [6, "PendingWindowInDays must be between 7 and 30"],
    [31, "PendingWindowInDays must be between 7 and 30"],
    [0, "Value '0' at 'pendingWindowInDays' failed to satisfy constraint: Member must have value greater than"],
    [366, "Value '366' at 'pendingWindowInDays' failed to satisfy constraint: Member must have value less than"],
  ])("deletion after %i days is refused", async (days, message) => {
    expect(await refusalOf(schedule(days))).toMatchObject({
      name: "ValidationException",
      message: expect.stringContaining(message),
    });
    expect(await readMetadata()).toMatchObject({ KeyState: "Enabled" });
  });

  test("a key that is to be deleted can be neither used nor changed", async () => {
    await schedule();
    const { client } = opened;
    const calls = [
      readPublicKey(),
      client.send(new EncryptCommand({ KeyId: keyId, Plaintext: Buffer.of(1), EncryptionAlgorithm })),
      client.send(new DecryptCommand({ KeyId: keyId, CiphertextBlob: Buffer.alloc(256), EncryptionAlgorithm })),
      enable(),
      disable(),
      schedule(),
      client.send(new CreateAliasCommand({ AliasName: "alias/people", TargetKeyId: keyId })),
    ];
    for (const refusal of await Promise.all(calls.map(refusalOf))) {
      expect(refusal).toEqual({
        name: "KMSInvalidStateException",
        message: `${keyArn} is pending deletion.`,
        status: 400,
      });
    }
  });

  test("cancelling a deletion leaves the key disabled", async () => {
    await schedule();
    expect((await cancel()).KeyId).toBe(keyArn);
    const metadata = await readMetadata();
    expect(metadata).toMatchObject({ Enabled: false, KeyState: "Disabled" });
    expect(metadata).not.toHaveProperty("DeletionDate");
  });

  test("only a scheduled deletion can be cancelled", async () => {
    expect(await refusalOf(cancel())).toEqual({
      name: "KMSInvalidStateException",
      message: `${keyArn} is not pending deletion.`,
      status: 400,
    });
  });

  test("when its time has come, the key is not there any more, nor are its aliases", async () => {
    await opened.client.send(new CreateAliasCommand({ AliasName: "alias/people", TargetKeyId: keyId }));
    await schedule(7);
    now += 7 * dayMs - 1;
    expect(await readMetadata()).toMatchObject({ KeyState: "PendingDeletion" });
    now += 1;
    expect(await refusalOf(readMetadata())).toMatchObject({ message: `Key '${keyArn}' does not exist` });
    expect(await opened.client.send(new ListAliasesCommand())).toMatchObject({ Aliases: [], Truncated: false });
    expect(await opened.client.send(new ListKeysCommand())).toMatchObject({ Keys: [], Truncated: false });
  });

  test("another key may come under the id of a deleted one", async () => {
    const { PublicKey } = await readPublicKey();
    await schedule(7);
    now += 7 * dayMs;
    opened.kms.importKey({ keyId, privateKeyPem: newPrivateKeyPem(2048) });
    expect((await readPublicKey()).PublicKey).not.toEqual(PublicKey);
  });
});

describe("ListKeys", () => {
  const otherIds = [absentId, "ffffffff-0000-4000-8000-000000000000"];

  beforeEach(() => otherIds.forEach((id) => opened.kms.importKey({ keyId: id, privateKeyPem })));

  test("lists ids and ARNs", async () => {
    const { Keys = [], Truncated, NextMarker } = await opened.client.send(new ListKeysCommand());
    expect({ Truncated, NextMarker }).toEqual({ Truncated: false, NextMarker: undefined });
    expect(Keys.map(({ KeyId }) => KeyId)).toEqual([absentId, keyId, otherIds[1]]);
    expect(Keys[1]).toEqual({ KeyId: keyId, KeyArn: keyArn });
  });

  test.each([1, 2, 3])("in pages of %i, each key comes once", async (Limit) => {
    const seen: (string | undefined)[] = [];
    let Marker: string | undefined;
    do {
      const page = await opened.client.send(new ListKeysCommand({ Limit, Marker }));
      seen.push(...(page.Keys ?? []).map(({ KeyId }) => KeyId));
      expect(page.Truncated).toBe(page.NextMarker !== undefined);
      Marker = page.NextMarker;
    } while (Marker !== undefined);
    expect(seen).toEqual([absentId, keyId, otherIds[1]]);
  });

  test("a marker that no page ended with is refused", async () => {
    const refusal = await refusalOf(opened.client.send(new ListKeysCommand({ Marker: "not a marker" })));
    expect(refusal).toMatchObject({ name: "InvalidMarkerException", status: 400 });
  });

  test.each([0, 1001])("a page of %i is refused", async (Limit) => {
    const refusal = await refusalOf(opened.client.send(new ListKeysCommand({ Limit })));
    expect(refusal).toMatchObject({ name: "ValidationException", message: expect.stringContaining(`'${Limit}'`) });
  });
});

describe("importing a key", () => {
  const newId = "abcdefab-0000-4000-8000-000000000001";
  const { privateKey: rsaKey } = generateKeyPairSync("rsa", { modulusLength: 2048 });
  const { privateKey: ellipticKey } = generateKeyPairSync("ec", { namedCurve: "P-256" });

  test("PKCS#1 is taken too", async () => {
    const pem = rsaKey.export({ type: "pkcs1", format: "pem" }).toString();
    const KeyId = opened.kms.importKey({ keyId: newId, privateKeyPem: pem });
    const { PublicKey = new Uint8Array() } = await opened.client.send(new GetPublicKeyCommand({ KeyId }));
    expect(Buffer.from(PublicKey)).toEqual(createPublicKey(rsaKey).export({ type: "spki", format: "der" }));
  });

  test.each([
    ["an id that is taken", keyId, privateKeyPem, `${keyArn} exists already`],
    ["an id that is no UUID", "people", privateKeyPem, "a key id is a UUID in lower case"],
    ["an id in upper case", newId.toUpperCase(), privateKeyPem, "a key id is a UUID in lower case"],
    ["text that is no PEM", newId, "secret", "a KMS key needs an unencrypted private key in PEM"],
    [
      "an encrypted key",
      newId,
      rsaKey.export({ type: "pkcs8", format: "pem", cipher: "aes-256-cbc", passphrase: "x" }).toString(),
      "a KMS key needs an unencrypted private key in PEM",
    ],
    [
      "an elliptic key",
      newId,
      ellipticKey.export({ type: "pkcs8", format: "pem" }).toString(),
      "a KMS key needs an RSA private key of 2048, 3072 or 4096 bits",
    ],
    ["a short key", newId, newPrivateKeyPem(1024), "a KMS key needs an RSA private key of 2048, 3072 or 4096 bits"],
  ])("refuses %s", (_, id, pem, message) => {
    expect(() => opened.kms.importKey({ keyId: id, privateKeyPem: pem })).toThrow(new Error(message));
  });
});

describe("a database file", () => {
  let folder: string;
  let databaseFile: string;

  beforeAll(() => {
    folder = mkdtempSync(join(tmpdir(), "kms-"));
  });
  beforeEach(() => {
    databaseFile = join(folder, `${expect.getState().currentTestName}`.replaceAll(/\W/g, "-"));
  });
  afterAll(() => rmSync(folder, { recursive: true }));

  test("keeps keys, aliases and states over a restart", async () => {
    const first = await openKms({ databaseFile });
    const { KeyMetadata } = await first.client.send(
      new CreateKeyCommand({ KeySpec: "RSA_2048", KeyUsage: "ENCRYPT_DECRYPT" }),
    );
    const KeyId = KeyMetadata?.Arn;
    const Plaintext = Buffer.from("Zoë");
    const sealed = await first.client.send(new EncryptCommand({ KeyId, Plaintext, EncryptionAlgorithm }));
    await first.client.send(new CreateAliasCommand({ AliasName: "alias/kept", TargetKeyId: KeyId }));
    first.kms.importKey({ keyId, privateKeyPem });
    await first.client.send(new ScheduleKeyDeletionCommand({ KeyId: keyId }));
    const { KeyMetadata: scheduled } = await first.client.send(new DescribeKeyCommand({ KeyId: keyId }));
    await first.close();

    const second = await openKms({ databaseFile });
    const { client } = second;
    expect((await client.send(new DescribeKeyCommand({ KeyId: "alias/kept" }))).KeyMetadata).toEqual(KeyMetadata);
    expect((await client.send(new DescribeKeyCommand({ KeyId: keyId }))).KeyMetadata).toEqual(scheduled);
    const { CiphertextBlob } = sealed;
    const opened = await client.send(new DecryptCommand({ KeyId, CiphertextBlob, EncryptionAlgorithm }));
    expect(Buffer.from(opened.Plaintext ?? "")).toEqual(Plaintext);
    await second.close();
  });

  test("can be read by its owner only, and holds the private key as PKCS#8", async () => {
    const first = await openKms({ databaseFile });
    first.kms.importKey({ keyId, privateKeyPem });
    await first.close();
    expect(statSync(databaseFile).mode & 0o777).toBe(0o600);
    const database = new DatabaseSync(databaseFile);
    expect(database.prepare("SELECT private_key FROM keys").get()).toEqual({ private_key: privateKeyPem });
    database.close();
  });

  test("in which something else lives is refused and left alone", async () => {
    const database = new DatabaseSync(databaseFile);
    database.exec("CREATE TABLE people (name TEXT)");
    await expect(startKms({ port: 0, databaseFile })).rejects.toThrow(`${databaseFile} is not a database of this KMS`);
    expect(database.prepare("SELECT name FROM sqlite_schema").all()).toEqual([{ name: "people" }]);
    database.close();
  });

  test("that is no database is refused", async () => {
    writeFileSync(databaseFile, "x".repeat(2000));
    await expect(startKms({ port: 0, databaseFile })).rejects.toThrow(`${databaseFile} is not a database of this KMS`);
  });

  test("in a folder that is not there is refused", async () => {
    await expect(startKms({ port: 0, databaseFile: join(folder, "absent", "kms") })).rejects.toThrow("ENOENT");
  });
});
