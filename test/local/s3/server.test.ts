import { afterEach, beforeEach, expect, test } from "@jest/globals";
import { type LocalS3, type S3Fault, startS3 } from "../../../local/s3/server.ts";

let s3: LocalS3;
let fault: S3Fault | undefined;
const operations: string[] = [];

beforeEach(async () => {
  operations.length = 0;
  fault = undefined;
  s3 = await startS3({
    port: 0,
    intercept: (operation) => {
      operations.push(operation);
      return fault;
    },
  });
});

afterEach(() => s3.close());

const send = async (method: string, path: string, body?: string, headers = {}) => {
  const response = await fetch(`${s3.url}/${path}`, { method, headers, ...(body === undefined ? {} : { body }) });
  return { status: response.status, headers: response.headers, text: await response.text() };
};

/** Begins an upload, and gives the query with its id. */
async function beginUpload(): Promise<string> {
  const { text } = await send("POST", "bucket/large?uploads");
  return `uploadId=${/<UploadId>([^<]+)</.exec(text)?.[1]}`;
}

test("an object comes back unchanged, with its metadata", async () => {
  const headers = { "content-type": "text/plain", "x-amz-meta-a": "b", "x-amz-server-side-encryption": "aws:kms" };
  expect((await send("PUT", "bucket/a%20b", "text", headers)).status).toBe(200);
  const got = await send("GET", "bucket/a%20b");
  expect([got.status, got.text, got.headers.get("content-type"), got.headers.get("x-amz-meta-a")]).toEqual([
    200,
    "text",
    "text/plain",
    "b",
  ]);
  expect(s3.findObject("bucket", "a b")?.encryption).toEqual({ algorithm: "aws:kms", keyArn: undefined });
  expect(operations).toEqual(["PutObject", "GetObject"]);
});

test("a version is found only by its id", async () => {
  s3.putObject("bucket", "key", Buffer.from("old"), { versionId: "1" });
  expect((await send("GET", "bucket/key?versionId=1")).text).toBe("old");
  expect((await send("GET", "bucket/key")).text).toContain("NoSuchKey");
});

test("a body is stored without its trailing checksums", async () => {
  const framed = "4\r\ntext\r\n2\r\n!!\r\n0\r\nx-amz-checksum-crc32:AAAAAA==\r\n\r\n";
  const headers = { "x-amz-decoded-content-length": "6", "content-encoding": "aws-chunked" };
  await send("PUT", "bucket/key", framed, headers);
  expect(s3.findObject("bucket", "key")).toMatchObject({ body: Buffer.from("text!!"), contentEncoding: undefined });
});

test("an upload becomes an object of its parts in order", async () => {
  const upload = await beginUpload();
  const large = "a".repeat(5 * 1024 * 1024);
  await send("PUT", `bucket/large?partNumber=2&${upload}`, "end");
  await send("PUT", `bucket/large?partNumber=1&${upload}`, large);
  expect(s3.countUploads()).toBe(1);
  expect((await send("POST", `bucket/large?${upload}`)).status).toBe(200);
  expect(s3.findObject("bucket", "large")?.body.toString() === `${large}end`).toBe(true);
  expect([s3.countUploads(), operations]).toEqual([
    0,
    ["CreateMultipartUpload", "UploadPart", "UploadPart", "CompleteMultipartUpload"],
  ]);
});

test("a part that is too small and not the last makes the upload fail", async () => {
  const upload = await beginUpload();
  for (const part of [1, 2]) await send("PUT", `bucket/large?partNumber=${part}&${upload}`, "small");
  expect((await send("POST", `bucket/large?${upload}`)).text).toContain("EntityTooSmall");
  expect(s3.findObject("bucket", "large")).toBeUndefined();
});

test("an aborted upload no longer exists", async () => {
  const upload = await beginUpload();
  expect((await send("DELETE", `bucket/large?${upload}`)).status).toBe(204);
  expect((await send("PUT", `bucket/large?partNumber=1&${upload}`, "a")).text).toContain("NoSuchUpload");
});

test("a fault replaces an answer", async () => {
  s3.putObject("bucket", "key", Buffer.from("text"));
  fault = { kind: "status", status: 503, code: "SlowDown" };
  expect(await send("GET", "bucket/key")).toMatchObject({ status: 503, text: expect.stringContaining("SlowDown") });
  fault = { kind: "break" };
  await expect(send("GET", "bucket/key")).rejects.toThrow();
});

test("only the objects of one bucket are removed", async () => {
  for (const bucket of ["one", "one-more"]) s3.putObject(bucket, "key", Buffer.from(bucket));
  s3.removeObjects("one");
  expect([s3.findObject("one", "key"), s3.findObject("one-more", "key")?.body.toString()]).toEqual([
    undefined,
    "one-more",
  ]);
});
