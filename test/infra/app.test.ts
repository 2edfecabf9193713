/** The app as `cdk` runs it, with settings as the command line gives them. */
import { spawnSync } from "node:child_process";
import { createHash } from "node:crypto";
import { cpSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { afterAll, beforeAll, expect, test } from "@jest/globals";
import { type AppRun, listStacks, runApp } from "../support/app.ts";
import { nextPublicKeyPem } from "../support/rsa-keys.ts";

const root = resolve(import.meta.dirname, "../..");
const folder = mkdtempSync(join(tmpdir(), "fieldseal-app-"));
const policy = join(folder, "policy.json");
const copied = join(folder, "copied.json");
let runs = 0;
afterAll(() => rmSync(folder, { recursive: true, force: true }));

function writePolicy(file: string, pem: string, id: string): void {
  const keyArn = "arn:aws:kms:eu-central-1:111122223333:key/00000000-0000-4000-8000-000000000007";
  const spki = Buffer.from(pem.replace(/-----[^-]*-----|\s/g, ""), "base64");
  const fingerprint = createHash("sha256").update(spki).digest("hex");
  const facts = {
    keyArn,
    fingerprint,
    keySpec: "RSA_2048",
    keyUsage: "ENCRYPT_DECRYPT",
    encryptionAlgorithms: ["RSAES_OAEP_SHA_256"],
    fetched: "2026-11-24",
  };
  writeFileSync(join(folder, `${id}.pem`), pem);
  writeFileSync(join(folder, `${id}.json`), JSON.stringify(facts));
  const recipients = [{ id, keyArn, publicKeyFile: `${id}.pem`, prefix: "#01#", suffix: "#10#" }];
  writeFileSync(
    file,
    JSON.stringify({
      version: 1,
      otherwise: "pass",
      recipients,
      rules: [{ path: "/people/**", recipient: id, fields: ["ssn"] }],
    }),
  );
}

beforeAll(() => {
  writePolicy(policy, nextPublicKeyPem(2048), "own");
  writePolicy(copied, readFileSync(join(root, "policy/keys/01.pem"), "utf8"), "mine");
});

const synthesise = (context: Readonly<Record<string, unknown>>): Promise<AppRun> =>
  runApp(context, join(folder, `out-${++runs}`));

/** The same, in a process of its own, as `cdk` starts it. */
function spawnApp(context: Readonly<Record<string, unknown>>): AppRun {
  const outdir = join(folder, `out-${++runs}`);
  const { app, context: ours } = JSON.parse(readFileSync(join(root, "cdk.json"), "utf8"));
  const [, file = ""] = /^node (\S+)$/.exec(app) ?? [];
  const env = {
    PATH: process.env["PATH"] ?? "",
    CDK_OUTDIR: outdir,
    CDK_CONTEXT_JSON: JSON.stringify({ ...ours, ...context }),
  };
  const { status, stderr } = spawnSync(join(root, "node_modules/node/bin/node"), [file], {
    cwd: root,
    env,
    encoding: "utf8",
  });
  return { status, stderr, stacks: listStacks(outdir) };
}

test("as `cdk` starts it", () => {
  expect(spawnApp({ part: "keys" })).toMatchObject({ status: 0, stacks: ["fieldseal-sample-keys"] });
  const { status, stderr, stacks } = spawnApp({ stage: "prod", policy });
  expect(stderr).toMatch(/originDomain/);
  expect(stderr).not.toMatch(/^\s+at /m);
  expect({ status, stacks }).toEqual({ status: 1, stacks: [] });
}, 120_000);

test.each<readonly [string, Readonly<Record<string, unknown>>, readonly string[]]>([
  ["the keys of stage sample", { part: "keys" }, ["fieldseal-sample-keys"]],
  ["keys of a stage that has none", { stage: "dev", part: "keys", keyRegion: "eu-west-1" }, ["fieldseal-dev-keys"]],
  [
    "without an origin, for a distribution that is there",
    { stage: "prod", policy, distribution: "existing" },
    ["edge", "keys", "reader", "watch"].map((name) => `fieldseal-prod-${name}`),
  ],
])(
  "%s",
  async (_, context, expected) => {
    expect(await synthesise(context)).toMatchObject({ status: 0, stacks: expected });
  },
  120_000,
);

test.each<readonly [string, Readonly<Record<string, unknown>>, RegExp]>([
  ["the sample's key in another stage", { stage: "prod" }, /public key belongs to the sample/],
  [
    "the sample's key under another name and id",
    { stage: "prod", policy: copied, originDomain: "origin.example.com" },
    /Recipient "mine": its public key belongs to the sample/,
  ],
  ["no origin", { stage: "prod", policy }, /originDomain.*Set -c originDomain/],
  [
    "a setting that is misspelt",
    { stage: "prod", policy, orginDomain: "origin.example.com" },
    /Did you mean "originDomain"/,
  ],
  ["no Region for keys", { stage: "prod", part: "keys" }, /keyRegion/],
  [
    "another Region than the keys'",
    { stage: "prod", policy, keyRegion: "us-west-2", distribution: "existing" },
    /keys cannot move/,
  ],
  ["a policy that is not there", { stage: "prod", policy: "policy/none.json" }, /none\.json/],
  ["a reason that is none", { acknowledge: { "Fieldseal::OriginNotPrivate": "ok" } }, /reason of 20 characters/],
])("%s is told, and nothing is made", async (_, context, reason) => {
  const { status, stderr, stacks } = await synthesise(context);
  expect(stderr).toMatch(reason);
  expect(stderr).not.toMatch(/^\s+at /m);
  expect({ status, stacks }).toEqual({ status: 1, stacks: [] });
});

test("a key that was changed after it was fetched", async () => {
  cpSync(join(folder, "own.pem"), join(folder, "kept"));
  cpSync(join(folder, "mine.pem"), join(folder, "own.pem"));
  expect(await synthesise({ stage: "prod", policy, distribution: "existing" })).toMatchObject({
    status: 1,
    stacks: [],
    stderr: expect.stringMatching(/fingerprint/),
  });
  cpSync(join(folder, "kept"), join(folder, "own.pem"));
});
