/** Counts the edge's log lines of all Regions in the home Region, by rule and selector too: the metrics behind alarms. */
import { gunzipSync } from "node:zlib";
import { isRecord } from "../core/shape.ts";

type Members = Readonly<Record<string, unknown>>;

/** A batch of a Kinesis stream that CloudWatch Logs subscriptions write to (CloudWatch Logs User Guide, "Subscription filters"). */
export function createCounter(namespace: string, write: (line: string) => void): (event: unknown) => Promise<void> {
  return async (event) => {
    const lines = (isRecord(event) && Array.isArray(event["Records"]) ? event["Records"] : []).flatMap(readLines);
    for (const line of lines) write(line);
    for (const metric of countLines(lines, namespace, Date.now())) write(metric);
    await Promise.resolve();
  };
}

/** The lines of one record, without their embedded metrics, which would count twice in a Region that is home and edge. */
function readLines(record: unknown): string[] {
  const { data } = membersOf(membersOf(record)["kinesis"]);
  const source: unknown = JSON.parse(gunzipSync(Buffer.from(String(data), "base64"), { maxOutputLength: 50_000_000 }).toString("utf8"));
  const { messageType, logEvents } = membersOf(source);
  if (messageType !== "DATA_MESSAGE" || !Array.isArray(logEvents)) return [];
  return logEvents.map((each: unknown) => {
    const message = String(membersOf(each)["message"]).trim();
    const { _aws, ...line } = membersOf(parseLine(message));
    return _aws === undefined ? message : JSON.stringify(line);
  });
}

/** Embedded metric format: requests, refusals, errors and failures of a batch, and for each selector how often it was asked and found. */
export function countLines(lines: readonly string[], namespace: string, timestamp: number): readonly string[] {
  const counts = { requests: 0, refused: 0, internalErrors: 0, functionFailures: 0 };
  const selectors = new Map<string, { readonly rule: string; readonly selector: string; asked: number; found: number }>();
  for (const text of lines) {
    const { outcome, code, matches } = membersOf(parseLine(text));
    if (outcome === undefined) {
      if (/Task timed out|Runtime\.ExitError|Runtime exited/.test(text)) counts.functionFailures++;
      continue;
    }
    counts.requests++;
    if (outcome === "refused") counts.refused++;
    if (code === "internal_error") counts.internalErrors++;
    for (const [rule, found] of Object.entries(membersOf(matches))) {
      for (const [selector, number] of Object.entries(membersOf(found))) {
        const key = JSON.stringify([rule, selector]);
        const count = selectors.get(key) ?? { rule, selector, asked: 0, found: 0 };
        count.asked++;
        if (Number(number) > 0) count.found++;
        selectors.set(key, count);
      }
    }
  }
  const embed = (dimensions: readonly string[], values: Readonly<Record<string, number>>, names: Members): string =>
    JSON.stringify({
      _aws: {
        Timestamp: timestamp,
        CloudWatchMetrics: [
          { Namespace: namespace, Dimensions: [dimensions], Metrics: Object.keys(values).map((Name) => ({ Name, Unit: "Count" })) },
        ],
      },
      ...names,
      ...values,
    });
  return [
    ...(lines.length === 0 ? [] : [embed([], counts, {})]),
    ...[...selectors.values()].map(({ rule, selector, asked, found }) => embed(["rule", "selector"], { asked, found }, { rule, selector })),
  ];
}

function parseLine(text: string): unknown {
  if (!text.startsWith("{")) return undefined;
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

function membersOf(value: unknown): Members {
  return isRecord(value) ? value : {};
}
