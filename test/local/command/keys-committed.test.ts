/** Committed keys: records that match their keys, verification, rotation. */
import { cpSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { DisableKeyCommand } from "@aws-sdk/client-kms";
import { expect, test } from "@jest/globals";
import { requireKeyRecords } from "../../../infra/key-record.ts";
import { useKeysFolder } from "../../support/keys-folder.ts";

const { folder, policyFile, writePolicy, client, injectFault, makeKey, fetchKeys, verify, record } = useKeysFolder();

test("a policy without the key ARN of a record is refused", async () => {
  await makeKey("01");
  await fetchKeys();
  writePolicy(["01"], "01");
  expect(() => requireKeyRecords(policyFile, { demanded: true })).toThrow(/does not name its KMS key.*keys fetch/);
});

test("verify --strict requires records", async () => {
  await makeKey("01");
  await fetchKeys();
  rmSync(join(folder, "01.json"));
  expect((await verify()).code).toBe(0);
  expect(await verify("--strict")).toMatchObject({ code: 1, output: expect.stringContaining("record") });
});

test.each([
  ["fingerprint", "0".repeat(64), /fingerprint/],
  ["fingerprint", "x", /fingerprint/],
  ["keyUsage", "SIGN_VERIFY", /SIGN_VERIFY/],
  ["keySpec", "RSA_4096", /RSA_4096/],
  ["keySpec", "ECC_NIST_P256", /ECC_NIST_P256/],
  ["encryptionAlgorithms", ["RSAES_OAEP_SHA_1"], /RSAES_OAEP_SHA_256/],
  ["keyArn", "arn:aws:kms:eu-central-1:111122223333:key/1", /different KMS keys/],
  ["keyArn", 1, /keyArn/],
  ["fetched", "yesterday", /date/],
])("a record with a wrong %s is refused", async (member, value, reason) => {
  await makeKey("01");
  await fetchKeys();
  writeFileSync(join(folder, "01.json"), JSON.stringify({ ...record("01"), [member]: value }));
  expect(() => requireKeyRecords(policyFile, { demanded: true })).toThrow(reason);
});

test("a missing record or PEM is refused", async () => {
  await makeKey("01");
  await fetchKeys();
  cpSync(join(folder, "01.json"), join(folder, "copy"));
  rmSync(join(folder, "01.json"));
  expect(() => requireKeyRecords(policyFile, { demanded: true })).toThrow(/record.*missing.*keys fetch/);
  expect(requireKeyRecords(policyFile, { demanded: false })).toEqual([undefined]);
  cpSync(join(folder, "copy"), join(folder, "01.json"));
  rmSync(join(folder, "01.pem"));
  expect(() => requireKeyRecords(policyFile, { demanded: true })).toThrow(/public key.*missing.*keys fetch/);
});

test("verify reports a disabled key and a denied permission, and decrypts nothing with --dry-run", async () => {
  const keyArn = await makeKey("01");
  await fetchKeys();
  const asked: string[] = [];
  injectFault((operation) => {
    asked.push(operation);
    return operation === "Decrypt" ? { kind: "error", name: "AccessDeniedException" } : undefined;
  });
  const denied = await verify("--dry-run", "--strict");
  expect(denied.code).toBe(1);
  expect(denied.output).toContain("RSAES_OAEP_SHA_256 is denied");
  expect(denied.output).toMatch(/algorithm\s+ok/);
  expect(asked).toEqual(["GetPublicKey", "Decrypt", "Decrypt"]);
  injectFault(undefined);
  await client().send(new DisableKeyCommand({ KeyId: keyArn }));
  expect((await verify()).output).toContain("DisabledException");
});

test("the documented rotation: a second recipient is fetched, used and verified; the first can be opened", async () => {
  await makeKey("01");
  await fetchKeys();
  const first = record("01");
  const two = readFileSync(policyFile, "utf8").replace(
    '"#e01#" }',
    '"#e01#" }, { "id": "02", "publicKeyFile": "02.pem", "prefix": "#02#", "suffix": "#e02#" }',
  );
  writeFileSync(policyFile, two);
  await makeKey("02");
  expect((await fetchKeys()).code).toBe(0);
  expect(record("01")).toEqual(first);
  writeFileSync(policyFile, readFileSync(policyFile, "utf8").replace('"recipient": "01"', '"recipient": "02"'));
  expect((await verify()).output.match(/canary\s+ok/g)).toHaveLength(2);
});
