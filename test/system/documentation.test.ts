/**
 * What README.md prints is what works: its code compiles and synthesises, its sums are right, its settings are all of
 * them.
 */
import { spawnSync } from "node:child_process";
import { createHash, generateKeyPairSync } from "node:crypto";
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { afterAll, expect, test } from "@jest/globals";
import { contextSettings } from "../../infra/context.ts";

const root = resolve(import.meta.dirname, "../..");
const readme = readFileSync(join(root, "README.md"), "utf8");
const folder = mkdtempSync(join(tmpdir(), "fieldseal-readme-"));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

/** A policy of stage prod with a fetched key, as `keys fetch` leaves it. */
function writePolicy(): void {
  const { publicKey } = generateKeyPairSync("rsa", { modulusLength: 2048 });
  const keyArn = "arn:aws:kms:eu-central-1:111122223333:key/00000000-0000-4000-8000-000000000001";
  const fingerprint = createHash("sha256")
    .update(publicKey.export({ type: "spki", format: "der" }))
    .digest("hex");
  mkdirSync(join(folder, "policy/keys"), { recursive: true });
  writeFileSync(join(folder, "policy/keys/01.pem"), publicKey.export({ type: "spki", format: "pem" }));
  const facts = {
    keyArn,
    fingerprint,
    keySpec: "RSA_2048",
    keyUsage: "ENCRYPT_DECRYPT",
    encryptionAlgorithms: ["RSAES_OAEP_SHA_256"],
    fetched: "2026-11-24",
  };
  writeFileSync(join(folder, "policy/keys/01.json"), JSON.stringify(facts));
  const recipients = [{ id: "01", keyArn, publicKeyFile: "keys/01.pem", prefix: "#01#", suffix: "#10#" }];
  const rules = [{ path: "/people/**", recipient: "01", fields: ["ssn"] }];
  writeFileSync(join(folder, "policy/prod.json"), JSON.stringify({ version: 1, otherwise: "pass", recipients, rules }));
}

test("the distribution that is there already: the code compiles and synthesises as it is printed", () => {
  const [, code = ""] = /```ts\n([^`]+)```/.exec(readme) ?? [];
  expect(code).toContain("new EdgeFunction(");
  writePolicy();
  for (const name of ["core", "edge", "decryptor", "infra", "local", "node_modules"]) {
    mkdirSync(join(folder, "fieldseal"), { recursive: true });
    symlinkSync(join(root, name), join(folder, "fieldseal", name));
  }
  symlinkSync(join(root, "node_modules"), join(folder, "node_modules"));
  writeFileSync(join(folder, "package.json"), '{"type":"module"}');
  writeFileSync(join(folder, "app.ts"), code);
  const config = JSON.parse(readFileSync(join(root, "tsconfig.json"), "utf8"));
  writeFileSync(
    join(folder, "tsconfig.json"),
    JSON.stringify({
      ...config,
      include: ["app.ts"],
      compilerOptions: { ...config.compilerOptions, types: ["node"], preserveSymlinks: true },
    }),
  );
  const compiled = spawnSync(join(root, "node_modules/.bin/tsc"), ["--noEmit", "-p", folder], { encoding: "utf8" });
  expect(compiled.stdout).toBe("");
  expect(compiled.status).toBe(0);
  const env = { PATH: process.env["PATH"] ?? "", CDK_OUTDIR: join(folder, "cdk.out") };
  const ran = spawnSync(join(root, "node_modules/node/bin/node"), ["app.ts"], { cwd: folder, encoding: "utf8", env });
  expect(ran.status).toBe(0);
  expect(readdirSync(join(folder, "cdk.out"))).toContain("Api.template.json");
  const { pluginReports } = JSON.parse(readFileSync(join(folder, "cdk.out/validation-report.json"), "utf8"));
  const found = pluginReports
    .filter(({ pluginName }: { pluginName: string }) => pluginName === "Fieldseal")
    .flatMap(({ violations }: { violations: readonly { ruleName: string }[] }) =>
      violations.map(({ ruleName }) => ruleName),
    );
  expect(found).toEqual(["MinimumTls", "OriginNotPrivate"]);
}, 120_000);

test("the cost of a million requests is the sum of its parts", () => {
  const costs = (row: string): readonly number[] => {
    const line = readme.split("\n").find((each) => each.startsWith(`| ${row}`)) ?? "";
    return line
      .split("|")
      .slice(3, 5)
      .map((cell) => Number(/\$([\d.]+)\D*$/.exec(cell)?.[1]));
  };
  const parts = ["Edge, requests", "Edge, time", "Edge, logs", "KMS, RSA 2048"].map(costs);
  const sums = [0, 1].map((column) => parts.reduce((sum, part) => sum + (part[column] ?? NaN), 0));
  expect(costs("**Sum").map((sum) => sum.toFixed(2))).toEqual(sums.map((sum) => sum.toFixed(2)));
  expect(parts.map(([direct]) => direct)).toEqual([
    0.6,
    Number((1e6 * 0.002 * 1.728 * 0.00005001).toFixed(2)),
    0.5,
    (6e6 / 10_000) * 0.03,
  ]);
});

test("every setting of the context is explained", () => {
  const missing = Object.keys(contextSettings).filter(
    (name) => !readme.includes(`\`${name}\``) && !readme.includes(`-c ${name}=`),
  );
  expect(missing).toEqual([]);
});
