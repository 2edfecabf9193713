/**
 * A CloudWatch Logs subscription: the log data as JSON text, restored.
 * Source: CloudWatch Logs User Guide, "Log group-level subscription filters".
 */
import { gunzipSync } from "node:zlib";
import { FieldsealError } from "../../core/errors.ts";
import { isRecord } from "../../core/shape.ts";
import { type Caller, invalid, requireText } from "./caller.ts";

const mostDecoded = 20_000_000;

export const cloudwatchLogs: Caller = {
  name: "cloudwatch-logs",
  shape: "a CloudWatch Logs subscription: awslogs with data",
  recognizes: ({ awslogs }) => isRecord(awslogs) && typeof awslogs["data"] === "string",
  parse: ({ awslogs }) => {
    const data = isRecord(awslogs) ? awslogs["data"] : undefined;
    if (typeof data !== "string") throw invalid("awslogs has no data.");
    return {
      texts: [{ body: unpack(data), contentType: "application/json", onFailure: "keep" }],
      answer: ([result]) => ({ body: requireText(result) }),
    };
  },
};

function unpack(data: string): Buffer {
  try {
    return gunzipSync(Buffer.from(data, "base64"), { maxOutputLength: mostDecoded });
  } catch {
    throw new FieldsealError("content_coding_malformed");
  }
}
