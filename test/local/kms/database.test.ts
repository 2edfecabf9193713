/** The database file of a KMS over restarts, and other files. */
import { mkdtempSync, rmSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import {
  CreateAliasCommand,
  CreateKeyCommand,
  DecryptCommand,
  DescribeKeyCommand,
  EncryptCommand,
  ScheduleKeyDeletionCommand,
} from "@aws-sdk/client-kms";
import { afterAll, beforeAll, beforeEach, describe, expect, test } from "@jest/globals";
import { startKms } from "../../../local/kms/server.ts";
import { openKms } from "../../support/local-kms.ts";
import { nextPrivateKeyPem } from "../../support/rsa-keys.ts";

const keyId = "1234abcd-12ab-34cd-56ef-1234567890ab";
const EncryptionAlgorithm = "RSAES_OAEP_SHA_256";
const privateKeyPem = nextPrivateKeyPem(2048);

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

  test("of another program is refused and not changed", async () => {
    const database = new DatabaseSync(databaseFile);
    database.exec("CREATE TABLE people (name TEXT)");
    await expect(startKms({ port: 0, databaseFile })).rejects.toThrow(`${databaseFile} is not a database of this KMS`);
    expect(database.prepare("SELECT name FROM sqlite_schema").all()).toEqual([{ name: "people" }]);
    database.close();
  });

  test("that is not a database is refused", async () => {
    writeFileSync(databaseFile, "x".repeat(2000));
    await expect(startKms({ port: 0, databaseFile })).rejects.toThrow(`${databaseFile} is not a database of this KMS`);
  });

  test("in a missing folder is refused", async () => {
    await expect(startKms({ port: 0, databaseFile: join(folder, "absent", "kms") })).rejects.toThrow("ENOENT");
  });
});
