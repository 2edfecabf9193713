/** Who may do what, decided from the synthesised policies as IAM decides it. */
import { beforeAll, describe, expect, test } from "@jest/globals";
import { App } from "aws-cdk-lib";
import { addKeyStack } from "../../infra/key-stack.ts";
import { isAllowed, isAllowedByKey, type PlacedPolicy } from "../support/iam.ts";
import {
  policiesOf,
  policyWithKeys,
  type Resource,
  resourcesOf,
  type SynthesisedStage,
  settingsWith,
  synthesise,
} from "../support/stage.ts";

const keyIds = ["mrk-00000000000000000000000000000001", "mrk-00000000000000000000000000000002"] as const;
const arnOf = (id: "01" | "02", region = "eu-central-1"): string =>
  `arn:aws:kms:${region}:111122223333:key/${keyIds[id === "01" ? 0 : 1]}`;
const roleArn = (name: string): string => `arn:aws:iam::111122223333:role/${name}`;
const hmacKeyArn = "arn:aws:kms:eu-central-1:111122223333:key/00000000-0000-4000-8000-000000000009";
const lakeKeyArn = "arn:aws:kms:eu-central-1:111122223333:key/00000000-0000-4000-8000-000000000008";
const sourceKeyArn = "arn:aws:kms:eu-central-1:111122223333:key/00000000-0000-4000-8000-000000000007";
const batch = {
  sources: [{ bucket: "raw-lake", prefix: "people/", kmsKeyArn: sourceKeyArn }],
  destination: { bucket: "open-lake", prefix: "restored/", kmsKeyArn: lakeKeyArn },
  jobs: { bucket: "lake-jobs", prefix: "billing/" },
};
const readers = {
  billing: {
    open: ["01"],
    callers: [roleArn("billing"), "arn:aws:iam::444455556666:role/partner"],
    views: { recipients: { "01": "pseudonym" } },
    pseudonymKeyArn: hmacKeyArn,
  },
  support: {
    open: ["01", "02"],
    views: { recipients: { "01": "last-four" } },
    pseudonymKeyArn: hmacKeyArn,
    callers: [{ service: "logs.amazonaws.com", sourceArn: "arn:aws:logs:eu-central-1:111122223333:log-group:/app:*" }],
  },
  lake: { open: ["02"], ...batch },
  mover: { open: ["01"], rewrapTo: "02", ...batch },
  tokyo: { open: ["01"], region: "ap-northeast-1" },
};

let stage: SynthesisedStage;
beforeAll(() => {
  const changes = {
    readers,
    multiRegion: "true",
    replicaRegions: "ap-northeast-1",
    verifiers: roleArn("deploy"),
    rewrap: "01>02",
    operators: roleArn("operator"),
    alarmEmail: "security@example.com",
    canaryUrl: "https://api.example.com/people",
    canaryBody: "{{canary}}",
    canaryReader: "support",
  };
  stage = synthesise(changes, policyWithKeys(keyIds), { validate: true });
});

const everything: readonly PlacedPolicy[] = [{ Statement: [{ Effect: "Allow", Action: "*", Resource: "*" }] }];
const oaep = { "kms:EncryptionAlgorithm": "RSAES_OAEP_SHA_256" };

/** The key's policy in the Region of its ARN, and the logical id that IAM policies of the key stack know it by. */
function findKey(id: "01" | "02", region: string): { readonly policy: PlacedPolicy; readonly logicalId: string } {
  const stack = region === "eu-central-1" ? "fieldseal-prod-keys" : `fieldseal-prod-keys-${region}`;
  const [logicalId, key] =
    Object.entries(stage.stacks[stack] ?? {}).find(
      ([name, { Type }]) => name.startsWith(`Recipient${id}`) && Type.endsWith("Key"),
    ) ?? [];
  if (logicalId === undefined || key === undefined) throw new TypeError(`there is no key ${id} in ${region}`);
  return { policy: key.Properties["KeyPolicy"] as PlacedPolicy, logicalId };
}

/** By its own policies; `AdministratorAccess` for whoever is no role of the stage. */
function may(
  principal: string,
  action: string,
  id: "01" | "02",
  context: Readonly<Record<string, string>> = {},
  region = "eu-central-1",
): boolean {
  const { policy, logicalId } = findKey(id, region);
  const own = principal.startsWith("fieldseal-prod-") && principal !== "fieldseal-prod-break-glass";
  const identity = own ? policiesOf(stage, principal) : everything;
  const request = { principal: principal.startsWith("arn:") ? principal : roleArn(principal), action, context };
  return [arnOf(id, region), logicalId].some((resource) => isAllowedByKey(policy, identity, { ...request, resource }));
}

describe("use of keys", () => {
  test.each([
    { who: "fieldseal-prod-reader-billing", decrypts: ["01"] },
    { who: "fieldseal-prod-reader-support", decrypts: ["01", "02"] },
    { who: "fieldseal-prod-reader-lake", decrypts: ["02"] },
    { who: "fieldseal-prod-reader-mover", decrypts: [] },
    { who: "fieldseal-prod-reader-tokyo", decrypts: [] },
    { who: "fieldseal-prod-verifier", decrypts: ["01", "02"] },
    { who: "fieldseal-prod-rewrap-01-02", decrypts: [] },
    { who: "fieldseal-prod-batch-lake", decrypts: [] },
    { who: "fieldseal-prod-edge-logs", decrypts: [] },
    { who: "administrator", decrypts: [] },
    { who: "fieldseal-prod-break-glass", decrypts: [] },
    { who: "fieldseal-prod-reader-billing2", decrypts: [] },
    { who: "arn:aws:iam::111122223333:root", decrypts: [] },
    { who: "arn:aws:iam::444455556666:role/fieldseal-prod-reader-billing", decrypts: [] },
  ])("$who decrypts $decrypts", ({ who, decrypts }) => {
    const known =
      who.startsWith("arn:") ||
      resourcesOf(stage, "AWS::IAM::Role").some(({ Properties }) => Properties["RoleName"] === who);
    const principal = known || !who.startsWith("fieldseal-") || who.endsWith("break-glass") ? who : roleArn(who);
    for (const id of ["01", "02"] as const) {
      expect(may(principal, "kms:Decrypt", id, oaep)).toBe(decrypts.some((each) => each === id));
      expect(may(principal, "kms:Decrypt", id, { "kms:EncryptionAlgorithm": "RSAES_OAEP_SHA_1" })).toBe(false);
      expect(may(principal, "kms:Decrypt", id)).toBe(false);
    }
  });

  test("in a replica's Region its reader decrypts, and nobody else", () => {
    expect(may("fieldseal-prod-reader-tokyo", "kms:Decrypt", "01", oaep, "ap-northeast-1")).toBe(true);
    expect(may("fieldseal-prod-reader-tokyo", "kms:Decrypt", "02", oaep, "ap-northeast-1")).toBe(false);
    for (const who of ["fieldseal-prod-reader-support", "fieldseal-prod-verifier", "administrator"]) {
      expect(may(who, "kms:Decrypt", "01", oaep, "ap-northeast-1")).toBe(false);
    }
  });

  test.each(["fieldseal-prod-rewrap-01-02", "fieldseal-prod-reader-mover"])(
    "%s moves from 01 to 02 and never back",
    (who) => {
      expect(may(who, "kms:ReEncryptFrom", "01", oaep)).toBe(true);
      expect(may(who, "kms:ReEncryptTo", "02", oaep)).toBe(true);
      expect(may(who, "kms:ReEncryptFrom", "02", oaep)).toBe(false);
      expect(may(who, "kms:ReEncryptTo", "01", oaep)).toBe(false);
      expect(may(who, "kms:ReEncryptFrom", "01", { "kms:EncryptionAlgorithm": "RSAES_OAEP_SHA_1" })).toBe(false);
    },
  );

  test("rewrap asks for the new key's size, and readers move nothing", () => {
    expect(may("fieldseal-prod-rewrap-01-02", "kms:DescribeKey", "02")).toBe(true);
    for (const who of [
      "fieldseal-prod-reader-billing",
      "fieldseal-prod-reader-lake",
      "fieldseal-prod-verifier",
      "administrator",
    ]) {
      for (const action of [
        "kms:ReEncryptFrom",
        "kms:ReEncryptTo",
        "kms:Encrypt",
        "kms:CreateGrant",
        "kms:GenerateMac",
      ]) {
        expect(may(who, action, "01", oaep)).toBe(false);
      }
    }
  });

  test("the verifier asks for public keys", () => {
    expect(may("fieldseal-prod-verifier", "kms:GetPublicKey", "01")).toBe(true);
    expect(may("fieldseal-prod-reader-billing", "kms:GetPublicKey", "01")).toBe(false);
  });
});

describe("administration and loss of keys", () => {
  const deployment = "cdk-hnb659fds-cfn-exec-role-111122223333-eu-central-1";
  const root = "arn:aws:iam::111122223333:root";
  const breakGlass = "fieldseal-prod-break-glass";

  test.each([
    { action: "kms:PutKeyPolicy", by: [deployment, root, breakGlass] },
    { action: "kms:DisableKey", by: [breakGlass] },
    { action: "kms:ScheduleKeyDeletion", by: [breakGlass] },
    { action: "kms:DeleteImportedKeyMaterial", by: [breakGlass] },
    { action: "kms:UpdatePrimaryRegion", by: [breakGlass] },
    { action: "kms:CreateGrant", by: [] },
    { action: "kms:Encrypt", by: [] },
    { action: "kms:EnableKey", by: [deployment, root, breakGlass, "administrator"] },
    { action: "kms:CancelKeyDeletion", by: [deployment, root, breakGlass, "administrator"] },
    { action: "kms:GetPublicKey", by: [deployment, root, breakGlass, "administrator"] },
  ])("$action by $by", ({ action, by }) => {
    const allowed = [
      deployment,
      root,
      breakGlass,
      "administrator",
      "fieldseal-prod-reader-billing",
      "arn:aws:iam::444455556666:root",
    ].filter((who) => may(who, action, "01"));
    expect(allowed).toEqual(by);
  });

  test("replicas are made in the named Region, by the deployment", () => {
    expect(may(deployment, "kms:ReplicateKey", "01", { "kms:ReplicaRegion": "ap-northeast-1" })).toBe(true);
    expect(may(deployment, "kms:ReplicateKey", "01", { "kms:ReplicaRegion": "us-west-2" })).toBe(false);
    expect(may("administrator", "kms:ReplicateKey", "01", { "kms:ReplicaRegion": "ap-northeast-1" })).toBe(false);
  });

  test("material that expires is not imported without break-glass", () => {
    const expires = { "kms:ExpirationModel": "KEY_MATERIAL_EXPIRES" };
    expect(may("administrator", "kms:ImportKeyMaterial", "01", expires)).toBe(false);
    expect(
      may("administrator", "kms:ImportKeyMaterial", "01", { "kms:ExpirationModel": "KEY_MATERIAL_DOES_NOT_EXPIRE" }),
    ).toBe(true);
    expect(may(breakGlass, "kms:ImportKeyMaterial", "01", expires)).toBe(true);
  });

  test("each pair of recipients has a role of its own", () => {
    const pairs = synthesise({ rewrap: "01>02,02>01", operators: roleArn("operator") }, policyWithKeys(["1", "2"]));
    const names = resourcesOf(pairs, "AWS::IAM::Role")
      .map(({ Properties }) => Properties["RoleName"])
      .filter((name) => String(name).includes("rewrap"));
    expect(names).toEqual(["fieldseal-prod-rewrap-01-02", "fieldseal-prod-rewrap-02-01"]);
    const [id = ""] = resourcesOf(pairs, "AWS::KMS::Key").flatMap((key) =>
      key.id.startsWith("Recipient01") ? [key.id] : [],
    );
    const mayMove = (name: string, action: string): boolean =>
      isAllowed(policiesOf(pairs, name), { principal: roleArn(name), action, resource: id, context: oaep });
    expect([
      mayMove("fieldseal-prod-rewrap-01-02", "kms:ReEncryptFrom"),
      mayMove("fieldseal-prod-rewrap-02-01", "kms:ReEncryptFrom"),
    ]).toEqual([true, false]);
    expect([
      mayMove("fieldseal-prod-rewrap-01-02", "kms:ReEncryptTo"),
      mayMove("fieldseal-prod-rewrap-02-01", "kms:ReEncryptTo"),
    ]).toEqual([false, true]);
  });

  test("another administrator can be named", () => {
    const named = synthesise({ keyAdministrators: roleArn("key-keeper") }, policyWithKeys(["1", "2"]));
    const [key] = resourcesOf(named, "AWS::KMS::Key");
    const request = { principal: roleArn("key-keeper"), action: "kms:PutKeyPolicy", resource: "*" };
    expect(isAllowedByKey(key?.Properties["KeyPolicy"] as PlacedPolicy, everything, request)).toBe(true);
  });

  test("policies fit, and too many readers are told at synth", () => {
    const many = (count: number): object =>
      Object.fromEntries(Array.from({ length: count }, (_, index) => [`reader-${index}`, { open: ["01"] }]));
    const add = (count: number): unknown =>
      addKeyStack(new App(), {
        settings: settingsWith({ keyRegion: "eu-central-1", readers: many(count) }),
        recipients: [{ id: "01", keySpec: "RSA_2048" }],
      });
    expect(() => add(600)).toThrow(/32768/);
    expect(() => add(200)).not.toThrow();
  });
});

describe("what readers may do beside", () => {
  const mayDo = (
    who: string,
    action: string,
    resource: string,
    context: Readonly<Record<string, string>> = {},
  ): boolean => isAllowed(policiesOf(stage, who), { principal: roleArn(who), action, resource, context });

  test("pseudonyms are for the reader whose view gives them", () => {
    const context = { "kms:MacAlgorithm": "HMAC_SHA_256" };
    expect(mayDo("fieldseal-prod-reader-billing", "kms:GenerateMac", hmacKeyArn, context)).toBe(true);
    expect(mayDo("fieldseal-prod-reader-billing", "kms:VerifyMac", hmacKeyArn, context)).toBe(false);
    expect(mayDo("fieldseal-prod-reader-billing", "kms:GenerateMac", lakeKeyArn, context)).toBe(false);
    expect(mayDo("fieldseal-prod-reader-support", "kms:GenerateMac", hmacKeyArn, context)).toBe(false);
  });

  test.each(["fieldseal-prod-reader-lake", "fieldseal-prod-reader-mover"])("%s works on the named objects", (who) => {
    const viaS3 = { "kms:ViaService": "s3.eu-central-1.amazonaws.com", "s3:ResourceAccount": "111122223333" };
    const allowed = [
      ["s3:GetObject", "arn:aws:s3:::raw-lake/people/a.ndjson"],
      ["s3:GetObjectVersion", "arn:aws:s3:::raw-lake/people/a.ndjson"],
      ["s3:PutObject", "arn:aws:s3:::open-lake/restored/a.ndjson"],
      ["s3:AbortMultipartUpload", "arn:aws:s3:::open-lake/restored/a.ndjson"],
      ["kms:GenerateDataKey", lakeKeyArn],
      ["kms:Decrypt", lakeKeyArn],
      ["kms:Decrypt", sourceKeyArn],
    ] as const;
    const denied = [
      ["s3:GetObject", "arn:aws:s3:::raw-lake/salaries/a.ndjson"],
      ["s3:GetObject", "arn:aws:s3:::open-lake/restored/a.ndjson"],
      ["s3:PutObject", "arn:aws:s3:::raw-lake/people/a.ndjson"],
      ["s3:PutObject", "arn:aws:s3:::open-lake/a.ndjson"],
      ["s3:DeleteObject", "arn:aws:s3:::open-lake/restored/a.ndjson"],
      ["s3:ListBucket", "arn:aws:s3:::raw-lake"],
      ["kms:GenerateDataKey", sourceKeyArn],
    ] as const;
    for (const [action, resource] of allowed)
      expect([action, resource, mayDo(who, action, resource, viaS3)]).toEqual([action, resource, true]);
    for (const [action, resource] of denied)
      expect([action, resource, mayDo(who, action, resource, viaS3)]).toEqual([action, resource, false]);
    expect(mayDo(who, "kms:Decrypt", lakeKeyArn)).toBe(false);
    expect(
      mayDo(who, "s3:PutObject", "arn:aws:s3:::open-lake/restored/a.ndjson", { "s3:ResourceAccount": "444455556666" }),
    ).toBe(false);
  });

  test("readers without a destination touch no object and have no job", () => {
    expect(JSON.stringify(policiesOf(stage, "fieldseal-prod-reader-billing"))).not.toContain("s3:");
    expect(() => policiesOf(stage, "fieldseal-prod-batch-billing")).toThrow(TypeError);
  });

  test("a job's role invokes its reader and reads and writes its own place", () => {
    const role = resourcesOf(stage, "AWS::IAM::Role").find(
      ({ Properties }) => Properties["RoleName"] === "fieldseal-prod-batch-lake",
    );
    expect(JSON.stringify(role?.Properties["AssumeRolePolicyDocument"])).toContain("batchoperations.s3.amazonaws.com");
    expect(
      mayDo("fieldseal-prod-batch-lake", "s3:GetObject", "arn:aws:s3:::lake-jobs/billing/manifest.csv", {
        "s3:ResourceAccount": "111122223333",
      }),
    ).toBe(true);
    expect(
      mayDo("fieldseal-prod-batch-lake", "s3:PutObject", "arn:aws:s3:::lake-jobs/billing/report.csv", {
        "s3:ResourceAccount": "111122223333",
      }),
    ).toBe(true);
    expect(
      mayDo("fieldseal-prod-batch-lake", "s3:GetObject", "arn:aws:s3:::raw-lake/people/a.ndjson", {
        "s3:ResourceAccount": "111122223333",
      }),
    ).toBe(false);
    const lake = resourcesOf(stage, "AWS::Lambda::Function").find(
      ({ Properties }) => Properties["FunctionName"] === "fieldseal-prod-reader-lake",
    );
    expect(mayDo("fieldseal-prod-batch-lake", "lambda:InvokeFunction", lake?.id ?? "")).toBe(true);
    expect(lake?.Properties).toMatchObject({ Timeout: 900, MemorySize: 3008 });
  });

  test("only named callers may invoke, of other accounts too; services on behalf of one resource", () => {
    const permissions = resourcesOf(stage, "AWS::Lambda::Permission")
      .filter(({ stack }) => stack.includes("reader"))
      .map(({ Properties }) => Properties);
    expect(
      permissions.map(({ Action, Principal, SourceArn, SourceAccount }) => ({
        Action,
        Principal,
        SourceArn,
        SourceAccount,
      })),
    ).toEqual([
      { Action: "lambda:InvokeFunction", Principal: roleArn("billing") },
      { Action: "lambda:InvokeFunction", Principal: "arn:aws:iam::444455556666:role/partner" },
      {
        Action: "lambda:InvokeFunction",
        Principal: "logs.amazonaws.com",
        SourceArn: readers.support.callers[0]?.sourceArn,
        SourceAccount: "111122223333",
      },
    ]);
    expect(resourcesOf(stage, "AWS::Lambda::Url")).toEqual([]);
  });
});

describe("every stack, as a reviewer reads it", () => {
  const statements = (): readonly { readonly role: string; readonly statement: PlacedPolicy["Statement"][number] }[] =>
    resourcesOf(stage, "AWS::IAM::Role").flatMap(({ id, stack, Properties }) =>
      ((Properties["Policies"] ?? []) as readonly { PolicyDocument: PlacedPolicy }[]).flatMap(({ PolicyDocument }) =>
        PolicyDocument.Statement.map((statement) => ({ role: `${stack} ${id}`, statement })),
      ),
    );

  test("no action is a wildcard, and no resource but of log groups and of objects under a prefix", () => {
    expect(statements().length).toBeGreaterThan(20);
    for (const { role, statement } of statements()) {
      expect([role, ...[statement.Action].flat().filter((action) => action.includes("*"))]).toEqual([role]);
      const wild = [statement.Resource].flat().filter((resource) => JSON.stringify(resource).includes("*"));
      expect([
        role,
        ...wild.filter(
          (resource) =>
            !/:log-group:\/aws\/lambda\/us-east-1\.fieldseal-prod-edge(?::\*)?"?$|:s3:::[a-z-]+\/[a-z]+\/\*"?$/.test(
              String(resource),
            ),
        ),
      ]).toEqual([role]);
    }
    for (const type of ["AWS::IAM::Policy", "AWS::IAM::ManagedPolicy", "AWS::IAM::User", "AWS::IAM::AccessKey"])
      expect(resourcesOf(stage, type)).toEqual([]);
    expect(JSON.stringify(resourcesOf(stage, "AWS::IAM::Role"))).not.toContain("ManagedPolicyArns");
  });

  test("asymmetric decryption is never without its algorithm", () => {
    const uses = statements().filter(({ statement }) =>
      [statement.Action].flat().some((action) => /^kms:(?:Decrypt|ReEncrypt)/.test(action)),
    );
    expect(uses.length).toBeGreaterThan(8);
    for (const { statement } of uses) {
      const { StringEquals = {} } = statement.Condition ?? {};
      expect(StringEquals["kms:EncryptionAlgorithm"] ?? StringEquals["kms:ViaService"]).toMatch(
        /^RSAES_OAEP_SHA_256$|^s3\.eu-central-1\.amazonaws\.com$/,
      );
    }
  });

  test("logs are encrypted, kept for a time, and stay; topics and streams are encrypted", () => {
    const groups = resourcesOf(stage, "AWS::Logs::LogGroup");
    expect(groups).toHaveLength(7);
    for (const { Properties, DeletionPolicy } of groups) {
      expect(Properties).toMatchObject({ KmsKeyId: expect.anything(), RetentionInDays: expect.any(Number) });
      expect(DeletionPolicy).toBe("RetainExceptOnCreate");
    }
    for (const { Properties } of resourcesOf(stage, "AWS::SNS::Topic"))
      expect(Properties["KmsMasterKeyId"]).toBeDefined();
    for (const { Properties } of resourcesOf(stage, "AWS::Kinesis::Stream"))
      expect(Properties["StreamEncryption"]).toMatchObject({ EncryptionType: "KMS" });
    expect(resourcesOf(stage, "AWS::SNS::Topic")).toHaveLength(5);
  });

  test("keys stay, the symmetric ones rotate, and no policy allows everything", () => {
    const keys = [...resourcesOf(stage, "AWS::KMS::Key"), ...resourcesOf(stage, "AWS::KMS::ReplicaKey")];
    expect(keys).toHaveLength(9);
    for (const { DeletionPolicy, Properties } of keys) {
      expect(DeletionPolicy).toBe("Retain");
      expect(JSON.stringify(Properties)).not.toContain("kms:*");
      if (Properties["KeySpec"] === "SYMMETRIC_DEFAULT") expect(Properties["EnableKeyRotation"]).toBe(true);
      expect(JSON.stringify(Properties["KeyPolicy"]).length).toBeLessThan(32_768);
    }
  });

  test("cdk-nag has no finding left", () => {
    expect(stage.findings).toEqual(["MinimumTls", "OriginNotPrivate"]);
  });

  test.each<[string, Readonly<Record<string, unknown>>]>([
    ["one reader", { callers: roleArn("billing") }],
    ["an account that is not known", { account: undefined, readers: { lake: { open: ["01"], ...batch } } }],
    ["a distribution that is there already", { distribution: "existing" }],
    ["imported keys in another Region", { keyOrigin: "EXTERNAL", keyRegion: "eu-west-1", readerRegion: "eu-west-1" }],
    [
      "a name of one's own",
      { domainName: "api.example.com", certificateArn: "arn:aws:acm:us-east-1:111122223333:certificate/1" },
    ],
  ])("cdk-nag: %s", (_, changes) => {
    const account = process.env["CDK_DEFAULT_ACCOUNT"];
    delete process.env["CDK_DEFAULT_ACCOUNT"];
    const { findings } = synthesise(changes, policyWithKeys(["1", "2"]), { validate: true });
    if (account !== undefined) process.env["CDK_DEFAULT_ACCOUNT"] = account;
    expect(findings.filter((rule) => !["MinimumTls", "OriginNotPrivate"].includes(rule))).toEqual([]);
  });
});

describe("replicas", () => {
  const reader = (name: string): Resource | undefined =>
    resourcesOf(stage, "AWS::Lambda::Function").find(({ Properties }) => Properties["FunctionName"] === name);
  const keysOf = (name: string): readonly string[] =>
    JSON.parse(String(Object(reader(name)?.Properties["Environment"]).Variables.FIELDSEAL_READER)).recipients.map(
      ({ keyArn }: { keyArn: string }) => keyArn,
    );

  test("a reader in the replica's Region names the replicas, all others the keys themselves", () => {
    expect(keysOf("fieldseal-prod-reader-tokyo")).toEqual([
      arnOf("01", "ap-northeast-1"),
      arnOf("02", "ap-northeast-1"),
    ]);
    expect(keysOf("fieldseal-prod-reader-billing")).toEqual([arnOf("01"), arnOf("02")]);
    expect(stage.regions["fieldseal-prod-reader-ap-northeast-1"]).toBe("ap-northeast-1");
  });

  test("they are of the policy's keys, under aliases and alarms of their own", () => {
    const replicas = resourcesOf(stage, "AWS::KMS::ReplicaKey");
    expect(replicas.map(({ Properties }) => Properties["PrimaryKeyArn"])).toEqual([arnOf("01"), arnOf("02")]);
    expect(replicas.map(({ stack }) => stage.regions[stack])).toEqual(["ap-northeast-1", "ap-northeast-1"]);
    const rules = resourcesOf(stage, "AWS::Events::Rule").filter(({ stack }) => stack.endsWith("keys-ap-northeast-1"));
    expect(JSON.stringify(rules)).toContain(arnOf("02", "ap-northeast-1"));
  });

  test("they need multi-Region keys", () => {
    expect(() => settingsWith({ replicaRegions: "us-west-2" })).toThrow(/multiRegion/);
    expect(() => synthesise({ multiRegion: "true", replicaRegions: "us-west-2" }, policyWithKeys(["1", "2"]))).toThrow(
      /mrk-/,
    );
    for (const replicaRegions of ["eu-central-1", "us-west-2,us-west-2"]) {
      expect(() => synthesise({ multiRegion: "true", replicaRegions }, policyWithKeys(keyIds))).toThrow(
        /replicaRegions/,
      );
    }
  });
});
