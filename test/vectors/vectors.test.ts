/** This project and independent implementations open the vectors of TOKEN.md. */
import { privateDecrypt } from "node:crypto";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "@jest/globals";
import { compactDecrypt, importPKCS8 } from "jose";
import forge from "node-forge";
import { decryptBody } from "../../core/decrypt/decrypt-texts.ts";
import { parseReader } from "../../core/decrypt/reader/reader.ts";
import { FieldsealError } from "../../core/errors.ts";

interface VectorRecipient {
  readonly id: string;
  readonly prefix: string;
  readonly suffix: string;
  readonly privateKeyPem: string;
}

interface ValidVector {
  readonly why: string;
  readonly recipient: string;
  readonly kind: "direct" | "sealed";
  readonly label?: string;
  readonly token: string;
  readonly json: string;
}

interface InvalidVector {
  readonly why: string;
  readonly expected: "damaged" | "token_invalid";
  readonly token: string;
}

function read(name: string): string {
  return readFileSync(join(import.meta.dirname, name), "utf8");
}

const { recipients }: { readonly recipients: readonly VectorRecipient[] } = JSON.parse(read("recipients.json"));
const valid: readonly ValidVector[] = JSON.parse(read("valid.json"));
const invalid: readonly InvalidVector[] = JSON.parse(read("invalid.json"));

const arnOf = (id: string): string =>
  `arn:aws:kms:eu-central-1:111122223333:key/00000000-0000-4000-8000-0000000000${id}`;
const reader = parseReader({
  reader: "vectors",
  recipients: recipients.map(({ id, prefix, suffix }) => ({ id, prefix, suffix, keyArn: arnOf(id) })),
  open: recipients.map(({ id }) => id),
});

function restore(body: string): Promise<string> {
  return decryptBody(
    { body: Buffer.from(body), contentType: "application/json", onFailure: "fail" },
    reader,
    async (requests) =>
      requests.map(({ keyArn, ciphertext }) => {
        const key = recipients.find(({ id }) => arnOf(id) === keyArn)?.privateKeyPem ?? "";
        try {
          return privateDecrypt({ key, oaepHash: "sha256" }, ciphertext);
        } catch {
          return new FieldsealError("token_invalid");
        }
      }),
  ).then(({ body: restored }) => restored.toString("utf8"));
}

function recipientOf(vector: ValidVector): VectorRecipient {
  const found = recipients.find(({ id }) => id === vector.recipient);
  if (found === undefined) throw new TypeError("the vector names no known recipient");
  return found;
}

function payloadOf(vector: ValidVector): string {
  const { prefix, suffix } = recipientOf(vector);
  return vector.token.slice(prefix.length, -suffix.length);
}

describe("valid", () => {
  test.each(valid)("$recipient $kind: $why", async (vector) => {
    expect(await restore(`["${vector.token}"]`)).toBe(`[${vector.json}]`);
  });

  // One for each key: node-forge takes seconds for each.
  test.each(valid.filter(({ why }) => why === "characters beyond ASCII"))(
    "node-forge opens $recipient: $why",
    (vector) => {
      const plaintext = forge.pki
        .privateKeyFromPem(recipientOf(vector).privateKeyPem)
        .decrypt(forge.util.decode64(payloadOf(vector)), "RSA-OAEP", {
          md: forge.md.sha256.create(),
          mgf1: { md: forge.md.sha256.create() },
        });
      expect(JSON.stringify(forge.util.decodeUtf8(plaintext))).toBe(vector.json);
    },
  );

  test.each(valid.filter(({ kind }) => kind === "sealed"))("jose opens $recipient: $why", async (vector) => {
    const key = await importPKCS8(recipientOf(vector).privateKeyPem, "RSA-OAEP-256");
    const { plaintext, protectedHeader } = await compactDecrypt(payloadOf(vector), key);
    const content = Buffer.from(plaintext).toString("utf8");
    expect(content.trimEnd()).toBe(vector.json);
    expect(plaintext.length % 32).toBe(0);
    expect(protectedHeader).toEqual({
      alg: "RSA-OAEP-256",
      enc: "A256GCM",
      cty: "json",
      ...(vector.label === undefined ? {} : { fld: vector.label }),
    });
  });
});

describe("invalid", () => {
  test.each(invalid)("$why: $expected", async ({ token, expected }) => {
    const name = expected === "damaged" ? "token_damaged" : expected;
    await expect(restore(`["${token}"]`)).rejects.toMatchObject({ name });
  });
});
