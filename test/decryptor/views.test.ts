/** What a reader gets: values, masks, pseudonyms or tokens, and only in places that the label is meant for. */
import { gzipSync } from "node:zlib";
import { GenerateMacCommand } from "@aws-sdk/client-kms";
import { afterAll, beforeAll, beforeEach, describe, expect, test } from "@jest/globals";
import { createContentKey, sealBytes } from "../../core/token/sealed-content.ts";
import { type Decryptor, makeDirect, makeSealed, openDecryptor, within } from "../support/decryptor.ts";

let decryptor: Decryptor;

beforeAll(async () => {
  decryptor = await openDecryptor();
});

afterAll(() => decryptor.close());

beforeEach(() => {
  decryptor.calls.length = 0;
  decryptor.intercept = async () => undefined;
});

const bodyOf = async (body: string, settings: object): Promise<unknown> =>
  (await decryptor.call({ body, contentType: "application/json" }, settings)).result["body"];

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
    const token = makeSealed(decryptor.recipients[0], JSON.stringify(value));
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
    const token = makeSealed(decryptor.recipients[0], json);
    const bodies = ["last-four", "email-domain", "first-letter", "birth-year"].map((view) =>
      bodyOf(`["${token}"]`, { views: { recipients: { "01": view } } }),
    );
    expect(await Promise.all(bodies)).toEqual(shown.map((text) => JSON.stringify([text])));
  });

  test("a masked value cannot change what stands around it", async () => {
    const token = makeSealed(decryptor.recipients[0], JSON.stringify('","admin":true,"'));
    expect(
      JSON.parse(String(await bodyOf(`{"a":"${token}"}`, { views: { recipients: { "01": "first-letter" } } }))),
    ).toEqual({ a: '"****' });
  });

  test("a file's bytes are told nothing of", async () => {
    const token =
      decryptor.recipients[0].prefix +
      sealBytes(createContentKey(decryptor.recipients[0]), undefined, Buffer.from("secret 12345678")) +
      decryptor.recipients[0].suffix;
    expect(await bodyOf(`["${token}"]`, { views: { recipients: { "01": "last-four" } } })).toBe('["****"]');
  });
});

describe("which view", () => {
  test("by label for sealed tokens, by recipient for all others", async () => {
    const [one, two] = decryptor.recipients;
    const tokens = [
      makeSealed(one, '"12345678"', "ssn"),
      makeSealed(one, '"12345678"', "name"),
      makeSealed(one, '"12345678"'),
      makeDirect(one, "12345678"),
      makeDirect(two, "12345678"),
    ];
    const settings = { views: { recipients: { "01": "last-four" }, labels: { ssn: "full", name: "first-letter" } } };
    const { result, audit } = await decryptor.call({ texts: tokens }, settings);
    expect(result["texts"]).toEqual(["12345678", "1****", "****5678", "****5678", "12345678"]);
    expect(audit["recipients"]).toEqual({ "01": { opened: 1, masked: 3 }, "02": { opened: 1 } });
  });

  test("a label that was changed opens nothing, whatever its view would show", async () => {
    const [one] = decryptor.recipients;
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
    const settings = { views, pseudonymKeyArn: decryptor.hmacKeyArn };
    expect((await decryptor.call({ body: genuine }, settings)).result["body"]).toBe("****5678");
    for (const label of ["email", "id", undefined, "ssn2"]) {
      const { error, line, message } = await decryptor.call(
        { body: genuine.replace(header("ssn"), header(label)) },
        settings,
      );
      expect([error, (line + message).includes("canary")]).toEqual(["token_invalid", false]);
    }
    const forged = genuine.replace(header("ssn"), header("kept"));
    expect((await decryptor.call({ body: forged }, settings)).result).toMatchObject({
      body: forged,
      opened: 0,
      withheld: [{ recipient: "01" }],
    });
  });

  test("a view for a label goes before the recipient's, and none opens what the reader may not", async () => {
    const [one, two] = decryptor.recipients;
    const texts = [
      makeSealed(one, '"12345678"', "ssn"),
      makeSealed(two, '"12345678"', "ssn"),
      makeSealed(two, '"12345678"'),
    ];
    const settings = { open: ["01"], views: { recipients: { "01": "token", "02": "full" }, labels: { ssn: "full" } } };
    expect((await decryptor.call({ texts }, settings)).result).toMatchObject({
      texts: ["12345678", texts[1], texts[2]],
      opened: 1,
      withheld: [
        { index: 1, recipient: "02" },
        { index: 2, recipient: "02" },
      ],
    });
  });

  test("the token as it was: nobody is asked", async () => {
    const token = makeDirect(decryptor.recipients[0], "x");
    const { result } = await decryptor.call({ body: `a${token}` }, { views: { recipients: { "01": "token" } } });
    expect(result).toEqual({
      body: `a${token}`,
      found: 1,
      opened: 0,
      withheld: [{ offset: 1, recipient: "01" }],
      failed: [],
    });
    expect(decryptor.calls).toEqual([]);
  });

  test.each<[object, string]>([
    [{ views: { recipients: { "09": "full" } } }, "There is no such recipient."],
    [{ views: { labels: { "a b": "full" } } }, "This is no label."],
    [{ views: { labels: { a: "half" } } }, "One of full, "],
    [{ views: { labels: { a: "pseudonym" } } }, "pseudonymKeyArn"],
    [{ pseudonymKeyArn: "alias/a" }, "This is not the ARN of a KMS key."],
    [{ expect: { "$[": "a" } }, "$.expect"],
    [{ expect: { a: "b c" } }, "A label has"],
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
    expect(() => decryptor.createHandler(settings)).toThrow(reason);
  });
});

describe("pseudonyms", () => {
  const settings = (more: object = {}): object => ({
    views: { labels: { id: "pseudonym" }, recipients: { "02": "pseudonym" } },
    pseudonymKeyArn: decryptor.hmacKeyArn,
    ...more,
  });

  test("equal values have equal ones, in every token and call: the HMAC of their characters", async () => {
    const [one, two] = decryptor.recipients;
    const texts = [
      makeSealed(one, '"Grüße"', "id"),
      makeSealed(one, '"Gr\\u00fc\\u00dfe"', "id"),
      makeDirect(two, "Grüße"),
      makeDirect(two, "other"),
    ];
    const { result, audit } = await decryptor.call({ texts }, settings());
    const again = await decryptor.call({ texts: texts.slice(0, 1) }, settings());
    const [first, second, third, fourth] = result["texts"] as string[];
    const { Mac } = await decryptor.client.send(
      new GenerateMacCommand({
        KeyId: decryptor.hmacKeyArn,
        Message: Buffer.from("Grüße"),
        MacAlgorithm: "HMAC_SHA_256",
      }),
    );
    expect([first, second, third]).toEqual(Array(3).fill(Buffer.from(Mac ?? []).toString("base64url")));
    expect(fourth).not.toBe(first);
    expect(again.result["texts"]).toEqual([first]);
    expect(audit["recipients"]).toEqual({ "01": { pseudonym: 2 }, "02": { pseudonym: 2 } });
    expect(decryptor.calls.filter(({ operation }) => operation === "GenerateMac")).toHaveLength(4);
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
    const texts = pairs.flat().map((json) => makeSealed(decryptor.recipients[0], json, "id"));
    const shown = (await decryptor.call({ texts }, settings())).result["texts"] as string[];
    expect(pairs.map((_, index) => shown[2 * index] === shown[2 * index + 1])).toEqual(pairs.map(() => equal));
    expect(shown.every((text) => /^[\w-]{43}$/.test(text))).toBe(true);
  });

  test("in JSON they are strings, and one is asked for each value of a call", async () => {
    const [one] = decryptor.recipients;
    const { result } = await decryptor.call(
      { body: `[${["1", '"1"', "1", '{"a":1}'].map((json) => `"${makeSealed(one, json, "id")}"`).join()}]` },
      settings(),
    );
    expect(JSON.parse(String(result["body"]))).toEqual(Array(4).fill(expect.stringMatching(/^[\w-]{43}$/)));
    expect(decryptor.calls.filter(({ operation }) => operation === "GenerateMac")).toHaveLength(2);
  });

  test("one that KMS refuses: the token stays where failures are kept", async () => {
    const token = makeDirect(decryptor.recipients[1], "canary");
    decryptor.intercept = async ({ operation }) =>
      operation === "GenerateMac" ? { kind: "error", name: "ThrottlingException" } : undefined;
    const { result, audit, line } = await decryptor.call(
      { body: `${token} ${makeDirect(decryptor.recipients[0], "x")}`, onFailure: "keep" },
      settings(),
      within(1_200),
    );
    expect(result).toMatchObject({ body: `${token} x`, opened: 1, failed: [{ offset: 0, code: "kms_throttled" }] });
    expect(audit["recipients"]).toEqual({ "01": { opened: 1 }, "02": { kms_throttled: 1 } });
    expect(line).not.toContain("canary");
  });

  test("a value longer than KMS takes, and an empty one", async () => {
    const tokens = ["x".repeat(5_000), ""].map((value) =>
      makeSealed(decryptor.recipients[0], JSON.stringify(value), "id"),
    );
    const { result } = await decryptor.call({ texts: tokens }, settings());
    expect(result["texts"]).toEqual([expect.stringMatching(/^[\w-]{43}$/), expect.stringMatching(/^[\w-]{43}$/)]);
  });

  test("no more values than a call may try", async () => {
    const texts = ["a", "b", "a"].map((value) => makeDirect(decryptor.recipients[1], value));
    expect((await decryptor.call({ texts }, settings({ limits: { pseudonyms: 2 } }))).error).toBeUndefined();
    expect((await decryptor.call({ texts }, settings({ limits: { pseudonyms: 1 } }))).error).toBe(
      "too_many_pseudonyms",
    );
    expect(decryptor.calls.filter(({ operation }) => operation === "GenerateMac")).toHaveLength(2);
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
    decryptor.intercept = async ({ operation }) => (operation === "GenerateMac" ? fault : undefined);
    expect((await decryptor.call({ body: makeDirect(decryptor.recipients[1], "a") }, settings())).error).toBe(code);
  });
});

describe("expected labels", () => {
  const labels = { "$.people[*].ssn": "ssn", card: "pan", "owner.name": "owner" };
  const part = (name: string, value: string): string =>
    `--b\r\nContent-Disposition: form-data; name="${name}"\r\n\r\n${value}\r\n--b--\r\n`;
  const seal = (label: string | undefined): string => makeSealed(decryptor.recipients[0], '"1"', label);

  test.each<[why: string, contentType: string | undefined, body: () => string, code: string | undefined]>([
    ["right", "application/json", () => `{"people":[{"ssn":"${seal("ssn")}"}]}`, undefined],
    ["another label", "application/json", () => `{"people":[{"ssn":"${seal("pan")}"}]}`, "label_mismatch"],
    ["no label", "application/json", () => `{"people":[{"ssn":"${seal(undefined)}"}]}`, "label_mismatch"],
    [
      "a direct token",
      "application/json",
      () => `{"people":[{"ssn":"${makeDirect(decryptor.recipients[0], "1")}"}]}`,
      "label_mismatch",
    ],
    ["in a longer string", "application/json", () => `{"people":[{"ssn":"x ${seal("pan")}"}]}`, "label_mismatch"],
    ["within the field", "application/json", () => `{"people":[{"ssn":{"a":["${seal("pan")}"]}}]}`, "label_mismatch"],
    [
      "in a JSON text within it",
      "application/json",
      () => JSON.stringify({ people: [{ ssn: JSON.stringify({ x: seal("pan") }) }] }),
      "label_mismatch",
    ],
    ["another place", "application/json", () => `{"ssn":"${seal("pan")}"}`, undefined],
    ["a name", "application/json", () => `{"a":[{"card":"${seal("ssn")}"}]}`, "label_mismatch"],
    [
      "NDJSON",
      "application/x-ndjson",
      () => `{"people":[]}\n{"people":[{"ssn":"${seal("pan")}"}]}\n`,
      "label_mismatch",
    ],
    [
      "NDJSON, right",
      "application/x-ndjson",
      () => `{"people":[]}\n{"people":[{"ssn":"${seal("ssn")}"}]}\n`,
      undefined,
    ],
    ["no content type", undefined, () => `{"people":[{"ssn":"${seal("pan")}"}]}`, "label_mismatch"],
    ["a log line", undefined, () => `INFO {"people":[{"ssn":"${seal("pan")}"}]}`, "label_mismatch"],
    [
      "JSON in JSON",
      "application/json",
      () => JSON.stringify({ message: `{"people":[{"ssn":"${seal("pan")}"}]}` }),
      "label_mismatch",
    ],
    [
      "JSON in JSON, right",
      "application/json",
      () => JSON.stringify({ message: `{"people":[{"ssn":"${seal("ssn")}"}]}` }),
      undefined,
    ],
    [
      "JSON in JSON, another place",
      "application/json",
      () => JSON.stringify({ people: `{"ssn":"${seal("pan")}"}` }),
      undefined,
    ],
    [
      "JSON in JSON with other escapes",
      "application/json",
      () => `{"m":"\\u007b\\"people\\":[{\\"ssn\\":\\"${seal("pan")}\\"}]}"}`,
      "label_mismatch",
    ],
    [
      "a log line in JSON",
      "application/json",
      () => JSON.stringify({ message: `INFO {"people":[{"ssn":"${seal("pan")}"}]}` }),
      "label_mismatch",
    ],
    ["JSON in CSV", "text/csv", () => `id,d\n1,"{""people"":[{""ssn"":""${seal("pan")}""}]}"\n`, "label_mismatch"],
    [
      "JSON in a form, by its path",
      "application/x-www-form-urlencoded",
      () => `x=${encodeURIComponent(`{"people":[{"ssn":"${seal("pan")}"}]}`)}`,
      "label_mismatch",
    ],
    [
      "JSON in a part",
      "multipart/form-data; boundary=b",
      () =>
        part("d", `{"people":[{"ssn":"${seal("pan")}"}]}`).replace(
          "\r\n\r\n",
          "\r\nContent-Type: application/json\r\n\r\n",
        ),
      "label_mismatch",
    ],
    [
      "base64 in the place",
      "application/json",
      () => `{"people":[{"ssn":"${Buffer.from(`x ${seal("pan")}`).toString("base64")}"}]}`,
      "label_mismatch",
    ],
    [
      "base64 in the place, right",
      "application/json",
      () => `{"people":[{"ssn":"${Buffer.from(`x ${seal("ssn")}`).toString("base64")}"}]}`,
      undefined,
    ],
    [
      "gzip in a field",
      "application/json",
      () => `{"card":["${gzipSync(JSON.stringify({ a: seal("ssn") })).toString("base64")}"]}`,
      "label_mismatch",
    ],
    [
      "base64 twice in a field of a form",
      "application/x-www-form-urlencoded",
      () => `card=${encodeURIComponent(Buffer.from(Buffer.from(seal("ssn")).toString("base64")).toString("base64"))}`,
      "label_mismatch",
    ],
    [
      "a form",
      "application/x-www-form-urlencoded",
      () => `user[card]=${encodeURIComponent(seal("ssn"))}`,
      "label_mismatch",
    ],
    ["a form, right", "application/x-www-form-urlencoded", () => `card=${encodeURIComponent(seal("pan"))}`, undefined],
    ["CSV", "text/csv", () => `id,card\r\n1,${seal("ssn")}\r\n`, "label_mismatch"],
    ["CSV, another column", "text/csv", () => `id,card\r\n${seal("ssn")},1\r\n`, undefined],
    ["XML", "text/xml", () => `<a><card>${seal("ssn")}</card></a>`, "label_mismatch"],
    ["an attribute", "text/xml", () => `<a card="${seal("ssn")}"/>`, "label_mismatch"],
    ["multipart", "multipart/form-data; boundary=b", () => part("card", seal("ssn")), "label_mismatch"],
    ["multipart, right", "multipart/form-data; boundary=b", () => part("card", seal("pan")), undefined],
    ["multipart, another part", "multipart/form-data; boundary=b", () => part("other", seal("ssn")), undefined],
    [
      "JSON in a form",
      "application/x-www-form-urlencoded",
      () => `x=${encodeURIComponent(`{"card":"${seal("ssn")}"}`)}`,
      "label_mismatch",
    ],
    [
      "JSON in the field of a form",
      "application/x-www-form-urlencoded",
      () => `card=${encodeURIComponent(`{"x":["${seal("ssn")}"]}`)}`,
      "label_mismatch",
    ],
    ["a path of names in JSON", "application/json", () => `{"owner":{"name":"${seal("pan")}"}}`, "label_mismatch"],
    [
      "a path of names in JSON, right",
      "application/json",
      () => `{"owner":{"name":"${seal("owner")}"},"name":"${seal("pan")}"}`,
      undefined,
    ],
    [
      "a path of names in a form",
      "application/x-www-form-urlencoded",
      () => `owner[name]=${encodeURIComponent(seal("pan"))}`,
      "label_mismatch",
    ],
    ["a path of names in XML", "text/xml", () => `<a><owner><name>${seal("pan")}</name></owner></a>`, "label_mismatch"],
    ["an escaped name", "application/json", () => `{"c\\u0061rd":"${seal("ssn")}"}`, "label_mismatch"],
    [
      "a direct token in a form",
      "application/x-www-form-urlencoded",
      () => `card=${encodeURIComponent(makeDirect(decryptor.recipients[0], "1"))}`,
      "label_mismatch",
    ],
    [
      "JSON that is cut off, by the last name of the path",
      undefined,
      () => `INFO {"people":[{"ssn":"${seal("pan")}","x":"`,
      "label_mismatch",
    ],
    [
      "JSON that is cut off, right",
      undefined,
      () => `INFO {"people":[{"ssn":"${seal("ssn")}","x":"${seal("x")}","y":"`,
      undefined,
    ],
    ["JSON that is cut off, by name", undefined, () => `{"card":"${seal("ssn")}","x":"`, "label_mismatch"],
    [
      "JSON that is cut off, by a path of names",
      undefined,
      () => `{"owner":{"a":{},"name":"${seal("ssn")}","x":"`,
      "label_mismatch",
    ],
    [
      "JSON that is cut off, within the field",
      undefined,
      () => `{"people":[{"ssn":{"a":[{"b":"${seal("pan")}"}]},"x":"`,
      "label_mismatch",
    ],
    [
      "JSON that is cut off, below the field",
      undefined,
      () => `{"card":{"a":[{"b":"${seal("ssn")}","x":"`,
      "label_mismatch",
    ],
    [
      "JSON that is cut off, behind the field",
      undefined,
      () => `{"card":{"a":1},"b":["${seal("ssn")}"],"x":"`,
      undefined,
    ],
    ["JSON without its beginning", undefined, () => `s","c\\u0061rd" : "${seal("ssn")}"}`, "label_mismatch"],
    [
      "JSON without its beginning, by the last name of the path",
      undefined,
      () => `1,"ssn":{"a":"${seal("pan")}"}}`,
      "label_mismatch",
    ],
    ["JSON that is cut off in the string", undefined, () => `{"card":"${seal("ssn")}`, "label_mismatch"],
    ["JSON in JSON that is cut off", undefined, () => `{"m":"{\\"ssn\\": \\"x ${seal("pan")}\\",\\"`, "label_mismatch"],
    [
      "JSON in an attribute of HTML",
      "text/html",
      () => `<p data-x="{&quot;a&quot;:1,&quot;card&quot;:&quot;${seal("ssn")}&quot;}">`,
      "label_mismatch",
    ],
    [
      "JSON in an attribute of HTML, right",
      "text/html",
      () => `<p data-x="{&quot;card&quot;:&quot;${seal("pan")}&quot;,&quot;a&quot;:&quot;${seal("a")}&quot;}">`,
      undefined,
    ],
    [
      "JSON in a URL in text",
      undefined,
      () => `GET /?q=${encodeURIComponent(`{"card": "${seal("ssn")}"}`)} HTTP/1.1`,
      "label_mismatch",
    ],
    [
      "base64 in the place, of JSON that is cut off",
      undefined,
      () => `{"card":"${Buffer.from(`x ${seal("ssn")}`).toString("base64")}","x":"`,
      "label_mismatch",
    ],
    [
      "two places, one wrong",
      "application/x-ndjson",
      () => `{"card":"${seal("pan")}"}\n{"card":"${seal("pan")}${seal("ssn")}"}\n`,
      "label_mismatch",
    ],
  ])("%s", async (_, contentType, body, code) => {
    const { error } = await decryptor.call(
      { body: body(), ...(contentType === undefined ? {} : { contentType }) },
      { expect: labels },
    );
    expect(error).toBe(code);
  });

  test("a token that is not authentic is told as that", async () => {
    const token = seal("pan").replace(/.(~01~)$/, (end) =>
      end.startsWith("A") ? `Q${end.slice(1)}` : `A${end.slice(1)}`,
    );
    expect((await decryptor.call({ body: `{"card":"${token}"}` }, { expect: labels })).error).toMatch(/^token_/);
  });

  test.each([
    { why: "items", item: '"#01#AAAAAAAAAAAAAAAAAAAA"' },
    { why: "members", item: '{"x":"#01#AAAAAAAAAAAAAAAAAAAA"}' },
    { why: "cut off", item: '{"x":"#01#AAAAAAAAAAAAAAAAAAAA"}', end: "" },
  ])(
    "many tokens within many fields, which would take a minute if each looked for each name from where it stands: $why",
    async ({ item, end = "}".repeat(980) }) => {
      const body = `${'{"a":'.repeat(980)}[${Array(8_000).fill(item).join()}]${end}`;
      const { result } = await decryptor.call(
        { body, ...(end === "" ? {} : { contentType: "application/json" }), onFailure: "keep" },
        { expect: labels },
      );
      expect(result).toMatchObject({ found: 8_000, opened: 0 });
    },
    20_000,
  );

  test("kept where it stands, if asked for", async () => {
    const body = `{"card":"${seal("ssn")}","x":"${seal("ssn")}"}`;
    const { result } = await decryptor.call({ body, onFailure: "keep" }, { expect: labels });
    expect(result).toMatchObject({ opened: 1, failed: [{ offset: 8, code: "label_mismatch" }] });
  });
});

describe("formulas in CSV", () => {
  test("stay what they are, unless the reader wants them escaped", async () => {
    const values = ["=1+1", "+1", "-1", "@a", "a=1"];
    const body = `h\r\n${values.map((value) => makeDirect(decryptor.recipients[0], value)).join("\r\n")}\r\n`;
    const event = { body, contentType: "text/csv" };
    expect((await decryptor.call(event)).result["body"]).toBe(`h\r\n${values.join("\r\n")}\r\n`);
    expect((await decryptor.call(event, { csvFormulas: "escape" })).result["body"]).toBe(
      "h\r\n'=1+1\r\n'+1\r\n'-1\r\n'@a\r\na=1\r\n",
    );
  });
});
