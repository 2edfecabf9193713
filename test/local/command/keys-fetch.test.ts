/** `fieldseal keys fetch` writes only public keys that pass all checks. */
import { generateKeyPairSync } from "node:crypto";
import { cpSync, existsSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { CreateAliasCommand } from "@aws-sdk/client-kms";
import { expect, test } from "@jest/globals";
import { requireKeyRecords } from "../../../infra/key-record.ts";
import type { KmsErrorName } from "../../../local/kms/errors.ts";
import type { Fault } from "../../../local/kms/faults.ts";
import { encodeSpki } from "../../support/der.ts";
import { policyOf, useKeysFolder } from "../../support/keys-folder.ts";
import { nextPublicKeyPem } from "../../support/rsa-keys.ts";

const { folder, policyFile, writePolicy, client, run, injectFault, makeKey, fetchKeys, verify, record } =
  useKeysFolder();

test.each(["RSA_2048", "RSA_3072", "RSA_4096"] as const)(
  "%s: fetched with record, written into the policy, verified",
  async (spec) => {
    const keyArn = await makeKey("01", spec);
    expect((await fetchKeys()).code).toBe(0);
    expect(record("01")).toEqual({
      keyArn,
      keySpec: spec,
      keyUsage: "ENCRYPT_DECRYPT",
      encryptionAlgorithms: expect.arrayContaining(["RSAES_OAEP_SHA_256"]),
      fingerprint: expect.stringMatching(/^[0-9a-f]{64}$/),
      fetched: expect.stringMatching(/^\d{4}-\d\d-\d\d$/),
    });
    const edited = readFileSync(policyFile, "utf8");
    expect(edited).toBe(policyOf(["01"], "01").replace('"id": "01"', `"id": "01", "keyArn": "${keyArn}"`));
    expect(requireKeyRecords(policyFile, { demanded: true })).toEqual([record("01")]);
    const proof = await verify();
    expect(proof.code).toBe(0);
    expect(proof.output.match(/ ok /g)).toHaveLength(4);
    // The local KMS denies nobody SHA-1.
    expect((await verify("--strict")).code).toBe(1);
  },
);

test("a second fetch changes nothing; another key is refused without --replace", async () => {
  await makeKey("01");
  await fetchKeys();
  const before = readFileSync(join(folder, "01.pem"), "utf8");
  expect((await fetchKeys()).output).toContain("unchanged");
  writeFileSync(join(folder, "01.pem"), nextPublicKeyPem(2048));
  expect((await fetchKeys()).output).toContain("the public key in KMS is not the committed one");
  expect((await verify()).code).toBe(1);
  expect((await fetchKeys("--replace")).code).toBe(0);
  expect(readFileSync(join(folder, "01.pem"), "utf8")).toBe(before);
});

test.each([
  ["for signing", { KeyUsage: "SIGN_VERIFY" }, /usage SIGN_VERIFY/],
  ["elliptic", { KeySpec: "ECC_NIST_P256" }, /ECC_NIST_P256/],
  ["without SHA-256", { EncryptionAlgorithms: ["RSAES_OAEP_SHA_1"] }, /RSAES_OAEP_SHA_256/],
  ["of another size than KMS says", { KeySpec: "RSA_4096" }, /2048 bits/],
  ["that is no key", { PublicKey: Buffer.from("no key").toString("base64") }, /RSA public key/],
  [
    "with exponent 3",
    {
      PublicKey: generateKeyPairSync("rsa", { modulusLength: 2048, publicExponent: 3 })
        .publicKey.export({ type: "spki", format: "der" })
        .toString("base64"),
    },
    /exponent/,
  ],
])("a key %s is refused, and nothing is written", async (_, members, reason) => {
  await makeKey("01");
  injectFault((operation) => (operation === "GetPublicKey" ? { kind: "answer", members } : undefined));
  const { code, output } = await fetchKeys();
  expect(code).toBe(1);
  expect(output).toMatch(reason);
  expect(existsSync(join(folder, "01.pem"))).toBe(false);
  expect(readFileSync(policyFile, "utf8")).toBe(policyOf(["01"], "01"));
});

const otherArn = "arn:aws:kms:eu-central-1:111122223333:key/00000000-0000-4000-8000-000000000002";
test.each<readonly [string, Readonly<Record<string, unknown>>, RegExp]>([
  ["under an alias", { KeyId: "arn:aws:kms:eu-central-1:111122223333:alias/fieldseal-prod-01" }, /no key ARN/],
  ["without a name", { KeyId: undefined }, /no key ARN/],
  ["of another Region", { KeyId: otherArn.replace("eu-central-1", "us-west-2") }, /us-west-2/],
  ["without a usage", { KeyUsage: undefined }, /no usage/],
  ["for signing and RSA", { KeyUsage: "SIGN_VERIFY", EncryptionAlgorithms: undefined }, /SIGN_VERIFY/],
  ["for key agreement", { KeyUsage: "KEY_AGREEMENT" }, /KEY_AGREEMENT/],
  ["symmetric", { KeySpec: "SYMMETRIC_DEFAULT" }, /SYMMETRIC_DEFAULT/],
  ["for HMAC", { KeySpec: "HMAC_256", KeyUsage: "GENERATE_VERIFY_MAC" }, /GENERATE_VERIFY_MAC/],
  ["of SM2", { KeySpec: "SM2" }, /SM2/],
  ["without algorithms", { EncryptionAlgorithms: undefined }, /RSAES_OAEP_SHA_256/],
  ["without bytes", { PublicKey: undefined }, /RSA public key/],
  [
    "with bytes behind it",
    {
      PublicKey: Buffer.concat([encodeSpki({ n: 2n ** 2047n + 1n, e: 65_537n }), Buffer.from([0])]).toString("base64"),
    },
    /RSA public key|one encoding/,
  ],
  [
    "of 1024 bits",
    { PublicKey: encodeSpki({ n: 2n ** 1023n + 1n, e: 65_537n }).toString("base64") },
    /2048, 3072 or 4096/,
  ],
  [
    "of 2047 bits",
    { PublicKey: encodeSpki({ n: 2n ** 2046n + 1n, e: 65_537n }).toString("base64") },
    /2048, 3072 or 4096/,
  ],
])("after an impossible answer of KMS, %s, nothing is written", async (_, members, reason) => {
  await makeKey("01");
  injectFault((operation) => (operation === "GetPublicKey" ? { kind: "answer", members } : undefined));
  const { code, output } = await fetchKeys();
  expect(output).toMatch(reason);
  expect(code).toBe(1);
  expect(existsSync(join(folder, "01.pem"))).toBe(false);
  expect(readFileSync(policyFile, "utf8")).toBe(policyOf(["01"], "01"));
});

test.each<readonly [string, KmsErrorName]>([
  ["disabled", "DisabledException"],
  ["to be deleted, or waiting for its material", "KMSInvalidStateException"],
  ["of somebody else", "AccessDeniedException"],
])("for a key that is %s, the message has KMS's error name, and nothing is written", async (_, name) => {
  await makeKey("01");
  injectFault((operation) => (operation === "GetPublicKey" ? { kind: "error", name } : undefined));
  expect(await fetchKeys()).toMatchObject({ code: 1, output: expect.stringContaining(name) });
  expect(existsSync(join(folder, "01.pem"))).toBe(false);
});

test("KMS answers for another key than the policy's", async () => {
  await makeKey("01");
  await fetchKeys();
  injectFault((operation) =>
    operation === "GetPublicKey" ? { kind: "answer", members: { KeyId: otherArn } } : undefined,
  );
  expect(await fetchKeys()).toMatchObject({ code: 1, output: expect.stringContaining("key mismatch") });
});

test("a multi-Region key keeps its id", async () => {
  const arn = "arn:aws:kms:eu-central-1:111122223333:key/mrk-1234abcd12ab34cd56ef1234567890ab";
  await makeKey("01");
  injectFault((operation) => (operation === "GetPublicKey" ? { kind: "answer", members: { KeyId: arn } } : undefined));
  expect((await fetchKeys()).code).toBe(0);
  expect(requireKeyRecords(policyFile, { demanded: true })).toMatchObject([{ keyArn: arn }]);
});

test.each<readonly [string, (written: string) => string]>([
  ["the private key of the same pair", () => "-----BEGIN PRIVATE KEY-----\nAAAA\n-----END PRIVATE KEY-----\n"],
  ["nothing", () => ""],
  ["no key", () => "hello"],
  ["the key twice", (pem) => pem + pem],
])("a committed file that holds %s is reported, and neither used nor overwritten", async (_, change) => {
  await makeKey("01");
  await fetchKeys();
  const file = join(folder, "01.pem");
  const changed = change(readFileSync(file, "utf8"));
  writeFileSync(file, changed);
  const { code, output } = await fetchKeys();
  expect(code).toBe(1);
  expect(output).toMatch(/private key|RSA public key/);
  expect(readFileSync(file, "utf8")).toBe(changed);
});

test.each<readonly [string, (record: Readonly<Record<string, unknown>>) => string]>([
  ["without a day", (facts) => JSON.stringify({ ...facts, fetched: undefined })],
  ["for signing", (facts) => JSON.stringify({ ...facts, keyUsage: "SIGN_VERIFY" })],
  ["of another spec", (facts) => JSON.stringify({ ...facts, keySpec: "RSA_4096" })],
])("a record that is %s is replaced, since KMS gives the same key", async (_, change) => {
  await makeKey("01");
  await fetchKeys();
  const before = record("01");
  writeFileSync(join(folder, "01.json"), change(before));
  expect((await fetchKeys()).code).toBe(0);
  expect(record("01")).toEqual(before);
});

test.each<readonly [string, string]>([
  ["no JSON", "{ secret"],
  ["no record", '{"name":"mine"}'],
  ["a list", "[]"],
])("a file with the name of the record that is %s is not overwritten", async (_, text) => {
  await makeKey("01");
  writeFileSync(join(folder, "01.json"), text);
  const { code, output } = await fetchKeys();
  expect(code).toBe(1);
  expect(output).toContain("01.json");
  expect(output).not.toContain("secret");
  expect(readFileSync(join(folder, "01.json"), "utf8")).toBe(text);
  expect(existsSync(join(folder, "01.pem"))).toBe(false);
});

test.each<readonly [string, string, RegExp]>([
  ["whose record would be the policy", '"publicKeyFile": "policy.pem"', /policy\.json/],
  ["that is the policy", '"publicKeyFile": "policy.json"', /policy\.json/],
  [
    "with an alias for a key",
    '"keyArn": "arn:aws:kms:eu-central-1:111122223333:alias/mine", "publicKeyFile": "01.pem"',
    /keyArn/,
  ],
  ["with dots for a key", '"keyArn": "arn:aws:kms:…:key/…", "publicKeyFile": "01.pem"', /keyArn/],
  ["with a number for a key", '"keyArn": 7, "publicKeyFile": "01.pem"', /keyArn/],
])("for a recipient %s, KMS is not called and nothing is written", async (_, members, reason) => {
  await makeKey("01");
  const text = policyOf(["01"], "01").replace('"publicKeyFile": "01.pem"', members);
  writeFileSync(policyFile, text);
  const { code, output } = await fetchKeys();
  expect(output).toMatch(reason);
  expect(code).toBe(1);
  expect(readFileSync(policyFile, "utf8")).toBe(text);
});

test("two recipients with one file, and an id that is not valid, are refused", async () => {
  const text = policyOf(["01", "02"], "01").replace("02.pem", "./01.pem");
  writeFileSync(policyFile, text);
  expect(await fetchKeys()).toMatchObject({ code: 1, output: expect.stringContaining("01.pem") });
  writeFileSync(policyFile, policyOf(["01"], "01").replace('"id": "01"', '"id": "0 1/../x"'));
  expect(await fetchKeys()).toMatchObject({ code: 1, output: expect.stringContaining("A-Z a-z 0-9 _ -") });
});

test("a policy with two lists of recipients, and one that is not JSON, are refused", async () => {
  await makeKey("01");
  for (const text of [
    policyOf(["01"], "01").replace('"rules"', '"recipients": [], "rules"'),
    "{ recipients: [] }",
    "",
  ]) {
    writeFileSync(policyFile, text);
    expect(await fetchKeys()).toMatchObject({ code: 1, output: expect.stringMatching(/twice|not JSON/) });
    expect(readFileSync(policyFile, "utf8")).toBe(text);
  }
});

test.each<readonly [string, Fault]>([
  ["a status and no more", { kind: "status", status: 503 }],
  ["a connection that breaks", { kind: "reset" }],
  ["an error of its own", { kind: "error", name: "KMSInternalException" }],
  ["throttling", { kind: "error", name: "ThrottlingException" }],
  ["no texts where texts belong", { kind: "answer", members: { KeyId: 7, KeySpec: {}, KeyUsage: [] } }],
  ["a text for a list", { kind: "answer", members: { EncryptionAlgorithms: "RSAES_OAEP_SHA_256" } }],
  ["a number for bytes", { kind: "answer", members: { PublicKey: 7 } }],
  ["bytes that are not base64", { kind: "answer", members: { PublicKey: "**" } }],
])("if KMS answers with %s, one line reports it and nothing is written", async (_, given) => {
  await makeKey("01");
  injectFault((operation) => (operation === "GetPublicKey" ? given : undefined));
  const { code, output } = await fetchKeys();
  expect(code).toBe(1);
  expect(output).toMatch(/^fieldseal keys fetch: .*[^\n]$/);
  expect(existsSync(join(folder, "01.pem"))).toBe(false);
  expect(readFileSync(policyFile, "utf8")).toBe(policyOf(["01"], "01"));
});

test("the sample's key under another policy is not overwritten, even with --replace", async () => {
  await makeKey("01");
  cpSync(join(import.meta.dirname, "../../../policy/keys/01.pem"), join(folder, "01.pem"));
  for (const replace of [[], ["--replace"]]) {
    expect(await fetchKeys(...replace)).toMatchObject({
      code: 1,
      output: expect.stringMatching(/sample's public key.*prod-01\.pem/),
    });
  }
});

test("a Region that is not valid is refused", async () => {
  expect(await run("keys", "fetch", policyFile, "--stage", "prod", "--region", "Frankfurt")).toMatchObject({ code: 2 });
});

test("a policy keeps its blanks and its byte order mark", async () => {
  const keyArn = await makeKey("01");
  const text = `\ufeff${policyOf(["01"], "01").replaceAll("\n", "\r\n")}`;
  writeFileSync(policyFile, text);
  expect((await fetchKeys()).code).toBe(0);
  expect(readFileSync(policyFile, "utf8")).toBe(text.replace('"id": "01"', `"id": "01", "keyArn": "${keyArn}"`));
});

test("a policy and keys behind symbolic links are written to the real folder", async () => {
  const real = mkdtempSync(join(tmpdir(), "fieldseal-real-"));
  writeFileSync(join(real, "policy.json"), policyOf(["01"], "01"));
  const link = join(folder, "link");
  symlinkSync(real, link);
  const keyArn = await makeKey("01");
  expect(
    (await run("keys", "fetch", join(link, "policy.json"), "--stage", "prod", "--region", "eu-central-1")).code,
  ).toBe(0);
  expect(readFileSync(join(real, "policy.json"), "utf8")).toContain(keyArn);
  expect(requireKeyRecords(join(link, "policy.json"), { demanded: true })).toHaveLength(1);
  rmSync(link);
  rmSync(real, { recursive: true });
});

test("a shared key, a missing key and a missing --stage are refused", async () => {
  writePolicy(["01", "02"], "01");
  const keyArn = await makeKey("01");
  expect((await fetchKeys()).output).toMatch(/NotFoundException.*alias\/fieldseal-prod-02/);
  await client().send(
    new CreateAliasCommand({ AliasName: "alias/fieldseal-prod-02", TargetKeyId: keyArn.split("/")[1] }),
  );
  expect((await fetchKeys()).output).toContain('recipient "01" has the same key');
  expect((await run("keys", "fetch", policyFile)).code).toBe(2);
});

test("no other stage may use the file of the sample's key", async () => {
  await makeKey("01");
  const sample = readFileSync("policy/keys/01.pem", "utf8");
  writeFileSync(join(folder, "01.pem"), sample);
  for (const args of [[], ["--replace"]]) {
    const { code, output } = await fetchKeys(...args);
    expect([code, output, readFileSync(join(folder, "01.pem"), "utf8")]).toEqual([
      1,
      expect.stringContaining("the sample's public key"),
      sample,
    ]);
  }
});
