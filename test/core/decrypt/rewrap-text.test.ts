/** How a moved token is spelt where none of its own characters needs the spelling that its place has. */
import { expect, test } from "@jest/globals";
import { decryptBody } from "../../../core/decrypt/decrypt-texts.ts";
import { parseReader } from "../../../core/decrypt/reader/reader.ts";
import { rewrapText } from "../../../core/decrypt/rewrap-text.ts";

const keyArn = (id: string): string =>
  `arn:aws:kms:eu-central-1:111122223333:key/00000000-0000-4000-8000-0000000000${id}`;
const reader = parseReader({
  reader: "r",
  recipients: ["01", "02"].map((id) => ({ id, prefix: `#${id}#`, suffix: `~${id}~`, keyArn: keyArn(id) })),
  open: ["01", "02"],
});
const [from, to] = reader.recipients;
if (from === undefined || to === undefined) throw new Error("There are two recipients.");

/** In base64 nothing but solidi, and nothing but the letter A. */
const solidi = Buffer.alloc(256, 0xff).toString("base64");
const plain = Buffer.alloc(256, 0).toString("base64");

test.each([
  {
    name: "solidi escaped in text",
    write: (token: string) => `x = "${token.replaceAll("/", "\\/")}"`,
    moved: `x = "\\u002302#${plain}~02~"`,
    restored: 'x = "<\\"&>"',
  },
  {
    name: "in text in a form",
    type: "application/x-www-form-urlencoded",
    write: (token: string) => `a=x+${encodeURIComponent(token.replaceAll("/", "\\/"))}`,
    moved: `a=x+%5Cu002302%23${plain.replaceAll("=", "%3D")}~02~`,
    restored: "a=x+%3C%5C%22%26%3E",
  },
  {
    name: "solidi as entities",
    type: "text/plain",
    write: (token: string) => `<b>${token.replaceAll("/", "&#x2F;")}`,
    moved: `<b>&#35;02#${plain}~02~`,
    restored: "<b>&#60;&#34;&#38;&#62;",
  },
  {
    name: "in JSON, where nothing depends on it",
    type: "application/json",
    write: (token: string) => `["${token.replaceAll("/", "\\/")}"]`,
    moved: `["\\u002302#${plain}~02~"]`,
    restored: '["<\\"&>"]',
  },
])("$name", async ({ write, moved, restored, ...more }) => {
  const contentType = "type" in more ? more.type : undefined;
  const open = async (body: Buffer): Promise<string> =>
    (
      await decryptBody({ body, contentType, onFailure: "fail" }, reader, async (requests) =>
        requests.map(() => Buffer.from('<"&>')),
      )
    ).body.toString();
  const old = Buffer.from(write(`#01#${solidi}~01~`));
  const { body } = await rewrapText({ body: old, contentType, onFailure: "fail" }, reader, {
    from,
    to,
    modulusBytes: 256,
    move: async (ciphertexts) => ciphertexts.map(() => Buffer.alloc(256, 0)),
  });
  expect(body.toString()).toBe(moved);
  expect([await open(old), await open(body)]).toEqual([restored, restored]);
});

test("PHP's serialize: the length is that of the new token", async () => {
  const old = `#01#${plain}~01~`;
  const larger = Buffer.alloc(384, 0);
  const text = (token: string): string => `a:1:{s:3:"ssn";s:${token.length}:"${token}";}`;
  const { body } = await rewrapText(
    { body: Buffer.from(text(old)), contentType: undefined, onFailure: "fail" },
    reader,
    { from, to, modulusBytes: 384, move: async (ciphertexts) => ciphertexts.map(() => larger) },
  );
  expect(body.toString()).toBe(text(`#02#${larger.toString("base64")}~02~`));
});
