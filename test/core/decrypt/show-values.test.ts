/** What a reader gets of values: all, a part, a pseudonym, or an error in its place. */
import { createHash } from "node:crypto";
import { describe, expect, test } from "@jest/globals";
import type { OpenedValue } from "../../../core/decrypt/open-tokens.ts";
import { type Authenticate, showValues } from "../../../core/decrypt/show-values.ts";
import { locateTokens } from "../../../core/decrypt/token-document.ts";
import { FieldsealError } from "../../../core/errors.ts";
import { keys } from "../../support/edge.ts";
import { direct, readerOf, recipients, sealed } from "../../support/tokens.ts";

const json = (text: string): OpenedValue => ({ kind: "json", json: text });
const bytes: OpenedValue = { kind: "bytes", bytes: Buffer.from("file") };
const settings = (views: object, more: object = {}) => ({ views, pseudonymKeyArn: keys[0].keyArn, ...more });

/** `value outcome`, or the code of the error, for each token, as if it had opened to the value. */
async function show(
  tokens: readonly (readonly [token: string, value: OpenedValue | FieldsealError])[],
  views: object,
  authenticate?: Authenticate,
): Promise<readonly string[]> {
  const reader = readerOf(views);
  const body = JSON.stringify(tokens.map(([token]) => token));
  const { sites } = locateTokens(Buffer.from(body), "application/json", reader);
  const values = new Map(sites.map((site, index) => [site, tokens[index]?.[1] ?? json("null")]));
  const shown = await showValues(values, reader, authenticate);
  return sites.map((site) => {
    const result = shown.get(site);
    if (result === undefined || result instanceof FieldsealError) return String(result?.code);
    const { value, outcome } = result;
    return `${value.kind === "json" ? value.json : value.bytes.toString()} ${outcome}`;
  });
}

describe("views", () => {
  const labelled = sealed("1", "pan");
  test.each<[why: string, views: object, token: string, value: OpenedValue, shown: string]>([
    ["none", {}, direct("a"), json('"a"'), '"a" opened'],
    ["of the recipient", { recipients: { "01": "last-four" } }, direct("a"), json('"4111-1111"'), '"****1111" masked'],
    ["of the label", { labels: { pan: "last-four" } }, labelled, json('"41111111"'), '"****1111" masked'],
    [
      "of the label before the recipient's",
      { recipients: { "01": "last-four" }, labels: { pan: "full" } },
      labelled,
      json("1"),
      "1 opened",
    ],
    ["of another recipient", { recipients: { "02": "last-four" } }, direct("a"), json("1"), "1 opened"],
    ["a mask of a number", { recipients: { "01": "last-four" } }, direct("a"), json("12345678"), '"****5678" masked'],
    ["a mask of a list", { recipients: { "01": "last-four" } }, direct("a"), json("[1234, 5678]"), '"****" masked'],
    ["a mask of an object", { recipients: { "01": "first-letter" } }, direct("a"), json('{"a":"b"}'), '"****" masked'],
    ["a mask of a file", { recipients: { "01": "last-four" } }, direct("a"), bytes, '"****" masked'],
    ["a file", {}, direct("a"), bytes, "file opened"],
  ])("%s", async (_, views, token, value, shown) => {
    expect(await show([[token, value]], settings(views))).toEqual([shown]);
  });

  test("an error stays one, whatever the view", async () => {
    const error = new FieldsealError("token_invalid");
    expect(await show([[direct("a"), error]], settings({ recipients: { "01": "pseudonym" } }))).toEqual([
      "token_invalid",
    ]);
    expect(await show([[direct("a").slice(0, -3), error]], settings({ labels: { pan: "full" } }))).toEqual([
      "token_invalid",
    ]);
  });
});

describe("pseudonyms", () => {
  const views = settings({ recipients: { "01": "pseudonym" } }, { limits: { pseudonyms: 2 } });
  const asked: string[] = [];
  const authenticate: Authenticate = async (messages) => {
    asked.push(...messages.map(String));
    return messages.map((message) => Buffer.from(`mac of ${message.length}`));
  };
  const codeOf = (length: number): string =>
    `${JSON.stringify(Buffer.from(`mac of ${length}`).toString("base64url"))} pseudonym`;
  const digest = (text: string): string => createHash("sha256").update(text).digest("hex");

  test.each<[why: string, values: readonly OpenedValue[], messages: readonly string[]]>([
    ["of the characters of a string", [json('"\\u0061b"')], ["ab"]],
    ["of the literal of anything else", [json("1.0")], ["1.0"]],
    ["of the bytes of a file", [bytes], ["file"]],
    ["of nothing: of its digest", [json('""')], [digest("")]],
    ["of as much as KMS takes", [json(JSON.stringify("a".repeat(4_096)))], ["a".repeat(4_096)]],
    ["of more: of its digest", [json(JSON.stringify("a".repeat(4_097)))], [digest("a".repeat(4_097))]],
    ["each distinct value once", [json('"a"'), json('"bc"'), json('"a"')], ["a", "bc"]],
  ])("%s", async (_, values, messages) => {
    asked.length = 0;
    const shown = await show(
      values.map((value) => [direct("x"), value]),
      views,
      authenticate,
    );
    expect(asked).toEqual(messages);
    expect(new Set(shown)).toEqual(new Set(messages.map(({ length }) => codeOf(length))));
    expect(shown).toHaveLength(values.length);
  });

  test("more distinct values than the reader may have", async () => {
    const values = ["1", "2", "3"].map((value) => [direct("x"), json(value)] as const);
    await expect(show(values, views, authenticate)).rejects.toMatchObject({ code: "too_many_pseudonyms" });
  });

  test("errors of KMS are those of all tokens of a value, and no answer is one", async () => {
    const failing: Authenticate = async () => [new FieldsealError("kms_throttled")];
    const values = ["1", "2", "1"].map((value) => [direct("x"), json(value)] as const);
    expect(await show(values, views, failing)).toEqual(["kms_throttled", "kms_key_unusable", "kms_throttled"]);
    expect(await show(values, views)).toEqual(Array.from({ length: 3 }, () => "kms_key_unusable"));
  });

  test("nothing is asked where no view is one", async () => {
    const [, two] = recipients;
    const refusing: Authenticate = () => Promise.reject(new TypeError("it was asked"));
    expect(await show([[direct("x", two), json("1")]], views, refusing)).toEqual(["1 opened"]);
  });
});
