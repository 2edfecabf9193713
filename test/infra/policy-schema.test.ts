/** The published schema, the compiler and the README say the same about a policy. */
import { readFileSync } from "node:fs";
import { join, resolve } from "node:path";
import { describe, expect, test } from "@jest/globals";
import { Ajv2020 } from "ajv/dist/2020.js";
import { checkPolicy, compilePolicy } from "../../core/policy-check/check-policy.ts";
import { replaceReference } from "../../infra/policy-reference.ts";
import { type JsonSchema, policySchema } from "../../infra/policy-schema.ts";
import { formatPath, isList, type Json, listNodes, publicKeys, replaceAt, rightPolicies } from "../support/policies.ts";

const root = resolve(import.meta.dirname, "../..");
const read = (file: string): string => readFileSync(join(root, file), "utf8");
const validate = new Ajv2020({ strict: true, strictTypes: false, strictRequired: false }).compile(
  JSON.parse(read("policy/schema.json")),
);
const compiles = (policy: Json): boolean => checkPolicy(policy, publicKeys).policy !== undefined;

describe("what is made of the schema", () => {
  test("the published file", () => {
    expect(JSON.parse(read("policy/schema.json"))).toEqual(JSON.parse(JSON.stringify(policySchema)));
  });

  test("the README's reference", () => {
    expect(replaceReference(read("README.md"), policySchema)).toBe(read("README.md"));
  });

  test("a README without marks", () => {
    expect(() => replaceReference("# Fieldseal", policySchema)).toThrow(/must hold/);
  });
});

describe("the schema", () => {
  test("names its version, and no host of its own", () => {
    expect(policySchema.$id).toBe("urn:fieldseal:policy:1");
    expect(read("policy/schema.json").match(/https?:\/\/[^"`]+/g)).toEqual([
      "https://json-schema.org/draft/2020-12/schema",
      "https://host",
      "https://host:port",
    ]);
  });

  test("describes every setting", () => {
    const undescribed = listSettings(policySchema).filter(({ schema }) => (schema.description ?? "") === "");
    expect(undescribed.map(({ place }) => place)).toEqual([]);
  });

  test("accepts the sample, which refers to it", () => {
    const sample: Json = JSON.parse(read("policy/sample.json"));
    expect([validate(sample), validate.errors]).toEqual([true, null]);
    expect(sample).toMatchObject({ $schema: "./schema.json" });
  });

  test("has the compiler's defaults", () => {
    const [, policy = null] = rightPolicies;
    const given = replaceAt(policy, ["rules", 0, "token"], () => []);
    const standard = (object: JsonSchema | undefined): Readonly<Record<string, unknown>> =>
      Object.fromEntries(
        Object.entries(object?.properties ?? {}).flatMap(([name, schema]) =>
          schema.default === undefined ? [] : [[name, schema.default]],
        ),
      );
    const { dialect, ...rule } = standard(policySchema.$defs?.["rule"]);
    expect(compilePolicy(given, publicKeys)).toMatchObject({
      limits: standard(policySchema.properties?.["limits"]),
      rules: [{ ...rule, json: { select: { dialect } } }, {}],
    });
  });
});

describe("the schema and the compiler", () => {
  test.each(rightPolicies.map((policy) => [policy]))("accept the same right policies", (policy) => {
    expect([validate(policy), validate.errors, compiles(policy)]).toEqual([true, null, true]);
  });

  const objects = rightPolicies.flatMap((policy) =>
    listNodes(policy).flatMap(({ path, value }) =>
      typeof value === "object" && value !== null && !isList(value) ? [{ policy, path, place: formatPath(path) }] : [],
    ),
  );

  test("refuse unknown settings everywhere", () => {
    const accepted = objects.filter(({ policy, path }) => {
      const wrong = addMember(policy, path, "unknown", 1);
      return validate(wrong) || compiles(wrong);
    });
    expect(accepted.map(({ place }) => place)).toEqual([]);
  });

  test("know the same settings in each object", () => {
    const known = (object: JsonSchema | undefined): readonly string[] => Object.keys(object?.properties ?? {});
    const listed = (path: readonly (string | number)[]): readonly string[] => {
      const [policy = null] = rightPolicies;
      const { issues } = checkPolicy(addMember(policy, path, "~", 1), publicKeys);
      const reason = issues.find((issue) => issue.reason.includes('"~"'))?.reason ?? "";
      return reason.split("Allowed: ")[1]?.replace(/\.$/, "").split(", ") ?? [];
    };
    const { recipient, rule, pattern, bodySelector } = policySchema.$defs ?? {};
    const { limits, cors } = policySchema.properties ?? {};
    const detector = rule?.properties?.["detect"]?.items?.anyOf?.find(({ properties }) => properties !== undefined);
    const places: readonly (readonly [readonly (string | number)[], JsonSchema | undefined])[] = [
      [[], policySchema],
      [["recipients", 0], recipient],
      [["patterns", 0], pattern],
      [["rules", 0], rule],
      [["rules", 0, "body", 1], bodySelector?.anyOf?.[1]],
      [["rules", 0, "fields", 1], rule?.properties?.["fields"]?.items?.anyOf?.[1]],
      [["rules", 0, "detect", 2], detector],
      [["limits"], limits],
      [["cors"], cors],
    ];
    for (const [path, object] of places)
      expect([path, [...listed(path)].sort()]).toEqual([path, [...known(object)].sort()]);
  });

  /** What is wrong by itself: each of these both refuse, or both accept. */
  const others: readonly Json[] = [
    null,
    true,
    0,
    1,
    -1,
    0.5,
    1e12,
    "",
    "x",
    "X Y",
    "#",
    "é",
    "refuse",
    "report",
    "low",
    [],
    [1],
    ["x"],
    ["x", "x"],
    [["x"]],
    {},
    { a: 1 },
  ];

  test("a value that the schema refuses, the compiler refuses", () => {
    const differing = rightPolicies.flatMap((policy) =>
      listNodes(policy)
        .slice(1)
        .flatMap(({ path }) =>
          others.flatMap((other) => {
            const wrong = replaceAt(policy, path, (_, name) => [[name, other]]);
            return !validate(wrong) && compiles(wrong) ? [`${formatPath(path)} ${JSON.stringify(other)}`] : [];
          }),
        ),
    );
    expect(differing).toEqual([]);
  });

  test("a value of a wrong shape that the compiler refuses, the schema refuses", () => {
    const wrongShapes = [
      "Unknown setting",
      "The setting .* is missing",
      "Expected (?:a list|a string|true or false|a whole number|an object|one of|at least)",
      "This repeats",
      "version must",
    ];
    const shapeReasons = new RegExp(`^(?:${wrongShapes.join("|")})`);
    const differing = rightPolicies.flatMap((policy) =>
      listNodes(policy)
        .slice(1)
        .flatMap(({ path }) =>
          others.flatMap((other) => {
            const wrong = replaceAt(policy, path, (_, name) => [[name, other]]);
            if (!validate(wrong)) return [];
            const reasons = checkPolicy(wrong, publicKeys)
              .issues.filter(({ severity }) => severity === "error")
              .map(({ reason }) => reason);
            return reasons
              .filter((reason) => shapeReasons.test(reason))
              .map((reason) => `${formatPath(path)} ${JSON.stringify(other)}: ${reason}`);
          }),
        ),
    );
    expect(differing).toEqual([]);
  });

  test("refuse what is left out", () => {
    const differing = rightPolicies.flatMap((policy) =>
      listNodes(policy)
        .slice(1)
        .flatMap(({ path }) => {
          const without = replaceAt(policy, path, () => []);
          return !validate(without) && compiles(without) ? [formatPath(path)] : [];
        }),
    );
    expect(differing).toEqual([]);
  });
});

function addMember(policy: Json, path: readonly (string | number)[], name: string, value: Json): Json {
  if (path.length === 0) return { ...Object(policy), [name]: value };
  return replaceAt(policy, path, (object, at) => [[at, { ...Object(object), [name]: value }]]);
}

interface Setting {
  readonly place: string;
  readonly schema: JsonSchema;
}

function listSettings(schema: JsonSchema, place = ""): readonly Setting[] {
  const { properties = {}, items, anyOf = [], $defs = {} } = schema;
  const own = Object.entries(properties).map(([name, setting]) => ({ place: `${place}.${name}`, schema: setting }));
  const below: readonly (readonly [string, JsonSchema])[] = [
    ...own.map((setting) => [setting.place, setting.schema] as const),
    ...Object.entries($defs).map(([name, definition]) => [name, definition] as const),
    ...anyOf.map((form) => [place, form] as const),
    ...(items === undefined ? [] : [[`${place}[]`, items] as const]),
  ];
  return [...own, ...below.flatMap(([at, inner]) => listSettings(inner, at))];
}
