/**
 * Texts that go through several systems, each of which escapes them once more: what comes back, undone again, is the
 * text with values.
 */
import { privateDecrypt } from "node:crypto";
import { expect, test } from "@jest/globals";
import fc from "fast-check";
import { decryptBody } from "../../../../core/decrypt/decrypt-texts.ts";
import { parseReader } from "../../../../core/decrypt/reader/reader.ts";
import { formatToken } from "../../../../core/token/grammar.ts";
import { createRecipient } from "../../../../core/token/recipient.ts";
import { createContentKey, sealJson } from "../../../../core/token/sealed-content.ts";
import { keys } from "../../../support/edge.ts";

const reader = parseReader({
  reader: "test",
  recipients: keys.map(({ id, keyArn, prefix, suffix }) => ({ id, keyArn, prefix, suffix })),
  open: ["01", "02"],
});
const recipients = keys.map((key) => createRecipient(key, key.publicKeyPem));
const contentKeys = recipients.map((recipient) => createContentKey(recipient));
const opened = new Map<string, Buffer>();

async function restore(body: string, onFailure: "fail" | "keep" = "fail") {
  return decryptBody({ body: Buffer.from(body), contentType: "text/plain", onFailure }, reader, async (requests) =>
    requests.map(({ keyArn, ciphertext }) => {
      const known = opened.get(ciphertext.toString("base64"));
      if (known !== undefined) return known;
      const key = keys.find((candidate) => candidate.keyArn === keyArn);
      const plaintext = privateDecrypt({ key: key?.privateKeyPem ?? "", oaepHash: "sha256" }, ciphertext);
      opened.set(ciphertext.toString("base64"), plaintext);
      return plaintext;
    }),
  );
}

/** How a system escapes a text, in a way that tokens show, and how a reader undoes it. */
interface System {
  readonly name: string;
  readonly escape: (text: string) => string;
  readonly read: (text: string) => string;
}

const codeOf = (character: string): number => character.codePointAt(0) ?? 0;
const readEntities = (text: string): string =>
  text.replace(/&#(?:x([0-9a-f]+)|([0-9]+));/gi, (_, hex, decimal) =>
    String.fromCodePoint(hex === undefined ? Number(decimal) : Number.parseInt(hex, 16)),
  );
const readJson = (text: string): string => JSON.parse(`"${text}"`);

const systems: readonly System[] = [
  { name: "URL", escape: encodeURIComponent, read: decodeURIComponent },
  {
    name: "URL in small letters",
    escape: (text) => encodeURIComponent(text).replace(/%../g, (code) => code.toLowerCase()),
    read: decodeURIComponent,
  },
  {
    name: "URL of all characters",
    escape: (text) => [...Buffer.from(text)].map((byte) => `%${byte.toString(16).padStart(2, "0")}`).join(""),
    read: decodeURIComponent,
  },
  {
    name: "decimal entities",
    escape: (text) => text.replace(/[^A-Za-z0-9]/gu, (character) => `&#${codeOf(character)};`),
    read: readEntities,
  },
  {
    name: "hexadecimal entities",
    escape: (text) =>
      text.replace(/[^A-Za-z0-9]/gu, (character) => `&#x${codeOf(character).toString(16).padStart(4, "0")};`),
    read: readEntities,
  },
  {
    name: "JSON, all punctuation escaped",
    escape: (text) => text.replace(/[^A-Za-z0-9]/g, (unit) => `\\u${unit.charCodeAt(0).toString(16).padStart(4, "0")}`),
    read: readJson,
  },
  {
    name: "JSON, all characters escaped",
    escape: (text) =>
      text.replace(/[^]/g, (unit) => `\\u${unit.charCodeAt(0).toString(16).toUpperCase().padStart(4, "0")}`),
    read: readJson,
  },
];

const prepare: readonly (readonly [string, (token: string) => string])[] = [
  ["as it is", (token) => token],
  ["in lines of 64", (token) => token.replace(/.{64}/g, "$&\n")],
  ["in lines of 76", (token) => token.replace(/.{76}/g, "$&\r\n  ")],
  ["without padding", (token) => token.replaceAll("=", "")],
  ["in the URL alphabet", (token) => token.replaceAll("+", "-").replaceAll("/", "_")],
];

const words = fc.string({
  unit: fc.constantFrom(
    "a",
    "Z",
    "0",
    " ",
    "#",
    "~",
    '"',
    "\\",
    "/",
    "&",
    ";",
    "%",
    "<",
    "\n",
    "é",
    "😀",
    ",",
    ".",
    "=",
    "+",
  ),
  maxLength: 12,
});
const values = fc.oneof(
  fc.string({ minLength: 1, maxLength: 20 }),
  fc.string({ unit: "grapheme", minLength: 1, maxLength: 10 }),
  fc.constantFrom('","admin":true,"', "]]>", "&b=", "\r\n", "=1+1", "%00%22", "&#34;", "\\", "\\u0022", "#01#"),
);
const texts = fc.array(
  fc.record({
    before: words,
    value: values,
    recipient: fc.nat(1),
    sealed: fc.boolean(),
    way: fc.nat(prepare.length - 1),
  }),
  { minLength: 1, maxLength: 3 },
);
const chains = fc.array(fc.constantFrom(...systems), { maxLength: 4 });
const run = { seed: 20_261_124, numRuns: 600 };

function makeToken(value: string, index: number, sealed: boolean): string {
  const [recipient, contentKey] = [recipients[index], contentKeys[index]];
  if (recipient === undefined || contentKey === undefined) throw new RangeError("there are two recipients");
  const bytes = Buffer.from(value);
  return formatToken(
    recipient,
    sealed || bytes.length > 190
      ? sealJson(contentKey, undefined, JSON.stringify(value))
      : recipient.encrypt(bytes).toString("base64"),
  );
}

/** Nothing around tokens that could be taken for a part of one. */
const around = (text: string): string => text.replace(/[#~]+$/, "").replace(/#0[12]#/g, "");

test("values come back through any chain of systems", async () => {
  await fc.assert(
    fc.asyncProperty(texts, chains, words, async (pieces, chain, tail) => {
      const end = `|${around(tail)}`;
      const plain = pieces.map(({ before, value }) => `${around(before)}|${value}`).join("|") + end;
      const tokens =
        pieces
          .map(
            ({ before, value, recipient, sealed, way }) =>
              `${around(before)}|${prepare[way]?.[1](makeToken(value, recipient, sealed))}`,
          )
          .join("|") + end;
      const left = chain.reduce((text, { escape }) => escape(text), tokens);
      const { body, opened: count } = await restore(left);
      expect(count).toBe(pieces.length);
      expect(chain.reduceRight((text, { read }) => read(text), body.toString())).toBe(plain);
    }),
    run,
  );
});

test("what was cut off anywhere behind the first sixteen characters of a payload is damaged", async () => {
  await fc.assert(
    fc.asyncProperty(
      values,
      fc.boolean(),
      fc.nat(prepare.length - 1),
      chains,
      fc.double({ min: 0, max: 1, noNaN: true }),
      fc.constantFrom("", "...", "…", " [cut]", "\n"),
      async (value, sealed, way, chain, part, tail) => {
        const token = prepare[way]?.[1](makeToken(value, 0, sealed)) ?? "";
        const least = 4 + 20;
        const cut = token.slice(0, least + Math.floor(part * (token.length - 5 - least)));
        const left = chain.reduce((text, { escape }) => escape(text), `x ${cut}`) + tail;
        const { body, failed, opened: count } = await restore(left, "keep");
        expect([failed.map(({ code }) => code), count, body.toString()]).toEqual([["token_damaged"], 0, left]);
      },
    ),
    run,
  );
});
