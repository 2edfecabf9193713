import { generateKeyPairSync } from "node:crypto";
import { expect, test } from "@jest/globals";
import { formatPublicKeyPem } from "../../local/public-key-pem.ts";

test("is the PEM that OpenSSL writes", () => {
  const { publicKey } = generateKeyPairSync("rsa", { modulusLength: 2048 });
  const der = publicKey.export({ type: "spki", format: "der" });
  expect(formatPublicKeyPem(der)).toBe(publicKey.export({ type: "spki", format: "pem" }));
});

test("has no line between its marks for no bytes", () => {
  expect(formatPublicKeyPem(new Uint8Array())).toBe("-----BEGIN PUBLIC KEY-----\n-----END PUBLIC KEY-----\n");
});
