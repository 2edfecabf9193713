/** Destinations of restored objects. */
import { expect, test } from "@jest/globals";
import { ConfigValue } from "../../../../core/config/config-value.ts";
import { parseDestination } from "../../../../core/decrypt/reader/destination.ts";

const kmsKeyArn = "arn:aws:kms:eu-central-1:111122223333:key/00000000-0000-4000-8000-000000000001";
const parse = (value: unknown) => parseDestination(new ConfigValue(value, "$.destination", "reader_invalid"));

test.each<[value: object, prefix: string, why: string]>([
  [{ bucket: "abc", kmsKeyArn }, "", "no prefix"],
  [{ bucket: "a.b-c0", prefix: "x/", kmsKeyArn }, "x/", "a prefix"],
  [{ bucket: "a".repeat(63), kmsKeyArn }, "", "a long name"],
])("%j, prefix %j: %s", (value, prefix) => {
  expect(parse(value)).toEqual({ ...value, prefix });
});

test.each<[value: unknown, place: string, reason: RegExp, why: string]>([
  [{ kmsKeyArn }, "$.destination", /"bucket" is missing/, "no bucket"],
  [{ bucket: "abc" }, "$.destination", /"kmsKeyArn" is missing/, "no key"],
  [{ bucket: "abc", kmsKeyArn: "alias/x" }, "$.destination.kmsKeyArn", /ARN/, "an alias of a key"],
  [{ bucket: "ab", kmsKeyArn }, "$.destination.bucket", /bucket/, "a short name"],
  [{ bucket: "a".repeat(64), kmsKeyArn }, "$.destination.bucket", /bucket/, "a longer name"],
  [{ bucket: "Abc", kmsKeyArn }, "$.destination.bucket", /bucket/, "capitals"],
  [{ bucket: "-abc", kmsKeyArn }, "$.destination.bucket", /bucket/, "a hyphen first"],
  [{ bucket: "abc-s3alias", kmsKeyArn }, "$.destination.bucket", /not an alias/, "an alias of an access point"],
  [{ bucket: "abc--ol-s3", kmsKeyArn }, "$.destination.bucket", /not an alias/, "an Object Lambda access point"],
  [{ bucket: "abc--x-s3", kmsKeyArn }, "$.destination.bucket", /bucket/, "a directory bucket"],
  [{ bucket: "abc.mrap", kmsKeyArn }, "$.destination.bucket", /bucket/, "a multi-Region access point"],
  [{ bucket: "abc", kmsKeyArn, key: "" }, "$.destination.key", /Unknown setting "key"/, "another setting"],
  ["abc", "$.destination", /object/, "a text"],
])("%j is refused at %s with %s: %s", (value, place, reason) => {
  expect(() => parse(value)).toThrow(
    expect.objectContaining({ code: "reader_invalid", facts: { place, reason: expect.stringMatching(reason) } }),
  );
});
