/** Right policies that give each setting a value other than its default. Tests change them to make wrong policies. */
import { keys } from "./edge.ts";

export const publicKeys: ReadonlyMap<string, string> = new Map(keys.map(({ id, publicKeyPem }) => [id, publicKeyPem]));

const [first, second] = keys.map(({ id, keyArn, prefix, suffix }) => ({
  id,
  keyArn,
  publicKeyFile: `${id}.pem`,
  prefix,
  suffix,
}));

export type Json = null | boolean | number | string | readonly Json[] | { readonly [name: string]: Json };

/** A copy without types. */
function toJson(value: unknown): Json {
  return JSON.parse(JSON.stringify(value));
}

export const rightPolicies: readonly Json[] = [
  toJson({
    $schema: "./schema.json",
    version: 1,
    otherwise: "refuse",
    recipients: [first, second],
    patterns: [
      {
        name: "customer-id",
        pattern: "C-\\d{8}",
        ignoreCase: true,
        checksum: "luhn",
        context: ["customer", "client"],
        needsContext: true,
      },
      { name: "order", pattern: "O[0-9]{6}" },
    ],
    rules: [
      {
        name: "people",
        path: "/people/**",
        methods: ["POST", "PUT"],
        recipient: "01",
        label: "person",
        contentKey: "field",
        tokens: "accept",
        body: [
          "$[*].ssn",
          { select: "$[*].name.first", required: true },
          { select: "$.payload", inside: ["$.card.number", { select: "$.iban", required: true }] },
        ],
        fields: ["email", { select: "person.dob", required: true }],
        xml: ["/order/customer", { select: "//iban/@value", required: true }],
        detect: [
          "card",
          "customer-id",
          {
            detector: "email",
            confidence: "high",
            allow: ["*@example.com", "test@example.org"],
            context: ["reply"],
            needsContext: true,
            exempt: ["meta.trace"],
          },
          "order",
        ],
        detectIn: ["body", "query"],
        exempt: ["notes", "debug.raw"],
        query: ["ssn", { select: "card*", required: true }],
        headers: ["x-customer", { select: "x-private-*", required: true }],
        cookies: ["sid", { select: "token", required: true }],
        unreadable: "scan",
      },
      {
        name: "accounts",
        mode: "report",
        path: "/accounts/{account}/cards/{card}/*",
        methods: ["DELETE", "PATCH"],
        recipient: "02",
        token: "sealed",
        dialect: "jsonpath-plus",
        body: ["$.number", "$..owner^"],
        segments: ["account", { select: "card", required: true }],
        format: "json",
        unreadable: "pass",
      },
    ],
    limits: { depth: 100, fields: 1_000, work: 1_000_000, decoded: 2_000_000 },
    cors: { origins: ["https://a.example", "http://localhost:8080"] },
  }),
  toJson({
    version: 1,
    otherwise: "pass",
    recipients: [first],
    rules: [
      {
        path: "/people/**",
        recipient: "01",
        token: "direct",
        body: ["$[*].fname", "$[?@.type == 'person' && @.age > 17].ssn"],
      },
      { path: "/orders", recipient: "01", xml: ["/order/card"], format: "xml" },
    ],
  }),
];

/** A place in a JSON value: the names and numbers that lead to it. */
export type Path = readonly (string | number)[];

export interface Node {
  readonly path: Path;
  readonly value: Json;
}

/** Every value, the root first. */
export function listNodes(value: Json, path: Path = []): readonly Node[] {
  const children: readonly (readonly [string | number, Json])[] =
    typeof value !== "object" || value === null
      ? []
      : isList(value)
        ? value.map((item, index) => [index, item] as const)
        : Object.entries(value);
  return [{ path, value }, ...children.flatMap(([name, child]) => listNodes(child, [...path, name]))];
}

export function isList(value: Json): value is readonly Json[] {
  return Array.isArray(value);
}

/** A copy with another value at a place; `edit` gives what is there instead: nothing, one value, or several. */
export function replaceAt(
  value: Json,
  [step, ...rest]: Path,
  edit: (value: Json, name: string | number) => readonly (readonly [string | number, Json])[],
): Json {
  if (step === undefined || typeof value !== "object" || value === null) return value;
  const change = ([name, child]: readonly [string | number, Json]): readonly (readonly [string | number, Json])[] =>
    String(name) !== String(step)
      ? [[name, child]]
      : rest.length === 0
        ? edit(child, step)
        : [[name, replaceAt(child, rest, edit)]];
  if (isList(value)) return value.flatMap((child, index) => change([index, child]).map(([, changed]) => changed));
  return Object.fromEntries(Object.entries(value).flatMap(change));
}

/** As messages write it. */
export function formatPath(path: Path): string {
  return path.reduce<string>((text, step) => (typeof step === "number" ? `${text}[${step}]` : `${text}.${step}`), "$");
}
