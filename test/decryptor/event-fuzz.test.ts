/**
 * Events that somebody changed: each gets an answer of its caller's shape or an error with a code, and leaves one line.
 */
import { gzipSync } from "node:zlib";
import { KMSClient } from "@aws-sdk/client-kms";
import { expect, test } from "@jest/globals";
import fc from "fast-check";
import { parseReader } from "../../core/decrypt/reader/reader.ts";
import { createHandler } from "../../decryptor/handler.ts";

const keyArn = "arn:aws:kms:eu-central-1:111122223333:key/00000000-0000-4000-8000-000000000001";
const canary = "canary";
const token = `#01#${Buffer.alloc(256, 1).toString("base64")}#10#`;
const text = `${canary} ${token} {"a":"${token}"}`;
const base64 = Buffer.from(text).toString("base64");

const events: readonly object[] = [
  { external_function: "f", num_records: 2, arguments: [[text], null] },
  {
    invocationId: "i",
    records: [
      { recordId: "1", data: base64 },
      { recordId: "2", kafkaRecordValue: gzipSync(text).toString("base64") },
    ],
  },
  {
    invocationSchemaVersion: "2.0",
    invocationId: "i",
    job: { id: "j", userArguments: { action: "restore" } },
    tasks: [{ taskId: "t", s3Key: "k", s3VersionId: null, s3Bucket: "bucket" }],
  },
  {
    httpMethod: "POST",
    requestContext: { requestId: "r" },
    headers: { "content-type": "application/json" },
    multiValueHeaders: { "content-type": ["application/json"] },
    body: `["${token}"]`,
    isBase64Encoded: false,
  },
  {
    version: "2.0",
    requestContext: { http: { method: "POST" } },
    headers: { "content-type": "text/csv", "content-encoding": "gzip" },
    body: gzipSync(text).toString("base64"),
    isBase64Encoded: true,
  },
  {
    httpMethod: "POST",
    requestContext: {},
    headers: { "sf-external-function-format": "json" },
    body: JSON.stringify({
      data: [
        [0, text],
        [1, null],
      ],
    }),
    isBase64Encoded: false,
  },
  { awslogs: { data: gzipSync(JSON.stringify({ message: text })).toString("base64") } },
  { body: text, contentType: "text/plain", onFailure: "keep", isBase64Encoded: false, purpose: "p" },
  { texts: [text, null], isBase64Encoded: false },
];

const strange = fc.oneof(
  fc.constantFrom<unknown>(
    null,
    undefined,
    "",
    0,
    -1,
    1.5,
    true,
    [],
    {},
    [null],
    [[]],
    "null",
    text,
    base64,
    "\ud800",
    "__proto__",
    Number.NaN,
    `${canary}=`,
    { length: 1 },
    "gzip",
    "1.0",
    "%",
  ),
  fc.jsonValue({ maxDepth: 3 }),
);

/** Everything that stands in a value, as ways to it. */
function waysInto(value: unknown, way: readonly string[] = []): string[][] {
  const here = [...way];
  if (typeof value !== "object" || value === null) return [here];
  return [here, ...Object.entries(value).flatMap(([name, member]) => waysInto(member, [...way, name]))];
}

function change(value: unknown, [name, ...way]: readonly string[], other: unknown): unknown {
  if (name === undefined) return other;
  if (Array.isArray(value))
    return value.map((item, index) => (String(index) === name ? change(item, way, other) : item));
  return Object.fromEntries(
    Object.entries(Object(value)).map(([own, member]) => [own, own === name ? change(member, way, other) : member]),
  );
}

const changed = fc
  .constantFrom(...events)
  .chain((event) =>
    fc
      .array(fc.tuple(fc.constantFrom(...waysInto(event)), strange), { minLength: 1, maxLength: 2 })
      .map((changes) => changes.reduce<unknown>((before, [way, other]) => change(before, way, other), event)),
  );

test("whatever was changed", async () => {
  // Nobody listens there: each token is an outage, of which the deadline makes short work.
  const client = new KMSClient({
    endpoint: "http://127.0.0.1:1",
    region: "eu-central-1",
    credentials: { accessKeyId: "a", secretAccessKey: "b" },
    maxAttempts: 1,
  });
  const reader = parseReader({
    reader: "test",
    recipients: [{ id: "01", prefix: "#01#", suffix: "#10#", keyArn }],
    open: ["01"],
    limits: { decoded: 1_000_000 },
  });
  const lines: string[] = [];
  const handler = createHandler(reader, client, (line) => lines.push(line));
  await fc.assert(
    fc.asyncProperty(changed, async (event) => {
      lines.length = 0;
      const settled = await handler(event, { getRemainingTimeInMillis: () => 0 }).then(
        (result) => ({ result, code: "" }),
        (error: unknown) => ({
          result: undefined,
          code: String(Object(error).code),
          message: String(Object(error).stack),
        }),
      );
      expect(lines).toHaveLength(1);
      const line = JSON.parse(lines[0] ?? "");
      expect(line.code ?? "").not.toBe("internal_error");
      expect(settled.code).not.toMatch(/^(?:internal_error|undefined)$/);
      if (settled.code !== "")
        expect([line.code, JSON.stringify(settled).includes(canary)]).toEqual([settled.code, false]);
      expect(lines[0]).not.toContain(canary);
      expect(lines[0]).not.toContain(token.slice(10, 30));
    }),
    { numRuns: 3_000 },
  );
  client.destroy();
}, 120_000);
