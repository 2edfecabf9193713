/** Pseudonyms that a reader gets instead of values: HMACs of their characters. */
import { GenerateMacCommand } from "@aws-sdk/client-kms";
import { describe, expect, test } from "@jest/globals";
import { openCaller } from "../support/caller.ts";
import { makeDirect, makeSealed, within } from "../support/decryptor.ts";

const caller = openCaller();

describe("pseudonyms", () => {
  const settings = (more: object = {}): object => ({
    views: { labels: { id: "pseudonym" }, recipients: { "02": "pseudonym" } },
    pseudonymKeyArn: caller.decryptor.hmacKeyArn,
    ...more,
  });

  test("equal values have equal ones, in every token and call: the HMAC of their characters", async () => {
    const [one, two] = caller.decryptor.recipients;
    const texts = [
      makeSealed(one, '"Grüße"', "id"),
      makeSealed(one, '"Gr\\u00fc\\u00dfe"', "id"),
      makeDirect(two, "Grüße"),
      makeDirect(two, "other"),
    ];
    const { result, audit } = await caller.decryptor.call({ texts }, settings());
    const again = await caller.decryptor.call({ texts: texts.slice(0, 1) }, settings());
    const [first, second, third, fourth] = result["texts"] as string[];
    const { Mac } = await caller.decryptor.client.send(
      new GenerateMacCommand({
        KeyId: caller.decryptor.hmacKeyArn,
        Message: Buffer.from("Grüße"),
        MacAlgorithm: "HMAC_SHA_256",
      }),
    );
    expect([first, second, third]).toEqual(Array(3).fill(Buffer.from(Mac ?? []).toString("base64url")));
    expect(fourth).not.toBe(first);
    expect(again.result["texts"]).toEqual([first]);
    expect(audit["recipients"]).toEqual({ "01": { pseudonym: 2 }, "02": { pseudonym: 2 } });
    expect(caller.decryptor.calls.filter(({ operation }) => operation === "GenerateMac")).toHaveLength(4);
  });

  test.each<{ readonly why: string; readonly pairs: readonly (readonly [string, string])[]; readonly equal: boolean }>([
    {
      why: "a number and the text of its characters",
      pairs: [
        ["1", '"1"'],
        ["1.50", '"1.50"'],
        ["true", '"true"'],
      ],
      equal: true,
    },
    {
      why: "escapes and characters",
      pairs: [
        ['"\\u0041"', '"A"'],
        ['"\\ud83d\\ude00"', '"\ud83d\ude00"'],
        ['"\\/"', '"/"'],
      ],
      equal: true,
    },
    { why: "blanks around a value", pairs: [[" 1 ", "1"]], equal: true },
    {
      why: "spellings of a number",
      pairs: [
        ["1", "1.0"],
        ["1e2", "100"],
      ],
      equal: false,
    },
    {
      why: "capitals, blanks and accents",
      pairs: [
        ['"a"', '"A"'],
        ['"a"', '"a "'],
        ['"\u00e9"', '"e\u0301"'],
      ],
      equal: false,
    },
  ])("$why have equal ones: $equal", async ({ pairs, equal }) => {
    const texts = pairs.flat().map((json) => makeSealed(caller.decryptor.recipients[0], json, "id"));
    const shown = (await caller.decryptor.call({ texts }, settings())).result["texts"] as string[];
    expect(pairs.map((_, index) => shown[2 * index] === shown[2 * index + 1])).toEqual(pairs.map(() => equal));
    expect(shown.every((text) => /^[\w-]{43}$/.test(text))).toBe(true);
  });

  test("in JSON they are strings, and one is asked for each value of a call", async () => {
    const [one] = caller.decryptor.recipients;
    const { result } = await caller.decryptor.call(
      { body: `[${["1", '"1"', "1", '{"a":1}'].map((json) => `"${makeSealed(one, json, "id")}"`).join()}]` },
      settings(),
    );
    expect(JSON.parse(String(result["body"]))).toEqual(Array(4).fill(expect.stringMatching(/^[\w-]{43}$/)));
    expect(caller.decryptor.calls.filter(({ operation }) => operation === "GenerateMac")).toHaveLength(2);
  });

  test("one that KMS refuses: the token stays where failures are kept", async () => {
    const token = makeDirect(caller.decryptor.recipients[1], "canary");
    caller.decryptor.intercept = async ({ operation }) =>
      operation === "GenerateMac" ? { kind: "error", name: "ThrottlingException" } : undefined;
    const { result, audit, line } = await caller.decryptor.call(
      { body: `${token} ${makeDirect(caller.decryptor.recipients[0], "x")}`, onFailure: "keep" },
      settings(),
      within(1_200),
    );
    expect(result).toMatchObject({ body: `${token} x`, opened: 1, failed: [{ offset: 0, code: "kms_throttled" }] });
    expect(audit["recipients"]).toEqual({ "01": { opened: 1 }, "02": { kms_throttled: 1 } });
    expect(line).not.toContain("canary");
  });

  test("a value longer than KMS takes, and an empty one", async () => {
    const tokens = ["x".repeat(5_000), ""].map((value) =>
      makeSealed(caller.decryptor.recipients[0], JSON.stringify(value), "id"),
    );
    const { result } = await caller.decryptor.call({ texts: tokens }, settings());
    expect(result["texts"]).toEqual([expect.stringMatching(/^[\w-]{43}$/), expect.stringMatching(/^[\w-]{43}$/)]);
  });

  test("no more values than a call may try", async () => {
    const texts = ["a", "b", "a"].map((value) => makeDirect(caller.decryptor.recipients[1], value));
    expect((await caller.decryptor.call({ texts }, settings({ limits: { pseudonyms: 2 } }))).error).toBeUndefined();
    expect((await caller.decryptor.call({ texts }, settings({ limits: { pseudonyms: 1 } }))).error).toBe(
      "too_many_pseudonyms",
    );
    expect(caller.decryptor.calls.filter(({ operation }) => operation === "GenerateMac")).toHaveLength(2);
  });

  test.each([
    ["kms_denied", { kind: "error", name: "AccessDeniedException" }],
    [
      "kms_key_mismatch",
      {
        kind: "answer",
        members: { KeyId: "arn:aws:kms:eu-central-1:111122223333:key/00000000-0000-4000-8000-000000000000" },
      },
    ],
  ] as const)("%s", async (code, fault) => {
    caller.decryptor.intercept = async ({ operation }) => (operation === "GenerateMac" ? fault : undefined);
    expect(
      (await caller.decryptor.call({ body: makeDirect(caller.decryptor.recipients[1], "a") }, settings())).error,
    ).toBe(code);
  });
});
