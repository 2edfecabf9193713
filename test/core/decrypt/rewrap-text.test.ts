/** How a moved token is spelt where none of its own characters needs the spelling that its place has. */
import { gzipSync } from "node:zlib";
import { describe, expect, test } from "@jest/globals";
import { decryptBody } from "../../../core/decrypt/decrypt-texts.ts";
import { parseReader } from "../../../core/decrypt/reader/reader.ts";
import { isTokenFault, type MoveCiphertexts, rememberMoves, rewrapText } from "../../../core/decrypt/rewrap-text.ts";
import { type ErrorCode, FieldsealError } from "../../../core/errors.ts";

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

describe("what is moved and what is left", () => {
  const moved: string[] = [];
  const [one, two] = [`#01#${solidi}~01~`, `#02#${plain}~02~`];
  const damaged = one.slice(0, -6);

  const rewrap = (body: string, onFailure: "fail" | "keep" = "fail", answer?: FieldsealError, modulusBytes = 256) => {
    moved.length = 0;
    return rewrapText({ body: Buffer.from(body), contentType: undefined, onFailure }, reader, {
      from,
      to,
      modulusBytes,
      move: async (ciphertexts) => {
        moved.push(...ciphertexts.map((each) => each.toString("base64")));
        return ciphertexts.map(() => answer ?? Buffer.alloc(modulusBytes, 0));
      },
    });
  };

  test("each ciphertext is moved once, and others' tokens are counted", async () => {
    const { body, ...counts } = await rewrap(JSON.stringify([one, two, one, "é", two]));
    expect(JSON.parse(body.toString())).toEqual([two, two, two, "é", two]);
    expect(counts).toEqual({ direct: 2, sealed: 0, left: new Map([["02", 2]]), failed: [] });
    expect(moved).toEqual([solidi]);
  });

  test("a text that holds none comes back as it is", async () => {
    const body = JSON.stringify([two]);
    expect((await rewrap(body)).body.toString()).toBe(body);
  });

  test.each<[code: ErrorCode, text: string, answer: FieldsealError | undefined, modulusBytes: number]>([
    ["token_damaged", damaged, undefined, 256],
    ["token_invalid", one, new FieldsealError("token_invalid"), 256],
    ["value_too_long", one, undefined, 128],
  ])("%s stays where it is, at its offset in bytes", async (code, text, answer, modulusBytes) => {
    const body = JSON.stringify(["é", text]);
    const offset = code === "token_damaged" ? 7 : 6;
    expect(await rewrap(body, "keep", answer, modulusBytes)).toMatchObject({
      body: Buffer.from(body),
      direct: 0,
      failed: [{ offset, code }],
    });
    await expect(rewrap(body, "fail", answer, modulusBytes)).rejects.toMatchObject({ code, facts: { offset } });
  });

  test("what is wrong with KMS fails in any case", async () => {
    await expect(rewrap(one, "keep", new FieldsealError("kms_throttled"))).rejects.toMatchObject({
      code: "kms_throttled",
    });
  });

  test("gzip that was cut off is told", async () => {
    const cut = gzipSync(Array.from({ length: 40 }, (_, at) => Math.sqrt(at + 2)).join(" "))
      .toString("base64")
      .slice(0, 200);
    expect((await rewrap(JSON.stringify(["é", cut]), "keep")).failed).toEqual([
      { offset: 7, code: "content_coding_malformed" },
    ]);
  });

  test.each<[code: ErrorCode, is: boolean]>([
    ["token_damaged", true],
    ["token_invalid", true],
    ["value_too_long", true],
    ["content_coding_malformed", true],
    ["kms_throttled", false],
    ["body_malformed", false],
  ])("%s is the token's own fault: %s", (code, is) => {
    expect(isTokenFault(code)).toBe(is);
  });
});

test("moves are made once, as long as they are remembered; errors are not", async () => {
  const asked: number[] = [];
  const move: MoveCiphertexts = async (ciphertexts) =>
    ciphertexts.map(([first = 0]) => {
      asked.push(first);
      return first === 9 ? new FieldsealError("token_invalid") : Buffer.of(first + 100);
    });
  const remembering = rememberMoves(move, 2);
  const ask = async (...firsts: readonly number[]): Promise<readonly unknown[]> => {
    asked.length = 0;
    const results = await remembering(firsts.map((first) => Buffer.of(first)));
    return [results.map((result) => (result instanceof FieldsealError ? result.code : result[0])), [...asked]];
  };
  expect(await ask(1, 2)).toEqual([
    [101, 102],
    [1, 2],
  ]);
  expect(await ask(2, 9, 1)).toEqual([[102, "token_invalid", 101], [9]]);
  expect(await ask(9, 3)).toEqual([
    ["token_invalid", 103],
    [9, 3],
  ]);
  expect(await ask(2, 3)).toEqual([[102, 103], []]);
  expect(await ask(1)).toEqual([[101], [1]]);
});
