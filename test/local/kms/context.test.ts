/** The names of keys in requests. */
import {
  CancelKeyDeletionCommand,
  CreateAliasCommand,
  DescribeKeyCommand,
  DisableKeyCommand,
  EnableKeyCommand,
  ListAliasesCommand,
  ScheduleKeyDeletionCommand,
} from "@aws-sdk/client-kms";
import { afterEach, beforeEach, describe, expect, test } from "@jest/globals";
import { clientOf, type KmsWithClient, openKms, refusalOf } from "../../support/local-kms.ts";
import { nextPrivateKeyPem } from "../../support/rsa-keys.ts";

const keyId = "1234abcd-12ab-34cd-56ef-1234567890ab";
const keyArn = `arn:aws:kms:eu-central-1:111122223333:key/${keyId}`;
const absentId = "00000000-0000-4000-8000-000000000000";
const privateKeyPem = nextPrivateKeyPem(2048);

let opened: KmsWithClient;

beforeEach(async () => {
  opened = await openKms();
  opened.kms.importKey({ keyId, privateKeyPem, description: "for people" });
});

afterEach(() => opened.close());

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

  test("operations that manage a key take no alias", async () => {
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
