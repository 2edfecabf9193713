/** Public key files of every wrong kind: what synth says of them, and that it repeats nothing of what they hold. */
import { createHash, createPrivateKey, createPublicKey, generateKeyPairSync, randomBytes } from "node:crypto";
import { mkdirSync, mkdtempSync, readFileSync, rmdirSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { afterAll, expect, test } from "@jest/globals";
import fc from "fast-check";
import { ConfigValue } from "../../core/config/config-value.ts";
import { requireKeyRecords } from "../../infra/key-record.ts";
import { checkPolicyFile } from "../../infra/policy-file.ts";
import { requireRsaPublicKey } from "../../infra/public-key.ts";
import { encodeDer, encodeSpki, writePem } from "../support/der.ts";
import { nextPrivateKeyPem } from "../support/rsa-keys.ts";

const folder = mkdtempSync(join(tmpdir(), "fieldseal-wrong-keys-"));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const keyArn = "arn:aws:kms:eu-central-1:111122223333:key/00000000-0000-4000-8000-000000000001";
const policyFile = join(folder, "policy.json");

/** An odd modulus of so many bits; nothing here needs its factors. */
function modulus(bits: number): bigint {
  const bytes = randomBytes(Math.ceil(bits / 8));
  const value = BigInt(`0x${bytes.toString("hex")}`) & ((1n << BigInt(bits)) - 1n);
  return value | (1n << BigInt(bits - 1)) | 1n;
}

const n = modulus(2048);
const good = encodeSpki({ n, e: 65_537n });
const goodPem = writePem("PUBLIC KEY", good);
const privatePem = nextPrivateKeyPem(2048);
const ecPem = generateKeyPairSync("ec", { namedCurve: "P-256" })
  .publicKey.export({ type: "spki", format: "pem" })
  .toString();
const edPem = generateKeyPairSync("ed25519").publicKey.export({ type: "spki", format: "pem" }).toString();
const pssPem = generateKeyPairSync("rsa-pss", { modulusLength: 2048 })
  .publicKey.export({ type: "spki", format: "pem" })
  .toString();
const pkcs1 = createPublicKey(privatePem).export({ type: "pkcs1", format: "pem" }).toString();

function place(pem: string | Buffer, record: Readonly<Record<string, unknown>> = {}): void {
  writeFileSync(
    policyFile,
    JSON.stringify({
      version: 1,
      otherwise: "pass",
      recipients: [{ id: "01", keyArn, publicKeyFile: "01.pem", prefix: "#01#", suffix: "#10#" }],
      rules: [{ path: "/people/**", recipient: "01", fields: ["ssn"] }],
    }),
  );
  writeFileSync(join(folder, "01.pem"), pem);
  const der = Buffer.from(String(pem).replace(/-----[^-]*-----|\s/g, ""), "base64");
  const fingerprint = createHash("sha256").update(der).digest("hex");
  const facts = {
    keyArn,
    fingerprint,
    keySpec: "RSA_2048",
    keyUsage: "ENCRYPT_DECRYPT",
    encryptionAlgorithms: ["RSAES_OAEP_SHA_256"],
  };
  writeFileSync(join(folder, "01.json"), JSON.stringify({ ...facts, fetched: "2026-11-24", ...record }));
}

test.each<readonly [string, string | Buffer]>([
  ["as KMS gives it", goodPem],
  ["with the line ends of Windows", goodPem.replaceAll("\n", "\r\n")],
  ["without the last line feed", goodPem.trimEnd()],
  ["in one line of base64", `-----BEGIN PUBLIC KEY-----\n${good.toString("base64")}\n-----END PUBLIC KEY-----\n`],
])("a right key %s is taken by both", (_, pem) => {
  place(pem);
  expect(checkPolicyFile(policyFile).issues).toEqual([]);
  expect(requireKeyRecords(policyFile, { demanded: true })).toHaveLength(1);
});

const notOne = /RSA public key|not one PEM block/;
test.each<readonly [string, string | Buffer, RegExp]>([
  ["empty", "", notOne],
  ["blank", "\n\n", notOne],
  ["no PEM", "hello", notOne],
  ["DER", good, notOne],
  ["a byte order mark before it", `\ufeff${goodPem}`, notOne],
  ["UTF-16, as PowerShell writes it", Buffer.from(`\ufeff${goodPem}`, "utf16le"), notOne],
  ["two keys", goodPem + goodPem, notOne],
  ["a key and a certificate", `${goodPem}${writePem("CERTIFICATE", good)}`, notOne],
  ["text before it", `my key\n${goodPem}`, notOne],
  ["text behind it", `${goodPem}my key\n`, notOne],
  ["headers in it", goodPem.replace("KEY-----\n", "KEY-----\nComment: mine\n\n"), notOne],
  ["a certificate", writePem("CERTIFICATE", good), notOne],
  ["PKCS #1", pkcs1, notOne],
  [
    "PKCS #1 under the other name",
    writePem("PUBLIC KEY", Buffer.from(pkcs1.replace(/-----[^-]*-----|\s/g, ""), "base64")),
    notOne,
  ],
  ["a private key", privatePem, /private key/],
  [
    "an old private key",
    createPrivateKey(privatePem).export({ type: "pkcs1", format: "pem" }).toString(),
    /private key/,
  ],
  ["a private key behind it", goodPem + privatePem, /private key/],
  ["a private key under a wrong name", privatePem.replaceAll("PRIVATE", "PUBLIC"), notOne],
  ["a private key in small letters", privatePem.replaceAll("PRIVATE KEY", "private key"), /private key|RSA public key/],
  ["elliptic", ecPem, notOne],
  ["Ed25519", edPem, notOne],
  ["PSS", pssPem, notOne],
  ["2047 bits", writePem("PUBLIC KEY", encodeSpki({ n: modulus(2047), e: 65_537n })), /2048, 3072 or 4096/],
  ["2049 bits", writePem("PUBLIC KEY", encodeSpki({ n: modulus(2049), e: 65_537n })), /2048, 3072 or 4096/],
  ["1024 bits", writePem("PUBLIC KEY", encodeSpki({ n: modulus(1024), e: 65_537n })), /2048, 3072 or 4096/],
  ["8192 bits", writePem("PUBLIC KEY", encodeSpki({ n: modulus(8192), e: 65_537n })), /2048, 3072 or 4096/],
  ["the exponent 3", writePem("PUBLIC KEY", encodeSpki({ n, e: 3n })), /65537/],
  ["the exponent 1", writePem("PUBLIC KEY", encodeSpki({ n, e: 1n })), /65537/],
  ["an even exponent", writePem("PUBLIC KEY", encodeSpki({ n, e: 65_536n })), /65537/],
  ["a huge exponent", writePem("PUBLIC KEY", encodeSpki({ n, e: (1n << 64n) + 1n })), /65537/],
  ["an even modulus", writePem("PUBLIC KEY", encodeSpki({ n: n - 1n, e: 65_537n })), /odd/],
  ["a negative modulus", writePem("PUBLIC KEY", encodeSpki({ n, e: 65_537n, unsigned: false })), notOne],
  ["bytes behind it", writePem("PUBLIC KEY", Buffer.concat([good, Buffer.from([0])])), notOne],
  [
    "bytes behind the numbers",
    writePem("PUBLIC KEY", encodeSpki({ n, e: 65_537n, behind: Buffer.from([5, 0]) })),
    notOne,
  ],
  [
    "a number too many",
    writePem("PUBLIC KEY", encodeSpki({ n, e: 65_537n, within: encodeDer(2, Buffer.from([7])) })),
    notOne,
  ],
  ["no parameters", writePem("PUBLIC KEY", encodeSpki({ n, e: 65_537n, parameters: Buffer.alloc(0) })), notOne],
  [
    "a length in its longer spelling",
    writePem("PUBLIC KEY", Buffer.concat([Buffer.from([0x30, 0x83, 0x00]), good.subarray(2)])),
    notOne,
  ],
  ["cut off", writePem("PUBLIC KEY", good.subarray(0, 200)), notOne],
  ["damaged base64", goodPem.replace("MII", "MI*"), notOne],
  ["padding too much", goodPem.replace("\n-----END", "====\n-----END"), notOne],
])("%s", (_, pem, reason) => {
  place(pem);
  const { policy, issues } = checkPolicyFile(policyFile);
  expect(policy).toBeUndefined();
  const said = issues.map((issue) => issue.reason).join("\n");
  let thrown: unknown;
  try {
    requireKeyRecords(policyFile, { demanded: true });
  } catch (error) {
    thrown = error;
  }
  expect(thrown).toMatchObject({ name: "recipient_invalid" });
  const message = String(thrown);
  for (const text of [said, message]) {
    expect(text).toMatch(reason);
    for (const line of String(pem)
      .split(/\s+/)
      .filter((word) => word.length >= 16))
      expect(text).not.toContain(line.slice(0, 16));
  }
});

test("3072 bits where the record says 2048", () => {
  place(writePem("PUBLIC KEY", encodeSpki({ n: modulus(3072), e: 65_537n })));
  expect(() => requireKeyRecords(policyFile, { demanded: true })).toThrow(/RSA_2048/);
});

test.each<readonly [string, unknown]>([
  ["a day that is none", "2026-02-30"],
  ["a month that is none", "2026-13-01"],
  ["nought", "0000-00-00"],
  ["a time", "2026-11-24T00:00:00Z"],
  ["a number", 20_261_124],
])("the record's date: %s", (_, fetched) => {
  place(goodPem, { fetched });
  expect(() => requireKeyRecords(policyFile, { demanded: true })).toThrow(/date/);
});

test("a folder in the place of the file", () => {
  place(goodPem);
  rmSync(join(folder, "01.pem"));
  mkdirSync(join(folder, "01.pem"));
  expect(() => requireKeyRecords(policyFile, { demanded: true })).toThrow(/Cannot read the file .*01\.pem/);
  expect(checkPolicyFile(policyFile).policy).toBeUndefined();
  rmdirSync(join(folder, "01.pem"));
});

test("two recipients with one public key, in two files and spellings", () => {
  place(goodPem);
  writeFileSync(join(folder, "02.pem"), goodPem.replaceAll("\n", "\r\n"));
  const other = {
    id: "02",
    keyArn: keyArn.replace(/1$/, "2"),
    publicKeyFile: "02.pem",
    prefix: "#02#",
    suffix: "#20#",
  };
  const source = JSON.parse(readFileSync(policyFile, "utf8"));
  writeFileSync(policyFile, JSON.stringify({ ...source, recipients: [...source.recipients, other] }));
  expect(
    checkPolicyFile(policyFile)
      .issues.map(({ reason }) => reason)
      .join(),
  ).toMatch(/public key/);
});

test("an byte changed anywhere: another key that both read alike, or a refusal", () => {
  fc.assert(
    fc.property(fc.nat(good.length - 1), fc.integer({ min: 1, max: 255 }), (at, change) => {
      const der = Buffer.from(good);
      der[at] = (der[at] ?? 0) ^ change;
      const pem = writePem("PUBLIC KEY", der);
      try {
        requireRsaPublicKey(pem, new ConfigValue(pem, "01.pem", "recipient_invalid"));
      } catch (error) {
        expect(error).toMatchObject({ name: "recipient_invalid" });
        return;
      }
      expect(createPublicKey(pem).export({ type: "spki", format: "der" })).toEqual(der);
    }),
    { numRuns: 500 },
  );
});

test("the sample's policy is right, for the sample", () => {
  const sample = resolve(import.meta.dirname, "../../policy/sample.json");
  expect(requireKeyRecords(sample, { demanded: false })).toMatchObject([{ keySpec: "RSA_2048" }]);
  expect(() => requireKeyRecords(sample, { demanded: true })).toThrow(
    /Recipient "01": its public key belongs to the sample/,
  );
});
