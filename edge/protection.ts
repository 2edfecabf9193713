/** Protects one request: refuses it, forwards it as it came, or forwards it with tokens instead of values. */
import type { Budget } from "../core/budget.ts";
import { type Plan, requireFewFields } from "../core/encrypt/encrypt-text.ts";
import { createTokenWriter, type TokenWriter } from "../core/encrypt/token-writer.ts";
import { type ErrorCode, FieldsealError } from "../core/errors.ts";
import type { Policy } from "../core/policy/policy.ts";
import type { Rule } from "../core/rule/rule.ts";
import { type BodyPlan, planBody } from "./body/plan.ts";
import { writeBody } from "./body/write.ts";
import { type Changes, type EdgeRequest, headerValues, writeRequest } from "./event.ts";
import { type HeadPlan, planHead } from "./head/plan.ts";
import { writeHead } from "./head/write.ts";
import { replaceDigests } from "./integrity.ts";
import { requireNoMarkers } from "./markers.ts";

/** A request that may go on, and its facts for the log. */
export interface Protection {
  /** The request to forward: the same object as came if nothing was found. */
  readonly request: Readonly<Record<string, unknown>>;
  readonly outcome: "passed" | "unchanged" | "protected";
  /** The number of values that each selector found, by rule and by the selector's index. */
  readonly matches: ReadonlyMap<Rule, readonly number[]>;
  readonly tokens: number;
  /** Bytes of the changed body; `undefined` if the body did not change. */
  readonly bodyBytes: number | undefined;
  /** The error that kept the body from being read, if the rules let it through anyway. */
  readonly unreadable: ErrorCode | undefined;
}

/** The findings of a request, before anything changes. */
export interface ProtectionPlan {
  readonly request: EdgeRequest;
  readonly body: BodyPlan | undefined;
  readonly head: readonly HeadPlan[];
  readonly matches: Protection["matches"];
  readonly tokens: number;
}

/** Protects a request under the rules that cover it. Throws a `FieldsealError` if the request must not go on. */
export function protect(policy: Policy, rules: readonly Rule[], request: EdgeRequest): Protection {
  const plan = planProtection(policy, rules, request);
  return plan === undefined
    ? unchanged(request, "passed", new Map(), undefined)
    : writeProtection(plan, createTokenWriter());
}

/** Plans the protection; `undefined` if no rule covers the request and it may pass. Throws as `protect` does. */
export function planProtection(
  policy: Policy,
  rules: readonly Rule[],
  request: EdgeRequest,
): ProtectionPlan | undefined {
  if (rules.length === 0) {
    if (policy.otherwise === "refuse") throw new FieldsealError("path_not_allowed");
    return undefined;
  }
  if (request.body?.inputTruncated === true) throw new FieldsealError("body_truncated");
  if (headerValues(request.headers, "sec-websocket-key").length > 0) throw new FieldsealError("websocket_refused");
  requireNoMarkersInHead(policy, request);
  const budget: Budget = { remaining: policy.limits.work };
  const body = planBody(request, rules, policy, budget);
  const head = planHead(request, rules, policy, budget);
  const plans = [...(body === undefined ? [] : [body.plan]), ...head.map(({ plan }) => plan)];
  const matches = countMatches(rules, plans);
  requireFields(request, matches);
  requireFewFields(plans, policy.limits.fields);
  return { request, body, head, matches, tokens: plans.reduce((sum, { findings }) => sum + findings.length, 0) };
}

/** Writes the tokens. Throws a `FieldsealError` if the changed request must not go on. */
export function writeProtection(
  { request, body, head, matches, tokens }: ProtectionPlan,
  writeToken: TokenWriter,
): Protection {
  if (tokens === 0) return unchanged(request, "unchanged", matches, body?.unreadable);
  const changes = writeHead(request, head, writeToken);
  const bytes = body === undefined || body.plan.findings.length === 0 ? undefined : writeBody(body, writeToken);
  return {
    request: writeRequest(request, bytes === undefined ? changes : withBody(changes, request, bytes)),
    outcome: "protected",
    matches,
    tokens,
    bodyBytes: bytes?.length,
    unreadable: body?.unreadable,
  };
}

function withBody(changes: Changes, { headers }: EdgeRequest, body: Buffer): Changes {
  return { ...changes, headers: replaceDigests(changes.headers ?? headers, body), body };
}

function unchanged(
  request: EdgeRequest,
  outcome: "passed" | "unchanged",
  matches: Protection["matches"],
  unreadable: ErrorCode | undefined,
): Protection {
  return { request: request.original, outcome, matches, tokens: 0, bodyBytes: undefined, unreadable };
}

/** Throws `marker_in_input` if the head holds a marker. The body's plan checks the body. */
function requireNoMarkersInHead({ recipients }: Policy, { uri, querystring, headers }: EdgeRequest): void {
  const fields = Object.entries(headers).flatMap(([name, values]) => [name, ...values.map(({ value }) => value)]);
  for (const text of [uri, querystring, ...fields]) requireNoMarkers(text, recipients);
}

function countMatches(rules: readonly Rule[], plans: readonly Plan[]): ReadonlyMap<Rule, readonly number[]> {
  const matches = new Map(rules.map((rule) => [rule, rule.selectors.map(() => 0)]));
  for (const { rule, selector } of plans.flatMap(({ found }) => found)) {
    const counts = matches.get(rule);
    if (counts !== undefined) counts[selector] = (counts[selector] ?? 0) + 1;
  }
  return matches;
}

/** Methods whose requests usually have a body (RFC 9110, section 9.3). */
const bodyMethods: ReadonlySet<string> = new Set(["POST", "PUT", "PATCH"]);

/** Throws `field_missing` if a required selector found nothing: a renamed field must not slip by. */
function requireFields({ method, body }: EdgeRequest, matches: ReadonlyMap<Rule, readonly number[]>): void {
  const expectsBody = body !== undefined || bodyMethods.has(method.toUpperCase());
  for (const [rule, counts] of matches) {
    rule.selectors.forEach(({ required, part }, index) => {
      if (!required || counts[index] !== 0 || (part === "body" && !expectsBody)) return;
      throw new FieldsealError("field_missing", { rule: rule.name });
    });
  }
}
