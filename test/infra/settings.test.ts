/** Settings that are refused with their places, without the checks of the context around them. */
import { expect, test } from "@jest/globals";
import { settingsWith } from "../support/stage.ts";

test.each([
  ["stage", undefined],
  ["stage", "Sample"],
  ["stage", ""],
  ["policy", 7],
  ["policy", "policy.yaml"],
  ["originDomain", "https://origin.example.com"],
  ["originDomain", "localhost"],
  ["domainName", "api.example.com"],
  ["callers", "*"],
  ["callers", "arn:aws:iam::111122223333:root"],
  ["part", "edge"],
  ["keySpec", "RSA_1024"],
  ["keyRegion", "Europe"],
  ["breakGlass", "*"],
  ["breakGlass", "arn:aws:iam::111122223333:role/*"],
  ["breakGlass", "arn:aws:iam::111122223333:role/a*"],
  ["keyAdministrators", "arn:aws:iam::111122223333:role/teams/*"],
  ["rewrap", "01"],
  ["rewrap", "01>02"],
  ["certificateArn", "arn:aws:acm:eu-central-1:111122223333:certificate/0"],
])("%s %p is refused with its place", (name, value) => {
  expect(() => settingsWith({ [name]: value })).toThrow(/context [A-Za-z]+/);
});

test("an account that is none", () => {
  expect(() => settingsWith({ stage: "prod", account: "12" })).toThrow(/context account/);
});
