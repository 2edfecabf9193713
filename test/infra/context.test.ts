/** Mistakes in CDK's context, each told with what is needed in its place. */
import { readFileSync } from "node:fs";
import { resolve } from "node:path";
import { expect, test } from "@jest/globals";
import { contextSettings, readContext } from "../../infra/context.ts";
import { parseSettings } from "../../infra/settings.ts";

const root = resolve(import.meta.dirname, "../..");
const given = { stage: "prod", policy: "policy/prod.json", originDomain: "origin.example.com" };
const parse = (changes: Readonly<Record<string, unknown>>) => parseSettings(readContext({ ...given, ...changes }));
const role = "arn:aws:iam::111122223333:role/billing";

test("what is right is taken, with CDK's own context beside it", () => {
  const settings = parse({
    "@aws-cdk/core:x": true,
    "aws:cdk:bundling-stacks": [],
    "hosted-zone:account=1:region=2": {},
    "cli-telemetry": false,
  });
  expect(settings).toMatchObject({ stage: "prod", part: "all", multiRegion: false });
});

test("cdk.json may hold flags, numbers and lists as JSON has them", () => {
  const settings = parse({
    multiRegion: true,
    edgeMemoryMb: 2_048,
    verifiers: [role, role.replace("billing", "audit")],
    account: "012345678901",
  });
  expect(settings).toMatchObject({ multiRegion: true, edgeMemoryMb: 2_048, account: "012345678901" });
  expect(settings.verifiers).toHaveLength(2);
});

test("a Region that is newer than the library", () => {
  expect(parse({ keyRegion: "eu-south-9" })).toMatchObject({ keyRegion: "eu-south-9" });
});

test.each<readonly [string, Readonly<Record<string, unknown>>, RegExp]>([
  ["a name that is misspelt", { orginDomain: "origin.example.com" }, /orginDomain.*Did you mean "originDomain"/],
  ["in small letters", { keyregion: "eu-central-1" }, /Did you mean "keyRegion"/],
  ["with a dash", { "key-region": "eu-central-1" }, /Did you mean "keyRegion"/],
  ["one that there is not", { colour: "red" }, /Unknown setting "colour"\. Allowed: .*originDomain/],
  ["the alarm's address", { alarmMail: "a@example.com" }, /Did you mean "alarmEmail"/],
  ["no stage", { stage: undefined }, /context stage\) The setting is missing/],
  ["a stage in capitals", { stage: "Prod" }, /a-z 0-9/],
  ["a stage with a slash", { stage: "prod/eu" }, /a-z 0-9/],
  ["a stage with a blank", { stage: "prod eu" }, /a-z 0-9/],
  ["a stage with letters beyond ASCII", { stage: "prüfung" }, /a-z 0-9/],
  ["a stage that begins with a digit", { stage: "1" }, /a letter first/],
  ["a stage that is too long", { stage: "a".repeat(21) }, /1 to 20/],
  ["a stage on two lines", { stage: "prod\n" }, /a-z 0-9/],
  ["a URL as origin", { originDomain: "https://origin.example.com/" }, /without scheme and path/],
  ["a port at the origin", { originDomain: "origin.example.com:8080" }, /domain name/],
  ["no Region", { keyRegion: "Frankfurt" }, /such as eu-central-1/],
  [
    "a Region that is misspelt",
    { keyRegion: "eu-cental-1" },
    /Unknown Region "eu-cental-1"\. Did you mean "eu-central-1"/,
  ],
  ["letters swapped in a Region", { readerRegion: "us-wset-2" }, /Did you mean "us-west-2"/],
  [
    "one of several that is misspelt",
    { multiRegion: true, replicaRegions: ["us-west-2", "ap-souteast-1"] },
    /Did you mean "ap-southeast-1"/,
  ],
  ["a zone", { keyRegion: "eu-central-1a" }, /such as eu-central-1/],
  ["an empty Region", { readerRegion: "" }, /such as eu-central-1/],
  ["no e-mail address", { alarmEmail: "security" }, /e-mail address/],
  ["a flag that is none", { multiRegion: "yes" }, /Expected one of false, true/],
  ["no spec", { keySpec: "RSA2048" }, /Expected one of RSA_2048, RSA_3072, RSA_4096. Did you mean "RSA_2048"/],
  ["an account that is none", { account: 12 }, /12 digits/],
  ["blanks after commas", { verifiers: `${role}, ${role}` }, /no spaces between/],
  ["everybody", { verifiers: "*" }, /is not the ARN of a role or user/],
  [
    "a certificate elsewhere",
    { domainName: "a.example.com", certificateArn: "arn:aws:acm:eu-central-1:111122223333:certificate/0" },
    /us-east-1/,
  ],
  ["a name without certificate", { domainName: "a.example.com" }, /no effect without certificateArn/],
  [
    "a certificate without name",
    { certificateArn: "arn:aws:acm:us-east-1:111122223333:certificate/0" },
    /no effect without domainName/,
  ],
  ["a canary without URL", { canaryBody: "{{canary}}" }, /no effect without canaryUrl/],
  [
    "a canary that reads nothing that was sent",
    { canaryReadUrl: "https://a.example.com" },
    /no effect without canaryUrl/,
  ],
  ["a canary without its mark", { canaryUrl: "https://a.example.com", canaryBody: "{}" }, /\{\{canary\}\} in it/],
  ["operators of nothing", { operators: role }, /no effect without rewrap/],
  ["rewrapping by nobody", { rewrap: "01>02" }, /no effect without operators/],
  [
    "a name for a distribution that exists",
    {
      distribution: "existing",
      domainName: "a.example.com",
      certificateArn: "arn:aws:acm:us-east-1:111122223333:certificate/0",
    },
    /no effect with distribution=existing/,
  ],
  ["a part that there is not", { part: "edge" }, /Expected one of all, keys/],
  ["memory in words", { edgeMemoryMb: "1GB" }, /megabytes/],
])("%s", (_, changes, reason) => {
  expect(() => parse(changes)).toThrow(reason);
});

test("every setting that is read is a known one", () => {
  const certificateArn = "arn:aws:acm:us-east-1:111122223333:certificate/0";
  const full = {
    canaryUrl: "https://a.example.com",
    canaryBody: "{{canary}}",
    domainName: "a.example.com",
    certificateArn,
    account: "111122223333",
  };
  const names = new Set<string>();
  const context: Readonly<Record<string, unknown>> = { ...given, ...full };
  parseSettings((name) => {
    names.add(name);
    return context[name];
  });
  expect([...names].filter((name) => !Object.hasOwn(contextSettings, name))).toEqual([]);
});

test("cdk.json has no setting that is none, and nobody's origin", () => {
  const { context } = JSON.parse(readFileSync(resolve(root, "cdk.json"), "utf8"));
  expect(Object.keys(context).filter((name) => !name.includes(":"))).toEqual(["stage", "policy"]);
});
