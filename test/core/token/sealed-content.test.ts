/** The content of sealed tokens, held to another implementation. */
import { describe, expect, jest, test } from "@jest/globals";
import { CompactEncrypt, compactDecrypt, importPKCS8, importSPKI } from "jose";
import { FieldsealError } from "../../../core/errors.ts";
import { formatToken, parsePayload, type SealedPayload } from "../../../core/token/grammar.ts";
import { createRecipient } from "../../../core/token/recipient.ts";
import {
  createContentKey,
  measureSealedBytes,
  measureSealedJson,
  openSealed,
  sealBytes,
  sealJson,
} from "../../../core/token/sealed-content.ts";
import { keys, openTokens } from "../../support/edge.ts";

const [key] = keys;
const recipient = createRecipient(key, key.publicKeyPem);

describe("sealed tokens", () => {
  test("jose opens ours", async () => {
    const privateKey = await importPKCS8(key.privateKeyPem, "RSA-OAEP-256");
    const { plaintext, protectedHeader } = await compactDecrypt(
      sealJson(createContentKey(recipient), "a.b", "true"),
      privateKey,
    );
    expect(Buffer.from(plaintext).toString()).toBe("true".padEnd(32));
    expect(JSON.stringify(protectedHeader)).toBe('{"alg":"RSA-OAEP-256","enc":"A256GCM","cty":"json","fld":"a.b"}');
  });

  test("we open jose's", async () => {
    const publicKey = await importSPKI(key.publicKeyPem, "RSA-OAEP-256");
    const jwe = await new CompactEncrypt(Buffer.from(" [1.0] "))
      .setProtectedHeader({ alg: "RSA-OAEP-256", enc: "A256GCM", cty: "json" })
      .encrypt(publicKey);
    expect((await openTokens({ body: `{"a":"${formatToken(recipient, jwe)}"}` })).body).toBe('{"a":[1.0]}');
  });

  test("length tells nothing below 32 bytes, and is known before", () => {
    const contentKey = createContentKey(recipient);
    for (const text of ["true", "false", '""', "x".repeat(32), "x".repeat(33), "é".repeat(40)]) {
      for (const label of [undefined, "a", "a".repeat(64)]) {
        expect(sealJson(contentKey, label, text).length).toBe(
          measureSealedJson(recipient, label, Buffer.byteLength(text)),
        );
      }
    }
    expect(sealJson(contentKey, undefined, "true").length).toBe(sealJson(contentKey, undefined, "false").length);
  });

  test("no IV comes twice", () => {
    const contentKey = createContentKey(recipient);
    const ivs = Array.from({ length: 2_000 }, () => sealJson(contentKey, undefined, "1").split(".")[2]);
    expect(new Set(ivs).size).toBe(2_000);
  });

  test("content keys differ", () => {
    expect(createContentKey(recipient).wrapped).not.toBe(createContentKey(recipient).wrapped);
  });
});

describe("opening", () => {
  const contentKey = createContentKey(recipient);
  const bytes = contentKey.key.export();
  const read = (payload: string): SealedPayload => {
    const parsed = parsePayload(payload);
    if (parsed?.kind !== "sealed") throw new TypeError("a sealed payload is needed");
    return parsed;
  };

  test("gives a text with its padding, and bytes as they were", () => {
    expect(openSealed(bytes, read(sealJson(contentKey, undefined, '"é"'))).toString()).toBe('"é"'.padEnd(31));
    const file = Buffer.from([0, 255, 10]);
    const payload = sealBytes(contentKey, "a", file);
    expect(payload.length).toBe(measureSealedBytes(recipient, "a", file.length));
    expect(openSealed(bytes, read(payload)).equals(file)).toBe(true);
  });

  const payload = read(sealJson(contentKey, "ssn", "1"));
  const flip = (part: Buffer): Buffer => Buffer.from(part).fill((part[0] ?? 0) ^ 1, 0, 1);
  const header = read(sealJson(contentKey, undefined, "1")).encodedHeader;

  test.each([
    ["a shorter content key", bytes.subarray(1), payload],
    ["another content key", flip(bytes), payload],
    ["another header", bytes, { ...payload, encodedHeader: header }],
    ["another IV", bytes, { ...payload, iv: flip(payload.iv) }],
    ["another content", bytes, { ...payload, content: flip(payload.content) }],
    ["another tag", bytes, { ...payload, tag: flip(payload.tag) }],
  ])("%s is token_invalid", (_, contentKey, changed) => {
    expect(() => openSealed(contentKey, changed)).toThrow(new FieldsealError("token_invalid"));
  });
});

test.each([
  ["short", 20],
  ["a part of the shared buffer", 1_000],
  ["longer than the shared buffer", 10_000],
])("no buffer holds a text once it is sealed: %s", (_, length) => {
  const write = jest.spyOn(Buffer.prototype, "write");
  sealJson(createContentKey(recipient), undefined, JSON.stringify("secret".padEnd(length, "x")));
  const written = write.mock.contexts.filter((context) => Buffer.isBuffer(context));
  write.mockRestore();
  expect(written.length).toBeGreaterThan(0);
  expect(written.map((buffer) => buffer.includes("secret"))).toEqual(written.map(() => false));
});
