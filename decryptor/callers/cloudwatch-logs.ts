/**
 * A subscription of CloudWatch Logs, which sends compressed JSON.
 * Source: CloudWatch Logs User Guide, "Log group-level subscription filters".
 */

import { isRecord } from "../../core/config/config-value.ts";
import { parseContentCodings, undoCodings } from "../../core/text/content-coding.ts";
import { type Caller, decodeBase64, invalid, openTexts, requireLasting, textOf } from "./caller.ts";

/** The most bytes of the uncompressed data. */
const maxDecodedBytes = 20_000_000;

/** Answers with the restored log data, a JSON text: `{ "body": "…" }`. */
export const cloudwatchLogs: Caller = {
  name: "cloudwatch-logs",
  shape: "a CloudWatch Logs subscription (awslogs with data)",
  recognizes: ({ awslogs }) => isRecord(awslogs) && typeof awslogs["data"] === "string",
  handle: openTexts(({ awslogs }) => {
    const data = isRecord(awslogs) ? awslogs["data"] : undefined;
    if (typeof data !== "string") throw invalid("awslogs.data must be a string.");
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
