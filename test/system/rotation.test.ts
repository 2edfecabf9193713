/**
 * The rotation that README documents, command by command as it stands there, against the local KMS and with built
 * bundles.
 */
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import {
  CreateAliasCommand,
  CreateKeyCommand,
  DisableKeyCommand,
  type KeySpec,
  type KeyUsageType,
  type KMSClient,
  ListAliasesCommand,
} from "@aws-sdk/client-kms";
import { afterAll, beforeAll, expect, jest, test } from "@jest/globals";
import { buildBundles } from "../../infra/bundle.ts";
import { startCloudFront } from "../../local/cloudfront/server.ts";
import type { LambdaFunction } from "../../local/invocation.ts";
import { type Listening } from "../../local/listen.ts";
import { startOrigin } from "../../local/origin/server.ts";
import { loadHandler } from "../../local/system.ts";
import { type KmsWithClient, openKms } from "../support/local-kms.ts";
import { type CommandResult, runFieldseal } from "../support/terminal.ts";

const readme = readFileSync(resolve(import.meta.dirname, "../../README.md"), "utf8");
const rotation = /\n### Rotation\n(.*?)\n### /s.exec(readme)?.[1] ?? "";
const [onAws = "", locally = ""] = rotation.split("**Against the local KMS**");
const commandsIn = (text: string): readonly string[] =>
  text
    .split("\n")
    .filter((line) => /^ {4,}(?:npx|aws) /.test(line))
    .map((line) => line.trim());
/** The commands of a step of the documented rotation. */
const stepOf = (number: number): readonly string[] =>
  commandsIn(new RegExp(`^${number}\\. .*?(?=^${number + 1}\\. |^\\S(?!\\.))`, "ms").exec(onAws)?.[0] ?? "");

const folder = mkdtempSync(join(tmpdir(), "fieldseal-rotation-"));
const environment = { ...process.env };
const audit: string[] = [];
const edges: Listening[] = [];
let kms: KmsWithClient;
let origin: Listening;
let reader: LambdaFunction;
let day = "";

beforeAll(async () => {
  jest.spyOn(process.stdout, "write").mockImplementation((line) => {
    audit.push(
      ...String(line)
        .split("\n")
        .filter((each) => each.startsWith('{"audit"')),
    );
    return true;
  });
  kms = await openKms();
  Object.assign(process.env, {
    INIT_CWD: folder,
    AWS_ENDPOINT_URL_KMS: kms.kms.url,
    AWS_REGION: "eu-central-1",
    AWS_ACCESS_KEY_ID: "local",
    AWS_SECRET_ACCESS_KEY: "local",
  });
  origin = await startOrigin({ port: 0, databaseFile: ":memory:" });
  for (const each of ["policy", "lake", "moved"]) mkdirSync(join(folder, each));
});

afterAll(async () => {
  for (const edge of edges) await edge.close();
  await origin.close();
  await kms.close();
  jest.restoreAllMocks();
  process.env = environment;
  rmSync(folder, { recursive: true, force: true });
});

const policyFile = join(folder, "policy/prod.json");
const readPolicy = (): string => readFileSync(policyFile, "utf8");
const editPolicy = (from: string | RegExp, to: string): void => {
  const edited = readPolicy().replace(from, to);
  expect(edited).not.toBe(readPolicy());
  writeFileSync(policyFile, edited);
};

interface PolicyText {
  readonly recipients: readonly {
    readonly id: string;
    readonly keyArn: string;
    readonly prefix: string;
    readonly suffix: string;
  }[];
}

/** What README says to do in place of deploying the keys. */
async function makeMissingKeys(client: KMSClient): Promise<void> {
  const [create = "", alias = ""] = commandsIn(locally);
  const option = (line: string, name: string): string => new RegExp(`--${name} (\\S+)`).exec(line)?.[1] ?? "";
  const { Aliases = [] } = await client.send(new ListAliasesCommand({}));
  const { recipients } = JSON.parse(readPolicy()) as PolicyText;
  for (const { id } of recipients) {
    const name = option(alias, "alias-name").replace(/02$/, id);
    if (Aliases.some(({ AliasName }) => AliasName === name)) continue;
    const { KeyMetadata } = await client.send(
      new CreateKeyCommand({
        KeySpec: option(create, "key-spec") as KeySpec,
        KeyUsage: option(create, "key-usage") as KeyUsageType,
      }),
    );
    await client.send(new CreateAliasCommand({ AliasName: name, TargetKeyId: KeyMetadata?.KeyId }));
  }
}

let deployments = 0;

async function deploy(args: readonly string[]): Promise<void> {
  expect(args).toEqual(expect.arrayContaining(["stage=prod", "policy=policy/prod.json"]));
  if (args.includes("part=keys")) {
    await makeMissingKeys(kms.client);
    return;
  }
  const outDir = join(folder, `bundles-${++deployments}`);
  const policy = await buildBundles({ policyFile, outDir });
  if (args.includes("fieldseal-prod-reader") || args.includes("--all")) {
    const recipients = policy.recipients.map(({ id, keyArn, prefix, suffix }) => ({ id, keyArn, prefix, suffix }));
    process.env["FIELDSEAL_READER"] = JSON.stringify({
      reader: "prod",
      recipients,
      open: recipients.map(({ id }) => id),
    });
    reader = loadHandler(join(outDir, "decryptor/index.js"));
    await reader({ body: "" }, context);
  }
  if (args.includes("--all"))
    edges.unshift(
      await startCloudFront({ port: 0, originUrl: origin.url, handler: loadHandler(join(outDir, "edge/index.js")) }),
    );
}

const context: Parameters<LambdaFunction>[1] = {
  ...Object({ awsRequestId: "1", getRemainingTimeInMillis: () => 30_000 }),
};

/** A line of README, run as a shell would. */
async function run(line: string): Promise<CommandResult | undefined> {
  const [command = "", piped] = line.split(" | ");
  const words = (piped ?? command).split(/\s+/).map((word) => word.replaceAll("'", ""));
  const [npx, program, ...args] = words.flatMap((word) =>
    word.includes("*") ? expand(word) : word === "DAY" ? [day] : [word],
  );
  expect(npx).toBe("npx");
  if (program === "cdk") {
    await deploy(args.slice(1));
    return undefined;
  }
  // As `aws logs filter-log-events --output json` writes it.
  const input =
    piped === undefined
      ? ""
      : JSON.stringify({ events: audit.map((message) => ({ message: `${message}\n` })) }, null, 4);
  if (piped !== undefined)
    expect(command).toMatch(
      /^aws logs filter-log-events --log-group-name \/aws\/lambda\/fieldseal-prod-decryptor --output json$/,
    );
  return runFieldseal(args, { input });
}

function expand(pattern: string): readonly string[] {
  const [directory = "", ending = ""] = pattern.split("/*");
  return readdirSync(join(folder, directory))
    .filter((name) => name.endsWith(ending))
    .map((name) => `${directory}/${name}`);
}

/** Runs the commands of a step; all but the last are to succeed. */
async function walk(lines: readonly string[]): Promise<CommandResult | undefined> {
  let last: CommandResult | undefined;
  for (const line of lines) {
    last = await run(line);
    expect([line, last?.code ?? 0, last?.messages]).toEqual([line, 0, last?.messages]);
  }
  return last;
}

const people = '[{"name":"Zoë","ssn":"078-05-1120","age":36,"city":"Köln"},{"ssn":"","age":1e3}]';

async function send(
  edge: Listening | undefined,
  body: string,
): Promise<{ readonly status: number; readonly stored: string }> {
  const response = await fetch(`${edge?.url}/people`, {
    method: "POST",
    headers: { "content-type": "application/json" },
    body,
  });
  const { id } = Object(await response.json());
  if (response.status !== 201) return { status: response.status, stored: "" };
  return { status: 201, stored: Object(await (await fetch(`${origin.url}/requests/${id}`)).json()).body };
}

async function restore(body: string, contentType = "application/x-ndjson"): Promise<unknown> {
  return Object(await reader({ body, contentType }, context)).body;
}

const lake = (): readonly string[] => expand("lake/*.ndjson").map((name) => readFileSync(join(folder, name), "utf8"));
const tokensOf = (text: string): readonly string[] => [...new Set(text.match(/#0\d#(?=[A-Za-z0-9])/g) ?? [])].sort();

test("README has all steps", () => {
  expect([1, 2, 3, 4, 5, 6].map((step) => stepOf(step).length)).toEqual([3, 2, 1, 2, 1, 2]);
  expect(commandsIn(locally)).toHaveLength(2);
});

test("the documented rotation, from the first key to the retired one", async () => {
  writeFileSync(
    policyFile,
    `{ "version": 1, "otherwise": "pass",
      "recipients": [
        { "id": "01", "publicKeyFile": "keys/prod-01.pem", "prefix": "#01#", "suffix": "#10#" }
      ],
      "rules": [{ "path": "/people/**", "recipient": "01", "body": ["$[*].name", "$[*].ssn", "$[*].age"] }] }\n`,
  );
  // As "Deploying" has it, before there is anything to rotate.
  const local = (lines: readonly string[]): readonly string[] => lines.map((line) => line.replace(" --strict", ""));
  await walk(local(stepOf(1)));
  await walk(stepOf(3));
  expect((await runFieldseal(["check", "policy/prod.json", "--strict"])).code).toBe(0);
  const first = await send(edges[0], people);
  expect([tokensOf(first.stored), await restore(first.stored)]).toEqual([["#01#"], people]);

  editPolicy(
    '"#10#" }',
    '"#10#" },\n        { "id": "02", "publicKeyFile": "keys/prod-02.pem", "prefix": "#02#", "suffix": "#20#" }',
  );
  const verified = await walk(local(stepOf(1)));
  expect(verified?.output.match(/^0[12]  canary +ok/gm)).toHaveLength(2);
  expect(await runFieldseal(["check", "policy/prod.json"])).toMatchObject({
    code: 0,
    messages: expect.stringContaining('No rule uses the recipient "02"'),
  });

  await walk(stepOf(2));
  expect(await restore(first.stored)).toBe(people);

  editPolicy('"recipient": "01"', '"recipient": "02"');
  await walk(stepOf(3));
  const [next, before] = edges;
  const both = [await send(before, people), await send(next, people)];
  expect(both.map(({ stored }) => tokensOf(stored))).toEqual([["#01#"], ["#02#"]]);
  expect(await Promise.all(both.map(({ stored }) => restore(stored)))).toEqual([people, people]);
  // No edge lets tokens of either in, whichever version it is.
  for (const edge of [before, next]) {
    for (const { stored } of both)
      expect((await send(edge, `[{"city":${JSON.stringify(JSON.parse(stored)[0].ssn)}}]`)).status).toBe(400);
  }

  writeFileSync(join(folder, "lake/a.ndjson"), `${first.stored}\n${both[1]?.stored}\n`);
  writeFileSync(join(folder, "lake/b.ndjson"), `${both[0]?.stored}\n`);
  const copy = lake();
  const moved = await walk(stepOf(4));
  expect(moved?.messages).toMatch(
    /^4 direct and 6 sealed token\(s\) moved from 01 to 02 with .*; left: 5 of 02; failed: 0$/,
  );
  for (const name of readdirSync(join(folder, "moved")))
    renameSync(join(folder, "moved", name), join(folder, "lake", name));
  expect(lake().map(tokensOf)).toEqual([["#02#"], ["#02#"]]);
  const restored = [`${people}\n${people}\n`, `${people}\n`];
  expect(await Promise.all(lake().map((text) => restore(text)))).toEqual(restored);

  // On the day on which tokens of 01 were still opened, it cannot be retired.
  day = "2026-01-01";
  const [ask = ""] = stepOf(5);
  expect(await run(ask)).toMatchObject({
    code: 1,
    output: expect.stringMatching(/01 is still in use: prod opened \d+ token\(s\), the last .*\./),
  });
  await new Promise((done) => setTimeout(done, 10));
  day = new Date().toISOString();
  await Promise.all(lake().map((text) => restore(text)));
  expect(await walk([ask])).toMatchObject({ output: expect.stringContaining("01 can be retired: 2 call(s)") });

  const { recipients } = JSON.parse(readPolicy()) as PolicyText;
  editPolicy(/\n *\{ "id": "01".*\},/, "");
  await walk(stepOf(6));
  await kms.client.send(new DisableKeyCommand({ KeyId: recipients[0]?.keyArn }));
  expect(await Promise.all(lake().map((text) => restore(text)))).toEqual(restored);
  const last = await send(edges[0], people);
  expect([tokensOf(last.stored), await restore(last.stored)]).toEqual([["#02#"], people]);
  expect((await run("npx fieldseal keys verify policy/prod.json"))?.code).toBe(0);

  // Tokens of 01 are text like any other now.
  const old = String(JSON.parse(first.stored)[0].ssn);
  const replayed = await send(edges[0], JSON.stringify([{ ssn: old, city: old }]));
  expect([replayed.status, tokensOf(replayed.stored)]).toEqual([201, ["#01#", "#02#"]]);
  expect(await restore(replayed.stored)).toBe(JSON.stringify([{ ssn: old, city: old }]));
  expect(await restore(copy[1] ?? "")).toBe(copy[1]);
}, 120_000);
