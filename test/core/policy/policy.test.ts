import { describe, expect, test } from "@jest/globals";
import { allModules } from "../../../core/policy/all-modules.ts";
import { loadPolicy } from "../../../core/policy/policy.ts";
import { compilePolicy } from "../../../core/policy-check/check-policy.ts";
import { keys, makePolicy, makeTestKey } from "../../support/edge.ts";

const pems = new Map(keys.map(({ id, publicKeyPem }) => [id, publicKeyPem]));
const recipients = keys.map(({ id, keyArn, prefix, suffix }) => ({
  id,
  keyArn,
  prefix,
  suffix,
  publicKeyFile: `${id}.pem`,
}));
const [first, second] = recipients;
const rule = { path: "/people", recipient: "01", body: ["$.ssn"] };
const good = { version: 1, otherwise: "pass", recipients, rules: [rule] };

describe("mistakes are refused with place and reason", () => {
  test.each<readonly [string, unknown, string]>([
    ["nothing", undefined, "$"],
    ["a list", [], "$"],
    ["no version", { ...good, version: undefined }, "$.version"],
    ["another version", { ...good, version: 2 }, "$.version"],
    ["no otherwise", { version: 1, recipients, rules: [rule] }, "otherwise"],
    ["another otherwise", { ...good, otherwise: "allow" }, "$.otherwise"],
    ["a mistyped setting", { ...good, limit: {} }, '"limit"'],
    ["no recipients", { ...good, recipients: [] }, "$.recipients"],
    ["an id twice", { ...good, recipients: [first, { ...second, id: "01" }] }, "$.recipients"],
    ["a KMS key twice", { ...good, recipients: [first, { ...second, keyArn: first?.keyArn }] }, "KMS key"],
    ["an alias for a key", { ...good, recipients: [{ ...first, keyArn: "alias/a" }] }, "keyArn"],
    ["a short marker", { ...good, recipients: [{ ...first, prefix: "#1#" }] }, "$.recipients"],
    ["a long marker", { ...good, recipients: [{ ...first, prefix: `#${"a".repeat(15)}#` }] }, "$.recipients"],
    ["a marker with a blank", { ...good, recipients: [{ ...first, prefix: "#0 1#" }] }, "$.recipients"],
    ["a marker that begins plainly", { ...good, recipients: [{ ...first, prefix: "01##" }] }, "$.recipients"],
    ["a marker that ends plainly", { ...good, recipients: [{ ...first, suffix: "##01" }] }, "$.recipients"],
    ["prefix and suffix alike", { ...good, recipients: [{ ...first, suffix: first?.prefix }] }, "$.recipients"],
    [
      "a marker within another marker",
      { ...good, recipients: [first, { ...second, suffix: "#x#01#" }] },
      "$.recipients",
    ],
    ["no rules", { ...good, rules: [] }, "$.rules"],
    ["an unknown recipient", { ...good, rules: [{ ...rule, recipient: "03" }] }, "$.rules[0].recipient"],
    ["no selectors", { ...good, rules: [{ ...rule, body: [] }] }, "$.rules[0].body"],
    ["a selector that does not parse", { ...good, rules: [{ ...rule, body: ["$.a", "$.b["] }] }, "$.rules[0].body[1]"],
    ["a selector that is not a string", { ...good, rules: [{ ...rule, body: [7] }] }, "$.rules[0].body[0]"],
    ["a path without a slash", { ...good, rules: [{ ...rule, path: "people" }] }, "$.rules[0].path"],
    ["a path with an escape", { ...good, rules: [{ ...rule, path: "/%70eople" }] }, "$.rules[0].path"],
    ["a path with a dot segment", { ...good, rules: [{ ...rule, path: "/a/../b" }] }, "$.rules[0].path"],
    ["a path with ** in a segment", { ...good, rules: [{ ...rule, path: "/a**" }] }, "$.rules[0].path"],
    ["a method in small letters", { ...good, rules: [{ ...rule, methods: ["post"] }] }, "$.rules[0].methods[0]"],
    ["no methods", { ...good, rules: [{ ...rule, methods: [] }] }, "$.rules[0].methods"],
    ["another token", { ...good, rules: [{ ...rule, token: "jwe" }] }, "$.rules[0].token"],
    ["a label with a blank", { ...good, rules: [{ ...rule, label: "a b" }] }, "$.rules[0].label"],
    ["a label on a direct token", { ...good, rules: [{ ...rule, label: "a", token: "direct" }] }, "$.rules[0].label"],
    ["an unknown dialect", { ...good, rules: [{ ...rule, dialect: "xpath" }] }, "$.rules[0].dialect"],
    ["a mistyped rule setting", { ...good, rules: [{ ...rule, lable: "a" }] }, "$.rules[0]"],
    [
      "a rule name twice",
      {
        ...good,
        rules: [
          { ...rule, name: "a" },
          { ...rule, name: "a" },
        ],
      },
      "rule name",
    ],
    ["a limit of 0", { ...good, limits: { depth: 0 } }, "$.limits.depth"],
    ["a limit beyond the highest", { ...good, limits: { depth: 4_001 } }, "$.limits.depth"],
    ["a limit that is no integer", { ...good, limits: { work: 1.5 } }, "$.limits.work"],
    ["an origin with a path", { ...good, cors: { origins: ["https://a.example/"] } }, "$.cors.origins[0]"],
    ["any origin", { ...good, cors: { origins: ["*"] } }, "$.cors.origins[0]"],
  ])("%s", (_, value, place) => {
    expect(() => compilePolicy(value, pems)).toThrow(
      expect.objectContaining({
        code: expect.stringMatching(/^(policy|recipient)_invalid$/),
        message: expect.stringContaining(place),
      }),
    );
  });

  test("a public key twice", () => {
    const [one] = keys;
    const same = new Map(recipients.map(({ id }) => [id, one.publicKeyPem]));
    expect(() => compilePolicy(good, same)).toThrow(/public key/);
  });

  test("a recipient without a public key", () => {
    expect(() => compilePolicy(good, new Map())).toThrow(/The public key of recipient "01" is missing/);
  });
});

describe("recipients", () => {
  test.each([
    [2048, 256, 190],
    [3072, 384, 318],
    [4096, 512, 446],
  ])("RSA %i: %i bytes of ciphertext, %i of plaintext", (bits, byteCount, capacity) => {
    const key = makeTestKey("01", bits);
    const compiled = compilePolicy(
      { ...good, recipients: [first], rules: [rule] },
      new Map([["01", key.publicKeyPem]]),
    );
    const { recipients: parsed } = loadPolicy(compiled, allModules);
    expect(parsed[0]).toMatchObject({ modulusBytes: byteCount, capacity });
    expect(parsed[0]?.encrypt(Buffer.alloc(capacity)).length).toBe(byteCount);
    expect(() => parsed[0]?.encrypt(Buffer.alloc(capacity + 1))).toThrow();
  });
});

describe("settings that a rule leaves out", () => {
  test("have their defaults", () => {
    expect(makePolicy([{ body: ["$.a"] }])).toMatchObject({
      limits: { depth: 1_000, fields: 5_000, work: 10_000_000 },
      rules: [{ name: "0", token: "auto", contentKey: "request", tokens: "refuse" }],
    });
  });

  test("a label implies a sealed token", () => {
    expect(makePolicy([{ body: ["$.a"], label: "a.b" }])).toMatchObject({ rules: [{ token: "sealed", label: "a.b" }] });
  });
});
