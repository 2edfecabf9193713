/** EnableKey, DisableKey, ScheduleKeyDeletion, CancelKeyDeletion, and what a key can do in each state. */
import {
  CancelKeyDeletionCommand,
  CreateAliasCommand,
  DecryptCommand,
  DescribeKeyCommand,
  DisableKeyCommand,
  EnableKeyCommand,
  EncryptCommand,
  GetPublicKeyCommand,
  ListAliasesCommand,
  ListKeysCommand,
  ScheduleKeyDeletionCommand,
} from "@aws-sdk/client-kms";
import { afterEach, beforeEach, describe, expect, test } from "@jest/globals";
import { type KmsWithClient, openKms, refusalOf } from "../../support/local-kms.ts";
import { nextPrivateKeyPem } from "../../support/rsa-keys.ts";

const keyId = "1234abcd-12ab-34cd-56ef-1234567890ab";
const keyArn = `arn:aws:kms:eu-central-1:111122223333:key/${keyId}`;
const start = Date.UTC(2026, 0, 1);
const dayMs = 86_400_000;
const EncryptionAlgorithm = "RSAES_OAEP_SHA_256";
const privateKeyPem = nextPrivateKeyPem(2048);

let now: number;
let opened: KmsWithClient;

beforeEach(async () => {
  now = start;
  opened = await openKms({ clock: () => now });
  opened.kms.importKey({ keyId, privateKeyPem, description: "for people" });
});

afterEach(() => opened.close());

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

  test("a key pending deletion can be neither used nor changed", async () => {
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

  test("once its deletion is due, the key and its aliases are gone", async () => {
    await opened.client.send(new CreateAliasCommand({ AliasName: "alias/people", TargetKeyId: keyId }));
    await schedule(7);
    now += 7 * dayMs - 1;
    expect(await readMetadata()).toMatchObject({ KeyState: "PendingDeletion" });
    now += 1;
    expect(await refusalOf(readMetadata())).toMatchObject({ message: `Key '${keyArn}' does not exist` });
    expect(await opened.client.send(new ListAliasesCommand())).toMatchObject({ Aliases: [], Truncated: false });
    expect(await opened.client.send(new ListKeysCommand())).toMatchObject({ Keys: [], Truncated: false });
  });

  test("another key may get the id of a deleted one", async () => {
    const { PublicKey } = await readPublicKey();
    await schedule(7);
    now += 7 * dayMs;
    opened.kms.importKey({ keyId, privateKeyPem: nextPrivateKeyPem(2048) });
    expect((await readPublicKey()).PublicKey).not.toEqual(PublicKey);
  });
});
