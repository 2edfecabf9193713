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

const [key] = keys;
const recipient = createRecipient(key, key.publicKeyPem);
const others = keys.map((each) => createRecipient(each, each.publicKeyPem));
const payload = recipient.encrypt(Buffer.from("x")).toString("base64");
const token = formatToken(recipient, payload);

describe("scanning", () => {
  test.each([
    ["one", `a${token}b`, ["token 1"]],
    ["two", `${token}${token}`, ["token 0", `token ${token.length}`]],
    ["stray prefix before", `#01#${token}`, ["token 4"]],
    ["overlapping prefix", `#01${token}`, ["token 3"]],
    ["15 characters", `#01#${"A".repeat(15)} `, []],
    ["16 characters", `#01#${"A".repeat(16)} `, ["damaged 0"]],
    ["cut off", token.slice(0, -1), ["damaged 0"]],
    ["another suffix", token.slice(0, -4) + "#20#", ["damaged 0"]],
    ["nobody's", token.replaceAll("01", "07"), []],
    ["unpadded", `#01#${payload.replace(/=+$/, "")}#10#`, ["damaged 0"]],
    ["not canonical", `#01#${"A".repeat(341)}B==#10#`, ["damaged 0"]],
    ["lone suffix", "#10#", []],
  ])("%s", (_, text, expected) => {
    expect([...scanTokens(text, others)].map(({ kind, start }) => `${kind} ${start}`)).toEqual(expected);
  });

  test("a prefix that begins within another one", () => {
    const overlapping = [
      { prefix: "#!a#", suffix: "#b!#" },
      { prefix: "!a#b!", suffix: "~10~" },
    ];
    expect([...scanTokens(`#!a#b!${payload}~10~`, overlapping)]).toMatchObject([
      { kind: "token", start: 1, recipient: { prefix: "!a#b!" } },
    ]);
  });

  test("a payload is written in one way", () => {
    expect(parsePayload(payload)?.kind).toBe("direct");
    expect(parsePayload(`${payload.slice(0, -4)}\n${payload.slice(-4)}`)).toBeUndefined();
    expect(parsePayload(sealJson(createContentKey(recipient), undefined, "1"))?.kind).toBe("sealed");
  });
});

describe("payloads", () => {
  const base64 = (size: number): string => Buffer.alloc(size, 7).toString("base64");
  const base64url = (size: number): string => Buffer.alloc(size, 7).toString("base64url");
  const encode = (header: string): string => Buffer.from(header).toString("base64url");
  const header = formatHeader({ contentType: "json" });
  const sealed = (first = header, key = 256, iv = 12, tag = 16): string =>
    [first, base64url(key), base64url(iv), base64url(40), base64url(tag)].join(".");

  test.each([
    [base64(256), "RSA 2048"],
    [base64(384), "RSA 3072"],
    [base64(512), "RSA 4096"],
    [sealed(), "sealed"],
    [sealed(formatHeader({ contentType: "octet-stream", label: "a.b" })), "a file with a label"],
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
  ])("%s is none: %s", (text) => {
    expect(parsePayload(text)).toBeUndefined();
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

test.each([
  [token, true, "a token"],
  [`#01#${"A".repeat(16)}`, true, "a damaged one"],
  [`${token} `, false, "a blank behind it"],
  [` ${token}`, false, "a blank before it"],
  [`#01#${token}`, false, "a prefix before it"],
  ["#01#", false, "a prefix alone"],
  [token.replaceAll("01", "07"), false, "nobody's"],
])("one token as a whole: %#, %j", (text, expected) => {
  expect(isOneToken(text, others)).toBe(expected);
});
