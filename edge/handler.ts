/** The Lambda@Edge origin-request function: protects a request, or refuses it. */
import { FieldsealError } from "../core/errors.ts";
import { findRules, type Policy } from "../core/policy/policy.ts";
import type { Rule } from "../core/rule/rule.ts";
import { type EdgeRequest, type GeneratedResponse, headerValues, parseEvent } from "./event.ts";
import { formatLine, type LineFacts } from "./log-line.ts";
import { methodsOf } from "./method.ts";
import { createProblem, statusOf } from "./problem.ts";
import { protect } from "./protection.ts";
import type { Report } from "./report.ts";

/** What CloudFront takes from the function: a request to forward, or a response for the viewer. */
export type EdgeResult = Readonly<Record<string, unknown>> | GeneratedResponse;

/**
 * The function for a policy. It never throws or rejects: whatever goes wrong is a refusal. `log` gets one line a
 * request, without any value of it. `reports` say what rules would have done that are not enforced, for the log alone.
 */
export function createHandler(
  policy: Policy,
  log: (line: string) => void,
  reports: readonly Report[] = [],
): (event: unknown) => Promise<EdgeResult> {
  const write = (line: () => string): void => {
    try {
      log(line());
    } catch {
      // A log that fails changes nothing of what becomes of the request.
    }
  };
  const reportOn = (request: EdgeRequest | undefined): LineFacts["reports"] =>
    request === undefined ? [] : reports.flatMap((report) => report(request) ?? []);
  return async (event) => {
    const started = performance.now();
    let request: EdgeRequest | undefined;
    let rules: readonly Rule[] = [];
    try {
      request = parseEvent(event);
      rules = findRules(policy, request.uri, methodsOf(request));
      const protection = protect(policy, rules, request);
      const facts = { request, rules, durationMs: performance.now() - started };
      write(() => formatLine({ ...facts, outcome: protection.outcome, protection, reports: reportOn(request) }));
      return protection.request;
    } catch (error) {
      const refusal = error instanceof FieldsealError ? error : new FieldsealError("internal_error");
      const facts = { request, rules, durationMs: performance.now() - started };
      write(() =>
        formatLine({
          ...facts,
          outcome: "refused",
          refusal,
          status: statusOf(refusal.code),
          reports: reportOn(request),
        }),
      );
      return createProblem(refusal.code, request?.requestId, corsOriginOf(policy, request));
    }
  };
}

function corsOriginOf({ corsOrigins }: Policy, request: EdgeRequest | undefined): string | undefined {
  return headerValues(request?.headers ?? {}, "origin").find((origin) => corsOrigins.has(origin));
}
