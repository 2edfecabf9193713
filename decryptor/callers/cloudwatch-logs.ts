/**
 * A subscription of CloudWatch Logs, whose data comes as compressed JSON.
 * Source: CloudWatch Logs User Guide, "Log group-level subscription filters".
 */

import { isRecord } from "../../core/config/config-value.ts";
import { parseContentCodings, undoCodings } from "../../core/text/content-coding.ts";
import { type Caller, decodeBase64, invalid, openTexts, requireLasting, textOf } from "./caller.ts";

/** Bytes of the data once it is uncompressed. */
const maxDecodedBytes = 20_000_000;

/** Gives the log data back as restored JSON text: `{ "body": "…" }`. */
export const cloudwatchLogs: Caller = {
  name: "cloudwatch-logs",
  shape: "a CloudWatch Logs subscription: awslogs with data",
  recognizes: ({ awslogs }) => isRecord(awslogs) && typeof awslogs["data"] === "string",
  handle: openTexts(({ awslogs }) => {
    const data = isRecord(awslogs) ? awslogs["data"] : undefined;
    if (typeof data !== "string") throw invalid("awslogs has no data.");
    return {
      texts: [
        {
          body: undoCodings(decodeBase64(data, "awslogs.data"), parseContentCodings(["gzip"]), maxDecodedBytes),
          contentType: "application/json",
          onFailure: "keep",
        },
      ],
      answer: ([result]) => ({ body: textOf(requireLasting(result)) }),
    };
  }),
};
