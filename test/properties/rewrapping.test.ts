/**
 * In every text and place, moved tokens restore to the same values as before, and nothing else changes.
 */
import { constants, privateDecrypt, publicEncrypt } from "node:crypto";
import { expect, test } from "@jest/globals";
import fc from "fast-check";
import { decryptBody } from "../../core/decrypt/decrypt-texts.ts";
import type { Decrypt } from "../../core/decrypt/open-tokens.ts";
import { parseReader } from "../../core/decrypt/reader/reader.ts";
import { type MoveCiphertexts, rememberMoves, rewrapText } from "../../core/decrypt/rewrap-text.ts";
import { FieldsealError } from "../../core/errors.ts";
import { createRecipient } from "../../core/token/recipient.ts";
import { createContentKey } from "../../core/token/sealed-content.ts";
import { makeDirect, makeSealed } from "../support/decryptor.ts";
import { keys } from "../support/edge.ts";

const [one, two] = keys.map((key) => createRecipient(key, key.publicKeyPem));
if (one === undefined || two === undefined) throw new Error("There are two keys.");
const identities = [one, two].map(({ id, keyArn, prefix, suffix }) => ({ id, keyArn, prefix, suffix }));
const reader = parseReader({ reader: "r", recipients: identities, open: ["01", "02"] });
const [from, to] = reader.recipients;
if (from === undefined || to === undefined) throw new Error("There are two recipients.");

const padding = constants.RSA_PKCS1_OAEP_PADDING;
const open = (keyArn: string, ciphertext: Uint8Array): Buffer | FieldsealError => {
  try {
    return privateDecrypt(
      { key: keys.find((key) => key.keyArn === keyArn)?.privateKeyPem ?? "", padding, oaepHash: "sha256" },
      ciphertext,
    );
  } catch {
    return new FieldsealError("token_invalid");
  }
};
const decrypt: Decrypt = async (requests) => requests.map(({ keyArn, ciphertext }) => open(keyArn, ciphertext));
let moves = 0;
const move: MoveCiphertexts = async (ciphertexts) =>
  ciphertexts.map((ciphertext) => {
    moves++;
    const plaintext = open(from.keyArn, ciphertext);
    return plaintext instanceof FieldsealError
      ? plaintext
      : publicEncrypt({ key: keys[1].publicKeyPem, padding, oaepHash: "sha256" }, plaintext);
  });

const shared = createContentKey(one);
const value = fc.string({ unit: "binary", maxLength: 20 }).filter((text) => text.isWellFormed() && text !== "");
const token = fc.oneof(
  value.map((text) => makeDirect(one, text)),
  value.map((text) => makeSealed(one, JSON.stringify(text), undefined, shared)),
  fc.integer().map((number) => makeSealed(one, `${number}.0`)),
  value.map((text) => makeDirect(two, text)),
);
const spelling = fc.constantFrom<(text: string) => string>(
  (text) => text,
  encodeURIComponent,
  (text) => encodeURIComponent(encodeURIComponent(text)),
  (text) => JSON.stringify({ inner: text }),
  (text) => JSON.stringify(JSON.stringify([text])),
  (text) => text.replace(/(.{64})/g, "$1\n"),
  (text) => text.replaceAll("#", "&#35;"),
  (text) => text.replaceAll("#", "\\u0023"),
  (text) => text.replaceAll("/", "\\/"),
  (text) => encodeURIComponent(text.replaceAll("#", "&num;")),
  (text) => JSON.stringify(text.replaceAll("+", "\\u002b")),
);
const noise = fc.string({ unit: "binary", maxLength: 12 }).filter((text) => text.isWellFormed());
const field = fc
  .tuple(noise, token, spelling, noise)
  .map(([before, inner, spell, behind]) => `${before} ${spell(inner)} ${behind}`);
const documents = fc.oneof(
  fc
    .array(field, { maxLength: 4 })
    .map((fields) => ({ body: JSON.stringify({ fields }), contentType: "application/json" })),
  fc.array(field, { maxLength: 4 }).map((fields) => ({
    body: fields.map((each) => `${JSON.stringify([each])}\n`).join(""),
    contentType: "application/x-ndjson",
  })),
  fc.array(field, { maxLength: 4 }).map((fields) => ({
    body: new URLSearchParams(Object.fromEntries(fields.map((each, index) => [`f${index}`, each]))).toString(),
    contentType: "application/x-www-form-urlencoded",
  })),
  fc.array(field, { maxLength: 4 }).map((fields) => ({ body: fields.join("\n"), contentType: undefined })),
);

const restore = async (body: Buffer, contentType: string | undefined): Promise<string> =>
  (await decryptBody({ body, contentType, onFailure: "fail" }, reader, decrypt)).body.toString("utf8");

test("moved tokens restore to the same text, with one content key for each old one, and move once", async () => {
  await fc.assert(
    fc.asyncProperty(documents, async ({ body: text, contentType }) => {
      const body = Buffer.from(text, "utf8");
      const expected = await restore(body, contentType).catch((error: unknown) => error);
      const rewrap = (bytes: Buffer, moving = move) =>
        rewrapText({ body: bytes, contentType, onFailure: "fail" }, reader, {
          from,
          to,
          modulusBytes: 256,
          move: moving,
        });
      if (expected instanceof FieldsealError) {
        await rewrap(body).catch((error: unknown) => expect(Object(error).code).toBe(expected.code));
        return;
      }
      const moved = await rewrap(body);
      expect(await restore(moved.body, contentType)).toBe(expected);
      moves = 0;
      const again = await rewrap(moved.body);
      expect([again.body.equals(moved.body), again.direct + again.sealed, moves]).toEqual([true, 0, 0]);
      const remembering = rememberMoves(move, 1_000);
      await rewrap(body, remembering);
      moves = 0;
      await rewrap(body, remembering);
      expect(moves).toBe(0);
    }),
    { numRuns: 200 },
  );
}, 60_000);
