/** What a reader gets: values, masks or tokens, by the label of a token or by its recipient. */
import { describe, expect, test } from "@jest/globals";
import { createContentKey, sealBytes } from "../../core/token/sealed-content.ts";
import { openCaller } from "../support/caller.ts";
import { makeDirect, makeSealed } from "../support/decryptor.ts";

const caller = openCaller();

const bodyOf = async (body: string, settings: object): Promise<unknown> =>
  (await caller.decryptor.call({ body, contentType: "application/json" }, settings)).result["body"];

/** Four persons, joined to one character. */
const family = ["\u{1f468}", "\u{1f469}", "\u{1f467}", "\u{1f466}"].map((each) => `${each}\u{1f3fd}`).join("\u200d");

describe("masks", () => {
  test.each<[view: string, value: string, shown: string, why: string]>([
    ["last-four", "4111 1111 1111 1111", "****1111", "separators do not count"],
    ["last-four", "078-05-1120", "****1120", "nine digits"],
    ["last-four", "1234567", "****", "too short"],
    ["last-four", "", "****", "empty"],
    ["email-domain", "ada@example.com", "****@example.com", "an address"],
    ["email-domain", '"a@b"@example.com', "****@example.com", "the last sign"],
    ["email-domain", "nobody", "****", "no address"],
    ["email-domain", "@example.com", "****", "nothing hidden before it"],
    ["email-domain", "a@b@c@mail.example.co.uk", "****@mail.example.co.uk", "several signs"],
    ["email-domain", " ada@example.com\n", "****@example.com", "blanks around it"],
    ["email-domain", "ada@EXAMPLE.com", "****@EXAMPLE.com", "capitals"],
    ["email-domain", "ada@b\u00fccher.example", "****@b\u00fccher.example", "letters of other alphabets"],
    ["email-domain", "ada@", "****", "nothing behind it"],
    ["email-domain", "p@ssw0rd", "****", "no domain behind it"],
    ["email-domain", "pay @ 4111 1111 1111 1111", "****", "a sign in a text"],
    ["email-domain", "a@b.c, secret", "****", "more behind the domain"],
    ["email-domain", "ada@example.com bob", "****", "a word behind it"],
    ["email-domain", "x@-a.example", "****", "a hyphen first"],
    ["email-domain", "x@a..example", "****", "an empty label"],
    ["email-domain", `x@${"a.".repeat(130)}example`, "****", "longer than a domain can be"],
    ["email-domain", "ada@[192.0.2.1]", "****", "an address of a machine"],
    [
      "last-four",
      "\u00e1\u00e9\u00ed\u00f3\u00fa\u00fc\u00f1\u00e7",
      "****\u00fa\u00fc\u00f1\u00e7",
      "eight letters with accents",
    ],
    ["last-four", "abcdefge\u0301", "****efge", "an accent of its own is no letter"],
    ["last-four", "1234567\ud83d\ude00\ud83d\ude00", "****", "emoji are no letters"],
    ["last-four", "\ud835\udfd8\ud835\udfd9\ud835\udfda\ud835\udfdb", "****", "four digits of two code units each"],
    ["last-four", "----1--2--3--4", "****", "four among separators"],
    ["last-four", 'a,b"c\\d\ne.f:g;h', "****efgh", "no structure comes with them"],
    ["first-letter", "Ada", "A****", "a name"],
    ["first-letter", "A", "****", "the whole name"],
    ["first-letter", "👩‍👩‍👧 x", "👩‍👩‍👧****", "one character of several"],
    ["first-letter", " \tAda", "A****", "blanks before it"],
    ["first-letter", "e\u0301a", "e\u0301****", "with its accent"],
    ["first-letter", "e\u0301", "****", "one letter, whatever its accents"],
    ["first-letter", `e${"\u0301".repeat(40)}a`, "****", "more accents than a letter has"],
    ["first-letter", `${family}!`, `${family}****`, "a family"],
    ["first-letter", "   ", "****", "blanks alone"],
    ["birth-year", "1815-12-10", "1815", "ISO"],
    ["birth-year", "1815-12-10T01:02:03.5Z", "1815", "with a time"],
    ["birth-year", "1815-12-10 01:02:03", "1815", "as databases write it"],
    ["birth-year", "1815/12/10", "1815", "solidi"],
    ["birth-year", "1815-1-2", "1815", "no zeros"],
    ["birth-year", "31.12.1999", "1999", "German"],
    ["birth-year", "12/31/1999", "1999", "American"],
    ["birth-year", "10 Dec 1815", "1815", "a month's name"],
    ["birth-year", "10th December, 1815", "1815", "a month's name with more"],
    ["birth-year", "December 10, 1815", "1815", "the month first"],
    ["birth-year", "1815", "****", "a number of four digits"],
    ["birth-year", "18151", "****", "five digits"],
    ["birth-year", "5551212", "****", "a number of a telephone"],
    ["birth-year", "41111111", "****", "a part of a card's number"],
    ["birth-year", "19991332", "****", "no month and no day"],
    ["birth-year", "1999-00-10", "****", "month 0"],
    ["birth-year", "1999-31-31", "****", "no month"],
    ["birth-year", "9999-12-31", "****", "nobody's year"],
    ["birth-year", "12 Street 1999", "****", "no month's name"],
    ["birth-year", "1815-12-10, secret", "****", "more behind it"],
    ["birth-year", "1815-12/10", "****", "two separators"],
    ["birth-year", "18151210", "1815", "ISO without separators"],
    ["birth-year", "10/12/1815", "1815", "the year last"],
    ["birth-year", "10.12.15", "****", "two digits"],
    ["birth-year", "tomorrow", "****", "no date"],
  ])("%s of %j is %j: %s", async (view, value, shown) => {
    const settings = { views: { recipients: { "01": view } } };
    const token = makeSealed(caller.decryptor.recipients[0], JSON.stringify(value));
    expect(await bodyOf(`{"a":"${token}","b":"x ${token}"}`, settings)).toBe(
      JSON.stringify({ a: shown, b: `x ${shown}` }),
    );
  });

  test.each([
    ["4111111111111111", "****1111", "****", "4****", "****"],
    ["18151210", "****1210", "****", "1****", "1815"],
    ["-12345678.50", "****7850", "****", "-****", "****"],
    ["1e400", "****", "****", "1****", "****"],
    ["true", "****", "****", "t****", "****"],
    ["null", "****", "****", "n****", "****"],
    ['""', "****", "****", "****", "****"],
    ['{"a":"ada@example.com"}', "****", "****", "****", "****"],
    ['["12345678","1815-12-10"]', "****", "****", "****", "****"],
    ["[]", "****", "****", "****", "****"],
  ])("of %s: last four, domain, first letter, year", async (json, ...shown) => {
    const token = makeSealed(caller.decryptor.recipients[0], json);
    const bodies = ["last-four", "email-domain", "first-letter", "birth-year"].map((view) =>
      bodyOf(`["${token}"]`, { views: { recipients: { "01": view } } }),
    );
    expect(await Promise.all(bodies)).toEqual(shown.map((text) => JSON.stringify([text])));
  });

  test("a masked value cannot change what stands around it", async () => {
    const token = makeSealed(caller.decryptor.recipients[0], JSON.stringify('","admin":true,"'));
    expect(
      JSON.parse(String(await bodyOf(`{"a":"${token}"}`, { views: { recipients: { "01": "first-letter" } } }))),
    ).toEqual({ a: '"****' });
  });

  test("a file's bytes are told nothing of", async () => {
    const token =
      caller.decryptor.recipients[0].prefix +
      sealBytes(createContentKey(caller.decryptor.recipients[0]), undefined, Buffer.from("secret 12345678")) +
      caller.decryptor.recipients[0].suffix;
    expect(await bodyOf(`["${token}"]`, { views: { recipients: { "01": "last-four" } } })).toBe('["****"]');
  });
});

describe("which view", () => {
  test("by label for sealed tokens, by recipient for all others", async () => {
    const [one, two] = caller.decryptor.recipients;
    const tokens = [
      makeSealed(one, '"12345678"', "ssn"),
      makeSealed(one, '"12345678"', "name"),
      makeSealed(one, '"12345678"'),
      makeDirect(one, "12345678"),
      makeDirect(two, "12345678"),
    ];
    const settings = { views: { recipients: { "01": "last-four" }, labels: { ssn: "full", name: "first-letter" } } };
    const { result, audit } = await caller.decryptor.call({ texts: tokens }, settings);
    expect(result["texts"]).toEqual(["12345678", "1****", "****5678", "****5678", "12345678"]);
    expect(audit["recipients"]).toEqual({ "01": { opened: 1, masked: 3 }, "02": { opened: 1 } });
  });

  test("a label that was changed opens nothing, whatever its view would show", async () => {
    const [one] = caller.decryptor.recipients;
    const header = (label: string | undefined): string =>
      Buffer.from(
        JSON.stringify({
          alg: "RSA-OAEP-256",
          enc: "A256GCM",
          cty: "json",
          ...(label === undefined ? {} : { fld: label }),
        }),
      ).toString("base64url");
    const genuine = makeSealed(one, '"canary 12345678"', "ssn");
    const views = {
      recipients: { "01": "full" },
      labels: { ssn: "last-four", email: "full", id: "pseudonym", kept: "token" },
    };
    const settings = { views, pseudonymKeyArn: caller.decryptor.hmacKeyArn };
    expect((await caller.decryptor.call({ body: genuine }, settings)).result["body"]).toBe("****5678");
    for (const label of ["email", "id", undefined, "ssn2"]) {
      const { error, line, message } = await caller.decryptor.call(
        { body: genuine.replace(header("ssn"), header(label)) },
        settings,
      );
      expect([error, (line + message).includes("canary")]).toEqual(["token_invalid", false]);
    }
    const forged = genuine.replace(header("ssn"), header("kept"));
    expect((await caller.decryptor.call({ body: forged }, settings)).result).toMatchObject({
      body: forged,
      opened: 0,
      withheld: [{ recipient: "01" }],
    });
  });

  test("a view for a label goes before the recipient's, and none opens what the reader may not", async () => {
    const [one, two] = caller.decryptor.recipients;
    const texts = [
      makeSealed(one, '"12345678"', "ssn"),
      makeSealed(two, '"12345678"', "ssn"),
      makeSealed(two, '"12345678"'),
    ];
    const settings = { open: ["01"], views: { recipients: { "01": "token", "02": "full" }, labels: { ssn: "full" } } };
    expect((await caller.decryptor.call({ texts }, settings)).result).toMatchObject({
      texts: ["12345678", texts[1], texts[2]],
      opened: 1,
      withheld: [
        { index: 1, recipient: "02" },
        { index: 2, recipient: "02" },
      ],
    });
  });

  test("the token as it was: nobody is asked", async () => {
    const token = makeDirect(caller.decryptor.recipients[0], "x");
    const { result } = await caller.decryptor.call({ body: `a${token}` }, { views: { recipients: { "01": "token" } } });
    expect(result).toEqual({
      body: `a${token}`,
      found: 1,
      opened: 0,
      withheld: [{ offset: 1, recipient: "01" }],
      failed: [],
    });
    expect(caller.decryptor.calls).toEqual([]);
  });

  test.each<[object, string]>([
    [{ views: { recipients: { "09": "full" } } }, "Unknown recipient. Expected an id in recipients."],
    [{ views: { labels: { "a b": "full" } } }, "Expected a label"],
    [{ views: { labels: { a: "half" } } }, "Expected one of full, "],
    [{ views: { labels: { a: "pseudonym" } } }, "pseudonymKeyArn"],
    [{ pseudonymKeyArn: "alias/a" }, "Expected the ARN of a KMS key"],
    [{ expect: { "$[": "a" } }, "$.expect"],
    [{ expect: { a: "b c" } }, "Expected 1 to 64 characters"],
    [{ destination: { bucket: "bucket" } }, "kmsKeyArn"],
    ...[
      "Source",
      "a",
      "s3://bucket",
      "arn:aws:s3:::bucket",
      "point-abc-s3alias",
      "point--ol-s3",
      "abc.mrap",
      "bucket/prefix",
      "",
    ].map((bucket): [object, string] => [
      {
        destination: {
          bucket,
          kmsKeyArn: "arn:aws:kms:eu-central-1:111122223333:key/00000000-0000-4000-8000-000000000009",
        },
      },
      "$.destination.bucket",
    ]),
  ])("%p is refused", (settings, reason) => {
    expect(() => caller.decryptor.createHandler(settings)).toThrow(reason);
  });
});

describe("formulas in CSV", () => {
  test("stay what they are, unless the reader wants them escaped", async () => {
    const values = ["=1+1", "+1", "-1", "@a", "a=1"];
    const body = `h\r\n${values.map((value) => makeDirect(caller.decryptor.recipients[0], value)).join("\r\n")}\r\n`;
    const event = { body, contentType: "text/csv" };
    expect((await caller.decryptor.call(event)).result["body"]).toBe(`h\r\n${values.join("\r\n")}\r\n`);
    expect((await caller.decryptor.call(event, { csvFormulas: "escape" })).result["body"]).toBe(
      "h\r\n'=1+1\r\n'+1\r\n'-1\r\n'@a\r\na=1\r\n",
    );
  });
});
