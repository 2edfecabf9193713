/** Subscriptions of CloudWatch Logs: the log data as restored JSON text. */
import { gzipSync } from "node:zlib";
import { expect, test } from "@jest/globals";
import { openCaller, secret } from "../../support/caller.ts";

const caller = openCaller();
const { token, call, handle } = caller;

test("a data message comes back restored, and broken gzip is refused", async () => {
  const data = gzipSync(
    JSON.stringify({ messageType: "DATA_MESSAGE", logEvents: [{ message: `x ${token()}` }] }),
  ).toString("base64");
  expect(await handle({ awslogs: { data } })).toEqual({
    body: JSON.stringify({ messageType: "DATA_MESSAGE", logEvents: [{ message: `x ${secret}` }] }),
  });
  await expect(handle({ awslogs: { data: "YQ==" } })).rejects.toMatchObject({ name: "content_coding_malformed" });
});

test("a control message comes back as it is", async () => {
  const text =
    '{"messageType":"CONTROL_MESSAGE","owner":"CloudwatchLogs","logGroup":"","logStream":"","subscriptionFilters":[],' +
    '"logEvents":[{"id":"","timestamp":1,' +
    '"message":"CWL CONTROL MESSAGE: Checking health of destination Firehose."}]}';
  expect((await call({ awslogs: { data: gzipSync(text).toString("base64") } })).result).toEqual({
    body: text,
  });
});
