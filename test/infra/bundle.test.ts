import { spawnSync } from "node:child_process";
import { createPublicKey, generateKeyPairSync } from "node:crypto";
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { createRequire } from "node:module";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { afterAll, describe, expect, jest, test } from "@jest/globals";
import forge from "node-forge";
import { buildBundles } from "../../infra/bundle.ts";
import { makeEvent } from "../support/edge.ts";

const root = resolve(import.meta.dirname, "../..");
const folder = mkdtempSync(join(tmpdir(), "fieldseal-bundle-"));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const recipient = {
  id: "01",
  keyArn: "arn:aws:kms:eu-central-1:111122223333:key/00000000-0000-4000-8000-000000000001",
  publicKeyFile: "key.pem",
  prefix: "#01#",
  suffix: "#10#",
};
const rule = { path: "/people/**", recipient: "01", body: ["$[*].ssn"] };
const policy = { version: 1, otherwise: "pass", recipients: [recipient], rules: [rule] };

const goodKey = readFileSync(join(root, "policy/keys/01.pem"), "utf8");
let cases = 0;

/** Writes a policy and its key into a folder of their own. */
function writePolicy(text: string, key = goodKey): { readonly policyFile: string; readonly outDir: string } {
  const name = join(folder, `case-${++cases}`);
  writeFileSync(`${name}.json`, text);
  writeFileSync(join(folder, `${cases}.pem`), key);
  return { policyFile: `${name}.json`, outDir: `${name}-out` };
}

function withKey(key: string): ReturnType<typeof writePolicy> {
  const text = JSON.stringify({ ...policy, recipients: [{ ...recipient, publicKeyFile: `${cases + 1}.pem` }] });
  return writePolicy(text, key);
}

describe("bundles", () => {
  test("the edge's holds no SDK, no node-forge, no private key, and is small", async () => {
    const outDir = join(folder, "sample");
    await buildBundles({ policyFile: join(root, "policy/sample.json"), outDir });
    const edge = readFileSync(join(outDir, "edge/index.js"), "utf8");
    const forbidden = ["@aws-sdk", "@smithy", "KMSClient", "forge", "PRIVATE KEY", "toPathString", "node:vm"];
    expect(forbidden.filter((text) => edge.includes(text))).toEqual([]);
    expect(edge.includes("BEGIN PUBLIC KEY")).toBe(true);
    expect(edge.length).toBeLessThan(60_000);
    expect(existsSync(join(outDir, "decryptor/index.js"))).toBe(true);
  });

  test("jsonpath-plus is shipped where a rule asks for it, without node's vm", async () => {
    const paths = withKey(goodKey);
    const text = JSON.stringify({
      ...policy,
      recipients: [{ ...recipient, publicKeyFile: `${cases}.pem` }],
      rules: [{ ...rule, dialect: "jsonpath-plus", body: ["$..ssn^"] }],
    });
    writeFileSync(paths.policyFile, text);
    await buildBundles(paths);
    const edge = readFileSync(join(paths.outDir, "edge/index.js"), "utf8");
    expect(edge.includes("toPathString")).toBe(true);
    expect(/require\("(?:node:)?vm"\)/.test(edge)).toBe(false);
  });
});

test("a bundle holds what its policy asks for, and works", async () => {
  const paths = withKey(goodKey);
  const rules = [
    { path: "/people", recipient: "01", fields: ["ssn"], xml: ["//c"], detect: ["card", "email", "iban", "us-ssn"] },
  ];
  writeFileSync(
    paths.policyFile,
    JSON.stringify({ ...policy, recipients: [{ ...recipient, publicKeyFile: `${cases}.pem` }], rules }),
  );
  await buildBundles(paths);
  const { handler } = createRequire(join(root, "package.json"))(join(paths.outDir, "edge/index.js"));
  const log = jest.spyOn(process.stdout, "write").mockImplementation(() => true);
  for (const [contentType, body] of [
    ["application/json", '{"ssn":"1","x":"4111111111111111"}'],
    ["application/x-ndjson", '{"ssn":"1"}\n'],
    ["application/x-www-form-urlencoded", "ssn=1"],
    ["multipart/form-data; boundary=b", '--b\r\nContent-Disposition: form-data; name="ssn"\r\n\r\n1\r\n--b--'],
    ["text/xml", "<a><c>1</c></a>"],
    ["text/csv", "ssn\n1\n"],
    ["text/plain", "a@b.co"],
  ] as const) {
    const result = await handler(makeEvent({ body, headers: { "content-type": contentType } }));
    expect(Buffer.from(result.body.data, "base64").toString()).toMatch(/(?:#|%23)01/);
  }
  log.mockRestore();
});

describe("report mode", () => {
  const load = (outDir: string): ((event: unknown) => Promise<unknown>) =>
    createRequire(join(root, "package.json"))(join(outDir, "edge/index.js")).handler;
  const writeRules = (rules: readonly object[]): ReturnType<typeof writePolicy> => {
    const paths = withKey(goodKey);
    writeFileSync(
      paths.policyFile,
      JSON.stringify({ ...policy, recipients: [{ ...recipient, publicKeyFile: `${cases}.pem` }], rules }),
    );
    return paths;
  };

  test("is shipped where a policy uses it only, and works", async () => {
    const enforced = writeRules([{ path: "/people", recipient: "01", body: ["$.a"] }]);
    const mixed = writeRules([
      { path: "/people", recipient: "01", body: ["$.a"] },
      { name: "new", mode: "report", path: "/people", recipient: "01", fields: ["c"], detect: ["card"] },
    ]);
    const log = jest.spyOn(process.stdout, "write").mockImplementation(() => true);
    await buildBundles(enforced);
    expect(readFileSync(join(enforced.outDir, "edge/index.js"), "utf8").includes("outsideMore")).toBe(false);
    const size = readFileSync(join(enforced.outDir, "edge/index.js")).length;
    for (const { input, report } of [
      { input: mixed, report: { rules: ["new"], outcome: "protected", tokens: 2, outside: { "body:b": { card: 1 } } } },
      {
        input: { ...enforced, reportFile: mixed.policyFile, outDir: join(folder, "beside") },
        report: { policy: `case-${cases}.json`, rules: ["0", "new"], outcome: "protected", tokens: 3 },
      },
    ]) {
      await buildBundles(input);
      expect(readFileSync(join(input.outDir, "edge/index.js")).length).toBeGreaterThan(size);
      log.mockClear();
      const result = await load(input.outDir)(makeEvent({ body: '{"a":"1","b":"4111111111111111","c":"3"}' }));
      const body = Buffer.from(Object(result).body.data, "base64").toString();
      expect(body).toMatch(/^\{"a":"#01#[^"]+","b":"4111111111111111","c":"3"\}$/);
      expect(JSON.parse(String(log.mock.calls[0]?.[0])).reports).toMatchObject([report]);
    }
    log.mockRestore();
  });
});

describe("keys that are refused", () => {
  const rsa = (modulusLength: number, publicExponent = 65_537): string =>
    generateKeyPairSync("rsa", { modulusLength, publicExponent })
      .publicKey.export({ type: "spki", format: "pem" })
      .toString();
  test.each([
    ["RSA 1024", () => rsa(1024), /2048, 3072 or 4096/],
    ["exponent 3", () => rsa(2048, 3), /exponent/],
    [
      "elliptic curve",
      () =>
        generateKeyPairSync("ec", { namedCurve: "P-256" }).publicKey.export({ type: "spki", format: "pem" }).toString(),
      /RSA public key/,
    ],
    [
      "private key",
      () =>
        generateKeyPairSync("rsa", { modulusLength: 2048 })
          .privateKey.export({ type: "pkcs8", format: "pem" })
          .toString(),
      /private key/,
    ],
    ["PKCS #1", () => createPublicKey(goodKey).export({ type: "pkcs1", format: "pem" }).toString(), /BEGIN PUBLIC KEY/],
    ["two keys", () => goodKey + goodKey, /one PEM block/],
    ["no key", () => "hello", /RSA public key/],
    ["empty", () => "", /RSA public key/],
  ])("%s", async (_, makeKey, reason) => {
    const paths = withKey(makeKey());
    await expect(buildBundles(paths)).rejects.toThrow(reason);
    expect(existsSync(paths.outDir)).toBe(false);
  });

  test("node-forge and node:crypto read the same modulus", () => {
    const { n } = createPublicKey(goodKey).export({ format: "jwk" });
    expect(Buffer.from(String(n), "base64url").toString("hex")).toBe(
      forge.pki.publicKeyFromPem(goodKey).n.toString(16),
    );
  });
});

describe("the command", () => {
  const run = (...args: readonly string[]): ReturnType<typeof spawnSync> =>
    spawnSync(process.execPath, [join(root, "infra/build.ts"), ...args], { encoding: "utf8" });

  test.each([
    ["misspelt setting", JSON.stringify({ ...policy, otherwize: "pass" }), /\$.*otherwize/],
    [
      "misspelt selector",
      JSON.stringify({ ...policy, rules: [{ ...rule, body: ["$[*.ssn"] }] }),
      /\$\.rules\[0\]\.body\[0\]/,
    ],
    [
      "no key file",
      JSON.stringify({ ...policy, recipients: [{ ...recipient, publicKeyFile: "none.pem" }] }),
      /none\.pem/,
    ],
    ["not JSON", '{"version": 1,\n oops', /line 2/],
    ["a member twice", '{"version": 1, "version": 1}', /version/],
  ])("%s: exit code 1, place and reason, and no output", (_, text, reason) => {
    const { policyFile, outDir } = writePolicy(text.replace("key.pem", `${cases + 1}.pem`));
    const { status, stderr } = run("--policy", policyFile, "--out", outDir);
    expect(status).toBe(1);
    expect(String(stderr)).toMatch(reason);
    expect(String(stderr)).not.toContain("    at ");
    expect(existsSync(outDir)).toBe(false);
  });

  test("an unknown option", () => {
    expect(run("--polcy", "x").status).toBe(1);
  });
});
