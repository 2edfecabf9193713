import {
  CreateAliasCommand,
  DeleteAliasCommand,
  DescribeKeyCommand,
  ListAliasesCommand,
  ScheduleKeyDeletionCommand,
  UpdateAliasCommand,
} from "@aws-sdk/client-kms";
import { afterEach, beforeEach, describe, expect, test } from "@jest/globals";
import { clientOf, type KmsWithClient, openKms, refusalOf } from "../../support/local-kms.ts";
import { nextPrivateKeyPem } from "../../support/rsa-keys.ts";

const firstId = "11111111-1111-4111-8111-111111111111";
const secondId = "22222222-2222-4222-8222-222222222222";
const secondArn = `arn:aws:kms:eu-central-1:111122223333:key/${secondId}`;
const aliasArn = "arn:aws:kms:eu-central-1:111122223333:alias/people";
const AliasName = "alias/people";
const start = Date.UTC(2026, 0, 1);
const privateKeyPem = nextPrivateKeyPem(2048);

let now: number;
let opened: KmsWithClient;

beforeEach(async () => {
  now = start;
  opened = await openKms({ clock: () => now });
  opened.kms.importKey({ keyId: firstId, privateKeyPem });
  opened.kms.importKey({ keyId: secondId, privateKeyPem });
});

afterEach(() => opened.close());

const create = (name: string | undefined, TargetKeyId: string | undefined = firstId) =>
  opened.client.send(new CreateAliasCommand({ AliasName: name, TargetKeyId }));
const update = (name: string, TargetKeyId: string) =>
  opened.client.send(new UpdateAliasCommand({ AliasName: name, TargetKeyId }));
const remove = (name: string) => opened.client.send(new DeleteAliasCommand({ AliasName: name }));
const findTarget = async (KeyId: string) =>
  (await opened.client.send(new DescribeKeyCommand({ KeyId }))).KeyMetadata?.KeyId;

test("an alias names a key, then another, then none", async () => {
  await create(AliasName);
  expect(await findTarget(AliasName)).toBe(firstId);
  await update(AliasName, secondArn);
  expect(await findTarget(AliasName)).toBe(secondId);
  await remove(AliasName);
  const absent = { name: "NotFoundException", message: `Alias ${aliasArn} is not found.`, status: 400 };
  expect(await refusalOf(findTarget(AliasName))).toEqual(absent);
  expect(await refusalOf(remove(AliasName))).toEqual(absent);
  expect(await refusalOf(update(AliasName, firstId))).toEqual(absent);
});

test("the answers have no members", async () => {
  const { $metadata, ...members } = await create(AliasName);
  expect(members).toEqual({});
  expect($metadata).toMatchObject({ httpStatusCode: 200 });
});

test("an existing alias cannot be created again", async () => {
  await create(AliasName);
  expect(await refusalOf(create(AliasName, secondId))).toEqual({
    name: "AlreadyExistsException",
    message: `An alias with the name ${aliasArn} already exists`,
    status: 400,
  });
  expect(await findTarget(AliasName)).toBe(firstId);
});

test("each Region has aliases of its own", async () => {
  await create(AliasName);
  const american = clientOf(opened.kms, "us-east-1");
  const refusal = await refusalOf(american.send(new DescribeKeyCommand({ KeyId: AliasName })));
  expect(refusal.message).toBe("Alias arn:aws:kms:us-east-1:111122223333:alias/people is not found.");
  american.destroy();
});

describe("a name", () => {
  test.each(["alias/a", "alias/a/b-C_9", "alias/awsome", `alias/${"x".repeat(250)}`])("may be %s", async (name) => {
    await create(name);
    expect(await findTarget(name)).toBe(firstId);
  });

  const pattern = "failed to satisfy constraint: Member must satisfy regular expression pattern: ^[a-zA-Z0-9:/_-]+$";
  test.each([
    ["people", "ValidationException", 'Alias must start with the prefix "alias/".'],
    ["alias/a b", "ValidationException", `Value 'alias/a b' at 'aliasName' ${pattern}`],
    ["alias/ä", "ValidationException", `Value 'alias/ä' at 'aliasName' ${pattern}`],
    [`alias/${"x".repeat(251)}`, "ValidationException", "Member must have length less than or equal to 256"],
    ["", "ValidationException", "Member must have length greater than or equal to 1"],
    [undefined, "ValidationException", "Value null at 'aliasName' failed to satisfy"],
    ["alias/a:b", "InvalidAliasNameException", "alias/a:b contains invalid characters for an alias"],
    ["alias/", "InvalidAliasNameException", "alias/ contains invalid characters for an alias"],
    ["alias/aws/s3", "NotAuthorizedException", "UnknownError"],
  ])("may not be %s", async (name, error, message) => {
    expect(await refusalOf(create(name))).toEqual({
      name: error,
      message: expect.stringContaining(message),
      status: 400,
    });
  });
});

describe("a target", () => {
  beforeEach(() => create(AliasName));

  test.each([AliasName, aliasArn])("may not be an alias, such as %s", async (target) => {
    const refusal = { name: "ValidationException", message: "Aliases must refer to keys. Not aliases" };
    expect(await refusalOf(create("alias/other", target))).toMatchObject(refusal);
    expect(await refusalOf(update(AliasName, target))).toMatchObject(refusal);
  });

  test("must exist", async () => {
    const absent = "00000000-0000-4000-8000-000000000000";
    const refusal = { name: "NotFoundException", message: expect.stringContaining(absent) };
    expect(await refusalOf(create("alias/other", absent))).toMatchObject(refusal);
    expect(await refusalOf(update(AliasName, absent))).toMatchObject(refusal);
  });

  test("must not be pending deletion, but an alias may move away from such a key", async () => {
    await opened.client.send(new ScheduleKeyDeletionCommand({ KeyId: firstId }));
    expect(await refusalOf(create("alias/other", firstId))).toMatchObject({ name: "KMSInvalidStateException" });
    expect(await refusalOf(update(AliasName, firstId))).toMatchObject({ name: "KMSInvalidStateException" });
    await update(AliasName, secondId);
    expect(await findTarget(AliasName)).toBe(secondId);
  });
});

describe("ListAliases", () => {
  beforeEach(async () => {
    await create("alias/b", firstId);
    await create("alias/a", secondId);
    await create("alias/c", firstId);
  });

  const list = async (KeyId?: string, Limit?: number, Marker?: string) =>
    opened.client.send(new ListAliasesCommand({ KeyId, Limit, Marker }));
  const namesOf = ({ Aliases = [] }: Awaited<ReturnType<typeof list>>) => Aliases.map((alias) => alias.AliasName);

  test("lists name, ARN, target and times", async () => {
    now += 1500;
    await update("alias/a", firstId);
    const { Aliases = [] } = await list();
    expect(Aliases[0]).toEqual({
      AliasName: "alias/a",
      AliasArn: "arn:aws:kms:eu-central-1:111122223333:alias/a",
      TargetKeyId: firstId,
      CreationDate: new Date(start),
      LastUpdatedDate: new Date(start + 1500),
    });
  });

  test("lists all, or those of one key", async () => {
    expect(namesOf(await list())).toEqual(["alias/a", "alias/b", "alias/c"]);
    expect(namesOf(await list(firstId))).toEqual(["alias/b", "alias/c"]);
    expect(namesOf(await list(secondArn))).toEqual(["alias/a"]);
  });

  test("in pages, each alias comes once", async () => {
    const first = await list(firstId, 1);
    expect(namesOf(first)).toEqual(["alias/b"]);
    expect(first.Truncated).toBe(true);
    const second = await list(firstId, 1, first.NextMarker);
    expect(namesOf(second)).toEqual(["alias/c"]);
    expect(second).toMatchObject({ Truncated: false });
    expect(second.NextMarker).toBeUndefined();
  });

  test("50 make a page by default", async () => {
    for (let index = 0; index < 48; index += 1) await create(`alias/d${index}`);
    const page = await list();
    expect(page.Aliases).toHaveLength(50);
    expect(namesOf(await list(undefined, undefined, page.NextMarker))).toHaveLength(1);
  });
});
