/** S3 Batch Operations, against S3's protocol over HTTP: objects go piece by piece into another, encrypted bucket. */
import { gunzipSync, gzipSync } from "node:zlib";
import { afterAll, beforeAll, beforeEach, describe, expect, test } from "@jest/globals";
import { createContentKey } from "../../core/sealing.ts";
import { type LocalS3, type S3Fault, startS3 } from "../../local/s3/server.ts";
import { type Decryptor, makeDirect, makeSealed, openDecryptor, within } from "../support/decryptor.ts";

let decryptor: Decryptor;
let s3: LocalS3;
let fault: (operation: string) => S3Fault | undefined = () => undefined;
const destination = { bucket: "restored-bucket", prefix: "clear/", kmsKeyArn: "arn:aws:kms:eu-central-1:111122223333:key/00000000-0000-4000-8000-000000000009" };

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
  tasks: [{ taskId: "dGFza2lkZ29lc2hlcmUK", s3Key: encodeURIComponent(key).replaceAll("%20", "+"), s3VersionId: "1", s3BucketArn: "arn:aws:s3:::source-bucket" }],
  ...more,
});

const result = async (key: string, settings: object = {}, more: object = {}): Promise<unknown> => {
  const { result: answer } = await decryptor.call(event(key, more), JSON.parse(JSON.stringify({ destination, ...settings })) as object);
  const [only] = answer["results"] as unknown[];
  return only;
};

const restored = (key: string): string | undefined => s3.findObject("restored-bucket", `clear/${key}`)?.body.toString("utf8");

const rows = (count: number, make: (index: number) => string): string[] => Array.from({ length: count }, (_, index) => make(index));

describe("objects", () => {
  test("NDJSON in several pieces and parts, encrypted with the reader's key", async () => {
    const key = createContentKey(decryptor.recipients[0]);
    const filler = "x".repeat(1_000);
    const lines = rows(12_000, (index) => `{"n":"${makeSealed(decryptor.recipients[0], `${index}.0`, undefined, key)}","f":"${filler}"}`);
    s3.putObject("source-bucket", "a b/ü+1.ndjson", Buffer.from(`${lines.join("\n")}\n`));
    expect(await result("a b/ü+1.ndjson")).toEqual({ taskId: "dGFza2lkZ29lc2hlcmUK", resultCode: "Succeeded", resultString: "opened 12000, rewrapped 0, withheld 0, failed 0" });
    expect(restored("a b/ü+1.ndjson")).toBe(`${rows(12_000, (index) => `{"n":${index}.0,"f":"${filler}"}`).join("\n")}\n`);
    expect(s3.findObject("restored-bucket", "clear/a b/ü+1.ndjson")?.encryption).toEqual({ algorithm: "aws:kms", keyArn: destination.kmsKeyArn });
  });

  test("CSV: records over several lines, a view by the column's name in every piece", async () => {
    const key = createContentKey(decryptor.recipients[0]);
    const filler = "y".repeat(2_000);
    const record = (cell: string, index: number): string => `${index},"a ""b""\nc,${filler}",${cell}\r\n`;
    const records = rows(1_500, (index) => record(makeSealed(decryptor.recipients[0], '"x,\\n"', "card", key), index));
    s3.putObject("source-bucket", "a.csv", Buffer.from(`id,note,card\r\n${records.join("")}`), { contentType: "text/csv" });
    expect(await result("a.csv", { expect: { card: "card" } })).toMatchObject({ resultCode: "Succeeded" });
    expect(restored("a.csv")).toBe(`id,note,card\r\n${rows(1_500, (index) => record('"x,\n"', index)).join("")}`);
    expect(await result("a.csv", { expect: { card: "other" } })).toMatchObject({ resultCode: "PermanentFailure", resultString: "label_mismatch" });
  });

  test("compressed text with wrapped tokens", async () => {
    const token = makeDirect(decryptor.recipients[0], "secret").replace(/(.{76})/g, "$1\n");
    const text = rows(4_000, (index) => `line ${index} ${token} end`).join("\n");
    s3.putObject("source-bucket", "log.txt.gz", gzipSync(text), { contentType: "binary/octet-stream", contentEncoding: "gzip" });
    expect(await result("log.txt.gz")).toMatchObject({ resultCode: "Succeeded", resultString: expect.stringContaining("opened 4000") });
    const object = s3.findObject("restored-bucket", "clear/log.txt.gz");
    expect(object?.contentEncoding).toBe("gzip");
    expect(gunzipSync(object?.body ?? "").toString()).toBe(rows(4_000, (index) => `line ${index} secret end`).join("\n"));
  });

  test.each([
    ["an empty one", "empty.csv", "", ""],
    ["lines that are JSON, of no type", "data", () => `{"a":"${makeDirect(decryptor.recipients[0], 'x"')}"}\n{"a":1}\n`, '{"a":"x\\""}\n{"a":1}\n'],
    ["JSON as a whole", "a.json", () => `{\n"a":"${makeDirect(decryptor.recipients[0], 'x"')}"\n}`, '{\n"a":"x\\""\n}'],
  ] as const)("%s", async (_, key, body, expected) => {
    s3.putObject("source-bucket", key, Buffer.from(typeof body === "string" ? body : body()));
    expect(await result(key)).toMatchObject({ resultCode: "Succeeded" });
    expect(restored(key)).toBe(expected);
  });

  test("version 2.0 names the bucket", async () => {
    s3.putObject("source-bucket", "b.txt", Buffer.from("plain"));
    const more = { invocationSchemaVersion: "2.0", tasks: [{ taskId: "t", s3Key: "b.txt", s3VersionId: null, s3Bucket: "source-bucket" }] };
    expect(await result("b.txt", {}, more)).toMatchObject({ taskId: "t", resultCode: "Succeeded" });
  });
});

describe("what fails", () => {
  beforeEach(() => {
    s3.putObject("source-bucket", "x.txt", Buffer.from(`a ${makeDirect(decryptor.recipients[0], "secret")}`));
  });

  test.each<[why: string, settings: object, key: string, resultCode: string, resultString: string]>([
    ["the source as destination", { destination: { ...destination, bucket: "source-bucket" } }, "x.txt", "PermanentFailure", "destination_invalid"],
    ["no destination", { destination: undefined }, "x.txt", "PermanentFailure", "destination_invalid"],
    ["no such object", {}, "absent", "PermanentFailure", "object_unavailable"],
  ])("%s", async (_, settings, key, resultCode, resultString) => {
    expect(await result(key, settings)).toMatchObject({ resultCode, resultString });
  });

  test("a token that cannot be opened: nothing is written", async () => {
    s3.putObject("source-bucket", "bad.txt", Buffer.from(`${makeDirect(decryptor.recipients[0], "secret").slice(0, 100)} x`));
    expect(await result("bad.txt")).toMatchObject({ resultCode: "PermanentFailure", resultString: "token_damaged" });
    expect(restored("bad.txt")).toBeUndefined();
    expect(await result("bad.txt", { onFailure: "keep" })).toMatchObject({ resultCode: "Succeeded", resultString: expect.stringContaining("failed 1") });
  });

  test.each<[operation: string, fault: S3Fault, resultString: string]>([
    ["GetObject", { kind: "status", status: 503 }, "object_store_unavailable"],
    ["GetObject", { kind: "break" }, "object_store_unavailable"],
    ["PutObject", { kind: "status", status: 500 }, "object_store_unavailable"],
    ["PutObject", { kind: "status", status: 403 }, "object_unavailable"],
  ])("%s with %p", async (operation, injected, resultString) => {
    fault = (each) => (each === operation ? injected : undefined);
    expect(await result("x.txt")).toMatchObject({ resultCode: resultString === "object_unavailable" ? "PermanentFailure" : "TemporaryFailure", resultString });
  });

  test("an upload that breaks off is aborted", async () => {
    s3.putObject("source-bucket", "large.txt", Buffer.from(`${"z".repeat(99)}\n`.repeat(200_000)));
    let parts = 0;
    fault = (operation) => (operation === "UploadPart" && ++parts > 1 ? { kind: "status", status: 403 } : undefined);
    expect(await result("large.txt")).toMatchObject({ resultCode: "PermanentFailure" });
    expect([s3.countUploads(), restored("large.txt")]).toEqual([0, undefined]);
  });

  test("the invocation's time is over", async () => {
    const { result: answer } = await decryptor.call(event("x.txt"), { destination }, within(9_000));
    expect(answer["results"]).toMatchObject([{ resultCode: "TemporaryFailure", resultString: "out_of_time" }]);
  });

  test.each([{ invocationSchemaVersion: "3.0" }, { tasks: [{}] }, { job: { id: "1", userArguments: { action: "delete" } } }])("%p is refused", async (more) => {
    expect((await decryptor.call(event("x.txt", more), { destination })).error).toBe("request_invalid");
  });
});

test("tokens move to another recipient", async () => {
  const [one, two] = decryptor.recipients;
  const key = createContentKey(one);
  s3.putObject("source-bucket", "move.ndjson", Buffer.from(`["${makeDirect(one, "a")}"]\n["${makeSealed(one, "1.0", "l", key)}","${makeSealed(one, "2", "l", key)}"]\n["${makeDirect(two, "b")}"]\n`));
  decryptor.calls.length = 0;
  const userArguments = { action: "rewrap", from: "01", to: "02", keySpec: "RSA_2048" };
  expect(await result("move.ndjson", {}, { job: { id: "1", userArguments } })).toMatchObject({ resultCode: "Succeeded", resultString: "opened 0, rewrapped 3, withheld 0, failed 0" });
  expect(decryptor.calls.map(({ operation }) => operation)).toEqual(["ReEncrypt", "ReEncrypt"]);
  const moved = restored("move.ndjson") ?? "";
  expect(moved).not.toContain("#01#");
  const { result: opened } = await decryptor.call({ body: moved, contentType: "application/x-ndjson" }, { open: ["02"] });
  expect(opened["body"]).toBe('["a"]\n[1.0,2]\n["b"]\n');
});
