/** The shell scripts, with an `aws` that writes down what it is asked and plays KMS's part of an import. */
import { spawnSync } from "node:child_process";
import { constants, createDecipheriv, createPrivateKey, generateKeyPairSync, privateDecrypt } from "node:crypto";
import { chmodSync, existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { afterAll, beforeEach, describe, expect, test } from "@jest/globals";
import { nextPrivateKeyPem, publicKeyPemOf } from "../support/rsa-keys.ts";

const root = resolve(import.meta.dirname, "../..");
const folder = mkdtempSync(join(tmpdir(), "fieldseal-scripts-"));
const calls = join(folder, "calls");
beforeEach(() => rmSync(calls, { force: true }));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

/** `cases` are branches of a shell `case` over the arguments. */
function run(script: string, args: readonly string[], cases: string, env: Readonly<Record<string, string>> = {}) {
  const aws = join(folder, "aws");
  writeFileSync(aws, `#!/bin/sh\necho "$*" >>"${calls}"\ncase "$*" in\n${cases}\n*) ;;\nesac\n`);
  chmodSync(aws, 0o755);
  const path = `${folder}:${process.env["PATH"] ?? ""}`;
  const { status, stdout, stderr } = spawnSync(join(root, "scripts", script), args, {
    encoding: "utf8",
    env: { ...env, PATH: path },
  });
  return { status, stdout, stderr, calls: existsSync(calls) ? readFileSync(calls, "utf8").trim().split("\n") : [] };
}

const verbs = (lines: readonly string[]): readonly string[] =>
  lines.map((line) => line.split(" ").slice(0, 2).join(" "));

describe("destroy.sh", () => {
  test("the order: watch, distribution, reader, keys, function; no key is touched", () => {
    const result = run("destroy.sh", ["prod", "eu-central-1"], "");
    expect(result.status).toBe(0);
    const deleted = result.calls.flatMap(
      (line) => /delete-stack .*--stack-name fieldseal-prod-(\S+)/.exec(line)?.[1] ?? [],
    );
    expect(deleted).toEqual(["watch", "edge", "reader", "keys"]);
    expect(verbs(result.calls).at(-1)).toBe("lambda delete-function");
    expect(result.calls.join()).not.toContain("kms");
  });

  test("readers and replicas in further Regions: readers first, then replicas, then keys", () => {
    const result = run("destroy.sh", ["prod", "eu-central-1", "us-west-2", "sa-east-1"], "");
    const deleted = result.calls.flatMap(
      (line) => /delete-stack --region (\S+) --stack-name fieldseal-prod-(\S+)/.exec(line)?.slice(1).join(" ") ?? [],
    );
    expect(deleted).toEqual([
      "eu-central-1 watch",
      "us-east-1 edge",
      "eu-central-1 reader",
      ...["us-west-2", "sa-east-1"].flatMap((region) => [`${region} reader`, `${region} reader-${region}`]),
      "us-west-2 keys-us-west-2",
      "sa-east-1 keys-sa-east-1",
      "eu-central-1 keys",
    ]);
  });

  test("nobody can tell who runs the function: nothing is deleted", () => {
    const result = run(
      "destroy.sh",
      ["prod", "eu-central-1"],
      '"cloudfront list-distributions"*) echo denied >&2; exit 254 ;;',
    );
    expect(result.status).not.toBe(0);
    expect(result.calls.join()).not.toContain("delete");
  });

  test("the stage's own distribution is no obstacle, nor is an account without any", () => {
    const own =
      '"cloudfront list-distributions"*) printf "E1\\tE2\\n" ;;\n' +
      '"cloudformation list-stack-resources"*) printf "E2\\tE1\\n" ;;';
    expect(run("destroy.sh", ["prod", "eu-central-1"], own).status).toBe(0);
    expect(run("destroy.sh", ["prod", "eu-central-1"], '"cloudfront list-distributions"*) echo None ;;').status).toBe(
      0,
    );
    expect(
      verbs(run("destroy.sh", ["prod", "eu-central-1"], `${own}\n"lambda get-function"*) exit 254 ;;`).calls).at(-1),
    ).toBe("lambda get-function");
  });

  test("a stack that cannot be deleted ends it, before its keys", () => {
    const result = run("destroy.sh", ["prod", "eu-central-1"], '"cloudformation wait"*edge) exit 255 ;;');
    expect(result.status).toBe(255);
    expect(result.calls.join()).not.toContain("-keys");
  });

  test("with WAIT_SECONDS it tries again until the replicas are gone", () => {
    const tries = join(folder, "tries");
    rmSync(tries, { force: true });
    const cases = `"lambda delete-function"*) echo x >>"${tries}"; [ "$(wc -l <"${tries}")" -ge 3 ] || exit 254 ;;`;
    const result = run("destroy.sh", ["prod", "eu-central-1"], cases, { WAIT_SECONDS: "0" });
    expect(result.status).toBe(0);
    expect(verbs(result.calls).filter((verb) => verb === "lambda delete-function")).toHaveLength(3);
  });

  test("replicas that are still there: code 75, to be run again", () => {
    expect(run("destroy.sh", ["prod", "eu-central-1"], '"lambda delete-function"*) exit 254 ;;').status).toBe(75);
  });

  test("a distribution of somebody else that still runs the function: nothing is deleted", () => {
    const result = run("destroy.sh", ["prod", "eu-central-1"], '"cloudfront list-distributions"*) echo E123 ;;');
    expect(result.status).toBe(1);
    expect(result.stderr).toContain("E123");
    expect(result.calls.join()).not.toContain("delete");
  });
});

describe("edge-logs.sh", () => {
  const identity =
    '"sts get-caller-identity"*) echo 111122223333 ;;\n"kms create-key"*) echo key-1 ;;\n' +
    '"logs put-destination "*) echo arn:destination ;;';

  test("a new Region: key, group, retention, filters, alarms, forwarding", () => {
    const env = { HOME_STREAM_ARN: "arn:stream", HOME_ROLE_ARN: "arn:role" };
    const result = run("edge-logs.sh", ["prod", "eu-west-1"], identity, env);
    expect(result.stderr).toBe("");
    expect(result.status).toBe(0);
    const asked = verbs(result.calls);
    for (const verb of [
      "kms create-key",
      "logs create-log-group",
      "logs put-retention-policy",
      "logs put-destination",
      "logs put-subscription-filter",
    ]) {
      expect(asked.filter((each) => each === verb)).toHaveLength(1);
    }
    expect(asked.filter((verb) => verb === "logs put-metric-filter")).toHaveLength(3);
    expect(asked.filter((verb) => verb === "cloudwatch put-metric-alarm")).toHaveLength(3);
    expect(result.calls.find((line) => line.startsWith("logs create-log-group"))).toContain(
      "--log-group-name /aws/lambda/us-east-1.fieldseal-prod-edge " +
        "--kms-key-id arn:aws:kms:eu-west-1:111122223333:key/key-1",
    );
  });

  test.each([
    {
      how: "that run the function",
      cases: `${identity}\n"cloudfront list-distributions"*) printf 'E1\\tE2\\n' ;;`,
      more: {},
    },
    { how: "that are named", cases: identity, more: { DISTRIBUTION_IDS: "E1 E2" } },
  ])(
    "what CloudFront cannot take: a group for each of the distributions $how, with the same key, " +
      "an alarm and forwarding",
    ({ cases, more }) => {
      const result = run("edge-logs.sh", ["prod", "eu-west-1"], cases, {
        HOME_STREAM_ARN: "arn:stream",
        HOME_ROLE_ARN: "arn:role",
        ...more,
      });
      expect(result.stderr).toBe("");
      for (const id of ["E1", "E2"]) {
        const asked = result.calls.filter((line) =>
          line.includes(`--log-group-name /aws/cloudfront/LambdaEdge/${id} `),
        );
        expect(verbs(asked)).toEqual([
          "logs create-log-group",
          "logs put-retention-policy",
          "logs put-metric-filter",
          "logs put-subscription-filter",
        ]);
        expect(asked[0]).toContain("--kms-key-id arn:aws:kms:eu-west-1:111122223333:key/key-1");
      }
      const key = result.calls.find((line) => line.startsWith("kms create-key")) ?? "";
      const { Statement } = JSON.parse(/--policy (.*) --query/.exec(key)?.[1] ?? "null");
      expect(Statement[1].Condition.ArnLike["kms:EncryptionContext:aws:logs:arn"]).toEqual([
        "arn:aws:logs:eu-west-1:111122223333:log-group:/aws/lambda/us-east-1.fieldseal-prod-edge",
        "arn:aws:logs:eu-west-1:111122223333:log-group:/aws/cloudfront/LambdaEdge/*",
      ]);
      expect(result.calls.find((line) => line.includes("--alarm-name fieldseal-prod-invalid-results"))).toContain(
        "--threshold 1",
      );
      expect(result.calls.join()).not.toMatch(/namespace Fieldseal\/prod\/edge /);
    },
  );

  test("each stage has a key of its own, which its own groups may use", () => {
    const result = run("edge-logs.sh", ["dev", "eu-west-1"], identity);
    expect(result.calls.join("\n")).toMatch(/kms create-alias .*alias\/fieldseal-dev-logs/);
    expect(result.calls.find((line) => line.startsWith("kms create-key"))).toContain(
      "log-group:/aws/lambda/us-east-1.fieldseal-dev-edge",
    );
    expect(run("edge-logs.sh", ["dev", "eu-west-1"], identity, { KMS_ALIAS: "alias/mine" }).calls.join()).toContain(
      "alias/mine",
    );
  });

  test.each([
    "sts get-caller-identity",
    "cloudfront list-distributions",
    "kms list-aliases",
    "kms create-key",
    "logs create-log-group",
    "logs put-metric-filter",
    "cloudwatch put-metric-alarm",
  ])("%s fails: so does the script, and no further Region is touched", (verb) => {
    const result = run(
      "edge-logs.sh",
      ["prod", "eu-west-1", "sa-east-1"],
      `"${verb}"*) echo denied >&2; exit 254 ;;\n${identity}`,
    );
    expect(result.status).not.toBe(0);
    expect(result.stdout).not.toContain("sa-east-1");
  });

  test("a group and a key that are there already are taken, and all Regions are visited", () => {
    const there = `${identity}\n"kms list-aliases"*) echo key-9 ;;\n"logs describe-log-groups"*) echo group ;;`;
    const result = run("edge-logs.sh", ["prod"], there);
    expect(result.stdout.trim().split("\n")).toHaveLength(13);
    expect(verbs(result.calls)).not.toContain("logs create-log-group");
    expect(verbs(result.calls)).not.toContain("kms create-key");
    expect(verbs(result.calls).filter((verb) => verb === "logs associate-kms-key")).toHaveLength(13);
  });
});

describe("import-key.sh", () => {
  const wrapping = nextPrivateKeyPem(4096);
  const wrappingPem = publicKeyPemOf(wrapping);
  const publicKey = wrappingPem.replace(/-----[^-]*-----|\s/g, "");
  const pem = join(folder, "private.pem");
  const sent = join(folder, "sent");
  const cases = `"kms get-parameters-for-import"*) printf '%s\\t%s\\n' '${publicKey}' 'dG9rZW4=' ;;
"kms import-key-material"*)
  for word in "$@"; do case "$word" in fileb://*/import) cp "\${word#fileb://}" "${sent}" ;; esac; done ;;`;

  test.each([
    { modulusLength: 2048, type: "pkcs1" },
    { modulusLength: 3072, type: "pkcs8" },
    { modulusLength: 4096, type: "pkcs8" },
  ] as const)(
    "wraps a key of $modulusLength bits ($type) as KMS unwraps it, and leaves nothing behind",
    ({ modulusLength, type }) => {
      const own = createPrivateKey(nextPrivateKeyPem(modulusLength));
      writeFileSync(pem, own.export({ type, format: "pem" }));
      const temporary = mkdtempSync(join(folder, "tmp-"));
      const result = run("import-key.sh", ["key-1", "eu-central-1", pem], cases, { TMPDIR: temporary });
      expect(result.stderr).toBe("");
      expect(result.status).toBe(0);
      const bytes = readFileSync(sent);
      const aes = privateDecrypt(
        { key: wrapping, padding: constants.RSA_PKCS1_OAEP_PADDING, oaepHash: "sha256" },
        bytes.subarray(0, 512),
      );
      const unwrap = createDecipheriv("id-aes256-wrap-pad", aes, Buffer.from("a65959a6", "hex"));
      const material = Buffer.concat([unwrap.update(bytes.subarray(512)), unwrap.final()]);
      expect(createPrivateKey({ key: material, format: "der", type: "pkcs8" }).equals(own)).toBe(true);
      expect(result.calls.at(-1)).toContain("--expiration-model KEY_MATERIAL_DOES_NOT_EXPIRE");
      expect(result.calls[0]).toContain("--wrapping-algorithm RSA_AES_KEY_WRAP_SHA_256 --wrapping-key-spec RSA_4096");
      expect(readdirSync(temporary)).toEqual([]);
    },
  );

  const ec = generateKeyPairSync("ec", { namedCurve: "P-256" })
    .privateKey.export({ type: "pkcs8", format: "pem" })
    .toString();
  test.each([
    { what: "an elliptic key", text: ec },
    { what: "a public key", text: wrappingPem },
    { what: "nothing", text: "" },
  ])("$what is not sent anywhere", ({ text }) => {
    writeFileSync(pem, text);
    const result = run("import-key.sh", ["key-1", "eu-central-1", pem], cases);
    expect(result.status).toBe(1);
    expect(result.stderr).toContain("does not hold a valid RSA private key");
    expect(result.calls).toEqual([]);
  });

  test("KMS gives no parameters: nothing is imported, and nothing left behind", () => {
    writeFileSync(pem, wrapping);
    const temporary = mkdtempSync(join(folder, "tmp-"));
    const result = run(
      "import-key.sh",
      ["key-1", "eu-central-1", pem],
      '"kms get-parameters-for-import"*) exit 254 ;;',
      { TMPDIR: temporary },
    );
    expect(result.status).toBe(254);
    expect(verbs(result.calls)).toEqual(["kms get-parameters-for-import"]);
    expect(readdirSync(temporary)).toEqual([]);
  });
});

test.each(["destroy.sh", "edge-logs.sh", "import-key.sh"])("%s without arguments says how it is used", (script) => {
  const { status, stderr, calls: asked } = run(script, [], "");
  expect({ status, asked }).toEqual({ status: 2, asked: [] });
  expect(stderr).toContain(`Usage: scripts/${script}`);
});
