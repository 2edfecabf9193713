/** Texts in gzip and base64, as log services deliver them, and JSON in lines and fields: values stay in their place. */
import { gunzipSync, gzipSync } from "node:zlib";
import { describe, expect, test } from "@jest/globals";
import { createRecipient } from "../../core/recipient.ts";
import { createContentKey, sealJson } from "../../core/sealing.ts";
import { formatToken } from "../../core/token.ts";
import { keys, openTokens } from "../support/edge.ts";

const [key] = keys;
const recipient = createRecipient(key, key.publicKeyPem);
const value = '","admin":true,"\n';
const token = formatToken(recipient, sealJson(createContentKey(recipient), undefined, JSON.stringify(value)));

const log = JSON.stringify({ messageType: "DATA_MESSAGE", owner: "111122223333", logEvents: [{ id: "1", timestamp: 1, message: `{"ssn":"${token}"}` }, { id: "2", timestamp: 2, message: `plain ${token}` }] });

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
    const { body } = await openTokens({ body: JSON.stringify({ awslogs: { data: gzipSync(log).toString("base64") } }) });
    const { awslogs } = JSON.parse(body) as { readonly awslogs: { readonly data: string } };
    expect(readLog(gunzipSync(Buffer.from(awslogs.data, "base64")).toString())).toEqual(opened);
  });

  test("with escaped solidi, as PHP writes them", async () => {
    const { body } = await openTokens({ body: JSON.stringify({ data: gzipSync(log).toString("base64") }).replaceAll("/", "\\/") });
    const { data } = JSON.parse(body) as { readonly data: string };
    expect(readLog(gunzipSync(Buffer.from(data, "base64")).toString())).toEqual(opened);
  });

  test("records of a stream, one compressed and one not", async () => {
    const records = [log, gzipSync(log)].map((text) => ({ kinesis: { data: Buffer.from(text).toString("base64") } }));
    const { body } = await openTokens({ body: JSON.stringify({ Records: records }) });
    const { Records } = JSON.parse(body) as { readonly Records: readonly { readonly kinesis: { readonly data: string } }[] };
    const [first, second] = Records.map(({ kinesis }) => Buffer.from(kinesis.data, "base64"));
    expect([readLog(String(first)), readLog(gunzipSync(second ?? "").toString())]).toEqual([opened, opened]);
  });

  test("what holds no token stays byte for byte", async () => {
    const compressed = gzipSync(Buffer.from('{"a":1}'), { level: 1 });
    expect((await openTokens({ body: compressed })).bytes.equals(compressed)).toBe(true);
    const body = JSON.stringify({ image: Buffer.alloc(3_000, 7).toString("base64"), b: token });
    expect(JSON.parse((await openTokens({ body })).body)).toEqual({ ...JSON.parse(body), b: value });
  });

  test.each([
    ["a bomb", () => gzipSync(Buffer.alloc(60_000_000, 0x20)), "decoded_too_large"],
    ["cut off", () => gzipSync(log).subarray(0, 100), "content_coding_malformed"],
  ])("%s", async (_, make, name) => {
    await expect(openTokens({ body: make() })).rejects.toMatchObject({ name });
  });
});
