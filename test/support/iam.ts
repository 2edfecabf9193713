/**
 * Decides whether policies allow a request, as "Policy evaluation logic" of the IAM User Guide does within one account.
 */

export interface Statement {
  readonly Sid?: string;
  readonly Effect: "Allow" | "Deny";
  readonly Principal?: unknown;
  readonly Action: string | readonly string[];
  readonly Resource: unknown;
  readonly Condition?: Readonly<Record<string, Readonly<Record<string, string | readonly string[]>>>>;
}

export interface PlacedPolicy {
  readonly Statement: readonly Statement[];
}

export interface AccessRequest {
  readonly principal: string;
  readonly action: string;
  /** An ARN, or the logical id of the resource that a template's policies refer to. */
  readonly resource: string;
  readonly context?: Readonly<Record<string, string>>;
}

/** Both policies must allow, since the policy of a key names only the account. */
export function isAllowedByKey(
  keyPolicy: PlacedPolicy,
  identity: readonly PlacedPolicy[],
  request: AccessRequest,
): boolean {
  const account = request.principal.split(":")[4];
  const own = keyPolicy.Statement.map((statement) => ({ ...statement, Resource: request.resource }));
  const forAccount = own.filter(({ Principal }) =>
    JSON.stringify(Principal).includes(`"arn:aws:iam::${account}:root"`),
  );
  const denied = own.filter(
    ({ Effect, Principal }) => Effect === "Deny" && JSON.stringify(Principal) === '{"AWS":"*"}',
  );
  const isRoot = request.principal === `arn:aws:iam::${account}:root`;
  return allows(forAccount, request) && !denies(denied, request) && (isRoot || isAllowed(identity, request));
}

export function isAllowed(identity: readonly PlacedPolicy[], request: AccessRequest): boolean {
  const statements = identity.flatMap(({ Statement }) => Statement);
  return allows(statements, request) && !denies(statements, request);
}

function allows(statements: readonly Statement[], request: AccessRequest): boolean {
  return statements.some((statement) => statement.Effect === "Allow" && applies(statement, request));
}

function denies(statements: readonly Statement[], request: AccessRequest): boolean {
  return statements.some((statement) => statement.Effect === "Deny" && applies(statement, request));
}

function applies(
  { Action, Resource, Condition = {} }: Statement,
  { principal, action, resource, context = {} }: AccessRequest,
): boolean {
  const facts: Readonly<Record<string, string>> = {
    "aws:PrincipalArn": principal,
    "kms:CallerAccount": principal.split(":")[4] ?? "",
    ...context,
  };
  return (
    [Action].flat().some((pattern) => isLike(pattern, action)) &&
    [Resource].flat().some((pattern) => isLike(nameOf(pattern), resource)) &&
    Object.entries(Condition).every(([operator, keys]) =>
      Object.entries(keys).every(([key, values]) => holds(operator, facts[key], [values].flat().map(nameOf))),
    )
  );
}

function holds(operator: string, fact: string | undefined, values: readonly string[]): boolean {
  const some = (matches: (value: string) => boolean): boolean => fact !== undefined && values.some(matches);
  switch (operator) {
    case "StringEquals":
    case "Bool":
      return some((value) => value === fact);
    case "StringNotEquals":
      return !some((value) => value === fact);
    case "StringLike":
    case "ArnLike":
    case "ArnEquals":
      return some((value) => isLike(value, fact ?? ""));
    case "ArnNotLike":
      return !some((value) => isLike(value, fact ?? ""));
    default:
      throw new TypeError(`no operator ${operator}`);
  }
}

function isLike(pattern: string, text: string): boolean {
  return new RegExp(
    `^${pattern
      .replace(/[.+^${}()|[\]\\]/g, "\\$&")
      .replaceAll("*", ".*")
      .replaceAll("?", ".")}$`,
    "s",
  ).test(text);
}

/** The logical id that an intrinsic function names, or the text itself. */
function nameOf(value: unknown): string {
  if (typeof value === "string") return value;
  const { Ref, "Fn::GetAtt": attribute, "Fn::Join": join }: Readonly<Record<string, unknown>> = Object(value);
  if (typeof Ref === "string") return Ref;
  if (Array.isArray(attribute)) return String(attribute[0]);
  if (Array.isArray(join)) return (join[1] as readonly unknown[]).map(nameOf).join("");
  return JSON.stringify(value);
}
