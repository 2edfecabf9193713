/**
 * The rules on calls that lose a key, against events as CloudTrail and KMS write them (KMS Developer Guide, "AWS
 * CloudTrail log entries").
 */
import { beforeAll, describe, expect, test } from "@jest/globals";
import { policyWithKeys, resourcesOf, type SynthesisedStage, synthesise } from "../support/stage.ts";

type Pattern = Readonly<Record<string, unknown>>;

/**
 * As EventBridge matches: an object by its members, a list by any of its values, lists in the event by any of their
 * items.
 */
function matches(pattern: Pattern, event: Readonly<Record<string, unknown>>): boolean {
  return Object.entries(pattern).every(([name, wanted]) => {
    const found = [event[name]].flat();
    if (Array.isArray(wanted)) return found.some((value) => wanted.some((each) => nameOf(each) === value));
    return found.some((value) => matches(wanted as Pattern, Object(value) as Readonly<Record<string, unknown>>));
  });
}

function nameOf(value: unknown): unknown {
  return typeof value === "string" ? value : Object(value)["Fn::GetAtt"][0];
}

let stage: SynthesisedStage;
let key: string;
beforeAll(() => {
  stage = synthesise({ multiRegion: "true", replicaRegions: "ap-northeast-1" }, policyWithKeys(["mrk-1", "mrk-2"]));
  key = resourcesOf(stage, "AWS::KMS::Key").find(({ id }) => id.startsWith("Recipient02"))?.id ?? "";
});

const isTold = (event: Readonly<Record<string, unknown>>, stack = "fieldseal-prod-keys"): boolean =>
  resourcesOf(stage, "AWS::Events::Rule").some((rule) => {
    const { EventPattern, State, Targets } = rule.Properties;
    return (
      rule.stack === stack &&
      State === "ENABLED" &&
      (Targets as readonly unknown[]).length > 0 &&
      matches(EventPattern as Pattern, event)
    );
  });

const call = (eventName: string, ARN: string): Readonly<Record<string, unknown>> => ({
  version: "0",
  "detail-type": "AWS API Call via CloudTrail",
  source: "aws.kms",
  account: "111122223333",
  region: "eu-central-1",
  resources: [],
  detail: {
    eventVersion: "1.08",
    eventSource: "kms.amazonaws.com",
    eventName,
    requestParameters: { keyId: "mrk-2" },
    readOnly: false,
    resources: [{ accountId: "111122223333", type: "AWS::KMS::Key", ARN }],
  },
});

describe("calls", () => {
  test.each([
    "DisableKey",
    "ScheduleKeyDeletion",
    "CancelKeyDeletion",
    "DeleteImportedKeyMaterial",
    "ImportKeyMaterial",
    "PutKeyPolicy",
    "CreateGrant",
    "ReplicateKey",
    "UpdatePrimaryRegion",
  ])("%s on a recipient's key, and on no other", (name) => {
    expect(isTold(call(name, key))).toBe(true);
    expect(isTold(call(name, "arn:aws:kms:eu-central-1:111122223333:key/another"))).toBe(false);
    const replica = "arn:aws:kms:ap-northeast-1:111122223333:key/mrk-2";
    expect(isTold(call(name, replica), "fieldseal-prod-keys-ap-northeast-1")).toBe(true);
  });

  test.each(["Decrypt", "DescribeKey", "GetPublicKey", "EnableKey"])("%s is everyday work", (name) => {
    expect(isTold(call(name, key))).toBe(false);
  });
});

test.each(["KMS CMK Deletion", "KMS Imported Key Material Expiration"])("%s", (type) => {
  const event = (arn: string): Readonly<Record<string, unknown>> => ({
    "detail-type": type,
    source: "aws.kms",
    resources: [arn],
    detail: { "key-id": "mrk-2" },
  });
  expect(isTold(event(key))).toBe(true);
  expect(isTold(event("another"))).toBe(false);
});
