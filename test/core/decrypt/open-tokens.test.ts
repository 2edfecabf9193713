/** What tokens open to, and what is asked of KMS for it. */
import { describe, expect, test } from "@jest/globals";
import { ciphertextOf, type Decrypt, openValues, readUtf8, stringValue } from "../../../core/decrypt/open-tokens.ts";
import { locateTokens } from "../../../core/decrypt/token-document.ts";
import { FieldsealError } from "../../../core/errors.ts";
import { decrypt, direct, file, readerOf, recipients, sealed } from "../../support/tokens.ts";

async function open(tokens: readonly string[], settings: object = {}, opening: Decrypt = decrypt): Promise<unknown[]> {
  const reader = readerOf(settings);
  const { sites } = locateTokens(Buffer.from(JSON.stringify(tokens)), "application/json", reader);
  expect(sites).toHaveLength(tokens.length);
  const values = await openValues(sites, opening, reader);
  return sites.map((site) => {
    const value = values.get(site);
    if (value instanceof FieldsealError) return value.code;
    return value?.kind === "bytes" ? value.bytes.toString("hex") : value?.json;
  });
}

const invalid = `#01#${Buffer.alloc(256, 1).toString("base64")}#10#`;

test.each<[why: string, token: string, value: string]>([
  ["a direct one", direct('é "'), '"é \\""'],
  [
    "a direct one that holds no text",
    `#01#${recipients[0].encrypt(Buffer.of(0xff)).toString("base64")}#10#`,
    "token_invalid",
  ],
  ["a sealed string", sealed('"a"'), '"a"'],
  ["a number, in its spelling", sealed("1.50"), "1.50"],
  ["a list, without the blanks around it", sealed(" \n[1, 2]\t"), "[1, 2]"],
  ["a file", file(Buffer.of(0, 0xff)), "00ff"],
  ["no JSON", sealed("{"), "token_invalid"],
  ["two texts", sealed("1, 2"), "token_invalid"],
  ["a byte order mark", sealed("\ufeff1"), "token_invalid"],
  ["what KMS cannot open", invalid, "token_invalid"],
  ["damaged", sealed("1").slice(0, -3), "token_damaged"],
])("%s", async (_, token, value) => {
  expect(await open([token])).toEqual([value]);
});

test("JSON that is nested more deeply than the reader takes", async () => {
  expect(await open([sealed("[[1]]"), sealed("[[[1]]]")], { limits: { depth: 2 } })).toEqual([
    "[[1]]",
    "token_invalid",
  ]);
});

describe("labels", () => {
  const expecting = { expect: { "$[*]": "ssn" } };
  test.each([
    ["the one that is expected", sealed("1", "ssn"), "1"],
    ["another one", sealed("1", "pan"), "label_mismatch"],
    ["none", sealed("1"), "label_mismatch"],
    ["a direct one, which has none", direct("1"), "label_mismatch"],
    ["another one of a token that is not authentic", sealed("{", "pan"), "token_invalid"],
  ])("%s", async (_, token, value) => {
    expect(await open([token], expecting)).toEqual([value]);
  });
});

describe("what is asked for", () => {
  const ask = async (tokens: readonly string[]): Promise<readonly string[]> => {
    const asked: string[] = [];
    await open(tokens, {}, (requests) => {
      asked.push(...requests.map(({ keyArn, holds }) => `${keyArn.slice(-2)} ${holds}`));
      return decrypt(requests);
    });
    return asked;
  };
  const [, two] = recipients;
  const same = direct("a");

  test.each([
    ["a content key that tokens share, once", [sealed("1"), sealed("2")], ["01 content key"]],
    ["a direct token that comes twice, once", [same, same], ["01 value"]],
    ["two of one value", [direct("a"), direct("a")], ["01 value", "01 value"]],
    ["of each recipient", [sealed("1"), sealed("1", undefined, two)], ["01 content key", "02 content key"]],
    ["nothing for damaged ones", [same.slice(0, -3)], []],
  ])("%s", async (_, tokens, asked) => {
    expect(await ask(tokens)).toEqual(asked);
  });

  test("what gets no answer is no value", async () => {
    expect(await open([sealed("1")], {}, async () => [])).toEqual(["internal_error"]);
    expect(await open([sealed("1")], {}, async () => [new FieldsealError("kms_throttled")])).toEqual(["kms_throttled"]);
  });
});

test("ciphertexts, strings and characters", () => {
  const ciphertext = Buffer.of(1);
  expect(ciphertextOf({ kind: "direct", ciphertext })).toBe(ciphertext);
  expect(stringValue('a"')).toEqual({ kind: "json", json: '"a\\""' });
  expect(readUtf8(Buffer.from("é"))).toBe("é");
  expect(() => readUtf8(Buffer.of(0xff))).toThrow(expect.objectContaining({ code: "token_invalid" }));
});
