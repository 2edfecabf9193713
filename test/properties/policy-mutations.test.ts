/**
 * Mutates valid policies. Each mutation is refused or changes the outcome; none is ignored.
 */
import { describe, expect, test } from "@jest/globals";
import fc from "fast-check";
import { checkPolicy, type PolicyCheck } from "../../core/policy-check/check-policy.ts";
import {
  formatPath,
  isList,
  type Json,
  listNodes,
  type Node,
  publicKeys,
  replaceAt,
  rightPolicies,
} from "../support/policies.ts";

const check = (policy: Json): PolicyCheck => checkPolicy(policy, publicKeys);

const errorsOf = (policy: Json): readonly string[] =>
  check(policy).issues.flatMap(({ severity, place, reason }) => (severity === "error" ? [`${place}: ${reason}`] : []));

/** The policy that a build embeds; `undefined` if it is refused. */
const outcomeOf = (policy: Json): string | undefined => {
  const compiled = check(policy).policy;
  return compiled === undefined ? undefined : JSON.stringify(compiled);
};

/** True if a mutation must have an effect. Only editors read `$schema`, and other code reads key files. */
const isMeaningful = ({ path }: Node): boolean => !["$schema", "publicKeyFile"].includes(String(path.at(-1)));

const nodes = rightPolicies.flatMap((policy) =>
  listNodes(policy)
    .slice(1)
    .map((node) => ({ policy, node, place: formatPath(node.path) })),
);
const members = nodes.filter(({ node }) => typeof node.path.at(-1) === "string");
const items = nodes.filter(({ node }) => typeof node.path.at(-1) === "number");

test.each(rightPolicies.map((policy) => [policy]))("the policies are valid and cause no warning", (policy) => {
  expect(check(policy).issues.map(({ place, reason }) => `${place}: ${reason}`)).toEqual([]);
});

describe("a setting whose name is misspelt", () => {
  const misspell: readonly (readonly [string, (name: string) => string])[] = [
    ["a letter short", (name) => name.slice(0, -1)],
    ["a letter more", (name) => `${name}s`],
    ["two letters swapped", (name) => `${name.charAt(1)}${name.charAt(0)}${name.slice(2)}`],
    ["in capitals", (name) => name.toUpperCase()],
  ];
  test.each(misspell)("%s is refused, with a hint at the right name", (_, change) => {
    const wrong = members.flatMap(({ policy, node, place }) => {
      const name = String(node.path.at(-1));
      const errors = errorsOf(replaceAt(policy, node.path, (value) => [[change(name), value]]));
      const told = errors.some(
        (error) =>
          error.includes(`Unknown setting ${JSON.stringify(change(name))}`) &&
          error.includes(`Did you mean ${JSON.stringify(name)}?`),
      );
      // `token` and `tokens` are each a misspelling of the other.
      const isOther = change(name) === "token" || change(name) === "tokens";
      return told || (isOther && errors.length > 0) ? [] : [`${place} ${change(name)}: ${errors.join(" | ")}`];
    });
    expect(wrong).toEqual([]);
  });
});

test("a setting that is left out causes an error, or changes the outcome", () => {
  const ignored = nodes.filter(
    ({ policy, node }) => isMeaningful(node) && outcomeOf(replaceAt(policy, node.path, () => [])) === outcomeOf(policy),
  );
  expect(ignored.map(({ place }) => place)).toEqual([]);
});

test("an item that occurs twice is refused, at its place", () => {
  const wrong = items.filter(({ policy, node }) => {
    const doubled = replaceAt(policy, node.path, (value, name) => [
      [name, value],
      [name, value],
    ]);
    const at = formatPath([...node.path.slice(0, -1), Number(node.path.at(-1)) + 1]);
    return !errorsOf(doubled).some((error) => error.startsWith(at));
  });
  expect(wrong.map(({ place }) => place)).toEqual([]);
});

describe("a value of another type", () => {
  test.each<readonly [string, Json]>([
    ["null", null],
    ["true", true],
    ["a number", 7],
    ["a fraction", 0.5],
    ["an empty text", ""],
    ["a text", "7"],
    ["an empty list", []],
    ["a list", [[]]],
    ["an empty object", {}],
    ["an object", { a: 1 }],
  ])("%s is refused", (_, other) => {
    const typeOf = (value: Json): string => (value === null ? "null" : isList(value) ? "list" : typeof value);
    const accepted = nodes.filter(({ policy, node }) => {
      const sameType = typeOf(node.value) === typeOf(other) && other !== "" && other !== 0.5;
      // A selector may be an object or a text.
      const isSelector =
        typeof other === "string" && other !== "" && /^\{"(?:select|detector)"/.test(JSON.stringify(node.value));
      return (
        !sameType &&
        !isSelector &&
        errorsOf(replaceAt(policy, node.path, (_value, name) => [[name, other]])).length === 0
      );
    });
    expect(accepted.map(({ place }) => place)).toEqual([]);
  });
});

test("a text, number or flag that differs is refused or changes the outcome", () => {
  const change = (value: Json, at: number, letter: string): Json => {
    if (typeof value === "boolean") return !value;
    if (typeof value === "number") return value + at + 1;
    const text = typeof value === "string" ? value : JSON.stringify(value);
    const place = at % (text.length + 1);
    return `${text.slice(0, place)}${letter}${text.slice(place + (at % 3))}`;
  };
  const scalars = nodes.filter(
    ({ node }) => isMeaningful(node) && (typeof node.value !== "object" || node.value === null),
  );
  fc.assert(
    fc.property(
      fc.nat(scalars.length - 1),
      fc.nat(40),
      fc.constantFrom("a", "X", "0", "-", "#", "é", " ", "$", "[", "*"),
      (index, at, letter) => {
        const scalar = scalars[index];
        if (scalar === undefined) return;
        const { policy, node } = scalar;
        const changed = change(node.value, at, letter);
        // `\\d{08}` is `\\d{8}`.
        fc.pre(changed !== node.value && !(typeof changed === "string" && changed.includes("{0")));
        const isIgnored = outcomeOf(replaceAt(policy, node.path, (_, name) => [[name, changed]])) === outcomeOf(policy);
        expect([scalar.place, changed, isIgnored]).toEqual([scalar.place, changed, false]);
      },
    ),
    { numRuns: 1_500 },
  );
});
