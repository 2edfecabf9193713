/** Restored values stay in their place, whatever they hold and whoever made their tokens. */
import { gzipSync } from "node:zlib";
import { describe, expect, test } from "@jest/globals";
import { parse as parseCsv } from "csv-parse/sync";
import { SaxesParser } from "saxes";
import { type DecryptedText, decryptBodies, type EncryptedText } from "../../../core/decrypt/decrypt-texts.ts";
import { FieldsealError } from "../../../core/errors.ts";
import { formatToken } from "../../../core/token/grammar.ts";
import { createRecipient } from "../../../core/token/recipient.ts";
import { createContentKey, sealBytes, sealJson } from "../../../core/token/sealed-content.ts";
import { keys, openTokens } from "../../support/edge.ts";
import { decrypt, direct, readerOf, recipients } from "../../support/tokens.ts";

const [key] = keys;
const recipient = createRecipient(key, key.publicKeyPem);
const contentKey = createContentKey(recipient);
const seal = (json: string): string => formatToken(recipient, sealJson(contentKey, undefined, json));
const sealText = (text: string): string => seal(JSON.stringify(text));
const file = (bytes: Buffer): string => formatToken(recipient, sealBytes(contentKey, undefined, bytes));

const hostile = [
  '","admin":true,"',
  "]]>",
  "<a>&amp;</a>",
  "&b=1",
  "a=b;c",
  "x\r\ny",
  "\r\n--bnd\r\n",
  '"',
  ",",
  "\u0000",
  "%00%0a",
  "é🌍",
  "'",
  "\\",
  "=1+1",
  sealText("inner"),
];

async function restore(body: string, contentType: string): Promise<string> {
  return (await openTokens({ body, contentType })).body;
}

describe.each(hostile)("%j", (value) => {
  const token = sealText(value);

  test("JSON", async () => {
    const nested = JSON.stringify(JSON.stringify({ x: token }));
    const body = `{"whole":"${token}","part":"a ${token} b","${token}":1,"nested":${nested}}`;
    const read = JSON.parse(await restore(body, "application/json"));
    expect(read).toEqual({ whole: value, part: `a ${value} b`, [value]: 1, nested: expect.any(String) });
    expect(JSON.parse(read.nested)).toEqual({ x: value });
  });

  test("NDJSON", async () => {
    const restored = await restore(`{"a":"${token}"}\n{"b":"x${token}"}`, "application/x-ndjson");
    expect(restored.split("\n").map((line) => JSON.parse(line))).toEqual([{ a: value }, { b: `x${value}` }]);
  });

  test("a form", async () => {
    const restored = await restore(
      `a=${encodeURIComponent(token)}&b=x${encodeURIComponent(token)}y`,
      "application/x-www-form-urlencoded",
    );
    expect([...new URLSearchParams(restored)]).toEqual([
      ["a", value],
      ["b", `x${value}y`],
    ]);
  });

  test("CSV", async () => {
    const restored = await restore(`h,i\n${token},"${token}"\nx ${token} y,z\n`, "text/csv");
    expect(parseCsv(restored)).toEqual([
      ["h", "i"],
      [value, value],
      [`x ${value} y`, "z"],
    ]);
  });

  test("XML", async () => {
    const restoring = restore(`<r a="${token}" b='${token}'><t>${token}</t><![CDATA[${token}]]></r>`, "text/xml");
    if (value.includes("\u0000")) {
      await expect(restoring).rejects.toMatchObject({ name: "value_unwritable" });
      return;
    }
    const restored = await restoring;
    const texts: string[] = [];
    let elements = 0;
    const parser = new SaxesParser();
    parser.on("error", (error) => {
      throw error;
    });
    parser.on("opentag", ({ attributes }) => {
      elements++;
      texts.push(...Object.values(attributes).map(String));
    });
    parser.on("text", (text) => texts.push(text));
    parser.on("cdata", (text) => texts.push(text));
    parser.write(restored).close();
    // The line ends of a CDATA section cannot be written in any other way.
    expect(texts.join("").replaceAll("\r\n", "\n")).toBe(value.repeat(4).replaceAll("\r\n", "\n"));
    expect(elements).toBe(2);
  });

  test("text", async () => {
    expect(await restore(`a ${token} b`, "text/plain")).toBe(`a ${value} b`);
  });

  test.each(["text/plain;charset=UTF-8", "text/json", "application/octet-stream"])(
    "JSON, sent as %s",
    async (contentType) => {
      const whole = await restore(`{"a":"${token}","b":["x ${token}"]}`, contentType);
      expect(JSON.parse(whole)).toEqual({ a: value, b: [`x ${value}`] });
      const lines = await restore(`INFO {"a":"${token}"}\n{"b":"${token}"}\n`, contentType);
      const [first = "", second = "", ...rest] = lines.split("\n");
      expect([JSON.parse(first.slice(5)), JSON.parse(second), rest]).toEqual([{ a: value }, { b: value }, [""]]);
    },
  );
});

describe("hostile tokens", () => {
  test.each([
    ["two texts", "1, 2"],
    ["no text", "x"],
    ["an open string", '"a'],
    ["too deep", "[".repeat(5_000) + "]".repeat(5_000)],
  ])("%s", async (_, json) => {
    await expect(restore(`["${seal(json)}"]`, "application/json")).rejects.toMatchObject({ name: "token_invalid" });
  });

  test("a literal over several lines stays in its line of NDJSON", async () => {
    const restored = await restore(`{"a":"${seal('{"x":\n1,\r\n"y":"a\\nb"}')}"}\n{}`, "application/x-ndjson");
    expect(restored.split("\n")).toHaveLength(2);
    expect(JSON.parse(restored.split("\n")[0] ?? "")).toEqual({ a: { x: 1, y: "a\nb" } });
  });

  test("a literal of 5 MB", async () => {
    const json = JSON.stringify("x".repeat(5_000_000));
    expect((await restore(`[${JSON.stringify(seal(json))}]`, "application/json")).length).toBe(json.length + 2);
  });

  test("a file where text is: its characters, or a refusal", async () => {
    expect(await restore(`["${file(Buffer.from('a"é'))}"]`, "application/json")).toBe('["a\\"é"]');
    await expect(restore(`["${file(Buffer.from([0xff]))}"]`, "application/json")).rejects.toMatchObject({
      name: "token_invalid",
    });
  });

  test("half of a surrogate pair comes back where an escape can stand, and nowhere else", async () => {
    const token = seal('"\\ud800"');
    expect(await restore(`{"a":"${token}","b":"x${token}"}`, "application/json")).toBe(
      '{"a":"\\ud800","b":"x\\ud800"}',
    );
    for (const [body, contentType] of [
      [`a ${token}`, "text/plain"],
      [`a=${encodeURIComponent(token)}`, "application/x-www-form-urlencoded"],
      [`a\n${token}\n`, "text/csv"],
      [`<a>${token}</a>`, "text/xml"],
    ] as const) {
      await expect(restore(body, contentType)).rejects.toMatchObject({ name: "value_unwritable" });
    }
  });

  test("other values in text: their literals", async () => {
    expect(
      await restore(
        `a=${encodeURIComponent(seal("1.50"))}&b=${encodeURIComponent(seal("[1, true]"))}`,
        "application/x-www-form-urlencoded",
      ),
    ).toBe("a=1.50&b=%5B1%2C%20true%5D");
  });
});

describe("multipart", () => {
  test.each([sealText("a\r\n--bnd\r\n"), file(Buffer.from("\r\n--bnd--"))])(
    "what would end the part is not written",
    async (token) => {
      await expect(restore(wrap("a", token), "multipart/form-data; boundary=bnd")).rejects.toMatchObject({
        name: "value_unwritable",
      });
      const kept = await openTokens({
        body: wrap("a", token),
        contentType: "multipart/form-data; boundary=bnd",
        onFailure: "keep",
      });
      expect(kept).toMatchObject({ opened: 0, failed: [{ code: "value_unwritable" }], body: wrap("a", token) });
    },
  );

  const wrap = (head: string, content: string): string =>
    `--bnd\r\nContent-Disposition: form-data; name="${head}"\r\n\r\n${content}\r\n--bnd--`;
  test("what could end a header field is escaped in it", async () => {
    const restored = await restore(wrap(sealText('a"\r\nX: y'), "1"), "multipart/form-data; boundary=bnd");
    expect(restored).toBe(wrap("a%22%0D%0AX: y", "1"));
  });
});

describe("several texts in a call", () => {
  const [, two] = recipients;
  const [one, other] = [direct("a"), direct("b", two)];
  const damaged = one.slice(0, -3);
  const outcomes: string[] = [];

  async function call(
    bodies: readonly (string | Buffer)[],
    settings: object = {},
    onFailure: EncryptedText["onFailure"] = "fail",
  ): Promise<readonly (DecryptedText | FieldsealError)[]> {
    outcomes.length = 0;
    const inputs = bodies.map((body) => ({ body: Buffer.from(body), contentType: undefined, onFailure }));
    return decryptBodies(inputs, readerOf(settings), { decrypt }, (failed) =>
      outcomes.push(...failed.map(({ outcome }) => outcome)),
    );
  }
  const show = (results: readonly (DecryptedText | FieldsealError)[]): readonly unknown[] =>
    results.map((result) =>
      result instanceof FieldsealError ? [result.code, result.facts.offset] : result.body.toString(),
    );

  test("what a reader may not open, or gets as it is, is withheld, and told in order", async () => {
    const body = JSON.stringify([Buffer.from(`and ${one} ${other}`).toString("base64"), other, { x: [one] }]);
    const [result] = await call([body], { open: ["01"] });
    expect(result).toMatchObject({
      found: 4,
      opened: 2,
      withheld: [
        { offset: 2, recipient: "02" },
        { offset: body.indexOf('"#02#'), recipient: "02" },
      ],
      failed: [],
      tokens: ["opened", "withheld", "withheld", "opened"].map((outcome) => expect.objectContaining({ outcome })),
    });
    expect(await call([body], { views: { recipients: { "01": "token", "02": "token" } } })).toMatchObject([
      { found: 4, opened: 0, body: Buffer.from(body) },
    ]);
  });

  test.each<[onFailure: EncryptedText["onFailure"], shown: unknown]>([
    ["fail", ["token_damaged", 4]],
    ["keep", `x: ${damaged} a`],
  ])("one that fails leaves the others as they are: %s", async (onFailure, shown) => {
    const results = await call([`x: ${damaged} ${one}`, `x: ${one}`, Buffer.of(0xff)], {}, onFailure);
    expect(show(results)).toEqual([
      onFailure === "fail" ? ["token_damaged", 3] : shown,
      "x: a",
      ["body_not_utf8", undefined],
    ]);
    expect(outcomes).toEqual(onFailure === "fail" ? ["token_damaged", "discarded"] : []);
  });

  test("a damaged token of a recipient that the reader may not open is none of its own", async () => {
    expect(await call([damaged.replace("#01#", "#02#")], { open: ["01"] })).toMatchObject([{ found: 0, failed: [] }]);
  });

  test.each<[why: string, settings: object, bodies: readonly (string | Buffer)[], shown: unknown]>([
    ["as many tokens as there may be", { limits: { tokens: 2 } }, [one, one], ["a", "a"]],
    ["more", { limits: { tokens: 2 } }, [`${one} ${one}`, one], "too_many_tokens"],
    ["what others withhold does not count", { limits: { tokens: 1 }, open: ["01"] }, [one, other], ["a", other]],
  ])("limits: %s", async (_, settings, bodies, shown) => {
    const results = await call(bodies, settings).then(show, (error: unknown) => Object(error).code);
    expect(results).toEqual(shown);
  });

  test("what gzip unfolds to is counted over all of them", async () => {
    const zipped = gzipSync(`${one}${" ".repeat(400)}`);
    const results = await call([zipped, zipped, "x"], { limits: { decoded: 1_000 } });
    expect(show(results).slice(1)).toEqual([["decoded_too_large", undefined], "x"]);
  });

  test("where pseudonyms are too many, what would have been opened is told", async () => {
    const settings = { views: { recipients: { "01": "pseudonym" } }, pseudonymKeyArn: keys[0].keyArn };
    const calling = call([`${one} ${direct("c")} ${damaged}`], { ...settings, limits: { pseudonyms: 1 } }, "keep");
    await expect(calling).rejects.toMatchObject({ code: "too_many_pseudonyms" });
    expect(outcomes).toEqual(["discarded", "discarded", "token_damaged"]);
  });
});
