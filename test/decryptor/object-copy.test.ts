/** Objects that are copied to the reader's destination: restored, or with their tokens moved to another recipient. */
import { gunzipSync, gzipSync } from "node:zlib";
import { afterEach, describe, expect, test } from "@jest/globals";
import { createContentKey } from "../../core/token/sealed-content.ts";
import { destination, openBatch, rows } from "../support/batch.ts";
import { makeDirect, makeSealed } from "../support/decryptor.ts";

const batch = openBatch();
const { event, result, restored } = batch;

describe("objects", () => {
  test("NDJSON in several pieces and parts, encrypted with the reader's key", async () => {
    const key = createContentKey(batch.decryptor.recipients[0]);
    const filler = "x".repeat(1_000);
    const lines = rows(
      12_000,
      (index) => `{"n":"${makeSealed(batch.decryptor.recipients[0], `${index}.0`, undefined, key)}","f":"${filler}"}`,
    );
    batch.s3.putObject("source-bucket", "a b/ü+1.ndjson", Buffer.from(`${lines.join("\n")}\n`));
    expect(await result("a b/ü+1.ndjson")).toEqual({
      taskId: "dGFza2lkZ29lc2hlcmUK",
      resultCode: "Succeeded",
      resultString: "opened 12000, rewrapped 0, withheld 0, failed 0",
    });
    expect(restored("a b/ü+1.ndjson")).toBe(
      `${rows(12_000, (index) => `{"n":${index}.0,"f":"${filler}"}`).join("\n")}\n`,
    );
    expect(batch.s3.findObject("restored-bucket", "clear/a b/ü+1.ndjson")?.encryption).toEqual({
      algorithm: "aws:kms",
      keyArn: destination.kmsKeyArn,
    });
  });

  test("CSV: records over several lines, a view by the column's name in every piece", async () => {
    const key = createContentKey(batch.decryptor.recipients[0]);
    const filler = "y".repeat(2_000);
    const record = (cell: string, index: number): string => `${index},"a ""b""\nc,${filler}",${cell}\r\n`;
    const records = rows(1_500, (index) =>
      record(makeSealed(batch.decryptor.recipients[0], '"x,\\n"', "card", key), index),
    );
    batch.s3.putObject("source-bucket", "a.csv", Buffer.from(`id,note,card\r\n${records.join("")}`), {
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
    const token = makeDirect(batch.decryptor.recipients[0], "secret").replace(/(.{76})/g, "$1\n");
    const text = rows(4_000, (index) => `line ${index} ${token} end`).join("\n");
    batch.s3.putObject("source-bucket", "log.txt.gz", gzipSync(text), {
      contentType: "binary/octet-stream",
      contentEncoding: "gzip",
    });
    expect(await result("log.txt.gz")).toMatchObject({
      resultCode: "Succeeded",
      resultString: expect.stringContaining("opened 4000"),
    });
    const object = batch.s3.findObject("restored-bucket", "clear/log.txt.gz");
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
      () => `{"a":"${makeDirect(batch.decryptor.recipients[0], 'x"')}"}\n{"a":1}\n`,
      '{"a":"x\\""}\n{"a":1}\n',
    ],
    [
      "JSON as a whole",
      "a.json",
      () => `{\n"a":"${makeDirect(batch.decryptor.recipients[0], 'x"')}"\n}`,
      '{\n"a":"x\\""\n}',
    ],
  ] as const)("%s", async (_, key, body, expected) => {
    batch.s3.putObject("source-bucket", key, Buffer.from(typeof body === "string" ? body : body()));
    expect(await result(key)).toMatchObject({ resultCode: "Succeeded" });
    expect(restored(key)).toBe(expected);
  });

  test("version 2.0 names the bucket", async () => {
    batch.s3.putObject("source-bucket", "b.txt", Buffer.from("plain"));
    const more = {
      invocationSchemaVersion: "2.0",
      tasks: [{ taskId: "t", s3Key: "b.txt", s3VersionId: null, s3Bucket: "source-bucket" }],
    };
    expect(await result("b.txt", {}, more)).toMatchObject({ taskId: "t", resultCode: "Succeeded" });
  });
});

test("tokens move to another recipient", async () => {
  const [one, two] = batch.decryptor.recipients;
  const key = createContentKey(one);
  batch.s3.putObject(
    "source-bucket",
    "move.ndjson",
    Buffer.from(
      `["${makeDirect(one, "a")}"]\n` +
        `["${makeSealed(one, "1.0", "l", key)}","${makeSealed(one, "2", "l", key)}"]\n` +
        `["${makeDirect(two, "b")}"]\n`,
    ),
  );
  batch.decryptor.calls.length = 0;
  const userArguments = { action: "rewrap", from: "01", to: "02", keySpec: "RSA_2048" };
  expect(await result("move.ndjson", {}, { job: { id: "1", userArguments } })).toMatchObject({
    resultCode: "Succeeded",
    resultString: "opened 0, rewrapped 3, withheld 0, failed 0",
  });
  expect(batch.decryptor.calls.map(({ operation }) => operation)).toEqual(["ReEncrypt", "ReEncrypt"]);
  const moved = restored("move.ndjson") ?? "";
  expect(moved).not.toContain("#01#");
  const { result: opened } = await batch.decryptor.call(
    { body: moved, contentType: "application/x-ndjson" },
    { open: ["02"] },
  );
  expect(opened["body"]).toBe('["a"]\n[1.0,2]\n["b"]\n');
});

describe("tokens move as the command `rewrap` moves them", () => {
  const job = { id: "1", userArguments: { action: "rewrap", from: "01", to: "02", keySpec: "RSA_2048" } };

  afterEach(() => {
    batch.decryptor.intercept = async () => undefined;
  });

  test("a content key that pieces have in common moves once", async () => {
    const [one] = batch.decryptor.recipients;
    const token = makeSealed(one, "1");
    batch.s3.putObject("source-bucket", "pieces.txt", Buffer.from(`${token}\n${"- \n".repeat(500_000)}${token}\n`));
    batch.decryptor.calls.length = 0;
    expect(await result("pieces.txt", {}, { job })).toMatchObject({
      resultString: "opened 0, rewrapped 2, withheld 0, failed 0",
    });
    expect(batch.decryptor.calls).toHaveLength(1);
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
      const [one] = batch.decryptor.recipients;
      const damaged = makeDirect(one, "x").slice(0, 90);
      batch.s3.putObject("source-bucket", `${name}.txt`, Buffer.from(`${damaged} ${makeDirect(one, "a")}\n`));
      batch.decryptor.calls.length = 0;
      batch.decryptor.intercept = async () => ({ kind: "error", name });
      const hasStarted = (): boolean => batch.decryptor.calls.length > 0;
      const { result: answer } = await batch.decryptor.call(
        event(`${name}.txt`, { job }),
        { destination, onFailure: "keep" },
        { getRemainingTimeInMillis: () => (hasStarted() ? 1_500 : 20_000) },
      );
      expect(answer["results"]).toMatchObject([{ resultCode, resultString: code }]);
      expect(restored(`${name}.txt`)).toBeUndefined();
      batch.decryptor.intercept = async () => undefined;
      expect(await result(`${name}.txt`, { onFailure: "keep" }, { job })).toMatchObject({
        resultCode: "Succeeded",
        resultString: "opened 0, rewrapped 1, withheld 0, failed 1",
      });
      expect(restored(`${name}.txt`)).toContain(`${damaged} #02#`);
    },
  );
});
