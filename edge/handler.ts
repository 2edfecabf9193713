/** The Lambda\@Edge origin-request function: protects a request, or refuses it. */
import { FieldsealError } from "../core/errors.ts";
import { findRules, type Policy } from "../core/policy/policy.ts";
import type { Rule } from "../core/rule/rule.ts";
import { type EdgeRequest, type GeneratedResponse, headerValues, parseEvent } from "./event.ts";
import { formatLine } from "./log-line.ts";
import { methodsOf } from "./method.ts";
import { createProblem } from "./problem.ts";
import { type Protection, protect } from "./protection.ts";
import type { Report, ReportLine } from "./report.ts";

/** The function's result for CloudFront: a request to forward, or a response for the viewer. */
export type EdgeResult = Readonly<Record<string, unknown>> | GeneratedResponse;

/**
 * The function for a policy. It never throws or rejects: every failure refuses the request. `log` gets one line for
 * each request, without any value. `reports` tell the log what rules would have done that are not enforced.
 */
export function createHandler(
  policy: Policy,
  log: (line: string) => void,
  reports: readonly Report[] = [],
): (event: unknown) => Promise<EdgeResult> {
  return async (event) => {
    const started = performance.now();
    let request: EdgeRequest | undefined;
    let rules: readonly Rule[] = [];
    const logResult = (result: Protection | FieldsealError): void => {
      const durationMs = performance.now() - started;
      try {
        log(formatLine({ request, rules, durationMs, result, reports: makeReports(reports, request) }));
      } catch {
        // A failed log must not change the result.
      }
    };
    try {
      request = parseEvent(event);
      rules = findRules(policy, request.uri, methodsOf(request));
      const protection = protect(policy, rules, request);
      logResult(protection);
      return protection.request;
    } catch (error) {
      const refusal = error instanceof FieldsealError ? error : new FieldsealError("internal_error");
      logResult(refusal);
      return createProblem(refusal.code, request?.requestId, corsOriginOf(policy, request));
    }
  };
}

function makeReports(reports: readonly Report[], request: EdgeRequest | undefined): readonly ReportLine[] {
  return request === undefined ? [] : reports.flatMap((report) => report(request) ?? []);
}

function corsOriginOf({ corsOrigins }: Policy, request: EdgeRequest | undefined): string | undefined {
  return headerValues(request?.headers ?? {}, "origin").find((origin) => corsOrigins.has(origin));
}
