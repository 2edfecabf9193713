/**
 * The one log line of a request: JSON in CloudWatch's embedded metric format, which makes metrics of its numbers
 * (CloudWatch User Guide, "Specification: Embedded metric format"). It holds names, counts, codes and sizes, never a
 * value.
 */
import type { FieldsealError } from "../core/errors.ts";
import type { Rule } from "../core/rule/rule.ts";
import type { EdgeRequest } from "./event.ts";
import { nameMatches } from "./match-counts.ts";
import type { Protection } from "./protection.ts";
import type { ReportLine } from "./report.ts";

export interface LineFacts {
  readonly request: EdgeRequest | undefined;
  readonly rules: readonly Rule[];
  readonly durationMs: number;
  readonly outcome: Protection["outcome"] | "refused";
  readonly protection?: Protection;
  readonly refusal?: FieldsealError;
  readonly status?: number;
  readonly reports: readonly ReportLine[];
}

const metrics = [
  { Name: "requests", Unit: "Count" },
  { Name: "tokens", Unit: "Count" },
  { Name: "durationMs", Unit: "Milliseconds" },
  { Name: "bytesIn", Unit: "Bytes" },
  { Name: "bytesOut", Unit: "Bytes" },
];

export function formatLine({
  request,
  rules,
  durationMs,
  outcome,
  protection,
  refusal,
  status,
  reports,
}: LineFacts): string {
  const { code, facts } = refusal ?? {};
  const bytesIn = request?.body === undefined ? 0 : bytesOf(request.body.data, request.body.encoding);
  return JSON.stringify({
    _aws: {
      Timestamp: Date.now(),
      CloudWatchMetrics: [{ Namespace: "Fieldseal", Dimensions: [["outcome"], ["outcome", "code"]], Metrics: metrics }],
    },
    outcome,
    code: code ?? protection?.unreadable ?? "none",
    requests: 1,
    tokens: protection?.tokens ?? 0,
    durationMs: Math.round(durationMs * 1000) / 1000,
    bytesIn,
    bytesOut: refusal === undefined ? (protection?.bodyBytes ?? bytesIn) : 0,
    requestId: request?.requestId,
    rules: rules.map(({ name }) => name),
    ...(status === undefined ? {} : { status }),
    ...(facts?.rule === undefined ? {} : { rule: facts.rule }),
    ...(facts?.offset === undefined ? {} : { offset: facts.offset }),
    ...(protection === undefined ? {} : { matches: nameMatches(protection.matches, bytesIn > 0) }),
    ...(reports.length === 0 ? {} : { reports }),
  });
}

function bytesOf(data: string, encoding: "base64" | "text"): number {
  return Buffer.byteLength(data, encoding === "base64" ? "base64" : "utf8");
}
