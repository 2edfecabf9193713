/**
 * The one log line of a request: JSON in CloudWatch's embedded metric format, so that its numbers become metrics
 * (CloudWatch User Guide, "Specification: Embedded metric format"). It holds names, counts, codes and sizes, never a
 * value.
 */
import { FieldsealError } from "../core/errors.ts";
import type { Rule } from "../core/rule/rule.ts";
import type { EdgeRequest } from "./event.ts";
import { nameMatches } from "./match-counts.ts";
import { statusOf } from "./problem.ts";
import type { Protection } from "./protection.ts";
import type { ReportLine } from "./report.ts";

/** The facts of one request for its line. */
export interface LineFacts {
  /** `undefined` for an event that CloudFront does not send. */
  readonly request: EdgeRequest | undefined;
  /** The rules that cover the request. */
  readonly rules: readonly Rule[];
  readonly durationMs: number;
  /** The protected request, or the error that refused it. */
  readonly result: Protection | FieldsealError;
  readonly reports: readonly ReportLine[];
}

const metrics = [
  { Name: "requests", Unit: "Count" },
  { Name: "tokens", Unit: "Count" },
  { Name: "durationMs", Unit: "Milliseconds" },
  { Name: "bytesIn", Unit: "Bytes" },
  { Name: "bytesOut", Unit: "Bytes" },
];

/** The line for a request, without a line break. */
export function formatLine({ request, rules, durationMs, result, reports }: LineFacts): string {
  const [protection, refusal] = result instanceof FieldsealError ? [undefined, result] : [result, undefined];
  const bytesIn = request?.body === undefined ? 0 : bytesOf(request.body.data, request.body.encoding);
  // JSON leaves out members that are undefined.
  return JSON.stringify({
    _aws: {
      Timestamp: Date.now(),
      CloudWatchMetrics: [{ Namespace: "Fieldseal", Dimensions: [["outcome"], ["outcome", "code"]], Metrics: metrics }],
    },
    outcome: protection?.outcome ?? "refused",
    code: refusal?.code ?? protection?.unreadable ?? "none",
    requests: 1,
    tokens: protection?.tokens ?? 0,
    durationMs: Math.round(durationMs * 1000) / 1000,
    bytesIn,
    bytesOut: refusal === undefined ? (protection?.bodyBytes ?? bytesIn) : 0,
    requestId: request?.requestId,
    rules: rules.map(({ name }) => name),
    status: refusal === undefined ? undefined : statusOf(refusal.code),
    rule: refusal?.facts.rule,
    offset: refusal?.facts.offset,
    matches: protection === undefined ? undefined : nameMatches(protection.matches, bytesIn > 0),
    reports: reports.length === 0 ? undefined : reports,
  });
}

function bytesOf(data: string, encoding: "base64" | "text"): number {
  return Buffer.byteLength(data, encoding === "base64" ? "base64" : "utf8");
}
