/** Events of no caller, or of two: refused with the shapes that the decryptor knows. */
import { describe, expect, test } from "@jest/globals";
import { openCaller } from "../../support/caller.ts";
import { rest, version2 } from "../../support/gateway-events.ts";

const caller = openCaller();
const { call, handle } = caller;

describe("events without a shape", () => {
  test.each<[string, unknown]>([
    ["nothing", undefined],
    ["a text", "body"],
    ["an empty object", {}],
    ["body and texts", { body: "a", texts: [] }],
    ["another member", { body: "a", extra: 1 }],
    ["an S3 event", { Records: [{ eventSource: "aws:s3" }] }],
    ["a state machine's items", { Items: [{ body: "a" }] }],
  ])("%s", async (_, event) => {
    await expect(handle(event)).rejects.toMatchObject({
      name: "unknown_event",
      message: expect.stringContaining("Redshift"),
    });
  });
});

describe("events of others", () => {
  test.each<{ readonly why: string; readonly event: object }>([
    {
      why: "a load balancer",
      event: {
        ...rest,
        requestContext: {
          elb: {
            targetGroupArn:
              "arn:aws:elasticloadbalancing:us-east-2:123456789012:targetgroup/my-target-group/6d0ecf831eec9f09",
          },
        },
      },
    },
    {
      why: "a custom authoriser",
      event: {
        ...rest,
        type: "REQUEST",
        methodArn: "arn:aws:execute-api:us-east-1:123456789012:abcdef123/test/GET/request",
      },
    },
    {
      why: "a custom authoriser of an HTTP API",
      event: {
        ...version2,
        type: "REQUEST",
        routeArn: "arn:aws:execute-api:us-east-1:123456789012:abcdef123/test/GET/request",
        identitySource: ["user1", "123"],
      },
    },
    {
      why: "a destination of Kinesis Data Analytics",
      event: {
        invocationId: "i",
        applicationArn: "arn:aws:kinesisanalytics:us-east-1:1234:application/a",
        records: [{ recordId: "r", lambdaDeliveryRecordMetadata: { retryHint: 0 }, data: "eA==" }],
      },
    },
    {
      why: "a WebSocket API",
      event: {
        requestContext: { routeKey: "$default", eventType: "MESSAGE", connectionId: "a" },
        body: "x",
        isBase64Encoded: false,
      },
    },
    {
      why: "VPC Lattice",
      event: {
        version: "2.0",
        path: "/",
        method: "POST",
        headers: { "content-type": ["text/plain"] },
        body: "x",
        isBase64Encoded: false,
        requestContext: { serviceNetworkArn: "a", serviceArn: "b" },
      },
    },
    { why: "SQS", event: { Records: [{ messageId: "1", body: "x", eventSource: "aws:sqs" }] } },
    { why: "Kinesis", event: { Records: [{ kinesis: { data: "eA==" }, eventSource: "aws:kinesis" }] } },
    { why: "EventBridge", event: { version: "0", id: "1", "detail-type": "a", source: "b", detail: {} } },
    { why: "S3 Object Lambda", event: { xAmzRequestId: "1", getObjectContext: { inputS3Url: "https://example.com" } } },
    { why: "CloudFront", event: { Records: [{ cf: { request: { body: { data: "" } } } }] } },
    {
      why: "Redshift and Firehose",
      event: { external_function: "f", num_records: 0, arguments: [], invocationId: "i", records: [] },
    },
    {
      why: "Firehose and S3 Batch",
      event: { invocationId: "i", records: [], invocationSchemaVersion: "1.0", job: { id: "j" }, tasks: [] },
    },
    { why: "HTTP and CloudWatch Logs", event: { ...rest, awslogs: { data: "" } } },
    { why: "HTTP and Redshift", event: { ...version2, external_function: "f", num_records: 0, arguments: [] } },
    { why: "direct, and more", event: { body: "x", contentType: "text/plain", content_type: "text/plain" } },
    { why: "direct, in another spelling", event: { Body: "x" } },
  ])("$why: unknown, and the shapes are named", async ({ event }) => {
    const { error, message } = await call(event);
    expect(error).toBe("unknown_event");
    for (const shape of [
      "Redshift",
      "Firehose",
      "S3 Batch",
      "API Gateway",
      "function URL",
      "CloudWatch Logs",
      "direct",
      "body or texts",
    ])
      expect(message).toContain(shape);
  });
});
