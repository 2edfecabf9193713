/** All callers. An event must have the shape of exactly one caller. */

import { isRecord } from "../../core/config/config-value.ts";
import { FieldsealError } from "../../core/errors.ts";
import type { Caller, Event } from "./caller.ts";
import { cloudwatchLogs } from "./cloudwatch-logs.ts";
import { direct } from "./direct.ts";
import { firehose } from "./firehose.ts";
import { http } from "./http.ts";
import { redshift } from "./redshift.ts";
import { s3Batch } from "./s3-batch.ts";

const callers: readonly Caller[] = [redshift, firehose, s3Batch, http, cloudwatchLogs, direct];

/** The caller whose shape an event has. Throws `unknown_event`, with all shapes, unless exactly one caller fits. */
export function findCaller(event: unknown): { readonly caller: Caller; readonly event: Event } {
  const found = isRecord(event) ? callers.filter((caller) => caller.recognizes(event)) : [];
  const [caller] = found;
  if (isRecord(event) && caller !== undefined && found.length === 1) return { caller, event };
  throw new FieldsealError("unknown_event", {
    reason: `Expected one of: ${callers.map(({ shape }) => shape).join("; ")}.`,
  });
}
