/** Data transformation of Amazon Data Firehose: each record comes back once. */
import { gunzipSync, gzipSync } from "node:zlib";
import { describe, expect, test } from "@jest/globals";
import { openCaller, secret } from "../../support/caller.ts";
import { makeDirect, makeSealed, within } from "../../support/decryptor.ts";

const caller = openCaller();
const { token, call, handle } = caller;

const base64 = (text: string | Buffer): string => Buffer.from(text as string).toString("base64");

describe("records", () => {
  const event = (...data: readonly Buffer[]) => ({
    invocationId: "invocationIdExample",
    deliveryStreamArn: "arn:aws:firehose:us-east-1:111122223333:deliverystream/example",
    region: "us-east-1",
    records: data.map((bytes, index) => ({
      recordId: `record${index}`,
      approximateArrivalTimestamp: 1495072949453,
      data: bytes.toString("base64"),
    })),
  });

  test("each record once, with its own outcome", async () => {
    const log = JSON.stringify({
      messageType: "DATA_MESSAGE",
      logEvents: [{ id: "1", message: `got {"pan":"${token()}"}` }],
    });
    const broken = Buffer.from([0x1f, 0x8b, 1]);
    const { records } = (await handle(
      event(Buffer.from(`{"a":"${token()}"}\n`), gzipSync(log), Buffer.from(token().slice(0, 60)), broken),
    )) as {
      readonly records: readonly { readonly recordId: string; readonly result: string; readonly data: string }[];
    };
    expect(records.map(({ recordId, result }) => `${recordId} ${result}`)).toEqual([
      "record0 Ok",
      "record1 Ok",
      "record2 ProcessingFailed",
      "record3 ProcessingFailed",
    ]);
    expect(Buffer.from(records[0]?.data ?? "", "base64").toString()).toBe(`{"a":"${secret}"}\n`);
    expect(gunzipSync(Buffer.from(records[1]?.data ?? "", "base64")).toString()).toBe(
      log.replace(/#01#.*~01~/, secret),
    );
    expect(records[3]?.data).toBe(broken.toString("base64"));
  });

  test("records of Amazon MSK", async () => {
    const given = {
      ...event(),
      records: [{ recordId: "1", kafkaRecordValue: Buffer.from(token()).toString("base64") }],
    };
    expect(await handle(given)).toEqual({
      records: [{ recordId: "1", result: "Ok", kafkaRecordValue: Buffer.from(secret).toString("base64") }],
    });
  });

  test("throttling fails the invocation, so that Firehose calls again", async () => {
    caller.throttle();
    await expect(handle(event(Buffer.from(token())), within(900))).rejects.toMatchObject({ name: "kms_throttled" });
  });
});

describe("documented events", () => {
  /** Amazon Data Firehose Developer Guide, and the event that Lambda's console offers for tests. */
  const firehose = (...data: readonly (string | Buffer)[]): object => ({
    invocationId: "invoked123",
    deliveryStreamArn: "aws:lambda:events",
    sourceKinesisStreamArn: "arn:aws:kinesis:us-west-2:123456789012:stream/a",
    region: "us-west-2",
    records: data.map((bytes, index) => ({
      recordId: `4954663575890000000000000000000000000000000000000000${index}`,
      data: base64(bytes),
      approximateArrivalTimestamp: 1510772160000,
      kinesisRecordMetadata: {
        shardId: "shardId-000000000000",
        partitionKey: "4d1ad2b9",
        approximateArrivalTimestamp: 1510772160000,
        sequenceNumber: "1",
        subsequenceNumber: "",
      },
    })),
  });
  const recordsOf = (result: Readonly<Record<string, unknown>>): Record<string, string>[] =>
    result["records"] as Record<string, string>[];

  test("each once, in order, whatever became of it", async () => {
    const given = [`${token("a")}\n`, "", token().slice(0, 99), Buffer.from([0xff]), `{"a":"${token('"')}"}`, "plain"];
    const { result } = await call(firehose(...given));
    expect(recordsOf(result).map(({ recordId = "", result: outcome }) => `${recordId.slice(-1)} ${outcome}`)).toEqual([
      "0 Ok",
      "1 Ok",
      "2 ProcessingFailed",
      "3 ProcessingFailed",
      "4 Ok",
      "5 Ok",
    ]);
    expect(recordsOf(result).map(({ data = "" }) => Buffer.from(data, "base64").toString("latin1"))).toEqual([
      "a\n",
      "",
      String(given[2]),
      "\xff",
      '{"a":"\\""}',
      "plain",
    ]);
    expect(recordsOf(result).map((record) => Object.keys(record))).toEqual(
      Array.from({ length: 6 }, () => ["recordId", "result", "data"]),
    );
  });

  test("records without data, or with other data than base64, fail alone", async () => {
    const records = [
      { recordId: "1" },
      { recordId: "2", data: null },
      { recordId: "3", data: "a*" },
      { recordId: "4", kafkaRecordValue: null },
      { recordId: "5", data: base64(token()) },
    ];
    expect((await call({ invocationId: "i", records })).result).toEqual({
      records: [
        { recordId: "1", result: "ProcessingFailed", data: "" },
        { recordId: "2", result: "ProcessingFailed", data: "" },
        { recordId: "3", result: "ProcessingFailed", data: "a*" },
        { recordId: "4", result: "ProcessingFailed", kafkaRecordValue: "" },
        { recordId: "5", result: "Ok", data: base64(secret) },
      ],
    });
  });

  test("none", async () => {
    expect((await call(firehose())).result).toEqual({ records: [] });
  });

  test("what does not fit into 6 MB is failed, and all records come back", async () => {
    const large = makeSealed(caller.decryptor.recipients[0], JSON.stringify("v".repeat(1_500_000)));
    const { result, audit } = await call(firehose(large, large, large, large, token("small")), {
      limits: { decoded: 100_000_000 },
    });
    expect(recordsOf(result).map(({ result: outcome }) => outcome)).toEqual([
      "Ok",
      "Ok",
      "ProcessingFailed",
      "ProcessingFailed",
      "Ok",
    ]);
    expect(recordsOf(result).map((record) => typeof record["data"])).toEqual(Array(5).fill("string"));
    expect(Buffer.byteLength(JSON.stringify(result))).toBeLessThan(6_000_001);
    expect(audit["recipients"]).toEqual({ "01": { opened: 3, discarded: 2 } });
  });

  test("many small records count with what is around them", async () => {
    const { result, error } = await call(firehose(...Array<string>(40_000).fill("x".repeat(20))));
    expect(error).toBeUndefined();
    expect(recordsOf(result)).toHaveLength(40_000);
    expect(Buffer.byteLength(JSON.stringify(result))).toBeLessThan(6_300_000);
  });

  test("records that unpack to more than memory holds are failed", async () => {
    const bomb = gzipSync(Buffer.alloc(20_000_000, "x"));
    const { result } = await call(firehose(bomb, bomb, bomb, token("a")));
    expect(recordsOf(result).map(({ result: outcome }) => outcome)).toEqual(["Ok", "Ok", "ProcessingFailed", "Ok"]);
  });

  test.each(["ThrottlingException", "KMSInternalException"] as const)(
    "%s fails the invocation, so that Firehose tries again",
    async (name) => {
      caller.decryptor.intercept = async () => ({ kind: "error", name });
      expect((await call(firehose(token()), {}, within(900))).error).toMatch(/^kms_/);
    },
  );

  test("what another try does not mend fails the record", async () => {
    caller.decryptor.intercept = async ({ keyId }) =>
      keyId === caller.decryptor.recipients[1].keyArn ? { kind: "error", name: "AccessDeniedException" } : undefined;
    const { result } = await call(firehose(token(), makeDirect(caller.decryptor.recipients[1], "x")));
    expect(recordsOf(result).map(({ result: outcome }) => outcome)).toEqual(["Ok", "ProcessingFailed"]);
  });
});
