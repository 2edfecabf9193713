/** ARNs of KMS keys and what they tell. */
import { expect, test } from "@jest/globals";
import { accountOf, isKeyArn, isRegion, regionOf } from "../../../core/token/key-arn.ts";

const id = "00000000-0000-4000-8000-000000000001";

test.each([
  [`arn:aws:kms:eu-central-1:111122223333:key/${id}`, true, "a key"],
  [`arn:aws-us-gov:kms:us-gov-west-1:111122223333:key/${id}`, true, "another partition"],
  [`arn:aws:kms:us-east-1:111122223333:key/mrk-${id.replaceAll("-", "")}`, true, "a key of several Regions"],
  ["arn:aws:kms:eu-central-1:111122223333:alias/x", false, "an alias"],
  [id, false, "an id"],
  [`arn:aws:s3:eu-central-1:111122223333:key/${id}`, false, "another service"],
  [`arn:aws:kms:eu-central-1:11112222333:key/${id}`, false, "a short account"],
  [`arn:aws:kms::111122223333:key/${id}`, false, "no Region"],
  [` arn:aws:kms:eu-central-1:111122223333:key/${id}`, false, "a blank before it"],
  [`arn:aws:kms:eu-central-1:111122223333:key/${id}\n`, false, "a line feed behind it"],
])("%s: %j, %s", (text, expected) => {
  expect(isKeyArn(text)).toBe(expected);
});

test("account and Region", () => {
  const arn = `arn:aws:kms:eu-central-1:111122223333:key/${id}`;
  expect([accountOf(arn), regionOf(arn), accountOf("x"), regionOf("x")]).toEqual([
    "111122223333",
    "eu-central-1",
    "",
    "",
  ]);
});

test.each([
  ["eu-central-1", true, "two words"],
  ["us-gov-west-1", true, "three words"],
  ["us-isob-east-1", true, "letters in a word"],
  ["eu-central", false, "no number"],
  ["eu-central-11", false, "two digits"],
  ["EU-central-1", false, "capitals"],
  ["eu.central.1", false, "dots"],
])("%s: %j, %s", (text, expected) => {
  expect(isRegion(text)).toBe(expected);
});
