/**
 * Every function of the cloud assembly, run from the asset that would be uploaded: requests through the edge, readers,
 * watch.
 */
import { spawnSync } from "node:child_process";
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { createServer } from "node:http";
import { createServer as createTlsServer } from "node:https";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { gzipSync } from "node:zlib";
import { CreateKeyCommand, GetPublicKeyCommand } from "@aws-sdk/client-kms";
import { afterAll, beforeAll, describe, expect, test } from "@jest/globals";
import forge from "node-forge";
import { fingerprintOf } from "../../infra/key-record.ts";
import { startCloudFront } from "../../local/cloudfront/server.ts";
import type { LambdaFunction } from "../../local/invocation.ts";
import { startLambda } from "../../local/lambda/server.ts";
import { listen } from "../../local/listen.ts";
import { type LocalS3, startS3 } from "../../local/s3/server.ts";
import {
  listFunctions,
  type PlannedFunction,
  type RunningFunction,
  startFunction,
} from "../support/deployed-function.ts";
import { makeEvent } from "../support/edge.ts";
import { isAllowed } from "../support/iam.ts";
import { type KmsWithClient, openKms } from "../support/local-kms.ts";

const root = resolve(import.meta.dirname, "../..");
const folder = mkdtempSync(join(tmpdir(), "fieldseal-assets-"));
const assembly = join(folder, "cdk.out");
const secret = "078-05-1120";
const lakeKeyArn = "arn:aws:kms:eu-central-1:111122223333:key/00000000-0000-4000-8000-000000000008";

const closers: (() => Promise<void>)[] = [];
const keep = <T extends { close(): Promise<void> }>(part: T): T => {
  closers.push(() => part.close());
  return part;
};

let local: KmsWithClient;
let s3: LocalS3;
let planned: readonly PlannedFunction[];
let edge: RunningFunction;
/** The origin gives back what it got; where it leaks, requests go past the edge function. */
let leaks = false;
const running = new Map<string, RunningFunction>();

/** What functions asked KMS and S3 for, by their names: a reader that the canary calls asks for itself. */
const asked = new Map<string, Set<string>>();
const callers: string[] = [];
const note = (action: string): void => {
  const caller = callers.at(-1);
  if (caller !== undefined) asked.set(caller, (asked.get(caller) ?? new Set()).add(action));
};

const noteS3 = (operation: string): undefined => {
  note(`s3:${operation}`);
  return undefined;
};

async function callAs(name: string, running: RunningFunction, event: unknown): Promise<unknown> {
  callers.push(name);
  try {
    return await running.call(event);
  } finally {
    callers.pop();
  }
}

/** A function of the assembly, started once. */
function functionOf(name: string, machine: Readonly<Record<string, string>> = {}): RunningFunction {
  const plan = planned.find((each) => each.name === name);
  if (plan === undefined) throw new TypeError(`there is no ${name}`);
  const started =
    running.get(name) ??
    keep(startFunction(plan, { AWS_ENDPOINT_URL_KMS: local.kms.url, AWS_ENDPOINT_URL_S3: s3.url, ...machine }));
  running.set(name, started);
  return { ...started, call: (event) => callAs(name, started, event) };
}

async function makeKey(id: string): Promise<{
  readonly id: string;
  readonly keyArn: string;
  readonly publicKeyFile: string;
  readonly prefix: string;
  readonly suffix: string;
}> {
  const { KeyMetadata } = await local.client.send(
    new CreateKeyCommand({ KeySpec: "RSA_2048", KeyUsage: "ENCRYPT_DECRYPT" }),
  );
  const keyArn = String(KeyMetadata?.Arn);
  const { PublicKey } = await local.client.send(new GetPublicKeyCommand({ KeyId: keyArn }));
  const pem = `-----BEGIN PUBLIC KEY-----\n${Buffer.from(PublicKey ?? [])
    .toString("base64")
    .replace(/.{64}/g, "$&\n")}\n-----END PUBLIC KEY-----\n`;
  const record = {
    keyArn,
    fingerprint: fingerprintOf(pem),
    keySpec: "RSA_2048",
    keyUsage: "ENCRYPT_DECRYPT",
    encryptionAlgorithms: ["RSAES_OAEP_SHA_256"],
    fetched: "2026-11-24",
  };
  writeFileSync(join(folder, `keys/${id}.pem`), pem);
  writeFileSync(join(folder, `keys/${id}.json`), JSON.stringify(record));
  return { id, keyArn, publicKeyFile: `keys/${id}.pem`, prefix: `#${id}#`, suffix: `~${id}~` };
}

/** For localhost, and for the one hour of a test. */
function makeCertificate(): { readonly key: string; readonly cert: string } {
  const { privateKey, publicKey } = forge.pki.rsa.generateKeyPair(2048);
  const certificate = forge.pki.createCertificate();
  const name = [{ name: "commonName", value: "localhost" }];
  certificate.publicKey = publicKey;
  certificate.serialNumber = "01";
  certificate.validity.notBefore = new Date(Date.now() - 60_000);
  certificate.validity.notAfter = new Date(Date.now() + 3_600_000);
  certificate.setSubject(name);
  certificate.setIssuer(name);
  certificate.setExtensions([
    { name: "basicConstraints", cA: true },
    { name: "subjectAltName", altNames: [{ type: 2, value: "localhost" }] },
  ]);
  certificate.sign(privateKey, forge.md.sha256.create());
  return { key: forge.pki.privateKeyToPem(privateKey), cert: forge.pki.certificateToPem(certificate) };
}

beforeAll(async () => {
  mkdirSync(join(folder, "keys"));
  local = keep(
    await openKms({
      intercept: async ({ operation, keyId }) => {
        note(`kms:${operation} ${keyId ?? ""}`);
        return undefined;
      },
    }),
  );
  s3 = keep(await startS3({ port: 0, intercept: noteS3 }));
  const recipients = [await makeKey("01"), await makeKey("02")];
  const { KeyMetadata } = await local.client.send(
    new CreateKeyCommand({ KeySpec: "HMAC_256", KeyUsage: "GENERATE_VERIFY_MAC" }),
  );
  const rules = [
    { name: "people", path: "/people", recipient: "01", body: ["$[*].ssn"] },
    { name: "cards", path: "/people", recipient: "02", fields: ["card"], label: "pan" },
  ];
  writeFileSync(join(folder, "policy.json"), JSON.stringify({ version: 1, otherwise: "pass", recipients, rules }));
  const batch = {
    sources: [{ bucket: "raw-lake" }],
    destination: { bucket: "other-lake", prefix: "out/", kmsKeyArn: lakeKeyArn },
  };
  const readers = {
    all: { open: ["01", "02"] },
    billing: { open: ["02"], views: { labels: { pan: "pseudonym" } }, pseudonymKeyArn: KeyMetadata?.Arn },
    lake: { open: ["01"], ...batch },
    mover: { open: ["01"], rewrapTo: "02", ...batch },
    abroad: { open: ["01", "02"], region: "us-west-2" },
  };

  const origin = createServer((request, response) => void request.pipe(response));
  const { url: originUrl } = keep(await listen(origin, { part: "origin", host: undefined, port: 0 }));
  const handler: LambdaFunction = (event) =>
    leaks ? Promise.resolve(Object(event).Records[0].cf.request) : edge.call(event);
  const cloudFront = keep(await startCloudFront({ port: 0, originUrl, handler }));
  const certificate = makeCertificate();
  writeFileSync(join(folder, "ca.pem"), certificate.cert);
  const tls = createTlsServer(certificate, (request, response) => {
    const chunks: Buffer[] = [];
    request.on("data", (chunk: Buffer) => chunks.push(chunk));
    request.on("end", () => {
      const headers = { "content-type": String(request.headers["content-type"]) };
      void fetch(`${cloudFront.url}${request.url}`, { method: "POST", headers, body: Buffer.concat(chunks) }).then(
        async (answer) => response.writeHead(answer.status).end(await answer.text()),
      );
    });
  });
  const front = keep(await listen(tls, { part: "TLS", host: "localhost", port: 0 }));

  const { context } = JSON.parse(readFileSync(join(root, "cdk.json"), "utf8"));
  const given = {
    ...context,
    stage: "prod",
    originDomain: "origin.example.com",
    account: "111122223333",
    policy: join(folder, "policy.json"),
    readers,
    canaryUrl: `https://localhost:${new URL(front.url).port}/people`,
    canaryBody: '[{"ssn":"{{canary}}","card":"{{canary}}","id":1}]',
    canaryReader: "all",
  };
  const { status, stderr } = spawnSync(process.execPath, [join(root, "infra/main.ts")], {
    encoding: "utf8",
    env: { ...process.env, CDK_OUTDIR: assembly, CDK_CONTEXT_JSON: JSON.stringify(given) },
  });
  if (status !== 0) throw new Error(stderr);
  planned = listFunctions(assembly);
  edge = functionOf("fieldseal-prod-edge");
}, 60_000);

afterAll(async () => {
  for (const close of closers.reverse()) await close();
  rmSync(folder, { recursive: true, force: true });
});

const body = `[ {"ssn":"${secret}", "card":4111111111111111, "id":1.0} ]`;

async function protect(): Promise<string> {
  const { body: protectedBody } = Object(await edge.call(makeEvent({ body })));
  return Buffer.from(protectedBody.data, "base64").toString("utf8");
}

test("there are these functions and no others, all for the node that they are run on", () => {
  expect(planned.map(({ name }) => name).sort()).toEqual([
    "fieldseal-prod-canary",
    "fieldseal-prod-edge",
    "fieldseal-prod-edge-lines",
    "fieldseal-prod-reader-abroad",
    "fieldseal-prod-reader-all",
    "fieldseal-prod-reader-billing",
    "fieldseal-prod-reader-lake",
    "fieldseal-prod-reader-mover",
  ]);
  expect(planned.map(({ runtime }) => runtime)).toEqual(planned.map(() => "nodejs24.x"));
});

describe("edge and readers", () => {
  test("what the edge protects, the reader of everything restores, and only lines of JSON are logged", async () => {
    const stored = await protect();
    expect(stored).toMatch(/^\[ \{"ssn":"#01#[^"]+~01~", "card":"#02#[^"]+~02~", "id":1\.0\} \]$/);
    const reader = functionOf("fieldseal-prod-reader-all");
    expect(await reader.call({ body: stored, contentType: "application/json" })).toMatchObject({
      body,
      found: 2,
      opened: 2,
    });
    for (const line of [...edge.lines(), ...reader.lines()]) {
      expect(JSON.parse(line)).toEqual(expect.any(Object));
      expect(line).not.toMatch(/078-05|4111111/);
    }
  });

  test("a reader of one recipient gives pseudonyms, and withholds the other's", async () => {
    const { body: restored, withheld } = Object(
      await functionOf("fieldseal-prod-reader-billing").call({ body: await protect() }),
    );
    expect(restored).toMatch(/^\[ \{"ssn":"#01#[^"]+~01~", "card":"[A-Za-z0-9_-]{43}", "id":1\.0\} \]$/);
    expect(withheld).toHaveLength(1);
  });

  test("a reader in another Region asks KMS in the keys' Region", async () => {
    expect(planned.find(({ name }) => name === "fieldseal-prod-reader-abroad")?.region).toBe("us-west-2");
    expect(await functionOf("fieldseal-prod-reader-abroad").call({ body: await protect() })).toMatchObject({
      body,
      opened: 2,
    });
  });

  test("a forged token is an error with a name and no value", async () => {
    const forged = `#01#${"A".repeat(342)}==~01~`;
    await expect(functionOf("fieldseal-prod-reader-all").call({ body: forged })).rejects.toMatchObject({
      name: "token_invalid",
    });
  });
});

const owned = { "s3:ResourceAccount": "111122223333" };

/** What IAM wants for a call, on what, and in what circumstances. */
const needs: Readonly<
  Record<
    string,
    { readonly action: string; readonly resource?: string; readonly context?: Readonly<Record<string, string>> }
  >
> = {
  "kms:Decrypt": { action: "kms:Decrypt", context: { "kms:EncryptionAlgorithm": "RSAES_OAEP_SHA_256" } },
  "kms:GenerateMac": { action: "kms:GenerateMac", context: { "kms:MacAlgorithm": "HMAC_SHA_256" } },
  "kms:ReEncrypt": { action: "kms:ReEncryptFrom", context: { "kms:EncryptionAlgorithm": "RSAES_OAEP_SHA_256" } },
  "s3:GetObject": { action: "s3:GetObject", resource: "arn:aws:s3:::raw-lake/people.ndjson", context: owned },
  ...Object.fromEntries(
    ["PutObject", "CreateMultipartUpload", "UploadPart", "CompleteMultipartUpload"].map((operation) => [
      `s3:${operation}`,
      { action: "s3:PutObject", resource: "arn:aws:s3:::other-lake/out/people.ndjson", context: owned },
    ]),
  ),
  "s3:AbortMultipartUpload": {
    action: "s3:AbortMultipartUpload",
    resource: "arn:aws:s3:::other-lake/out/people.ndjson",
    context: owned,
  },
};

describe("batch jobs", () => {
  const task = (job: object): object => ({
    invocationSchemaVersion: "2.0",
    invocationId: "invocation-1",
    job: { id: "job-1", ...job },
    tasks: [{ taskId: "task-1", s3Key: "people.ndjson", s3VersionId: null, s3Bucket: "raw-lake" }],
  });
  const outcome = { results: [{ taskId: "task-1", resultCode: "Succeeded" }] };

  test("objects are restored into the destination, under its key", async () => {
    s3.putObject("raw-lake", "people.ndjson", Buffer.from(`${await protect()}\n`), {
      contentType: "application/x-ndjson",
    });
    expect(await functionOf("fieldseal-prod-reader-lake").call(task({}))).toMatchObject(outcome);
    const written = s3.findObject("other-lake", "out/people.ndjson");
    expect(written?.body.toString()).toMatch(/^\[ \{"ssn":"078-05-1120", "card":"#02#/);
    expect(written?.encryption.keyArn).toBe(lakeKeyArn);
  });

  test("a large object goes in parts", async () => {
    const line = `${await protect()}\n`;
    const filler = `"${"x".repeat(997)}"\n`.repeat(9_500);
    s3.putObject("raw-lake", "people.ndjson", Buffer.from(filler + line), { contentType: "text/plain" });
    expect(await functionOf("fieldseal-prod-reader-lake").call(task({}))).toMatchObject(outcome);
    expect(s3.findObject("other-lake", "out/people.ndjson")?.body.subarray(filler.length).toString()).toMatch(
      /^\[ \{"ssn":"078-05-1120"/,
    );
  });

  test("tokens move to the other recipient", async () => {
    s3.putObject("raw-lake", "people.ndjson", Buffer.from(`${await protect()}\n`), {
      contentType: "application/x-ndjson",
    });
    const job = { userArguments: { action: "rewrap", from: "01", to: "02", keySpec: "RSA_2048" } };
    expect(await functionOf("fieldseal-prod-reader-mover").call(task(job))).toMatchObject(outcome);
    const written = s3.findObject("other-lake", "out/people.ndjson")?.body.toString() ?? "";
    expect(written).toMatch(/^\[ \{"ssn":"#02#[^"]+~02~", "card":"#02#/);
    expect(await functionOf("fieldseal-prod-reader-all").call({ body: written })).toMatchObject({ body: `${body}\n` });
  });
});

describe("the canary", () => {
  let canary: RunningFunction;
  beforeAll(async () => {
    const reader = functionOf("fieldseal-prod-reader-all");
    const lambda = keep(
      await startLambda({ port: 0, functions: { "fieldseal-prod-reader-all": (event) => reader.call(event) } }),
    );
    canary = functionOf("fieldseal-prod-canary", {
      AWS_ENDPOINT_URL_LAMBDA: lambda.url,
      NODE_EXTRA_CA_CERTS: join(folder, "ca.pem"),
    });
  });

  test.each([
    { says: "ok", ok: true, leaking: false },
    { says: "the origin saw plaintext", ok: false, leaking: true },
  ])("$says", async ({ says, ok, leaking }) => {
    leaks = leaking;
    expect(await canary.call({ "detail-type": "Scheduled Event", source: "aws.events", detail: {} })).toEqual({ ok });
    leaks = false;
    const line = canary.lines().at(-1) ?? "";
    expect(JSON.parse(line)).toMatchObject({ canary: ok ? 1 : 0, says });
    expect(line).not.toContain("fieldseal-canary-");
  });
});

test("every call that the functions made is one that their roles allow", () => {
  const calls = [...asked].flatMap(([name, actions]) => [...actions].map((call) => ({ name, call })));
  const kinds = (name: string): readonly string[] =>
    [...new Set(calls.filter((each) => each.name === name).map(({ call }) => String(call.split(" ")[0])))].sort();
  expect(kinds("fieldseal-prod-reader-all")).toEqual(["kms:Decrypt"]);
  expect(kinds("fieldseal-prod-reader-billing")).toEqual(["kms:Decrypt", "kms:GenerateMac"]);
  expect(kinds("fieldseal-prod-reader-lake")).toEqual([
    "kms:Decrypt",
    "s3:CompleteMultipartUpload",
    "s3:CreateMultipartUpload",
    "s3:GetObject",
    "s3:PutObject",
    "s3:UploadPart",
  ]);
  expect(kinds("fieldseal-prod-reader-mover")).toEqual(["kms:ReEncrypt", "s3:GetObject", "s3:PutObject"]);
  for (const { name, call } of calls) {
    const [operation = "", keyArn = ""] = call.split(" ");
    const { action = "", resource = keyArn, context = {} } = needs[operation] ?? {};
    const policies = planned.find((each) => each.name === name)?.policies ?? [];
    expect([
      name,
      call,
      isAllowed(policies, { principal: `arn:aws:iam::111122223333:role/${name}`, action, resource, context }),
    ]).toEqual([name, call, true]);
  }
});

test("the counter counts what the edge wrote, as CloudWatch Logs and Kinesis hand it over", async () => {
  await edge.call(makeEvent({ body: "[" }));
  await protect();
  const messages = edge.lines().slice(-2);
  const counter = functionOf("fieldseal-prod-edge-lines");
  const data = {
    messageType: "DATA_MESSAGE",
    owner: "111122223333",
    logGroup: "/aws/lambda/us-east-1.fieldseal-prod-edge",
    logStream: "2026/11/24/[1]0",
    subscriptionFilters: ["home"],
  };
  const logEvents = messages.map((message, index) => ({
    id: `${index}`,
    timestamp: 1_796_000_000_000 + index,
    message: `${message}\n`,
  }));
  const record = (value: object): object => ({
    kinesis: {
      kinesisSchemaVersion: "1.0",
      partitionKey: "partition-1",
      sequenceNumber: "49590338271490256608559692538361571095921575989136588898",
      data: gzipSync(JSON.stringify(value)).toString("base64"),
      approximateArrivalTimestamp: 1_796_000_000.1,
    },
    eventSource: "aws:kinesis",
    eventVersion: "1.0",
    eventID: "shardId-000000000000:49590338271490256608559692538361571095921575989136588898",
    eventName: "aws:kinesis:record",
    invokeIdentityArn: "arn:aws:iam::111122223333:role/fieldseal",
    awsRegion: "eu-central-1",
    eventSourceARN: "arn:aws:kinesis:eu-central-1:111122223333:stream/stream",
  });
  await counter.call({ Records: [record({ ...data, logEvents })] });
  const metrics = counter
    .lines()
    .map((line) => JSON.parse(line))
    .filter(({ _aws }) => _aws !== undefined);
  expect(metrics).toMatchObject([
    { requests: 2, refused: 1, internalErrors: 0 },
    { rule: "people", selector: "$[*].ssn", asked: 1, found: 1 },
    { rule: "cards", selector: "card", asked: 1, found: 1 },
  ]);
  expect(metrics[0]._aws.CloudWatchMetrics[0].Namespace).toBe("Fieldseal/prod/edge");
});
