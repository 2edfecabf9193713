import { createSecretKey } from "node:crypto";
import { expect, test } from "@jest/globals";
import {
  algorithmOf,
  createMac,
  generateHmacKey,
  type HmacSpec,
  hmacSpecs,
  isHmacSpec,
  isMac,
  macAlgorithms,
} from "../../../local/kms/hmac.ts";

// RFC 4231 section 4.3, test case 2.
const key = createSecretKey(Buffer.from("Jefe"));
const message = Buffer.from("what do ya want for nothing?");

test.each<[spec: HmacSpec, bytes: number, start: string]>([
  ["HMAC_224", 28, "a30e01098bc6dbbf"],
  ["HMAC_256", 32, "5bdcc146bf60754e"],
  ["HMAC_384", 48, "af45d2e376484031"],
  ["HMAC_512", 64, "164b7a7bfcf819e2"],
])("%s has keys and codes of %i bytes", (spec, bytes, start) => {
  const mac = createMac(key, spec, message);
  expect([mac.length, mac.toString("hex", 0, 8)]).toEqual([bytes, start]);
  expect(generateHmacKey(spec).symmetricKeySize).toBe(bytes);
  expect([isMac(key, spec, message, mac), isMac(key, spec, message, mac.subarray(1))]).toEqual([true, false]);
});

test("each spec has the algorithm of its hash", () => {
  expect(hmacSpecs.map(algorithmOf)).toEqual(macAlgorithms);
  expect(macAlgorithms).toEqual(["HMAC_SHA_224", "HMAC_SHA_256", "HMAC_SHA_384", "HMAC_SHA_512"]);
  expect(["HMAC_256", "RSA_2048"].map(isHmacSpec)).toEqual([true, false]);
});
