/** Texts in gzip and base64, as log services deliver them, and JSON in lines and fields: values stay in their place. */
import { isUtf8 } from "node:buffer";
import { privateDecrypt } from "node:crypto";
import { gunzipSync, gzipSync } from "node:zlib";
import { describe, expect, test } from "@jest/globals";
import fc from "fast-check";
import { decryptBody } from "../../../core/decrypt/decrypt-texts.ts";
import { parseReader } from "../../../core/decrypt/reader/reader.ts";
import { formatToken } from "../../../core/token/grammar.ts";
import { createRecipient } from "../../../core/token/recipient.ts";
import { createContentKey, sealJson } from "../../../core/token/sealed-content.ts";
import { keys, openTokens } from "../../support/edge.ts";
import { mayHoldEnvelopes } from "../../support/token-envelopes.ts";

const [key] = keys;
const recipient = createRecipient(key, key.publicKeyPem);
const value = '","admin":true,"\n';
const token = formatToken(recipient, sealJson(createContentKey(recipient), undefined, JSON.stringify(value)));

const log = JSON.stringify({
  messageType: "DATA_MESSAGE",
  owner: "111122223333",
  logEvents: [
    { id: "1", timestamp: 1, message: `{"ssn":"${token}"}` },
    { id: "2", timestamp: 2, message: `plain ${token}` },
  ],
});

function readLog(text: string): unknown {
  const { logEvents } = JSON.parse(text) as { readonly logEvents: readonly { readonly message: string }[] };
  return [JSON.parse(logEvents[0]?.message ?? ""), logEvents[1]?.message];
}

const opened = [{ ssn: value }, `plain ${value}`];

describe("gzip and base64", () => {
  test("a compressed text comes back compressed", async () => {
    const { bytes, opened: count } = await openTokens({ body: gzipSync(log), contentType: "application/json" });
    expect(readLog(gunzipSync(bytes).toString())).toEqual(opened);
    expect(count).toBe(2);
  });

  test("a CloudWatch Logs subscription", async () => {
    const { body } = await openTokens({
      body: JSON.stringify({ awslogs: { data: gzipSync(log).toString("base64") } }),
    });
    const { awslogs } = JSON.parse(body) as { readonly awslogs: { readonly data: string } };
    expect(readLog(gunzipSync(Buffer.from(awslogs.data, "base64")).toString())).toEqual(opened);
  });

  test("with escaped solidi, as PHP writes them", async () => {
    const { body } = await openTokens({
      body: JSON.stringify({ data: gzipSync(log).toString("base64") }).replaceAll("/", "\\/"),
    });
    const { data } = JSON.parse(body) as { readonly data: string };
    expect(readLog(gunzipSync(Buffer.from(data, "base64")).toString())).toEqual(opened);
  });

  test("records of a stream, one compressed and one not", async () => {
    const records = [log, gzipSync(log)].map((text) => ({ kinesis: { data: Buffer.from(text).toString("base64") } }));
    const { body } = await openTokens({ body: JSON.stringify({ Records: records }) });
    const { Records } = JSON.parse(body) as {
      readonly Records: readonly { readonly kinesis: { readonly data: string } }[];
    };
    const [first, second] = Records.map(({ kinesis }) => Buffer.from(kinesis.data, "base64"));
    expect([readLog(String(first)), readLog(gunzipSync(second ?? "").toString())]).toEqual([opened, opened]);
  });

  test.each([
    ["\n", 76],
    ["\r\n", 64],
  ] as const)("base64 in lines that end in %j", async (end, width) => {
    const wrapped = (
      gzipSync(log)
        .toString("base64")
        .match(new RegExp(`.{1,${width}}`, "g")) ?? []
    ).join(end);
    const { body } = await openTokens({ body: JSON.stringify({ data: wrapped }) });
    const { data } = JSON.parse(body) as { readonly data: string };
    expect(data.indexOf(end)).toBe(width);
    expect(readLog(gunzipSync(Buffer.from(data, "base64")).toString())).toEqual(opened);
  });

  test("what holds no token stays byte for byte", async () => {
    const compressed = gzipSync(Buffer.from('{"a":1}'), { level: 1 });
    expect((await openTokens({ body: compressed })).bytes.equals(compressed)).toBe(true);
    const body = JSON.stringify({ image: Buffer.alloc(3_000, 7).toString("base64"), b: token });
    expect(JSON.parse((await openTokens({ body })).body)).toEqual({ ...JSON.parse(body), b: value });
  });

  test("many of which each is small and all are not", async () => {
    const bomb = gzipSync(Buffer.alloc(30_000_000, 0x20)).toString("base64");
    await expect(openTokens({ body: JSON.stringify([bomb, bomb]) })).rejects.toMatchObject({
      name: "decoded_too_large",
    });
  });

  test("one in the other without an end", async () => {
    let bytes = gzipSync(log);
    for (let level = 0; level < 20; level++) bytes = gzipSync(bytes);
    await expect(openTokens({ body: bytes })).rejects.toMatchObject({ name: "too_deep" });
  });

  test("cut off in base64", async () => {
    const body = JSON.stringify({ data: gzipSync(log).toString("base64").slice(0, 400) });
    await expect(openTokens({ body })).rejects.toMatchObject({ name: "content_coding_malformed" });
  });

  test("cut off in base64, and kept: told where it stands, and the rest is given", async () => {
    const cut = gzipSync(log).toString("base64").slice(0, 400);
    const whole = JSON.stringify({ a: token, data: cut });
    const reader = parseReader({
      reader: "test",
      recipients: keys.map(({ id, keyArn, prefix, suffix }) => ({ id, keyArn, prefix, suffix })),
      open: ["01"],
    });
    for (const body of [whole, JSON.stringify([gzipSync(whole).toString("base64")])]) {
      const result = await decryptBody(
        { body: Buffer.from(body), contentType: undefined, onFailure: "keep" },
        reader,
        async (requests) =>
          requests.map(({ ciphertext }) => privateDecrypt({ key: key.privateKeyPem, oaepHash: "sha256" }, ciphertext)),
      );
      expect(result).toMatchObject({
        found: 1,
        opened: 1,
        failed: [{ offset: body === whole ? body.indexOf("H4sI") : 2, code: "content_coding_malformed" }],
      });
      const text =
        body === whole
          ? result.body.toString()
          : gunzipSync(Buffer.from((JSON.parse(result.body.toString()) as [string])[0], "base64")).toString();
      expect(text).toBe(JSON.stringify({ a: value, data: cut }));
    }
  });

  test.each([
    ["padding", (base64: string) => base64, /^[A-Za-z0-9+/]+={1,2}$/],
    ["no padding", (base64: string) => base64.replaceAll("=", ""), /^[A-Za-z0-9+/]+$/],
    [
      "the URL alphabet",
      (base64: string) => base64.replaceAll("+", "-").replaceAll("/", "_"),
      /^[A-Za-z0-9_-]+={1,2}$/,
    ],
    [
      "the URL alphabet without padding",
      (base64: string) => base64.replaceAll("+", "-").replaceAll("/", "_").replaceAll("=", ""),
      /^[A-Za-z0-9_-]+$/,
    ],
  ])("base64 keeps its spelling: %s", async (_, spell, expected) => {
    // Bytes that need padding, before and after.
    const fit = (text: string): string => text + " ".repeat((5 - (Buffer.byteLength(text) % 3)) % 3);
    const around = ">>>???~~~ÿÿÿ>>>???";
    const body = spell(Buffer.from(fit(around + token) + fit(around)).toString("base64"));
    const { body: restored } = await openTokens({ body: JSON.stringify([body]) });
    const [base64 = ""] = JSON.parse(restored) as string[];
    const content = Buffer.from(base64, "base64").toString();
    expect(content).toBe(fit(around + token).replace(token, value) + fit(around));
    expect([body.includes("="), /[-_]/.test(body)]).toEqual([base64.includes("="), /[-_]/.test(base64)]);
    expect(base64).toMatch(expected);
  });

  test.each([
    ["a word", "sixteen-characters-and-more".repeat(20)],
    ["a path", `/${"some/long/path/".repeat(30)}`],
    ["hexadecimal digits", "0123456789abcdef".repeat(30)],
    ["bytes that are no text", Buffer.alloc(400, 0xfe).toString("base64")],
    ["text without tokens", Buffer.from("nothing here ".repeat(30)).toString("base64")],
  ])("not opened: %s", async (_, text) => {
    const body = JSON.stringify({ a: token, b: text });
    expect(JSON.parse((await openTokens({ body })).body)).toEqual({ a: value, b: text });
  });

  test.each([1, 2, 3])("percent-encoded base64 keeps its signs and its padding: %d times", async (rounds) => {
    const spell = (text: string): string =>
      Array.from({ length: rounds }).reduce(
        (spelt: string) => encodeURIComponent(spelt),
        Buffer.from(text).toString("base64"),
      );
    for (const tail of ["", ".", ".."]) {
      const around = `>>>~~~???${tail}`;
      const { body } = await openTokens({ body: JSON.stringify([`${spell(around + token + around)}&x=1`]) });
      expect(JSON.parse(body)).toEqual([`${spell(around + value + around)}&x=1`]);
    }
  });

  const wrapLines = (base64: string, width: number, between: string, first = width): string =>
    base64.slice(0, first) + base64.slice(first).replace(new RegExp(`.{1,${width}}`, "g"), `${between}$&`);

  test.each<[why: string, contentType: string | undefined, spell: (base64: string, base64url: string) => string]>([
    [
      "lines of XML that are indented",
      "application/xml",
      (base64) => `<r>\n  <d>\n    ${wrapLines(base64, 76, "\n    ")}\n  </d>\n</r>`,
    ],
    ["lines of YAML", undefined, (base64) => `data:\n  a: |\n    ${wrapLines(base64, 64, "\n    ")}\n  b: 1\n`],
    [
      "lines with tabs, and blanks at their ends",
      undefined,
      (base64) => `data:\n\t${wrapLines(base64, 64, " \r\n\t")}\n`,
    ],
    [
      "a header field that is folded, before another one",
      undefined,
      (base64) => `X-Data: ${wrapLines(base64, 72, "\r\n ", 60)}\r\nC: d\r\n`,
    ],
    ["lines that go on behind a backslash", undefined, (base64) => `data=${wrapLines(base64, 64, "\\\n", 30)}\n`],
    [
      "indented lines in an escaped string that is cut off",
      undefined,
      (base64) => `{"a":"\\n    ${wrapLines(base64, 72, "\\n    ")}\\n  ","b":"`,
    ],
    [
      "lines with tabs in an escaped string that is cut off",
      undefined,
      (base64) => `{"a":"\\n\\t\\t${wrapLines(base64, 72, "\\n\\t\\t")}\\n\\t","b":"`,
    ],
    ["a path", undefined, (_, base64url) => `GET /api/v1/items/${base64url}/details?x=1 HTTP/1.1`],
    [
      "a path in JSON",
      "application/json",
      (_, base64url) => JSON.stringify({ url: `https://example.com/some-name/of_it/${base64url}` }),
    ],
    ["what stands before an underscore", undefined, (_, base64url) => `evt_a_${base64url} x`],
  ])("base64 in %s", async (_, contentType, spell) => {
    // In each place to the signs before it.
    for (let length = 0; length < 6; length++) {
      for (const wrap of [(text: string) => Buffer.from(text), (text: string) => gzipSync(text)]) {
        const before = wrap(JSON.stringify({ a: "é".repeat(length), ssn: token, b: "?>~".repeat(20) }));
        const after = wrap(JSON.stringify({ a: "é".repeat(length), ssn: value, b: "?>~".repeat(20) }));
        const pad = "x".repeat(length);
        const write = (byteCount: Buffer): string =>
          spell(byteCount.toString("base64"), byteCount.toString("base64url"));
        const body = contentType === undefined ? `${pad} ${write(before)}` : write(before);
        const expected = contentType === undefined ? `${pad} ${write(after)}` : write(after);
        expect((await openTokens({ body, contentType: contentType ?? "text/plain" })).body).toBe(expected);
      }
    }
  });

  test.each([
    ["a JWT", (payload: string) => `Bearer eyJhbGciOiJIUzI1NiJ9.${payload}.${"c2ln".repeat(10)}`],
    ["a path", (payload: string) => `GET /v1/${payload}/x HTTP/1.1`],
    ["a query", (payload: string) => `GET /v1?state=${payload}&b=1 HTTP/1.1`],
  ])("base64 in %s gets no signs that mean something there", async (_, spell) => {
    const signs = "~~~???>>>~~ ??>> ~?~?~ ~~";
    const other = formatToken(recipient, sealJson(createContentKey(recipient), undefined, JSON.stringify(signs)));
    for (let length = 0; length < 3; length++) {
      const write = (text: string): string =>
        spell(Buffer.from(`{"a":"${"a".repeat(length)}${text}"}`).toString("base64url"));
      expect((await openTokens({ body: write(other), contentType: "text/plain" })).body).toBe(write(signs));
    }
  });

  test.each([0, 1, 2, 3])("base64 in quoted-printable keeps its lines and its padding: %d", async (length) => {
    const encode = (text: string): string =>
      wrapLines(
        `{"x":"é","data":"${Buffer.from(text).toString("base64")}"}`
          .replace("é", "=C3=A9")
          .replaceAll(/={1,2}(?=")/g, (signs) => signs.replaceAll("=", "=3D")),
        75,
        "=\r\n",
      );
    const around = ">".repeat(length);
    const { body } = await openTokens({
      body: `Subject: x\r\n\r\n${encode(`${around}${token}, and more`)}\r\nend`,
      contentType: "text/plain",
    });
    const decoded = body.replaceAll("=\r\n", "").replaceAll("=3D", "=");
    const base64 = Buffer.from(`${around}${value}, and more`).toString("base64");
    expect(decoded).toBe(`Subject: x\r\n\r\n{"x":"=C3=A9","data":"${base64}"}\r\nend`);
  });

  test.each([
    ["lines that have less before them", (base64: string) => wrapLines(base64, 72, "\n    "), "\nC: d"],
    ["a path that goes on", (base64: string) => `/x/${base64.replaceAll("+", "-").replaceAll("/", "_")}`, "/some/more"],
  ])("what stands behind base64 is none of it: %s", async (_, spell, behind) => {
    for (let length = 0; length < 60; length++) {
      const write = (text: string): string =>
        `a: ${spell(
          Buffer.from(" ".repeat(length) + text)
            .toString("base64")
            .replace(/=+$/, ""),
        )}${behind}`;
      expect((await openTokens({ body: write(`${token}.`), contentType: "text/plain" })).body).toBe(write(`${value}.`));
    }
  });

  test("base64 in base64 in many levels: what is innermost is looked at a few times, however deep it is", () => {
    let looks = 0;
    const watched = {
      suffix: "#10#",
      get prefix() {
        looks++;
        return "#01#";
      },
    };
    let text = `${"nothing to see, ".repeat(8)} #01#`;
    for (let level = 0; level < 14; level++) text = Buffer.from(`{"a":"${text}"}`).toString("base64");
    expect(mayHoldEnvelopes(text, [watched])).toBe(true);
    expect(looks).toBeLessThan(100);
  });

  test.each(["&newline;", "\\\\u000a", "%250a", " \n", "=\n", "\\n  \\t", "\\\n\t"])(
    "megabytes of what ends a line, which would take hours if it was read again and again: %j",
    (sign) => {
      expect(mayHoldEnvelopes(sign.repeat(2_000_000 / sign.length), [recipient])).toBe(false);
      expect(
        mayHoldEnvelopes(`${sign.repeat(200_000 / sign.length)}${Buffer.from(`x ${token}`).toString("base64")}`, [
          recipient,
        ]),
      ).toBe(true);
    },
  );

  test("base64 in lines that end in CR, of any width", () => {
    const base64 = Buffer.from(`plain ${token}`).toString("base64");
    for (let width = 40; width < 80; width += 4)
      expect(mayHoldEnvelopes(base64.replace(new RegExp(`.{${width}}`, "g"), "$&\r"), [recipient])).toBe(true);
  });

  test("records of any size and kind, one beside the other: each text is read, and what is none is left", async () => {
    const text = fc
      .string({
        unit: fc.constantFrom("a", " ", "é", "#01", "#", "\\", "%", "&", "1", "\n"),
        minLength: 100,
        maxLength: 300,
      })
      .map((filler) => ({ before: Buffer.from(`text ${filler}`), after: Buffer.from(filler) }));
    const binary = fc.uint8Array({ minLength: 100, maxLength: 300 }).map((byteCount) => ({
      before: Buffer.concat([Buffer.from("as if it were a text, to its middle"), byteCount]),
      after: Buffer.of(0xff),
    }));
    const record = fc.record({
      around: fc.oneof(text, binary),
      holds: fc.boolean(),
      repeated: fc.constantFrom(1, 1, 1, 20, 300),
    });
    await fc.assert(
      fc.asyncProperty(
        fc.array(record, { maxLength: 8 }),
        fc.array(record, { maxLength: 8 }),
        fc.constantFrom(0, 300, 700),
        async (first, last, between) => {
          const plain = {
            around: { before: Buffer.from("nothing to see here, ".repeat(10)), after: Buffer.of() },
            holds: false,
            repeated: 1,
          };
          const all = [...first, ...Array.from({ length: between }, () => plain), ...last].map(
            ({ around: { before, after }, holds, repeated }) => {
              const repeat = (byteCount: Buffer): Buffer =>
                Buffer.concat(Array.from({ length: repeated }, () => byteCount));
              const make = (middle: string): Buffer =>
                Buffer.concat([repeat(before), Buffer.from(holds ? ` ${middle} ` : ""), repeat(after)]);
              return { byteCount: make(token), expected: isUtf8(make("")) ? make(value) : make(token) };
            },
          );
          const { body } = await openTokens({
            body: JSON.stringify(all.map(({ byteCount }) => byteCount.toString("base64"))),
          });
          expect(JSON.parse(body)).toEqual(all.map(({ expected }) => expected.toString("base64")));
        },
      ),
      { numRuns: 60 },
    );
  });

  test.each([
    ["a bomb", () => gzipSync(Buffer.alloc(60_000_000, 0x20)), "decoded_too_large"],
    ["cut off", () => gzipSync(log).subarray(0, 100), "content_coding_malformed"],
  ])("%s", async (_, make, name) => {
    await expect(openTokens({ body: make() })).rejects.toMatchObject({ name });
  });
});

describe("JSON in fields of other formats, and in lines of no format", () => {
  const reader = parseReader({
    reader: "test",
    recipients: keys.map(({ id, keyArn, prefix, suffix }) => ({ id, keyArn, prefix, suffix })),
    open: ["01"],
  });
  const restore = async (body: string, contentType?: string): Promise<string> => {
    const result = await decryptBody(
      { body: Buffer.from(body), contentType, onFailure: "fail" },
      reader,
      async (requests) =>
        requests.map(({ ciphertext }) => privateDecrypt({ key: key.privateKeyPem, oaepHash: "sha256" }, ciphertext)),
    );
    return result.body.toString("utf8");
  };
  const json = JSON.stringify({ ssn: token });

  test("a form", async () => {
    const restored = new URLSearchParams(
      await restore(`data=${encodeURIComponent(json)}&x=1`, "application/x-www-form-urlencoded"),
    );
    expect([JSON.parse(restored.get("data") ?? ""), restored.get("x")]).toEqual([{ ssn: value }, "1"]);
  });

  test("a cell of CSV", async () => {
    const restored = await restore(`a,b\r\n"${json.replaceAll('"', '""')}",1\r\n`, "text/csv");
    const [, cell = ""] = /^a,b\r\n"(.*)",1\r\n$/s.exec(restored) ?? [];
    expect(JSON.parse(cell.replaceAll('""', '"'))).toEqual({ ssn: value });
  });

  test("a cell that is quoted is no JSON", async () => {
    const number = formatToken(recipient, sealJson(createContentKey(recipient), undefined, "1.0"));
    expect(await restore(`a\r\n"""${number}"""\r\n`, "text/csv")).toBe('a\r\n"""1.0"""\r\n');
  });

  test("lines of a log, with JSON behind the time", async () => {
    const restored = await restore(`[2026-11-24] INFO ${json} (1 ms)\nplain ${token} text\n${json}\n`);
    const [first = "", , , third = ""] = restored.split("\n");
    expect(JSON.parse(first.slice(18, -7))).toEqual({ ssn: value });
    expect(restored).toContain(`plain ${value} text`);
    expect(JSON.parse(third)).toEqual({ ssn: value });
  });

  test("a doubly encoded text in the spelling of PHP", async () => {
    const php = (text: string): string => JSON.stringify(text).replaceAll("/", "\\/");
    const inner = `{"ssn":${php(token)},"url":"https:\\/\\/x"}`;
    const { payload } = JSON.parse(await restore(`{"payload":${php(inner)}}`, "application/json")) as {
      readonly payload: string;
    };
    expect(JSON.parse(payload)).toEqual({ ssn: value, url: "https://x" });
    expect(payload).toContain("https:\\/\\/x");
  });

  test("base64 alone, with the end of its line", async () => {
    const restored = await restore(`${gzipSync(log).toString("base64")}\n`);
    expect(restored.endsWith("\n")).toBe(true);
    expect(readLog(gunzipSync(Buffer.from(restored, "base64")).toString())).toEqual(opened);
  });

  test("HTML", async () => {
    expect(await restore(`<p>${token}</p>`, "text/html")).toBe("<p>&#34;,&#34;admin&#34;:true,&#34;&#10;</p>");
  });
});
