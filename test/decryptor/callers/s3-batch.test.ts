/** Jobs of S3 Batch Operations: each task has a result, and a failed task writes nothing. */
import { randomBytes } from "node:crypto";
import { gzipSync } from "node:zlib";
import { beforeEach, describe, expect, test } from "@jest/globals";
import type { S3Fault } from "../../../local/s3/server.ts";
import { destination, openBatch } from "../../support/batch.ts";
import { makeDirect, within } from "../../support/decryptor.ts";

const batch = openBatch();
const { event, result, restored } = batch;

describe("what fails", () => {
  beforeEach(() => {
    batch.s3.removeObjects("restored-bucket");
    batch.s3.putObject(
      "source-bucket",
      "x.txt",
      Buffer.from(`a ${makeDirect(batch.decryptor.recipients[0], "secret")}`),
    );
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
    batch.s3.putObject(s3Bucket, "x.txt", Buffer.from("x"));
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
    const { result: answer } = await batch.decryptor.call(event("", { tasks }), { destination });
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
    batch.s3.putObject("source-bucket", key, body(), key === "br" ? { contentEncoding: "br" } : {});
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
    batch.decryptor.intercept = async () => ({ kind: "error", name });
    const context = within(11_500);
    const { result: answer } = await batch.decryptor.call(event("x.txt"), { destination }, context);
    batch.decryptor.intercept = async () => undefined;
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
          Buffer.from(`${makeDirect(batch.decryptor.recipients[0], "a").slice(0, 99)}\n`),
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
    batch.s3.putObject("source-bucket", key, body(), settings);
    expect(await result(key)).toMatchObject({ resultCode: "PermanentFailure" });
    for (let waited = 0; batch.s3.countTransfers() > 0 && waited < 100; waited++)
      await new Promise((resolve) => setTimeout(resolve, 10));
    expect(batch.s3.countTransfers()).toBe(0);
  });

  test("S3 that stops in the middle is left in time", async () => {
    batch.fault = (operation) => (operation === "GetObject" ? { kind: "stall" } : undefined);
    const context = within(5_000);
    const { result: answer } = await batch.decryptor.call(event("x.txt"), { destination }, context);
    expect(answer["results"]).toMatchObject([
      { resultCode: "TemporaryFailure", resultString: "object_store_unavailable" },
    ]);
    expect(context.getRemainingTimeInMillis?.()).toBeGreaterThan(0);
  });

  test("a token that cannot be opened: nothing is written", async () => {
    batch.s3.putObject(
      "source-bucket",
      "bad.txt",
      Buffer.from(`${makeDirect(batch.decryptor.recipients[0], "secret").slice(0, 100)} x`),
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
    batch.fault = (each) => (each === operation ? injected : undefined);
    expect(await result("x.txt")).toMatchObject({
      resultCode: resultString === "object_unavailable" ? "PermanentFailure" : "TemporaryFailure",
      resultString,
    });
  });

  test("an upload that breaks off is aborted", async () => {
    batch.s3.putObject("source-bucket", "large.txt", Buffer.from(`${"z".repeat(99)}\n`.repeat(200_000)));
    let parts = 0;
    batch.fault = (operation) =>
      operation === "UploadPart" && ++parts > 1 ? { kind: "status", status: 403 } : undefined;
    expect(await result("large.txt")).toMatchObject({ resultCode: "PermanentFailure" });
    expect([batch.s3.countUploads(), restored("large.txt")]).toEqual([0, undefined]);
  });

  test("an upload that is complete without that its answer came is done again", async () => {
    batch.s3.putObject("source-bucket", "large.txt", Buffer.from(`${"z".repeat(99)}\n`.repeat(200_000)));
    batch.fault = (operation) =>
      operation === "CompleteMultipartUpload" ? { kind: "status", status: 404, code: "NoSuchUpload" } : undefined;
    expect(await result("large.txt")).toMatchObject({ resultCode: "TemporaryFailure" });
  });

  test("the invocation's time is over", async () => {
    const { result: answer } = await batch.decryptor.call(event("x.txt"), { destination }, within(9_000));
    expect(answer["results"]).toMatchObject([{ resultCode: "TemporaryFailure", resultString: "out_of_time" }]);
  });

  test.each([
    { invocationSchemaVersion: "3.0" },
    { tasks: [{}] },
    { job: { id: "1", userArguments: { action: "delete" } } },
  ])("%p is refused", async (more) => {
    expect((await batch.decryptor.call(event("x.txt", more), { destination })).error).toBe("request_invalid");
  });
});
