/** The file of readers: what it takes, what it refuses and where, and what becomes of it. */
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, expect, test } from "@jest/globals";
import { parseReaderPlans } from "../../infra/reader-plan.ts";
import { runApp } from "../support/app.ts";
import { policyWithKeys, resourcesOf, settingsWith, synthesise } from "../support/stage.ts";

const caller = "arn:aws:iam::111122223333:role/billing";
const kmsKeyArn = "arn:aws:kms:eu-central-1:111122223333:key/00000000-0000-4000-8000-000000000008";
const policy = policyWithKeys(["1", "2"]);
const batch = { sources: [{ bucket: "raw-lake" }], destination: { bucket: "open-lake", kmsKeyArn } };

test("without a file there is one reader of everything", () => {
  expect(settingsWith({ callers: caller }).readers).toMatchObject([
    { name: undefined, open: undefined, callers: [caller] },
  ]);
  const stage = synthesise({}, policy);
  const names = resourcesOf(stage, "AWS::Lambda::Function").map(({ Properties }) => String(Properties["FunctionName"]));
  expect(names.sort((a, b) => a.localeCompare(b))).toEqual([
    "fieldseal-prod-decryptor",
    "fieldseal-prod-edge",
    "fieldseal-prod-edge-lines",
  ]);
});

test("a plan keeps what the deployment needs, and hands the rest on", () => {
  const views = { recipients: { "01": "last-four" } };
  expect(
    parseReaderPlans({
      billing: { open: ["01"], callers: [caller], views, ...batch, jobs: { bucket: "lake-jobs", prefix: "a/" } },
    }),
  ).toEqual([
    {
      name: "billing",
      open: ["01"],
      callers: [caller],
      region: undefined,
      sources: [{ bucket: "raw-lake", prefix: "", kmsKeyArn: undefined, account: undefined }],
      jobs: { bucket: "lake-jobs", prefix: "a/", kmsKeyArn: undefined, account: undefined },
      rewrapTo: undefined,
      settings: { views, destination: batch.destination },
    },
  ]);
});

describe("mistakes in one plan", () => {
  test.each<{ plan: object; place: RegExp }>([
    { plan: {}, place: /readers\.billing.*open/ },
    { plan: { open: [] }, place: /readers\.billing\.open/ },
    { plan: { open: ["01", "01"] }, place: /readers\.billing\.open\[1\]/ },
    { plan: { open: ["01"], viewz: {} }, place: /readers\.billing\.viewz.*views/ },
    { plan: { open: ["01"], recipients: [] }, place: /readers\.billing\.recipients/ },
    {
      plan: { open: ["01"], callers: ["*"] },
      place: /readers\.billing\.callers\[0\].*Expected the ARN of a role or user/,
    },
    { plan: { open: ["01"], callers: ["arn:aws:iam::111122223333:root"] }, place: /callers\[0\]/ },
    { plan: { open: ["01"], callers: ["arn:aws:iam::111122223333:role/*"] }, place: /callers\[0\]/ },
    { plan: { open: ["01"], callers: [{ service: "logs.amazonaws.com" }] }, place: /callers\[0\].*sourceArn/ },
    {
      plan: {
        open: ["01"],
        callers: [{ service: "*", sourceArn: "arn:aws:logs:eu-central-1:111122223333:log-group:a" }],
      },
      place: /callers\[0\]\.service/,
    },
    {
      plan: { open: ["01"], callers: [{ service: "s3.amazonaws.com", sourceArn: "arn:aws:s3:::bucket" }] },
      place: /callers\[0\]\.sourceArn/,
    },
    { plan: { open: ["01"], region: "Europe" }, place: /readers\.billing\.region/ },
    { plan: { open: ["01"], sources: batch.sources }, place: /readers\.billing\.sources.*destination/ },
    { plan: { open: ["01"], destination: batch.destination }, place: /readers\.billing\.destination.*sources/ },
    { plan: { open: ["01"], jobs: { bucket: "lake-jobs" } }, place: /readers\.billing\.jobs.*destination/ },
    { plan: { open: ["01"], rewrapTo: "02" }, place: /readers\.billing\.rewrapTo.*destination/ },
    { plan: { open: ["01"], ...batch, sources: [{ bucket: "*" }] }, place: /sources\[0\]\.bucket/ },
    { plan: { open: ["01"], ...batch, sources: [{ bucket: "open-lake" }] }, place: /destination.*another/ },
    {
      plan: { open: ["01"], ...batch, destination: { bucket: "open-lake", prefix: "a*", kmsKeyArn } },
      place: /destination\.prefix/,
    },
    {
      plan: { open: ["01"], ...batch, destination: { bucket: "open-lake", prefix: "${aws:username}", kmsKeyArn } },
      place: /destination\.prefix/,
    },
    { plan: { open: ["01"], ...batch, sources: [{ bucket: "raw-lake", prefix: "*" }] }, place: /sources\[0\]\.prefix/ },
    {
      plan: { open: ["01"], ...batch, sources: [{ bucket: "raw-lake", account: "me" }] },
      place: /sources\[0\]\.account/,
    },
    {
      plan: { open: ["01"], ...batch, sources: [{ bucket: "raw-lake", kmsKeyArn: "alias/a" }] },
      place: /sources\[0\]\.kmsKeyArn/,
    },
  ])("$place", ({ plan, place }) => {
    expect(() => parseReaderPlans({ billing: plan })).toThrow(place);
  });

  test.each(["Billing", "billing_1", "1", "a".repeat(25)])("the name %s", (name) => {
    expect(() => parseReaderPlans({ [name]: { open: ["01"] } })).toThrow(/name/);
  });

  test.each([{ value: {} }, { value: [] }, { value: "readers" }])("$value is no file of readers", ({ value }) => {
    expect(() => parseReaderPlans(value)).toThrow(/readers/);
  });
});

describe("mistakes that synth finds with the policy", () => {
  test.each<{ plan: object; reason: RegExp }>([
    { plan: { open: ["03"] }, reason: /"03".*01, 02/ },
    { plan: { open: ["01"], ...batch, rewrapTo: "03" }, reason: /"03"/ },
    { plan: { open: ["01"], ...batch, rewrapTo: "01" }, reason: /move tokens to 01/ },
    { plan: { open: ["01"], views: { recipients: { "01": "last-five" } } }, reason: /views\.recipients/ },
    { plan: { open: ["01"], views: { recipients: { "01": "pseudonym" } } }, reason: /pseudonymKeyArn/ },
    { plan: { open: ["01"], expect: { "$[": "ssn" } }, reason: /expect/ },
    { plan: { open: ["01"], limits: { tokens: 0 } }, reason: /limits\.tokens/ },
    { plan: { open: ["01"], kms: { callsPerSecnd: 1 } }, reason: /callsPerSecnd/ },
    { plan: { open: ["01"], sources: batch.sources, destination: { bucket: "open-lake" } }, reason: /kmsKeyArn/ },
    {
      plan: { open: ["01"], region: "eu-west-1", ...batch },
      reason: /open-lake is in eu-central-1, but the reader is in eu-west-1/,
    },
    {
      plan: {
        open: ["01"],
        expect: Object.fromEntries(Array.from({ length: 300 }, (_, index) => [`field-${index}`, "label"])),
      },
      reason: /bytes.*4096/,
    },
    {
      plan: {
        open: ["01"],
        views: { recipients: { "01": "pseudonym" } },
        pseudonymKeyArn: kmsKeyArn.replace("eu-central-1", "eu-west-1"),
      },
      reason: /eu-central-1 and eu-west-1/,
    },
  ])("$reason", ({ plan, reason }) => {
    expect(() => synthesise({ readers: { billing: plan } }, policy)).toThrow(reason);
  });

  test("keys of two Regions want two readers", () => {
    const apart = policyWithKeys(["1", "2"], ["eu-central-1", "us-west-2"]);
    expect(() => synthesise({}, apart)).toThrow(/eu-central-1 and us-west-2.*one reader for each Region/);
    expect(() =>
      synthesise({ readers: { europe: { open: ["01"] }, america: { open: ["02"], region: "us-west-2" } } }, apart),
    ).not.toThrow();
  });

  test("callers stand with their readers, and the canary's reader is named", () => {
    const readers = { a: { open: ["01"] }, b: { open: ["01"] } };
    expect(() => settingsWith({ readers, callers: caller })).toThrow(/context callers/);
    const canary = { readers, canaryUrl: "https://api.example.com", canaryBody: "{{canary}}" };
    expect(() => synthesise(canary, policy)).toThrow(/context canaryReader.*a, b/);
    expect(() => synthesise({ ...canary, canaryReader: "c" }, policy)).toThrow(/context canaryReader/);
    const stage = synthesise({ ...canary, canaryReader: "b" }, policy);
    const invoked = JSON.stringify(resourcesOf(stage, "AWS::IAM::Role").filter(({ stack }) => stack.endsWith("watch")));
    expect(invoked).toContain(":function:fieldseal-prod-reader-b");
    expect(invoked).not.toContain(":function:fieldseal-prod-reader-a");
  });
});

describe("the file, as the command reads it", () => {
  test.each([
    { mistake: "is not there", text: undefined, says: /Cannot read the file .*readers\.json/ },
    { mistake: "is not JSON", text: '{ "billing": ', says: /readers\.json/ },
    {
      mistake: "names a reader twice",
      text: '{ "billing": { "open": ["01"] }, "billing": { "open": ["02"] } }',
      says: /readers\.json.*billing/s,
    },
    { mistake: "has a typo", text: '{ "billing": { "opens": ["01"] } }', says: /opens/ },
  ])("$mistake", async ({ text, says }) => {
    const folder = mkdtempSync(join(tmpdir(), "fieldseal-readers-"));
    const file = join(folder, "readers.json");
    if (text !== undefined) writeFileSync(file, text);
    const context = {
      stage: "sample",
      policy: "policy/sample.json",
      originDomain: "origin.example.com",
      readers: file,
    };
    const { status, stderr } = await runApp(context, join(folder, "out"));
    rmSync(folder, { recursive: true });
    expect(status).toBe(1);
    expect(stderr).toMatch(says);
    expect(stderr).not.toContain("    at ");
  });
});

test("without a canary, no traffic is no alarm", () => {
  const descriptions = JSON.stringify(
    resourcesOf(synthesise({}, policy), "AWS::CloudWatch::Alarm").map(
      ({ Properties }) => Properties["AlarmDescription"],
    ),
  );
  expect(descriptions).toContain("counter of the edge");
  expect(descriptions).not.toContain("no line of the edge arrives");
});

test("each reader has its own log, alarms and metrics", () => {
  const stage = synthesise({ readers: { a: { open: ["01"] }, b: { open: ["02"], region: "us-west-2" } } }, policy);
  const namespaces = new Set(
    resourcesOf(stage, "AWS::CloudWatch::Alarm").flatMap(({ Properties: { Namespace } }) =>
      /reader/.test(String(Namespace)) ? [Namespace] : [],
    ),
  );
  expect(namespaces).toEqual(new Set(["Fieldseal/prod/reader-a", "Fieldseal/prod/reader-b"]));
  expect(stage.regions).toMatchObject({ "fieldseal-prod-reader-us-west-2": "us-west-2" });
});
