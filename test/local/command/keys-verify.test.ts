/**
 * `fieldseal keys verify` with a KMS that lies, denies, fails, or holds another key: it reports each key, and the exit
 * code is 1.
 */
import { constants, publicEncrypt } from "node:crypto";
import {
  CreateAliasCommand,
  CreateKeyCommand,
  DecryptCommand,
  DisableKeyCommand,
  type KMSClient,
  ScheduleKeyDeletionCommand,
} from "@aws-sdk/client-kms";
import { afterEach, beforeEach, expect, test } from "@jest/globals";
import type { Fault, KmsCall } from "../../../local/kms/faults.ts";
import { clientOf, type KmsWithClient, openKms } from "../../support/local-kms.ts";
import { type Folder, makeFolder } from "../../support/policy-files.ts";
import { nextPublicKeyPem } from "../../support/rsa-keys.ts";
import { type CommandResult, runFieldseal } from "../../support/terminal.ts";

let kms: KmsWithClient;
let folder: Folder;
let fault: (call: KmsCall) => Fault | undefined;
let calls: KmsCall[];
let keyArns: readonly string[];

beforeEach(async () => {
  fault = () => undefined;
  calls = [];
  folder = makeFolder();
  kms = await openKms({
    intercept: (call) => {
      calls.push(call);
      return Promise.resolve(fault(call));
    },
  });
  process.env["AWS_ENDPOINT_URL_KMS"] = kms.kms.url;
  const recipients = ["01", "02"].map(
    (id) => `{ "id": "${id}", "publicKeyFile": "own-${id}.pem", "prefix": "#${id}#", "suffix": "~${id}~" }`,
  );
  folder.write(
    "policy.json",
    `{ "version": 1, "otherwise": "pass", "recipients": [${recipients.join(", ")}],
       "rules": [{ "path": "/**", "recipient": "01", "fields": ["ssn"] }] }`,
  );
  keyArns = [await makeKey(kms.client, "01"), await makeKey(kms.client, "02")];
  expect(
    (await runFieldseal(["keys", "fetch", folder.path("policy.json"), "--stage", "prod", "--region", "eu-central-1"]))
      .code,
  ).toBe(0);
  calls.length = 0;
});

afterEach(async () => {
  delete process.env["AWS_ENDPOINT_URL_KMS"];
  folder.remove();
  await kms.close();
});

async function makeKey(client: KMSClient, id: string): Promise<string> {
  const { KeyMetadata } = await client.send(new CreateKeyCommand({ KeySpec: "RSA_2048", KeyUsage: "ENCRYPT_DECRYPT" }));
  await client.send(
    new CreateAliasCommand({ AliasName: `alias/fieldseal-prod-${id}`, TargetKeyId: KeyMetadata?.KeyId }),
  );
  return KeyMetadata?.Arn ?? "";
}

const verify = (...args: readonly string[]): Promise<CommandResult> =>
  runFieldseal(["keys", "verify", folder.path("policy.json"), ...args]);
const failedIn = ({ output }: CommandResult): readonly string[] =>
  output
    .split("\n")
    .filter((line) => line.includes("FAILED"))
    .map((line) => line.replace(/ +FAILED.*/, ""));

test("valid keys pass four checks each", async () => {
  const { code, output } = await verify();
  expect([code, output.match(/ ok /g)]).toEqual([0, Array.from({ length: 8 }, () => " ok ")]);
  expect(calls.map(({ operation, keyId }) => [operation, keyId])).toEqual(
    keyArns.flatMap((keyArn) =>
      ["GetPublicKey", "Decrypt", "Decrypt", "Decrypt"].map((operation) => [operation, keyArn]),
    ),
  );
  // KMS opens what openssl encrypts with the written PEM, so the embedded key is the KMS key.
  const ciphertext = publicEncrypt(
    { key: folder.read("own-01.pem"), padding: constants.RSA_PKCS1_OAEP_PADDING, oaepHash: "sha256" },
    Buffer.from("canary"),
  );
  const { Plaintext } = await kms.client.send(
    new DecryptCommand({ KeyId: keyArns[0], CiphertextBlob: ciphertext, EncryptionAlgorithm: "RSAES_OAEP_SHA_256" }),
  );
  expect(Buffer.from(Plaintext ?? []).toString()).toBe("canary");
});

const foreign = nextPublicKeyPem(2_048);

/** Makes another key the embedded one of recipient 01, without a record that would show it. */
function embedForeignKey(): void {
  folder.write("own-01.pem", foreign);
  const policy = folder.read("policy.json").replaceAll("own-01.pem", "other-01.pem");
  folder.write("policy.json", policy);
  folder.write("other-01.pem", folder.read("own-01.pem"));
}

test("another embedded key is reported", async () => {
  embedForeignKey();
  const result = await verify();
  expect([result.code, failedIn(result)]).toEqual([1, ["01  public key", "01  canary"]]);
  expect(result.output).toContain("the public key in KMS is not the embedded one");
});

test("if another key is embedded and GetPublicKey confirms it, the canary fails", async () => {
  embedForeignKey();
  const PublicKey = foreign.replace(/-----[^-]*-----|\s/g, "");
  fault = ({ operation, keyId }) =>
    operation === "GetPublicKey" && keyId === keyArns[0] ? { kind: "answer", members: { PublicKey } } : undefined;
  const result = await verify();
  expect([result.code, failedIn(result)]).toEqual([1, ["01  canary"]]);
});

const ofFirst =
  (wanted: Fault, operation = "Decrypt"): typeof fault =>
  (call) =>
    call.operation === operation && call.keyId === keyArns[0] ? wanted : undefined;

test.each([
  {
    name: "no permission to decrypt",
    wanted: { kind: "error", name: "AccessDeniedException" },
    failed: ["01  permission", "01  canary"],
    says: "is denied",
  },
  {
    name: "no permission to read the public key",
    operation: "GetPublicKey",
    wanted: { kind: "error", name: "AccessDeniedException" },
    failed: ["01  public key"],
    says: "AccessDeniedException",
  },
  {
    name: "the key is for signing",
    operation: "GetPublicKey",
    wanted: { kind: "answer", members: { KeyUsage: "SIGN_VERIFY" } },
    failed: ["01  public key"],
    says: "SIGN_VERIFY",
  },
  {
    name: "the answer is another key's",
    operation: "GetPublicKey",
    wanted: { kind: "answer", members: { KeyId: "arn:aws:kms:eu-central-1:111122223333:key/1" } },
    failed: ["01  public key"],
    says: "the public key in KMS is not the embedded one",
  },
  {
    name: "KMS throttles every call",
    wanted: { kind: "error", name: "ThrottlingException" },
    failed: ["01  permission", "01  canary", "01  algorithm"],
    says: "ThrottlingException",
  },
  {
    name: "connections break",
    wanted: { kind: "reset" },
    failed: ["01  permission", "01  canary", "01  algorithm"],
    says: "Cannot reach KMS",
  },
] as const)("$name", async ({ wanted, failed, says, ...more }) => {
  fault = ofFirst(wanted, "operation" in more ? more.operation : "Decrypt");
  const result = await verify();
  expect([result.code, failedIn(result)]).toEqual([1, failed]);
  expect(result.output).toContain(says);
  expect(result.output.match(/^02 .* ok /gm)).toHaveLength(4);
});

test.each([
  { name: "another plaintext", members: { Plaintext: Buffer.alloc(32).toString("base64") }, says: "to another value" },
  { name: "another key's ARN", members: { KeyId: "arn:aws:kms:eu-central-1:111122223333:key/1" }, says: "mismatch" },
])("the canary comes back as $name", async ({ members, says }) => {
  let decrypts = 0;
  // The second of three calls is the canary's, between two dry runs.
  fault = ({ operation, keyId }) =>
    operation === "Decrypt" && keyId === keyArns[0] && ++decrypts === 2 ? { kind: "answer", members } : undefined;
  const result = await verify();
  expect([result.code, failedIn(result)]).toEqual([1, ["01  canary"]]);
  expect(result.output).toContain(says);
});

test.each([
  {
    name: "disabled",
    lose: (client: KMSClient, KeyId: string) => client.send(new DisableKeyCommand({ KeyId })),
    says: "DisabledException",
  },
  {
    name: "to be deleted",
    lose: (client: KMSClient, KeyId: string) => client.send(new ScheduleKeyDeletionCommand({ KeyId })),
    says: "KMSInvalidStateException",
  },
])("a key that is $name", async ({ lose, says }) => {
  await lose(kms.client, keyArns[0] ?? "");
  const result = await verify();
  expect([result.code, failedIn(result)]).toEqual([
    1,
    ["01  public key", "01  permission", "01  canary", "01  algorithm"],
  ]);
  expect(result.output).toContain(says);
  expect(result.output).toContain(keyArns[0]);
});

test("a key is looked up in the Region of its ARN only", async () => {
  const frankfurt = clientOf(kms.kms, "eu-west-1");
  const elsewhere = await makeKey(frankfurt, "01");
  frankfurt.destroy();
  expect(elsewhere).toContain(":eu-west-1:");
  folder.write("policy.json", folder.read("policy.json").replaceAll(keyArns[0] ?? "", elsewhere));
  expect((await runFieldseal(["keys", "fetch", folder.path("policy.json"), "--replace"])).code).toBe(0);
  calls.length = 0;
  expect((await verify()).code).toBe(0);
  expect(new Set(calls.map(({ region, keyId }) => `${region} ${keyId}`))).toEqual(
    new Set([`eu-west-1 ${elsewhere}`, `eu-central-1 ${keyArns[1]}`]),
  );
  const wrong = elsewhere.replace("eu-west-1", "eu-north-1");
  folder.write(
    "policy.json",
    folder.read("policy.json").replaceAll(elsewhere, wrong).replaceAll("own-01.pem", "other-01.pem"),
  );
  folder.write("other-01.pem", folder.read("own-01.pem"));
  const result = await verify();
  expect([result.code, failedIn(result)]).toEqual([
    1,
    ["01  public key", "01  permission", "01  canary", "01  algorithm"],
  ]);
  expect(result.output).toContain(`NotFoundException for ${wrong}`);
});

test("with --strict, keys that may also decrypt with SHA-1 are reported", async () => {
  const result = await verify("--strict");
  expect([result.code, failedIn(result)]).toEqual([1, ["01  algorithm", "02  algorithm"]]);
});

test("a record that does not match its key ends the command before it calls KMS", async () => {
  folder.write("own-01.pem", foreign);
  const { code, messages } = await verify();
  expect([code, messages, calls]).toEqual([1, expect.stringContaining("fingerprint"), []]);
});

test("an unreachable KMS is reported", async () => {
  process.env["AWS_ENDPOINT_URL_KMS"] = "http://127.0.0.1:1";
  const { code, output } = await verify("--dry-run");
  expect([code, output]).toEqual([1, expect.stringMatching(/Cannot reach KMS for arn:/)]);
});

test.each([
  { name: "a Region alone", config: "[default]\nregion = eu-central-1\n", code: 0 },
  { name: "credentials that cannot be had", config: "[default]\ncredential_process = /bin/false\n", code: 1 },
])("a KMS on this machine needs no credentials if the SDK's file has $name", async ({ config, code }) => {
  const before = { ...process.env };
  for (const name of ["AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "AWS_PROFILE"]) delete process.env[name];
  process.env["AWS_CONFIG_FILE"] = folder.write("config", config);
  process.env["AWS_SHARED_CREDENTIALS_FILE"] = folder.path("absent");
  process.env["AWS_EC2_METADATA_DISABLED"] = "true";
  const result = await verify("--dry-run");
  Object.assign(process.env, before);
  for (const name of ["AWS_CONFIG_FILE", "AWS_SHARED_CREDENTIALS_FILE", "AWS_EC2_METADATA_DISABLED"])
    if (!(name in before)) delete process.env[name];
  expect([result.code, result.output.includes("no AWS credentials")]).toEqual([code, code === 1]);
});
