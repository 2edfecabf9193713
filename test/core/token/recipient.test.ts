/** Recipients: which public keys and names they may have. */
import { createHash, createPublicKey, generateKeyPairSync } from "node:crypto";
import { expect, test } from "@jest/globals";
import { createRecipient } from "../../../core/token/recipient.ts";
import { keys } from "../../support/edge.ts";
import { nextPublicKeyPem } from "../../support/rsa-keys.ts";

const [key] = keys;
const exponent3 = generateKeyPairSync("rsa", { modulusLength: 2048, publicExponent: 3 })
  .publicKey.export({ type: "spki", format: "pem" })
  .toString();

test.each([
  [2048, 256, 190],
  [3072, 384, 318],
  [4096, 512, 446],
])("RSA %d: ciphertexts of %d bytes from up to %d", (bits, modulusBytes, capacity) => {
  const recipient = createRecipient(key, nextPublicKeyPem(bits));
  expect(recipient).toMatchObject({ modulusBytes, capacity, id: "01", prefix: "#01#", suffix: "#10#" });
  expect(recipient.encrypt(Buffer.alloc(capacity)).length).toBe(modulusBytes);
  expect(() => recipient.encrypt(Buffer.alloc(capacity + 1))).toThrow();
});

test("the fingerprint is that of the key, whatever the ends of lines", () => {
  const spki = createPublicKey(key.publicKeyPem).export({ type: "spki", format: "der" });
  const fingerprint = createHash("sha256").update(spki).digest("hex");
  expect(createRecipient(key, key.publicKeyPem).fingerprint).toBe(fingerprint);
  expect(createRecipient(key, key.publicKeyPem.replaceAll("\n", "\r\n")).fingerprint).toBe(fingerprint);
});

test.each(["a", "A_z-9".padEnd(32, "0")])("%s may be an id", (id) => {
  expect(createRecipient({ ...key, id }, key.publicKeyPem).id).toBe(id);
});

const elliptic = generateKeyPairSync("ec", { namedCurve: "P-256" })
  .publicKey.export({ type: "spki", format: "pem" })
  .toString();

test.each([
  ["an id with a blank", { id: "a b" }, key.publicKeyPem, /the id must be/],
  ["a long id", { id: "a".repeat(33) }, key.publicKeyPem, /the id must be/],
  ["an alias", { keyArn: "arn:aws:kms:eu-central-1:111122223333:alias/x" }, key.publicKeyPem, /keyArn/],
  ["a private key", {}, key.privateKeyPem, /one PEM block/],
  ["two keys", {}, key.publicKeyPem + key.publicKeyPem, /one PEM block/],
  ["no key in it", {}, "-----BEGIN PUBLIC KEY-----\nAAAA\n-----END PUBLIC KEY-----\n", /must be an RSA key/],
  ["another algorithm", {}, elliptic, /must be an RSA key/],
  ["1024 bits", {}, nextPublicKeyPem(1024), /2048, 3072 or 4096/],
  ["another exponent", {}, exponent3, /exponent/],
])("refuses %s", (_, changed, pem, reason) => {
  expect(() => createRecipient({ ...key, ...changed }, pem)).toThrow(
    expect.objectContaining({ code: "recipient_invalid", facts: { reason: expect.stringMatching(reason) } }),
  );
});
