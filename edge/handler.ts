/** The Lambda@Edge origin-request function: protects a request, or refuses it. */
import { FieldsealError } from "../core/errors.ts";
import { findRules, type Policy } from "../core/policy.ts";
import type { Rule } from "../core/rule.ts";
import { type EdgeRequest, type GeneratedResponse, headerValues, parseEvent } from "./event.ts";
import { formatLine } from "./log-line.ts";
import { createProblem, statusOf } from "./problem.ts";
import { protect } from "./protection.ts";

/** What CloudFront takes from the function: a request to forward, or a response for the viewer. */
export type EdgeResult = Readonly<Record<string, unknown>> | GeneratedResponse;

/**
 * The function for a policy. It never throws or rejects: whatever goes wrong is a refusal. `log` gets one line a request,
 * without any value of it.
 */
export function createHandler(policy: Policy, log: (line: string) => void): (event: unknown) => Promise<EdgeResult> {
  const write = (line: () => string): void => {
    try {
      log(line());
    } catch {
      // A log that fails changes nothing of what becomes of the request.
    }
  };
  return async (event) => {
    const started = performance.now();
    let request: EdgeRequest | undefined;
    let rules: readonly Rule[] = [];
    try {
      request = parseEvent(event);
      rules = findRules(policy, request.uri, methodsOf(request));
      const protection = protect(policy, rules, request);
      const facts = { request, rules, durationMs: performance.now() - started };
      write(() => formatLine({ ...facts, outcome: protection.outcome, protection }));
      return protection.request;
    } catch (error) {
      const refusal = error instanceof FieldsealError ? error : new FieldsealError("internal_error");
      const facts = { request, rules, durationMs: performance.now() - started };
      write(() => formatLine({ ...facts, outcome: "refused", refusal, status: statusOf(refusal.code) }));
      return createProblem(refusal.code, request?.requestId, corsOriginOf(policy, request));
    }
  };
}

const methodOverrides = ["x-http-method-override", "x-http-method", "x-method-override"] as const;

/** The request's method, and those that frameworks would treat it as. */
function methodsOf({ method, headers, querystring }: EdgeRequest): readonly string[] {
  const overrides = methodOverrides.flatMap((name) => headerValues(headers, name));
  for (const [name, value] of new URLSearchParams(querystring)) if (name === "_method") overrides.push(value);
  return [method, ...overrides.map((override) => override.trim().toUpperCase())];
}

function corsOriginOf({ corsOrigins }: Policy, request: EdgeRequest | undefined): string | undefined {
  return headerValues(request?.headers ?? {}, "origin").find((origin) => corsOrigins.has(origin));
}
