/** The grammar of tokens. */
import { describe, expect, test } from "@jest/globals";
import {
  formatHeader,
  formatPayload,
  formatToken,
  isLabel,
  isOneToken,
  parsePayload,
  scanTokens,
} from "../../../core/token/grammar.ts";
import { createRecipient } from "../../../core/token/recipient.ts";
import { createContentKey, sealJson } from "../../../core/token/sealed-content.ts";
import { keys } from "../../support/edge.ts";

/** What tests use of the first of two recipients: it is made in each test. */
function makeToken() {
  const [key] = keys;
  const recipient = createRecipient(key, key.publicKeyPem);
  const others = keys.map((each) => createRecipient(each, each.publicKeyPem));
  const payload = recipient.encrypt(Buffer.from("x")).toString("base64");
  return { recipient, others, payload, token: formatToken(recipient, payload) };
}

type Made = ReturnType<typeof makeToken>;

describe("scanning", () => {
  test.each<[why: string, give: (made: Made) => string, expected: readonly string[]]>([
    ["one", ({ token }) => `a${token}b`, ["token 1"]],
    ["two", ({ token }) => `${token}${token}`, ["token 0", "token 352"]],
    ["stray prefix before", ({ token }) => `#01#${token}`, ["token 4"]],
    ["overlapping prefix", ({ token }) => `#01${token}`, ["token 3"]],
    ["15 characters", () => `#01#${"A".repeat(15)} `, []],
    ["16 characters", () => `#01#${"A".repeat(16)} `, ["damaged 0"]],
    ["cut off", ({ token }) => token.slice(0, -1), ["damaged 0"]],
    ["another suffix", ({ token }) => token.slice(0, -4) + "#20#", ["damaged 0"]],
    ["nobody's", ({ token }) => token.replaceAll("01", "07"), []],
    ["unpadded", ({ payload }) => `#01#${payload.replace(/=+$/, "")}#10#`, ["damaged 0"]],
    ["not canonical", () => `#01#${"A".repeat(341)}B==#10#`, ["damaged 0"]],
    ["lone suffix", () => "#10#", []],
  ])("%s", (_, give, expected) => {
    const made = makeToken();
    const found = [...scanTokens(give(made), made.others)];
    expect(found.map(({ kind, start }) => `${kind} ${start}`)).toEqual(expected);
  });

  test("each is given with its end, its recipient and its payload", () => {
    const [first, second] = keys;
    const content = `${"A".repeat(342)}==`;
    const damaged = `${first.prefix}${"A".repeat(20)} `;
    const text = `${second.prefix}${content}${second.suffix} ${damaged}${first.prefix}${content}${first.suffix}`;
    const found = [...scanTokens(text, keys)].map(({ kind, start, end, recipient }) => [kind, start, end, recipient]);
    expect(found).toEqual([
      ["token", 0, 352, second],
      ["damaged", 353, 377, first],
      ["token", 378, 730, first],
    ]);
    expect([...scanTokens(text, [second, first])].map(({ start }) => start)).toEqual([0, 353, 378]);
  });

  test("a prefix that begins within another one", () => {
    const overlapping = [
      { prefix: "#!a#", suffix: "#b!#" },
      { prefix: "!a#b!", suffix: "~10~" },
    ];
    const { payload } = makeToken();
    expect([...scanTokens(`#!a#b!${payload}~10~`, overlapping)]).toMatchObject([
      { kind: "token", start: 1, recipient: { prefix: "!a#b!" } },
    ]);
  });

  test("a payload is written in one way", () => {
    const { payload, recipient } = makeToken();
    expect(parsePayload(payload)?.kind).toBe("direct");
    expect(parsePayload(`${payload.slice(0, -4)}\n${payload.slice(-4)}`)).toBeUndefined();
    expect(parsePayload(sealJson(createContentKey(recipient), undefined, "1"))?.kind).toBe("sealed");
  });
});

describe("payloads", () => {
  const base64 = (size: number): string => Buffer.alloc(size, 7).toString("base64");
  const base64url = (size: number): string => Buffer.alloc(size, 7).toString("base64url");
  const encode = (header: string): string => Buffer.from(header).toString("base64url");
  const header = encode('{"alg":"RSA-OAEP-256","enc":"A256GCM","cty":"json"}');
  const sealed = (first = header, key = 256, iv = 12, tag = 16): string =>
    [first, base64url(key), base64url(iv), base64url(40), base64url(tag)].join(".");

  test.each([
    [base64(256), "RSA 2048"],
    [base64(384), "RSA 3072"],
    [base64(512), "RSA 4096"],
    [sealed(), "sealed"],
    [sealed(encode('{"alg":"RSA-OAEP-256","enc":"A256GCM","cty":"octet-stream","fld":"a.b"}')), "a file with a label"],
    [sealed(header, 512), "a longer wrapped key"],
  ])("%s is written as it was: %#", (text) => {
    const parsed = parsePayload(text);
    expect(parsed && formatPayload(parsed)).toBe(text);
  });

  test.each([
    ["", "nothing"],
    [base64(255), "too short"],
    [base64(257), "too long"],
    [Buffer.alloc(256, 255).toString("base64url"), "another alphabet"],
    [sealed().split(".").slice(1).join("."), "four parts"],
    [`${sealed()}.AA`, "six parts"],
    [sealed(header, 255), "no wrapped key"],
    [sealed(header, 256, 11), "a short IV"],
    [sealed(header, 256, 12, 15), "a short tag"],
    [`${sealed()}=`, "padding"],
    [sealed(encode('{"enc":"A256GCM","alg":"RSA-OAEP-256","cty":"json"}')), "another order"],
    [sealed(encode('{"alg":"RSA-OAEP-256","enc":"A256GCM","cty":"json","zip":"DEF"}')), "another member"],
    [sealed(encode('{"alg":"RSA-OAEP-256","enc":"A256GCM","cty":"text"}')), "another content"],
    [sealed(encode('{"alg":"RSA-OAEP-256","enc":"A256GCM","cty":"json","fld":""}')), "an empty label"],
    [sealed(encode('{"alg":"RSA-OAEP-256","enc":"A256GCM"}')), "no content"],
    [sealed(encode(' {"alg":"RSA-OAEP-256","enc":"A256GCM","cty":"json"}')), "a blank before the header"],
    [sealed(encode('{"alg":"RSA-OAEP-256","enc":"A256GCM","cty":"json"}\n')), "a line's end behind the header"],
    [sealed(encode('{"alg":"RSA-OAEP-256","enc":"A256GCM","cty":"json","fld":"a b"}')), "a blank in the label"],
    [`${base64(256)}=`, "more padding"],
    [`${base64(256)}\n`, "a line's end"],
  ])("%s is none: %s", (text) => {
    expect(parsePayload(text)).toBeUndefined();
  });
});

test.each([
  [{ contentType: "json" }, '{"alg":"RSA-OAEP-256","enc":"A256GCM","cty":"json"}'],
  [
    { contentType: "octet-stream", label: "a.b" },
    '{"alg":"RSA-OAEP-256","enc":"A256GCM","cty":"octet-stream","fld":"a.b"}',
  ],
] as const)("the header %j is written as %s, and read back", (header, json) => {
  const encoded = formatHeader(header);
  expect(Buffer.from(encoded, "base64url").toString()).toBe(json);
  expect(encoded).not.toContain("=");
  const parts = [256, 12, 40, 16].map((size) => Buffer.alloc(size, 7).toString("base64url"));
  expect(parsePayload([encoded, ...parts].join("."))).toStrictEqual({
    kind: "sealed",
    header,
    encodedHeader: encoded,
    wrappedKey: Buffer.alloc(256, 7),
    iv: Buffer.alloc(12, 7),
    content: Buffer.alloc(40, 7),
    tag: Buffer.alloc(16, 7),
  });
});

test.each([
  ["a", true, "one character"],
  ["A-z_0.9", true, "all kinds of characters"],
  ["a".repeat(64), true, "64 characters"],
  ["", false, "empty"],
  ["a".repeat(65), false, "65 characters"],
  ["a b", false, "a blank"],
  ["é", false, "beyond ASCII"],
])("label %j: %j, %s", (text, expected) => {
  expect(isLabel(text)).toBe(expected);
});

// A title with a token in it, which is another one each time, would hide a test from the mutation tests.
test.each<[why: string, expected: boolean, give: (made: Made) => string]>([
  ["a token", true, ({ token }) => token],
  ["a damaged one", true, () => `#01#${"A".repeat(16)}`],
  ["one that is damaged by a blank in it", true, () => `#01#${"A".repeat(16)} ${"A".repeat(16)}#10#`],
  ["a blank behind it", false, ({ token }) => `${token} `],
  ["a blank before it", false, ({ token }) => ` ${token}`],
  ["a prefix before it", false, ({ token }) => `#01#${token}`],
  ["a prefix alone", false, () => "#01#"],
  ["nobody's", false, ({ token }) => token.replaceAll("01", "07")],
])("one token as a whole: %s, %j", (_, expected, give) => {
  const made = makeToken();
  expect(isOneToken(give(made), made.others)).toBe(expected);
});
