/** S3 Batch Operations, against S3's protocol over HTTP: objects go piece by piece into another, encrypted bucket. */
import { randomBytes } from "node:crypto";
import { gunzipSync, gzipSync } from "node:zlib";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from "@jest/globals";
import { createContentKey } from "../../core/token/sealed-content.ts";
import { type LocalS3, type S3Fault, startS3 } from "../../local/s3/server.ts";
import { type Decryptor, makeDirect, makeSealed, openDecryptor, within } from "../support/decryptor.ts";

let decryptor: Decryptor;
let s3: LocalS3;
let fault: (operation: string) => S3Fault | undefined = () => undefined;
const destination = {
  bucket: "restored-bucket",
  prefix: "clear/",
  kmsKeyArn: "arn:aws:kms:eu-central-1:111122223333:key/00000000-0000-4000-8000-000000000009",
};

beforeAll(async () => {
  decryptor = await openDecryptor();
  s3 = await startS3({ port: 0, intercept: (operation) => fault(operation) });
  Object.assign(process.env, {
    AWS_ENDPOINT_URL_S3: s3.url,
    AWS_REGION: "eu-central-1",
    AWS_ACCESS_KEY_ID: "AKIDEXAMPLE",
    AWS_SECRET_ACCESS_KEY: "not a secret",
  });
});

afterAll(async () => {
  await decryptor.close();
  await s3.close();
});

beforeEach(() => {
  fault = () => undefined;
});

/** As "Invoke AWS Lambda function" in the S3 User Guide shows it. */
const event = (key: string, more: object = {}) => ({
  invocationSchemaVersion: "1.0",
  invocationId: "YXNkbGZqYWRmaiBhc2RmdW9hZHNmZGpmaGFzbGtkaGZza2RmaAo",
  job: { id: "f3cc4f60-61f6-4a2b-8a21-d07600c373ce" },
  tasks: [
    {
      taskId: "dGFza2lkZ29lc2hlcmUK",
      s3Key: encodeURIComponent(key).replaceAll("%20", "+"),
      s3VersionId: "1",
      s3BucketArn: "arn:aws:s3:::source-bucket",
    },
  ],
  ...more,
});

const result = async (key: string, settings: object = {}, more: object = {}): Promise<unknown> => {
  const { result: answer } = await decryptor.call(
    event(key, more),
    JSON.parse(JSON.stringify({ destination, ...settings })) as object,
  );
  const [only] = answer["results"] as unknown[];
  return only;
};

const restored = (key: string): string | undefined =>
  s3.findObject("restored-bucket", `clear/${key}`)?.body.toString("utf8");

const rows = (count: number, make: (index: number) => string): string[] =>
  Array.from({ length: count }, (_, index) => make(index));

describe("objects", () => {
  test("NDJSON in several pieces and parts, encrypted with the reader's key", async () => {
    const key = createContentKey(decryptor.recipients[0]);
    const filler = "x".repeat(1_000);
    const lines = rows(
      12_000,
      (index) => `{"n":"${makeSealed(decryptor.recipients[0], `${index}.0`, undefined, key)}","f":"${filler}"}`,
    );
    s3.putObject("source-bucket", "a b/ü+1.ndjson", Buffer.from(`${lines.join("\n")}\n`));
    expect(await result("a b/ü+1.ndjson")).toEqual({
      taskId: "dGFza2lkZ29lc2hlcmUK",
      resultCode: "Succeeded",
      resultString: "opened 12000, rewrapped 0, withheld 0, failed 0",
    });
    expect(restored("a b/ü+1.ndjson")).toBe(
      `${rows(12_000, (index) => `{"n":${index}.0,"f":"${filler}"}`).join("\n")}\n`,
    );
    expect(s3.findObject("restored-bucket", "clear/a b/ü+1.ndjson")?.encryption).toEqual({
      algorithm: "aws:kms",
      keyArn: destination.kmsKeyArn,
    });
  });

  test("CSV: records over several lines, a view by the column's name in every piece", async () => {
    const key = createContentKey(decryptor.recipients[0]);
    const filler = "y".repeat(2_000);
    const record = (cell: string, index: number): string => `${index},"a ""b""\nc,${filler}",${cell}\r\n`;
    const records = rows(1_500, (index) => record(makeSealed(decryptor.recipients[0], '"x,\\n"', "card", key), index));
    s3.putObject("source-bucket", "a.csv", Buffer.from(`id,note,card\r\n${records.join("")}`), {
      contentType: "text/csv",
    });
    expect(await result("a.csv", { expect: { card: "card" } })).toMatchObject({ resultCode: "Succeeded" });
    expect(restored("a.csv")).toBe(`id,note,card\r\n${rows(1_500, (index) => record('"x,\n"', index)).join("")}`);
    expect(await result("a.csv", { expect: { card: "other" } })).toMatchObject({
      resultCode: "PermanentFailure",
      resultString: "label_mismatch",
    });
  });

  test("compressed text with wrapped tokens", async () => {
    const token = makeDirect(decryptor.recipients[0], "secret").replace(/(.{76})/g, "$1\n");
    const text = rows(4_000, (index) => `line ${index} ${token} end`).join("\n");
    s3.putObject("source-bucket", "log.txt.gz", gzipSync(text), {
      contentType: "binary/octet-stream",
      contentEncoding: "gzip",
    });
    expect(await result("log.txt.gz")).toMatchObject({
      resultCode: "Succeeded",
      resultString: expect.stringContaining("opened 4000"),
    });
    const object = s3.findObject("restored-bucket", "clear/log.txt.gz");
    expect(object?.contentEncoding).toBe("gzip");
    expect(gunzipSync(object?.body ?? "").toString()).toBe(
      rows(4_000, (index) => `line ${index} secret end`).join("\n"),
    );
  });

  test.each([
    ["an empty one", "empty.csv", "", ""],
    [
      "lines that are JSON, of no type",
      "data",
      () => `{"a":"${makeDirect(decryptor.recipients[0], 'x"')}"}\n{"a":1}\n`,
      '{"a":"x\\""}\n{"a":1}\n',
    ],
    ["JSON as a whole", "a.json", () => `{\n"a":"${makeDirect(decryptor.recipients[0], 'x"')}"\n}`, '{\n"a":"x\\""\n}'],
  ] as const)("%s", async (_, key, body, expected) => {
    s3.putObject("source-bucket", key, Buffer.from(typeof body === "string" ? body : body()));
    expect(await result(key)).toMatchObject({ resultCode: "Succeeded" });
    expect(restored(key)).toBe(expected);
  });

  test("version 2.0 names the bucket", async () => {
    s3.putObject("source-bucket", "b.txt", Buffer.from("plain"));
    const more = {
      invocationSchemaVersion: "2.0",
      tasks: [{ taskId: "t", s3Key: "b.txt", s3VersionId: null, s3Bucket: "source-bucket" }],
    };
    expect(await result("b.txt", {}, more)).toMatchObject({ taskId: "t", resultCode: "Succeeded" });
  });
});

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
      s3.putObject("source-bucket", "m.txt", gzipSync(body, { level: 0 }), {
        contentType: "text/plain; charset=utf-8",
        contentEncoding: "GZIP",
        headers,
      });
      expect(await result("m.txt")).toMatchObject({ resultCode: "Succeeded" });
      const object = s3.findObject("restored-bucket", "clear/m.txt");
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
    s3.putObject("source-bucket", key, Buffer.from(makeDirect(decryptor.recipients[0], key)));
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
    s3.putObject("source-bucket", "v.txt", Buffer.from("the latest"));
    s3.putObject("source-bucket", "v.txt", Buffer.from("of the version"), { versionId: "3HL4kqtJlcpXroDTDmJ" });
    s3.putObject("source-bucket", "v.txt", Buffer.from("before versions"), { versionId: "null" });
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
    const given = make(`"${makeSealed(decryptor.recipients[0], "1.0")}"`);
    for (const [name, write, read] of [
      [key, (text: string) => Buffer.from(text), String],
      [`${key}.gz`, gzipSync, (body: Buffer) => String(gunzipSync(body))],
    ] as const) {
      s3.putObject("source-bucket", name, write(given), contentType === undefined ? {} : { contentType });
      expect(await result(name)).toMatchObject({ resultCode: "Succeeded" });
      expect(read(s3.findObject("restored-bucket", `clear/${name}`)?.body ?? Buffer.alloc(0))).toBe(make("1.0"));
    }
  });

  test("gzip of several members", async () => {
    const token = makeDirect(decryptor.recipients[0], "secret");
    s3.putObject(
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
    expect(gunzipSync(s3.findObject("restored-bucket", "clear/several.txt.gz")?.body ?? "").toString()).toBe(
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
    const token = makeSealed(decryptor.recipients[0], JSON.stringify('a,"b"\nc'));
    s3.putObject(
      "source-bucket",
      "typed.csv",
      Buffer.from(`id,v\n1,${token}\n`),
      contentType === undefined ? {} : { contentType },
    );
    expect(await result("typed.csv")).toMatchObject({ resultCode: "Succeeded" });
    expect([restored("typed.csv"), s3.findObject("restored-bucket", "clear/typed.csv")?.contentType]).toEqual([
      'id,v\n1,"a,""b""\nc"\n',
      contentType ?? "application/octet-stream",
    ]);
  });

  test("tokens in the first line of CSV are opened once, and every chunk knows its names", async () => {
    const [one] = decryptor.recipients;
    const key = createContentKey(one);
    const token = makeSealed(one, '"v"', "card", key);
    const lines = rows(9_000, (index) => `${index}\t"1,5"\t${token}`);
    s3.putObject("source-bucket", "first.csv", Buffer.from(`${makeDirect(one, "a")}\tn\tcard\n${lines.join("\n")}`));
    decryptor.calls.length = 0;
    expect(await result("first.csv", { expect: { card: "card" } })).toMatchObject({
      resultString: "opened 9001, rewrapped 0, withheld 0, failed 0",
    });
    expect(decryptor.calls).toHaveLength(2);
    expect(await result("first.csv", { expect: { card: "other" } })).toMatchObject({ resultString: "label_mismatch" });
  });

  test.each(["\n", "\r\n\r\n", "\ufeff\n"])(
    "CSV behind %j: names and delimiter are known in every piece",
    async (before) => {
      const token = makeSealed(decryptor.recipients[0], JSON.stringify("a;b"), "card");
      s3.putObject(
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
      s3.putObject(
        "source-bucket",
        "document",
        Buffer.from(make(makeDirect(decryptor.recipients[0], value))),
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
      s3.putObject(
        "source-bucket",
        "document",
        Buffer.from(make(`"${makeSealed(decryptor.recipients[0], JSON.stringify(value), "a")}"`)),
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
        s3.putObject(
          "source-bucket",
          "lines",
          Buffer.concat([
            Buffer.from(`${line}\n${makeDirect(decryptor.recipients[0], "v")}\n`),
            Buffer.alloc(34_000_000, "x \n"),
          ]),
        );
        expect(await result("lines")).toMatchObject({ resultString: "opened 1, rewrapped 0, withheld 0, failed 0" });
      },
    );
  });

  test("values in lines, under JSON's name", async () => {
    s3.putObject("source-bucket", "values.json", Buffer.from(`\n"${makeDirect(decryptor.recipients[0], "v")}"\n1\n`));
    expect(await result("values.json")).toMatchObject({ resultCode: "Succeeded" });
    expect(restored("values.json")).toBe('\n"v"\n1\n');
  });

  test("bytes without text are none", async () => {
    s3.putObject("source-bucket", "a.parquet", Buffer.from([0x50, 0x41, 0x52, 0x31, 0xff]));
    expect(await result("a.parquet")).toMatchObject({ resultCode: "PermanentFailure", resultString: "body_not_utf8" });
  });
});

describe("what fails", () => {
  beforeEach(() => {
    s3.removeObjects("restored-bucket");
    s3.putObject("source-bucket", "x.txt", Buffer.from(`a ${makeDirect(decryptor.recipients[0], "secret")}`));
  });

  test.each<[why: string, settings: object, key: string, resultCode: string, resultString: string]>([
    [
      "the source as destination",
      { destination: { ...destination, bucket: "source-bucket" } },
      "x.txt",
      "PermanentFailure",
      "destination_invalid",
    ],
    ["no destination", { destination: undefined }, "x.txt", "PermanentFailure", "destination_invalid"],
    ["a source behind an alias", {}, "alias", "PermanentFailure", "destination_invalid"],
    ["no such object", {}, "absent", "PermanentFailure", "object_unavailable"],
  ])("%s", async (_, settings, key, resultCode, resultString) => {
    const {
      tasks: [task],
    } = event(key);
    const more = key === "alias" ? { tasks: [{ ...task, s3BucketArn: "arn:aws:s3:::point-abc123-s3alias" }] } : {};
    expect(await result(key, settings, more)).toMatchObject({ resultCode, resultString });
  });

  test.each<{ readonly s3Bucket: string }>([
    { s3Bucket: "restored-bucket" },
    { s3Bucket: "Restored-Bucket" },
    { s3Bucket: "arn:aws:s3:eu-central-1:111122223333:accesspoint/restored" },
    { s3Bucket: "point-abc123-s3alias" },
    { s3Bucket: "point--ol-s3" },
    { s3Bucket: "abc123.mrap" },
  ])("version 2.0: the source $s3Bucket could be the destination", async ({ s3Bucket }) => {
    s3.putObject(s3Bucket, "x.txt", Buffer.from("x"));
    const more = {
      invocationSchemaVersion: "2.0",
      tasks: [{ taskId: "t", s3Key: "x.txt", s3VersionId: null, s3Bucket }],
    };
    expect(await result("x.txt", {}, more)).toEqual({
      taskId: "t",
      resultCode: "PermanentFailure",
      resultString: "destination_invalid",
    });
  });

  test("each task has a result of its own", async () => {
    const bucket = "arn:aws:s3:::source-bucket";
    const tasks = [
      { taskId: "1", s3Key: "x.txt", s3VersionId: null, s3BucketArn: bucket },
      { taskId: "2", s3Key: "%zz", s3VersionId: null, s3BucketArn: bucket },
      { taskId: "3", s3Key: "x.txt", s3VersionId: null },
      {
        taskId: "4",
        s3Key: "x.txt",
        s3VersionId: null,
        s3BucketArn: "arn:aws:s3:eu-central-1:111122223333:accesspoint/a",
      },
      { taskId: "5", s3VersionId: null, s3BucketArn: bucket },
      { taskId: "6", s3Key: "absent", s3VersionId: null, s3BucketArn: bucket },
    ];
    const { result: answer } = await decryptor.call(event("", { tasks }), { destination });
    expect(answer).toMatchObject({
      invocationSchemaVersion: "1.0",
      treatMissingKeysAs: "PermanentFailure",
      invocationId: event("").invocationId,
    });
    expect(
      (answer["results"] as Record<string, string>[]).map(
        ({ taskId, resultCode, resultString }) => `${taskId} ${resultCode} ${resultString}`,
      ),
    ).toEqual([
      "1 Succeeded opened 1, rewrapped 0, withheld 0, failed 0",
      "2 PermanentFailure request_invalid",
      "3 PermanentFailure request_invalid",
      "4 PermanentFailure request_invalid",
      "5 PermanentFailure request_invalid",
      "6 PermanentFailure object_unavailable",
    ]);
  });

  test.each<{ readonly why: string; readonly body: () => Buffer; readonly key?: string; readonly code: string }>([
    {
      why: "something behind gzip",
      body: () => Buffer.concat([gzipSync("a"), Buffer.from("secret")]),
      code: "content_coding_malformed",
    },
    {
      why: "gzip that is cut off",
      body: () => gzipSync("a".repeat(1_000)).subarray(0, 20),
      code: "content_coding_malformed",
    },
    { why: "a record without an end", body: () => Buffer.alloc(40_000_000, "a"), code: "decoded_too_large" },
    {
      why: "a record without an end, behind gzip",
      body: () => gzipSync(Buffer.alloc(200_000_000, '"')),
      code: "decoded_too_large",
    },
    {
      why: "JSON of 40 MB over lines",
      body: () => Buffer.from(`[\n${"1,".repeat(20_000_000)}1]`),
      key: "big.json",
      code: "decoded_too_large",
    },
    {
      why: "JSON of 40 MB in one line",
      body: () => Buffer.from(`[${"1,".repeat(20_000_000)}1]`),
      key: "big.json",
      code: "decoded_too_large",
    },
    { why: "another coding", body: () => Buffer.from("a"), key: "br", code: "content_coding_unsupported" },
  ])("$why: $code", async ({ body, key = "x.txt", code }) => {
    s3.putObject("source-bucket", key, body(), key === "br" ? { contentEncoding: "br" } : {});
    expect(await result(key)).toMatchObject({ resultCode: "PermanentFailure", resultString: code });
    expect(restored(key)).toBeUndefined();
  });

  test.each<{
    readonly fault: "ThrottlingException" | "AccessDeniedException" | "KMSInternalException";
    readonly code: string;
    readonly resultCode: string;
  }>([
    { fault: "ThrottlingException", code: "kms_throttled", resultCode: "TemporaryFailure" },
    { fault: "KMSInternalException", code: "kms_unavailable", resultCode: "TemporaryFailure" },
    { fault: "AccessDeniedException", code: "kms_denied", resultCode: "PermanentFailure" },
  ])("KMS says $fault", async ({ fault: name, code, resultCode }) => {
    decryptor.intercept = async () => ({ kind: "error", name });
    const context = within(11_500);
    const { result: answer } = await decryptor.call(event("x.txt"), { destination }, context);
    decryptor.intercept = async () => undefined;
    expect(answer["results"]).toMatchObject([{ resultCode, resultString: code }]);
    expect(restored("x.txt")).toBeUndefined();
    expect(context.getRemainingTimeInMillis?.()).toBeGreaterThan(10_000);
  });

  test.each<{
    readonly why: string;
    readonly key: string;
    readonly body: () => Buffer;
    readonly settings?: { readonly contentEncoding?: string };
  }>([
    {
      why: "text",
      key: "t.txt",
      body: () =>
        Buffer.concat([
          Buffer.from(`${makeDirect(decryptor.recipients[0], "a").slice(0, 99)}\n`),
          Buffer.alloc(40_000_000, "abcdefg\n"),
        ]),
    },
    { why: "JSON", key: "t.json", body: () => Buffer.alloc(60_000_000, " ") },
    {
      why: "gzip",
      key: "t.gz",
      body: () => gzipSync(Buffer.concat([Buffer.from([0xff]), randomBytes(40_000_000)]), { level: 1 }),
    },
    { why: "another coding", key: "t.br", body: () => Buffer.alloc(40_000_000), settings: { contentEncoding: "br" } },
  ])("the rest of an object that failed is not waited for: $why", async ({ key, body, settings }) => {
    s3.putObject("source-bucket", key, body(), settings);
    expect(await result(key)).toMatchObject({ resultCode: "PermanentFailure" });
    for (let waited = 0; s3.countTransfers() > 0 && waited < 100; waited++)
      await new Promise((resolve) => setTimeout(resolve, 10));
    expect(s3.countTransfers()).toBe(0);
  });

  test("S3 that stops in the middle is left in time", async () => {
    fault = (operation) => (operation === "GetObject" ? { kind: "stall" } : undefined);
    const context = within(5_000);
    const { result: answer } = await decryptor.call(event("x.txt"), { destination }, context);
    expect(answer["results"]).toMatchObject([
      { resultCode: "TemporaryFailure", resultString: "object_store_unavailable" },
    ]);
    expect(context.getRemainingTimeInMillis?.()).toBeGreaterThan(0);
  });

  test("a token that cannot be opened: nothing is written", async () => {
    s3.putObject(
      "source-bucket",
      "bad.txt",
      Buffer.from(`${makeDirect(decryptor.recipients[0], "secret").slice(0, 100)} x`),
    );
    expect(await result("bad.txt")).toMatchObject({ resultCode: "PermanentFailure", resultString: "token_damaged" });
    expect(restored("bad.txt")).toBeUndefined();
    expect(await result("bad.txt", { onFailure: "keep" })).toMatchObject({
      resultCode: "Succeeded",
      resultString: expect.stringContaining("failed 1"),
    });
  });

  test.each<[operation: string, fault: S3Fault, resultString: string]>([
    ["GetObject", { kind: "status", status: 503 }, "object_store_unavailable"],
    ["GetObject", { kind: "break" }, "object_store_unavailable"],
    ["PutObject", { kind: "status", status: 500 }, "object_store_unavailable"],
    ["PutObject", { kind: "status", status: 403 }, "object_unavailable"],
    ["PutObject", { kind: "status", status: 400, code: "KMS.ThrottlingException" }, "object_store_unavailable"],
    ["PutObject", { kind: "status", status: 400, code: "ThrottlingException" }, "object_store_unavailable"],
    ["PutObject", { kind: "status", status: 400, code: "BadDigest" }, "object_store_unavailable"],
    ["PutObject", { kind: "status", status: 400, code: "EntityTooLarge" }, "object_unavailable"],
    ["PutObject", { kind: "status", status: 409, code: "OperationAborted" }, "object_store_unavailable"],
    ["GetObject", { kind: "status", status: 400, code: "RequestTimeout" }, "object_store_unavailable"],
    ["GetObject", { kind: "status", status: 403, code: "RequestTimeTooSkewed" }, "object_store_unavailable"],
  ])("%s with %p", async (operation, injected, resultString) => {
    fault = (each) => (each === operation ? injected : undefined);
    expect(await result("x.txt")).toMatchObject({
      resultCode: resultString === "object_unavailable" ? "PermanentFailure" : "TemporaryFailure",
      resultString,
    });
  });

  test("an upload that breaks off is aborted", async () => {
    s3.putObject("source-bucket", "large.txt", Buffer.from(`${"z".repeat(99)}\n`.repeat(200_000)));
    let parts = 0;
    fault = (operation) => (operation === "UploadPart" && ++parts > 1 ? { kind: "status", status: 403 } : undefined);
    expect(await result("large.txt")).toMatchObject({ resultCode: "PermanentFailure" });
    expect([s3.countUploads(), restored("large.txt")]).toEqual([0, undefined]);
  });

  test("an upload that is complete without that its answer came is done again", async () => {
    s3.putObject("source-bucket", "large.txt", Buffer.from(`${"z".repeat(99)}\n`.repeat(200_000)));
    fault = (operation) =>
      operation === "CompleteMultipartUpload" ? { kind: "status", status: 404, code: "NoSuchUpload" } : undefined;
    expect(await result("large.txt")).toMatchObject({ resultCode: "TemporaryFailure" });
  });

  test("the invocation's time is over", async () => {
    const { result: answer } = await decryptor.call(event("x.txt"), { destination }, within(9_000));
    expect(answer["results"]).toMatchObject([{ resultCode: "TemporaryFailure", resultString: "out_of_time" }]);
  });

  test.each([
    { invocationSchemaVersion: "3.0" },
    { tasks: [{}] },
    { job: { id: "1", userArguments: { action: "delete" } } },
  ])("%p is refused", async (more) => {
    expect((await decryptor.call(event("x.txt", more), { destination })).error).toBe("request_invalid");
  });
});

test("tokens move to another recipient", async () => {
  const [one, two] = decryptor.recipients;
  const key = createContentKey(one);
  s3.putObject(
    "source-bucket",
    "move.ndjson",
    Buffer.from(
      `["${makeDirect(one, "a")}"]\n` +
        `["${makeSealed(one, "1.0", "l", key)}","${makeSealed(one, "2", "l", key)}"]\n` +
        `["${makeDirect(two, "b")}"]\n`,
    ),
  );
  decryptor.calls.length = 0;
  const userArguments = { action: "rewrap", from: "01", to: "02", keySpec: "RSA_2048" };
  expect(await result("move.ndjson", {}, { job: { id: "1", userArguments } })).toMatchObject({
    resultCode: "Succeeded",
    resultString: "opened 0, rewrapped 3, withheld 0, failed 0",
  });
  expect(decryptor.calls.map(({ operation }) => operation)).toEqual(["ReEncrypt", "ReEncrypt"]);
  const moved = restored("move.ndjson") ?? "";
  expect(moved).not.toContain("#01#");
  const { result: opened } = await decryptor.call(
    { body: moved, contentType: "application/x-ndjson" },
    { open: ["02"] },
  );
  expect(opened["body"]).toBe('["a"]\n[1.0,2]\n["b"]\n');
});

describe("tokens move as the command `rewrap` moves them", () => {
  const job = { id: "1", userArguments: { action: "rewrap", from: "01", to: "02", keySpec: "RSA_2048" } };

  afterEach(() => {
    decryptor.intercept = async () => undefined;
  });

  test("a content key that pieces have in common moves once", async () => {
    const [one] = decryptor.recipients;
    const token = makeSealed(one, "1");
    s3.putObject("source-bucket", "pieces.txt", Buffer.from(`${token}\n${"- \n".repeat(500_000)}${token}\n`));
    decryptor.calls.length = 0;
    expect(await result("pieces.txt", {}, { job })).toMatchObject({
      resultString: "opened 0, rewrapped 2, withheld 0, failed 0",
    });
    expect(decryptor.calls).toHaveLength(1);
    const [first, second] = restored("pieces.txt")?.match(/#02#[^~]+~02~/g) ?? [];
    expect([first === undefined, first]).toEqual([false, second]);
  });

  test.each([
    { name: "KMSInternalException", code: "kms_unavailable", resultCode: "TemporaryFailure" },
    { name: "ThrottlingException", code: "kms_throttled", resultCode: "TemporaryFailure" },
    { name: "AccessDeniedException", code: "kms_denied", resultCode: "PermanentFailure" },
  ] as const)(
    "$name leaves no object with half of them, also where damaged ones are kept",
    async ({ name, code, resultCode }) => {
      const [one] = decryptor.recipients;
      const damaged = makeDirect(one, "x").slice(0, 90);
      s3.putObject("source-bucket", `${name}.txt`, Buffer.from(`${damaged} ${makeDirect(one, "a")}\n`));
      decryptor.calls.length = 0;
      decryptor.intercept = async () => ({ kind: "error", name });
      const hasStarted = (): boolean => decryptor.calls.length > 0;
      const { result: answer } = await decryptor.call(
        event(`${name}.txt`, { job }),
        { destination, onFailure: "keep" },
        { getRemainingTimeInMillis: () => (hasStarted() ? 1_500 : 20_000) },
      );
      expect(answer["results"]).toMatchObject([{ resultCode, resultString: code }]);
      expect(restored(`${name}.txt`)).toBeUndefined();
      decryptor.intercept = async () => undefined;
      expect(await result(`${name}.txt`, { onFailure: "keep" }, { job })).toMatchObject({
        resultCode: "Succeeded",
        resultString: "opened 0, rewrapped 1, withheld 0, failed 1",
      });
      expect(restored(`${name}.txt`)).toContain(`${damaged} #02#`);
    },
  );
});
