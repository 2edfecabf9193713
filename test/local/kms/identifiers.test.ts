import { describe, expect, test } from "@jest/globals";
import {
  formatAliasArn,
  formatKeyArn,
  isKeyId,
  parseKeyReference,
  parseRegion,
} from "../../../local/kms/identifiers.ts";

const keyId = "1234abcd-12ab-34cd-56ef-1234567890ab";
const scope = { accountId: "111122223333", region: "eu-central-1" };

test.each<[region: string, prefix: string]>([
  ["eu-central-1", "arn:aws:kms:eu-central-1:111122223333:"],
  ["cn-north-1", "arn:aws-cn:kms:cn-north-1:111122223333:"],
  ["us-gov-west-1", "arn:aws-us-gov:kms:us-gov-west-1:111122223333:"],
])("ARNs of %s begin with their partition", (region, prefix) => {
  expect(formatKeyArn({ ...scope, region }, keyId)).toBe(`${prefix}key/${keyId}`);
  expect(formatAliasArn({ ...scope, region }, "alias/a")).toBe(`${prefix}alias/a`);
});

test.each<[text: string, is: boolean]>([
  [keyId, true],
  [keyId.toUpperCase(), false],
  [keyId.slice(1), false],
  [` ${keyId}`, false],
])("%j is a key id: %j", (text, is) => {
  expect(isKeyId(text)).toBe(is);
});

describe("a reference", () => {
  test.each<[text: string, reference: object]>([
    [keyId, { kind: "key", keyId }],
    [formatKeyArn(scope, keyId), { kind: "key", keyId }],
    ["alias/a/b", { kind: "alias", aliasName: "alias/a/b" }],
    [formatAliasArn(scope, "alias/a/b"), { kind: "alias", aliasName: "alias/a/b" }],
  ])("%s", (text, reference) => {
    expect(parseKeyReference(text, scope)).toEqual(reference);
  });

  test.each<[why: string, text: string, message: string]>([
    ["no form of any", "people", "Invalid keyId 'people'"],
    ["another service", "arn:aws:s3:::a", "Invalid keyId 'arn:aws:s3:::a'"],
    ["another Region", formatKeyArn({ ...scope, region: "us-east-1" }, keyId), "Invalid arn us-east-1"],
    ["another account", formatKeyArn({ ...scope, accountId: "1" }, keyId), "does not exist"],
  ])("with %s finds nothing", (_, text, message) => {
    expect(() => parseKeyReference(text, scope)).toThrow(message);
  });
});

test.each<[why: string, header: string | undefined, region: string | undefined]>([
  ["a credential scope", "AWS4-HMAC-SHA256 Credential=A/20260101/us-gov-west-1/kms/aws4_request, …", "us-gov-west-1"],
  ["a scope of another service", "AWS4-HMAC-SHA256 Credential=A/20260101/us-east-1/s3/aws4_request", undefined],
  ["version 4A", "AWS4-ECDSA-P256-SHA256 Credential=A/20260101/kms/aws4_request", undefined],
  ["no header", undefined, undefined],
])("the Region of %s", (_, header, region) => {
  expect(parseRegion(header)).toBe(region);
});
