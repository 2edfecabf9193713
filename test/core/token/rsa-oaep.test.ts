/** Encryption as KMS decrypts it, held to other implementations. */
import { privateDecrypt } from "node:crypto";
import { describe, expect, test } from "@jest/globals";
import forge from "node-forge";
import { formatToken } from "../../../core/token/grammar.ts";
import { createRecipient } from "../../../core/token/recipient.ts";
import { keys, openTokens } from "../../support/edge.ts";

const [key] = keys;
const recipient = createRecipient(key, key.publicKeyPem);

describe("direct tokens", () => {
  test("node-forge opens ours and we open its, with SHA-256 for hash and MGF1", async () => {
    const scheme = { md: forge.md.sha256.create(), mgf1: { md: forge.md.sha256.create() } };
    const ours = recipient.encrypt(Buffer.from("Grüße 🌍", "utf8"));
    const opened = forge.pki.privateKeyFromPem(key.privateKeyPem).decrypt(ours.toString("latin1"), "RSA-OAEP", scheme);
    expect(forge.util.decodeUtf8(opened)).toBe("Grüße 🌍");
    const theirs = forge.pki
      .publicKeyFromPem(key.publicKeyPem)
      .encrypt(forge.util.encodeUtf8("né"), "RSA-OAEP", scheme);
    const body = `["${formatToken(recipient, forge.util.encode64(theirs))}"]`;
    expect((await openTokens({ body })).body).toBe('["né"]');
  });

  test("equal values have different tokens", () => {
    expect(recipient.encrypt(Buffer.from("x")).equals(recipient.encrypt(Buffer.from("x")))).toBe(false);
  });

  test("SHA-1 does not open them", () => {
    expect(() =>
      privateDecrypt({ key: key.privateKeyPem, oaepHash: "sha1" }, recipient.encrypt(Buffer.from("x"))),
    ).toThrow();
  });
});
