/**
 * Makes metrics of the edge's log lines from all Regions: requests, refusals, failures, results that CloudFront
 * refused, and matches by rule and selector.
 */
import { createHash } from "node:crypto";
import { gunzipSync } from "node:zlib";
import { isRecord } from "../core/config/config-value.ts";

type Members = Readonly<Record<string, unknown>>;

/**
 * A handler for batches of a Kinesis stream with subscriptions of CloudWatch Logs (CloudWatch Logs User Guide,
 * "Subscription filters"). It writes each line, and then the metrics of the batch.
 */
export function createCounter(namespace: string, write: (line: string) => void): (event: unknown) => Promise<void> {
  return async (event) => {
    const lines = (isRecord(event) && Array.isArray(event["Records"]) ? event["Records"] : []).flatMap(readLines);
    for (const { text } of lines) write(text);
    for (const metric of countLines(lines, namespace, Date.now())) write(metric);
    await Promise.resolve();
  };
}

/** One line of a log, and its writer. */
export interface EdgeLine {
  /** `cloudfront` for a line about a refused result (CloudFront Developer Guide, "Edge function logs"). */
  readonly from: "function" | "cloudfront";
  readonly text: string;
}

const cloudFrontGroups = "/aws/cloudfront/LambdaEdge/";

/** The lines of one record, without their embedded metrics: the Region of the edge counts those already. */
function readLines(record: unknown): EdgeLine[] {
  const { data } = membersOf(membersOf(record)["kinesis"]);
  const source: unknown = JSON.parse(
    gunzipSync(Buffer.from(String(data), "base64"), { maxOutputLength: 50_000_000 }).toString("utf8"),
  );
  const { messageType, logEvents, logGroup } = membersOf(source);
  if (messageType !== "DATA_MESSAGE" || !Array.isArray(logEvents)) return [];
  const from = typeof logGroup === "string" && logGroup.startsWith(cloudFrontGroups) ? "cloudfront" : "function";
  return logEvents.map((each: unknown) => {
    const message = String(membersOf(each)["message"]).trim();
    const { _aws, ...line } = membersOf(parseLine(message));
    return { from, text: _aws === undefined ? message : JSON.stringify(line) };
  });
}

/**
 * The metrics of a batch as lines in embedded metric format: one line of totals, and one for each selector with the
 * requests that it looked into (`asked`) and those with its field (`found`). `timestamp` is in milliseconds since 1970.
 */
export function countLines(lines: readonly EdgeLine[], namespace: string, timestamp: number): readonly string[] {
  const counts = { requests: 0, refused: 0, internalErrors: 0, functionFailures: 0, invalidResults: 0 };
  const selectors = new Map<
    string,
    { readonly rule: string; readonly selector: string; asked: number; found: number }
  >();
  for (const { from, text } of lines) {
    if (from === "cloudfront") {
      counts.invalidResults++;
      continue;
    }
    const { outcome, code, matches } = membersOf(parseLine(text));
    if (outcome === undefined) {
      if (/Task timed out|Runtime\.ExitError|Runtime exited/.test(text)) counts.functionFailures++;
      continue;
    }
    counts.requests++;
    if (outcome === "refused") counts.refused++;
    if (code === "internal_error") counts.internalErrors++;
    for (const [ruleName, found] of Object.entries(membersOf(matches))) {
      for (const [selectorText, number] of Object.entries(membersOf(found))) {
        const [rule, selector] = [dimensionOf(ruleName), dimensionOf(selectorText)];
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
          {
            Namespace: namespace,
            Dimensions: [dimensions],
            Metrics: Object.keys(values).map((Name) => ({ Name, Unit: "Count" })),
          },
        ],
      },
      ...names,
      ...values,
    });
  return [
    ...(lines.length === 0 ? [] : [embed([], counts, {})]),
    ...[...selectors.values()].map(({ rule, selector, asked, found }) =>
      embed(["rule", "selector"], { asked, found }, { rule, selector }),
    ),
  ];
}

/**
 * A name as the value of a metric's dimension: at most 1,024 characters of ASCII, and no colon first (CloudWatch API
 * Reference, "Dimension"). A longer name ends in a hash.
 */
export function dimensionOf(name: string): string {
  const ascii = name.replace(
    /[^\x20-\x7e]|^:/g,
    (character) => `\\u${character.charCodeAt(0).toString(16).padStart(4, "0")}`,
  );
  return ascii.length <= 1_024
    ? ascii
    : `${ascii.slice(0, 1_000)}~${createHash("sha256").update(ascii).digest("hex").slice(0, 16)}`;
}

/**
 * The JSON value of a line; `undefined` for other lines. Lambda may put time, request id and level before it, with tabs
 * between.
 */
function parseLine(text: string): unknown {
  const json = /^(?:[^{\t]*\t){0,3}(?=\{)/.exec(text);
  if (json === null) return undefined;
  try {
    return JSON.parse(text.slice(json[0].length));
  } catch {
    return undefined;
  }
}

function membersOf(value: unknown): Members {
  return isRecord(value) ? value : {};
}
