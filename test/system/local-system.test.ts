/** The whole system as `npm start` and `npm run demo` bring it up, with stock AWS clients against it. */
import { spawn, spawnSync } from "node:child_process";
import { once } from "node:events";
import { cpSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { DecryptCommand, DescribeKeyCommand, KMSClient } from "@aws-sdk/client-kms";
import { InvokeCommand } from "@aws-sdk/client-lambda";
import { afterAll, beforeAll, describe, expect, jest, test } from "@jest/globals";
import { findDifferences, sendSample } from "../../local/sample-request.ts";
import { decryptorName, type LocalSystem, startSystem } from "../../local/system.ts";

const root = resolve(import.meta.dirname, "../..");
const anyPorts = { cloudfront: 0, origin: 0, kms: 0, lambda: 0 };
const dataDir = mkdtempSync(join(tmpdir(), "fieldseal-system-"));
const secret = "078-05-1120";
const environment = { ...process.env };
let system: LocalSystem;

const lines: string[] = [];

beforeAll(async () => {
  jest.spyOn(process.stdout, "write").mockImplementation((line) => lines.push(String(line)) > 0);
  system = await startSystem(anyPorts, dataDir);
});

afterAll(async () => {
  await system.close();
  process.env = environment;
  jest.restoreAllMocks();
  expect(lines.length).toBeGreaterThan(5);
  expect(lines.join()).not.toContain(secret);
  rmSync(dataDir, { recursive: true, force: true });
});

async function send(body: string, contentType = "application/json"): Promise<{ status: number; stored: string }> {
  const response = await fetch(`${system.cloudfrontUrl}/people`, {
    method: "POST",
    headers: { "content-type": contentType },
    body,
  });
  const answer = Object(await response.json());
  if (response.status !== 201) return { status: response.status, stored: "" };
  return { status: 201, stored: Object(await (await fetch(`${system.originUrl}/requests/${answer.id}`)).json()).body };
}

async function restore(body: string): Promise<string> {
  const { Payload, FunctionError } = await system.lambda.send(
    new InvokeCommand({ FunctionName: decryptorName, Payload: Buffer.from(JSON.stringify({ body })) }),
  );
  expect(FunctionError).toBeUndefined();
  return JSON.parse(Buffer.from(Payload ?? []).toString("utf8")).body;
}

function kmsClient(): KMSClient {
  return new KMSClient({
    endpoint: system.kmsUrl,
    region: "eu-central-1",
    credentials: { accessKeyId: "AKIDEXAMPLE", secretAccessKey: "not a secret" },
  });
}

describe("one request through everything", () => {
  test("the sample", async () => {
    expect(findDifferences(await sendSample(system))).toEqual([]);
  });

  test("the origin stores tokens and the reader gets the very body", async () => {
    const body = `[ {"ssn":"${secret}", "id":1.0} ]`;
    const { stored } = await send(body);
    expect(stored).not.toContain(secret);
    expect(stored).toMatch(/^\[ \{"ssn":"#01#[^"]+#10#", "id":1\.0\} \]$/);
    expect(await restore(stored)).toBe(body);
  });

  test.each([
    ["malformed", `[{"ssn":"${secret}"`, "application/json", 400],
    ["another type", `ssn=${secret}`, "text/plain", 415],
    ["not a string", `[{"ssn":78}]`, "application/json", 400],
  ])("%s: the origin gets nothing", async (_, body, contentType, status) => {
    const count = async (): Promise<number> =>
      Object(await (await fetch(`${system.originUrl}/requests`)).json()).length ?? 0;
    const before = await count();
    expect((await send(body, contentType)).status).toBe(status);
    expect(await count()).toBe(before);
  });
});

describe("the published sample's decryptor", () => {
  /** Its algorithm: a regular expression over the text, and one KMS call after another. */
  async function decryptAsPublished(text: string, keyId: string): Promise<string> {
    const client = kmsClient();
    let result = text;
    for (const [token, ciphertext] of text.matchAll(/#01#([A-Za-z0-9+/=]+)#10#/g)) {
      const { Plaintext } = await client.send(
        new DecryptCommand({
          KeyId: keyId,
          CiphertextBlob: Buffer.from(ciphertext ?? "", "base64"),
          EncryptionAlgorithm: "RSAES_OAEP_SHA_256",
        }),
      );
      result = result.replace(token, Buffer.from(Plaintext ?? []).toString("utf8"));
    }
    client.destroy();
    return result;
  }

  test("opens our tokens", async () => {
    const body = '[{"fname":"Zoë","ssn":"078-05-1120"}]';
    const { stored } = await send(body);
    expect(await decryptAsPublished(stored, "alias/fieldseal-01")).toBe(body);
  });
});

describe("a restart", () => {
  test("keys, requests and tokens survive", async () => {
    const body = `[{"ssn":"${secret}"}]`;
    const { stored } = await send(body);
    const client = kmsClient();
    const arnOf = async (): Promise<string | undefined> =>
      (await client.send(new DescribeKeyCommand({ KeyId: "alias/fieldseal-01" }))).KeyMetadata?.Arn;
    const before = await arnOf();
    client.destroy();
    const port = (url: string): number => Number(new URL(url).port);
    const { cloudfrontUrl, originUrl, kmsUrl, lambdaUrl } = system;
    const ports = {
      cloudfront: port(cloudfrontUrl),
      origin: port(originUrl),
      kms: port(kmsUrl),
      lambda: port(lambdaUrl),
    };
    await system.close();
    system = await startSystem(ports, dataDir);
    expect(await restore(stored)).toBe(body);
    const after = kmsClient();
    expect((await after.send(new DescribeKeyCommand({ KeyId: "alias/fieldseal-01" }))).KeyMetadata?.Arn).toBe(before);
    after.destroy();
  });

  test("with a policy of one's own, whose keys are in this KMS", async () => {
    const { stored } = await send(`[{"ssn":"${secret}"}]`);
    const policy = JSON.parse(readFileSync(join(dataDir, "policy.json"), "utf8"));
    policy.rules = [{ path: "/people/**", recipient: "01", body: ["$.number"] }];
    await system.close();
    // Another folder, since bundles that were loaded once from a path stay loaded in tests.
    const folder = join(dataDir, "copy");
    cpSync(join(dataDir, "kms.sqlite"), join(folder, "kms.sqlite"));
    cpSync(join(dataDir, "01.pem"), join(folder, "01.pem"));
    writeFileSync(join(folder, "own.json"), JSON.stringify(policy));
    system = await startSystem(anyPorts, folder, join(folder, "own.json"));
    const body = `{"number":1.0,"ssn":"${secret}"}`;
    const { stored: next } = await send(body);
    expect(next).toMatch(/^\{"number":"#01#[^"]+#10#","ssn":"078-05-1120"\}$/);
    expect([await restore(next), await restore(stored)]).toEqual([body, `[{"ssn":"${secret}"}]`]);
  });
});

describe("the commands", () => {
  const runtime = (script: string, ...args: readonly string[]): readonly [string, readonly string[]] => [
    process.execPath,
    [join(root, script), ...args],
  ];

  test("npm run demo exits with 0", () => {
    const [command, args] = runtime("local/demo.ts");
    const { status, stdout } = spawnSync(command, args, { encoding: "utf8" });
    expect(stdout).toContain("the reader got everything back");
    expect(status).toBe(0);
  });

  test("a taken port is a clear message", async () => {
    const taken = createServer().listen(0, "127.0.0.1");
    await once(taken, "listening");
    const { port } = Object(taken.address());
    const folder = mkdtempSync(join(tmpdir(), "fieldseal-port-"));
    const [command, args] = runtime(
      "local/start.ts",
      "--cloudfront",
      String(port),
      "--origin",
      "0",
      "--kms",
      "0",
      "--lambda",
      "0",
      "--data",
      folder,
    );
    const child = spawn(command, args, { stdio: ["ignore", "ignore", "pipe"] });
    let errors = "";
    child.stderr.on("data", (chunk) => (errors += String(chunk)));
    const [status] = await once(child, "exit");
    expect(status).toBe(1);
    expect(errors).toContain(String(port));
    expect(errors).not.toContain("    at ");
    taken.close();
    rmSync(folder, { recursive: true, force: true });
  });

  test("Ctrl-C stops everything", async () => {
    const folder = mkdtempSync(join(tmpdir(), "fieldseal-stop-"));
    const [command, args] = runtime(
      "local/start.ts",
      "--cloudfront",
      "0",
      "--origin",
      "0",
      "--kms",
      "0",
      "--lambda",
      "0",
      "--data",
      folder,
    );
    const child = spawn(command, args, { stdio: ["ignore", "pipe", "ignore"] });
    let output = "";
    await new Promise<void>((ready) => {
      child.stdout.on("data", (chunk) => {
        output += String(chunk);
        if (output.includes("Ctrl-C")) ready();
      });
    });
    child.kill("SIGINT");
    const [status] = await once(child, "exit");
    expect(status).toBe(0);
    expect(output).not.toContain("differs");
    rmSync(folder, { recursive: true, force: true });
  });

  test.each([
    ["--cloudfront", "http"],
    ["--cloudfront", "70000"],
    ["--port", "1"],
  ])("%s %s: usage", (option, value) => {
    const [command, args] = runtime("local/start.ts", option, value);
    const { status, stderr } = spawnSync(command, args, { encoding: "utf8" });
    expect(status).toBe(1);
    expect(stderr).toContain("Usage:");
  });
});
