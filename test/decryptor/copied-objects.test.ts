/** What a copied object keeps: its description, its compression, and the layout of its text. */
import { gunzipSync, gzipSync } from "node:zlib";
import { describe, expect, test } from "@jest/globals";
import { createContentKey } from "../../core/token/sealed-content.ts";
import { openBatch, rows } from "../support/batch.ts";
import { makeDirect, makeSealed } from "../support/decryptor.ts";

const batch = openBatch();
const { event, result, restored } = batch;

describe("what stays as it is", () => {
  test("type, coding, fields of HTTP and user metadata", async () => {
    const headers = {
      "cache-control": "no-cache",
      "content-disposition": 'attachment; filename="a.txt"',
      "content-language": "en",
      expires: "Wed, 21 Oct 2026 07:28:00 GMT",
      "x-amz-meta-owner": "Ada",
      "x-amz-meta-empty": "",
    };
    for (const body of ["short", `${"z".repeat(99)}\n`.repeat(100_000)]) {
      batch.s3.putObject("source-bucket", "m.txt", gzipSync(body, { level: 0 }), {
        contentType: "text/plain; charset=utf-8",
        contentEncoding: "GZIP",
        headers,
      });
      expect(await result("m.txt")).toMatchObject({ resultCode: "Succeeded" });
      const object = batch.s3.findObject("restored-bucket", "clear/m.txt");
      expect(object).toMatchObject({ contentType: "text/plain; charset=utf-8", contentEncoding: "GZIP", headers });
      expect(gunzipSync(object?.body ?? "").toString()).toBe(body);
    }
  });

  test.each<{ readonly key: string; readonly sent?: string }>([
    { key: "plain.txt" },
    { key: "a b.txt" },
    { key: "a b.txt", sent: "a%20b.txt" },
    { key: "a+b.txt", sent: "a%2Bb.txt" },
    { key: "Gr\u00fc\u00dfe/\ud83d\ude00.txt" },
    { key: "100%.txt" },
    { key: "a//b/.c.txt" },
    { key: "year=2026/month=11/part-0000.txt" },
  ])("the key $key", async ({ key, sent }) => {
    batch.s3.putObject("source-bucket", key, Buffer.from(makeDirect(batch.decryptor.recipients[0], key)));
    const {
      tasks: [task],
    } = event(key);
    expect(await result(key, {}, sent === undefined ? {} : { tasks: [{ ...task, s3Key: sent }] })).toMatchObject({
      resultCode: "Succeeded",
    });
    expect(restored(key)).toBe(key);
  });

  test.each<{ readonly versionId: unknown; readonly read: string }>([
    { versionId: "3HL4kqtJlcpXroDTDmJ", read: "of the version" },
    { versionId: "null", read: "before versions" },
    { versionId: null, read: "the latest" },
    { versionId: "", read: "the latest" },
    { versionId: undefined, read: "the latest" },
  ])("the version $versionId", async ({ versionId, read }) => {
    batch.s3.putObject("source-bucket", "v.txt", Buffer.from("the latest"));
    batch.s3.putObject("source-bucket", "v.txt", Buffer.from("of the version"), { versionId: "3HL4kqtJlcpXroDTDmJ" });
    batch.s3.putObject("source-bucket", "v.txt", Buffer.from("before versions"), { versionId: "null" });
    const {
      tasks: [task],
    } = event("v.txt");
    await result("v.txt", {}, { tasks: [{ ...task, s3VersionId: versionId }] });
    expect(restored("v.txt")).toBe(read);
  });

  test.each<{
    readonly why: string;
    readonly key: string;
    readonly make: (token: string) => string;
    readonly contentType?: string;
  }>([
    {
      why: "CR LF, no end of line at the end",
      key: "a.ndjson",
      make: (value) => `{"a":${value}}\r\n{"b":1}\r\n{"a":${value}}`,
    },
    { why: "empty lines", key: "a.ndjson", make: (value) => `\n\n{"a":${value}}\n\n` },
    { why: "a byte order mark", key: "a.ndjson", make: (value) => `\ufeff{"a":${value}}\n[${value}]\n` },
    { why: "lines under JSON's name", key: "part-0000.json", make: (value) => `{"a":${value}}\n{"a":${value}}\n` },
    {
      why: "lines under JSON's name, with a byte order mark",
      key: "part-0001.json",
      make: (value) => `\ufeff{"a":${value}}\r\n{"a":1.0}\r\n`,
    },
    {
      why: "lines of JSON's type",
      key: "part-0002",
      make: (value) => `{"a":${value}}\n[1]`,
      contentType: "application/json; charset=utf-8",
    },
    { why: "JSON over lines", key: "b.json", make: (value) => `{\n  "a": ${value},\n  "b": [\n    ${value}\n  ]\n}\n` },
    {
      why: "JSON over lines, the first one long",
      key: "c.json",
      make: (value) => `{"a":"${"x".repeat(100_000)}",\n"b":${value}}`,
    },
    { why: "JSON in one line", key: "d.json", make: (value) => `{"a":${value}}` },
    { why: "a scalar", key: "e.json", make: (value) => `${value}\n` },
  ])("$why", async ({ key, make, contentType }) => {
    const given = make(`"${makeSealed(batch.decryptor.recipients[0], "1.0")}"`);
    for (const [name, write, read] of [
      [key, (text: string) => Buffer.from(text), String],
      [`${key}.gz`, gzipSync, (body: Buffer) => String(gunzipSync(body))],
    ] as const) {
      batch.s3.putObject("source-bucket", name, write(given), contentType === undefined ? {} : { contentType });
      expect(await result(name)).toMatchObject({ resultCode: "Succeeded" });
      expect(read(batch.s3.findObject("restored-bucket", `clear/${name}`)?.body ?? Buffer.alloc(0))).toBe(make("1.0"));
    }
  });

  test("gzip of several members", async () => {
    const token = makeDirect(batch.decryptor.recipients[0], "secret");
    batch.s3.putObject(
      "source-bucket",
      "several.txt.gz",
      Buffer.concat([
        gzipSync("first\n"),
        gzipSync(token.slice(0, 99)),
        gzipSync(`${token.slice(99)}\n`),
        gzipSync(""),
      ]),
    );
    await result("several.txt.gz");
    expect(gunzipSync(batch.s3.findObject("restored-bucket", "clear/several.txt.gz")?.body ?? "").toString()).toBe(
      "first\nsecret\n",
    );
  });

  test.each([
    undefined,
    "text/csv",
    "text/plain",
    "text/plain; charset=utf-8",
    "application/vnd.ms-excel",
    "binary/octet-stream",
  ])("CSV by its name, sent as %s", async (contentType) => {
    const token = makeSealed(batch.decryptor.recipients[0], JSON.stringify('a,"b"\nc'));
    batch.s3.putObject(
      "source-bucket",
      "typed.csv",
      Buffer.from(`id,v\n1,${token}\n`),
      contentType === undefined ? {} : { contentType },
    );
    expect(await result("typed.csv")).toMatchObject({ resultCode: "Succeeded" });
    expect([restored("typed.csv"), batch.s3.findObject("restored-bucket", "clear/typed.csv")?.contentType]).toEqual([
      'id,v\n1,"a,""b""\nc"\n',
      contentType ?? "application/octet-stream",
    ]);
  });

  test("tokens in the first line of CSV are opened once, and every chunk knows its names", async () => {
    const [one] = batch.decryptor.recipients;
    const key = createContentKey(one);
    const token = makeSealed(one, '"v"', "card", key);
    const lines = rows(9_000, (index) => `${index}\t"1,5"\t${token}`);
    batch.s3.putObject(
      "source-bucket",
      "first.csv",
      Buffer.from(`${makeDirect(one, "a")}\tn\tcard\n${lines.join("\n")}`),
    );
    batch.decryptor.calls.length = 0;
    expect(await result("first.csv", { expect: { card: "card" } })).toMatchObject({
      resultString: "opened 9001, rewrapped 0, withheld 0, failed 0",
    });
    expect(batch.decryptor.calls).toHaveLength(2);
    expect(await result("first.csv", { expect: { card: "other" } })).toMatchObject({ resultString: "label_mismatch" });
  });

  test.each(["\n", "\r\n\r\n", "\ufeff\n"])(
    "CSV behind %j: names and delimiter are known in every piece",
    async (before) => {
      const token = makeSealed(batch.decryptor.recipients[0], JSON.stringify("a;b"), "card");
      batch.s3.putObject(
        "source-bucket",
        "blank.csv",
        Buffer.from(
          `${before}id;card;note\n${rows(3_000, (index) => `${index};${token};${"x".repeat(600)}`).join("\n")}`,
        ),
      );
      expect(await result("blank.csv", { expect: { card: "card" } })).toMatchObject({
        resultString: "opened 3000, rewrapped 0, withheld 0, failed 0",
      });
      expect(
        restored("blank.csv") ===
          `${before}id;card;note\n${rows(3_000, (index) => `${index};"a;b";${"x".repeat(600)}`).join("\n")}`,
      ).toBe(true);
      expect(await result("blank.csv", { expect: { card: "other" } })).toMatchObject({
        resultString: "label_mismatch",
      });
    },
  );

  describe("documents that nobody names, larger than a piece", () => {
    const filler = rows(20_000, (index) => `  <note id="${index}">${"n".repeat(60)}</note>`);
    const value = '","admin":true,"</v><admin/>&';

    test.each([undefined, "text/plain"])("XML, sent as %s", async (contentType) => {
      const make = (text: string): string =>
        `\ufeff<?xml version="1.0"?>\n<all>\n${filler.join("\n")}\n<v>${text}</v>\n</all>\n`;
      batch.s3.putObject(
        "source-bucket",
        "document",
        Buffer.from(make(makeDirect(batch.decryptor.recipients[0], value))),
        contentType === undefined ? {} : { contentType },
      );
      await result("document");
      expect(restored("document") === make('","admin":true,"&lt;/v&gt;&lt;admin/&gt;&amp;')).toBe(true);
    });

    test.each(["{", "{ ", "["])("JSON that begins with %p", async (begin) => {
      const end = begin === "[" ? "]" : "}";
      const name = begin === "[" ? "" : '"v": ';
      const filler = rows(20_000, (index) => `  "${"n".repeat(60)}${index}"`);
      const make = (text: string): string =>
        `${begin}\n${begin === "[" ? "" : '"f": '}[\n${filler.join(",\n")}\n],\n${name}${text}\n${end}\n`;
      batch.s3.putObject(
        "source-bucket",
        "document",
        Buffer.from(make(`"${makeSealed(batch.decryptor.recipients[0], JSON.stringify(value), "a")}"`)),
      );
      await result("document", { expect: begin === "[" ? { "$[1]": "a" } : { "$.v": "a" } });
      expect(restored("document") === make(JSON.stringify(value))).toBe(true);
      expect(await result("document", { expect: begin === "[" ? { "$[1]": "b" } : { "$.v": "b" } })).toMatchObject({
        resultString: "label_mismatch",
      });
    });

    test.each(["[2026-11-24 10:00:00] INFO a", "<34>Oct 11 22:14:15 host su: a", "<r>a</r>", '{"a":1}'])(
      "lines that begin with %p are lines",
      async (line) => {
        batch.s3.putObject(
          "source-bucket",
          "lines",
          Buffer.concat([
            Buffer.from(`${line}\n${makeDirect(batch.decryptor.recipients[0], "v")}\n`),
            Buffer.alloc(34_000_000, "x \n"),
          ]),
        );
        expect(await result("lines")).toMatchObject({ resultString: "opened 1, rewrapped 0, withheld 0, failed 0" });
      },
    );
  });

  test("values in lines, under JSON's name", async () => {
    batch.s3.putObject(
      "source-bucket",
      "values.json",
      Buffer.from(`\n"${makeDirect(batch.decryptor.recipients[0], "v")}"\n1\n`),
    );
    expect(await result("values.json")).toMatchObject({ resultCode: "Succeeded" });
    expect(restored("values.json")).toBe('\n"v"\n1\n');
  });

  test("bytes without text are none", async () => {
    batch.s3.putObject("source-bucket", "a.parquet", Buffer.from([0x50, 0x41, 0x52, 0x31, 0xff]));
    expect(await result("a.parquet")).toMatchObject({ resultCode: "PermanentFailure", resultString: "body_not_utf8" });
  });
});
